package decode

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
)

// Documents is a dataset as policies see it, in the file's order. Array and all
// in it may be evaluated by several goroutines at once.
type Documents struct {
	// Array holds an object for each document.
	Array *ast.Array
	// IDs are the documents' ids, in ascending order.
	IDs []string
	// Scopes are the documents' scopes, "" for none.
	Scopes []string
	// Gaps are what documents lack, by document, then by pointer.
	Gaps []Gap

	dataset string
	hash    int // of the dataset's name
}

// Subject is snapshot.Subject of the i-th document.
func (d *Documents) Subject(i int) string {
	if o, is := d.Array.Elem(i).Value.(*object); is {
		return string(o.subjectTerm().Value.(ast.String))
	}
	return snapshot.Subject(d.dataset, d.IDs[i])
}

// twins finds two documents with one subject: those of the ids "/x" and "x".
func (d *Documents) twins() (subject string, found bool) {
	from, _ := slices.BinarySearch(d.IDs, "/")
	to, _ := slices.BinarySearch(d.IDs, "0") // the character after the slash
	rooted := d.IDs[from:to]
	if len(rooted) == 0 || len(rooted) == len(d.IDs) {
		return "", false
	}

	for _, id := range d.IDs {
		if _, found := slices.BinarySearch(rooted, "/"+id); found && id[0] != '/' {
			return snapshot.Subject(d.dataset, id), true
		}
	}

	return "", false
}

// Read reads one dataset of a snapshot in one pass: it hashes the bytes, checks
// them against the manifest and keeps the shape's part of each document. The
// memory beside the documents is that of the longest line.
//
// The documents are those of snapshot.Documents, and so are the errors: a dataset
// that is not what the manifest says, or that has two documents with one subject,
// is a *snapshot.DigestError. A dataset that has no file yields nil.
func (s *Shape) Read(snap snapshot.Snapshot) (*Documents, error) {
	coverage := snap.Manifest.Datasets[s.dataset]
	if !coverage.Holds() {
		return nil, nil
	}

	r := readers.Get().(*reader)
	defer readers.Put(r)

	*r = reader{shape: s, builder: builder{state: make([]nodeState, s.nodes+1)}}
	r.docs = &Documents{dataset: s.dataset, hash: ast.String(s.dataset).Hash()}
	r.expect(coverage.Count)

	if err := snap.Lines(s.dataset, r.document); err != nil {
		return nil, err
	}
	if subject, found := r.docs.twins(); found {
		problem := "holds two documents whose subject is " + subject
		return nil, &snapshot.DigestError{Dataset: s.dataset, Problem: problem}
	}

	r.docs.Array = ast.NewArray(r.terms...)
	return r.docs, nil
}

// readers are used again for the memory of their tables: a small client has
// many small datasets.
var readers = sync.Pool{New: func() any { return new(reader) }}

// reader reads one dataset.
type reader struct {
	builder
	shape *Shape

	docs  *Documents
	terms []*ast.Term // of the documents

	layouts []*layout // of the documents before
	free    []object  // room for more documents

	// Of the document in hand:
	id             []byte
	scope          *ast.Term
	spec, observed [][]byte // names of the properties
}

// objectBlock is how many documents get their memory at once.
const objectBlock = 128

// expect makes room for so many documents, as the manifest has it: too few or
// too many are an error at the end, and a lie takes little memory.
func (r *reader) expect(count int) {
	count = max(0, min(count, 1<<16))
	r.terms = make([]*ast.Term, 0, count)
	r.docs.IDs, r.docs.Scopes = make([]string, 0, count), make([]string, 0, count)
}

// document reads one line. What the scanner does not take goes to jsontext, and
// what that does not take to snapshot.DecodeLine, which says why.
func (r *reader) document(line []byte) (id string, err error) {
	ok := r.parse(line, false) || jsontext.Value(line).IsValid() && r.parse(line, true)
	if !ok {
		doc, err := snapshot.DecodeLine(line)
		switch {
		case err == nil && r.err != nil:
			err = fmt.Errorf("document %q: %w", doc.ID, r.err)
		case err == nil:
			err = fmt.Errorf("document %q cannot be read", doc.ID)
		}
		return doc.ID, err
	}

	return r.add(), nil
}

