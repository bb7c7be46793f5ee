// Package engine judges snapshots: it compiles the policy set once, plans what
// each control reads, and gives every subject of every control a verdict.
//
//	e, err := engine.Load(policies.FS)
//	set, err := e.Evaluate(ctx, snap, promise, asOf)
//
// The road of one control is in this file, top to bottom: load the evidence of its
// plan, ask its policy, gate the answer ([job.judge]). What makes that faster
// changes nothing of what is found:
//
//	remember.go       a wrapper around judging: opinions of earlier runs (engine/memory)
//	parts.go          a wrapper around asking: documents in equal parts, one for each core
//	engine/evaluator  rules compiled to steps, asked in place of OPA's topdown
//	engine/index      look-up tables of documents, in the cache that a query is asked with
//	engine/decode     of each document only what some control reads
//
// Evaluation is pure: no network, clock, randomness or globals. The same
// snapshot, intent, policies, engine version and as-of give the same findings.
// Missing evidence is never a pass: see package gate.
package engine

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/evaluator"
	"ringfence/engine/evidence"
	"ringfence/engine/finding"
	"ringfence/engine/foreign"
	"ringfence/engine/gate"
	"ringfence/engine/intent"
	"ringfence/engine/memory"
	"ringfence/engine/meter"
	"ringfence/engine/policyset"
)

// Version is the engine's version. It is part of every run id and changes only
// when the same inputs may give other output.
const Version = "10"

// Engine is a compiled policy set. It is safe for concurrent use.
type Engine struct {
	digest   string                 // of the policy files
	bundle   func() ([]byte, error) // of the same
	controls []*control             // by id
	families []finding.Family
	views    map[string]*view // by name
	facts    factKinds
	shapes   shapes
	restsOn  map[intent.Kind][]string // see Accounts
	options  Options
	records  []byte        // see Knowing
	heard    []byte        // see Hearing
	surveyed *Surveyed     // see Surveying
	pack     *foreign.Pack // whose controls they are, instead of ours; nil
}

// shapes is what to decode of each dataset, for the controls of each kind of promise.
type shapes map[intent.Kind]map[string]*decode.Shape

// Options are how an evaluation is made; nothing in them changes what it finds.
type Options struct {
	// Meter, if set, learns where the time goes.
	Meter *meter.Meter
	// Memory, if set, gives what earlier evaluations of the same client found, and
	// is told what this one finds.
	Memory *memory.Memory
	// Parallel is how many controls are evaluated side by side; 0: as many as there
	// are cores.
	Parallel int
	// Budget bounds, in bytes, what the documents of controls that are evaluated
	// side by side may take by estimate; one control may take all of it. 0: no bound.
	Budget int64
}

// Load compiles the policy files (*.rego, tests left out) of a file system and
// plans every control in it: the packages whose METADATA has a custom.id. A
// policy set that does not compile, breaks the control contract or holds no
// control is an error that names file and line.
func Load(fsys fs.FS) (*Engine, error) {
	files, err := policyset.Read(fsys)
	if err != nil {
		return nil, err
	}
	return LoadFiles(files)
}

// LoadFiles is Load for files that were read already: a policy set of ours, or the
// bundle of a foreign pack ([foreign.Bundle]).
func LoadFiles(files policyset.Files) (*Engine, error) {
	if foreign.Is(files) {
		return loadPack(files)
	}

	compiler, err := files.Compile()
	if err != nil {
		return nil, err
	}

	e := &Engine{digest: files.Digest(), bundle: sync.OnceValues(files.Bundle)}
	direct := evaluator.New(compiler)
	if e.controls, err = loadControls(compiler, direct, files); err != nil {
		return nil, err
	}

	if e.families, err = policyset.Families(compiler); err != nil {
		return nil, err
	}

	if e.views, err = loadViews(compiler); err != nil {
		return nil, err
	}

	if e.facts, err = loadFacts(compiler, direct); err != nil {
		return nil, err
	}

	e.shapes, e.restsOn = project(e.controls, nil), restingOn(e.controls)
	return e, nil
}

// Evaluate judges one snapshot against a promise as of a time, with every
// control whose scope is the promise's: a client's snapshot against its intent, or
// the MSP's own against the fleet's, whose controls see all clients as input.fleet.
// A broken control is undetermined and named in Set.Errors; an error is returned
// only where nothing can be judged: a snapshot of another tenant or from after
// as-of (*[InputError]), or one that is not what its manifest says
// (*[snapshot.DigestError]).
func (e *Engine) Evaluate(
	ctx context.Context, snap snapshot.Snapshot, promise intent.Promise, asOf time.Time,
) (finding.Set, error) {
	j, err := e.newJob(snap, promise, asOf)
	if err != nil {
		return finding.Set{}, err
	}

	set, err := j.emptySet()
	if err != nil {
		return finding.Set{}, err
	}

	if j.evidence, err = j.openEvidence(); err != nil {
		return set, err
	}

	if err := j.prepareInput(); err != nil {
		return set, err
	}

	judgeControls := j.remembered(j.judgeAll)
	if j.pack != nil {
		judgeControls = j.judgePack
	}

	opinions, err := judgeControls(ctx, j.comparing())
	if err != nil {
		return set, err
	}

	set.Coverage = evidence.ForFindings(j.evidence.Coverage())
	for _, c := range j.controls {
		j.add(&set, c, j.opinionOf(c, opinions))
	}

	return set, nil
}

