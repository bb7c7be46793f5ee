package decode

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
)

// Documents is a dataset as policies see it, in the file's order. Array and all
// in it may be evaluated by several goroutines at once. IDs are in ascending
// order, Scopes are those of each document ("" for none), Gaps what documents
// lack, by document and pointer.
type Documents struct {
	Array  *ast.Array
	IDs    []string
	Scopes []string
	Gaps   []Gap
	// Sums tell documents apart, where they were asked for: the first half of the
	// SHA-256 of each line.
	Sums []Sum

	dataset string
	hash    int // of the dataset's name
}

// Subject is snapshot.Subject of the i-th document.
func (d *Documents) Subject(i int) string {
	if o, is := d.Array.Elem(i).Value.(*object); is {
		return string(o.own().Value.(ast.String))
	}
	return snapshot.Subject(d.dataset, d.IDs[i])
}

// Sum is half a SHA-256.
type Sum [sha256.Size / 2]byte

// twins finds two documents of one subject: those of the ids "/x" and "x".
func (d *Documents) twins() (subject string, found bool) {
	from, _ := slices.BinarySearch(d.IDs, "/")
	to, _ := slices.BinarySearch(d.IDs, "0") // the character after the slash
	if rooted := d.IDs[from:to]; len(rooted) > 0 && len(rooted) < len(d.IDs) {
		for _, id := range d.IDs {
			if _, found := slices.BinarySearch(rooted, "/"+id); found && id[0] != '/' {
				return snapshot.Subject(d.dataset, id), true
			}
		}
	}

	return "", false
}

// Read reads one dataset of a snapshot in one pass: it hashes the bytes, checks
// them against the manifest and keeps the shape's part of each document. The
// memory beside the documents is that of the longest line. The documents are
// those of snapshot.Documents, and so are the errors; a dataset that has no
// file yields nil.
func (s *Shape) Read(snap snapshot.Snapshot) (*Documents, error) { return s.read(snap, false) }

// ReadWithSums is Read with the sum of each document.
func (s *Shape) ReadWithSums(snap snapshot.Snapshot) (*Documents, error) { return s.read(snap, true) }

func (s *Shape) read(snap snapshot.Snapshot, sums bool) (*Documents, error) {
	if !snap.Manifest.Datasets[s.dataset].Holds() {
		return nil, nil
	}

	r := readers.Get().(*reader)
	defer readers.Put(r)

	*r = reader{shape: s, sums: sums, builder: builder{memory: make([]memory, s.nodes+1)}}
	r.docs = &Documents{dataset: s.dataset, hash: ast.String(s.dataset).Hash()}
	r.expect(snap.Manifest.Datasets[s.dataset].Count)

	if err := snap.Lines(s.dataset, r.document); err != nil {
		return nil, err
	}
	if subject, found := r.docs.twins(); found {
		return nil, &snapshot.DigestError{Dataset: s.dataset, Problem: "holds two documents whose subject is " + subject}
	}

	r.docs.Array = ast.NewArray(r.all...)
	return r.docs, nil
}

// expect makes room for so many documents, as the manifest has it: too few or
// too many are an error at the end, and a lie takes little memory.
func (r *reader) expect(n int) {
	n = max(0, min(n, 1<<16))
	r.all = make([]*ast.Term, 0, n)
	r.docs.IDs, r.docs.Scopes = make([]string, 0, n), make([]string, 0, n)
	if r.sums {
		r.docs.Sums = make([]Sum, 0, n)
	}
}

// readers are used again for the memory of their tables: a small client has
// many small datasets.
var readers = sync.Pool{New: func() any { return new(reader) }}

// reader reads one dataset.
type reader struct {
	builder
	shape *Shape
	sums  bool
	docs  *Documents
	all   []*ast.Term // the documents

	layouts []*layout // of the documents before
	blocks  []object  // room for more

	// Of the document in hand:
	id             []byte
	scope          *ast.Term
	spec, observed [][]byte // names
}

