package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// story is what is special about a client. The zero value is a clean one.
type story struct {
	tier, fence string
	subs        int    // subscriptions; 0: no Azure
	invites     string // allowInvitesFrom
	emailJoin   bool   // allowEmailVerifiedUsersToJoinOrganization
	vaults      []vaultFlaw
	hsm         string // "" none | "good" | "unprotected"
	outside     string // "" | "resource" | "group" | "both": what lies outside the fence
	access      string // "" Reader on each subscription | "none" | "half" | "group" | "management group" | "monitoring"
	hostile     bool   // names and tags that try to break out of wherever they are shown
	flaws       []flaw
}

// vaultFlaw makes one vault deviate, or nearly so (see newVault).
type vaultFlaw string

const (
	unprotected    vaultFlaw = "purge protection absent"
	softDeleteOff  vaultFlaw = "soft delete off"
	retention7     vaultFlaw = "retention 7"
	retention89    vaultFlaw = "retention 89"
	devVault       vaultFlaw = "development vault without purge protection, excepted"
	nearExact90    vaultFlaw = "retention exactly 90"
	nearNoSoft     vaultFlaw = "enableSoftDelete absent"
	nearNoDays     vaultFlaw = "softDeleteRetentionInDays absent"
	nearNullTags   vaultFlaw = "tags null, unknown properties"
	everythingFine vaultFlaw = ""
)

// stories of the first labels. They hang on the label, not on the position, so
// a client stays what it is whoever else is in the fleet.
var stories = map[string]story{
	"fabrikam":        {tier: "mid", fence: "eu", subs: 2, invites: "everyone", vaults: []vaultFlaw{unprotected, nearExact90}, outside: "resource", flaws: []flaw{openDefault, countryOutside, guestRole, delegatedSub, policyOtherTenant, storageUnknownKey, nearOverGlobal, nearServiceKeys}},
	"contoso":         {tier: "large", fence: "us", subs: 5, vaults: []vaultFlaw{nearExact90, nearNoSoft, nearNoDays}, hsm: "good", access: "management group", flaws: []flaw{nearOverGlobal, nearDelegated, nearPolicies, nearServiceKeys, nearSovereignHost}},
	"litware":         {tier: "small", fence: "eu", invites: "none"},
	"adventure-works": {tier: "mid", fence: "eu", subs: 2, emailJoin: true, vaults: []vaultFlaw{everythingFine}, hsm: "unprotected", flaws: []flaw{globalAdmin, vaultElsewhere, policyGuest, storageDeletedKey, declaredDeleted, pairOutside, nearUnpairedRegion}},
	"tailspin":        {tier: "small", fence: "uk", subs: 1, vaults: []vaultFlaw{nearNoDays}, flaws: []flaw{nearDelegated, nearPolicies, nearDisplayRegion}},
	"wingtip":         {tier: "mid", fence: "us", subs: 2, invites: "adminsGuestInvitersAndAllMembers", vaults: []vaultFlaw{everythingFine}, access: "none", flaws: []flaw{noRelationship}},
	"proseware":       {tier: "mid", fence: "de", subs: 2, vaults: []vaultFlaw{nearNoSoft}, access: "half"},
	"trey-research":   {tier: "large", fence: "eu", subs: 4, vaults: []vaultFlaw{devVault, softDeleteOff, nearNullTags, retention7}, hsm: "good", outside: "both", flaws: []flaw{openChanged, groupGuestRole, eligibleGuest, eligibleInGroup, syncedMemberRole, hsmElsewhere, policyDeleted, diskEarlierKey, vaultOutside, hsmReplicaOutside, nearUnpairedRegion}},
	"woodgrove":       {tier: "mid", fence: "ch", subs: 2, invites: "everyone", emailJoin: true, vaults: []vaultFlaw{retention89, nearExact90}, outside: "group", access: "monitoring", flaws: []flaw{countryOutside, foreignAppRole, strangerRole, expiringRoleAdmin, delegatedGroup, sqlUnknownKey}},
	"relecloud":       {tier: "small", fence: "eu", subs: 1, vaults: []vaultFlaw{nearNullTags}, hostile: true, flaws: []flaw{noRelationship, nearUnpairedRegion, nearDisplayRegion}},
	"lucerne":         {tier: "mid", fence: "au", subs: 1, invites: "none", vaults: []vaultFlaw{nearExact90}, hostile: true, flaws: []flaw{pairOutside, countryUnknown, policyOrphan, holderUnknown, otherTypeKey}},
	"blue-yonder":     {tier: "small", fence: "us", subs: 1, vaults: []vaultFlaw{everythingFine}, access: "group", flaws: []flaw{nearPolicies, nearSovereignHost, nearServiceKeys}},
}

