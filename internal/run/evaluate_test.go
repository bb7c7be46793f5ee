package run

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal"
)

// TestEvaluateIsPure: the same inputs give the same bytes, in any time zone and
// whether signed or not, but for run.json's wall clock.
func TestEvaluateIsPure(t *testing.T) {
	in := fabrikam(t)
	first := read(t, folder(t, in, options(nil)))
	in.AsOf = in.AsOf.In(time.FixedZone("+0545", 5*3600+45*60))
	again := read(t, folder(t, in, options(machine())))

	for _, name := range []string{layout.Run, layout.Bundle, layout.Key} {
		delete(first, name)
		delete(again, name)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}

	want := []string{
		layout.Plan, layout.Results, layout.Catalog, layout.Findings, layout.Intent, layout.Policies, layout.Report,
		"snapshot/entra.users.ndjson", layout.Manifest, layout.Verdicts,
	}
	if got := slices.Sorted(maps.Keys(first)); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestRender: the id is known before, and the documents fit each other.
func TestRender(t *testing.T) {
	in := fabrikam(t)
	r, err := Render(t.Context(), in, false)
	if err != nil {
		t.Fatal(err)
	}

	id, err := in.RunID()
	if err != nil || id != r.ID {
		t.Errorf("%s, was to be %s, %v", r.ID, id, err)
	}

	if problems := oscal.ValidateFolder(r.Files); len(problems) > 0 {
		t.Error(problems)
	}

	in.AsOf = in.AsOf.Add(time.Second)
	if later, err := in.RunID(); err != nil || later == id {
		t.Error("another as-of is another run")
	}

	findings, err := Render(t.Context(), in, true)
	if err != nil || len(findings.Files) != 2 {
		t.Errorf("%d files, %v", len(findings.Files), err)
	}
}

// TestEvaluateOut: findings alone and run folders do not replace each other, and
// nothing replaces what is no result.
func TestEvaluateOut(t *testing.T) {
	out := t.TempDir()
	evaluate := func(onlyFindings bool) error {
		o := options(nil)
		o.Out, o.OnlyFindings = out, onlyFindings
		_, err := Evaluate(t.Context(), fabrikam(t), o)

		return err
	}
	refused := func(err error, want string) {
		t.Helper()
		if other := (*OutError)(nil); !errors.As(err, &other) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}

	if err := errors.Join(evaluate(true), evaluate(true)); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(read(t, out))); !slices.Equal(got, []string{"fabrikam/findings.json",
		"fabrikam/verdicts.ndjson"}) {
		t.Error(got)
	}

	refused(evaluate(false), "is no run folder: not replaced")
	remove(t, out, "fabrikam/findings.json")
	remove(t, out, "fabrikam/verdicts.ndjson")

	if err := errors.Join(evaluate(false), evaluate(false)); err != nil {
		t.Fatal(err)
	}

	refused(evaluate(true), "is a run folder: findings alone go elsewhere")
	put(t, out, "fabrikam/review/lead.pub", "x")
	refused(evaluate(false), "holds reviews: move it away first")
}

// TestEvaluateAll: outcomes come in order; one snapshot's failure ends no other's
// run, and says whose it is where that is known.
func TestEvaluateAll(t *testing.T) {
	foreign := fabrikam(t)
	foreign.Snapshot = snap(t, "fabrikam", contosoTenant)
	unreadable := errors.New("cannot be read")
	all := []func() (Inputs, error){
		func() (Inputs, error) { return fabrikam(t), nil },
		func() (Inputs, error) { return foreign, nil },
		func() (Inputs, error) { return Inputs{}, unreadable },
		func() (Inputs, error) { return fabrikam(t), nil },
	}

	var got []Outcome
	inputs := func(i int) (Inputs, error) { return all[i]() }
	if err := EvaluateAll(t.Context(), len(all), inputs, options(nil),
		func(o Outcome) { got = append(got, o) }); err != nil {
		t.Fatal(err)
	}

	if len(got) != 4 || got[0].Err != nil || got[1].Err == nil || got[2].Err != unreadable || got[3].Err != nil {
		t.Fatalf("%+v", got)
	}
	if got[1].Client != "fabrikam" || got[2].Client != "" || got[0].Run != got[3].Run ||
		got[0].Timings["emit"] == 0 && got[0].Timings == nil {
		t.Errorf("%+v", got)
	}
	if len(got[0].Set.Findings) != 2 || !slices.Equal(got[0].Conditions, []int{ExitNotSatisfied}) {
		t.Errorf("%+v", got[0])
	}
}

// TestCache: what an earlier run found is kept, and where it cannot be, that is
// said and no error.
func TestCache(t *testing.T) {
	store := newMemory()
	in := fabrikam(t)
	in.Cache = store
	first, err := Render(t.Context(), in, false)
	if err != nil || len(store.cache["outcomes"]) == 0 {
		t.Fatal(err)
	}

	again, err := Render(t.Context(), in, false)
	if diff := cmp.Diff(first.Files, again.Files); err != nil || diff != "" {
		t.Error(err, diff)
	}

	store.cache["outcomes"] = []byte("damaged")
	if again, err = Render(t.Context(), in, false); err != nil || !cmp.Equal(first.Files, again.Files) {
		t.Error("a damaged cache is believed", err)
	}

	var told error
	in.Cache, in.Uncached = full{newMemory()}, func(err error) { told = err }
	if _, err := Render(t.Context(), in, false); err != nil || told == nil {
		t.Error(err, told)
	}
}

// full is a cache on a full disk.
type full struct{ *inMemory }

func (full) WriteCache(string, []byte) error { return errors.New("no space left on device") }

// TestDefaultAsOf: never before the snapshot was collected.
func TestDefaultAsOf(t *testing.T) {
	m := snapshot.Manifest{CollectedAt: "2026-11-23T12:00:01Z"}
	for at, want := range map[time.Time]time.Time{
		asOf.Add(-time.Hour):       asOf.Add(time.Second),
		asOf.Add(time.Second / 2):  asOf.Add(time.Second),
		asOf.Add(time.Minute + 42): asOf.Add(time.Minute),
	} {
		if got := DefaultAsOf(m, at); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}
