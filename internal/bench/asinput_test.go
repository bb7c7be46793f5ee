package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/rego"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/policies"
)

// small is the default fleet with few users and resources: all that its stories
// plant is there, denied and missing datasets too.
func small(t testing.TB, labels ...string) *world {
	t.Helper()
	w := emulator.GenerateClients(1, nil)
	for _, label := range labels {
		w.Add(label, emulator.Size{Users: 4, Resources: 6})
	}

	served, err := serve(t.Context(), w, t.TempDir())
	if served != nil {
		t.Cleanup(served.Close)
	}

	if err != nil {
		t.Fatal(err)
	}

	return served
}

// loadBuiltin compiles the built-in controls, once for all tests.
var loadBuiltin = sync.OnceValues(func() (*engine.Engine, error) { return engine.Load(policies.FS) })

func builtin(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := loadBuiltin()
	if err != nil {
		t.Fatal(err)
	}

	return e
}

func judgedAt(t testing.TB) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, asOf)
	if err != nil {
		t.Fatal(err)
	}

	return at
}

// stock compiles the policies with plain OPA, which knows nothing of ringfence but these. The
// function that it returns asks for the decision about an input.
func stock(t *testing.T, e *engine.Engine, decision string) func(input []byte) map[string]sets {
	t.Helper()
	dir := t.TempDir()
	if err := writePolicies(dir, e); err != nil {
		t.Fatal(err)
	}

	query, err := rego.New(
		rego.Query("x := data."+strings.ReplaceAll(decision, "/", ".")),
		rego.Load([]string{dir}, nil),
		rego.StrictBuiltinErrors(true),
	).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	return func(input []byte) (answer map[string]sets) {
		var v any
		d := json.NewDecoder(bytes.NewReader(input))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}

		results, err := query.Eval(t.Context(), rego.EvalInput(v))
		if err != nil || len(results) != 1 {
			t.Fatalf("%d results: %v", len(results), err)
		}

		b, err := json.Marshal(results[0].Bindings["x"])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// TestAsInput: stock OPA, given the exported document, says of every control
// what ringfence says.
func TestAsInput(t *testing.T) {
	effort.WithoutRace(t)
	labels := emulator.Labels(12)
	w, e, at := small(t, labels...), builtin(t), judgedAt(t)
	ask := stock(t, e, decisionOfClient)
	entries := 0
	for _, label := range labels {
		collected, err := w.collector.Collect(t.Context(), label, w.shares)
		if err != nil {
			t.Fatal(err)
		}
		snap := collected.Snapshot

		in, err := w.collector.Fleet.Intent(label)
		if err != nil {
			t.Fatal(err)
		}

		var doc bytes.Buffer
		if err := e.AsInput(&doc, snap, in, at, ""); err != nil {
			t.Fatal(err)
		}

		set, err := e.Evaluate(t.Context(), snap, in, at)
		if err != nil {
			t.Fatal(err)
		}

		entries += same(t, label, ask(doc.Bytes()), set, doc.Bytes())
	}

	if entries < 500 {
		t.Errorf("only %d entries of sets were compared", entries)
	}
}

func TestFleetAsInput(t *testing.T) {
	effort.WithoutRace(t)
	w, e, at := small(t, emulator.Labels(4)...), builtin(t), judgedAt(t)
	fleet := w.collector.Fleet.FleetIntent()
	var doc bytes.Buffer
	if err := e.AsInput(&doc, w.msp.Snapshot, fleet, at, ""); err != nil {
		t.Fatal(err)
	}

	set, err := e.Evaluate(t.Context(), w.msp.Snapshot, fleet, at)
	if err != nil {
		t.Fatal(err)
	}

	ask := stock(t, e, decisionOfFleet)
	if n := same(t, "fleet", ask(doc.Bytes()), set, doc.Bytes()); n < 8 {
		t.Errorf("only %d entries of sets were compared", n)
	}
}

// same compares, and checks that the document is canonical JSON and one line.
func same(t *testing.T, label string, said map[string]sets, set finding.Set, doc []byte) int {
	t.Helper()
	n, diffs := differences(said, set)
	for _, d := range diffs {
		t.Errorf("%s: %s", label, d)
	}

	v, err := snapshot.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}

	if again, err := snapshot.CanonicalFile(v); err != nil || !bytes.Equal(again, doc) {
		t.Errorf("%s: not canonical: %v", label, err)
	}

	return n
}

