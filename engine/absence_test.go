package engine_test

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/effort"
)

// lacking is a dataset whose documents lost some properties.
func lacking(d snapshot.Dataset, properties ...string) snapshot.Dataset {
	d.Documents = append([]snapshot.Document{}, d.Documents...)
	for i := range d.Documents {
		d.Documents[i].Spec = maps.Clone(d.Documents[i].Spec)
		for _, p := range properties {
			delete(d.Documents[i].Spec, p)
		}
	}

	return d
}

const vaults = "subjects contains v._subject if some v in input.keyvault.vaults\n"

// TestAbsenceIsNoPass: policies that would take what is missing for an answer.
// None of their subjects may be satisfied.
func TestAbsenceIsNoPass(t *testing.T) {
	groups, held := twoSubscriptions(t)
	bare := lacking(groups, "location", "managedBy", "tags")
	for name, tc := range map[string]struct {
		pass   string
		groups snapshot.Dataset
		vaults snapshot.Dataset
	}{
		"a property of another dataset's document": {`
	some g in input.azure.resource_groups
	not g.location == "eastus"`, bare, held},
		"an undocumented absence": {`not v.type`, groups, held},
		"an undocumented null":    {`not v.type.name`, groups, lacking(held, "type")},
		"a default": {`
	some g in input.azure.resource_groups
	object.get(g, "location", "westeurope") == "westeurope"`, bare, held},
		"a default for a name that is computed": {`
	some g in input.azure.resource_groups
	object.get(g, concat("", ["loc", "ation"]), "x") == "x"`, bare, held},
		"a name that is computed": {`
	name := concat("", ["managed", "By"])
	some g in input.azure.resource_groups
	not g[name] == "x"`, bare, held},
		"a name that is an argument": {`
	some g in input.azure.resource_groups
	not has(g, concat("", ["managed", "By"]))
}

has(g, name) if {
	g[name]`, bare, held},
		"a default function": {`
	some g in input.azure.resource_groups
	place(g) == "none"
}

default place(_) := "none"

place(g) := g.location if {
	true`, bare, held},
		"a partial object, counted": {`
	count(far) == 1
}

far[g.location] := g._id if {
	some g in input.azure.resource_groups`, denied(groups, subB), held},
		"an element of nested sets, counted": {`
	count(places[v.location]) < 2
}

places[place] contains g._id if {
	some g in input.azure.resource_groups
	place := "westeurope"`, denied(groups, subB), held},
		"a set that is asked, then counted": {`
	count(same) == 1
}

same := all if {
	all := places
	"westeurope" in all
}

places contains g.location if {
	some g in input.azure.resource_groups`, denied(groups, subB), held},
		"the first document": {`input.azure.resource_groups[0].location == "westeurope"`, denied(groups, subB), held},
	} {
		t.Run(name, func(t *testing.T) {
			body := vaults + "pass contains v._subject if {\nsome v in input.keyvault.vaults\n" + tc.pass + "\n}\n"
			got := verdicts(t, pack(t, body), seal(t, tc.groups, tc.vaults), promise(), "RF-Z-01")
			if got[vaultA] != finding.Undetermined {
				t.Errorf("%s is %s", vaultA, got[vaultA])
			}
		})
	}
}

// TestWhoNeedsAPromise: a promise that was not made explains an empty set of
// subjects only where every subject needs it.
func TestWhoNeedsAPromise(t *testing.T) {
	groups, held := twoSubscriptions(t)
	gone := groups
	gone.Documents, gone.Coverage = nil, snapshot.Coverage{Status: snapshot.Denied}
	fenced := "subjects contains g._subject if { fenced; some g in input.azure.resource_groups }\n"
	for name, tc := range map[string]struct {
		body string
		want finding.Outcome
	}{
		"all of them":  {fenced + "fenced if input.client.fence.regions", finding.NotApplicable},
		"some of them": {fenced + "fenced if input.client.fence.regions\nsubjects contains g._subject if some g in input.azure.resource_groups", finding.Undetermined},
		"one of two":   {fenced + "fenced if input.client.fence.regions\nfenced if input.msp.tenant_id", finding.Undetermined},
		"under a not":  {fenced + "fenced if not input.client.fence.regions", finding.Undetermined},
		"as null":      {fenced + "fenced if input.client.fence == null", finding.Undetermined},
		"in a set":     {fenced + "fenced if count(regions) == 0\nregions contains r if some r in input.client.fence.regions", finding.Undetermined},
	} {
		t.Run(name, func(t *testing.T) {
			in := promise()
			in.Client.Fence = nil
			if got := outcome(t, tc.body+"\npass contains \"x\" if false\n", seal(t, gone, held), in); got != tc.want {
				t.Errorf("%s, not %s", got, tc.want)
			}
		})
	}
}

