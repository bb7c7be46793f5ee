package collectors

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// answer is what one unit's requests at one scope brought.
type answer struct {
	pile  *snapshot.Pile // the documents; nil: there was no page of them
	lacks lacks          // those that are shown in part only

	// evidence says why docs are not all; nil: they are. wrong says that a page is
	// not what it claims to be, so that nothing of the answer is kept.
	evidence, wrong *snapshot.Evidence

	pages, requests int
	started, ended  time.Time
	age             time.Duration // of the oldest page: more than none if a cache gave it
	wholeAt         string        // see [snapshot.Coverage]; "": the list was read whole

	// window is the part of time that was asked for; nil: all of it.
	window *snapshot.Span
}

// reading makes documents of pages as they come, and puts them into a spool: one page
// is held at a time. It judges what each says about the list, whether it came from an
// API or a file.
//
// Its methods are called in this order, begin to end once per list of the answer:
//
//	begin, take (a page), take, …, end, begin, …, finish
//
// and gap whenever something is known to be missing.
type reading struct {
	answer
	unit  Unit
	scope string
	asked string // see session.asked
	spool *snapshot.Spool

	seen  map[string]place // by id
	lists int              // that were begun; they may overlap
	list  list
	told  func(documents int) // learns of each page's documents; nil: nobody

	// isPart: the objects were exported by another tool, and what they lack was not left
	// out by the API.
	isPart bool

	replaced bool // a document, by one that may lack something else
}

// place is where a document of an id is in the pile, and the last list that it was on.
type place struct{ at, list int32 }

// lacks are documents that are shown in part only: how many, and the first by id,
// each with what it lacks.
type lacks struct {
	n     int
	first []string
}

// list is what the pages of one list said so far.
type list struct {
	pages     int
	distinct  int64   // ids
	next      string  // the member of the last page that leads to another one
	saysTotal bool    // the pages say how much there is
	open      []claim // numbers that only the whole list can confirm
}

func (u Unit) newReading(scope string, into *snapshot.Spool) *reading {
	return &reading{unit: u, scope: scope, spool: into, seen: map[string]place{}}
}

// finish lets go of what only reading needs: of a document its place in the spool
// stays in memory, and nothing else.
func (r *reading) finish() {
	r.seen = nil
	if r.pile == nil {
		return
	}

	r.pile.Done()
	if r.replaced {
		r.lacks, r.replaced = lacks{}, false
		for doc := range r.pile.All() {
			r.lacks.add(doc, r.unit.lacking(doc))
		}
	}
}

// gap notes why documents are missing: the first reason, unless a later one makes
// all of the answer worthless. An error that means that there is nothing, in the
// place of a first page, is a page with nothing on it.
func (r *reading) gap(e *snapshot.Evidence) {
	if r.list.pages == 0 && r.unit.Schema.NotFound.Says(e) {
		r.countPage()
		return
	}

	if r.evidence == nil || dishonest[e.Code] && !dishonest[r.evidence.Code] {
		r.evidence = clip(e)
	}
}

// begin starts another list of the answer.
func (r *reading) begin() {
	r.lists++
	r.list = list{}
}

// end judges the list as a whole: whether its last page was the last, and whether
// there are as many objects as its pages say.
func (r *reading) end() {
	l, isQuery := r.list, r.unit.query != ""
	if l.next != "" {
		r.gap(newEvidence(codeLastPage, "the last page names a next one (%q)", l.next))
	}

	code := codeCount
	if isQuery {
		code = codeCutResult
	}
	for _, c := range l.open {
		if c.n != l.distinct {
			r.gap(newEvidence(code, "%d objects were given, %q says %s", l.distinct, c.name, c.text))
		}
	}

	if isQuery && r.pages > 0 && !l.saysTotal {
		r.gap(newEvidence(codeCutResult,
			"the answer says neither how many rows there are nor that it is not truncated"))
	}
}

