package oscal

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/defenseunicorns/go-oscal/src/pkg/validation"
	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/runfolder/layout"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	tenant    = "aaaaaaaa-0000-4000-8000-000000000010"
	mspTenant = "aaaaaaaa-0000-4000-8000-000000000001"
	partner   = "azure.lighthouse_assignments/cccccccc-0000-4000-8000-000000000001"
)

// sample has one control of every outcome: satisfied, not-satisfied, excepted,
// undetermined with a lead, not-applicable, and one with a policy error.
func sample() Input {
	files := map[string]string{}
	for _, p := range alwaysLinked {
		files[p] = snapshot.Digest([]byte(p))
	}

	in := Input{
		RunID: finding.RunID("s", "i", "p", "1", "t"), AsOf: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
		EngineVersion: "1", Files: files, Manifest: sampleManifest(), Intent: sampleIntent(),
		Set: finding.Set{
			Schema: finding.SchemaName, Client: "fabrikam", TenantID: tenant, AsOf: "2026-11-20T09:00:00Z",
			Snapshot: strings.Repeat("a", 64), Intent: strings.Repeat("b", 64),
			Policies: strings.Repeat("c", 64),
			Errors:   map[string]string{"RF-X-01": "eval_conflict_error: two\nlines"},
			Reads: map[string][]string{
				"RF-G-01": {"azure.resources", "keyvault.vaults"}, "RF-K-02": {"keyvault.vaults"},
				"RF-T-07": {"azure.lighthouse_assignments"}, "RF-T-08": {"entra.users"},
			},
			Coverage: sampleCoverage(), Families: sampleFamilies,
		},
	}

	setDocuments(&in, sampleDocuments())

	addControl(&in.Set, "RF-G-01", "Vaults stay in the fence", "geofence", "critical", finding.Undetermined, 0,
		finding.Finding{
			Subject: "keyvault.vaults/subscriptions/dd/vaults/kv-1",
			Outcome: finding.Undetermined, Lead: true,
			Message:  "vault kv-1 is in eastus, outside of the fence",
			Observed: "eastus", Expected: []any{"westeurope"},
			Evidence: []string{"keyvault.vaults/subscriptions/dd/vaults/kv-1#/location"},
		})

	addControl(&in.Set, "RF-G-05", "Guests come from fence countries", "geofence", "low", finding.NotApplicable, 0)

	addControl(&in.Set, "RF-K-02", "Vaults are purge protected", "keyownership", "high", finding.NotSatisfied, 2,
		finding.Finding{
			Subject: "keyvault.vaults/subscriptions/dd/vaults/kv-2", Outcome: finding.NotSatisfied,
			Message: "kv-2 can be purged", Observed: false, Expected: true,
			Evidence: []string{"keyvault.vaults/subscriptions/dd/vaults/kv-2#/properties/enablePurgeProtection"},
		})

	addControl(&in.Set, "RF-T-07", "Partners are declared", "isolation", "medium", finding.NotSatisfied, 0,
		finding.Finding{
			Subject: partner, Outcome: finding.NotSatisfied, Message: "an undeclared partner has inbound access",
			Evidence: []string{partner + "#/b2bCollaborationInbound"},
			Excepted: &finding.Excepted{
				Name: "fabrikam-tax", Reason: "Tax advisor until the audit is closed",
				ApprovedBy: "security-lead", Expires: "2027-01-31",
			},
		})

	addControl(&in.Set, "RF-T-08", "Users are members", "isolation", "high", finding.Satisfied, 3)
	addControl(&in.Set, "RF-X-01", "Assets have an owner", "mapping", "low", finding.Undetermined, 0)
	return in
}

var sampleFamilies = []finding.Family{
	{ID: "geofence", Title: "Geo-fence", Order: 3},
	{ID: "isolation", Title: "Isolation of tenants", Order: 1},
	{ID: "keyownership", Title: "Ownership of keys", Order: 2},
	{ID: "mapping", Title: "Mapping of systems of record", Order: 5},
}

