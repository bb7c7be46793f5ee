// Package evidence is what one snapshot shows: how complete each dataset is, and
// its documents, read when somebody first asks for them.
//
// How complete a dataset is has one answer, made here and repeated by the gate,
// the documents and the report. It starts with the manifest's word and only ever
// gets lower (facts.go, rule.go):
//
//	the manifest says        complete, 120 documents
//	older than max_age       stale
//	contradicts itself       error (a parent without a scope, a count that is not the sum)
//	against what it lists    partial (a scope with documents, and no parent in the list)
//	against the promise      partial (a declared subscription that the list lacks)
//
// The one exception is a proven lack of a licence, which means that nothing of the
// kind can exist.
package evidence

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/intent"
	"ringfence/engine/meter"
)

// Source is what evidence is made of.
type Source struct {
	Snapshot snapshot.Snapshot
	Client   intent.Client // what must be visible is part of the promise
	Rule     Rule
	Shapes   map[string]*decode.Shape // what to decode, of the datasets that controls read
	Meter    *meter.Meter             // may be nil
	// Facts gives the facts that were learned before under the same key, or has them
	// learned; nil: they are always learned.
	Facts func(key string, learn func() (Facts, error)) (Facts, error)
}

// Evidence is what one snapshot shows. It is safe for concurrent use.
type Evidence struct {
	Source
	coverage map[string]snapshot.Coverage // as judged, of all datasets

	mu       sync.Mutex
	datasets map[string]*Dataset // those that controls read; nil once all have done so
	waiting  map[string]int      // how many controls still need a dataset
	checked  map[string]bool     // whose digest was checked, since they were read
}

// Dataset is one dataset of a snapshot.
type Dataset struct {
	Name     string
	Schema   *snapshot.Schema
	Coverage snapshot.Coverage // as judged
	Complete bool              // everywhere
	// Documents are there after [Evidence.Take]; nil: policies do not see the dataset
	// at all.
	Documents *decode.Documents

	read       sync.Once
	err        error
	checkPlace sync.Once
	lookups    sync.Once
	lookup     lookup
}

// Open judges how complete the datasets of a snapshot are. What it reads for that
// is kept for the controls. An error is a *[snapshot.DigestError], or a
// *[snapshot.PromiseError] where the promise cannot be held against the snapshot.
func Open(s Source) (*Evidence, error) {
	e := &Evidence{
		Source:   s,
		datasets: map[string]*Dataset{},
		waiting:  map[string]int{},
		checked:  map[string]bool{},
	}
	for name := range s.Shapes {
		e.datasets[name] = &Dataset{Name: name, Schema: snapshot.Schemas()[name]}
	}

	if err := e.judgeCoverage(); err != nil {
		return nil, err
	}

	for name, d := range e.datasets {
		d.Coverage = e.coverage[name]
		d.Complete = d.Coverage.CompleteEverywhere()
	}

	return e, nil
}

// AtItsWord is Open without judging: each dataset is as complete as the manifest says,
// and its documents are where they say. It is for a document that a person wrote, and
// proves nothing.
func AtItsWord(s Source) *Evidence {
	e := &Evidence{
		Source: s, coverage: map[string]snapshot.Coverage{},
		datasets: map[string]*Dataset{}, waiting: map[string]int{}, checked: map[string]bool{},
	}
	for name := range s.Shapes {
		c, there := s.Snapshot.Manifest.Datasets[name]
		if !there {
			c.Status, c.Evidence = snapshot.Skipped, &snapshot.Evidence{Message: "not in the input"}
		}

		d := &Dataset{Name: name, Schema: snapshot.Schemas()[name], Coverage: c, Complete: c.CompleteEverywhere()}
		d.checkPlace.Do(func() {}) // nobody says where it has to be
		e.coverage[name], e.datasets[name] = c, d
	}
	return e
}

// Coverage is how complete each dataset is, as judged.
func (e *Evidence) Coverage() map[string]snapshot.Coverage { return e.coverage }

// Licence says whether the tenant has a licence that a dataset needs: true, false, or nil
// where its list of SKUs is not complete, or nothing in the snapshot asks for it.
func (e *Evidence) Licence(w *snapshot.WithoutLicence) any { return e.Rule.licence(w) }

// Visible reports whether policies see a dataset: the snapshot holds documents of
// it, or proves that there are none.
func (e *Evidence) Visible(name string) bool {
	return e.Snapshot.Manifest.Datasets[name].Holds() || e.coverage[name].Status == snapshot.Complete
}

// Announce says which datasets somebody will take, once.
func (e *Evidence) Announce(names []string) {
	for _, name := range names {
		e.waiting[name]++
	}
}

// Take returns some datasets, read, with their documents in the scopes where they
// belong. Who has announced them gives them back with [Evidence.Release].
func (e *Evidence) Take(names []string) (map[string]*Dataset, error) {
	taken := map[string]*Dataset{}
	for _, name := range names {
		e.mu.Lock()
		d := e.datasets[name]
		e.mu.Unlock()

		e.read(d)
		d.checkPlace.Do(func() { d.err = cmp.Or(d.err, e.checkPlaces(d)) })
		if d.err != nil {
			return nil, d.err
		}

		taken[name] = d
	}

	return taken, nil
}

// Release gives back what was taken. Documents that nobody waits for are let go.
func (e *Evidence) Release(names []string) {
	e.mu.Lock()
	defer e.mu.Unlock()

	for _, name := range names {
		if e.waiting[name]--; e.waiting[name] == 0 {
			e.datasets[name] = nil
		}
	}
}

func (e *Evidence) read(d *Dataset) { d.read.Do(func() { d.Documents, d.err = e.load(d) }) }

func (e *Evidence) load(d *Dataset) (docs *decode.Documents, err error) {
	if !e.Snapshot.Manifest.Datasets[d.Name].Holds() {
		if d.Coverage.Status != snapshot.Complete {
			return nil, nil
		}
		return &decode.Documents{Array: ast.NewArray()}, nil // proven empty: no licence
	}

	err = e.Meter.Reading("decode", e.Snapshot, func(snap snapshot.Snapshot) (err error) {
		docs, err = e.Shapes[d.Name].Read(snap)
		return err
	})

	return docs, err
}

// checkPlaces holds the documents of a dataset to their scopes, and these to what
// the manifest says of them, unless that contradicts itself: then it proves nothing
// anyway.
func (e *Evidence) checkPlaces(d *Dataset) error {
	if d.Documents == nil || d.Coverage.Status == snapshot.Failed || d.Schema == nil || d.Schema.Parent == "" {
		return nil
	}

	for i, id := range d.Documents.IDs {
		if err := d.Schema.CheckPlace(id, d.Documents.Scopes[i]); err != nil {
			return &snapshot.DigestError{Dataset: d.Name, Problem: "holds what is elsewhere: " + err.Error()}
		}
	}

	return e.Snapshot.Manifest.Datasets[d.Name].CheckScopes(d.Schema, d.Documents.Scopes)
}

// CheckOthers checks the digests of the datasets that are neither among read nor
// were read to judge the coverage.
func (e *Evidence) CheckOthers(ctx context.Context, read map[string]bool) error {
	return e.Meter.Reading("read", e.Snapshot, func(snap snapshot.Snapshot) error {
		for _, name := range slices.Sorted(maps.Keys(snap.Manifest.Datasets)) {
			if read[name] || e.checked[name] || ctx.Err() != nil {
				continue
			}
			if err := snap.CheckDigest(name); err != nil {
				return err
			}
		}

		return ctx.Err()
	})
}
