package collectors

import (
	"context"
	"net/url"

	"ringfence/collectors/snapshot"
)

// skipToken leads from one page of a query's answer to the next.
const skipToken = "$skipToken"

// maxRows is the largest page of Resource Graph.
const maxRows = 1000

// queryPages asks Resource Graph about the one subscription of a reading, to the
// last page. It is pages for answers that are asked for by POST: what leads to the
// next one is a token in the request instead of an address.
func (c *connection) queryPages(ctx context.Context, to *url.URL, r *reading) *snapshot.Evidence {
	seen := map[string]bool{}
	for token := ""; ; {
		if seen[token] || len(seen) == maxPages {
			return newEvidence(codeLoop, "page %d is one that was read before", len(seen)+1)
		}

		seen[token] = true
		request, err := queryBody(r.unit.query, r.scope, token)
		if err != nil {
			return malformed("%v", err)
		}

		data, limited, err := c.postQuery(ctx, to, request)
		if err != nil {
			return evidenceOf(err)
		}

		body, err := snapshot.ParseObject(data)
		if err != nil {
			return malformed("page %d: %v", len(seen), err)
		}

		r.take(body)

		if limited {
			r.gap(newEvidence(codeCutResult, "the caller has more subscriptions than a query looks at"))
		}

		next, isText := body[skipToken].(string)
		if body[skipToken] != nil && !isText {
			return malformed("%q is not a string", skipToken)
		}
		if token = next; token == "" {
			return nil
		}
	}
}

func queryBody(query, subscription, token string) ([]byte, error) {
	options := map[string]any{"resultFormat": "objectArray", "$top": maxRows}
	if token != "" {
		options[skipToken] = token
	}

	return snapshot.Canonical(map[string]any{
		"subscriptions": []string{subscription}, "query": query, "options": options,
	})
}
