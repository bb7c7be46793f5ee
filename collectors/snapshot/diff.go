package snapshot

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// ChangeKind says what became of a document between two snapshots.
type ChangeKind string

const (
	Added   ChangeKind = "added"   // it is in the later one, and the earlier one saw all
	Removed ChangeKind = "removed" // it is in the earlier one, and the later one saw all
	Changed ChangeKind = "changed" // it is in both, with another content

	// It is in one snapshot, and the other one did not see all: nobody knows whether it
	// was there.
	UnknownBefore ChangeKind = "unknown-before"
	UnknownAfter  ChangeKind = "unknown-after"
)

// Change is what became of one document.
type Change struct {
	Dataset string     `json:"dataset"`
	Subject string     `json:"subject"` // see [Subject]
	Kind    ChangeKind `json:"kind"`

	// Of a document in both: its properties that differ, and apart from them those that
	// change without anybody changing the configuration.
	Properties []PropertyChange `json:"properties,omitempty"`
	Observed   []PropertyChange `json:"observed,omitempty"`
}

// DatasetDiff is how one dataset differs. Before and After are the two coverages; one
// without a status is of a snapshot that does not know the dataset.
type DatasetDiff struct {
	Dataset string
	Before  Coverage
	After   Coverage

	// How many documents there are of each kind of change, and how many changed in what
	// they observed alone (they are not among the changed).
	Counts   map[ChangeKind]int
	Observed int
}

// SameCoverage reports whether both snapshots saw equally much of the dataset.
func (d DatasetDiff) SameCoverage() bool {
	return sameSight(d.Before, d.After) && slices.EqualFunc(d.Before.Scopes, d.After.Scopes,
		func(a, b Scope) bool { return a.Scope == b.Scope && a.Status == b.Status })
}

func sameSight(a, b Coverage) bool { return a.Status == b.Status && a.Holds() == b.Holds() }

// IsSame reports whether nothing differs but, at most, what was observed.
func (d DatasetDiff) IsSame() bool { return len(d.Counts) == 0 && d.SameCoverage() }

// Diff compares two snapshots of one tenant, document by document. Both files of a
// dataset are read side by side, so that the memory is that of two lines, however
// many documents there are. each learns of every change, in the order of datasets
// and ids; an error that it returns ends the comparison. The result has a line for
// each dataset that differs in anything, by name.
//
// A document that is in one snapshot alone was added or removed only where the other
// one saw all of the dataset, or of the document's scope; else nobody knows. Where the
// other one saw nothing at all, such documents are counted, and each is not told; nor is
// what merely grew old: the events of a log that are before the other one's window, and
// what is not the newest of a history any more.
//
// Files are held to the digests of their manifests before anything of them is
// compared: a mismatch is a *DigestError.
func Diff(before, after Snapshot, each func(Change) error) ([]DatasetDiff, error) {
	if before.Manifest.TenantID != after.Manifest.TenantID {
		return nil, fmt.Errorf("the snapshots are of two tenants, %s and %s",
			before.Manifest.TenantID, after.Manifest.TenantID)
	}

	names := map[string]bool{}
	for _, s := range []Snapshot{before, after} {
		for name := range s.Manifest.Datasets {
			names[name] = true
			if err := s.CheckDigest(name); err != nil {
				return nil, err
			}
		}
	}

	var all []DatasetDiff
	for _, name := range slices.Sorted(maps.Keys(names)) {
		d, err := diffDataset(before, after, name, each)
		if err != nil {
			return nil, err
		}
		if !d.IsSame() || d.Observed > 0 {
			all = append(all, d)
		}
	}

	return all, nil
}

func diffDataset(before, after Snapshot, name string, each func(Change) error) (DatasetDiff, error) {
	d := DatasetDiff{
		Dataset: name, Before: before.Manifest.Datasets[name], After: after.Manifest.Datasets[name],
		Counts: map[ChangeKind]int{},
	}
	if d.Before.Digest == d.After.Digest {
		return d, nil
	}

	m := comparison{diff: &d, each: each, schema: Schemas()[name]}
	err := m.run(before.lineSeq(name, &m.failed), after.lineSeq(name, &m.failed))
	return d, err
}

// lineSeq is Lines as a sequence. The bytes of a line change when the next one is
// asked for. An error is left in failed, and ends the sequence.
func (s Snapshot) lineSeq(dataset string, failed *error) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		stopped := fmt.Errorf("stopped")
		err := s.Lines(dataset, func(line []byte) (string, error) {
			id, err := lineID(line)
			if err == nil && !yield(id, line) {
				return id, stopped
			}
			return id, err
		})
		if err != nil && *failed == nil {
			*failed = err
		}
	}
}

