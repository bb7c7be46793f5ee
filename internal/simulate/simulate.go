// Package simulate says what verdicts would be, if somebody did something: after a change
// of what a client was promised, or of what its tenant is.
//
//	changed, effects, err := simulate.Apply(snap, documents)  // a snapshot of no tenant
//	c := simulate.Compare(before, after)                      // verdicts side by side
//
// Nothing of it is evidence. A changed snapshot is never written, published or signed, and
// says in its manifest that it is simulated; what callers show is a comparison, which no
// reader takes for a result (its schema is [SchemaName]).
//
// A change describes documents, never how well a tenant was read: a dataset that is not
// complete stays so. Where a change adds something at which other datasets are read, such
// as a vault with its keys, what is there is unknown unless the change describes it.
package simulate

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/internal/fleetfile"
)

// Mark is in the manifest of every simulated snapshot, after the name of the tool.
const Mark = " (simulated: evidence of no tenant)"

// Error says which block of a change cannot be applied, and why.
type Error struct{ Place, Problem string }

func (e *Error) Error() string {
	if e.Place == "" {
		return e.Problem
	}
	return e.Place + ": " + e.Problem
}

// Effect is what a change does to one document, or to a place of a dataset.
type Effect struct {
	Kind    fleetfile.ChangeKind `json:"change"`
	Subject string               `json:"subject"`
	// Why is there where the change says nothing of the document itself: what it was
	// below is removed.
	Why string `json:"why,omitempty"`
}

// Apply makes the snapshot that would be taken after a change. The snapshot itself, and
// the datasets that the change is not about, stay as they are.
func Apply(snap snapshot.Snapshot, changes []fleetfile.DocumentChange) (snapshot.Snapshot, []Effect, error) {
	w := &work{
		snap: snap, changes: changes, datasets: map[string]*dataset{}, described: map[string]map[string]bool{},
	}
	for _, c := range changes {
		if c.Kind == fleetfile.Describe {
			w.describe(c)
		}
	}

	for _, c := range changes {
		if err := w.apply(c); err != nil {
			return snapshot.Snapshot{}, nil, err
		}
	}
	if err := w.settle(); err != nil {
		return snapshot.Snapshot{}, nil, err
	}
	if err := w.unused(); err != nil {
		return snapshot.Snapshot{}, nil, err
	}

	changed, err := w.seal()
	return changed, w.effects, err
}

// work is one Apply.
type work struct {
	snap     snapshot.Snapshot
	changes  []fleetfile.DocumentChange
	datasets map[string]*dataset // that are changed
	effects  []Effect
	// described says at which places of a dataset all is told, by the change.
	described map[string]map[string]bool
}

// dataset is a changed one: its documents by id, and before any change.
type dataset struct {
	name     string
	schema   *snapshot.Schema
	coverage snapshot.Coverage
	before   map[string]snapshot.Document
	docs     map[string]snapshot.Document
}

// open reads a dataset that is changed, once.
func (w *work) open(name string) (*dataset, error) {
	if d := w.datasets[name]; d != nil {
		return d, nil
	}

	schema, err := snapshot.SchemaFor(name)
	if err != nil {
		return nil, err
	}
	docs, err := w.snap.Documents(name)
	if err != nil {
		return nil, err
	}

	coverage, has := w.snap.Manifest.Datasets[name]
	if !has {
		coverage = snapshot.Coverage{Status: snapshot.Skipped, Evidence: &snapshot.Evidence{
			Code: "not_in_snapshot", Message: "the snapshot says nothing of it",
		}}
	}

	d := &dataset{name, schema, coverage, map[string]snapshot.Document{}, map[string]snapshot.Document{}}
	for _, doc := range docs {
		d.before[doc.ID], d.docs[doc.ID] = doc, doc
	}
	w.datasets[name] = d
	return d, nil
}

func (w *work) describe(c fleetfile.DocumentChange) {
	if w.described[c.Dataset] == nil {
		w.described[c.Dataset] = map[string]bool{}
	}
	for _, at := range c.At {
		w.described[c.Dataset][at] = false
	}
}

func (w *work) apply(c fleetfile.DocumentChange) error {
	if c.Kind == fleetfile.Describe {
		return nil
	}

	d, err := w.open(c.Dataset)
	if err != nil {
		return err
	}

	var id, problem string
	switch c.Kind {
	case fleetfile.AddDocument:
		id, problem = d.add(c)
	case fleetfile.RemoveDocument:
		if id, problem = d.find(c.ID); problem == "" {
			delete(d.docs, id)
		}
	case fleetfile.PatchDocument:
		id, problem = d.patch(c)
	}

	if problem != "" {
		return &Error{c.Place, problem}
	}
	w.effects = append(w.effects, Effect{Kind: c.Kind, Subject: snapshot.Subject(c.Dataset, id)})
	return nil
}

// find is the id of a document as the snapshot spells it: GUIDs and resource ids may be
// written in any case.
func (d *dataset) find(id string) (found, problem string) {
	if _, ok := d.docs[id]; ok {
		return id, ""
	}

	var same []string
	for known := range d.docs {
		if strings.EqualFold(known, id) {
			same = append(same, known)
		}
	}
	if len(same) == 1 && d.schema.ID.Form != snapshot.Verbatim {
		return same[0], ""
	}

	return "", fmt.Sprintf("the snapshot holds no document %q of %s (%d documents, read as %s)",
		id, d.name, len(d.docs), d.coverage.Status)
}

