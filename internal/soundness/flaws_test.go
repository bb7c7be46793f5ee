package soundness

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/internal/run"
)

// truth is what was planted at clients, and what the engine found there.
type truth struct {
	planted, found map[emulator.Planted]bool
	judged         map[string]int // control -> subjects
	controls       []string

	// open are the controls that are not satisfied or undetermined, by client.
	open map[string][]string

	fleet   *fleet // with the snapshots of all of them in memory
	between *fleet // of clients with something between them
}

// flawed is the evidence of clients at which something was planted for a control, at most so
// many of them, with all their documents.
func (tr truth) flawed(t *testing.T, control string, most int) (all []*evidence) {
	t.Helper()
	clients := map[string]bool{}
	for p := range tr.planted {
		if p.Control == control {
			clients[p.Client] = true
		}
	}

	for _, label := range pickFrom(slices.Sorted(maps.Keys(clients)), most, control) {
		f := tr.fleet
		if _, has := tr.between.taken[label]; has {
			f = tr.between
		}
		v := wholeEvidence(t, f, label)
		v.seal(t)
		all = append(all, v)
	}

	return all
}

// plantedTruth is found out once for all tests: of clients with one flaw each, of one
// without any, and of twelve that have drawn their flaws, several at a time.
var plantedTruth struct {
	sync.Once
	truth
}

func truthOf(t *testing.T) truth {
	t.Helper()
	plantedTruth.Do(func() { plantedTruth.truth = findOut(t) })
	if plantedTruth.found == nil {
		t.Fatal("another test could not find out")
	}
	return plantedTruth.truth
}

func findOut(t *testing.T) truth {
	t.Helper()
	labels := emulator.FlawLabels()
	w := emulator.GenerateClients(1, labels)
	for _, label := range emulator.Labels(24)[12:] {
		w.Add(label, emulator.Size{Users: 4, Resources: 6})
		labels = append(labels, label)
	}

	tr := truth{
		planted: map[emulator.Planted]bool{}, found: map[emulator.Planted]bool{}, judged: map[string]int{},
		open: map[string][]string{}, fleet: serve(t, w), between: serve(t, between(t)),
	}
	for _, c := range builtin(t).Controls() {
		tr.controls = append(tr.controls, c.ID)
	}

	tr.judge(t, tr.fleet, false, append(labels, snapshot.FleetClient)...)
	tr.judge(t, tr.between, true, append(slices.Clone(crossed), snapshot.FleetClient)...)
	return tr
}

// between is a world of three clients, with everything that can be wrong between two of them and
// that is planted whole.
func between(t *testing.T) *emulator.World {
	t.Helper()
	w := emulator.GenerateClients(1, crossed)
	if err := w.CrossBetween(crossed[0], crossed[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Cross(emulator.ByMSP, crossed[0], crossed[1]); err != nil {
		t.Fatal(err)
	}
	return w
}

// judge judges clients of a fleet, compared with each other or each for itself.
func (tr *truth) judge(t *testing.T, f *fleet, compared bool, labels ...string) {
	t.Helper()
	for _, label := range labels {
		f.taken[label] = inMemory(t, f.collect(t, label))
	}

	heard, surveyed := map[string][]byte{}, map[string]*engine.Surveyed{}
	if compared {
		heard = f.hears(t)
		surveyed[snapshot.FleetClient] = f.surveyed(t)
	}
	for _, p := range f.world.Planted() {
		tr.planted[p] = tr.planted[p] || slices.Contains(labels, p.Client)
	}
	maps.DeleteFunc(tr.planted, func(_ emulator.Planted, of bool) bool { return !of })

	sets := make([]finding.Set, len(labels)) // each element is written by one goroutine
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, label := range labels {
		group.Go(func() (err error) {
			sets[i], err = f.judged(label, heard[label], surveyed[label])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}

	for i, label := range labels {
		tr.note(label, sets[i])
	}
}

// judged is what the built-in controls say of a client that was collected.
func (f *fleet) judged(label string, heard []byte, surveyed *engine.Surveyed) (finding.Set, error) {
	e, err := loadBuiltin()
	if err != nil {
		return finding.Set{}, err
	}
	promise, err := f.file.Promise(label)
	if err != nil {
		return finding.Set{}, err
	}
	records, err := run.Recorded(noRuns{}, f.file, label, now) // no store has an attested run of anybody
	if err != nil {
		return finding.Set{}, err
	}

	e = e.Knowing(records).Hearing(heard).Surveying(surveyed)
	set, err := e.Evaluate(context.Background(), f.taken[label], promise, now)
	if err == nil && len(set.Errors) > 0 {
		err = fmt.Errorf("%v", set.Errors)
	}
	if err != nil {
		return finding.Set{}, fmt.Errorf("%s: %w", label, err)
	}
	return set, nil
}

// note notes what was found at a client.
func (tr *truth) note(label string, set finding.Set) {
	for _, c := range set.Controls {
		if c.Outcome == finding.NotSatisfied || c.Outcome == finding.Undetermined {
			tr.open[label] = append(tr.open[label], c.ID)
		}
	}
	for _, x := range set.Verdicts {
		tr.judged[x.Control]++
		if x.Outcome == finding.NotSatisfied {
			tr.found[emulator.Planted{Client: label, Control: x.Control, Subject: x.Subject}] = true
		}
	}
}

// noRuns is a store in which nobody has run anything.
type noRuns struct{ run.Store }

func (noRuns) Runs() ([]string, error) { return nil, nil }

// TestFlaws: of clients with one flaw each, the engine finds what that flaw
// plants and nothing else, and nothing at a client without a flaw. Every
// control is broken by some flaw. So it is with twelve clients that have drawn
// their flaws, several at a time.
func TestFlaws(t *testing.T) {
	effort.WithoutRace(t)
	found := truthOf(t)
	broken := map[string]bool{}
	for p := range found.planted {
		broken[p.Control] = true
		if p.Client == emulator.CleanLabel {
			t.Errorf("planted at the client without a flaw: %v", p)
		}
	}

	if diff := cmp.Diff(lines(found.planted), lines(found.found)); diff != "" {
		t.Errorf("what was planted, and what was found (-planted +found):\n%s", diff)
	}

	for _, id := range found.controls {
		if !broken[id] {
			t.Errorf("no flaw of the emulator breaks %s", id)
		}
	}
}

// lines are deviations as text, sorted.
func lines(of map[emulator.Planted]bool) (all []string) {
	for p := range of {
		all = append(all, strings.Join([]string{p.Client, p.Control, p.Subject}, " "))
	}
	slices.Sort(all)
	return all
}

// TestCleanClient: at the client without a flaw, whose tenant answers all, nothing is
// undetermined either. A control that could never say "satisfied" of a real client would be
// found here.
func TestCleanClient(t *testing.T) {
	effort.WithoutRace(t)
	if open := truthOf(t).open[emulator.CleanLabel]; len(open) > 0 {
		t.Errorf("open at the client without a flaw: %v", open)
	}
}