// document reads one line. What the scanner does not take goes to jsontext, and
// what that does not take to snapshot.DecodeLine, which says why.
func (r *reader) document(line []byte) (string, error) {
	ok := r.parse(line, false) || jsontext.Value(line).IsValid() && r.parse(line, true)
	if !ok {
		doc, err := snapshot.DecodeLine(line)
		if err == nil && r.err != nil {
			err = fmt.Errorf("document %q: %w", doc.ID, r.err)
		}

		if err == nil {
			err = fmt.Errorf("document %q cannot be read", doc.ID)
		}

		return doc.ID, err
	}

	if r.sums {
		sum := sha256.Sum256(line)
		r.docs.Sums = append(r.docs.Sums, Sum(sum[:len(Sum{})]))
	}

	return r.add(), nil
}

// parse takes a line apart. What is kept of spec and observed is left on the
// stack.
func (r *reader) parse(line []byte, checked bool) bool {
	if !r.reset(line, checked) || r.peek() != '{' {
		return false
	}

	r.stack, r.list, r.suspect, r.seen, r.err = r.stack[:0], r.list[:0], false, 0, nil
	r.spec, r.observed = r.spec[:0], r.observed[:0]
	r.id, r.scope = r.id[:0], ast.InternedEmptyString
	hasSpec := false
	ok := r.members(func(name []byte) bool {
		switch string(name) {
		case "id":
			return r.takeID()
		case "scope":
			r.scope = r.value(whole, 1)
			return isText(r.scope)
		case "spec":
			hasSpec = true
			return r.body(&r.spec)
		case "observed":
			return r.body(&r.observed)
		}

		return r.skip(1)
	})

	ok = ok && hasSpec && len(r.id) > 0
	return ok && r.peek() == 0 && r.at == len(line) && !r.twice()
}

// takeID takes an id; one that is an integer beyond 2^53−1 is its digits.
func (r *reader) takeID() bool {
	if r.peek() != '"' {
		t := r.value(whole, 1)
		if isText(t) {
			r.id = append(r.id[:0], t.Value.(ast.String)...)
		}
		return isText(t)
	}

	raw, escaped, ok := r.text()
	if escaped {
		raw = r.scratch
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

	seen, ok := r.properties(r.shape.root, 2, names)
	r.seen += seen
	return ok
}

// twice reports whether a name is in spec and in observed.
func (r *reader) twice() bool {
	if r.checked { // else they are sorted
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

// add makes the document of what is on the stack and returns its id.
func (r *reader) add() string {
	id := r.copy(r.id)
	r.docs.IDs = append(r.docs.IDs, id)
	r.docs.Scopes = append(r.docs.Scopes, string(r.scope.Value.(ast.String)))
	r.ours(r.shape.id, nil)
	r.ours(r.shape.scope, r.scope)
	r.ours(r.shape.subject, nil)
	v := r.whole(id)

	if r.suspect || r.seen != r.shape.root.needs {
		r.docs.Gaps = append(r.docs.Gaps, r.shape.gaps(len(r.all), v)...)
	}

	r.all = append(r.all, r.term(v))
	return id
}

// whole makes one object of what is on the stack.
func (r *reader) whole(id string) ast.Object {
	if !r.shape.root.byName() {
		for i := range r.stack {
			switch part := &r.stack[i]; part[0] {
			case r.shape.id:
				part[1] = r.term(ast.String(id))
			case r.shape.subject:
				part[1] = r.term(ast.String(snapshot.Subject(r.shape.dataset, id)))
			}
		}

		return ast.NewObject(r.stack...)
	}

	if len(r.blocks) == 0 {
		r.blocks = make([]object, documentBlock)
	}

	d := &r.blocks[0]
	r.blocks = r.blocks[1:]
	d.layout, d.docs, d.number, d.values = r.layout(), r.docs, len(r.all), r.slots(len(r.stack))
	for i, part := range r.stack {
		d.values[i] = part[1]
	}

	return d
}

// layout is that of what is on the stack.
func (r *reader) layout() *layout {
	for _, l := range r.layouts {
		if l.matches(r.stack) {
			return l
		}
	}

	if len(r.layouts) == maxLayouts {
		r.layouts = r.layouts[:0]
	}

	r.layouts = append(r.layouts, newLayout(r.stack))
	return r.layouts[len(r.layouts)-1]
}

// ours puts a property of our own on the stack, if it is kept.
func (r *reader) ours(key, value *ast.Term) {
	if key != nil {
		r.stack = append(r.stack, [2]*ast.Term{key, value})
	}
}
