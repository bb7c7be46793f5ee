package collectors

import (
	"context"
	"fmt"
	"net/url"

	"ringfence/collectors/snapshot"
)

// Bounds of one list. A tenant of 500,000 users is 501 pages of 999.
const (
	maxPages = 20_000
	maxList  = 2 << 30 // bytes
	maxEmpty = 100     // pages in a row that hold nothing; a few are normal
)

// page is the parsed body of one answer.
type page = map[string]any

// api is one of the two APIs.
type api struct {
	base *url.URL // without version
	get  func(context.Context, *url.URL) ([]byte, error)
}

// walk is how a list is read: the property that leads to the next page ("":
// there is none), where that may lie, and how many pages there may be.
type walk struct {
	link   string
	within pin
	limit  int
}

// pages reads a list to its last page and hands each to take. Evidence is nil
// only then.
func (a api) pages(ctx context.Context, first *url.URL, w walk, take func(page)) *snapshot.Evidence {
	seen, size, empty := map[string]bool{}, 0, 0
	for next := first; next != nil; {
		if seen[next.String()] {
			return &snapshot.Evidence{Code: codeLoop, Message: fmt.Sprintf("page %d is one that was read before", len(seen)+1)}
		}
		if len(seen) == w.limit || size > maxList {
			return &snapshot.Evidence{Code: codeOversized, Message: fmt.Sprintf("the list does not end within %d pages and %d bytes", w.limit, maxList)}
		}

		seen[next.String()] = true
		data, err := a.get(ctx, next)
		if err != nil {
			return evidenceOf(err)
		}

		size += len(data)
		body, err := snapshot.ParseObject(data)
		if err != nil {
			return malformed("page %d: %v", len(seen), err)
		}

		take(body)

		if empty++; !isEmpty(body) {
			empty = 0
		}

		if empty > maxEmpty {
			return &snapshot.Evidence{Code: codeLoop, Message: fmt.Sprintf("%d pages in a row hold nothing", empty)}
		}

		var evidence *snapshot.Evidence
		if next, evidence = w.following(body); evidence != nil {
			return evidence
		}
	}

	return nil
}

func isEmpty(body page) bool {
	list, _ := body["value"].([]any)
	return len(list) == 0
}

// following is the next page's address, nil after the last page.
func (w walk) following(body page) (*url.URL, *snapshot.Evidence) {
	switch v := body[w.link].(type) {
	case nil:
		return nil, nil
	case string:
		if v == "" {
			return nil, nil
		}

		u, err := url.Parse(v)
		if err == nil {
			err = w.within.check(u)
		}

		if err != nil {
			return nil, &snapshot.Evidence{Code: codeForeign, Message: "the next link was not followed: " + err.Error()}
		}

		u.Fragment = ""
		return u, nil
	}

	return nil, malformed("%q is not a string", w.link)
}

func malformed(format string, args ...any) *snapshot.Evidence {
	return &snapshot.Evidence{Code: codeMalformed, Message: fmt.Sprintf(format, args...)}
}
