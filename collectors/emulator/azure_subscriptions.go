package emulator

import (
	"fmt"
	"math/rand/v2"
)

// subscription is one Azure subscription while its data are made.
type subscription struct {
	id, name  string
	locations []string // the client's regions
}

func (s *subscription) path(rest string) string { return "/subscriptions/" + s.id + rest }

var subscriptionNames = []string{"production", "shared", "development", "sandbox", "archive"}

// addAzure makes the subscriptions with their groups, resources, vaults and
// HSMs, and gives the application its roles.
func (t *Tenant) addAzure() {
	n := t.subs
	if t.Size.Subscriptions != 0 {
		n = max(t.Size.Subscriptions, 0)
	}

	for i := range n {
		sub := &subscription{
			id:        t.guid("subscription", fmt.Sprint(i)),
			name:      t.Label + " " + subscriptionNames[i%len(subscriptionNames)],
			locations: fenceOf(t.fence).regions,
		}
		if t.hostile {
			sub.name = pick(t.rand("subscription names"), hostileNames)
		}

		t.subscriptions = append(t.subscriptions, sub)
		t.addSubscription(sub, i, n)
		t.addAccess(sub, i)
	}

	for i, sub := range t.subscriptions {
		t.addSurroundings(sub, i)
		if i == 0 {
			t.apply(subscriptionRules, site{sub: sub, rand: t.rand("subscription rules")})
		}
	}
	t.addTenantPlane()
}

// addSubscription makes the i-th of n subscriptions. What deviates, and all that
// has to do with keys, is in the first one.
func (t *Tenant) addSubscription(sub *subscription, i, n int) {
	r := t.rand("subscription " + fmt.Sprint(i))
	body := object{
		"id": sub.path(""), "subscriptionId": sub.id, "tenantId": t.ID, "displayName": sub.name,
		"state":                "Enabled",
		"authorizationSource":  "RoleBased",
		"subscriptionPolicies": subscriptionPolicies, "managedByTenants": []any{},
	}
	if tags := t.tags(r, t.hostile); tags != nil {
		body["tags"] = tags
	}

	t.put("/arm/subscriptions", body)
	t.put("/arm"+sub.path(""), body)
	t.fill("/arm", armEndpoints, sub)

	s := site{sub: sub, rand: r}
	if i == 0 {
		t.apply(delegations, s)
	}

	t.addGroups(r, sub)
	if i == 0 {
		t.apply(groups, s)
	}

	t.addResources(r, sub, t.share(r, i, n))
	if i == 0 {
		t.addVaults(r, sub)
		t.addHSM(r, sub)
		t.apply(resources, s)
		t.apply(flawedVaults, site{sub: sub, rand: t.rand("flawed vaults")})
		t.addEncryption(sub)
		t.addDeletedHSM(sub)
	}
}

var subscriptionPolicies = object{
	"locationPlacementId": "Public_2014-09-01", "quotaId": "CSP_2015-05-01", "spendingLimit": "Off",
}

// fewestResources are how many a subscription of a tier has at least.
var fewestResources = map[string]int{"micro": 4, "small": 8, "mid": 20, "large": 40, "xl": 40}

// share is how many resources the i-th of n subscriptions gets. The first one of a client
// with flaws has one of each kind, however few were asked for: some flaw is about it.
func (t *Tenant) share(r *rand.Rand, i, n int) int {
	if total := t.Size.Resources; total > 0 {
		few := total/n + min(1, max(0, total%n-i))
		if i == 0 && len(t.flaws) > 0 {
			return max(few, len(kinds))
		}
		return few
	}
	fewest := fewestResources[t.Size.Tier]
	return fewest + r.IntN(fewest)
}

// addGroups makes the resource groups. NetworkWatcherRG is what Azure makes by
// itself; it lies where the first network is, so inside the fence.
func (t *Tenant) addGroups(r *rand.Rand, sub *subscription) {
	for i, name := range []string{"rg-keys", "rg-app-prod", "RG-Data", "rg-network", "NetworkWatcherRG"} {
		location := pick(r, sub.locations)
		t.put("/arm"+sub.path("/resourcegroups"), group(sub, name, location, t.tags(r, t.hostile && i < 3)))
	}
}

func group(sub *subscription, name, location string, tags object) object {
	o := object{
		"id": sub.path("/resourceGroups/" + name), "name": name, "type": "Microsoft.Resources/resourceGroups",
		"location": location, "properties": object{"provisioningState": "Succeeded"},
	}
	if tags != nil {
		o["tags"] = tags
	}
	return o
}

// tags are absent, empty, ordinary or hostile.
func (t *Tenant) tags(r *rand.Rand, hostile bool) object {
	n := r.IntN(3)
	switch {
	case hostile:
		return object{"owner": pick(r, hostileNames), "note": "first\nsecond\tthird\r\n",
			"hidden-link:/app": "Resource"}
	case n == 0:
		return nil
	case n == 1:
		return object{}
	}

	environment := pick(r, []string{"production", "staging", "development"})
	return object{"environment": environment, "cost-centre": fmt.Sprint(1000 + r.IntN(9000))}
}
