package simulate

import (
	"fmt"
	"maps"
	"slices"

	"ringfence/collectors/snapshot"
	"ringfence/internal/fleetfile"
)

// notDescribed is the evidence of a place that a change adds, and of which it does not say
// what is there.
var notDescribed = &snapshot.Evidence{
	Code:    "not_described",
	Message: "the change adds the place and does not describe what is there",
}

// settle makes coverage agree with the changed documents: places that are gone take with
// them what was read there, and new ones are unknown unless they are described. What is
// taken along may be a place itself, so it is done until nothing changes any more.
func (w *work) settle() error {
	for again := true; again; {
		again = false
		for _, name := range slices.Sorted(maps.Keys(snapshot.Schemas())) {
			moved, err := w.settleDataset(snapshot.Schemas()[name])
			if err != nil {
				return err
			}
			again = again || moved
		}
	}

	for _, d := range w.datasets {
		if scope, unknown := d.count(); unknown {
			const problem = "%s: the snapshot says nothing of the scope %q: add first what it belongs to"
			return &Error{w.placeOf(d.name, scope), fmt.Sprintf(problem, d.name, scope)}
		}
	}
	return nil
}

// settleDataset brings the places of one dataset into line with its parents. moved: its
// own documents, or its coverage, changed.
func (w *work) settleDataset(schema *snapshot.Schema) (moved bool, err error) {
	gone, added := w.places(schema)
	c, has := w.snap.Manifest.Datasets[schema.Dataset]
	if len(gone)+len(added) == 0 || !has || c.Status != snapshot.Complete && len(c.Scopes) == 0 {
		return false, nil
	}

	d, err := w.open(schema.Dataset)
	if err != nil {
		return false, err
	}

	for _, at := range gone {
		moved = w.leave(d, at) || moved
	}
	for _, at := range added {
		moved = w.enter(d, at) || moved
	}
	return moved, nil
}

// places are those at which a dataset was read and is not any more, and the other way
// round.
func (w *work) places(schema *snapshot.Schema) (gone, added []string) {
	for _, name := range schema.Parents() {
		parent := w.datasets[name]
		if parent == nil {
			continue
		}

		for id, doc := range parent.before {
			now, still := parent.docs[id]
			if asked(schema, doc) && !(still && asked(schema, now)) {
				gone = append(gone, id)
			}
		}
		for id, doc := range parent.docs {
			before, was := parent.before[id]
			if asked(schema, doc) && !(was && asked(schema, before)) {
				added = append(added, id)
			}
		}
	}

	slices.Sort(gone)
	slices.Sort(added)
	return gone, added
}

// asked: a document that does not say whether something is read at it may have anything.
func asked(schema *snapshot.Schema, parent snapshot.Document) bool {
	asks, known := schema.Asks(parent)
	return asks || !known
}

func isAt(place string) func(snapshot.Scope) bool {
	return func(s snapshot.Scope) bool { return s.Scope == place }
}

// leave takes a place out of a dataset, with what was read there.
func (w *work) leave(d *dataset, place string) (moved bool) {
	if i := slices.IndexFunc(d.coverage.Scopes, isAt(place)); i >= 0 {
		d.coverage.Scopes = slices.Delete(slices.Clone(d.coverage.Scopes), i, i+1)
		moved = true
	}

	for _, id := range slices.Sorted(maps.Keys(d.docs)) {
		if d.docs[id].Scope != place {
			continue
		}
		delete(d.docs, id)
		moved = true
		w.effects = append(w.effects, Effect{
			Kind: fleetfile.RemoveDocument, Subject: snapshot.Subject(d.name, id), Why: "it was below what is removed",
		})
	}
	return moved
}

// enter adds a place to a dataset: complete where the change describes it.
func (w *work) enter(d *dataset, place string) (moved bool) {
	if slices.ContainsFunc(d.coverage.Scopes, isAt(place)) {
		return false
	}

	if _, told := w.described[d.name][place]; told {
		w.described[d.name][place] = true
		scopes := append(slices.Clone(d.coverage.Scopes), snapshot.Scope{Scope: place, Status: snapshot.Complete})
		d.coverage.Scopes = snapshot.SortScopes(scopes)
		return true
	}

	status := snapshot.Skipped
	for _, doc := range d.docs {
		if doc.Scope == place {
			status = snapshot.Partial
		}
	}
	d.coverage = d.coverage.Lower(snapshot.Scope{Scope: place, Status: status, Evidence: notDescribed})
	w.effects = append(w.effects, Effect{
		Kind: fleetfile.AddDocument, Subject: snapshot.Subject(d.name, place) + "/*", Why: notDescribed.Message,
	})
	return true
}

// placeOf is where the change adds a document at a place.
func (w *work) placeOf(dataset, scope string) string {
	i := slices.IndexFunc(w.changes, func(c fleetfile.DocumentChange) bool {
		return c.Dataset == dataset && c.Scope == scope
	})
	if i < 0 {
		return ""
	}
	return w.changes[i].Place
}

// count sets how many documents each place has. A document at a place of which the
// snapshot says nothing is a mistake in the change.
func (d *dataset) count() (unknown string, isUnknown bool) {
	if !d.schema.PerScope() || d.coverage.Status != snapshot.Complete && len(d.coverage.Scopes) == 0 {
		return "", false
	}

	counts := map[string]int{}
	for _, doc := range d.docs {
		counts[doc.Scope]++
	}

	d.coverage.Scopes = slices.Clone(d.coverage.Scopes)
	for i, s := range d.coverage.Scopes {
		d.coverage.Scopes[i].Count = counts[s.Scope]
		delete(counts, s.Scope)
	}

	if len(counts) == 0 {
		return "", false
	}
	return slices.Min(slices.Collect(maps.Keys(counts))), true
}
