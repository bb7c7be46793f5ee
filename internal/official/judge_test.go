package official

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/effort"
	"ringfence/policies"
)

// promise is what the client was promised.
func (c client) promise() intent.Intent {
	fence := intent.Fence{Name: "documentation", Regions: []string{"eastus", "eastus2", "westus"},
		Geographies: []string{}, Countries: []string{"NL"}}
	if c.fence != nil {
		fence.Regions = c.fence
	}

	if c.countries != nil {
		fence.Countries = c.countries
	}

	in := intent.Intent{Schema: intent.SchemaName,
		MSP: intent.MSP{Name: "MSP", TenantID: managerOne, Domains: []string{}}, Client: intent.Client{
			Name: c.name, TenantID: c.tenant, Domains: []string{}, State: "live", Cloud: "public", MaxAge: "24h",
			Fence:            &fence,
			ServiceProviders: c.providers,
			Azure:            &intent.Azure{Subscriptions: c.declared().Subscriptions, None: c.declared().None},
		}, Exceptions: []intent.Exception{}, Reviewers: []intent.Reviewer{}}

	if c.vaults != nil {
		in.Client.Keys = &intent.Keys{}
	}

	for _, subject := range c.vaults {
		_, id, _ := strings.Cut(subject, "/")
		in.Client.Keys.Vaults = append(in.Client.Keys.Vaults, "/"+id)
	}

	in.Normalize()
	return in
}

func (c client) judge(t *testing.T, e *engine.Engine) finding.Set {
	t.Helper()
	var set finding.Set
	var err error

	if c.fleet != nil {
		fleet := intent.Fleet{Schema: intent.FleetSchemaName,
			MSP: intent.MSP{Name: "MSP", TenantID: c.tenant, Domains: []string{}}, Clients: c.fleet}
		set, err = e.Evaluate(context.Background(), c.snapshot(t), fleet, asOf)
	} else {
		set, err = e.Evaluate(context.Background(), c.snapshot(t), c.promise(), asOf)
	}

	if err != nil {
		t.Fatal(err)
	}

	for control, problem := range set.Errors {
		t.Errorf("%s: %s", control, problem)
	}

	return set
}

func tree(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Load(policies.FS)
	if err != nil {
		t.Fatal(err)
	}

	return e
}

// TestVerdicts: every control says of every subject what was expected by hand.
// Of a control that has no rows for a client, nothing was imported that it
// judges: it says so, and concludes nothing.
func TestVerdicts(t *testing.T) {
	effort.WithoutRace(t)
	examples(t)
	e := tree(t)
	for _, c := range clients {
		c = find(t, c.name)
		t.Run(c.name, func(t *testing.T) {
			set := c.judge(t, e)
			got, messages := verdicts(set)
			want := map[string]string{}
			for _, control := range set.Controls {
				if p, _ := e.Plan(control.ID); p.Reads("snapshot") {
					agreesWithCoverage(t, set, control.ID, got)
					continue
				}

				rows := c.expects(control.ID)
				if rows == nil {
					concludesNothing(t, control, got, messages)
				}

				for _, r := range rows {
					for _, subject := range r.subjects {
						key := control.ID + " " + subject
						want[key] = r.want
						if !strings.Contains(messages[key], r.text()) {
							t.Errorf("%s: it says %q, not %q", key, messages[key], r.text())
						}
					}
				}
			}

			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: %s", c.about, d)
				for _, line := range slices.Sorted(maps.Keys(got)) {
					if got[line] != want[line] {
						t.Logf("%s: %s", line, messages[line])
					}
				}
			}
		})
	}
}

// expects are the rows of a control: for the client, else for the one that
// it is like, else for every client.
func (c client) expects(control string) []row {
	for name := c.name; name != ""; name = likeOf(name) {
		if rows := expected[name][control]; rows != nil {
			return rows
		}
	}
	return c.ofEveryClient()[control]
}

