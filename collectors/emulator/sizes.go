package emulator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// span is a number between two bounds, both of which may occur.
type span struct{ from, to float64 }

// tierSize says how large the tenants of a tier are. These are assumptions of ours, made
// from what MSPs tell of their clients: there is no public survey to draw from.
type tierSize struct {
	name             string
	share            float64 // of clients, in percent
	users            span    // drawn lognormally, so that most are in the lower half
	guestsPerUser    span
	devicesPerUser   span
	withoutIntune    float64 // share of the tier's tenants
	servicePrincipal span    // Microsoft's and others'
	applications     span    // of the tenant's own
	groups           span
	subscriptions    span
	vaults           span
	policies         span // of conditional access
	partners         span // of cross-tenant access
}

// tierSizes are those of real fleets, smallest first.
var tierSizes = []tierSize{
	{"micro", 25, span{1, 10}, span{0, 0.2}, span{0, 1}, 0.6, span{183, 270}, span{0, 5}, span{3, 15},
		span{0, 0}, span{0, 0}, span{0, 0}, span{0, 0}},
	{"small", 45, span{11, 50}, span{0.05, 0.5}, span{0.8, 1.2}, 0.3, span{230, 350}, span{2, 15},
		span{10, 60}, span{0, 1}, span{0, 1}, span{0, 6}, span{0, 1}},
	{"mid", 25, span{51, 300}, span{0.1, 1}, span{1, 1.4}, 0, span{280, 480}, span{5, 60}, span{60, 400},
		span{1, 5}, span{1, 8}, span{4, 15}, span{0, 5}},
	{"large", 4.5, span{301, 3000}, span{0.2, 3}, span{1.1, 1.5}, 0, span{350, 900}, span{30, 300},
		span{400, 4000}, span{3, 40}, span{5, 80}, span{10, 40}, span{2, 20}},
	{"xl", 0.5, span{5000, 20000}, span{0.3, 3}, span{1, 1.3}, 0, span{800, 3000}, span{200, 1500},
		span{5000, 25000}, span{30, 300}, span{50, 500}, span{20, 80}, span{10, 80}},
}

// GenerateFleet makes an MSP with clients as large as a plan says: [Plan.Sizes].
func GenerateFleet(seed uint64, clients int, sizes string) *World {
	if sizes != sizesOfResearch {
		return Generate(seed, clients)
	}

	w := &World{Seed: seed, MSP: newMSP(seed)}
	for _, label := range Labels(clients) {
		told := storyOf(seed, label)
		size, office := researchSize(seed, label, told)
		told.office = told.office || office
		w.add(label, size, told)
	}
	return w
}

// researchSize draws how large a client is, and whether it has no Intune. A client with a
// story keeps its tier.
func researchSize(seed uint64, label string, told story) (size Size, office bool) {
	r := (&Tenant{Label: label, seed: seed}).rand("research size")
	tier := drawSize(r)
	if _, hasStory := stories[label]; hasStory {
		tier = tierSizes[slices.IndexFunc(tierSizes, func(s tierSize) bool { return s.name == told.tier })]
	}

	users := tier.users.lognormal(r)
	office = r.Float64() < tier.withoutIntune
	size = Size{
		Tier: tier.name, Users: users,
		Guests:            orNone(float64(users) * tier.guestsPerUser.uniform(r)),
		Devices:           orNone(float64(users) * tier.devicesPerUser.uniform(r)),
		ServicePrincipals: orNone(tier.servicePrincipal.uniform(r)),
		Applications:      orNone(tier.applications.uniform(r)),
		Groups:            orNone(tier.groups.lognormalOr0(r)),
		Subscriptions:     orNone(tier.subscriptions.uniform(r)),
		Vaults:            orNone(tier.vaults.uniform(r)),
		Policies:          orNone(tier.policies.uniform(r)),
		Partners:          orNone(tier.partners.uniform(r)),
	}
	if told.subs > 0 { // its flaws need a subscription
		size.Subscriptions = max(size.Subscriptions, told.subs)
	}

	return size, office
}

// drawSize draws a tier by the tiers' shares.
func drawSize(r *rand.Rand) tierSize {
	n := r.Float64() * 100
	for _, t := range tierSizes {
		if n -= t.share; n < 0 {
			return t
		}
	}
	return tierSizes[0]
}

func (s span) uniform(r *rand.Rand) float64 { return s.from + r.Float64()*(s.to-s.from) }

// lognormal draws so that nineteen of twenty lie within the span, and cuts off the rest.
func (s span) lognormal(r *rand.Rand) int {
	low, high := math.Log(s.from), math.Log(s.to)
	n := math.Exp((low+high)/2 + r.NormFloat64()*(high-low)/4)
	return int(math.Round(min(max(n, s.from), s.to)))
}

func (s span) lognormalOr0(r *rand.Rand) float64 {
	if s.from <= 0 {
		return s.uniform(r)
	}
	return float64(s.lognormal(r))
}

// orNone is a number in a [Size], in which -1 says that there are none.
func orNone(n float64) int {
	if n = math.Round(n); n == 0 {
		return -1
	}
	return int(n)
}

// or is a number of a Size, or what is usual where the Size does not say.
func or(told, usual int) int {
	if told == 0 {
		return usual
	}
	return max(told, 0)
}

// trouble is something that goes wrong with a share of the clients of a real fleet.
type trouble struct {
	name    string
	percent float64 // of clients
	faults  func(r *rand.Rand) []Fault
}

// troubles happen to clients by themselves: these shares are assumptions, too.
var troubles = []trouble{
	{"consent is gone", 1, func(r *rand.Rand) []Fault {
		return []Fault{{Kind: "consent_gone", Value: pick(r, []string{"", "7000229"})}}
	}},
	{"a permission was revoked", 4, func(r *rand.Rand) []Fault {
		return []Fault{{Kind: "permission", Value: pick(r, leastRoles(entraEndpoints))}}
	}},
	{"a storm in the middle of a walk", 2, func(r *rand.Rand) []Fault {
		return []Fault{{Kind: "throttle", Dataset: "entra.users", After: 1, Times: 2 + r.IntN(3),
			RetryAfter: "0.5"}}
	}},
	{"a service fails", 0.5, func(r *rand.Rand) []Fault {
		return []Fault{{Kind: "status", Value: pick(r, []string{"500", "502", "503", "504"}),
			Dataset: pick(r, []string{"entra.groups", "azure.resources", "intune.managed_devices"})}}
	}},
	{"a list leads back to itself", 0.2, func(*rand.Rand) []Fault {
		return []Fault{{Kind: "loop", Dataset: "entra.service_principals"}}
	}},
	{"pages overlap", 1, func(*rand.Rand) []Fault {
		return []Fault{{Kind: "duplicate", Path: "/graph/"}}
	}},
	{"pages are empty", 1, func(*rand.Rand) []Fault {
		return []Fault{{Kind: "empty_page", Dataset: "entra.users", Times: 1}}
	}},
}

// Troubles are the faults of a fleet in which things go wrong as often as in a real one.
func (w *World) Troubles() (all []Fault) {
	for _, t := range w.Clients {
		r := t.rand("troubles")
		for _, x := range troubles {
			if r.Float64()*100 >= x.percent {
				continue
			}
			for _, f := range x.faults(r) {
				f.Client, f.Name = t.Label, fmt.Sprintf("%s: %s", t.Label, x.name)
				all = append(all, f)
			}
		}
	}
	return all
}