// take adds a page. After a wrong one, pages are only counted. An answer that is
// nothing but an error is no page.
func (r *reading) take(p page) {
	e := r.unit.envelope(p)
	if e.failed != nil {
		r.gap(e.failed)
		if !r.unit.hasObjects(p) {
			return
		}
	}

	r.countPage()
	if r.wrong != nil {
		return
	}

	before := r.list.distinct
	if wrong := r.add(p); wrong != nil {
		r.wrong = clip(wrong)
		return
	}
	r.pile.Flush()

	if r.told != nil {
		r.told(int(r.list.distinct - before))
	}
	r.takeEnvelope(e, r.list.distinct-before)
}

func (r *reading) countPage() {
	r.pages++
	r.list.pages++
}

// takeEnvelope keeps what a page says about the list. newIDs is how many ids the
// page brought.
func (r *reading) takeEnvelope(e envelope, newIDs int64) {
	l := &r.list
	if r.unit.Schema.Newest == nil {
		l.next = e.next
	}
	l.saysTotal = l.saysTotal || e.notCut

	if e.other != nil {
		r.gap(e.other)
	}
	if e.cut && e.next == "" { // else the next page goes on where this one ends
		r.gap(newEvidence(codeCutResult, "the answer says that it is truncated"))
	}
	if len(e.beside) > 0 {
		r.gap(newEvidence(codeBeside, "beside its objects the answer has %q,"+
			" which may say that there are more, or that it failed", e.beside))
	}

	if r.unit.Schema.Newest != nil {
		return // how long the history is does not matter
	}
	for _, c := range e.claims {
		l.saysTotal = l.saysTotal || !c.ofPage
		if !c.ofPage || c.n != newIDs {
			l.open = append(l.open, c)
		}
	}
}

// add normalizes the objects of a page and keeps them. What is wrong with one is
// wrong with the whole answer.
func (r *reading) add(p page) (wrong *snapshot.Evidence) {
	objects, wrong := r.objects(p)
	if wrong != nil {
		return wrong
	}

	if r.pile == nil {
		r.pile = r.spool.NewPile()
	}

	normalize := r.unit.Schema.Normalize
	if r.isPart {
		normalize = r.unit.Schema.NormalizePart
	}

	for _, object := range objects {
		doc, err := normalize(object, r.scope)
		if err != nil {
			return malformed("%v", err)
		}
		r.unit.forget(doc, object)
		if err := r.unit.Schema.CheckPlace(doc.ID, r.scope); err != nil {
			return newEvidence(codeOutside, "%s", err)
		}
		if err := r.unit.Schema.CheckKind(doc); err != nil {
			return newEvidence(codeOtherKind, "%s", err)
		}
		if wrong := r.keep(doc); wrong != nil {
			return wrong
		}
	}

	return nil
}

// keep adds a document once. Pages and lists may overlap, so that an id comes
// again; with another content there is no telling which is true. What may change
// at any time ("observed") may differ: the greater is kept, whichever came first.
func (r *reading) keep(doc snapshot.Document) (wrong *snapshot.Evidence) {
	p, isKnown := r.seen[doc.ID]
	if !isKnown || int(p.list) != r.lists {
		r.list.distinct++
	}

	if !isKnown {
		r.seen[doc.ID] = place{int32(r.pile.Len()), int32(r.lists)}
		r.lacks.add(doc, r.unit.lacking(doc))
		return unwritable(r.pile.Add(doc))
	}

	r.seen[doc.ID] = place{p.at, int32(r.lists)}
	kept, ok := r.pile.Document(int(p.at))
	switch {
	case !ok: // the spool says why
		return nil
	case compare(kept.Spec, doc.Spec) != 0:
		return newEvidence(codeDuplicate, "two documents have the id %q, and they differ", doc.ID)
	case compare(kept.Observed, doc.Observed) < 0:
		r.replaced = true
		return unwritable(r.pile.Replace(int(p.at), doc))
	}
	return nil
}

// unwritable: what was parsed can be written, so that this is a page of 2 GB.
func unwritable(err error) *snapshot.Evidence {
	if err == nil {
		return nil
	}
	return newEvidence(codeOversized, "%s", err)
}

