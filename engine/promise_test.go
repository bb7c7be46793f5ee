package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

const allGroups = `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if some g in input.azure.resource_groups`

const allVaults = `
subjects contains v._subject if some v in input.keyvault.vaults
pass contains v._subject if some v in input.keyvault.vaults`

// vaultID is the ARM id of a vault, as intents have it.
func vaultID(sub, name string) string {
	return "/subscriptions/" + sub + "/resourcegroups/rg/providers/microsoft.keyvault/vaults/" + name
}

// TestPromisesAtJudgement: what was promised is held to what was seen when it is
// judged, not only when it was collected.
func TestPromisesAtJudgement(t *testing.T) {
	groups := data(t, "azure.resource_groups", map[string][]string{subA: {group(subA, "a", "westeurope")}})
	vaults := data(t, "keyvault.vaults", map[string][]string{subA: {vault(subA, "v", "")}})
	hsms := data(t, "keyvault.managed_hsms", map[string][]string{subA: {}})
	deleted := data(t, "keyvault.deleted_vaults", map[string][]string{subA: {fmt.Sprintf(
		`{"id":"/subscriptions/%s/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/gone","name":"gone","properties":{"vaultId":"%s"}}`,
		subA, strings.ToUpper(vaultID(subA, "gone")))}})
	snap := seal(t, groups, vaults, hsms, deleted)
	declare := func(subs ...string) *intent.Azure { return &intent.Azure{Subscriptions: subs} }

	for name, tc := range map[string]struct {
		policy  string
		promise func(*intent.Client)
		want    finding.Outcome // of the control; "": the inputs do not belong together
		says    string
	}{
		"as collected":         {allGroups, func(c *intent.Client) {}, finding.Satisfied, ""},
		"one more declared":    {allGroups, func(c *intent.Client) { c.Azure = declare(subA, subB) }, finding.Undetermined, "declares the subscription"},
		"in another case":      {allGroups, func(c *intent.Client) { c.Azure = declare(strings.ToUpper(subA)) }, finding.Satisfied, ""},
		"nothing said":         {allGroups, func(c *intent.Client) { c.Azure = nil }, finding.Undetermined, "does not say which subscriptions"},
		"an empty block":       {allGroups, func(c *intent.Client) { c.Azure = declare() }, finding.Undetermined, "does not say which subscriptions"},
		"none, and there is":   {allGroups, func(c *intent.Client) { c.Azure = &intent.Azure{None: true} }, "", "none = true"},
		"another cloud":        {allGroups, func(c *intent.Client) { c.Cloud = "usgov" }, "", "cloud"},
		"a vault that is seen": {allVaults, keys(vaultID(subA, "v")), finding.Satisfied, ""},
		"a deleted vault":      {allVaults, keys(vaultID(subA, "gone")), finding.Satisfied, ""},
		"a vault nobody saw":   {allVaults, keys(vaultID(subA, "other")), finding.Undetermined, "vaults/other and it was not seen"},
		"a vault elsewhere":    {allVaults, keys(vaultID(subB, "other")), finding.Undetermined, "vaults/other and it was not seen"},
		"a vault, not asked":   {allGroups, keys(vaultID(subA, "other")), finding.Satisfied, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := promise()
			tc.promise(&in.Client)
			e := pack(t, tc.policy)
			set, err := e.Evaluate(context.Background(), snap, in, asOf)

			if tc.want == "" {
				var unfit *engine.InputError
				if !errors.As(err, &unfit) || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("%v", err)
				}
				return
			}

			if err != nil {
				t.Fatal(err)
			}

			if got := set.Controls[0].Outcome; got != tc.want {
				t.Errorf("%s: %+v", got, set.Findings)
			}

			if text := fmt.Sprint(set.Findings, set.Coverage); !strings.Contains(text, tc.says) {
				t.Errorf("nothing says %q: %s", tc.says, text)
			}

			_, packed := inMemory(t, e, snap, promise(), nil) // of the promise when it was collected
			if remembered, _ := inMemory(t, e, snap, in, packed); cmp.Diff(set, remembered) != "" {
				t.Errorf("remembered: %s", cmp.Diff(set, remembered))
			}
		})
	}
}

func keys(vaults ...string) func(*intent.Client) {
	return func(c *intent.Client) { c.Keys = &intent.Keys{Vaults: vaults} }
}