// sampleDocuments are what the sample's snapshot holds.
func sampleDocuments() map[string][]snapshot.Document {
	vault := func(name, region string, properties map[string]any) snapshot.Document {
		return snapshot.Document{ID: "/subscriptions/dd/vaults/" + name, Scope: "dd",
			Spec:     map[string]any{"location": region, "properties": properties},
			Observed: map[string]any{"seen~at/last": "today"}}
	}
	id, _ := strings.CutPrefix(partner, "azure.lighthouse_assignments/")
	inbound := map[string]any{"applications": []any{"All"}}
	softDelete := map[string]any{"enableSoftDelete": true}
	return map[string][]snapshot.Document{
		"entra.organization":           {{ID: tenant, Spec: map[string]any{"id": tenant}}},
		"azure.lighthouse_assignments": {{ID: id, Spec: map[string]any{"b2bCollaborationInbound": inbound}}},
		"entra.users":                  {{ID: "0000", Spec: map[string]any{"userType": "Member"}}},
		"keyvault.vaults":              {vault("kv-1", "eastus", nil), vault("kv-2", "westeurope", softDelete)},
	}
}

// setDocuments gives an input the files of a snapshot.
func setDocuments(in *Input, documents map[string][]snapshot.Document) {
	data := map[string][]byte{}
	for dataset, docs := range documents {
		lines, digest, _, err := snapshot.Encode(docs)
		if err != nil {
			panic(err)
		}
		in.Files[layout.Dataset(dataset)], data[dataset] = digest, lines
	}

	in.Lines = func(dataset string, each func([]byte) (string, error)) error {
		for line := range bytes.Lines(data[dataset]) {
			if _, err := each(bytes.TrimSuffix(line, []byte("\n"))); err != nil {
				return err
			}
		}
		return nil
	}
}

// datasetFiles are the files of the snapshot, as Lines has them.
func datasetFiles(in Input) map[string][]byte {
	files := map[string][]byte{}
	for path := range in.Files {
		dataset, ok := strings.CutPrefix(strings.TrimSuffix(path, ".ndjson"), "snapshot/")
		if !ok || path == layout.Manifest {
			continue
		}
		_ = in.Lines(dataset, func(line []byte) (string, error) {
			files[path] = append(append(files[path], line...), '\n')
			return "", nil
		})
	}

	return files
}

// sampleCoverage is the sample's manifest as the engine judges it.
func sampleCoverage() map[string]finding.Coverage {
	return map[string]finding.Coverage{
		"azure.resources": {
			Status: "denied", Reason: "HTTP 403, Authorization_RequestDenied, Insufficient privileges",
		},
		"azure.lighthouse_assignments": {Status: "complete"},
		"entra.organization":           {Status: "complete"},
		"entra.users":                  {Status: "complete"},
		"keyvault.vaults": {
			Status: "complete", Scopes: []finding.ScopeCoverage{{Scope: "dd", Status: "complete"}},
		},
	}
}

// addControl appends a control with n satisfied subjects and the findings given.
func addControl(
	s *finding.Set, id, title, family, severity string, outcome finding.Outcome, n int, findings ...finding.Finding,
) {
	sum := finding.Summary{
		ID: id, Title: title, Family: family, Severity: severity,
		Outcome: outcome, Subjects: finding.Counts{Satisfied: n},
	}
	if outcome == finding.NotApplicable {
		sum.Reason = "not promised: client.fence"
	}

	for i := range n {
		subject := fmt.Sprintf("entra.users/%04d", i)
		s.Verdicts = append(s.Verdicts, finding.Verdict{Control: id, Subject: subject, Outcome: finding.Satisfied})
	}

	for _, f := range findings {
		f.Control, f.Severity = id, severity
		f.UUID = finding.ObservationUUID(s.TenantID, id, f.Subject)
		if f.Outcome == finding.NotSatisfied {
			sum.Subjects.NotSatisfied++
		} else {
			sum.Subjects.Undetermined++
		}

		s.Findings = append(s.Findings, f)
		s.Verdicts = append(s.Verdicts, finding.Verdict{Control: id, Subject: f.Subject, Outcome: f.Outcome})
	}

	s.Controls = append(s.Controls, sum)
	s.Metadata = append(s.Metadata, finding.Control{
		ID: id, Package: "ringfence." + family + ".x", Title: title,
		Description: "What is promised.\n\n- in *Markdown*",
		Family:      family, Severity: severity, Scope: "client", Since: "0.1.0",
		Maps: map[string][]string{"nist_800_53": {"AC-4", "SC-7"}, "gdpr": {"Art. 44"}},
		Params: map[string]finding.Param{
			"allow": {Type: "strings", Default: []any{"b2b", "sync"}, Description: "What may be."},
		},
		Remediation: "Turn it off.", Limits: "Looks at the configuration,\nnot at what happened.",
		Resources: []finding.Resource{{Ref: "https://learn.microsoft.com/en-us/entra/", Description: "Microsoft Entra"}},
	})
}

