package emulator

import (
	"math"
	"slices"
	"testing"

	"ringfence/internal/effort"
)

// TestResearchSizes: many draws have the shares of the tiers, and each is within its
// tier's bounds.
func TestResearchSizes(t *testing.T) {
	effort.WithoutRace(t)
	const draws = 4000
	seen, office := map[string]int{}, map[string]int{}
	for _, label := range Labels(draws + 12)[12:] {
		size, without := researchSize(1, label, story{})
		again, _ := researchSize(1, label, story{})
		if size != again {
			t.Fatalf("%s: %+v, then %+v", label, size, again)
		}

		tier := tierSizes[slices.IndexFunc(tierSizes, func(s tierSize) bool { return s.name == size.Tier })]
		seen[size.Tier]++
		if without {
			office[size.Tier]++
		}
		if n := float64(size.Users); n < tier.users.from || n > tier.users.to {
			t.Errorf("%s: %d users in tier %s", label, size.Users, size.Tier)
		}
		if n := float64(size.Groups); n < tier.groups.from || n > tier.groups.to {
			t.Errorf("%s: %d groups in tier %s", label, size.Groups, size.Tier)
		}
	}

	for _, tier := range tierSizes {
		want := draws * tier.share / 100
		if off := math.Abs(float64(seen[tier.name]) - want); off > 4*math.Sqrt(want)+1 {
			t.Errorf("%d of %d are %s, want about %.0f", seen[tier.name], draws, tier.name, want)
		}
		rate := float64(office[tier.name]) / float64(max(seen[tier.name], 1))
		if math.Abs(rate-tier.withoutIntune) > 0.1 {
			t.Errorf("%.2f of %s have no Intune, want %.2f", rate, tier.name, tier.withoutIntune)
		}
	}
}

// TestResearchFleet: the fleet of a plan is as large as was drawn, and the same every time.
func TestResearchFleet(t *testing.T) {
	effort.WithoutRace(t)
	w := &World{Seed: 3, MSP: newMSP(3)}
	told := storyOf(3, "amber-bakery")
	told.subs = 0
	c := w.add("amber-bakery", Size{Tier: "small", Users: 20, Guests: 7, Devices: 21, ServicePrincipals: 240,
		Applications: 3, Groups: 12, Subscriptions: -1, Vaults: -1, Policies: 4, Partners: 3}, told)
	plain := w.add("amber-clinics", Size{Tier: "small", Users: 20, Subscriptions: -1}, told)
	for path, more := range map[string]int{policiesPath: 4, partnersPath: 3} {
		if n := len(c.at(path)) - len(plain.at(path)); n != more {
			t.Errorf("%d more at %s, want %d", n, path, more)
		}
	}

	principals := len(c.at("/graph/servicePrincipals"))
	if n := len(c.dir.guests); n != 7 {
		t.Errorf("%d guests", n)
	}
	if n := len(c.at("/graph/deviceManagement/managedDevices")); n != 21 {
		t.Errorf("%d devices", n)
	}
	if principals < 240 || principals > 300 {
		t.Errorf("%d service principals", principals)
	}
	if n := len(c.at("/graph/groups")); n < 12 || n > 17 {
		t.Errorf("%d groups", n)
	}

	if GenerateFleet(5, 1, "").Clients[0].Size == GenerateFleet(5, 1, sizesOfResearch).Clients[0].Size {
		t.Error("the plan's sizes make no difference")
	}
}

// TestTroubles: about as many clients have trouble as the table says, and all faults are valid.
func TestTroubles(t *testing.T) {
	effort.WithoutRace(t)
	w := &World{Seed: 1}
	for _, label := range Labels(1000) {
		w.Clients = append(w.Clients, newTenant(1, label))
	}

	all := w.Troubles()
	for _, f := range all {
		if err := f.check(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if len(all) < 50 || len(all) > 150 {
		t.Errorf("%d troubles in 1000 clients, want about 97", len(all))
	}
}
