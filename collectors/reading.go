package collectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
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

// reading makes documents of pages as they come: one page is held at a time.
type reading struct {
	answer
	unit  Unit
	scope string
	seen  map[string]int // id -> the list that it was on
	lists int            // an answer may be several lists, which may overlap
	rows  int64          // of a query
}

func (u Unit) read(scope string) *reading {
	return &reading{unit: u, scope: scope, seen: map[string]int{}}
}

// take adds a page. After a wrong one, pages are only counted.
func (r *reading) take(p page) {
	r.pages++
	if r.wrong != nil {
		return
	}
	var e *snapshot.Evidence
	switch err := r.add(p); {
	case errors.As(err, &e):
		r.wrong = e
	case err != nil:
		r.wrong = malformed("%v", err)
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
		switch list, has := r.seen[doc.ID]; {
		case has && list == r.lists:
			return &snapshot.Evidence{Code: codeDuplicate, Message: fmt.Sprintf("two documents have the id %q", doc.ID)}
		case has:
			continue
		}
		r.seen[doc.ID] = r.lists
		r.docs = append(r.docs, doc)
	}
	return nil
}

// objects takes the objects out of a list's page; a singleton's page is one.
func (r *reading) objects(p page) ([]map[string]any, error) {
	if r.unit.Schema.ID.Form == snapshot.Singleton {
		return []map[string]any{p}, nil
	}
	list, ok := p[r.unit.list()].([]any)
	if !ok {
		return nil, fmt.Errorf("page %d has no array %q", r.pages, r.unit.list())
	}
	objects := make([]map[string]any, len(list))
	for i, item := range list {
		if objects[i], ok = item.(map[string]any); !ok {
			return nil, fmt.Errorf("page %d: item %d is not an object", r.pages, i)
		}
	}
	if r.unit.query != "" {
		r.rows += int64(len(list))
		r.truncated(p)
	}
	return objects, nil
}

// truncated notes a query's answer that says, or whose total says, that there
// is more than it holds and no way to it.
func (r *reading) truncated(p page) {
	total, isTotal := p["totalRecords"].(json.Number)
	n, err := strconv.ParseInt(string(total), 10, 64)
	more, _ := p[skipToken].(string)
	switch {
	case p["resultTruncated"] == "true" || p["resultTruncated"] == true:
		r.stop(&snapshot.Evidence{Code: codeCutResult, Message: "the answer says that it is truncated"})
	case isTotal && more == "" && (err != nil || r.rows < n):
		r.stop(&snapshot.Evidence{Code: codeCutResult, Message: fmt.Sprintf("%d rows of %s were given", r.rows, total)})
	}
}

// stop notes why the list is not whole: the first reason, unless a later one
// makes all of it worthless.
func (r *reading) stop(e *snapshot.Evidence) {
	if r.evidence == nil || dishonest[e.Code] && !dishonest[r.evidence.Code] {
		r.evidence = e
	}
}