func outcome(t *testing.T, body string, snap snapshot.Snapshot, in intent.Intent) finding.Outcome {
	t.Helper()
	return verdicts(t, pack(t, body), snap, in, "RF-Z-01")["="]
}

// TestNamesThatNoSchemaKnows: of an object that no schema describes, what a policy
// names must be there, however it gets hold of the object.
func TestNamesThatNoSchemaKnows(t *testing.T) {
	effort.WithoutRace(t)
	id := "/subscriptions/" + subA + "/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/m"
	machine := func(identity string) snapshot.Dataset {
		return data(t, "azure.resources", map[string][]string{subA: {`{"id":"` + id + `","name":"m","type":"Microsoft.Compute/virtualMachines","location":"westeurope","identity":` + identity + `}`}})
	}
	const subject = "azure.resources/subscriptions/" + subA + "/resourcegroups/rg/providers/microsoft.compute/virtualmachines/m"
	for name, rules := range map[string]string{
		"itself":                `not r.identity.tenantId == "x" }`,
		"a function's result":   "not of(r).tenantId == \"x\" }\nof(r) := r.identity",
		"an object of them":     "not all[r._id].tenantId == \"x\" }\nall[r._id] := r.identity if some r in input.azure.resources",
		"a set's element":       "some i in {r.identity}; not i.tenantId == \"x\" }",
		"a comprehension's":     "every i in [i | i := r.identity] { not i.tenantId == \"x\" } }",
		"a pattern's":           "[i] := [r.identity]; not i.tenantId == \"x\" }",
		"an object.get's":       "i := object.get(r, \"identity\", {}); not i.tenantId == \"x\" }",
		"a fallback":            "i := object.get({}, r.name, r.identity); not i.tenantId == \"x\" }",
		"a function's argument": "not foreign(r.identity) }\nforeign(i) if i.tenantId == \"x\"",
		"part of an array":      "some i in array.concat([r.identity], []); not i.tenantId == \"x\" }",
		"part of a set":         "some i in {r.identity} | set(); not i.tenantId == \"x\" }",
		"part of sets":          "some i in union({{r.identity}}); not i.tenantId == \"x\" }",
		"part of an object":     "i := object.union(r.identity, {}); not i.tenantId == \"x\" }",
		"part of a union":       "i := object.union_n([r.identity]); not i.tenantId == \"x\" }",
	} {
		e := pack(t, "subjects contains r._subject if some r in input.azure.resources\npass contains r._subject if { some r in input.azure.resources; "+rules)
		for identity, want := range map[string]finding.Outcome{
			`{"type":"SystemAssigned","tenantId":"y"}`: finding.Satisfied,
			`{"type":"SystemAssigned","tenantId":"x"}`: finding.Undetermined, // in neither set
			`{"type":"SystemAssigned"}`:                finding.Undetermined,
		} {
			if got := verdicts(t, e, seal(t, machine(identity)), promise(), "RF-Z-01")[subject]; got != want {
				t.Errorf("%s, %s: %q", name, identity, got)
			}
		}
	}
}