// TestDifferences: the comparison sees each way to differ.
func TestDifferences(t *testing.T) {
	set := finding.Set{
		Controls: []finding.Summary{{ID: "C"}},
		Verdicts: []finding.Verdict{
			{Control: "C", Subject: "good", Outcome: finding.Satisfied},
			{Control: "C", Subject: "bad", Outcome: finding.NotSatisfied},
			{Control: "C", Subject: "seen/*", Outcome: finding.Undetermined},
		},
		Findings: []finding.Finding{
			{Control: "C", Subject: "bad", Outcome: finding.NotSatisfied, Message: "is bad; is worse"},
			{Control: "C", Subject: "seen/*", Outcome: finding.Undetermined},
		},
	}

	right := sets{
		Subjects: []string{"good", "bad"},
		Pass:     []string{"good"},
		Fail:     []failure{{"bad", "is bad"}, {"bad", "is worse"}},
	}
	oneMore := append(slices.Clone(right.Fail), failure{"good", "is bad"})
	if n, diffs := differences(map[string]sets{"C": right}, set); n != 5 || len(diffs) > 0 {
		t.Fatalf("%d entries, %v", n, diffs)
	}

	for name, said := range map[string]sets{
		"a subject is missing": {Subjects: []string{"good"}, Pass: right.Pass, Fail: right.Fail},
		"a subject more":       {Subjects: []string{"good", "bad", "new"}, Pass: right.Pass, Fail: right.Fail},
		"a pass is missing":    {Subjects: right.Subjects, Fail: right.Fail},
		"a pass more":          {Subjects: right.Subjects, Pass: []string{"good", "bad"}, Fail: right.Fail},
		"a fail is missing":    {Subjects: right.Subjects, Pass: right.Pass},
		"a fail more":          {Subjects: right.Subjects, Pass: right.Pass, Fail: oneMore},
		"another message":      {Subjects: right.Subjects, Pass: right.Pass, Fail: []failure{{"bad", "is good"}}},
	} {
		if _, diffs := differences(map[string]sets{"C": said}, set); len(diffs) == 0 {
			t.Errorf("%s: not seen", name)
		}
	}

	if _, diffs := differences(map[string]sets{}, set); len(diffs) == 0 {
		t.Error("a missing control: not seen")
	}
}

// TestAsInputRefuses: a snapshot that was changed, or is judged for a time
// before it was taken.
func TestAsInputRefuses(t *testing.T) {
	effort.WithoutRace(t)
	w, e := small(t, "tailspin"), builtin(t)
	taken, err := w.collector.Collect(t.Context(), "tailspin", w.shares)
	if err != nil {
		t.Fatal(err)
	}
	snap := taken.Snapshot

	in, err := w.collector.Fleet.Intent("tailspin")
	if err != nil {
		t.Fatal(err)
	}

	var input *engine.InputError
	if err := e.AsInput(&bytes.Buffer{}, snap, in, collectedAt.Add(-time.Hour), ""); !errors.As(err, &input) {
		t.Errorf("before it was collected: %v", err)
	}

	c := snap.Manifest.Datasets["entra.users"]
	c.Digest = strings.Repeat("0", 64)
	snap.Manifest.Datasets["entra.users"] = c
	var digest *snapshot.DigestError
	err = e.AsInput(&bytes.Buffer{}, snap, in, judgedAt(t), "")
	if !errors.As(err, &digest) || digest.Dataset != "entra.users" {
		t.Errorf("changed users: %v", err)
	}
}
