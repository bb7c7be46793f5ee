package emulator

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// TestFlaws: each flaw, alone at a client that is else as it should be, changes
// what is served, and plants a deviation where it breaks a promise and only
// there. That the engine finds just these is a test of internal/soundness.
func TestFlaws(t *testing.T) {
	effort.WithoutRace(t)
	clean := newFlawed(t, story{}.flaws, plainVault)
	if len(clean.Planted()) != len(clean.MSP.planted) {
		t.Errorf("a client without a flaw deviates: %v", clean.Clients[0].planted)
	}

	names, ranks := map[string]bool{}, map[int]bool{}
	for _, f := range flaws {
		t.Run(f.name, func(t *testing.T) {
			vault := plainVault
			if f.area == ownVaults {
				vault = f.name
			}

			w := newFlawed(t, []string{f.name}, vault)
			unchanged := dump(w.Clients[0]) == dump(clean.Clients[0]) && dump(w.MSP) == dump(clean.MSP)
			if unchanged {
				t.Error("it changes nothing")
			}

			controls := controlsOf(w, clean)
			if f.breaks != "" && !slices.Contains(controls, f.breaks) || f.breaks == "" && len(controls) > 0 {
				t.Errorf("it plants %v, and says that it breaks %q", controls, f.breaks)
			}
		})

		if names[f.name] || ranks[f.odds.rank] && f.odds.rank != 0 {
			t.Errorf("%s: its name or rank is taken", f.name)
		}
		names[f.name], ranks[f.odds.rank] = true, true
	}
}

// newFlawed is an MSP with one client that has a few flaws.
func newFlawed(t *testing.T, names []string, vault string) *World {
	t.Helper()
	s, ok := aloneStory(CleanLabel)
	if !ok {
		t.Fatal("no story of a clean client")
	}

	s.flaws, s.vaults = names, []string{vault}
	w := GenerateClients(1, nil)
	w.add(CleanLabel, Size{}, s)

	return w
}

// controlsOf are those of what is planted in one world and not in another.
func controlsOf(w, but *World) (controls []string) {
	for _, p := range w.Planted() {
		if !slices.Contains(but.Planted(), p) {
			controls = append(controls, p.Control)
		}
	}
	return controls
}

// TestStoriesNameFlaws: the clients that rows name have stories, the vaults
// that stories choose are rows, some client of the demo has each flaw, and labels
// of flaws are labels.
func TestStoriesNameFlaws(t *testing.T) {
	effort.WithoutRace(t)
	shape := regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	chosen := map[string]bool{plainVault: true}
	for _, s := range stories {
		for _, name := range s.vaults {
			chosen[name] = true
		}
	}

	for _, f := range flaws {
		for _, label := range strings.Fields(f.clients) {
			if !slices.Contains(firstLabels, label) {
				t.Errorf("%s: %s has no story", f.name, label)
			}
		}

		if !shape.MatchString(f.label()) {
			t.Errorf("%s: its label is %q", f.name, f.label())
		}
		if isOurs := f.area == ownVaults; isOurs != (f.clients == "") || isOurs && !chosen[f.name] {
			t.Errorf("%s: no client of the demo has it", f.name)
		}
		delete(chosen, f.name)
	}

	if delete(chosen, plainVault); len(chosen) > 0 {
		t.Errorf("stories choose vaults that are no flaws: %v", chosen)
	}
}

// TestDefaultFleet: each control that a flaw breaks is broken at least twice,
// but for a declared vault that is deleted; nothing is planted where nobody can
// see it, nor for the wrong result; and most clients are clean.
func TestDefaultFleet(t *testing.T) {
	effort.WithoutRace(t)
	counts, clients := map[string]int{}, map[string]bool{}
	for _, p := range Generate(1, 12).Planted() {
		counts[p.Control]++
		if p.Client != snapshot.FleetClient {
			clients[p.Client] = true
		}

		isAccount := strings.HasPrefix(p.Subject, "snapshot/")
		hidden := !isAccount && (p.Client == "proseware" || // a subscription is not seen
			(p.Client == "wingtip" || p.Client == "litware") && !strings.HasPrefix(p.Subject,
				"entra.")) // no Azure is
		if hidden {
			t.Errorf("planted where nobody sees it: %v", p)
		}
		ofFleet := slices.Contains([]string{"RF-M-01", "RF-M-11", "RF-P-05", "RF-G-09"}, p.Control)
		if (p.Client == snapshot.FleetClient) != ofFleet {
			t.Errorf("planted for the wrong result: %v", p)
		}
	}

	for _, f := range flaws {
		if want := map[bool]int{true: 1, false: 2}[f.breaks == "RF-K-14"]; f.breaks != "" && counts[f.breaks] < want {
			t.Errorf("%s is planted %d times, want at least %d", f.breaks, counts[f.breaks], want)
		}
	}

	if len(clients) > 6 {
		t.Errorf("%d of 12 clients have something planted: most should be clean", len(clients))
	}
}