const fewLacks = 3 // that are named in evidence

func (l *lacks) add(doc snapshot.Document, gaps []string) {
	if len(gaps) == 0 {
		return
	}

	slices.Sort(gaps)
	l.n++
	l.first = append(l.first, doc.ID+" "+strings.Join(gaps[:min(len(gaps), 5)], " "))
	slices.Sort(l.first)
	l.first = l.first[:min(len(l.first), fewLacks)]
}

// evidence tells of documents that are shown in part, out of so many; nil: none is.
func (l lacks) evidence(of int) *snapshot.Evidence {
	if l.n == 0 {
		return nil
	}
	return newEvidence(codeIncomplete, "%d of %d objects lack properties: %s", l.n, of,
		strings.Join(l.first, "; "))
}

// lacking is what one document lacks that it should have, where that shows that not
// all of it may be read.
func (u Unit) lacking(doc snapshot.Document) []string {
	if u.api.lacking == nil {
		return nil
	}
	return u.api.lacking(u.Schema, doc)
}

// compare orders objects by their canonical JSON.
func compare(a, b map[string]any) int {
	x, _ := snapshot.Canonical(a) // parsed values always encode
	y, _ := snapshot.Canonical(b)
	return bytes.Compare(x, y)
}

// objects takes the objects out of a list's page; a singleton's page is one.
func (r *reading) objects(p page) (objects []page, wrong *snapshot.Evidence) {
	if r.unit.single() {
		object := r.unit.unwrapped(p)
		return []page{object}, r.unit.checkSingle(object)
	}

	name := r.unit.listProperty()
	items, ok := p[name].([]any)
	if !ok {
		return nil, malformed("page %d has no array %q%s", r.pages, name, otherCase(p, name))
	}

	objects, other := allObjects(items)
	if other >= 0 {
		return nil, malformed("page %d: item %d is not an object", r.pages, other)
	}
	return objects, nil
}

// allObjects are the items of an array that holds nothing but objects. other is
// the first that is none, or -1.
func allObjects(items []any) (objects []page, other int) {
	objects = make([]page, len(items))
	for i, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			return nil, i
		}
		objects[i] = object
	}
	return objects, -1
}

// otherCase names the property that differs from the wanted one in case alone.
func otherCase(p page, want string) string {
	for name := range p {
		if name != want && strings.EqualFold(name, want) {
			return fmt.Sprintf(" (it has %q: this is PowerShell's output, not the API's answer)", name)
		}
	}
	return ""
}

// unwrapped is the object of a singleton's page. Graph answers with the object
// itself; its reference shows some, and saved answers have some, as the "value" of
// a page (https://learn.microsoft.com/graph/api/sharepointsettings-get).
func (u Unit) unwrapped(p page) page {
	object, isObject := p["value"].(map[string]any)
	if !isObject || u.Schema.Properties["value"] != nil || u.knows(p) {
		return p
	}
	return object
}

// knows reports whether an object has a property of the unit's schema.
func (u Unit) knows(p page) bool {
	for name := range u.Schema.Properties {
		if _, has := p[name]; has {
			return true
		}
	}
	return false
}

// checkSingle refuses a list, and an object that shares nothing with the
// schema: an error in a shape that nobody knows, say.
func (u Unit) checkSingle(p page) *snapshot.Evidence {
	if _, isList := p["value"].([]any); isList && u.Schema.Properties["value"] == nil {
		return malformed("a list where one object is expected")
	}
	if !u.knows(p) {
		return malformed("an object with none of the properties of %s", u.Schema.Dataset)
	}
	return nil
}

// hasObjects reports whether there are objects on a page, or whether a singleton's
// page is one: it has a property that the schema knows.
func (u Unit) hasObjects(p page) bool {
	if u.single() {
		return u.knows(u.unwrapped(p))
	}
	items, _ := p[u.listProperty()].([]any)
	return len(items) > 0
}
