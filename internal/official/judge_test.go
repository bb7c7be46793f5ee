package official

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/policies"
)

// promise is what the client was promised.
func (c client) promise() intent.Intent {
	fence := intent.Fence{Name: "documentation", Regions: []string{"eastus", "eastus2", "westus"}, Geographies: []string{}, Countries: []string{"NL"}}
	if c.fence != nil {
		fence.Regions = c.fence
	}

	if c.countries != nil {
		fence.Countries = c.countries
	}

	in := intent.Intent{Schema: intent.SchemaName, MSP: intent.MSP{Name: "MSP", TenantID: managerOne, Domains: []string{}}, Client: intent.Client{
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
		fleet := intent.Fleet{Schema: intent.FleetSchemaName, MSP: intent.MSP{Name: "MSP", TenantID: c.tenant, Domains: []string{}}, Clients: c.fleet}
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
func TestVerdicts(t *testing.T) {
	examples(t)
	e := tree(t)
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			set := c.judge(t, e)
			got, messages := verdicts(set)
			want := map[string]string{}
			for _, control := range set.Controls {
				for _, r := range rows(c.name, control.ID) {
					want[r.control+" "+r.subject] = r.want
					if m := messages[r.control+" "+r.subject]; !strings.Contains(m, r.text()) {
						t.Errorf("%s %s: it says %q, not %q", r.control, r.subject, m, r.text())
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

// rows are what is expected of a control for a client.
func rows(client, control string) []row {
	is := func(r row) bool { return r.control != control }
	if own := slices.DeleteFunc(slices.Clone(expected[client]), is); len(own) > 0 {
		return own
	}
	return slices.DeleteFunc(slices.Clone(notImported), is)
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

// TestExpected: the tables are whole. Every control of the tree has rows, every
// row is of a control and a client, says why, and occurs once.
func TestExpected(t *testing.T) {
	known := map[string]bool{}
	for _, c := range tree(t).Controls() {
		known[c.ID] = true
	}

	for _, c := range clients {
		if expected[c.name] == nil {
			t.Errorf("%s: nothing is expected", c.name)
		}
	}

	seen := map[string]bool{}
	for name, list := range expected {
		find(t, name)
		for _, r := range list {
			if key := name + " " + r.control + " " + r.subject; seen[key] {
				t.Errorf("%s: twice", key)
			} else {
				seen[key] = true
			}
			if r.why == "" || (r.subject == "") != (r.want == notApplicable) || !known[r.control] {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}

	for id := range known {
		for _, outcome := range []string{satisfied, notSatisfied} {
			if !someRow(id, outcome) {
				t.Errorf("%s: no row expects %s", id, outcome)
			}
		}
	}
}

func someRow(control, outcome string) bool {
	for _, list := range expected {
		if slices.ContainsFunc(list, func(r row) bool { return r.control == control && r.want == outcome }) {
			return true
		}
	}
	return false
}
