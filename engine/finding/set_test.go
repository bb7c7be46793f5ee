package finding

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	set := Set{
		Schema: SchemaName, Client: "fabrikam", TenantID: "t", AsOf: "2026-11-20T09:00:00Z",
		Snapshot: "s", Intent: "i", Policies: "p",
		Controls: []Summary{{ID: "RF-T-01", Title: "T", Family: "isolation", Severity: "low", Outcome: Undetermined,
			Subjects: Counts{Satisfied: 1, Undetermined: 1}, Reason: "r"}},
		Findings: []Finding{{
			UUID: "u", Control: "RF-T-01", Subject: "x", Outcome: Undetermined, Lead: true, Severity: "low", Message: "m",
			Observed: map[string]any{"a": []any{true, nil, "b", 1.5}}, Evidence: []string{"x#/a"},
			Excepted: &Excepted{
				Name: "n", Reason: "r", ApprovedBy: "a", Expires: "2027-01-01", Whole: true, Expired: true,
			},
		}},
		Coverage: map[string]Coverage{
			"entra.users": {Status: "partial", Reason: "r", Scopes: []ScopeCoverage{{"s", "denied", "why"}}},
		},
		Errors:   map[string]string{"RF-T-01": "eval_conflict_error"},
		Verdicts: []Verdict{{"RF-T-01", "x", Undetermined}, {"RF-T-01", "y", Satisfied}},
	}

	data, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}

	var lines []string
	for _, v := range set.Verdicts {
		lines = append(lines, fmt.Sprintf(`{"control":%q,"outcome":%q,"subject":%q}`, v.Control, v.Outcome, v.Subject))
	}

	got, err := Parse(data, []byte(strings.Join(lines, "\n")+"\n"))
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(set, got); diff != "" {
		t.Errorf("a set does not survive its files (-want +got):\n%s", diff)
	}

	for name, c := range map[string][2]string{
		"another schema": {`{"schema":"ringfence.findings/2"}`, ""},
		"no schema":      {`{}`, ""},
		"duplicate key":  {`{"schema":"ringfence.findings/1","client":"a","client":"b"}`, ""},
		"no JSON":        {``, ""},
		"broken verdict": {`{"schema":"ringfence.findings/1"}`, "{\n"},
		"invalid UTF-8":  {"{\"schema\":\"ringfence.findings/1\",\"client\":\"\xff\"}", ""},
	} {
		if _, err := Parse([]byte(c[0]), []byte(c[1])); err == nil {
			t.Errorf("%s is read", name)
		}
	}

	if _, err := Parse([]byte(`{"schema":"ringfence.findings/1","later":1}`), nil); err != nil {
		t.Errorf("a field that is not known: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"schema":"ringfence.findings/1","findings":[{"observed":{"a":[1]}}]}`), []byte(`{"control":"c"}`))
	f.Fuzz(func(_ *testing.T, findings, verdicts []byte) { _, _ = Parse(findings, verdicts) })
}

// TestComplete: a hole in any scope is a hole.
func TestComplete(t *testing.T) {
	scope := func(name, status string) ScopeCoverage { return ScopeCoverage{Scope: name, Status: status} }
	good, hole := scope("a", "complete"), scope("b", "denied")
	for name, tc := range map[string]struct {
		coverage Coverage
		want     bool
	}{
		"nothing":      {Coverage{}, false},
		"complete":     {Coverage{Status: "complete"}, true},
		"all scopes":   {Coverage{Status: "complete", Scopes: []ScopeCoverage{good}}, true},
		"a hole":       {Coverage{Status: "complete", Scopes: []ScopeCoverage{good, hole}}, false},
		"stale":        {Coverage{Status: "stale"}, false},
		"not_licensed": {Coverage{Status: "not_licensed"}, false},
	} {
		if got := tc.coverage.Complete(); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// TestCounts: a control is as good as the worst of its subjects.
func TestCounts(t *testing.T) {
	for _, tc := range []struct {
		subjects []Outcome
		want     Outcome
	}{
		{nil, NotApplicable},
		{[]Outcome{Satisfied, Satisfied}, Satisfied},
		{[]Outcome{Satisfied, Undetermined}, Undetermined},
		{[]Outcome{Undetermined, NotSatisfied, Satisfied}, NotSatisfied},
	} {
		var c Counts
		for _, o := range tc.subjects {
			c.Add(o)
		}
		if c.Outcome() != tc.want || c.Total() != len(tc.subjects) {
			t.Errorf("%v: %s of %d", tc.subjects, c.Outcome(), c.Total())
		}
	}
}