// agreesWithCoverage: a control about how datasets were read is satisfied by those that are
// complete, and by no other one. Its verdicts are taken out of got.
func agreesWithCoverage(t *testing.T, set finding.Set, id string, got map[string]string) {
	t.Helper()
	said := 0
	for key, outcome := range got {
		control, subject, _ := strings.Cut(key, " ")
		if control != id {
			continue
		}

		c := set.Coverage[snapshot.AccountDataset(subject)]
		if complete := c.Complete(); complete != (outcome == satisfied) {
			t.Errorf("%s is %s, and the dataset %s (%s)", key, outcome, c.Status, c.Reason)
		}
		said++
		delete(got, key)
	}

	if said == 0 && set.Client != snapshot.FleetClient {
		t.Errorf("%s says nothing", id)
	}
}

// concludesNothing: a control saw none of the datasets that hold its subjects,
// and says of each that its file is missing; or nothing was promised. Its
// verdicts are taken out of got.
func concludesNothing(t *testing.T, control finding.Summary, got, messages map[string]string) {
	t.Helper()
	said := 0
	for key, outcome := range got {
		id, subject, _ := strings.Cut(key, " ")
		if id != control.ID {
			continue
		}

		unseen := outcome == undetermined && strings.HasSuffix(subject, "/*") &&
			strings.Contains(messages[key], "(no_file,")
		notPromised := outcome == notApplicable && strings.Contains(messages[key], "not promised: ")
		notCompared := outcome == notApplicable && strings.Contains(messages[key], "clients are not compared")
		if !unseen && !notPromised && !notCompared {
			t.Errorf("%s: %s: %s", key, outcome, messages[key])
		}

		said++
		delete(got, key)
	}

	if said == 0 {
		t.Errorf("%s says nothing", control.ID)
	}
}

// verdicts is what a set says, by control and subject, in the table's words.
func verdicts(set finding.Set) (got, messages map[string]string) {
	got, messages = map[string]string{}, map[string]string{}
	for _, v := range set.Verdicts {
		got[v.Control+" "+v.Subject] = string(v.Outcome)
	}

	for _, f := range set.Findings {
		messages[f.Control+" "+f.Subject] = f.Message
		if f.Lead {
			got[f.Control+" "+f.Subject] = lead
		}
	}

	for _, s := range set.Controls {
		if s.Outcome == finding.NotApplicable {
			got[s.ID+" "] = notApplicable
			messages[s.ID+" "] = s.Reason
		}
	}

	return got, messages
}

// TestExpected: the tables are whole. Every client has rows, every row is of a
// control and a client, says why, and says something once; and a control that
// is judged at all is expected to be kept and to be broken somewhere.
func TestExpected(t *testing.T) {
	effort.WithoutRace(t)
	known := map[string]bool{}
	for _, c := range tree(t).Controls() {
		known[c.ID] = true
	}

	for _, c := range clients {
		if expected[c.name] == nil {
			t.Errorf("%s: nothing is expected", c.name)
		}
	}

	seen := map[string]bool{} // "<control> <outcome>" of some row
	for name, controls := range expected {
		find(t, name)
		for control, rows := range controls {
			said := map[string]bool{}
			for _, r := range rows {
				seen[control+" "+r.want] = true
				if r.why == "" || len(r.subjects) == 0 || !known[control] {
					t.Errorf("%s %s: %+v", name, control, r)
				}

				for _, subject := range r.subjects {
					if said[subject] || (subject == "") != (r.want == notApplicable) {
						t.Errorf("%s %s: %s twice, or no subject", name, control, subject)
					}
					said[subject] = true
				}
			}
		}
	}

	for control, why := range undecided {
		if !known[control] || why == "" || seen[control+" "+satisfied] || seen[control+" "+notSatisfied] {
			t.Errorf("%s is called undecided", control)
		}
	}

	for key := range maps.Clone(seen) {
		control, _, _ := strings.Cut(key, " ")
		if undecided[control] != "" {
			continue
		}
		for _, outcome := range []string{satisfied, notSatisfied} {
			if !seen[control+" "+outcome] && control != "RF-G-01" { // of every client
				t.Errorf("%s: no row expects %s", control, outcome)
			}
		}
	}
}
