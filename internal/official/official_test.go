package official

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/policies"
)

// TestBodies: the table names every body, each once, and gives each a dataset
// or a reason; and what is to be imported is held by some client.
func TestBodies(t *testing.T) {
	entries, err := os.ReadDir(examples(t))
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, e := range entries {
		if e.Name() != "CONTRACT.v1.0-types.json" { // property types, not a body
			there = append(there, e.Name())
		}
	}
	var named []string
	held := heldBodies()
	for _, b := range bodies {
		named = append(named, b.file)
		switch {
		case b.dataset == "" && b.why == "":
			t.Errorf("%s is neither imported nor explained", b.file)
		case b.dataset != "" && !held[b.file] && b.file != "graph.servicePrincipal.get.json":
			t.Errorf("%s: no client holds it", b.file)
		case b.dataset == "" && held[b.file]:
			t.Errorf("%s: a client holds it, the table says that it is not imported", b.file)
		}
	}
	slices.Sort(named)
	if d := cmp.Diff(there, named); d != "" {
		t.Errorf("bodies there and bodies named: %s", d)
	}
	if len(named) != 64 {
		t.Errorf("%d bodies, not 64", len(named))
	}
}

func heldBodies() map[string]bool {
	held := map[string]bool{}
	for _, c := range clients {
		held[c.organization.official] = true
		for _, s := range c.files {
			held[s.official] = true
		}
	}
	return held
}

// alone is a client that holds one official body, verbatim, and proof of
// everything else.
func alone(b body) client {
	c := client{name: "alone", tenant: contosoID, organization: verbatim(organizationList), files: map[string]source{}}
	root := b.parent
	if root == sqlServer {
		root = databases
		c.files[at("azure.sql_servers", databases)] = hand("sql_server")
	}
	switch area, _, _ := strings.Cut(b.dataset, "."); {
	case b.dataset == "entra.organization":
		c.organization = verbatim(b.file)
		return c
	case b.parent != "" && area != "entra":
		c.rows, c.proven = []string{root}, []string{root}
	}
	path := b.dataset
	if b.parent != "" {
		path = at(b.dataset, strings.ToLower(b.parent))
		if b.parent == sqlServer {
			path = at(b.dataset, b.parent)
		}
	}
	c.files[path] = verbatim(b.file)
	return c
}

// TestCoverage: what an import says about each official body by itself.
func TestCoverage(t *testing.T) {
	for _, b := range bodies {
		if b.dataset == "" {
			continue
		}
		t.Run(b.file, func(t *testing.T) {
			cover := alone(b).snapshot(t).Manifest.Datasets[b.dataset]
			status, count, evidence := cover.Status, cover.Count, cover.Evidence
			for _, s := range cover.Scopes {
				if s.Scope == strings.ToLower(b.parent) {
					status, count, evidence = s.Status, s.Count, s.Evidence
				}
			}
			got := fmt.Sprintf("%s %d", status, count)
			if evidence != nil {
				got += " " + evidence.Code
			}
			if got != b.coverage {
				t.Errorf("%s, want %s (%v)", got, b.coverage, evidence)
			}
		})
	}
}

// TestNothingIsLost: documents hold every property of the official objects,
// known to the schemas or not; only what is of the answer, not of the object,
// is left out.
func TestNothingIsLost(t *testing.T) {
	for _, b := range bodies {
		if b.dataset == "" || b.dataset == "gdap.relationships" || strings.HasPrefix(b.coverage, "error") {
			continue // the client's share of the relationships is empty: see TestTraps
		}
		t.Run(b.file, func(t *testing.T) {
			docs, err := alone(b).snapshot(t).Documents(b.dataset)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range objects(parse(t, official(t, b.file))) {
				for name := range o {
					if strings.HasPrefix(name, "@odata.") && name != "@odata.type" {
						delete(o, name)
					}
				}
				if !slices.ContainsFunc(docs, func(d snapshot.Document) bool { return holds(whole(d), o) }) {
					t.Errorf("no document holds all of %s", encode(t, o))
				}
			}
		})
	}
}

// objects are those of a list body, a bare array or a single object.
func objects(body any) (all []map[string]any) {
	list, ok := body.([]any)
	if m, isObject := body.(map[string]any); isObject {
		for _, name := range []string{"value", "data"} {
			if list, ok = m[name].([]any); ok {
				break
			}
		}
		if !ok {
			return []map[string]any{m}
		}
	}
	for _, item := range list {
		all = append(all, item.(map[string]any))
	}
	return all
}

func whole(d snapshot.Document) map[string]any {
	all := maps.Clone(d.Spec)
	maps.Copy(all, d.Observed)
	return all
}

// holds: got has all of want, arrays in any order.
func holds(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		m, ok := got.(map[string]any)
		for name, v := range want {
			g, has := m[name]
			ok = ok && has && holds(g, v)
		}
		return ok
	case []any:
		list, ok := got.([]any)
		for _, v := range want {
			ok = ok && len(list) == len(want) && slices.ContainsFunc(list, func(g any) bool { return holds(g, v) })
		}
		return ok
	}
	return cmp.Equal(got, want)
}

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
	in.Normalize()
	return in
}

func (c client) judge(t *testing.T, e *engine.Engine) finding.Set {
	t.Helper()
	var set finding.Set
	var err error
	if c.fleet != nil {
		fleet := intent.Fleet{Schema: intent.FleetSchemaName, MSP: intent.MSP{Name: "MSP", TenantID: c.tenant, Domains: []string{}}, Clients: c.fleet}
		set, err = e.EvaluateFleet(context.Background(), c.snapshot(t), fleet, asOf)
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