// add makes a document of what the API would return.
func (d *dataset) add(c fleetfile.DocumentChange) (id, problem string) {
	doc, err := d.schema.Normalize(c.Body, c.Scope)
	if err != nil {
		return "", err.Error()
	}
	if _, there := d.docs[doc.ID]; there {
		return "", fmt.Sprintf("the snapshot holds %q of %s already: patch it", doc.ID, d.name)
	}
	if err := d.schema.CheckKind(doc); err != nil {
		return "", err.Error()
	}
	if err := d.schema.CheckPlace(doc.ID, c.Scope); err != nil {
		return "", err.Error()
	}

	d.docs[doc.ID] = doc
	return doc.ID, ""
}

// patch changes members of a document. What it does not name stays as it was seen, and
// what was not seen stays unseen.
func (d *dataset) patch(c fleetfile.DocumentChange) (id, problem string) {
	id, problem = d.find(c.ID)
	if problem != "" {
		return "", problem
	}

	old := d.docs[id]
	body := maps.Clone(old.Spec)
	maps.Copy(body, old.Observed)
	body = merged(body, c.Set)
	for _, pointer := range c.Unset {
		if problem := unset(body, &d.schema.Property, pointer); problem != "" {
			return "", problem
		}
	}

	if property := d.schema.ID.Property; property != "" && body[property] != valueOf(old, property) {
		return "", fmt.Sprintf("%q makes the document's id: remove it, and add another one", property)
	}

	doc, err := d.schema.NormalizePart(body, old.Scope)
	if err != nil {
		return "", err.Error()
	}
	doc.ID = id
	d.docs[id] = doc
	return id, ""
}

func valueOf(doc snapshot.Document, property string) any {
	if v, has := doc.Observed[property]; has {
		return v
	}
	return doc.Spec[property]
}

// merged is an object with the members of another one: objects member by member, lists and
// all else as a whole. It shares what it does not change.
func merged(into, set map[string]any) map[string]any {
	out := maps.Clone(into)
	for name, v := range set {
		inner, isObject := v.(map[string]any)
		old, wasObject := out[name].(map[string]any)
		if isObject && wasObject {
			v = merged(old, inner)
		}
		out[name] = v
	}
	return out
}

// unset takes a member out of an object, by its JSON pointer. Where the API documents what
// that means, it is null, as in every snapshot; elsewhere it lacks.
func unset(body map[string]any, p *snapshot.Property, pointer string) (problem string) {
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, token := range tokens {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		known := p.Properties[token]
		if known == nil && len(p.Properties) > 0 {
			return fmt.Sprintf("unset: the schema has no property %q at %q", token, pointer)
		}

		if i == len(tokens)-1 {
			delete(body, token)
			if known != nil && known.Presence == snapshot.Absent {
				body[token] = nil
			}
			return ""
		}

		inner, ok := body[token].(map[string]any)
		if !ok || known == nil {
			return fmt.Sprintf("unset: there is no object at %q of %q", token, pointer)
		}
		inner = maps.Clone(inner)
		body[token] = inner
		body, p = inner, known
	}
	return ""
}

// unused refuses a description of a place that the change does not add: how well a place
// of the tenant was read is not for a change to say.
func (w *work) unused() error {
	for _, c := range w.changes {
		if c.Kind != fleetfile.Describe {
			continue
		}
		for _, at := range c.At {
			if !w.described[c.Dataset][at] {
				return &Error{c.Place, fmt.Sprintf("describe: this change adds nothing at which %s is read under %q; "+
					"how well a place was read that is there already is not for a change to say", c.Dataset, at)}
			}
		}
	}
	return nil
}

// seal makes the changed snapshot.
func (w *work) seal() (snapshot.Snapshot, error) {
	m := w.snap.Manifest
	m.Tool += Mark
	m.Datasets = maps.Clone(m.Datasets)

	var parts []snapshot.Dataset
	for _, name := range slices.Sorted(maps.Keys(w.datasets)) {
		d := w.datasets[name]
		docs := []snapshot.Document{}
		for _, doc := range d.docs {
			docs = append(docs, doc)
		}
		if d.coverage.EndedAt == "" {
			d.coverage.StartedAt, d.coverage.EndedAt = m.CollectedAt, m.CollectedAt
		}
		parts = append(parts, snapshot.Dataset{Name: name, Documents: docs, Coverage: d.coverage})
	}

	part, err := snapshot.Seal(m, parts)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	maps.Copy(m.Datasets, part.Manifest.Datasets)

	raw, err := snapshot.CanonicalFile(m)
	if err != nil {
		return snapshot.Snapshot{}, err
	}

	rest := w.snap.Open
	open := func(name string) (io.ReadCloser, error) {
		if _, changed := w.datasets[name]; changed {
			return part.Open(name)
		}
		return rest(name)
	}
	return snapshot.Snapshot{Manifest: m, Raw: raw, Open: open}, nil
}