// TestNoneThenDeclared: that there is no Azure was declared when the snapshot was
// taken; that there is some, later.
func TestNoneThenDeclared(t *testing.T) {
	list := data(t, snapshot.SubscriptionDataset, map[string][]string{})
	list.Coverage.Proof = "declared"
	groups := data(t, "azure.resource_groups", map[string][]string{})
	groups.Coverage.Proof = "declared"
	snap, err := snapshot.Seal(snapshot.Manifest{Client: "fabrikam", TenantID: tenant, Tool: "test", Cloud: "public"}, []snapshot.Dataset{list, groups})
	if err != nil {
		t.Fatal(err)
	}

	for none, want := range map[bool]finding.Outcome{true: finding.NotApplicable, false: finding.Undetermined} {
		in := promise()
		if none {
			in.Client.Azure = &intent.Azure{None: true}
		}
		if got := verdicts(t, pack(t, allGroups), snap, in, "RF-Z-01")["="]; got != want {
			t.Errorf("none = %v: %s", none, got)
		}
	}
}

// TestProofAtJudgement: where nothing shows the caller's role, a list that says
// complete is not.
func TestProofAtJudgement(t *testing.T) {
	groups := data(t, "azure.resource_groups", map[string][]string{subA: {group(subA, "a", "westeurope")}})
	for _, proof := range []string{"azure.caller_access", "azure.role_definitions"} {
		for name, edit := range map[string]func(*snapshot.Coverage){
			"not read": func(c *snapshot.Coverage) { c.Status, c.Scopes = snapshot.Skipped, nil },
			"denied": func(c *snapshot.Coverage) {
				c.Status, c.Scopes[0].Status = snapshot.Partial, snapshot.Partial
				c.Scopes[0].Evidence = snapshot.Unproven("no role")
			},
		} {
			snap := seal(t, groups)
			c := snap.Manifest.Datasets[proof]
			edit(&c)

			snap.Manifest.Datasets[proof] = c
			if got := verdicts(t, pack(t, allGroups), snap, promise(), "RF-Z-01")["="]; got != finding.Undetermined {
				t.Errorf("%s %s: %s", proof, name, got)
			}
		}
	}
}

// TestContradictions: coverage that contradicts itself proves nothing.
func TestContradictions(t *testing.T) {
	const settings = `
subjects contains s._subject if some s in input.entra.authorization_policy
pass contains s._subject if some s in input.entra.authorization_policy`
	const organization = `
subjects contains o._subject if some o in input.entra.organization
pass contains o._subject if some o in input.entra.organization`
	groups := func() snapshot.Dataset {
		return data(t, "azure.resource_groups", map[string][]string{subA: {group(subA, "a", "westeurope")}, subB: {}})
	}

	for name, tc := range map[string]struct {
		policy string
		data   snapshot.Dataset
		edit   func(*snapshot.Coverage)
		want   finding.Outcome // "": refused
	}{
		"as it is":             {allGroups, groups(), func(c *snapshot.Coverage) {}, finding.Satisfied},
		"a parent left out":    {allGroups, groups(), func(c *snapshot.Coverage) { c.Scopes = c.Scopes[:1] }, finding.Undetermined},
		"no parent":            {allGroups, groups(), func(c *snapshot.Coverage) { c.Scopes = nil }, finding.Undetermined},
		"ended before started": {allGroups, groups(), func(c *snapshot.Coverage) { c.StartedAt = "2026-11-23T11:59:31Z" }, finding.Undetermined},
		"too many in a scope":  {allGroups, groups(), func(c *snapshot.Coverage) { c.Scopes[1].Count = 1 }, finding.Undetermined},
		"moved between scopes": {allGroups, groups(), func(c *snapshot.Coverage) { c.Scopes[0].Count, c.Scopes[1].Count = 0, 1 }, ""},
		"another count":        {allGroups, groups(), func(c *snapshot.Coverage) { c.Count = 2; c.Scopes[0].Count = 2 }, ""},
		"no settings":          {settings, data(t, "entra.authorization_policy", nil), func(c *snapshot.Coverage) {}, finding.Undetermined},
		"no organization":      {organization, data(t, "entra.organization", nil), func(c *snapshot.Coverage) {}, finding.Undetermined},
	} {
		t.Run(name, func(t *testing.T) {
			snap, e := seal(t, tc.data), pack(t, tc.policy)
			_, packed := inMemory(t, e, snap, promise(), nil) // of the snapshot as it was
			c := snap.Manifest.Datasets[tc.data.Name]
			c.Scopes = slices.Clone(c.Scopes)
			tc.edit(&c)

			snap.Manifest.Datasets[tc.data.Name] = c
			if tc.want == "" {
				var digest *snapshot.DigestError
				if err := evaluateError(e, snap, promise()); !errors.As(err, &digest) {
					t.Errorf("%v", err)
				}
				return
			}

			if got := verdicts(t, e, snap, promise(), "RF-Z-01")["="]; got != tc.want {
				t.Errorf("%s, not %s", got, tc.want)
			}

			if set, _ := inMemory(t, e, snap, promise(), packed); set.Controls[0].Outcome != tc.want {
				t.Errorf("remembered: %s, not %s", set.Controls[0].Outcome, tc.want)
			}
		})
	}
}

