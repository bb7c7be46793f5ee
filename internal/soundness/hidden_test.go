package soundness

import (
	"slices"
	"strings"
	"testing"

	"ringfence/collectors/emulator"
	"ringfence/engine"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/effort"
)

// ownedCrossings are those by what one tenant alone can have, a vault or a subscription, by kind.
var ownedCrossings = map[string]string{
	"decrypt":  "a key is in another client's vault",
	"log-home": "logs go to another client",
}

// TestHiddenOwner: whose vault or subscription something leads to is not known where the evidence of
// the owner is not there; then the pair is not proven apart. Where everybody's own is known, one
// client whose Azure was not read leaves open who reaches that client, and nothing else.
func TestHiddenOwner(t *testing.T) {
	effort.WithoutRace(t)
	e := builtin(t)
	for kind, name := range ownedCrossings {
		if !slices.Contains(e.FactKinds(), reach.Kind{Name: kind, Rule: reach.Owning}) {
			t.Fatalf("%s is no kind of what one tenant alone has", kind)
		}
		w := emulator.GenerateClients(1, crossed)
		if _, err := w.Cross(name, crossed[0], crossed[1]); err != nil {
			t.Fatal(err)
		}
		from, to := w.Client(crossed[0]).ID, w.Client(crossed[1]).ID
		unproven := unprovenWithout(t, w, e, from, kind)
		if !slices.Contains(unproven[from], to) {
			t.Errorf("%s: the owner is not known, and %v are not proven", kind, unproven)
		}
	}

	w := emulator.GenerateClients(1, crossed)
	hidden := w.Client(crossed[0]).ID
	for from, open := range unprovenWithout(t, w, e, hidden, "decrypt", "log-home") {
		others := slices.DeleteFunc(slices.Clone(open), func(to string) bool { return to == hidden })
		if len(others) > 0 {
			t.Errorf("%s is not proven to be apart from %v", from, others)
		}
		if from != hidden && len(open) == 0 {
			t.Errorf("%s is proven not to reach who was not read", from)
		}
	}
}

// unprovenWithout says by client whom it may reach, where nothing of some kinds is known of a tenant.
func unprovenWithout(
	t *testing.T, w *emulator.World, e *engine.Engine, tenant string, kinds ...string,
) map[string][]string {
	t.Helper()
	_, all := compare(t, w, e)
	facts := all[tenant]
	facts.Links = slices.DeleteFunc(slices.Clone(facts.Links), func(l fact.Link) bool {
		return slices.Contains(kinds, l.Kind)
	})
	facts.Coverage = slices.DeleteFunc(slices.Clone(facts.Coverage), func(c fact.Coverage) bool {
		return slices.Contains(kinds, c.Kind)
	})
	all[tenant] = facts

	unproven, search := map[string][]string{}, joinFacts(t, w, e, all).Graph.Search()
	for _, c := range w.Clients {
		reached, err := search.From(c.ID)
		if err != nil || len(reached.Targets) > 0 {
			t.Fatalf("%s without %s: %v, %v", c.Label, strings.Join(kinds, ", "), err, reached.Targets)
		}
		unproven[c.ID] = reached.Unproven
	}
	return unproven
}
