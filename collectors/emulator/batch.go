package emulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxBatch is how many requests Graph takes at once.
const maxBatch = 20

// Refusals of a batch, or of one of its requests.
var (
	badBatch  = refusal{400, "BadRequest", "Invalid batch payload format."}
	longBatch = refusal{400, "MaximumValueExceeded",
		"Number of batch request steps exceeds the maximum value of %d."}
	badBatchURL   = refusal{400, "BadRequest", "Invalid batch request URL."}
	backendClosed = refusal{502, "BadGateway", "The connection to the backend was closed."}
)

// batchItem is one request of a JSON batch.
type batchItem struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"` // below the version: "/groups/…/members?$select=id"
	Headers map[string]string `json:"headers"`
}

func isBatch(q *call) bool {
	return q.api == "graph" && q.path == "/$batch" && q.r.Method == http.MethodPost
}

// batch answers POST /$batch: https://learn.microsoft.com/graph/json-batching.
// Each request is answered as if it had come alone, faults and log included;
// the answers come in another order than the requests.
func (s *Server) batch(q *call) answer {
	var body struct{ Requests []batchItem }
	raw, err := readBody(q.r)
	if err == nil {
		err = json.Unmarshal(raw, &body)
	}

	ids := map[string]bool{}
	for _, item := range body.Requests {
		if item.ID == "" || ids[item.ID] {
			err = fmt.Errorf("id %q is empty or not unique", item.ID)
		}
		ids[item.ID] = true
	}

	switch {
	case err != nil, len(body.Requests) == 0:
		return s.refuse(q, badBatch)
	case len(body.Requests) > maxBatch:
		return s.refuse(q, longBatch, maxBatch)
	}

	var responses []any
	var longest time.Duration
	for _, item := range body.Requests {
		response, a := s.batchStep(q, item)
		longest = max(longest, a.delay)
		responses = append(responses, response)
	}

	slices.Reverse(responses)
	a := ok(object{"responses": responses})
	a.delay = longest

	return a
}

// batchStep answers one request of a batch.
func (s *Server) batchStep(q *call, item batchItem) (object, answer) {
	to, err := url.Parse("/graph/" + q.version + "/" + strings.TrimPrefix(item.URL, "/"))
	if err != nil || strings.HasSuffix(to.Path, "/$batch") {
		a := s.refuse(q, badBatchURL)
		return object{"id": item.ID, "status": a.status, "body": a.doc}, a
	}

	r := q.r.Clone(q.r.Context())
	r.Method, r.URL, r.Body = strings.ToUpper(item.Method), to, http.NoBody
	for name, value := range item.Headers {
		if !strings.EqualFold(name, "Authorization") {
			r.Header.Set(name, value)
		}
	}

	inner := s.newCall(r)
	a := s.applyFaults(inner, s.answerWithinLimits(inner))
	s.keep(inner, a, true)

	headers := object{"Content-Type": "application/json", "Cache-Control": "no-cache"}
	for name, value := range a.header {
		headers[name] = value
	}

	if a.reset {
		a = s.refuse(inner, backendClosed)
	}

	return object{"id": item.ID, "status": a.status, "headers": headers, "body": a.embedded()}, a
}

// embedded is a body within a batch: JSON as it is, anything else in base64.
func (a answer) embedded() any {
	raw := a.raw
	if raw == nil && !a.cut {
		return a.doc
	}

	if raw == nil {
		raw = encode(a.doc)
	}

	if a.cut {
		raw = raw[:len(raw)/2]
	}

	if json.Valid(raw) {
		return json.RawMessage(raw)
	}

	return base64.StdEncoding.EncodeToString(raw)
}
