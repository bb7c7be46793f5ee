package emulator

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// story is what is special about a client. The zero value is a small client
// that keeps what it was promised.
type story struct {
	tier, fence string
	subs        int      // subscriptions; 0: no Azure
	vaults      []string // the client's own vaults: plainVault, or the name of a flaw of the area ownVaults
	hsm         bool     // it has a managed HSM
	access      string   // how the application reads the subscriptions, see accessKinds
	hostile     bool     // names and tags that try to break out of wherever they are shown
	office      bool     // its product is Business Standard: no Intune, no Entra ID P1
	minimal     bool     // as few users and resources, and as many licences, as all flaws need
	flaws       []string // names, see flaw
}

// stories of the first labels. They hang on the label, not on the position, so
// a client stays what it is whoever else is in the fleet. Their flaws are named
// in the tables of flaws.
var stories = map[string]story{
	"fabrikam": {tier: "mid", fence: "eu", subs: 2,
		vaults: []string{purgeProtectionAbsent, plainVault}},
	"contoso": {tier: "large", fence: "us", subs: 5, hsm: true, access: "management group",
		vaults: threeNearMisses},
	"litware":         {tier: "small", fence: "eu", office: true},
	"adventure-works": {tier: "mid", fence: "eu", subs: 2, hsm: true, vaults: []string{plainVault}},
	"tailspin":        {tier: "small", fence: "uk", subs: 1, vaults: []string{retentionAbsent}},
	"wingtip":         {tier: "mid", fence: "us", subs: 2, access: "none", vaults: []string{plainVault}},
	"proseware": {tier: "mid", fence: "de", subs: 2, access: "half",
		vaults: []string{softDeleteAbsent}},
	"trey-research": {tier: "large", fence: "eu", subs: 4, hsm: true, vaults: fourKinds},
	"woodgrove": {tier: "mid", fence: "ch", subs: 2, access: "monitoring",
		vaults: []string{retention89, plainVault}},
	"relecloud":   {tier: "small", fence: "eu", subs: 1, hostile: true, vaults: []string{tagsNull}},
	"lucerne":     {tier: "mid", fence: "au", subs: 1, hostile: true, vaults: []string{plainVault}},
	"blue-yonder": {tier: "small", fence: "us", subs: 1, access: "group", vaults: []string{plainVault}},
}

var (
	threeNearMisses = []string{plainVault, softDeleteAbsent, retentionAbsent}
	fourKinds       = []string{developmentVault, softDeleteOff, tagsNull, retention7}
)

var firstLabels = []string{"fabrikam", "contoso", "litware", "adventure-works", "tailspin", "wingtip",
	"proseware", "trey-research", "woodgrove", "relecloud", "lucerne", "blue-yonder"}

var (
	labelFirst = strings.Fields(`alder amber aspen birch cedar copper coral dune ember fern flint granite
		harbor hazel heron indigo ivory juniper larch maple marlin meadow onyx osprey pine quartz raven sable
		sorrel willow`)
	labelLast = strings.Fields(`analytics bakery brewing clinics dental energy foods freight garage insurance
		joinery kitchens labs law logistics media motors optics outdoor paper pharma printing realty roofing
		seeds studio textiles timber toys travel`)
)

// Labels returns the first n client labels: the twelve with stories, then
// made-up company names.
func Labels(n int) []string {
	labels := slices.Clone(firstLabels[:min(n, len(firstLabels))])
	for i := 0; len(labels) < n; i++ {
		first, last := i%len(labelFirst), i/len(labelFirst)%len(labelLast)
		label := labelFirst[first] + "-" + labelLast[(first+last)%len(labelLast)]

		if round := i / (len(labelFirst) * len(labelLast)); round > 0 {
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

// storyOf returns a label's story, or draws one. How many clients are of which
// tier, and how often something deviates, are assumptions: there is no public
// survey to draw from.
func storyOf(seed uint64, label string) story {
	if s, ok := stories[label]; ok {
		s.flaws = flawsOf(label)
		return s
	}
	if s, ok := aloneStory(label); ok {
		return s
	}

	r := (&Tenant{Label: label, seed: seed}).rand("story")
	s := story{fence: pick(r, fences).name}
	r.IntN(6) // means nothing, but what is drawn after it depends on it
	s.tier, s.subs = drawTier(r)

	var invitations []string
	if r.IntN(5) == 0 {
		invitations = append(invitations, pick(r, []string{everyoneInvites, membersInvite}))
	}
	if r.IntN(12) == 0 {
		invitations = append(invitations, anyoneJoins)
	}

	s.hostile = r.IntN(8) == 0
	s.flaws = append(invitations, drawFlaws((&Tenant{Label: label, seed: seed}).rand("flaws"), s.subs > 0)...)

	if s.subs > 0 {
		s.drawAzure(r)
	}

	return s
}

// drawAzure draws the vaults, and what lies outside the fence.
func (s *story) drawAzure(r *rand.Rand) {
	s.vaults = []string{pick(r, []string{plainVault, plainVault, softDeleteAbsent, retentionAbsent})}
	if r.IntN(5) == 0 {
		s.vaults = append(s.vaults, pick(r, []string{purgeProtectionAbsent, softDeleteOff, retention7,
			retention89}))
	}
	if r.IntN(5) == 0 {
		outside := pick(r, [][]string{{strayResources}, {strayGroup}, {strayResources, strayGroup}})
		s.flaws = append(s.flaws, outside...)
	}
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

// usersOf is how many users a tier has, from and to.
var usersOf = map[string][2]int{"micro": {1, 10}, "small": {11, 50}, "mid": {51, 300}, "large": {301, 3000},
	"xl": {5000, 20000}}

// fewestUsers are how many a client with flaws has, however few were asked for: some flaw
// is about each of them.
const fewestUsers = 4

// fill takes what is not given from the story's tier.
func (s Size) fill(t *Tenant, told story) Size {
	if s.Tier == "" {
		s.Tier = told.tier
	}
	if told.minimal && s.Users == 0 {
		s.Users, s.Resources = fewestUsers, 18
	}

	users := usersOf[s.Tier]
	if n := users[0] + t.rand("size").IntN(users[1]-users[0]+1); s.Users == 0 {
		s.Users = n
	}
	if len(told.flaws) > 0 {
		s.Users = max(s.Users, fewestUsers)
	}

	return s
}
