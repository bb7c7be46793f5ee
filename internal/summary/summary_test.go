package summary

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/finding"
)

// described are families as policies describe them, not in their order.
var described = []finding.Family{
	{ID: "geofence", Order: 3}, {ID: "isolation", Order: 1}, {ID: "keyownership", Order: 2},
}

// example is a fleet of four: a client with a violation and a gap, one where all
// is well, one that failed, and an MSP that has nothing to be judged.
func example(limit int) *Fleet {
	f := New(limit)
	f.Add(Client{
		Client: "fabrikam", Run: "r1", Dir: "out/fabrikam", Conditions: []int{3, 4},
		Controls: []finding.Summary{
			control("A-1", "isolation", finding.NotSatisfied, finding.Counts{Satisfied: 2, NotSatisfied: 1}),
			control("A-2", "isolation", finding.Undetermined, finding.Counts{Undetermined: 3}),
			control("B-1", "own", finding.Satisfied, finding.Counts{Satisfied: 4}),
			control("C-1", "geofence", finding.NotApplicable, finding.Counts{}),
		},
		Families: described,
		Timings:  map[string]time.Duration{"emit": 1, "collect": 2},
	}, []finding.Finding{
		{Control: "A-1", Subject: "users/1", Outcome: finding.NotSatisfied, Severity: "low"},
		{Control: "A-2", Subject: "users/1", Outcome: finding.Undetermined, Severity: "high"},
		{Control: "A-2", Subject: "users/2", Outcome: finding.Undetermined, Severity: "high"},
		{Control: "A-2", Subject: "users/3", Outcome: finding.Undetermined, Severity: "high"},
	})
	f.Add(Client{
		Client: "contoso", Run: "r2", Dir: "out/contoso",
		Controls: []finding.Summary{control("K-1", "keyownership", finding.Satisfied, finding.Counts{Satisfied: 1})},
		Families: described,
		Timings:  map[string]time.Duration{"emit": 10},
	}, nil)
	f.Add(Client{Client: "litware", Conditions: []int{2}, Error: "no token"}, nil)
	f.Add(Client{Client: "fleet", Conditions: []int{4}, Skipped: "no graph block", Withdrawn: true}, nil)

	return f
}

func control(id, family string, o finding.Outcome, subjects finding.Counts) finding.Summary {
	return finding.Summary{ID: id, Family: family, Outcome: o, Subjects: subjects}
}

func TestFleet(t *testing.T) {
	f := example(20)
	if diff := cmp.Diff([]int{2, 3, 4}, f.Conditions); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}

	if diff := cmp.Diff(map[string]time.Duration{"emit": 11, "collect": 2}, f.Timings); diff != "" {
		t.Errorf("timings (-want +got):\n%s", diff)
	}
}

// TestJSON: lists are never null, and the numbers are those of the values.
func TestJSON(t *testing.T) {
	for want, f := range map[string]*Fleet{
		`{"schema":"ringfence.summary/1","exit":0,"conditions":[],"clients":[]}`: New(1),
		`{"schema":"ringfence.summary/1","exit":0,"conditions":[2],"clients":[{"client":"litware","run":"","dir":"",` +
			`"conditions":[2],"error":"no token","controls":[]}]}`: added(Client{
			Client: "litware", Conditions: []int{2}, Error: "no token",
		}),
		`{"schema":"ringfence.summary/1","exit":0,"conditions":[],"clients":[{"client":"fleet","run":"r","dir":"d",` +
			`"conditions":[],"withdrawn":true,"skipped":"nothing","controls":[]}],"timings":{"emit":5}}`: added(Client{
			Client: "fleet", Run: "r", Dir: "d", Skipped: "nothing", Withdrawn: true,
			Timings: map[string]time.Duration{"emit": 5},
		}),
	} {
		got, err := json.Marshal(f)
		if err != nil || string(got) != want {
			t.Errorf("%v\n%s\nwant\n%s", err, got, want)
		}
	}
}

func added(c Client) *Fleet {
	f := New(1)
	f.Add(c, nil)
	return f
}

// TestAddCopies: what the caller does to its lists afterwards changes nothing.
func TestAddCopies(t *testing.T) {
	conditions, controls := []int{4}, []finding.Summary{{ID: "A-1"}}
	f := New(1)
	f.Add(Client{Conditions: conditions, Controls: controls}, nil)
	conditions[0], controls[0].ID = 5, "changed"

	if c := f.Clients[0]; c.Conditions[0] != 4 || c.Controls[0].ID != "A-1" || f.Conditions[0] != 4 {
		t.Errorf("%+v", f)
	}
}

