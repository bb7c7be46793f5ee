package snapshot

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	subscription = "dddddddd-0000-4000-8000-000000000001"
	unseenOne    = "dddddddd-0000-4000-8000-000000000002"
	vaultIn      = "/subscriptions/" + subscription + "/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv"
	hsmElsewhere = "/subscriptions/" + unseenOne + "/resourcegroups/rg/providers/microsoft.keyvault/managedhsms/h"
)

// azureSeen is what a collector saw of one subscription, with all proofs.
func azureSeen() map[string]Coverage {
	scopes := func(count int) []Scope { return []Scope{{Scope: subscription, Status: Complete, Count: count}} }
	all := map[string]Coverage{
		SubscriptionDataset: {Status: Complete, Count: 1},
		vaultDataset:        {Status: Complete, Scopes: scopes(0)},
		hsmDataset:          {Status: Complete, Scopes: scopes(0)},
	}
	for _, proof := range proofDatasets {
		all[proof] = Coverage{Status: Complete, Count: 1, Scopes: scopes(1)}
	}
	return all
}

// TestSettle: where a promise makes holes in what was seen.
func TestSettle(t *testing.T) {
	declared := &Azure{Subscriptions: []string{strings.ToUpper(subscription)}}
	for name, tc := range map[string]struct {
		promise Promise
		change  func(all map[string]Coverage)
		want    string // "<dataset> <hole>", sorted, without the datasets of proofs
	}{
		"all seen": {Promise{Azure: declared}, nil, ""},
		"nothing declared": {
			Promise{Azure: &Azure{}}, nil,
			"azure.subscriptions *; keyvault.managed_hsms *; keyvault.vaults *",
		},
		"nothing said about Azure": {
			Promise{}, nil,
			"azure.subscriptions *; keyvault.managed_hsms *; keyvault.vaults *",
		},
		"a subscription is missing": {
			Promise{Azure: &Azure{Subscriptions: []string{subscription, unseenOne}}}, nil,
			"azure.subscriptions 2; keyvault.managed_hsms 2; keyvault.vaults 2",
		},
		"a vault is missing": {
			Promise{Azure: declared, Vaults: []string{vaultIn}}, nil,
			"keyvault.vaults 1",
		},
		"an HSM of another subscription": {
			Promise{Azure: declared, Vaults: []string{hsmElsewhere}}, nil,
			"keyvault.managed_hsms 2",
		},
		"a vault whose id says nothing": {Promise{Azure: declared, Vaults: []string{"kv"}}, nil, "keyvault.vaults *"},
		"no role": {
			Promise{Azure: declared},
			func(all map[string]Coverage) { delete(all, proofDatasets[1]) },
			"keyvault.managed_hsms 1; keyvault.vaults 1",
		},
		"a role that may be cut off": {
			Promise{Azure: declared},
			func(all map[string]Coverage) {
				c := all[proofDatasets[0]]
				c.Status, c.Scopes = Partial, []Scope{{Scope: subscription, Status: Partial, Count: 1}}
				all[proofDatasets[0]] = c
			},
			"",
		},
	} {
		all := azureSeen()
		if tc.change != nil {
			tc.change(all)
		}

		shown := Shown{Subscriptions: []string{subscription}}
		for range 2 { // to settle twice is to settle once
			if err := tc.promise.Settle(all, shown); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := holesOf(all); got != tc.want {
				t.Errorf("%s: %q, want %q", name, got, tc.want)
			}
		}
	}
}

// holesOf lists the holes, with 1 and 2 for the subscriptions.
func holesOf(all map[string]Coverage) string {
	var holes []string
	for dataset, c := range all {
		if slices.Contains(proofDatasets, dataset) {
			continue
		}
		for _, hole := range c.Holes() {
			holes = append(holes, dataset+" "+strings.TrimPrefix(hole.Scope, "dddddddd-0000-4000-8000-00000000000"))
		}
	}
	slices.Sort(holes)
	return strings.Join(holes, "; ")
}

// TestSettleNone: a subscription that was seen refutes that there are none.
func TestSettleNone(t *testing.T) {
	none := Promise{Azure: &Azure{None: true}}
	if err := none.Settle(azureSeen(), Shown{}); !errors.As(err, new(*PromiseError)) {
		t.Errorf("one that answered: %v", err)
	}

	empty := map[string]Coverage{SubscriptionDataset: {Status: Complete}}
	if err := none.Settle(empty, Shown{}); err != nil || !empty[SubscriptionDataset].CompleteEverywhere() {
		t.Errorf("none: %v, %+v", err, empty)
	}
	if err := none.Settle(empty, Shown{Subscriptions: []string{subscription}}); err == nil {
		t.Error("one in the list")
	}
}