var firstLabels = []string{"fabrikam", "contoso", "litware", "adventure-works", "tailspin", "wingtip",
	"proseware", "trey-research", "woodgrove", "relecloud", "lucerne", "blue-yonder"}

var (
	labelFirst = strings.Fields("alder amber aspen birch cedar copper coral dune ember fern flint granite harbor hazel heron indigo ivory juniper larch maple marlin meadow onyx osprey pine quartz raven sable sorrel willow")
	labelLast  = strings.Fields("analytics bakery brewing clinics dental energy foods freight garage insurance joinery kitchens labs law logistics media motors optics outdoor paper pharma printing realty roofing seeds studio textiles timber toys travel")
)

// Labels returns the first n client labels: the twelve with stories, then
// made-up company names.
func Labels(n int) []string {
	labels := append([]string{}, firstLabels[:min(n, len(firstLabels))]...)
	for i := 0; len(labels) < n; i++ {
		a, b, round := i%len(labelFirst), i/len(labelFirst)%len(labelLast), i/(len(labelFirst)*len(labelLast))
		label := labelFirst[a] + "-" + labelLast[(a+b)%len(labelLast)]

		if round > 0 {
			label = fmt.Sprintf("%s-%d", label, round+1)
		}

		labels = append(labels, label)
	}

	return labels
}

func displayName(label string) string {
	words := strings.Split(label, "-")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// storyOf returns a label's story, or draws one: tiers by the shares of
// research/collectors.md (an assumption, not a survey), one client in five with
// a deviation of each kind.
func storyOf(seed uint64, label string) story {
	if s, ok := stories[label]; ok {
		return s
	}

	if s, ok := alone[label]; ok {
		s.tier, s.fence, s.subs, s.vaults = "small", "eu", 1, []vaultFlaw{everythingFine}
		return s
	}

	r := (&Tenant{Label: label, seed: seed}).rand("story")
	s := story{fence: pick(r, fences).name}
	r.IntN(6) // no meaning any more; what is drawn after it stays what it was
	s.tier, s.subs = drawTier(r)

	if r.IntN(5) == 0 {
		s.invites = pick(r, []string{"everyone", "adminsGuestInvitersAndAllMembers"})
	}

	s.emailJoin = r.IntN(12) == 0
	s.hostile = r.IntN(8) == 0
	s.flaws = drawFlaws((&Tenant{Label: label, seed: seed}).rand("flaws"), s)
	if s.subs == 0 {
		return s
	}

	s.vaults = []vaultFlaw{pick(r, []vaultFlaw{everythingFine, nearExact90, nearNoSoft, nearNoDays})}

	if r.IntN(5) == 0 {
		s.vaults = append(s.vaults, pick(r, []vaultFlaw{unprotected, softDeleteOff, retention7, retention89}))
	}

	if r.IntN(5) == 0 {
		s.outside = pick(r, []string{"resource", "group", "both"})
	}

	return s
}

func drawTier(r *rand.Rand) (tier string, subs int) {
	switch n := r.IntN(100); {
	case n < 25:
		return "micro", 0
	case n < 70:
		return "small", r.IntN(2)
	case n < 95:
		return "mid", 1 + r.IntN(4)
	}

	return "large", 3 + r.IntN(3)
}

// fill takes what is not given from a tier.
func (s Size) fill(t *Tenant, tier string) Size {
	r := t.rand("size")
	if s.Tier == "" {
		s.Tier = tier
	}

	users := map[string][2]int{"micro": {1, 10}, "small": {11, 50}, "mid": {51, 300}, "large": {301, 3000}}[s.Tier]
	if n := users[0] + r.IntN(users[1]-users[0]+1); s.Users == 0 {
		s.Users = n
	}

	return s
}