// judgeAll judges controls side by side and says what each finds, by id.
func (j *job) judgeAll(ctx context.Context, controls []*control) (map[string]*finding.Opinion, error) {
	read := map[string]bool{}
	for _, c := range controls {
		j.evidence.Announce(c.Reads)
		for _, name := range c.Reads {
			read[name] = true
		}
	}

	order := j.biggestTogether(controls)
	opinions := make([]*finding.Opinion, len(order)) // each element is written by one goroutine
	tasks := []func(context.Context) error{
		func(ctx context.Context) error { return j.evidence.CheckOthers(ctx, read) },
	}

	limit := cmp.Or(j.Budget, math.MaxInt64)
	budget := semaphore.NewWeighted(limit)
	for i, c := range order {
		tasks = append(tasks, func(ctx context.Context) (err error) {
			need := min(estimate(j.snap.Manifest, c.Reads), limit)
			if err := budget.Acquire(ctx, need); err != nil {
				return err
			}
			defer budget.Release(need)

			opinions[i], err = j.judge(ctx, c)
			return err
		})
	}

	if err := sideBySide(ctx, cmp.Or(j.Parallel, runtime.GOMAXPROCS(0)), tasks); err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}

	byID := map[string]*finding.Opinion{}
	for i, c := range order {
		byID[c.ID] = opinions[i]
	}

	return byID, nil
}

// judge is the road of one control.
func (j *job) judge(ctx context.Context, c *control) (*finding.Opinion, error) {
	taken, err := j.evidence.Take(c.Reads)
	if err != nil {
		return nil, err
	}
	defer j.evidence.Release(c.Reads)
	defer j.Meter.Start("evaluate")()

	asking, err := j.newAsking(c, taken)
	if err != nil {
		return nil, err
	}

	answer, failure := asking.inParts(asking.ask)(ctx, asking.all)
	if failure != nil && ctx.Err() == nil {
		answer = asking.askSubjects(ctx)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}

	return c.Judge(ctx, gate.Case{
		Client: j.tenant.Client, Null: j.notPromisedByMSP(),
		Taken: taken, Input: asking.input(asking.all), Answer: answer, Failure: failure,
		Unseen: j.unseen(c), Unjoined: j.unjoined(c),
	})
}

// Estimate is what evaluating a snapshot at once may take, in bytes: that of
// the documents which some control reads.
func (e *Engine) Estimate(m snapshot.Manifest) int64 {
	var names []string
	for name := range e.shapes[kindOf(m)] {
		names = append(names, name)
	}
	return estimate(m, names)
}

// perDocument is about what the built-in controls keep of a user while they
// are judged, in bytes.
const perDocument = 1000

func estimate(m snapshot.Manifest, datasets []string) (bytes int64) {
	for _, name := range datasets {
		bytes += int64(m.Datasets[name].Count) * perDocument
	}
	return bytes
}

// With is the same engine, evaluating with other options.
func (e *Engine) With(o Options) *Engine {
	w := *e
	w.options = o
	return &w
}

// Knowing is the same engine, whose policies see what the store knows of earlier runs of the
// client that is judged: input.records, JSON that names its client. Without it, or with nil,
// that is null: nobody knows.
func (e *Engine) Knowing(records []byte) *Engine {
	w := *e
	w.records = records
	return &w
}

// Hearing is the same engine, whose controls of scope fleet judge what the client hears of
// others: fleet-facts.json ([fact.Heard]), of the snapshot that is judged. Without it, or with
// nil, nobody knows what others have in common with the client.
func (e *Engine) Hearing(heard []byte) *Engine {
	w := *e
	w.heard = heard
	return &w
}

// PolicyDigest is the digest of the policy files: see [policyset.Files.Digest].
func (e *Engine) PolicyDigest() string { return e.digest }

// Bundle is policies.tar.gz: see [policyset.Files.Bundle]. The bytes are the
// engine's own: not to be changed.
func (e *Engine) Bundle() ([]byte, error) { return e.bundle() }

// InputError says that snapshot, intent and as-of do not belong together.
type InputError struct{ Problem string }

func (e *InputError) Error() string { return e.Problem }

// openEvidence judges how complete the snapshot's datasets are.
func (j *job) openEvidence() (*evidence.Evidence, error) {
	source := evidence.Source{
		Snapshot: j.snap, Client: j.tenant.Client, Rule: j.rule, Shapes: j.shapes, Meter: j.Meter,
	}
	if j.Memory != nil {
		source.Facts = j.Memory.Facts
	}

	opened, err := evidence.Open(source)
	if promise := (*snapshot.PromiseError)(nil); errors.As(err, &promise) {
		err = &InputError{err.Error()}
	}

	return opened, err
}

// biggestTogether are controls in the order in which their datasets are best read:
// those of one big dataset one after the other, so that it is let go early.
func (j *job) biggestTogether(controls []*control) []*control {
	count := func(name string) int { return j.snap.Manifest.Datasets[name].Count }
	biggest := func(c *control) string {
		return slices.MaxFunc(append([]string{""}, c.Reads...), func(a, b string) int {
			return cmp.Compare(count(a), count(b))
		})
	}

	return slices.SortedStableFunc(slices.Values(controls), func(a, b *control) int {
		return cmp.Compare(biggest(a), biggest(b))
	})
}
