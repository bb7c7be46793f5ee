package engine

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
)

// shelf holds the datasets of one evaluation: each is read when the first
// control needs it and let go after the last. What a dataset is and how much of
// it was seen is known without reading it.
type shelf struct {
	job    job
	rule   evidenceRule
	intent string // its digest
	shapes map[string]*decode.Shape
	names  []string // of all datasets that some control reads, sorted
	whole  string   // the key of all opinions together, see Memory

	coverage map[string]snapshot.Coverage // as judged, of all datasets: see judgeCoverage
	looked   map[string]bool              // the datasets that were read for it

	keys map[string]string // of the controls' opinions

	mu       sync.Mutex
	datasets map[string]*dataset
	waiting  map[string]int  // how many controls still need a dataset
	sums     map[string]bool // of which datasets documents are remembered one by one
}

// dataset is one dataset of a snapshot, as the gate sees it.
type dataset struct {
	name     string
	schema   *snapshot.Schema
	coverage snapshot.Coverage // as judged
	whole    bool              // complete everywhere
	spec     string            // see Memory; "" where it is not known

	read      sync.Once
	documents *decode.Documents // nil: policies do not see the dataset at all
	err       error
	checked   sync.Once

	sorted   sync.Once
	subjects map[string]int   // subject -> index into the documents
	complete map[string]bool  // by scope
	holes    []snapshot.Scope // what is not complete
	holesOf  map[string]int   // by scope, the first of them

	indexing sync.Mutex
	indexes  map[string]*ast.Term // by index.key
}

// newShelf prepares the datasets of a snapshot for some controls. It reads the
// licences, which the evidence rule needs.
func (e *Engine) newShelf(j job, rule evidenceRule) (*shelf, error) {
	s := &shelf{job: j, rule: rule, intent: snapshot.Digest(j.raw), shapes: e.shapes[j.promise.Kind()], datasets: map[string]*dataset{}, waiting: map[string]int{}, keys: map[string]string{}, sums: map[string]bool{}, looked: map[string]bool{}}
	err := j.Meter.reading("decode", j.snap, func(snap snapshot.Snapshot) (err error) {
		s.rule.plans, err = j.Memory.servicePlans(snap, rule)
		return err
	})
	if err != nil {
		return nil, err
	}

	s.names = slices.Sorted(maps.Keys(s.shapes))
	for _, name := range s.names {
		s.datasets[name] = &dataset{name: name, schema: snapshot.Schemas()[name]}
	}

	if err := s.judgeCoverage(); err != nil {
		return nil, err
	}

	for name, d := range s.datasets {
		d.coverage = s.coverage[name]
		d.whole = d.coverage.CompleteEverywhere()
	}

	return s, nil
}

// need announces the controls that will ask, in the order in which their
// datasets are best read: those of one big dataset one after the other.
func (s *shelf) need(controls []*control) []*control {
	for _, c := range controls {
		for _, name := range c.reads {
			s.waiting[name]++
			s.sums[name] = s.sums[name] || c.plan.PerDocument
		}
	}

	biggest := func(c *control) string {
		return slices.MaxFunc(append([]string{""}, c.reads...), func(a, b string) int {
			return cmp.Compare(s.job.snap.Manifest.Datasets[a].Count, s.job.snap.Manifest.Datasets[b].Count)
		})
	}
	return slices.SortedStableFunc(slices.Values(controls), func(a, b *control) int {
		return strings.Compare(biggest(a), biggest(b))
	})
}

// documents are those of a dataset that others are read by; nil where the snapshot
// has no file of it, or no control asks.
func (s *shelf) documents(name string) (*decode.Documents, error) {
	d := s.datasets[name]
	if d == nil || !s.job.snap.Manifest.Datasets[name].Holds() {
		return nil, nil
	}

	s.looked[name] = true
	d.read.Do(func() { d.documents, d.err = s.load(d) })
	return d.documents, d.err
}