func TestShownBy(t *testing.T) {
	s := ShownBy(func(dataset string) []Document {
		if dataset == deletedVaultDataset {
			properties := map[string]any{"vaultId": strings.ToUpper(vaultIn)}
			return []Document{{ID: "deleted", Spec: map[string]any{"properties": properties}}}
		}
		return []Document{{ID: dataset}}
	})
	if got := strings.Join(s.Subscriptions, " "); got != SubscriptionDataset {
		t.Errorf("subscriptions %s", got)
	}
	if got := strings.Join(s.Vaults, " "); got != vaultDataset+" "+hsmDataset+" "+vaultIn {
		t.Errorf("vaults %s", got)
	}
}

// TestSettleDomains: a domain that was declared after the reading is a hole of what is
// read at each; what was read stays.
func TestSettleDomains(t *testing.T) {
	const dataset = "entra.tenant_info"
	read := Coverage{Status: Complete, Count: 1, Scopes: []Scope{{Scope: "a.example", Status: Complete, Count: 1}}}
	for name, tc := range map[string]struct {
		c       Coverage
		domains []string
		want    Status
		holes   string
	}{
		"all read":         {read, []string{"A.example"}, Complete, ""},
		"one more":         {read, []string{"a.example", "b.example"}, Partial, "b.example"},
		"none declared":    {read, nil, Complete, ""},
		"nothing was read": {Coverage{Status: Complete}, []string{"a.example"}, Skipped, "a.example"},
		"it failed":        {Coverage{Status: Denied}, []string{"a.example"}, Denied, "*"},
	} {
		all := map[string]Coverage{dataset: tc.c}
		p := Promise{Azure: &Azure{None: true}, Domains: tc.domains}
		for range 2 { // to settle twice is to settle once
			if err := p.Settle(all, Shown{}); err != nil {
				t.Fatal(err)
			}
		}

		var holes []string
		for _, h := range all[dataset].Holes() {
			holes = append(holes, h.Scope)
		}
		if got := strings.Join(holes, " "); all[dataset].Status != tc.want || got != tc.holes {
			t.Errorf("%s: %s, holes %q; want %s, %q", name, all[dataset].Status, got, tc.want, tc.holes)
		}
	}
}

// TestSettleGroup: what is below a management group has to be seen, and who does not know
// what is below it knows of no subscription that there are no more.
func TestSettleGroup(t *testing.T) {
	group := GroupScope("mg-fabrikam")
	read := func(s Status) func(all map[string]Coverage) {
		return func(all map[string]Coverage) {
			scopes := []Scope{{Scope: group, Status: s, Count: 2}}
			all[GroupDataset] = Coverage{Status: s, Count: 2, Scopes: scopes}
			for _, proof := range proofDatasets {
				c := all[proof]
				c.Count, c.Scopes = c.Count+1, SortScopes(append(c.Scopes, Scope{Scope: group, Status: Complete, Count: 1}))
				all[proof] = c
			}
		}
	}

	const unknown = "azure.subscriptions *; keyvault.managed_hsms *; keyvault.vaults *"
	for name, tc := range map[string]struct {
		named  string
		change func(all map[string]Coverage)
		below  []string
		want   string
	}{
		"all seen":       {"mg-fabrikam", read(Complete), []string{subscription}, ""},
		"in upper case":  {"MG-Fabrikam", read(Complete), []string{subscription}, ""},
		"none below":     {"mg-fabrikam", read(Complete), nil, ""},
		"one not seen":   {"mg-fabrikam", read(Complete), []string{subscription, unseenOne}, strings.ReplaceAll(unknown, "*", "2")},
		"cut":            {"mg-fabrikam", read(Partial), []string{subscription}, "azure.management_groups " + group + "; " + unknown},
		"never read":     {"mg-fabrikam", func(map[string]Coverage) {}, nil, unknown},
		"another's list": {"mg-contoso", read(Complete), []string{subscription}, unknown},
	} {
		all := azureSeen()
		tc.change(all)
		promise := Promise{Azure: &Azure{ManagementGroup: tc.named}}
		shown := Shown{Subscriptions: []string{subscription}, Below: map[string][]string{group: tc.below}}
		for range 2 {
			if err := promise.Settle(all, shown); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := holesOf(all); got != tc.want {
				t.Errorf("%s: %q, want %q", name, got, tc.want)
			}
		}
	}
}
