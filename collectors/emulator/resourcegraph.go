package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const resourceGraphPath = "/providers/Microsoft.ResourceGraph/resources"

// resourceGraphVersions are supported api-versions, newest first.
var resourceGraphVersions = []string{"2024-04-01", "2022-10-01", "2021-03-01", "2021-06-01-preview"}

// maxRows is the largest page of Azure Resource Graph.
const maxRows = 1000

// resourceQuery is a request: https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources.
type resourceQuery struct {
	Subscriptions []string
	Query         string
	Options       struct {
		Top          int    `json:"$top"`
		Skip         int    `json:"$skip"`
		SkipToken    string `json:"$skipToken"`
		ResultFormat string `json:"resultFormat"`
	}
}

func isResourceQuery(q *call) bool {
	return q.api == "arm" && strings.EqualFold(q.path, resourceGraphPath) && q.r.Method == http.MethodPost
}

// resourceGraph answers a query. It understands one: whose text has "/keys/"
// asks for id, type and location of every resource whose properties hold the
// address of a key. Subscriptions without a role show no rows, and no error.
func (s *Server) resourceGraph(q *call) answer {
	if code, message := s.armTokenError(q); code != "" {
		return s.failure(q, http.StatusUnauthorized, code, message)
	}

	e := endpoint{path: resourceGraphPath, versions: resourceGraphVersions}
	if a, bad := s.armVersionError(q, e, true); bad {
		return a
	}

	var body resourceQuery
	raw, err := readBody(q.r)
	if err == nil {
		err = json.Unmarshal(raw, &body)
	}

	o := body.Options
	if err != nil || !strings.Contains(body.Query, "/keys/") || o.Top < 0 || o.Top > maxRows || o.Skip < 0 || o.ResultFormat == "table" {
		return s.failure(q, http.StatusBadRequest, "BadRequest", "Please provide below info when asking for support: timestamp = "+s.now().Format("2006-01-02T15:04:05.0000000Z")+", correlationId = "+q.id+".")
	}

	rows := q.tenant.keyReferences(body.Subscriptions)
	size, from, valid := o.Top, o.Skip, true
	if size == 0 {
		size = min(s.opts.PageSize, maxRows)
	}

	if o.SkipToken != "" {
		if from, _, valid = s.readSkipToken(q, o.SkipToken); !valid {
			return s.failure(q, http.StatusBadRequest, "InvalidSkipToken", "The provided skip token is not valid.")
		}
	}

	from = min(from, len(rows))
	end := min(from+size, len(rows))
	doc := object{"totalRecords": len(rows), "count": end - from, "resultTruncated": "false", "facets": []any{}, "data": values(rows[from:end])}

	if end < len(rows) {
		doc["$skipToken"] = s.skipToken(q, end, 0)
	}

	a := ok(doc)
	a.header["x-ms-user-quota-remaining"], a.header["x-ms-user-quota-resets-after"] = "14", "00:00:05"
	return a
}

// keyReferences are the rows of the resources that the caller sees, by id. Types
// are lower case there.
func (t *Tenant) keyReferences(subscriptions []string) (rows []object) {
	for _, sub := range t.subs {
		if len(subscriptions) > 0 && !slices.ContainsFunc(subscriptions, func(id string) bool { return strings.EqualFold(id, sub.id) }) {
			continue
		}
		for _, o := range t.data[inventory(sub)] {
			if holdsKey(o) && t.mayRead(actionOf(o), o["id"].(string)) {
				rows = append(rows, object{"id": o["id"], "type": strings.ToLower(fmt.Sprint(o["type"])), "location": o["location"]})
			}
		}
	}

	slices.SortFunc(rows, func(a, b object) int { return strings.Compare(a["id"].(string), b["id"].(string)) })
	return rows
}

// inventory is where the resources lie that Resource Graph knows the properties of.
func inventory(sub *subscription) string { return strings.ToLower("/inventory" + sub.path("")) }

func holdsKey(o object) bool {
	text := bytes.ToLower(encode(o["properties"]))
	return bytes.Contains(text, []byte("/keys/")) && (bytes.Contains(text, []byte(".vault.")) || bytes.Contains(text, []byte(".managedhsm.")))
}