func sampleManifest() snapshot.Manifest {
	done := snapshot.Coverage{
		Status: snapshot.Complete, Count: 3, Digest: strings.Repeat("d", 64),
		StartedAt: "2026-11-20T08:00:00Z", EndedAt: "2026-11-20T08:00:10.5Z",
	}
	denied := done
	denied.Status, denied.Digest = snapshot.Denied, ""
	denied.Evidence = &snapshot.Evidence{
		HTTPStatus: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges",
	}
	later := done
	later.StartedAt, later.EndedAt = "2026-11-20T08:00:11Z", "2026-11-20T08:00:12Z"
	return snapshot.Manifest{
		Schema: snapshot.SchemaName, Client: "fabrikam", TenantID: tenant, CollectedAt: "2026-11-20T08:00:12Z",
		Tool: "ringfence v0.1.0", Cloud: "public",
		Datasets: map[string]snapshot.Coverage{
			"azure.lighthouse_assignments": done, "entra.organization": done, "entra.users": done,
			"keyvault.vaults": later, "azure.resources": denied,
		},
	}
}

func sampleIntent() intent.Intent {
	return intent.Intent{
		Schema: intent.SchemaName,
		MSP:    intent.MSP{Name: "Northwind Managed Services", TenantID: mspTenant},
		Client: intent.Client{
			Name: "fabrikam", TenantID: tenant, MaxAge: "24h", Responsible: []string{"security-lead"},
			Params: map[string]map[string]any{"RF-T-08": {"allow": []any{"b2b"}}},
		},
		Reviewers: []intent.Reviewer{{
			Name: "security-lead", Email: "security-lead@northwind-msp.example",
			Org: "msp", KeySHA256: strings.Repeat("e", 64),
		}},
	}
}

func mustDocuments(t testing.TB, in Input) map[string][]byte {
	t.Helper()
	docs, err := Documents(in)
	if err != nil {
		t.Fatal(err)
	}

	if problems := folderProblems(in, docs); len(problems) > 0 {
		t.Fatalf("%d problems, the first: %v", len(problems), problems[0])
	}

	return docs
}

// folderProblems validates documents of the sample, whose intent is the text
// "intent.json", with every file of its snapshot: each pointer is followed.
func folderProblems(in Input, docs map[string][]byte) []Problem {
	files := maps.Clone(docs)
	files[layout.Intent] = []byte(layout.Intent)
	maps.Copy(files, datasetFiles(in))

	return ValidateFolder(files)
}

func TestDocumentsGolden(t *testing.T) {
	docs := mustDocuments(t, sample())
	if len(docs) != 3 {
		t.Fatalf("%d documents, want 3", len(docs))
	}
	for name, got := range docs {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}

		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}

		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestRawRoundTrip: parse(emit(x)) through a raw map is emit(x).
func TestRawRoundTrip(t *testing.T) {
	for name, data := range mustDocuments(t, sample()) {
		v, err := snapshot.Parse(data)
		if err != nil {
			t.Fatal(err)
		}

		again, err := snapshot.CanonicalFile(v)
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s changes on a round trip (%v)", name, err)
		}
	}
}

