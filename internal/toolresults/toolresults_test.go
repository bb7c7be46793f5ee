package toolresults

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/foreign"
)

const tenant = "aaaaaaaa-0000-4000-8000-000000000010"

// files are small files in the form of each tool's.
var files = map[string]string{
	"maester": `{"TenantId": "` + tenant + `", "ExecutedAt": "T", "CurrentVersion": "2", "Tests": [
		{"Id": "A", "Title": "a", "Result": "Passed"}, {"Id": "A", "Title": "a", "Result": "Failed"},
		{"Id": "B", "Title": "b", "Result": "NotRun"}, {"Id": "C", "Title": "c", "Result": "Investigate"},
		{"Id": "D", "Title": "d", "Result": "Something new"}, {"Id": "E", "Title": "e", "Result": "Passed"}]}`,
	"zta": `{"TenantId": "` + tenant + `", "ExecutedAt": "T", "CurrentVersion": "2", "Tests": [
		{"TestId": "A", "TestTitle": "a", "TestStatus": "Passed"}, {"TestId": "A", "TestTitle": "a", "TestStatus": "Failed"},
		{"TestId": "B", "TestTitle": "b", "TestStatus": "Planned"}, {"TestId": "C", "TestTitle": "c", "TestStatus": "Investigate"},
		{"TestId": "D", "TestTitle": "d", "TestStatus": null}, {"TestId": "E", "TestTitle": "e", "TestStatus": "Passed"}]}`,
	"scuba": `{"MetaData": {"TenantId": "` + tenant + `", "TimestampZulu": "T", "ToolVersion": "2"}, "Results": {
		"X": [{"Controls": [
			{"Control ID": "A", "Requirement": "a<div class='x'>y</div>", "Result": "Pass"},
			{"Control ID": "A", "Requirement": "a", "Result": "Warning"},
			{"Control ID": "B", "Requirement": "b", "Result": "Omitted"}]}],
		"Y": [{"Controls": [
			{"Control ID": "C", "Requirement": "<b>c</b>", "Result": "N/A"},
			{"Control ID": "D", "Requirement": "d", "Result": "Error"},
			{"Control ID": "E", "Requirement": "e", "Result": "Pass"}]}]},
		"Raw": {"here": [], "gone": null}}`,
	"prowler": `[` + strings.Join([]string{
		ocsfFinding("A", "PASS", "New"), ocsfFinding("A", "FAIL", "New"), ocsfFinding("B", "FAIL", "Suppressed"),
		ocsfFinding("C", "MANUAL", "New"), ocsfFinding("D", "WHAT", "New"), ocsfFinding("E", "PASS", "New"),
	}, ",") + `]`,
	"prowler, CSV": "PROVIDER;CHECK_ID;CHECK_TITLE;STATUS;MUTED;ACCOUNT_ORGANIZATION_UID;PROWLER_VERSION;TIMESTAMP\n" +
		csvFinding("A", "PASS", "False") + csvFinding("A", "FAIL", "False") + csvFinding("B", "FAIL", "True") +
		csvFinding("C", "MANUAL", "False") + csvFinding("D", "", "False") + csvFinding("E", "PASS", "True"),
}

func ocsfFinding(id, code, status string) string {
	return fmt.Sprintf(`{"metadata": {"event_code": %q, "product": {"version": "2"}}, "status": %q, "status_code": %q,
		"finding_info": {"title": %q}, "cloud": {"provider": "m365", "org": {"uid": %q}}, "time_dt": "T"}`,
		id, status, code, strings.ToLower(id), tenant)
}

func csvFinding(id, status, muted string) string {
	return strings.Join([]string{"azure", id, strings.ToLower(id), status, muted, tenant, "2", "T"}, ";") + "\n"
}

func tool(name string) string { t, _, _ := strings.Cut(name, ","); return t }