// parse takes a line apart: {"id": …, "scope": …, "spec": {…}, "observed": {…}}.
// What is kept of spec and observed is left on members.
func (r *reader) parse(line []byte, valid bool) bool {
	if !r.reset(line, valid) || r.peek() != '{' {
		return false
	}

	r.members, r.elements = r.members[:0], r.elements[:0]
	r.suspect, r.required, r.err = false, 0, nil
	r.id, r.scope = r.id[:0], ast.InternedEmptyString
	r.spec, r.observed = r.spec[:0], r.observed[:0]

	hasSpec := false
	ok := r.scanner.object(func(name []byte) bool {
		switch string(name) {
		case "id":
			return r.takeID()
		case "scope":
			r.scope = r.value(keepAll, 1)
			return isText(r.scope)
		case "spec":
			hasSpec = true
			return r.body(&r.spec)
		case "observed":
			return r.body(&r.observed)
		}
		return r.skip(1)
	})

	atEnd := ok && r.peek() == 0 && r.at == len(line)
	return atEnd && hasSpec && len(r.id) > 0 && !r.sharesName()
}

// takeID takes an id; one that is an integer beyond 2^53−1 is its digits.
func (r *reader) takeID() bool {
	if r.peek() != '"' {
		t := r.value(keepAll, 1)
		if isText(t) {
			r.id = append(r.id[:0], t.Value.(ast.String)...)
		}
		return isText(t)
	}

	raw, escaped, ok := r.text()
	if escaped {
		raw = r.unquoted
	}
	r.id = append(r.id[:0], raw...)
	return ok
}

func isText(t *ast.Term) bool {
	if t == nil {
		return false
	}
	_, is := t.Value.(ast.String)
	return is
}

// body takes spec or observed, of which policies see one object.
func (r *reader) body(names *[][]byte) bool {
	if r.peek() != '{' {
		return false
	}

	required, ok := r.properties(r.shape.root, 2, names)
	r.required += required
	return ok
}

// sharesName reports whether a name is both in spec and in observed.
func (r *reader) sharesName() bool {
	if r.valid { // else they are sorted
		slices.SortFunc(r.spec, bytes.Compare)
		slices.SortFunc(r.observed, bytes.Compare)
	}

	spec := r.spec
	for _, name := range r.observed {
		for len(spec) > 0 && bytes.Compare(spec[0], name) < 0 {
			spec = spec[1:]
		}
		if len(spec) > 0 && bytes.Equal(spec[0], name) {
			return true
		}
	}

	return false
}

// add makes the document of what is on members and returns its id.
func (r *reader) add() string {
	id := r.copy(r.id)
	r.docs.IDs = append(r.docs.IDs, id)
	r.docs.Scopes = append(r.docs.Scopes, string(r.scope.Value.(ast.String)))

	r.addOurs(r.shape.id, nil)
	r.addOurs(r.shape.scope, r.scope)
	r.addOurs(r.shape.subject, nil)

	v := r.newDocument(id)
	if r.suspect || r.required != r.shape.root.requiredBelow {
		r.docs.Gaps = append(r.docs.Gaps, r.shape.gaps(len(r.terms), v)...)
	}

	r.terms = append(r.terms, r.term(v))
	return id
}

// addOurs puts a property of our own on members, if it is kept. The value of id and
// subject is nil as yet: see newDocument.
func (r *reader) addOurs(key, value *ast.Term) {
	if key != nil {
		r.members = append(r.members, [2]*ast.Term{key, value})
	}
}

// newDocument makes one object of what is on members: one of ours, which makes id
// and subject when they are asked for, or one of OPA's.
func (r *reader) newDocument(id string) ast.Object {
	if !r.shape.root.readByName() {
		for i := range r.members {
			switch m := &r.members[i]; m[0] {
			case r.shape.id:
				m[1] = r.term(ast.String(id))
			case r.shape.subject:
				m[1] = r.term(ast.String(snapshot.Subject(r.shape.dataset, id)))
			}
		}
		return ast.NewObject(r.members...)
	}

	if len(r.free) == 0 {
		r.free = make([]object, objectBlock)
	}

	d := &r.free[0]
	r.free = r.free[1:]
	d.layout, d.docs, d.number, d.values = r.layout(), r.docs, len(r.terms), r.newSlots(len(r.members))
	for i, m := range r.members {
		d.values[i] = m[1]
	}
	return d
}

// layout is that of what is on members.
func (r *reader) layout() *layout {
	for _, l := range r.layouts {
		if l.matches(r.members) {
			return l
		}
	}

	if len(r.layouts) == maxLayouts {
		r.layouts = r.layouts[:0]
	}
	r.layouts = append(r.layouts, newLayout(r.members))
	return r.layouts[len(r.layouts)-1]
}
