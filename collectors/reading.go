package collectors

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// answer is what one unit's requests at one scope brought: the documents, and
// why they are not all (nil: they are). wrong says that a page is not what it
// claims to be, so that nothing of the answer is kept.
type answer struct {
	docs            []snapshot.Document
	evidence, wrong *snapshot.Evidence
	pages, requests int
	started, ended  time.Time
}

// reading makes documents of pages as they come: one page is held at a time. It
// judges what each says about the list, whether it came from an API or a file.
type reading struct {
	answer
	unit  Unit
	scope string
	seen  map[string]place
	lists int // an answer may be several lists, which may overlap
	list  list
}

// place is where a document of an id is, and the last list that it was on.
type place struct{ at, list int }

// list is what the pages of one list said so far.
type list struct {
	distinct int64 // ids
	next     string
	told     bool    // the pages say how much there is
	open     []claim // numbers that only the whole list can confirm
}

func (u Unit) read(scope string) *reading {
	return &reading{unit: u, scope: scope, seen: map[string]place{}}
}

// begin starts another list of the answer; end judges it as a whole.
func (r *reading) begin() {
	r.lists++
	r.list = list{}
}

func (r *reading) end() {
	l, query := r.list, r.unit.query != ""
	if l.next != "" {
		r.stop(&snapshot.Evidence{Code: codeLastPage, Message: fmt.Sprintf("the last page names a next one (%q)", l.next)})
	}

	for _, c := range l.open {
		if c.n != l.distinct {
			code := codeCount
			if query {
				code = codeCutResult
			}
			r.stop(&snapshot.Evidence{Code: code, Message: fmt.Sprintf("%d objects were given, %q says %s", l.distinct, c.name, c.text)})
		}
	}

	if query && r.pages > 0 && !l.told {
		r.stop(&snapshot.Evidence{Code: codeCutResult, Message: "the answer says neither how many rows there are nor that it is not truncated"})
	}
}

// take adds a page. After a wrong one, pages are only counted. An answer that is
// nothing but an error is no page.
func (r *reading) take(p page) {
	e := r.unit.envelope(p)
	if e.failed != nil {
		r.stop(e.failed)
		if !r.unit.holds(p) {
			return
		}
	}

	r.pages++

	if r.wrong != nil {
		return
	}

	before := r.list.distinct
	var wrong *snapshot.Evidence
	switch err := r.add(p); {
	case errors.As(err, &wrong):
		r.wrong = clip(wrong)
	case err != nil:
		r.wrong = clip(malformed("%v", err))
	default:
		r.note(e, r.list.distinct-before)
	}
}

// note keeps what a page of so many new ids says about the list.
func (r *reading) note(e envelope, ids int64) {
	l := &r.list
	l.next = e.next

	if e.other != nil {
		r.stop(e.other)
	}

	l.told = l.told || e.whole

	if e.cut && e.next == "" { // else the next page goes on where this one ends
		r.stop(&snapshot.Evidence{Code: codeCutResult, Message: "the answer says that it is truncated"})
	}

	if len(e.beside) > 0 {
		r.stop(&snapshot.Evidence{Code: codeBeside, Message: fmt.Sprintf("beside its objects the answer has %q, which may say that there are more, or that it failed", e.beside)})
	}

	for _, c := range e.claims {
		l.told = l.told || !c.ofPage
		if !c.ofPage || c.n != ids {
			l.open = append(l.open, c)
		}
	}
}

func (r *reading) add(p page) error {
	objects, err := r.objects(p)
	if err != nil {
		return err
	}

	if r.docs == nil {
		r.docs = []snapshot.Document{}
	}

	for _, o := range objects {
		doc, err := r.unit.Schema.Normalize(o, r.scope)
		if err != nil {
			return err
		}
		if err := r.unit.Schema.CheckPlace(doc.ID, r.scope); err != nil {
			return &snapshot.Evidence{Code: codeOutside, Message: err.Error()}
		}
		if err := r.unit.Schema.CheckKind(doc); err != nil {
			return &snapshot.Evidence{Code: codeOtherKind, Message: err.Error()}
		}
		if err := r.keep(doc); err != nil {
			return err
		}
	}

	return nil
}

// keep adds a document once. Pages and lists may overlap, so that an id comes
// again; with another content there is no telling which is true. What may change
// at any time ("observed") may differ: the greater is kept, whichever came first.
func (r *reading) keep(doc snapshot.Document) error {
	p, has := r.seen[doc.ID]
	if !has || p.list != r.lists {
		r.list.distinct++
	}

	if !has {
		r.seen[doc.ID] = place{len(r.docs), r.lists}
		r.docs = append(r.docs, doc)
		return nil
	}

	r.seen[doc.ID] = place{p.at, r.lists}
	first := &r.docs[p.at]
	if compare(first.Spec, doc.Spec) != 0 {
		return &snapshot.Evidence{Code: codeDuplicate, Message: fmt.Sprintf("two documents have the id %q, and they differ", doc.ID)}
	}

	if compare(first.Observed, doc.Observed) < 0 {
		first.Observed = doc.Observed
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
func (r *reading) objects(p page) ([]map[string]any, error) {
	if r.unit.single() {
		return []map[string]any{p}, r.unit.checkSingle(p)
	}

	name := r.unit.list()
	list, ok := p[name].([]any)
	if !ok {
		return nil, fmt.Errorf("page %d has no array %q%s", r.pages, name, cased(p, name))
	}

	objects := make([]map[string]any, len(list))
	for i, item := range list {
		if objects[i], ok = item.(map[string]any); !ok {
			return nil, fmt.Errorf("page %d: item %d is not an object", r.pages, i)
		}
	}

	return objects, nil
}

// cased names the property that differs in case alone.
func cased(p page, name string) string {
	for k := range p {
		if k != name && strings.EqualFold(k, name) {
			return fmt.Sprintf(" (it has %q: this is PowerShell's output, not the API's answer)", k)
		}
	}
	return ""
}

// checkSingle refuses a list, and an object that shares nothing with the
// schema: an error in a shape that nobody knows, say.
func (u Unit) checkSingle(p page) error {
	if _, isList := p["value"].([]any); isList && u.Schema.Properties["value"] == nil {
		return errors.New("a list where one object is expected")
	}
	if !u.holds(p) {
		return fmt.Errorf("an object with none of the properties of %s", u.Schema.Dataset)
	}
	return nil
}

// holds: the page has objects, or is a singleton's.
func (u Unit) holds(p page) bool {
	if !u.single() {
		list, _ := p[u.list()].([]any)
		return len(list) > 0
	}
	for name := range u.Schema.Properties {
		if _, has := p[name]; has {
			return true
		}
	}
	return false
}

func (u Unit) single() bool { return u.Schema.ID.Form == snapshot.Singleton }

// stop notes why the list is not whole: the first reason, unless a later one
// makes all of it worthless.
func (r *reading) stop(e *snapshot.Evidence) {
	if r.evidence == nil || dishonest[e.Code] && !dishonest[r.evidence.Code] {
		r.evidence = clip(e)
	}
}
