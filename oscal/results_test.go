package oscal

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/effort"
	"ringfence/internal/runfolder/layout"
)

// resultOf decodes the result of a run back into the types that were written.
func resultOf(t testing.TB, in Input) result {
	t.Helper()
	var f resultsFile
	if err := json.Unmarshal(mustDocuments(t, in)[layout.Results], &f); err != nil {
		t.Fatal(err)
	}

	return f.Results.Results[0]
}

func TestVerdictsInOSCAL(t *testing.T) {
	r := resultOf(t, sample())
	type row struct{ Target, State, Reason, Outcome, Risk string }

	var got []row
	for _, f := range r.Findings {
		status := ""
		for _, k := range r.Risks {
			if len(f.Risks) > 0 && f.Risks[0].UUID == k.UUID {
				status = k.Status
			}
		}
		target := f.Target
		outcome := propOf(f.Props, "outcome")
		got = append(got, row{target.TargetID, target.Status.State, target.Status.Reason, outcome, status})
	}

	want := []row{
		{"rf-g-01_obj", "not-satisfied", "other", "undetermined", ""},
		{"rf-k-02_obj", "not-satisfied", "fail", "not-satisfied", "open"},
		{"rf-t-07_obj", "not-satisfied", "fail", "not-satisfied", "deviation-approved"},
		{"rf-t-08_obj", "satisfied", "pass", "satisfied", ""},
		{"rf-x-01_obj", "not-satisfied", "other", "undetermined", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}

	s := r.ReviewedControls.Selections[0]
	says := strings.Contains(s.Remarks, "RF-G-05: not promised: client.fence")
	if diff := cmp.Diff([]controlID{{"rf-g-05"}}, s.Exclude); diff != "" || !says || len(s.Props) != 1 {
		t.Errorf("not-applicable control: %s %q %v", diff, s.Remarks, s.Props)
	}
}

func propOf(props []property, name string) string {
	for _, p := range props {
		if p.Name == name && p.NS == NS {
			return p.Value
		}
	}
	return ""
}

func observationOf(t testing.TB, r result, control, subject string) observation {
	t.Helper()
	want := finding.ObservationUUID(tenant, control, subject)
	i := slices.IndexFunc(r.Observations, func(o observation) bool { return o.UUID == want })
	if i < 0 {
		t.Fatalf("no observation of %s, %s", control, subject)
	}

	return r.Observations[i]
}

func TestObservations(t *testing.T) {
	in := sample()
	r := resultOf(t, in)
	lead := observationOf(t, r, "RF-G-01", "keyvault.vaults/subscriptions/dd/vaults/kv-1")
	if propOf(lead.Props, "lead") != "true" || len(lead.Evidence) != 2 {
		t.Fatalf("lead: %+v", lead)
	}

	document, coverage := lead.Evidence[0], lead.Evidence[1]
	if propOf(coverage.Props, "dataset-status") != "denied" ||
		propOf(document.Props, "json-pointer") != "/spec/location" || propOf(document.Props, "line") != "1" {
		t.Errorf("lead: %+v", lead)
	}

	want := "#" + finding.UUID("resource", in.RunID, "snapshot/keyvault.vaults.ndjson")
	if document.Href != want {
		t.Errorf("evidence is %s, want %s", document.Href, want)
	}

	if lead.Collected != "2026-11-20T08:00:12Z" || lead.Expires != "2026-11-21T08:00:12Z" {
		t.Errorf("collected %s, expires %s", lead.Collected, lead.Expires)
	}

	excepted := observationOf(t, r, "RF-T-07", partner)
	for name, want := range map[string]string{
		"deviation": "approved", "exception": "fabrikam-tax",
		"exception-approver": "security-lead", "exception-expires": "2027-01-31",
	} {
		if got := propOf(excepted.Props, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}

	sum := observationOf(t, r, "RF-T-08", "*")
	digest := snapshot.Digest([]byte("entra.users/0000\nentra.users/0001\nentra.users/0002\n"))
	if propOf(sum.Props, "subject-count") != "3" || propOf(sum.Props, "subjects-sha256") != digest {
		t.Errorf("summary: %v", sum.Props)
	}
}

// TestSubjects: the kinds of things that a verdict can be about.
func TestSubjects(t *testing.T) {
	in := sample()
	clearSet(&in.Set)

	want := map[string]string{
		"client":                            "component",
		"client/contoso":                    "inventory-item",
		"client/litware":                    "inventory-item",
		partner:                             "component",
		"entra.users/1":                     "inventory-item",
		"keyvault.vaults/subscriptions/x/*": "component",
		"azure.resources/*":                 "inventory-item",
	}

	var fs []finding.Finding
	for _, s := range sortedKeys(want) {
		fs = append(fs, finding.Finding{Subject: s, Outcome: finding.Undetermined})
	}

	addControl(&in.Set, "RF-F-01", "x", "isolation", "low", finding.Undetermined, 0, fs...)
	r, ids := resultOf(t, in), map[string]bool{}
	for s, kind := range want {
		ref := observationOf(t, r, "RF-F-01", s).Subjects[0]
		ids[ref.SubjectUUID] = true
		if ref.Type != kind {
			t.Errorf("%s is a %s, want %s", s, ref.Type, kind)
		}
	}

	if len(ids) != len(want) {
		t.Errorf("%d subjects for %d", len(ids), len(want))
	}
}

func TestDeviation(t *testing.T) {
	r := resultOf(t, sample())
	k := r.Risks[1]
	entry := k.Log.Entries[0]
	if k.Deadline != "2027-01-31T23:59:59Z" || entry.StatusChange != "deviation-approved" ||
		entry.LoggedBy[0].PartyUUID != finding.UUID("party", mspTenant, "security-lead") {
		t.Errorf("deviation: %+v", k)
	}

	for name, change := range map[string]func(*Input){
		"expired": func(in *Input) { in.Set.Findings[2].Excepted.Expired = true },
		"one subject is not covered": func(in *Input) {
			f := in.Set.Findings[2]
			f.Subject, f.Excepted = partner+"2", nil
			f.UUID = finding.ObservationUUID(tenant, f.Control, f.Subject)
			in.Set.Findings = append(in.Set.Findings, f)
			in.Set.Controls[3].Subjects.NotSatisfied++
		},
	} {
		in := sample()
		change(&in)

		k := resultOf(t, in).Risks[1]
		if k.Status != "open" || k.Deadline != "" {
			t.Errorf("%s: status %s, deadline %q", name, k.Status, k.Deadline)
		}

		if k.Log == nil || len(k.Log.Entries) != 1 {
			t.Errorf("%s: the exception leaves no trace in the risk: %v", name, k.Log)
			continue
		}

		e := k.Log.Entries[0]
		for prop, want := range map[string]string{
			"exception": "fabrikam-tax", "exception-state": map[bool]string{true: "expired", false: "approved"}[name == "expired"],
			"exception-approver": "security-lead", "exception-expires": "2027-01-31",
			"exception-reason": "Tax advisor until the audit is closed", "subject": partner,
		} {
			if got := propOf(e.Props, prop); got != want {
				t.Errorf("%s: %s of the log entry is %q, want %q", name, prop, got, want)
			}
		}

		if e.StatusChange != "" {
			t.Errorf("%s: the entry changes the status to %s", name, e.StatusChange)
		}
	}

	in := sample()
	in.Set.Findings[2].Excepted.ApprovedBy = "someone the intent does not know"
	if k := resultOf(t, in).Risks[1]; k.Status != "deviation-approved" {
		t.Errorf("unknown approver: %+v", k)
	}
}

func TestRemarks(t *testing.T) {
	stale := sample()
	stale.AsOf = stale.AsOf.Add(48 * time.Hour)
	for _, name := range []string{"entra.users", "keyvault.vaults"} {
		stale.Set.Coverage[name] = finding.Coverage{Status: "stale", Reason: "read long ago"}
	}

	unsafe := sample()
	unsafe.Manifest.Cloud = "unsafe:lab"
	missing := sample()
	missing.Set.Reads["RF-X-01"] = []string{"psa.assets"}
	missing.Set.Coverage["psa.assets"] = finding.Coverage{Status: "skipped", Reason: "not in the snapshot"}
	followed := sample()
	users := followed.Manifest.Datasets["entra.users"]
	users.WholeAt = "2026-11-19T08:00:00Z"
	followed.Manifest.Datasets["entra.users"] = users
	for name, c := range map[string]struct {
		in   Input
		want []string
		not  []string
	}{
		"followed": {followed, []string{
			"entra.users: read whole at 2026-11-19T08:00:00Z; since then what the service said had changed",
		}, nil},
		"always": {sample(), []string{
			"Microsoft does not sign API answers", "stated by the managed service provider alone",
			"azure.resources: denied (HTTP 403, Authorization_RequestDenied, Insufficient privileges)",
			"RF-T-08: Looks at the configuration, not at what happened.", "RF-X-01: eval_conflict_error: two lines",
		}, []string{"UNSAFE", "entra.users: "}},
		"stale": {
			stale, []string{"entra.users: stale", "keyvault.vaults: stale"}, []string{"azure.resources: stale"},
		},
		"unsafe":  {unsafe, []string{"UNSAFE CLOUD", "unsafe:lab"}, nil},
		"missing": {missing, []string{"psa.assets: skipped (not in the snapshot)"}, nil},
	} {
		r := resultOf(t, c.in)
		for _, s := range c.want {
			if !strings.Contains(r.Remarks, s) {
				t.Errorf("%s: remarks lack %q:\n%s", name, s, r.Remarks)
			}
		}
		for _, s := range c.not {
			if strings.Contains(r.Remarks, s) {
				t.Errorf("%s: remarks have %q", name, s)
			}
		}
	}

	o := observationOf(t, resultOf(t, missing), "RF-X-01", "*").Evidence[1]
	href := "#" + finding.UUID("resource", missing.RunID, layout.Findings)
	if propOf(o.Props, "json-pointer") != "/coverage/psa.assets" || o.Href != href {
		t.Errorf("coverage that no manifest names: %+v", o)
	}

	old := observationOf(t, resultOf(t, stale), "RF-T-07", partner)
	if old.Expires != "" || propOf(old.Props, "expired-at") != "2026-11-21T08:00:10.5Z" {
		t.Errorf("stale: expires %q, %v", old.Expires, old.Props)
	}

	r := resultOf(t, unsafe)
	if propOf(r.Props, "unsafe-cloud") != "true" || propOf(r.Props, "cloud") != "unsafe:lab" {
		t.Errorf("unsafe cloud is no property: %v", r.Props)
	}
}

// TestOddSets: what evaluation may hand over and people forget.
func TestOddSets(t *testing.T) {
	for name, change := range map[string]func(*Input){
		"no controls": func(in *Input) { clearSet(&in.Set) },
		"all not applicable": func(in *Input) {
			clearSet(&in.Set)
			addControl(&in.Set, "RF-T-01", "x", "isolation", "low", finding.NotApplicable, 0)
		},
		"fleet": func(in *Input) {
			clearSet(&in.Set)
			in.Set.Client, in.Set.TenantID, in.Manifest.TenantID = "fleet", mspTenant, mspTenant
			in.Intent = intent.Intent{MSP: in.Intent.MSP, Client: intent.Client{Name: "fleet", TenantID: mspTenant}}
			addControl(&in.Set, "RF-F-01", "Nothing is shared", "isolation", "high", finding.Satisfied, 2)
		},
		"fleet subject": func(in *Input) {
			clearSet(&in.Set)
			addControl(&in.Set, "RF-F-01", "x", "isolation", "high", finding.NotSatisfied, 0,
				finding.Finding{Subject: "client/fabrikam", Outcome: finding.NotSatisfied, Message: "m"})
		},
		"holes": func(in *Input) {
			clearSet(&in.Set)
			addControl(&in.Set, "RF-T-01", "x", "isolation", "low", finding.Undetermined, 0,
				finding.Finding{Subject: "azure.resources/*", Outcome: finding.Undetermined},
				finding.Finding{Subject: "entra.users/sub/*", Outcome: finding.Undetermined},
				finding.Finding{Subject: "no.such/1", Outcome: finding.Undetermined})
		},
		"empty snapshot":   func(in *Input) { in.Manifest.Datasets = nil },
		"no metadata":      func(in *Input) { in.Set.Metadata = nil },
		"no intent":        func(in *Input) { in.Intent = intent.Intent{} },
		"user family":      func(in *Input) { in.Set.Metadata[0].Family = "our own: 家" },
		"numeric id":       func(in *Input) { renameControl(in, "7 of 9/x") },
		"one reviewer key": func(in *Input) { in.Intent.Reviewers = append(in.Intent.Reviewers, in.Intent.Reviewers[0]) },
		"bad page": func(in *Input) {
			in.Set.Metadata[0].Resources = []finding.Resource{
				{Ref: "javascript:alert(1)"}, {Ref: "https://a.example/ b"}, {Ref: `https://a.example/\`},
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := sample()
			in.Files = maps.Clone(in.Files)
			change(&in)
			mustDocuments(t, in)
		})
	}
}

func clearSet(s *finding.Set) {
	s.Controls, s.Metadata, s.Findings, s.Verdicts = nil, nil, nil, nil
}

func renameControl(in *Input, id string) {
	old := in.Set.Controls[2].ID
	in.Set.Controls[2].ID, in.Set.Metadata[2].ID = id, id
	for i, f := range in.Set.Findings {
		if f.Control == old {
			in.Set.Findings[i].Control, in.Set.Findings[i].UUID = id, finding.ObservationUUID(tenant, id, f.Subject)
		}
	}

	for i, v := range in.Set.Verdicts {
		if v.Control == old {
			in.Set.Verdicts[i].Control = id
		}
	}
}

var hostile = []string{
	"two\nlines\r\nand\tmore", "  blanks  ", "\u202ereversed\u202c", "العربية עברית", "👩‍👩‍👧 \U0001F600",
	"{{ insert: param, x }}", "\x00\x01\x1b[31m", "<script>alert(1)</script>", "**bold** _it_ [x](y) `z` & &lt;",
	strings.Repeat("long ", 2000), strings.Repeat("x", 10240),
	"\xff\xfe broken", "", " ", "\u00a0\ufeff", "a\u2028b\u2029c", "# heading", "- item", "\U000E0041tag",
	"a%0Ab", "\\", "…", "\u200b", "x\u0085",
}

// inject puts s wherever a tenant, a policy author or the fleet file can write.
func inject(s string) Input {
	in := sample()
	in.Intent.MSP.Name, in.Intent.Client.Name = s, s
	in.Intent.Reviewers[0].Email, in.Intent.Reviewers[0].Name = s, s
	in.Intent.Client.Responsible = []string{s}
	in.Intent.Client.Params = map[string]map[string]any{"RF-T-08": {s: s}}
	in.Intent.Client.MaxAge = s
	in.Manifest.Tool, in.Manifest.Cloud = s, s
	c := in.Manifest.Datasets["azure.resources"]
	c.Evidence = &snapshot.Evidence{Code: s, Message: s}
	in.Manifest.Datasets["azure.resources"] = c
	for i := range in.Set.Findings {
		f := &in.Set.Findings[i]
		f.Message, f.Observed, f.Expected = s, s, []any{s, nil, map[string]any{s: s}}
		f.Subject = snapshot.Subject("entra.users", s+f.Subject)
		f.Evidence = []string{f.Subject + "#/" + s, s, "#" + s, snapshot.Subject("keyvault.vaults", s) + "#" + s}
		f.UUID = finding.ObservationUUID(tenant, f.Control, f.Subject)
	}

	in.Set.Findings[2].Excepted = &finding.Excepted{Name: s, Reason: s, ApprovedBy: s, Expires: s, Whole: true}
	setDocuments(&in, hostileDocuments(s, in.Set.Findings))
	in.Set.Coverage["entra.users"] = finding.Coverage{
		Status: s, Reason: s, Scopes: []finding.ScopeCoverage{{Scope: s, Status: s, Reason: s}},
	}
	in.Set.Errors["RF-X-01"] = s
	in.Set.Client, in.EngineVersion = s, s
	for i := range in.Set.Controls {
		in.Set.Controls[i].Reason, in.Set.Controls[i].Severity = s, s
		in.Set.Verdicts[0].Subject = s
		m := &in.Set.Metadata[i]
		m.Title, m.Description, m.Remediation, m.Limits = s, s, s, s
		m.Family, m.Scope, m.Since, m.Severity = s, finding.Scope(s), s, s
		m.Maps = map[string][]string{s: {s}}
		m.Params = map[string]finding.Param{s: {Type: s, Default: s, Description: s}}
		m.Resources = []finding.Resource{{Ref: "https://x.example/" + s, Description: s}, {Ref: s, Description: s}}
	}

	return in
}

// hostileDocuments are what a finding cites after inject, with s for an id and
// for a property's name, as far as it can stand in JSON.
func hostileDocuments(s string, findings []finding.Finding) map[string][]snapshot.Document {
	s = strings.ToValidUTF8(s, "\ufffd")
	docs := map[string][]snapshot.Document{
		"keyvault.vaults": {{ID: s + "x", Spec: map[string]any{s: map[string]any{"x": s}}}},
	}
	for _, f := range findings {
		id, _ := strings.CutPrefix(strings.ToValidUTF8(f.Subject, "\ufffd"), "entra.users/")
		docs["entra.users"] = append(docs["entra.users"], snapshot.Document{ID: id, Spec: map[string]any{s: s}})
	}

	return docs
}

func TestHostileText(t *testing.T) {
	effort.WithoutRace(t)
	for _, s := range hostile {
		docs := mustDocuments(t, inject(s))
		for name, data := range docs {
			if strings.ContainsAny(string(data), "\u202e\u2028\u200b\u0085\x00") {
				t.Errorf("%.40q: invisible text in %s", s, name)
			}
			if m := active.FindString(markupOf(t, data)); m != "" {
				t.Errorf("%.40q: active text %q in %s", s, m, name)
			}
		}

		if n := len(docs[layout.Results]); n > 300_000 {
			t.Errorf("%.40q: %d bytes", s, n)
		}
	}
}

// active is what a Markdown renderer would act on.
var active = regexp.MustCompile(`\{\{|(^|[^\\])<`)

// markupOf is all CommonMark of a document.
func markupOf(t *testing.T, data []byte) string {
	d, problems := validate(data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}

	var b strings.Builder
	for _, n := range d.nodes {
		for _, key := range markup {
			b.WriteString(n.text(key) + "\n")
		}
	}

	return b.String()
}

func FuzzDocuments(f *testing.F) {
	for _, s := range hostile[:3] { // all of them: TestHostileText
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		mustDocuments(t, inject(s))
	})
}

func TestText(t *testing.T) {
	for _, c := range []struct{ in, line, value, token string }{
		{"RF-T-08", "RF-T-08", "RF-T-08", "RF-T-08"},
		{"a_b _c_ *d*", `a_b \_c\_ \*d\*`, "a_b _c_ *d*", "a_b-_c_--d-"},
		{" x\ny ", "x y", "%20x%0Ay%20", "-x-y-"},
		{"", "(empty)", "-", "_"},
		{"# 1", `\# 1`, "# 1", "--1"},
		{"7", "7", "7", "_7"},
		{"\u202eabc", "abc", "%E2%80%AEabc", "-abc"},
		{"{{ insert: x }}", `\{\{ insert: x \}\}`, "{{ insert: x }}", "---insert--x---"},
	} {
		want := c.token
		if strings.HasPrefix(want, "-") {
			want = "_" + want
		}
		got := []string{line(c.in), value(c.in), token(c.in)}
		if !slices.Equal(got, []string{c.line, c.value, want}) {
			t.Errorf("%q: %q, want %q %q %q", c.in, got, c.line, c.value, want)
		}
	}
}
