package engine_test

import (
	"context"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// Two rules of fail: one is a witness, the other one asks whether something is not
// there.
const twoRules = `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; g.location == "westeurope"; explained[g._id] }
fail contains {"subject": g._subject, "message": "abroad", "evidence": []} if {
	some g in input.azure.resource_groups
	g.location == "eastus"
}
fail contains {"subject": g._subject, "message": "unexplained", "evidence": []} if {
	some g in input.azure.resource_groups
	not explained[g._id]
}
explained contains d.id if some d in input.entra.groups
`

// TestFailRules: what one rule of fail found stands, whatever another one lacks.
func TestFailRules(t *testing.T) {
	groups := data(t, "azure.resource_groups", map[string][]string{subA: {
		group(subA, "east", "eastus"), group(subA, "west", "westeurope")}})
	id := "azure.resource_groups/subscriptions/" + subA + "/resourcegroups/"
	hidden := data(t, "entra.groups", nil)
	hidden.Documents, hidden.Coverage.Status = nil, snapshot.Denied
	e := pack(t, twoRules)

	type want struct {
		outcome  finding.Outcome
		lead     bool
		message  string
		withheld string // what must not be told as a fact
	}

	for name, tc := range map[string]struct {
		explanations snapshot.Dataset
		want         map[string]want
	}{
		"all seen": {data(t, "entra.groups", nil), map[string]want{
			id + "east": {finding.NotSatisfied, false, "abroad; unexplained", ""},
			id + "west": {finding.NotSatisfied, false, "unexplained", ""},
		}},
		"no explanations": {hidden, map[string]want{
			id + "east": {finding.NotSatisfied, false, "abroad", "unexplained"},
			id + "west": {finding.Undetermined, true, "unexplained (a lead: not seen: entra.groups: denied", ""},
		}},
	} {
		set, err := e.Evaluate(context.Background(), seal(t, groups, tc.explanations), promise(), asOf)
		if err != nil {
			t.Fatal(err)
		}

		if len(set.Findings) != len(tc.want) {
			t.Errorf("%s: %+v", name, set.Findings)
		}

		for _, f := range set.Findings {
			w := tc.want[f.Subject]
			told := strings.HasPrefix(f.Message, w.message) && (w.withheld == "" || !strings.Contains(f.Message, w.withheld))
			if f.Outcome != w.outcome || f.Lead != w.lead || !told {
				t.Errorf("%s: %+v, not %+v", name, f, w)
			}
		}
	}
}

// TestReasons: an undetermined subject is told all that is missing and could have
// decided it.
func TestReasons(t *testing.T) {
	vaults := data(t, "keyvault.vaults", map[string][]string{subA: {
		`{"id":"/subscriptions/` + subA + `/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v","name":"v","properties":{}}`}})
	users := data(t, "entra.users", nil)
	users.Documents, users.Coverage.Status = nil, snapshot.Denied
	users.Coverage.Evidence = &snapshot.Evidence{HTTPStatus: 403, Code: "Authorization_RequestDenied"}

	const policy = `
subjects contains v._subject if some v in input.keyvault.vaults
pass contains v._subject if {
	some v in input.keyvault.vaults
	v.properties.tenantId == input.client.tenant_id
	some u in input.entra.users
	some m in input.entra.groups
	u.id == m.id
}`

	set, err := pack(t, policy).Evaluate(context.Background(), seal(t, vaults, users), promise(), asOf)
	if err != nil || len(set.Findings) != 1 {
		t.Fatal(err, set.Findings)
	}

	for _, part := range []string{
		"entra.users: denied (HTTP 403, Authorization_RequestDenied), needs User.Read.All",
		"entra.groups: skipped (not in the snapshot), needs Group.Read.All",
		"lacks /properties/tenantId",
	} {
		if !strings.Contains(set.Findings[0].Message, part) {
			t.Errorf("%q does not say %q", set.Findings[0].Message, part)
		}
	}
}

// TestAlone: what a subject's own document proves stands where another list was
// answered in part, and only there.
func TestAlone(t *testing.T) {
	const policy = `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; g.location == "westeurope" }
pass contains g._subject if { some g in input.azure.resource_groups; some u in input.entra.users; u._id == g.name }`

	groups := data(t, "azure.resource_groups", map[string][]string{subA: {group(subA, "a", "westeurope"), group(subA, "u1", "eastus")}})

	users := func(c snapshot.Coverage) snapshot.Dataset {
		d := data(t, "entra.users", map[string][]string{"": {`{"id":"u1"}`}})
		d.Coverage.Status, d.Coverage.Evidence = c.Status, c.Evidence
		return d
	}

	cut := &snapshot.Evidence{Code: "count_differs"}
	id := "azure.resource_groups/subscriptions/" + subA + "/resourcegroups/"
	for name, tc := range map[string]struct {
		users      snapshot.Coverage
		alone, not finding.Outcome
	}{
		"whole":           {snapshot.Coverage{Status: snapshot.Complete}, finding.Satisfied, finding.Satisfied},
		"cut":             {snapshot.Coverage{Status: snapshot.Partial, Evidence: cut}, finding.Satisfied, finding.Undetermined},
		"cut, not said":   {snapshot.Coverage{Status: snapshot.Partial}, finding.Undetermined, finding.Undetermined},
		"denied":          {snapshot.Coverage{Status: snapshot.Denied, Evidence: cut}, finding.Undetermined, finding.Undetermined},
		"an answer wrong": {snapshot.Coverage{Status: snapshot.Failed, Evidence: cut}, finding.Undetermined, finding.Undetermined},
	} {
		got := verdicts(t, pack(t, policy), seal(t, groups, users(tc.users)), promise(), "RF-Z-01")
		if got[id+"a"] != tc.alone || got[id+"u1"] != tc.not {
			t.Errorf("%s: %v", name, got)
		}
	}
}
