package mutation

import (
	"encoding/json"
	"testing"

	"ringfence/internal/effort"
	"ringfence/internal/policytest"
	"ringfence/policies"
)

// TestOddFixtures puts an odd value into each property that a built-in control reads, in each
// input of its own tests, which come to every rule: of another type, null, or a time that no
// clock shows. The control has an answer, and no verdict twice. (What a tenant answers must
// never stop a control, which would hide all its violations.)
func TestOddFixtures(t *testing.T) {
	effort.WithoutRace(t)
	set, err := policytest.Load(policies.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	most := effort.Of(1, 4, 1000) // inputs of one control

	for _, file := range set.Controls() {
		if set.ID(file) == "" {
			continue // a library, which controls ask
		}
		t.Run(set.ID(file), func(t *testing.T) {
			t.Parallel()
			l, err := newLab(t.Context(), set, file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.ofFixtures(t.Context()); err != nil {
				t.Fatal(err)
			}

			control, err := prepare(set.Policies.Only(l.policies()), file)
			if err != nil {
				t.Fatal(err)
			}

			stumbled := map[string]bool{}
			for _, i := range spread(len(l.fixtures), most, file) {
				text := l.fixtures[i].text
				for _, p := range control.everyPlace() {
					if stumbled[p.String()] {
						continue
					}
					for _, odd := range oddValues {
						input := decode(text)
						put := harm(func(any) (any, bool, bool) { return odd, true, true })
						if put.do(input, p) && !control.stands(t.Context(), input) {
							stumbled[p.String()] = true
							t.Errorf("%s = %v: no answer, or two: %s", p, odd, text)
							break
						}
					}
				}
			}
		})
	}
}

var oddValues = []any{
	nil, json.Number("7"), true, "x", "", "0001-01-01T00:00:00Z", "/", []any{}, []any{nil}, map[string]any{},
}