// TestNullIsNoAnswer: null, or another type, where the schema has no room for it
// is not what a policy may conclude from.
func TestNullIsNoAnswer(t *testing.T) {
	effort.WithoutRace(t)
	_, held := twoSubscriptions(t)
	const some = "pass contains v._subject if { some v in input.keyvault.vaults; "
	for name, rules := range map[string]string{
		"not ==":             some + `not v.location == "eastus" }`,
		"!=":                 some + `v.location != "eastus" }`,
		"not in":             some + `not v.location in {"eastus"} }`,
		"in, with null":      some + `v.location in {"westeurope", null, true} }`,
		"a helper, negated":  some + "not bad(v.location) }\nbad(x) if x == \"eastus\"",
		"<":                  some + `v.location < "x" }`,
		"!= a variable":      some + `v.location != input.client.name }`,
		"a local, negated":   some + `l := v.location; not l == "eastus" }`,
		"not is_string of 1": some + `not is_number(v.location) }`,
		"a type's name":      some + `type_name(v.location) != "number" }`,
		"a flag":             some + `b := v.location == "eastus"; b == false }`,
		"a tag":              some + `not v.tags.env == "prod" }`,
		"a computed tag":     some + `k := concat("", ["e", "nv"]); not v.tags[k] == "prod" }`,
		"a statement":        some + `v.location }`,
		"a local's":          some + `l := v.location; l }`,
		"a computed one":     some + `k := concat("", ["loc", "ation"]); v[k] }`,
		"in a list":          some + `x := [v.location]; not x[0] == "eastus" }`,
		"in an object":       some + `x := {"l": v.location}; not x.l == "eastus" }`,
		"a list of it":       some + `x := [v.location]; not x == ["eastus"] }`,
		"in a comprehension": some + `x := [v.location]; count([1 | x[0] == "eastus"]) == 0 }`,
		"a pattern":          some + "not f([v.location]) }\nf([\"eastus\"]) := true",
		"else, of an object": some + "f({\"l\": v.location}) == 1 }\nf(x) := 0 if { x.l == \"eastus\" } else := 1",
		"a type check, kept": some + `is_number(v.location) == false }`,
		"one in a local":     some + `b := is_number(v.location); not b }`,
		"one as a key":       some + `{true: 0, false: 1}[is_number(v.location)] == 1 }`,
		"one that is told":   some + `sprintf("%v", [is_number(v.location)]) == "false" }`,
		"one of a helper":    some + "f(v.location) == false }\nf(x) := is_number(x)",
		"one in a head":      "f(x) := {\"n\": is_number(x)}\n" + some + `f(v.location).n == false }`,
		"every tag":          some + `every x in v.tags { x != "prod" } }`,
	} {
		e := pack(t, vaults+rules)
		for value, want := range map[any]finding.Outcome{"westeurope": finding.Satisfied, nil: finding.Undetermined, true: finding.Undetermined} {
			d := lacking(held)
			d.Documents[0].Spec["location"], d.Documents[0].Spec["tags"] = value, map[string]any{"env": value}
			if got := verdicts(t, e, seal(t, d), promise(), "RF-Z-01")[vaultA]; got != want {
				t.Errorf("%s, %v: %s", name, value, got)
			}
		}
	}
}

// TestLaterRego: forms of rules that no plan knows are refused.
func TestLaterRego(t *testing.T) {
	const pass = "pass contains v._subject if { some v in input.keyvault.vaults; "
	for name, rules := range map[string]string{
		"not":       "import future.keywords.not\n" + vaults + pass + `not { v.location == "eastus" } }`,
		"or":        "import future.keywords.or\n" + vaults + pass + `v.name == "v" or v.location == "eastus" }`,
		"and":       "import future.keywords.and\n" + vaults + pass + `v.name == "v" and v.location == "eastus" }`,
		"all of it": "import rego.v2\n" + vaults + pass + `v.name == "v" or v.location == "eastus" }`,
	} {
		if _, err := engine.Load(fstest.MapFS{"test/isolation/control/control.rego": {Data: []byte(header + rules)}}); err == nil {
			t.Errorf("%s: loaded", name)
		} else {
			t.Log(err)
		}
	}

	pack(t, "import rego.v1\nimport future.keywords.in\n"+vaults+pass+`v.location == "westeurope" }`)
}

