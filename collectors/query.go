package collectors

import (
	"context"
	"fmt"
	"net/url"

	"ringfence/collectors/snapshot"
)

// skipToken leads from one page of a query's answer to the next.
const skipToken = "$skipToken"

// maxRows is the largest page of Resource Graph.
const maxRows = 1000

// query asks Resource Graph about one subscription, to the last page.
func (s *session) query(ctx context.Context, u Unit, to *url.URL, subscription string, r *reading) {
	seen := map[string]bool{}
	for token := ""; ; {
		if seen[token] || len(seen) == maxPages {
			r.stop(&snapshot.Evidence{Code: codeLoop, Message: fmt.Sprintf("page %d is one that was read before", len(seen)+1)})
			return
		}

		seen[token] = true
		options := map[string]any{"resultFormat": "objectArray", "$top": maxRows}

		if token != "" {
			options[skipToken] = token
		}

		body, err := snapshot.Canonical(map[string]any{"subscriptions": []string{subscription}, "query": u.query, "options": options})
		if err != nil {
			r.stop(malformed("%v", err))
			return
		}

		data, limited, err := s.arm.Query(ctx, to, body)
		if err != nil {
			r.stop(evidenceOf(err))
			return
		}

		p, err := snapshot.ParseObject(data)
		if err != nil {
			r.stop(malformed("page %d: %v", len(seen), err))
			return
		}

		r.take(p)

		if limited {
			r.stop(&snapshot.Evidence{Code: codeCutResult, Message: "the caller has more subscriptions than a query looks at"})
		}

		next, isToken := p[skipToken].(string)
		if p[skipToken] != nil && !isToken {
			r.stop(malformed("%q is not a string", skipToken))
		}

		if token = next; token == "" {
			return
		}
	}
}
