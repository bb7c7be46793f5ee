package collectors

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// answer is what one unit's requests at one scope brought.
type answer struct {
	docs []snapshot.Document

	// evidence says why docs are not all; nil: they are. wrong says that a page is
	// not what it claims to be, so that nothing of the answer is kept.
	evidence, wrong *snapshot.Evidence

	pages, requests int
	started, ended  time.Time

	// window is the part of time that was asked for; nil: all of it.
	window *snapshot.Span
}

// reading makes documents of pages as they come: one page is held at a time. It
// judges what each says about the list, whether it came from an API or a file.
//
// Its methods are called in this order, begin to end once per list of the answer:
//
//	begin, take (a page), take, …, end, begin, …
//
// and gap whenever something is known to be missing.
type reading struct {
	answer
	unit  Unit
	scope string
	seen  map[string]place // by id
	lists int              // that were begun; they may overlap
	list  list
}

// place is where a document of an id is in docs, and the last list that it was on.
type place struct{ at, list int }

// list is what the pages of one list said so far.
type list struct {
	pages     int
	distinct  int64   // ids
	next      string  // the member of the last page that leads to another one
	saysTotal bool    // the pages say how much there is
	open      []claim // numbers that only the whole list can confirm
}

func (u Unit) newReading(scope string) *reading {
	return &reading{unit: u, scope: scope, seen: map[string]place{}}
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
	l.next = e.next
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

	if r.docs == nil {
		r.docs = []snapshot.Document{}
	}

	for _, object := range objects {
		doc, err := r.unit.Schema.Normalize(object, r.scope)
		if err != nil {
			return malformed("%v", err)
		}
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
	if !isKnown || p.list != r.lists {
		r.list.distinct++
	}

	if !isKnown {
		r.seen[doc.ID] = place{len(r.docs), r.lists}
		r.docs = append(r.docs, doc)
		return nil
	}

	r.seen[doc.ID] = place{p.at, r.lists}
	kept := &r.docs[p.at]
	if compare(kept.Spec, doc.Spec) != 0 {
		return newEvidence(codeDuplicate, "two documents have the id %q, and they differ", doc.ID)
	}
	if compare(kept.Observed, doc.Observed) < 0 {
		kept.Observed = doc.Observed
	}

	return nil
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
		return []page{p}, r.unit.checkSingle(p)
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

// checkSingle refuses a list, and an object that shares nothing with the
// schema: an error in a shape that nobody knows, say.
func (u Unit) checkSingle(p page) *snapshot.Evidence {
	if _, isList := p["value"].([]any); isList && u.Schema.Properties["value"] == nil {
		return malformed("a list where one object is expected")
	}
	if !u.hasObjects(p) {
		return malformed("an object with none of the properties of %s", u.Schema.Dataset)
	}
	return nil
}

// hasObjects reports whether there are objects on a page, or whether a singleton's
// page is one: it has a property that the schema knows.
func (u Unit) hasObjects(p page) bool {
	if !u.single() {
		items, _ := p[u.listProperty()].([]any)
		return len(items) > 0
	}
	for name := range u.Schema.Properties {
		if _, has := p[name]; has {
			return true
		}
	}
	return false
}