// TestPromisedSubjects: a subject that the promise names needs all of its
// document, too, which subjects do not read.
func TestPromisedSubjects(t *testing.T) {
	_, held := twoSubscriptions(t)
	e := pack(t, `subjects contains s if { some id in input.client.keys.vaults; s := concat("", ["keyvault.vaults", id]) }
pass contains v._subject if { some v in input.keyvault.vaults; not v.location == "eastus" }`)
	in := promise()
	in.Client.Keys = &intent.Keys{Vaults: []string{strings.TrimPrefix(vaultA, "keyvault.vaults")}}
	for want, d := range map[finding.Outcome]snapshot.Dataset{finding.Satisfied: held, finding.Undetermined: lacking(held, "location")} {
		if got := verdicts(t, e, seal(t, d), in, "RF-Z-01")[vaultA]; got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// TestOthersSubject: a rule that says of one document's subject what follows from
// another document, or may, needs all of both.
func TestOthersSubject(t *testing.T) {
	groups, held := twoSubscriptions(t)
	for name, who := range map[string]string{
		"one of two":     "who(g) := lower(g.managedBy) if is_string(g.managedBy)\nwho(g) := g._subject if g.managedBy == null",
		"an else":        "who(g) := g.managedBy if { is_string(g.managedBy) } else := g._subject",
		"an object.get":  "who(g) := object.get({\"westeurope\": g._subject}, g.location, lower(g.managedBy))",
		"an element":     "who(g) := s if { some s in [g._subject, lower(g.managedBy)]; s != g._subject }",
		"a written key":  "who(g) := s if { some s, _ in {lower(g.managedBy): g._subject} }",
		"a partial key":  "who(g) := s if { some s, _ in of[g._id] }\nof[g._id][lower(g.managedBy)] := g._subject if some g in input.azure.resource_groups",
		"made of a part": "who(g) := s if { s := json.unmarshal(json.marshal(g)).managedBy }",
	} {
		e := pack(t, "subjects contains g._subject if some g in input.azure.resource_groups\npass contains who(g) if { some g in input.azure.resource_groups; g.managedBy != null; not g.location == \"eastus\" }\n"+who)
		p, _ := e.Plan("RF-Z-01")
		if !p.Pass.Datasets["azure.resource_groups"].Joined {
			t.Errorf("%s: is not joined", name)
		}

		d := lacking(groups)
		d.Documents[1].Spec["managedBy"] = groupA
		delete(d.Documents[1].Spec, "location")

		if got := verdicts(t, e, seal(t, d, held), promise(), "RF-Z-01")[groupA]; got != finding.Undetermined {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestControlsAreAlone: what one control names does not decide about another one.
func TestControlsAreAlone(t *testing.T) {
	file := func(id, pass string) *fstest.MapFile {
		text := strings.NewReplacer("RF-Z-01", id, "package test.isolation.control", "package test.isolation."+strings.ToLower(id[3:4])).Replace(header)
		return &fstest.MapFile{Data: []byte(text + "subjects contains r._subject if some r in input.azure.resources\npass contains r._subject if { some r in input.azure.resources; " + pass + " }\n")}
	}

	fs := fstest.MapFS{
		"a.rego": file("RF-A-01", `not r.identity.tenantId == "x"`),
		"b.rego": file("RF-B-01", `not contains(json.marshal(r.identity), "evil")`),
		"c.rego": file("RF-C-01", `every _, v in r.identity { v != "evil" }`),
	}

	e, err := engine.Load(fs)
	if err != nil {
		t.Fatal(err)
	}

	body := `{"id":"/subscriptions/` + subA + `/resourceGroups/rg/providers/a.b/c/d","name":"d","type":"a.b/c","location":"westeurope","identity":{"type":"SystemAssigned"}}`
	snap := seal(t, data(t, "azure.resources", map[string][]string{subA: {body}}))
	want := map[string]finding.Outcome{"RF-A-01": finding.Undetermined, "RF-B-01": finding.Satisfied, "RF-C-01": finding.Satisfied}
	for id, outcome := range want {
		if got := verdicts(t, e, snap, promise(), id)["="]; got != outcome {
			t.Errorf("%s: %s", id, got)
		}
	}
}
