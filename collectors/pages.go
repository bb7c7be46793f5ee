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

// nextLinks names the property that holds the address of the next page:
// https://learn.microsoft.com/graph/paging,
// https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-details.md
var nextLinks = map[string]string{"graph": "@odata.nextLink", "arm": "nextLink"}

// pages reads a list to its last page. Evidence is nil only then; the pages
// that were read come back in any case. within pins the next links.
func (a api) pages(ctx context.Context, first *url.URL, within pin, link string, limit int) ([]page, *snapshot.Evidence) {
	var read []page
	seen, size, empty := map[string]bool{}, 0, 0
	for next := first; next != nil; {
		if seen[next.String()] {
			return read, &snapshot.Evidence{Code: codeLoop, Message: fmt.Sprintf("page %d is one that was read before", len(read)+1)}
		}
		if len(seen) == limit || size > maxList {
			return read, &snapshot.Evidence{Code: codeOversized, Message: fmt.Sprintf("the list does not end within %d pages and %d bytes", limit, maxList)}
		}
		seen[next.String()] = true
		data, err := a.get(ctx, next)
		if err != nil {
			return read, evidenceOf(err)
		}
		size += len(data)
		body, err := snapshot.ParseObject(data)
		if err != nil {
			return read, malformed("page %d: %v", len(read)+1, err)
		}
		read = append(read, body)
		if empty++; !isEmpty(body) {
			empty = 0
		}
		if empty > maxEmpty {
			return read, &snapshot.Evidence{Code: codeLoop, Message: fmt.Sprintf("%d pages in a row hold nothing", empty)}
		}
		var evidence *snapshot.Evidence
		if next, evidence = following(body, link, within); evidence != nil {
			return read, evidence
		}
	}
	return read, nil
}

func isEmpty(body page) bool {
	list, _ := body["value"].([]any)
	return len(list) == 0
}

// following is the next page's address, nil after the last page.
func following(body page, link string, within pin) (*url.URL, *snapshot.Evidence) {
	switch v := body[link].(type) {
	case nil:
		return nil, nil
	case string:
		if v == "" {
			return nil, nil
		}
		u, err := url.Parse(v)
		if err == nil {
			err = within.check(u)
		}
		if err != nil {
			return nil, &snapshot.Evidence{Code: codeForeign, Message: "the next link was not followed: " + err.Error()}
		}
		u.Fragment = ""
		return u, nil
	}
	return nil, malformed("%q is not a string", link)
}

func malformed(format string, args ...any) *snapshot.Evidence {
	return &snapshot.Evidence{Code: codeMalformed, Message: fmt.Sprintf(format, args...)}
}
