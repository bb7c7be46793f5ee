package collectors

import (
	"slices"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
)

// TestNarrow: a unit that is asked for less asks for what its documents cannot do without,
// and what was not asked for is not in a document: it would be taken for a documented
// absence.
func TestNarrow(t *testing.T) {
	narrowed, madeUp := 0, 0
	for _, whole := range All() {
		u := whole.narrow(nil)
		if u.Schema == whole.Schema {
			continue
		}

		narrowed++
		_, list, _ := strings.Cut(u.Schema.Source.Endpoint, selectOption)
		kept := strings.Split(strings.Split(list, "&")[0], ",")
		if !slices.Contains(kept, u.Schema.ID.Property) || whole.Schema.Source.Endpoint == u.Schema.Source.Endpoint &&
			len(u.unasked) > 0 {
			t.Errorf("%s asks for %v", u.Schema.Dataset, kept)
		}

		// As if each property's absence had a meaning.
		schema := *u.Schema
		schema.Properties = map[string]*snapshot.Property{}
		for name, p := range u.Schema.Properties {
			documented := *p
			documented.Presence = snapshot.Absent
			schema.Properties[name] = &documented
		}

		object := map[string]any{u.Schema.ID.Property: other}
		doc, err := schema.Normalize(object, "scope")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range u.unasked {
			if _, there := doc.Spec[name]; there {
				madeUp++
			}
		}

		u.forget(doc, object)
		for _, name := range u.unasked {
			_, inSpec := doc.Spec[name]
			_, observed := doc.Observed[name]
			if inSpec || observed {
				t.Errorf("%s.%s was not asked for, and is in the document", u.Schema.Dataset, name)
			}
		}
	}

	if narrowed < 3 || madeUp == 0 {
		t.Errorf("%d units can be asked for less, %d properties would be made up", narrowed, madeUp)
	}
}

// TestMinimal: what others depend on is asked for with them, and nothing else is.
func TestMinimal(t *testing.T) {
	asked, skipped := minimal(clientUnits(), map[string][]string{"entra.group_members": nil})
	var names []string
	for _, u := range asked {
		names = append(names, u.Schema.Dataset)
	}

	guards := snapshot.Guards(snapshot.GuardTenant, snapshot.GuardSubscriptions)
	for _, want := range append(guards, "entra.groups", "entra.group_members") {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not asked for", want)
		}
	}
	if len(asked) != len(guards)+2 || len(asked)+len(skipped) != len(clientUnits()) {
		t.Errorf("%v are asked for, and %d skipped", names, len(skipped))
	}
	for _, d := range skippedFor(skipped, snapshot.NotNeeded, whyNotNeeded) {
		if d.Coverage.Status != snapshot.Skipped || d.Coverage.Evidence.Code != snapshot.NotNeeded {
			t.Errorf("%+v", d)
		}
	}
}