// TestContradictionUnread: that a dataset says nothing of one of its parents is
// seen also where no control reads it, and the controls that read the parent do not
// read by which property it is one.
func TestContradictionUnread(t *testing.T) {
	const id = "b1111111-0000-4000-8000-000000000001"
	groups := data(t, "entra.groups", map[string][]string{"": {`{"id":"` + id + `","displayName":"a",` +
		`"isAssignableToRole":true,"securityEnabled":true,"mailEnabled":false,"groupTypes":[]}`}})
	eligible := data(t, "entra.group_eligibility", map[string][]string{})
	eligible.Coverage.Scopes = []snapshot.Scope{}
	snap := seal(t, groups, eligible)

	e := pack(t, `
subjects contains g._subject if some g in input.entra.groups
pass contains g._subject if { some g in input.entra.groups; g.displayName == "a" }`)
	for name, e := range map[string]*engine.Engine{"projected": e, "whole": e.Whole()} {
		set, err := e.Evaluate(context.Background(), snap, promise(), asOf)
		if err != nil {
			t.Fatal(err)
		}

		const want = "contradictory, entra.groups holds " + id + ", of which it says nothing"
		if got := set.Coverage["entra.group_eligibility"].Reason; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestContradictionRemembered: what policies that do not read a parent learned of a
// snapshot says nothing to those that do.
func TestContradictionRemembered(t *testing.T) {
	const id = "b1111111-0000-4000-8000-000000000001"
	groups := data(t, "entra.groups", map[string][]string{"": {`{"id":"` + id + `","displayName":"a",` +
		`"isAssignableToRole":true,"securityEnabled":true,"mailEnabled":false,"groupTypes":[]}`}})
	eligible := data(t, "entra.group_eligibility", map[string][]string{})
	eligible.Coverage.Scopes = []snapshot.Scope{}
	snap, in := seal(t, groups, eligible, other(t)), promise()

	elsewhere := pack(t, `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if some g in input.azure.resource_groups`)
	nobodyEligible := pack(t, `
subjects contains "client" if true
pass contains "client" if count(input.entra.group_eligibility) == 0`)

	_, packed := inMemory(t, elsewhere, snap, in, nil)
	for name, before := range map[string][]byte{"computed": nil, "after other policies": packed} {
		got, _ := inMemory(t, nobodyEligible, snap, in, before)
		if got.Controls[0].Outcome != finding.Undetermined {
			t.Errorf("%s: %s", name, got.Controls[0].Outcome)
		}
	}
}

// TestContradictoryContent: also of a dataset whose manifest contradicts itself an
// opinion is remembered for its very content.
func TestContradictoryContent(t *testing.T) {
	e, in := pack(t, `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; g.location == "westeurope" }
fail contains {"subject": g._subject, "message": g.location} if {
	some g in input.azure.resource_groups
	g.location != "westeurope"
}`), promise()
	backwards := func(odd string) snapshot.Snapshot {
		groups := groupsOf(t, 3, odd)
		groups.Coverage.StartedAt, groups.Coverage.EndedAt = "2026-11-23T12:00:00Z", "2026-11-23T11:00:00Z"
		return seal(t, groups, other(t))
	}

	_, packed := inMemory(t, e, backwards("eastus"), in, nil)
	want, _ := inMemory(t, e, backwards("northeurope"), in, nil)
	got, _ := inMemory(t, e, backwards("northeurope"), in, packed)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestCompleteInScopes: what says complete and lists a scope that is not, is partial.
func TestCompleteInScopes(t *testing.T) {
	groups := data(t, "azure.resource_groups", map[string][]string{subA: {group(subA, "a", "westeurope")}, subB: {}})
	groups.Coverage.Scopes[1].Status = snapshot.Denied
	set, err := pack(t, allGroups).Evaluate(context.Background(), seal(t, groups), promise(), asOf)
	if err != nil {
		t.Fatal(err)
	}

	if got := set.Coverage["azure.resource_groups"].Status; got != string(snapshot.Partial) {
		t.Errorf("%s", got)
	}
}
