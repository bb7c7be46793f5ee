package soundness

import (
	"context"
	"encoding/json"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/policies"
)

// Projection: what the engine does not decode changes nothing. It is held
// against the same engine without projection, on snapshots of any shape.

// evidence is a snapshot in hand, small enough to be judged thousands of times,
// and the promise that it is held to.
type evidence struct {
	client, tenant string
	datasets       map[string]snapshot.Dataset
	sealed         map[string]file
	intent         intent.Intent // of a client
	fleet          intent.Fleet  // of the fleet result
}

// harvest keeps what was collected of the emulated fleet, once for all tests.
var harvest struct {
	sync.Once
	all []*evidence
}

// collected is the evidence of all clients and the fleet's own, cut down.
func collected(t *testing.T) []*evidence {
	t.Helper()
	harvest.Do(func() {
		f, e := serve(t, small()), builtin(t)
		for _, label := range append(everyone(f.file), snapshot.FleetClient) {
			harvest.all = append(harvest.all, gather(t, f, e, label))
		}
	})
	return harvest.all
}

func gather(t *testing.T, f *fleet, e *engine.Engine, label string) *evidence {
	t.Helper()
	snap := f.snapshot(t, label)
	v := &evidence{client: label, tenant: snap.Manifest.TenantID, datasets: map[string]snapshot.Dataset{}, sealed: map[string]file{}}
	if label == snapshot.FleetClient {
		v.fleet = f.file.FleetIntent()
	} else {
		var err error
		if v.intent, err = f.file.Intent(label); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range snap.Manifest.Datasets {
		docs, err := snap.Documents(name)
		if err != nil {
			t.Fatal(err)
		}
		v.datasets[name] = snapshot.Dataset{Name: name, Documents: docs, Coverage: c}
	}
	set, err := v.judge(e, snap)
	if err != nil {
		t.Fatal(err)
	}
	v.cut(interesting(set))
	for name, d := range v.datasets {
		v.sealed[name] = seal(t, d)
	}
	return v
}

// interesting are two subjects of each outcome of each control.
func interesting(set finding.Set) map[string]bool {
	subjects, seen := map[string]bool{}, map[string]int{}
	for _, v := range set.Verdicts {
		kind := v.Control + string(v.Outcome)
		if seen[kind]++; seen[kind] <= 2 {
			subjects[v.Subject] = true
		}
	}
	return subjects
}

func (v *evidence) judge(e *engine.Engine, snap snapshot.Snapshot) (finding.Set, error) {
	if v.client == snapshot.FleetClient {
		return e.EvaluateFleet(context.Background(), snap, v.fleet, now)
	}
	return e.Evaluate(context.Background(), snap, v.intent, now)
}

// told is all that an evaluation says, or its error.
func told(t *testing.T, set finding.Set, err error) string {
	t.Helper()
	if err != nil {
		return "error: " + err.Error()
	}
	data, err := snapshot.CanonicalFile(map[string]any{"findings": set, "verdicts": set.Verdicts, "errors": set.Errors, "reads": set.Reads})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// ofControl is what a set says about one control.
func ofControl(set finding.Set, id string) finding.Set {
	one := finding.Set{Verdicts: []finding.Verdict{}, Errors: map[string]string{}, Reads: map[string][]string{id: set.Reads[id]}}
	if e, broken := set.Errors[id]; broken {
		one.Errors[id] = e
	}
	one.Controls = slices.DeleteFunc(slices.Clone(set.Controls), func(s finding.Summary) bool { return s.ID != id })
	one.Findings = slices.DeleteFunc(slices.Clone(set.Findings), func(f finding.Finding) bool { return f.Control != id })
	for _, v := range set.Verdicts {
		if v.Control == id {
			one.Verdicts = append(one.Verdicts, v)
		}
	}
	return one
}

// engines are one policy set in the forms that must say the same.
type engines struct {
	projected, whole *engine.Engine
	singles          map[string]*engine.Engine
	ids              []string
}

// compare judges evidence with all of them: the projected engine and the whole
// one, and one control alone. It returns what was said.
func (e *engines) compare(t *testing.T, v *evidence, alone int) (finding.Set, error) {
	t.Helper()
	snap := v.snapshot(t)
	set, err := v.judge(e.projected, snap)
	full, errFull := v.judge(e.whole, snap)
	if got, want := told(t, set, err), told(t, full, errFull); got != want {
		t.Errorf("%s: projected (-) is not whole (+):\n%.3000s", v.client, cmp.Diff(indented(got), indented(want)))
	}
	if err != nil {
		return set, err
	}
	id := set.Controls[alone%len(set.Controls)].ID
	one, err := v.judge(e.singles[id], snap)
	if err != nil {
		t.Errorf("%s alone: %v", id, err)
	}
	if got, want := told(t, ofControl(one, id), nil), told(t, ofControl(set, id), nil); got != want {
		t.Errorf("%s: %s alone (-) is not %s among others (+):\n%.3000s", v.client, id, id, cmp.Diff(indented(got), indented(want)))
	}
	return set, nil
}

func indented(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	return v
}

// census counts what happened to each control.
type census struct {
	outcomes map[string]int               // outcome -> subjects, "lead", "not-applicable", "error"
	changed  map[string]int               // control -> snapshots that changed an outcome
	lacks    map[string]int               // control -> findings about a document that lacks something
	before   map[string]map[string]string // client -> control -> verdicts
	refused  int
}

// verdictsOf are the verdicts by control, as text.
func verdictsOf(set finding.Set) map[string]string {
	all := map[string]string{}
	for _, s := range set.Controls {
		all[s.ID] = string(s.Outcome)
	}
	for _, v := range set.Verdicts {
		all[v.Control] += "\n" + v.Subject + " " + string(v.Outcome)
	}
	return all
}

func (c *census) add(client string, set finding.Set, err error) {
	if err != nil {
		c.refused++
		return
	}
	for id, verdicts := range verdictsOf(set) {
		if before, known := c.before[client]; known && before[id] != verdicts {
			c.changed[id]++
		}
	}
	for _, v := range set.Verdicts {
		c.outcomes[string(v.Outcome)]++
	}
	for _, s := range set.Controls {
		if s.Outcome == finding.NotApplicable {
			c.outcomes[string(s.Outcome)]++
		}
	}
	for _, f := range set.Findings {
		if f.Lead {
			c.outcomes["lead"]++
		}
		if strings.Contains(f.Message, " lacks ") {
			c.lacks[f.Control]++
		}
	}
	c.outcomes["error"] += len(set.Errors)
}

// mutations judges n mutants of the evidence in all forms of a policy set.
func (e *engines) mutations(t *testing.T, all []*evidence, n int) *census {
	t.Helper()
	c := &census{outcomes: map[string]int{}, changed: map[string]int{}, lacks: map[string]int{}, before: map[string]map[string]string{}}
	for _, v := range all {
		set, err := e.compare(t, v, 0)
		if err != nil {
			t.Fatal(err)
		}
		c.before[v.client] = verdictsOf(set)
	}
	for seed := range n {
		choices := make([]byte, 400)
		rand.New(rand.NewSource(int64(seed))).Read(choices)
		v := mutate(t, all, choices)
		set, err := e.compare(t, v, seed)
		if c.add(v.client, set, err); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	return c
}

// inAllForms loads a policy set with and without projection, and each control
// alone.
func inAllForms(t *testing.T, e *engine.Engine, singles map[string]*engine.Engine) *engines {
	t.Helper()
	return &engines{e, e.Whole(), singles, slices.Sorted(maps.Keys(singles))}
}

// rounds is n, or some of it where time is short.
func rounds(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// TestProjection: whatever a snapshot holds, the built-in controls say the same
// of all of it as of what the plan decodes, together and alone.
func TestProjection(t *testing.T) {
	forms := inAllForms(t, builtin(t), singles(t, policies.FS))
	c := forms.mutations(t, collected(t), rounds(1500))
	t.Logf("%d refused, %v", c.refused, c.outcomes)
	t.Logf("changed %v\nlacks %v", c.changed, c.lacks)
	if testing.Short() {
		return
	}
	for _, outcome := range []string{"satisfied", "not-satisfied", "undetermined", "not-applicable", "lead"} {
		if c.outcomes[outcome] == 0 {
			t.Errorf("no mutant is %s", outcome)
		}
	}
	for _, id := range forms.ids {
		if c.changed[id] == 0 {
			t.Errorf("no mutation changes what %s says", id)
		}
	}
	if len(c.lacks) < 5 || c.refused == 0 {
		t.Errorf("gaps for %d controls only, %d refused", len(c.lacks), c.refused)
	}
}

// FuzzProjection is TestProjection with the fuzzer's choices.
func FuzzProjection(f *testing.F) {
	for seed := range int64(4) {
		choices := make([]byte, 60)
		rand.New(rand.NewSource(-seed)).Read(choices)
		f.Add(choices)
	}
	var once sync.Once
	var forms *engines
	f.Fuzz(func(t *testing.T, choices []byte) {
		once.Do(func() { forms = inAllForms(t, builtin(t), singles(t, policies.FS)) })
		forms.compare(t, mutate(t, collected(t), choices), len(choices))
	})
}
