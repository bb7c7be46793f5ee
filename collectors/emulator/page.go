package emulator

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// page is one page of a collection: where it starts, and what came before.
type page struct {
	all    []object // the whole collection
	offset int
	hops   int // empty pages on the way here
}

// nextKey is the name of the link to the next page.
func (q *call) nextKey() string {
	if q.api == "graph" {
		return "@odata.nextLink"
	}
	return "nextLink"
}

// paged answers a list in pages of size items. ok is false for a continuation
// token that this path did not hand out.
func (s *Server) paged(q *call, all []object, size int) (doc object, p page, ok bool) {
	p = page{all: all}
	if token := q.query.Get("$skiptoken"); token != "" {
		if p.offset, p.hops, ok = s.readSkipToken(q, token); !ok || p.offset > len(all) {
			return nil, p, false
		}
	}

	end := min(p.offset+size, len(all))
	doc = object{"value": values(all[p.offset:end])}

	if end < len(all) {
		doc[q.nextKey()] = s.link(q, s.skipToken(q, end, 0))
	}

	return doc, p, true
}

func values(items []object) []any {
	v := make([]any, len(items))
	for i, o := range items {
		v[i] = o
	}
	return v
}

// link is this request's URL with another continuation token. Graph writes the
// $ of its options as it is, ARM encodes it.
func (s *Server) link(q *call, token string) string {
	query := url.Values{}
	for k, v := range q.query {
		query[k] = v
	}

	query.Set("$skiptoken", token)
	encoded := query.Encode()

	if q.api == "graph" {
		encoded = strings.ReplaceAll(encoded, "%24", "$")
	}

	return s.URL + q.r.URL.EscapedPath() + "?" + encoded
}

// skipToken is opaque to clients and holds for one tenant and path.
func (s *Server) skipToken(q *call, offset, hops int) string {
	state := fmt.Sprintf("%d.%d", offset, hops)
	return base64.RawURLEncoding.EncodeToString([]byte(state + "." + s.skipMAC(q, state)))
}

func (s *Server) readSkipToken(q *call, token string) (offset, hops int, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, 0, false
	}

	i := strings.LastIndexByte(string(b), '.')
	if i < 0 || string(b[i+1:]) != s.skipMAC(q, string(b[:i])) {
		return 0, 0, false
	}

	_, err = fmt.Sscanf(string(b[:i]), "%d.%d", &offset, &hops)
	return offset, hops, err == nil && offset >= 0
}

func (s *Server) skipMAC(q *call, state string) string {
	return fmt.Sprintf("%x", digest(s.world.Seed, q.tenantID, strings.ToLower(q.path), state))[:16]
}
