package engine_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/intent"
	"ringfence/internal/effort"
)

// sameAsWhole evaluates with the shortcuts and without, and returns what the
// first gives.
func sameAsWhole(t *testing.T, e *engine.Engine, snap snapshot.Snapshot) (failed string, findings int) {
	t.Helper()
	in := promise()
	in.Client.Partners = []intent.Partner{{Name: "g00001"}, {Name: "g00002"}}
	set, err := e.Evaluate(context.Background(), snap, in, asOf)
	if err != nil {
		t.Fatal(err)
	}

	want, err := e.Whole().Evaluate(context.Background(), snap, in, asOf)
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(want, set); diff != "" {
		t.Error(diff)
	}

	return set.Errors["RF-Z-01"], len(set.Findings)
}

const lookUp = `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; input.azure.resource_groups[by[g.name]].location == "westeurope" }
`

// TestIndex: which rules are an index, and that one made by us is what topdown
// makes.
func TestIndex(t *testing.T) {
	effort.WithoutRace(t)
	for name, tc := range map[string]struct {
		rules   string
		indexes int
		fails   bool
	}{
		"by name":                        {"by := {n: i | n := input.azure.resource_groups[i].name}", 1, false},
		"some in":                        {"by := {g.name: i | some i, g in input.azure.resource_groups}", 0, false},
		"by what not all have":           {"by := {n: i | n := input.azure.resource_groups[i].tags.a}", 1, false},
		"of another dataset":             {"by := {n: i | n := input.azure.subscriptions[i].displayName}", 1, false},
		"by what is shared":              {"by := {n: i | n := input.azure.resource_groups[i].location}", 1, true},
		"of a position":                  {"by := {n: i | i := 1; n := input.azure.resource_groups[i].name}", 0, false},
		"with a condition":               {"by := {n: i | n := input.azure.resource_groups[i].name; n != \"g00001\"}", 0, false},
		"a condition beside":             {"by := {n: i | n := input.azure.resource_groups[i].name} if input.client.fence", 0, false},
		"or else":                        {"by := {n: i | n := input.azure.resource_groups[i].name} if { input.client.keys } else := {}", 0, false},
		"or by default":                  {"default by := {}\nby := {n: i | n := input.azure.resource_groups[i].name}", 0, false},
		"of the client's list":           {"by := {n: i | n := input.client.partners[i].name}", 0, false},
		"of the client's list, imported": {"import input.client.vendors as vs\nby := {n: i | n := vs[i].name}", 0, false},
		"of a list that clashes":         {"by := {n: i | n := input.client.partners[i].tenant_id}", 0, true},
		"of the fleet's list":            {"by := {n: i | n := input.fleet.clients[i].name}", 0, false},
		"twice":                          {"by := {n: i | n := input.azure.resource_groups[i].name}\nby := {n: i | n := input.azure.resource_groups[i].id}", 0, true},
		"a function":                     {"by[n] := i if { some n; i := {m: j | m := input.azure.resource_groups[j].name}[n] }", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := pack(t, lookUp+tc.rules)
			if got := e.Indexes(); got != tc.indexes {
				t.Errorf("%d indexes", got)
			}

			failed, findings := sameAsWhole(t, e, seal(t, groupsOf(t, 300, "eastus"), other(t)))
			if (failed != "") != tc.fails || findings == 0 {
				t.Errorf("%d findings, error %q", findings, failed)
			}
		})
	}
}

// TestPositions: which indexes are by id and only looked up in, and that these,
// too, are what topdown makes.
func TestPositions(t *testing.T) {
	effort.WithoutRace(t)
	const by = "by := {id: i | id := input.azure.resource_groups[i]._id}\n"
	const subjects = "subjects contains g._subject if some g in input.azure.resource_groups\n"
	const fail = `fail contains {"subject": g._subject, "message": m} if { some g in input.azure.resource_groups; g.name in {"g00001", "g00290"}; `
	const pass = "pass contains g._subject if { some g in input.azure.resource_groups; "
	for name, tc := range map[string]struct {
		rules     string
		positions int
	}{
		"looked up":            {subjects + by + pass + `input.azure.resource_groups[by[g._id]].location == "westeurope" }`, 1},
		"not there":            {subjects + by + pass + `not by[upper(g._id)] }`, 1},
		"what is no text":      {subjects + by + pass + `not by[json.unmarshal("1")]; not by[json.unmarshal("[]")] }`, 1},
		"with another's index": {subjects + by + pass + `by["azure.x"] }` + "\n" + fail + "by[g._id] > 0; m := sprintf(\"%d\", [by[g._id]]) }", 1},
		"run through":          {subjects + by + fail + `some id, i in by; i == 7; m := id }`, 1},
		"by any key":           {subjects + by + fail + `by[id] == 7; m := id }`, 1},
		"all keys":             {subjects + by + fail + `m := concat(",", [id | by[id]]) }`, 1},
		"counted":              {subjects + by + fail + `m := sprintf("%d", [count(by)]) }`, 0},
		"printed":              {subjects + by + fail + `m := sprintf("%v", [by]) }`, 0},
		"compared":             {subjects + by + pass + `by != {}; by == {id: i | id := input.azure.resource_groups[i]._id} }`, 0},
		"under another name":   {subjects + by + "again := by\n" + pass + `again[g._id] >= 0 }`, 0},
		"handed on":            {subjects + by + "f(x, id) := x[id]\n" + pass + `f(by, g._id) >= 0 }`, 0},
		"an element":           {subjects + by + pass + `by in {by} }`, 0},
		"of its package":       {subjects + by + pass + `data.test.isolation.control["by"][g._id] >= 0 }`, 1},
		"two of one dataset":   {subjects + by + "all := {id: i | id := input.azure.resource_groups[i]._id}\n" + pass + `by[g._id] == all[g._id]; json.marshal(all) != "" }`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			e := pack(t, tc.rules+"\npass contains g._subject if { some g in input.azure.resource_groups; g.location == \"nowhere\" }")
			if got := e.Positions(); got != tc.positions {
				t.Errorf("%d indexes are only looked up in", got)
			}
			if failed, _ := sameAsWhole(t, e, seal(t, groupsOf(t, 300, "eastus"), other(t))); failed != "" {
				t.Error(failed)
			}
		})
	}
}

// TestComparedBelow: a comparison in a nested body is no question of membership.
func TestComparedBelow(t *testing.T) {
	e := pack(t, `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if {
	some g in input.azure.resource_groups
	xs := g.tags
	count([1 | some q in input.azure.resource_groups; xs == q.properties; "x" in xs]) == 0
}`)

	line := func(id, tags, properties string) string {
		return `{"id":"/subscriptions/` + subA + `/resourcegroups/` + id + `","spec":{"id":"/` + id + `","location":"westeurope","name":"n","properties":` + properties + `,"tags":` + tags + "}}\n"
	}
	snap := sealed("azure.resource_groups", line("a", `{"k":"x","l":{"x":1}}`, `{"k":"x","l":{"x":1}}`)+line("b", `{"k":"x","l":{"x":2}}`, `{}`))
	if failed, findings := sameAsWhole(t, e, snap); failed != "" || findings == 0 {
		t.Errorf("%d findings, %s", findings, failed)
	}
}