func TestMatrix(t *testing.T) {
	m := example(20).Matrix()
	var families []string
	for _, f := range m.Families {
		families = append(families, f.ID)
	}
	if diff := cmp.Diff([]string{"isolation", "keyownership", "geofence", "own"}, families); diff != "" {
		t.Errorf("families (-want +got):\n%s", diff)
	}

	want := []map[string]Counts{
		{
			"isolation": {Counts: finding.Counts{NotSatisfied: 1, Undetermined: 1}},
			"own":       {Counts: finding.Counts{Satisfied: 1}},
			"geofence":  {NotApplicable: 1},
		},
		{"keyownership": {Counts: finding.Counts{Satisfied: 1}}},
		{},
		{},
	}

	var got []map[string]Counts
	for _, r := range m.Rows {
		got = append(got, r.Families)
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if m.Rows[2].Client.Error != "no token" || m.Rows[3].Client.Skipped != "no graph block" {
		t.Errorf("a row does not say why it has no result: %+v", m.Rows)
	}

	if m := New(1).Matrix(); len(m.Families)+len(m.Rows) > 0 {
		t.Errorf("of no client: %+v", m)
	}
}

func TestCounts(t *testing.T) {
	controls := example(20).Clients[0].Controls
	n := Count(controls)
	if want := (Counts{finding.Counts{Satisfied: 1, NotSatisfied: 1, Undetermined: 1}, 1}); n != want {
		t.Errorf("controls: %+v, want %+v", n, want)
	}
	if n.Outcome() != finding.NotSatisfied || n.Total() != 3 {
		t.Errorf("%s, total %d", n.Outcome(), n.Total())
	}

	want := finding.Counts{Satisfied: 6, NotSatisfied: 1, Undetermined: 3}
	if got := Subjects(controls); got != want {
		t.Errorf("subjects: %+v, want %+v", got, want)
	}
}

func TestWorst(t *testing.T) {
	violation := func(control, severity string) finding.Finding {
		return finding.Finding{Control: control, Severity: severity, Outcome: finding.NotSatisfied}
	}
	gap := func(control, severity string) finding.Finding {
		return finding.Finding{Control: control, Severity: severity, Outcome: finding.Undetermined}
	}
	excepted := func(f finding.Finding, expired bool) finding.Finding {
		f.Excepted = &finding.Excepted{Expired: expired}
		return f
	}

	for name, tc := range map[string]struct {
		limit   int
		clients [][]finding.Finding
		want    []string
		total   int
	}{
		"nothing": {5, [][]finding.Finding{nil, {}}, nil, 0},
		"by severity, violations before gaps, then in order": {
			9,
			[][]finding.Finding{
				{gap("1", "high"), violation("2", "low"), violation("3", "high")},
				{violation("4", "high"), violation("5", "critical")},
			},
			[]string{"b 5 x1", "a 3 x1", "b 4 x1", "a 1 x1", "a 2 x1"}, 5,
		},
		"gaps of a control and client together": {
			9,
			[][]finding.Finding{{gap("1", "low"), gap("1", "low"), gap("2", "low")}, {gap("1", "low")}},
			[]string{"a 1 x2", "a 2 x1", "b 1 x1"}, 3,
		},
		"an exception, as long as it is valid": {
			9,
			[][]finding.Finding{{
				excepted(violation("1", "low"), false), excepted(gap("2", "low"), false),
				excepted(violation("3", "low"), true), excepted(gap("4", "low"), true),
			}},
			[]string{"a 3 x1", "a 4 x1"}, 2,
		},
		"more than the limit": {
			1,
			[][]finding.Finding{{violation("1", "low"), violation("2", "medium")}, {violation("3", "medium")}},
			[]string{"a 2 x1"}, 3,
		},
	} {
		w := Worst{Limit: tc.limit}
		for i, findings := range tc.clients {
			w.Add(string(rune('a'+i)), findings)
		}

		var got []string
		for _, l := range w.Lines {
			got = append(got, fmt.Sprintf("%s %s x%d", l.Client, l.Control, l.Subjects))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" || w.Total != tc.total {
			t.Errorf("%s: total %d, want %d (-want +got):\n%s", name, w.Total, tc.total, diff)
		}
	}
}

func Example() {
	f := New(1)
	f.Add(Client{
		Client: "fabrikam",
		Controls: []finding.Summary{
			{ID: "RF-T-01", Family: "isolation", Outcome: finding.NotSatisfied},
			{ID: "RF-T-02", Family: "isolation", Outcome: finding.Satisfied},
		},
	}, []finding.Finding{
		{Control: "RF-T-01", Subject: "entra.users/1", Severity: "high", Outcome: finding.NotSatisfied},
	})

	for _, row := range f.Matrix().Rows {
		n := row.Families["isolation"]
		fmt.Println(row.Client.Client, n.Outcome(), n.NotSatisfied, "of", n.Total())
	}
	fmt.Println(f.Worst.Total, f.Worst.Lines[0].Control)
	// Output:
	// fabrikam not-satisfied 1 of 2
	// 1 RF-T-01
}

// TestInOrder: whoever is added first, the summary is the same.
func TestInOrder(t *testing.T) {
	labels := []string{"a", "b", "c"}
	violation := func(client string) []finding.Finding {
		return []finding.Finding{{Control: "A-1", Subject: client, Outcome: finding.NotSatisfied, Severity: "low"}}
	}
	summed := func(order ...string) (clients, worst []string) {
		f := New(2)
		f.InOrder(labels)
		for _, label := range order {
			f.Add(Client{Client: label}, violation(label))
		}
		for _, c := range f.Clients {
			clients = append(clients, c.Client)
		}
		for _, l := range f.Worst.Lines {
			worst = append(worst, l.Client)
		}
		return clients, worst
	}

	for _, order := range [][]string{{"a", "b", "c"}, {"c", "b", "a"}, {"b", "c", "a"}} {
		clients, worst := summed(order...)
		if !cmp.Equal(clients, labels) || !cmp.Equal(worst, labels[:2]) {
			t.Errorf("added as %v: %v, %v", order, clients, worst)
		}
	}
}