// TestGoOSCALAgrees asks a second implementation, under both versions.
func TestGoOSCALAgrees(t *testing.T) {
	for name, data := range mustDocuments(t, sample()) {
		for _, version := range []string{Version, alsoValidAs} {
			root, err := snapshot.ParseObject(data)
			if err != nil {
				t.Fatal(err)
			}

			v, err := validation.NewValidatorDesiredVersion(root, version)
			if err != nil {
				t.Fatal(err)
			}

			if err := v.Validate(); err != nil {
				t.Errorf("%s as %s: %v", name, version, err)
			}
		}
	}
}

func TestDocumentsAreDeterministic(t *testing.T) {
	a := mustDocuments(t, sample())
	in := sample()
	in.AsOf = in.AsOf.In(time.FixedZone("elsewhere", 3600))
	if diff := cmp.Diff(a, mustDocuments(t, in)); diff != "" {
		t.Error(diff)
	}
}

func TestDocumentsRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Input)
		want   string
	}{
		"as-of before the snapshot": {func(in *Input) { in.AsOf = in.AsOf.Add(-2 * time.Hour) }, "before the snapshot"},
		"another tenant":            {func(in *Input) { in.Manifest.TenantID = mspTenant }, "tenant"},
		"no verdicts":               {func(in *Input) { in.Set.Verdicts = nil }, "verdicts"},
		"missing finding":           {func(in *Input) { in.Set.Findings = in.Set.Findings[1:] }, "findings"},
		"wrong uuid":                {func(in *Input) { in.Set.Findings[0].UUID = finding.UUID("x") }, "uuid"},
		"unknown control":           {func(in *Input) { in.Set.Findings[0].Control = "RF-T-99" }, "unknown control"},
		"no manifest digest":        {func(in *Input) { delete(in.Files, layout.Manifest) }, layout.Manifest},
		"bad digest":                {func(in *Input) { in.Files[layout.Intent] = "beef" }, "SHA-256"},
		"one catalog id twice":      {func(in *Input) { in.Set.Controls[0].ID = "rf-t-08" }, "catalog id"},
		"no run id":                 {func(in *Input) { in.RunID = "" }, "run id"},
	} {
		in := sample()
		c.change(&in)
		if _, err := Documents(in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// TestSizeIsBounded: compliant subjects are counted and digested, not listed.
func TestSizeIsBounded(t *testing.T) {
	size := func(n int) int {
		in := sample()
		in.Set.Controls, in.Set.Metadata, in.Set.Findings, in.Set.Verdicts = nil, nil, nil, nil
		for i := range 50 {
			id := fmt.Sprintf("RF-P-%02d", i)
			addControl(&in.Set, id, "Devices are enrolled", "provisioning", "low", finding.Satisfied, n)
		}

		return len(mustDocuments(t, in)[layout.Results])
	}

	small, large := size(3), size(3000)
	if large > small+50*20 || large > 200_000 {
		t.Errorf("3 devices: %d bytes, 3,000 devices: %d bytes", small, large)
	}

	t.Logf("50 controls: %d bytes with 3 devices, %d with 3,000", small, large)
}

// typical is a client with 50 controls, nine of them with three findings each,
// and 300 satisfied subjects a control.
func typical() Input {
	in := sample()
	for i := range 44 {
		var fs []finding.Finding
		outcome := finding.Satisfied
		for j := range 3 {
			if i >= 8 {
				break
			}
			outcome = finding.NotSatisfied
			fs = append(fs, finding.Finding{
				Subject: fmt.Sprintf("entra.users/u%d", j), Outcome: outcome, Message: "not as promised",
				Evidence: []string{fmt.Sprintf("entra.users/u%d#/userType", j)},
			})
		}

		id := fmt.Sprintf("RF-P-%02d", i)
		addControl(&in.Set, id, "Devices are enrolled", "provisioning", "low", outcome, 300, fs...)
	}

	return in
}

func BenchmarkDocuments(b *testing.B) {
	in := typical()
	for b.Loop() {
		if _, err := Documents(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidateFolder(b *testing.B) {
	in := typical()
	docs := mustDocuments(b, in)
	for b.Loop() {
		if problems := folderProblems(in, docs); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}
