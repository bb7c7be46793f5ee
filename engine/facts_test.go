package engine_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
)

// factsOnly is a policy set of one control and one kind of facts.
func factsOnly(rules string) fstest.MapFS {
	const control = `# METADATA
# title: A control
# custom:
#   id: RF-X-01
#   severity: low
#   scope: client
package ringfence.isolation.x

subjects contains u._subject if some u in input.entra.users

pass contains u._subject if some u in input.entra.users

fail contains {"subject": u._subject, "message": "m"} if some u in input.entra.users
`
	const header = `# METADATA
# title: Members
# custom:
#   fact: member
#   rule: to
package ringfence.facts.member

`
	return fstest.MapFS{"x.rego": {Data: []byte(control)}, "member.rego": {Data: []byte(header + rules)}}
}

// TestRefusesFacts: facts are what evidence shows, and nothing that follows from its absence.
func TestRefusesFacts(t *testing.T) {
	for name, c := range map[string]struct{ rules, want string }{
		"the absence of a document": {`edge contains g._id if {
	some g in input.entra.groups
	not _has(g)
}

_has(g) if {
	some m in input.entra.group_members
	m._scope == g._id
}
`, "may not rest on what is not there"},
		"a count": {`edge contains n if n := count(input.entra.groups)` + "\n", "may not rest on what is not there"},
		"a promise": {`edge contains g._id if {
	some g in input.entra.groups
	g._id in input.client.break_glass
}
`, "see no promise"},
		"the account of the evidence": {`edge contains d._subject if {
	some d in input.snapshot.datasets
}
`, "see no input.snapshot"},
		"other clients": {`edge contains c.name if some c in input.fleet.clients` + "\n", "see no input.fleet"},
		"nothing":       {`edge contains "x"` + "\n", "no rule reads a dataset"},
	} {
		if _, err := engine.Load(factsOnly(c.rules)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// edges finds an edge for each group: a name of "gone" makes one that is none, and of "broken" an
// error.
const edges = `edge contains {
	"from": sprintf("%s/user/u", [input.client.tenant_id]),
	"to": sprintf("%s/group/%s", [_tenants[group.displayName], group._id]),
	"state": "live",
	"evidence": [group._subject],
} if {
	some group in input.entra.groups
	to_number(object.get(_numbers, group.displayName, "1")) == 1
}

_tenants := {"a": "` + tenant + `", "gone": "nowhere", "broken": "` + tenant + `"}

_numbers := {"broken": "one"}
`

// TestFacts: facts have the kind of their policy, and rest on what it reads. What is no fact, and
// a policy that fails, make the kind incomplete.
func TestFacts(t *testing.T) {
	e, err := engine.Load(factsOnly(edges))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]reach.Kind{{Name: "member", Rule: reach.ToSide}}, e.FactKinds()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"entra.groups"}, e.FactReads("")); d != "" {
		t.Error(d)
	}

	const first, second = "e0000000-0000-4000-8000-000000000001", "e0000000-0000-4000-8000-000000000002"
	found := fact.Edge{From: tenant + "/user/u", To: tenant + "/group/" + first, Kind: "member", State: fact.Live,
		Evidence: []string{"entra.groups/" + first}}
	group := func(id, name string) string { return `{"id":"` + id + `","displayName":` + name + `}` }
	for name, c := range map[string]struct {
		groups   []string
		edges    []fact.Edge
		statuses []string
	}{
		"all seen":            {[]string{group(first, `"a"`)}, []fact.Edge{found}, []string{"complete"}},
		"none":                {nil, nil, []string{"complete"}},
		"another name":        {[]string{group(first, `"a"`), group(second, `"b"`)}, []fact.Edge{found}, []string{"complete"}},
		"a group of nowhere":  {[]string{group(first, `"a"`), group(second, `"gone"`)}, []fact.Edge{found}, []string{"complete", "error"}},
		"a policy that fails": {[]string{group(first, `"a"`), group(second, `"broken"`)}, nil, []string{"complete", "error"}},
		"a name that is not there": {[]string{group(first, `"a"`), `{"id":"` + second + `"}`}, []fact.Edge{found},
			[]string{"partial"}},
	} {
		groups := data(t, "entra.groups", map[string][]string{"": c.groups})
		facts, err := e.Facts(context.Background(), seal(t, groups), promise(), asOf)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.edges, facts.Edges); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		var statuses []string
		for _, u := range facts.Of("member").Units {
			statuses = append(statuses, u.Status)
		}
		if d := cmp.Diff(c.statuses, statuses); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestFactsOfMissing: what was not seen has a unit, and each scope of it that was not.
func TestFactsOfMissing(t *testing.T) {
	e, err := engine.Load(factsOnly(edges))
	if err != nil {
		t.Fatal(err)
	}

	denied := data(t, "entra.groups", nil)
	denied.Documents, denied.Coverage = nil, snapshot.Coverage{Status: snapshot.Denied}
	facts, err := e.Facts(context.Background(), seal(t, denied), promise(), asOf)
	if err != nil {
		t.Fatal(err)
	}
	want := []fact.Unit{{Name: "entra.groups", Status: "denied"}}
	if d := cmp.Diff(want, facts.Of("member").Units); d != "" || facts.Of("member").Complete() {
		t.Error(d)
	}
}
