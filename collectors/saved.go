package collectors

import (
	"time"

	"ringfence/collectors/snapshot"
)

// takeFile reads the text of one saved file into a reading: an object, or an array
// of pages or objects.
func (r *reading) takeFile(data []byte) {
	var v any
	text, err := snapshot.UTF8(data)
	if err == nil {
		v, err = snapshot.Parse(text)
	}
	if err != nil {
		r.gap(malformed("%v", err))
		return
	}

	list, isList := v.([]any)
	_, isObject := v.(map[string]any)
	switch {
	case isObject:
		list = []any{v}
	case !isList:
		r.gap(malformed("neither an object nor an array"))
		return
	}

	items, other := allObjects(list)
	switch isSingle := r.unit.single(); {
	case other >= 0:
		r.gap(malformed("item %d is not an object", other))
	case isSingle && len(items) != 1:
		r.gap(malformed("one object is expected, there are %d", len(items)))
	case isSingle:
		r.takePages(items)
	default:
		r.takeList(items)
	}
}

// takeList tells pages from bare objects: a page has a "value" ("data"), or an
// error in its place. Objects without their page are kept, for what they show,
// but whether there were more is lost with it.
func (r *reading) takeList(items []page) {
	list := r.unit.listProperty()
	bare := []any{}
	for _, p := range items {
		_, isPage := p[list]
		if !isPage && otherCase(p, list) == "" && r.unit.envelope(p).failed == nil {
			bare = append(bare, p)
		}
	}

	switch {
	case len(items) == 0:
		r.gap(newEvidence(codeEnvelope, "the file is an array of no pages: no API answered that"))
	case len(bare) == 0:
		r.takePages(items)
	case len(bare) < len(items):
		r.gap(malformed("pages and objects are mixed"))

	default:
		r.begin()
		r.take(page{list: bare})
		if !r.unit.isOnlyOne(len(bare)) {
			r.gap(newEvidence(codeEnvelope, "the file holds objects without the page that they came on"+
				" (%q), which says whether there are more", list))
		}
		r.end()
	}
}

// proveWindow judges for which time a list was saved. Its file does not say; that
// it goes back far enough shows only in a document that is older than it has to be.
func (r *reading) proveWindow() {
	w := r.unit.Schema.Window
	if w == nil || r.pages == 0 {
		return
	}

	span := r.unit.windowBefore(r.started)
	r.window = span

	isOlder := func(d snapshot.Document) bool {
		text, _ := d.Spec[w.Property].(string)
		t, err := time.Parse(time.RFC3339, text)
		return err == nil && t.UTC().Format(time.RFC3339) < span.From
	}
	if r.pile != nil {
		for doc := range r.pile.All() {
			if isOlder(doc) {
				return
			}
		}
	}
	r.gap(newEvidence(codeWindow, "nothing in the file is older than %s, so that it may not go back"+
		" the %d days that are needed: save the list without a filter on %s", span.From, w.Days, w.Property))
}

// isOnlyOne: a tenant is one organization, so that one object is the list of it
// (https://learn.microsoft.com/graph/api/organization-get).
func (u Unit) isOnlyOne(objects int) bool { return u.Schema.Dataset == organization && objects == 1 }

// takePages takes the pages of a list. Where an answer is several lists, a page
// that names no next one ends a list.
func (r *reading) takePages(pages []page) {
	hasSeveral := len(r.unit.types) > 0 || r.unit.within != ""
	r.begin()
	for i, p := range pages {
		r.take(p)
		if hasSeveral && i < len(pages)-1 && r.unit.envelope(p).next == "" {
			r.end()
			r.begin()
		}
	}
	r.end()
}