// lineID is the id of a line's document. Our own lines begin with it.
func lineID(line []byte) (string, error) {
	d := jsontext.NewDecoder(bytes.NewReader(line))
	if t, err := d.ReadToken(); err == nil && t.Kind() == '{' {
		if name, ok := readString(d); ok && name == "id" {
			if id, ok := readString(d); ok && id != "" {
				return id, nil
			}
		}
	}

	doc, err := DecodeLine(line)
	return doc.ID, err
}

// comparison is that of one dataset: it walks both files, which are sorted by
// id, at once.
type comparison struct {
	diff   *DatasetDiff
	schema *Schema // nil for a dataset that nobody knows any more
	each   func(Change) error
	failed error
}

func (m *comparison) run(before, after iter.Seq2[string, []byte]) error {
	nextA, stopA := iter.Pull2(before)
	defer stopA()
	nextB, stopB := iter.Pull2(after)
	defer stopB()

	idA, a, hasA := nextA()
	idB, b, hasB := nextB()
	for hasA || hasB {
		var err error
		isA, isB := hasA && (!hasB || idA <= idB), hasB && (!hasA || idB <= idA)
		switch {
		case isA && isB:
			err = m.both(a, b)
		case isA:
			err = m.one(a, m.diff.After, Removed, UnknownAfter)
		default:
			err = m.one(b, m.diff.Before, Added, UnknownBefore)
		}
		if err != nil {
			return err
		}

		if isA {
			idA, a, hasA = nextA()
		}
		if isB {
			idB, b, hasB = nextB()
		}
	}

	return m.failed
}

// one takes a document that is in one snapshot. other is how much the other one saw.
func (m *comparison) one(line []byte, other Coverage, fact, unknown ChangeKind) error {
	doc, err := DecodeLine(line)
	if err != nil {
		return &DigestError{m.diff.Dataset, err.Error()}
	}

	kind := unknown
	if other.CompleteEverywhere() || doc.Scope != "" && slices.Contains(other.CompleteScopes(), doc.Scope) {
		kind = fact
	}

	isOld := kind == Removed && m.schema.leaves(doc, other)
	if isOld {
		kind = unknown
	}
	m.diff.Counts[kind]++
	if isOld || !other.Holds() { // the coverage says once that nothing was seen, or of which days
		return nil
	}
	return m.each(Change{Dataset: m.diff.Dataset, Subject: Subject(m.diff.Dataset, doc.ID), Kind: kind})
}

// leaves reports whether a document is missing from a later list because time went by: of a
// log only the last days are read, and of a history only the newest page.
//
// Example: yesterday's log of seven days has an event of eight days ago. Today's has not, and
// nobody removed it.
func (s *Schema) leaves(doc Document, later Coverage) bool {
	switch {
	case s == nil:
		return false
	case s.Window == nil || later.Window == nil:
		return s.Newest != nil
	}

	text, _ := doc.property(s.Window.Property).(string)
	at, err1 := parseTime(text)
	from, err2 := parseTime(later.Window.From)
	return err1 == nil && err2 == nil && at.Before(from)
}

// both takes a document that is in both snapshots.
func (m *comparison) both(before, after []byte) error {
	if bytes.Equal(before, after) {
		return nil
	}

	a, err := DecodeLine(before)
	if err != nil {
		return &DigestError{m.diff.Dataset, err.Error()}
	}
	b, err := DecodeLine(after)
	if err != nil {
		return &DigestError{m.diff.Dataset, err.Error()}
	}

	var root *Property
	if m.schema != nil {
		root = &m.schema.Property
	}

	c := Change{Dataset: m.diff.Dataset, Subject: Subject(m.diff.Dataset, b.ID), Kind: Changed}
	c.Properties = root.changes("", a.Spec, b.Spec)
	c.Observed = root.changes("", a.Observed, b.Observed)
	if a.Scope != b.Scope {
		c.Properties = append(c.Properties, changeOf("/_scope", a.Scope, true, b.Scope, true))
	}

	switch {
	case len(c.Properties) > 0:
		m.diff.Counts[Changed]++
	case len(c.Observed) > 0:
		m.diff.Observed++
	default: // written in two ways
		return nil
	}

	return m.each(c)
}
