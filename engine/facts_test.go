package engine_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"ringfence/engine"
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