// TestParse: the same results in the form of each tool.
func TestParse(t *testing.T) {
	for name, data := range files {
		for _, start := range []string{"", "\ufeff"} {
			got, err := Parse(tool(name), []byte(start+data))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got.Absent = nil
			want := Report{
				Tool: tool(name), Version: "2", TenantID: tenant, At: "T",
				Checks: []Check{
					{"A", "a", Fail, 2}, {"B", "b", Skipped, 1}, {"C", "c", Manual, 1}, {"D", "d", Failed, 1}, {"E", "e", Pass, 1},
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

// TestParseRefuses: what is no results, or of several tenants.
func TestParseRefuses(t *testing.T) {
	const other = "bbbbbbbb-0000-4000-8000-000000000010"
	for name, tc := range map[string]struct{ tool, data, want string }{
		"no tool":       {"other", "{}", "is none of maester, prowler, scuba, zta"},
		"maester":       {"maester", "{}", "holds no result of maester"},
		"zta":           {"zta", "[]", "json"},
		"scuba":         {"scuba", `{"Results": {"X": 1}}`, "json"},
		"prowler":       {"prowler", "", "neither OCSF JSON nor CSV"},
		"another CSV":   {"prowler", "a;b\n1;2\n", "no columns CHECK_ID"},
		"no id":         {"maester", `{"Tests": [{"Result": "Passed"}]}`, "has no id"},
		"merged":        {"maester", `{"Tenants": [{}]}`, "several tenants"},
		"aws":           {"prowler", strings.Replace(files["prowler"], `"m365"`, `"aws"`, 1), "results of aws"},
		"two tenants":   {"prowler", strings.Replace(files["prowler"], tenant, other, 1), "about two tenants"},
		"in CSV":        {"prowler", strings.Replace(files["prowler, CSV"], tenant, other, 1), "about two tenants"},
		"twice a key":   {"zta", `{"TenantId": "a", "TenantId": "b", "Tests": []}`, "duplicate"},
		"another shape": {"maester", files["zta"], "has no id"},
	} {
		if _, err := Parse(tc.tool, []byte(tc.data)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// TestCrosswalk: every row of the table has a source, and names what there is.
func TestCrosswalk(t *testing.T) {
	rows, err := Crosswalk()
	if err != nil {
		t.Fatal(err)
	}

	control := regexp.MustCompile(`^RF-[A-Z]-[0-9]{2}$`)
	seen := map[string]bool{}
	for _, r := range rows {
		key := r.Tool + " " + r.Check
		switch {
		case seen[key]:
			t.Errorf("%s is there twice", key)
		case !slices.Contains(Tools(), r.Tool):
			t.Errorf("%s: no such tool", key)
		case r.Control != "" && (!control.MatchString(r.Control) || r.Relation != "same" && r.Relation != "part"):
			t.Errorf("%s: control %q, relation %q", key, r.Control, r.Relation)
		case r.Control == "" && r.Relation != "":
			t.Errorf("%s: a relation to no control", key)
		case !strings.HasPrefix(r.Source, "https://"):
			t.Errorf("%s: source %q", key, r.Source)
		case len(r.Evidence) == 0:
			t.Errorf("%s: says nothing", key)
		case r.Tool != "scuba" && r.Parts != nil && len(r.Parts) > 0:
			t.Errorf("%s: files of %s hold no evidence", key, r.Tool)
		case r.Tool == "scuba" && r.Check != bare("scuba", r.Check):
			t.Errorf("%s: with a revision", key)
		}
		seen[key] = true

		for _, name := range r.Evidence {
			if snapshot.Schemas()[name] == nil {
				t.Errorf("%s: no dataset %s", key, name)
			}
		}
	}
}

// sealed is a snapshot of one dataset.
func sealed(t *testing.T, name string, status snapshot.Status) *snapshot.Snapshot {
	t.Helper()
	c := snapshot.Coverage{
		Status: status, StartedAt: "2026-11-23T10:00:00Z", EndedAt: "2026-11-23T10:00:00Z",
	}
	if status != snapshot.Complete {
		c.Evidence = &snapshot.Evidence{HTTPStatus: 403, Code: "Authorization_RequestDenied"}
	}
	s, err := snapshot.Seal(snapshot.Manifest{Client: "fabrikam", TenantID: tenant, Cloud: "public"},
		[]snapshot.Dataset{{Name: name, Coverage: c, Documents: []snapshot.Document{}}})
	if err != nil {
		t.Fatal(err)
	}
	return &s
}

// TestCompare: a pass is called out where its evidence is not there, and never where
// it is complete.
func TestCompare(t *testing.T) {
	const dataset = "entra.authorization_policy"
	here := func(string) bool { return false }
	for name, tc := range map[string]struct {
		outcome Outcome
		check   string
		snap    *snapshot.Snapshot
		absent  func(string) bool
		want    Conclusion
		missing []string
	}{
		"complete":         {Pass, "MS.AAD.8.2v1", sealed(t, dataset, snapshot.Complete), here, Seen, nil},
		"another revision": {Pass, "MS.AAD.8.2v7", sealed(t, dataset, snapshot.Complete), nil, Seen, nil},
		"denied": {
			Pass, "MS.AAD.8.2v1", sealed(t, dataset, snapshot.Denied), here, NotSeen,
			[]string{dataset + ": denied (status 403: Authorization_RequestDenied)"},
		},
		"not read": {
			Pass, "MS.AAD.8.2v1", sealed(t, "entra.users", snapshot.Complete), nil, NotSeen,
			[]string{dataset + ": not in the snapshot"},
		},
		"absent by its own file": {
			Pass, "MS.AAD.8.2v1", nil, func(part string) bool { return part == "authorization_policies" }, NotSeen,
			[]string{"authorization_policies: not in the tool's own evidence"},
		},
		"no snapshot":    {Pass, "MS.AAD.8.2v1", nil, here, NotCompared, nil},
		"not in a table": {Pass, "MS.AAD.99.9v1", sealed(t, dataset, snapshot.Denied), here, NotCompared, nil},
		"a failure": {
			Fail, "MS.AAD.8.2v1", sealed(t, dataset, snapshot.Denied), here, NoPass,
			[]string{dataset + ": denied (status 403: Authorization_RequestDenied)"},
		},
	} {
		r := Report{Tool: "scuba", Checks: []Check{{ID: tc.check, Outcome: tc.outcome}}, Absent: tc.absent}
		got, err := Compare(r, tc.snap, map[string]string{"RF-T-08": "satisfied"})
		if err != nil {
			t.Fatal(err)
		}
		line := got.Lines[0]
		if diff := cmp.Diff(tc.missing, line.Missing); diff != "" || line.Conclusion != tc.want {
			t.Errorf("%s: %s, want %s\n%s", name, line.Conclusion, tc.want, diff)
		}
		if known := !strings.Contains(tc.check, "99"); known != (line.Control == "RF-T-08" && line.Ours == "satisfied") {
			t.Errorf("%s: control %q, ours %q", name, line.Control, line.Ours)
		}
	}
}

// TestCompareOrder: checks that ask for one control of ours are beside each other, and
// those that none asks are last.
func TestCompareOrder(t *testing.T) {
	r := Report{Tool: "maester", Checks: []Check{
		{ID: "EIDSCA.AP04"}, {ID: "EIDSCA.AP06"}, {ID: "EIDSCA.AP07"}, {ID: "MT.1025"}, {ID: "A"}, {ID: "CISA.MS.AAD.8.2"},
	}}
	c, err := Compare(r, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range c.Lines {
		got = append(got, line.Control+" "+line.ID)
	}
	want := []string{
		"RF-T-08 CISA.MS.AAD.8.2", "RF-T-08 EIDSCA.AP04", "RF-T-08 EIDSCA.AP06", "RF-T-09 EIDSCA.AP07",
		"RF-T-11 MT.1025", " A",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRealFiles: files of the tools' own repositories are read, where a mirror of
// these is on this machine.
func TestRealFiles(t *testing.T) {
	for _, tc := range []struct{ tool, repo, path string }{
		{"maester", "maester365+maester", "build/activeDirectory/AD-TestResults-2026-04-25-230310.json"},
		{"prowler", "prowler-cloud+prowler", "examples/output/example_output_azure.ocsf.json"},
		{"prowler", "prowler-cloud+prowler", "examples/output/example_output_azure.csv"},
		{"scuba", "cisagov+ScubaGear", "PowerShell/ScubaGear/Sample-Reports/ScubaResults_fa5589b7-d528-4f80.json"},
		{"zta", "microsoft+zerotrustassessment", "SampleReport.json"},
	} {
		dir := "/work/.mirror/" + tc.repo + "/repo"
		if _, err := os.Stat(dir); err != nil {
			t.Logf("no mirror of %s", tc.repo)
			continue
		}
		data, err := exec.Command("git", "-C", dir, "show", "HEAD:"+tc.path).Output()
		if err != nil {
			t.Logf("%s: %v", tc.path, err)
			continue
		}

		r, err := Parse(tc.tool, data)
		if err != nil {
			t.Errorf("%s: %v", tc.path, err)
			continue
		}
		c, err := Compare(r, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		known := 0
		for _, line := range c.Lines {
			if line.Control != "" {
				known++
			}
		}
		t.Logf("%s: %d checks, %v, %d of them asked by a control of ours", tc.path, len(r.Checks), c.Outcomes, known)
		if c.Outcomes[Failed] > len(r.Checks)/10 {
			t.Errorf("%s: %d of %d results are not understood", tc.path, c.Outcomes[Failed], len(r.Checks))
		}
	}
}

// loadPack compiles a comparison as a pack; nil where an id cannot be a control's.
func loadPack(t *testing.T, c Comparison) *foreign.Pack {
	t.Helper()
	m, files, input, err := c.Pack(map[string]string{"RF-T-08": "critical"})
	if err != nil {
		return nil
	}
	bundle, err := foreign.Bundle(m, files)
	if err != nil {
		t.Fatal(err)
	}
	p, err := foreign.Load(bundle)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ast.InterfaceToValue(input); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPack: a comparison as a pack gives each check the verdict that its conclusion
// stands for, whatever is in its title.
func TestPack(t *testing.T) {
	const hostile = "a \"title\" \\ with\n{{braces}} }\ndata.x := 1 \u2028"
	snap := sealed(t, "entra.authorization_policy", snapshot.Complete)
	c, err := Compare(Report{Tool: "maester", Checks: []Check{
		{ID: "EIDSCA.AP04", Title: hostile, Outcome: Pass}, {ID: "EIDSCA.AP06", Title: "b", Outcome: Fail},
		{ID: "CISA.MS.AAD.8.3", Title: "c", Outcome: Pass}, {ID: "MT.1025", Title: "d", Outcome: Manual},
		{ID: "MT 1 (x)", Title: "", Outcome: Pass}, {ID: "ab-12", Title: "f", Outcome: Failed},
	}}, snap, nil)
	if err != nil {
		t.Fatal(err)
	}

	p := loadPack(t, c)
	_, _, input, err := c.Pack(nil)
	if p == nil || err != nil {
		t.Fatal(err)
	}
	value, err := ast.InterfaceToValue(input)
	if err != nil {
		t.Fatal(err)
	}
	opinions, err := p.Judge(t.Context(), foreign.Seen{TenantID: "t", Input: value.(ast.Object)})
	if err != nil {
		t.Fatal(err)
	}

	got := map[string]string{}
	for id, o := range opinions {
		got[id] = string(o.Verdicts[0].Outcome)
		if o.Error != "" {
			t.Errorf("%s: %s", id, o.Error)
		}
	}
	want := map[string]string{
		"maester.EIDSCA.AP04": "satisfied", "maester.EIDSCA.AP06": "not-satisfied",
		"maester.CISA.MS.AAD.8.3": "undetermined", "maester.MT.1025": "undetermined",
		"maester.MT_1_x_": "undetermined", "maester.ab-12": "undetermined",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	for _, control := range p.Controls() {
		if control.ID == "maester.EIDSCA.AP04" && (control.Severity != "critical" || control.Family != "RF_T_08" ||
			!strings.HasPrefix(control.Title, `a "title" \ with {{braces}}`)) {
			t.Errorf("%+v", control)
		}
	}

	twice := Comparison{Report: Report{Tool: "zta"}, Lines: []Line{{Check: Check{ID: "a b"}}, {Check: Check{ID: "a_b"}}}}
	if _, _, _, err := twice.Pack(nil); err == nil {
		t.Error("two checks have one id")
	}
}

func FuzzParse(f *testing.F) {
	for name, data := range files {
		f.Add(tool(name), []byte(data))
	}
	f.Add("maester", []byte(`{"Tests": [{"Id": "", "Result": null}]}`))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		r, err := Parse(name, data)
		if err != nil {
			return
		}
		for _, c := range r.Checks {
			if c.ID == "" || c.Results < 1 || !slices.Contains(Outcomes, c.Outcome) {
				t.Errorf("%+v", c)
			}
		}
		if bytes.Contains(data, []byte(`"Raw"`)) && r.Absent != nil {
			r.Absent("x")
		}
		c, err := Compare(r, nil, nil)
		if err != nil {
			t.Error(err)
		}
		loadPack(t, c) // whatever a tool wrote into titles and ids: it compiles
	})
}
