package mutation

import (
	"encoding/json"
	"strings"
	"sync"
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
	most := effort.Of(1, 2, 1000) // inputs of one control
	every := effort.Of(6, 2, 1)

	for i, file := range set.Controls() {
		if set.ID(file) == "" || i%every != 0 {
			continue // a library, which controls ask, or not in this sample
		}
		t.Run(set.ID(file), func(t *testing.T) {
			t.Parallel()
			control, fixtures := withFixtures(t, set, file)
			stumbled := map[string]bool{}
			for _, i := range spread(len(fixtures), most, file) {
				text := fixtures[i].text
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

// labs are what withFixtures made, by file: to run a control's tests while a tracer looks on takes
// longer than to ask it about what they are made of.
var labs sync.Map

type withInputs struct {
	control  asked
	fixtures []fixture
}

// withFixtures is a control with the inputs of its own tests that have a subject.
func withFixtures(t *testing.T, set *policytest.Set, file string) (asked, []fixture) {
	t.Helper()
	if known, ok := labs.Load(file); ok {
		l := known.(withInputs)
		return l.control, l.fixtures
	}

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
	labs.Store(file, withInputs{control, l.fixtures})
	return control, l.fixtures
}

// TestUnpromised takes each promise away that a built-in control reads, in each input of its own
// tests. The control has an answer, and nothing passes that it does not judge: a condition on
// what was promised may not be dropped because the subjects have it.
func TestUnpromised(t *testing.T) {
	effort.WithoutRace(t)
	set, err := policytest.Load(policies.FS, nil)
	if err != nil {
		t.Fatal(err)
	}

	tried := 0
	for _, file := range set.Controls() {
		if set.ID(file) == "" {
			continue
		}
		control, fixtures := withFixtures(t, set, file)
		for _, promise := range control.plan.Promises() {
			for _, f := range fixtures {
				input := decode(f.text)
				if !unpromise(input, strings.Split(promise, ".")) {
					continue
				}
				tried++
				if !control.stands(t.Context(), input) {
					t.Errorf("%s without %s: no answer, or two, or of no subject: %s", set.ID(file), promise, f.text)
					break
				}
			}
		}
	}

	if tried < 100 {
		t.Errorf("only %d inputs", tried)
	}
}

// unpromise makes the attribute of input.client null; false if it is not there.
func unpromise(input any, path []string) bool {
	at, _ := input.(map[string]any)
	if path[0] != "client" {
		path = append([]string{"client"}, path...)
	}

	for _, name := range path[:len(path)-1] {
		if at, _ = at[name].(map[string]any); at == nil {
			return false
		}
	}
	last := path[len(path)-1]
	if _, has := at[last]; !has {
		return false
	}
	at[last] = nil
	return true
}

var oddValues = []any{
	nil, json.Number("7"), true, "x", "", "0001-01-01T00:00:00Z", "/", []any{}, []any{nil}, map[string]any{},
}