// take returns the datasets of a control, read.
func (s *shelf) take(c *control) (map[string]*dataset, error) {
	taken := map[string]*dataset{}
	for _, name := range c.reads {
		s.mu.Lock()
		d := s.datasets[name]
		s.mu.Unlock()
		d.read.Do(func() { d.documents, d.err = s.load(d) })
		d.checked.Do(func() { d.err = cmp.Or(d.err, s.checkScopes(d)) })

		if d.err != nil {
			return nil, d.err
		}

		taken[name] = d
	}

	return taken, nil
}

func (s *shelf) load(d *dataset) (docs *decode.Documents, err error) {
	manifest := s.job.snap.Manifest.Datasets[d.name]
	if !manifest.Holds() {
		if d.coverage.Status != snapshot.Complete {
			return nil, nil
		}
		return &decode.Documents{Array: ast.NewArray()}, nil // proven empty: no licence
	}

	read := s.shapes[d.name].Read

	if s.job.Memory != nil && s.sums[d.name] && manifest.Count >= minPart {
		read = s.shapes[d.name].ReadWithSums
	}

	err = s.job.Meter.reading("decode", s.job.snap, func(snap snapshot.Snapshot) (err error) {
		docs, err = read(snap)
		return err
	})

	return docs, err
}

// checkScopes holds the documents of a dataset to their scopes, and these to what
// the manifest says of them, unless that contradicts itself: then it proves nothing
// anyway.
func (s *shelf) checkScopes(d *dataset) error {
	if d.documents == nil || d.coverage.Status == snapshot.Failed {
		return nil
	}
	if d.schema == nil || d.schema.Parent == "" {
		return nil
	}

	for i, id := range d.documents.IDs {
		if err := d.schema.CheckPlace(id, d.documents.Scopes[i]); err != nil {
			return &snapshot.DigestError{Dataset: d.name, Problem: "holds what is elsewhere: " + err.Error()}
		}
	}

	return s.job.snap.Manifest.Datasets[d.name].CheckScopes(d.schema, d.documents.Scopes)
}

// release gives back what a control took.
func (s *shelf) release(c *control) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range c.reads {
		if s.waiting[name]--; s.waiting[name] == 0 {
			s.datasets[name] = nil
		}
	}
}

// checkOthers checks the digests of the datasets that nobody read.
func (s *shelf) checkOthers(ctx context.Context, read []*control) error {
	seen := maps.Clone(s.looked)
	for _, c := range read {
		for _, name := range c.reads {
			seen[name] = true
		}
	}
	return s.job.Meter.reading("read", s.job.snap, func(snap snapshot.Snapshot) error {
		for _, name := range slices.Sorted(maps.Keys(snap.Manifest.Datasets)) {
			if seen[name] || ctx.Err() != nil {
				continue
			}
			if err := snap.CheckDigest(name); err != nil {
				return err
			}
		}

		return ctx.Err()
	})
}

// size is how many documents policies see.
func (d *dataset) size() int {
	if d.documents == nil {
		return 0
	}
	return len(d.documents.IDs)
}

// index finds a subject's document.
func (d *dataset) index(subject string) (int, bool) {
	if d.documents == nil {
		return 0, false
	}

	d.sorted.Do(d.sort)
	i, found := d.subjects[subject]
	return i, found
}

// completeIn reports whether a scope was seen as a whole.
func (d *dataset) completeIn(scope string) bool {
	d.sorted.Do(d.sort)
	return d.complete[scope]
}

// sort prepares what the gate looks up, by subject and by scope.
func (d *dataset) sort() {
	d.complete = map[string]bool{}
	for _, scope := range d.coverage.CompleteScopes() {
		d.complete[scope] = true
	}

	d.holes, d.holesOf = d.coverage.Holes(), map[string]int{}
	for i, hole := range d.holes {
		if _, before := d.holesOf[hole.Scope]; !before {
			d.holesOf[hole.Scope] = i
		}
	}

	if d.documents == nil {
		return
	}

	d.subjects = make(map[string]int, len(d.documents.IDs))
	for i := range d.size() {
		d.subjects[d.documents.Subject(i)] = i
	}
}
