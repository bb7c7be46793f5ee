package emulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

const resourceGraphPath = "/providers/Microsoft.ResourceGraph/resources"

// resourceGraphVersions are supported api-versions, newest first.
var resourceGraphVersions = []string{"2024-04-01", "2022-10-01", "2021-03-01", "2021-06-01-preview"}

// maxRows is the largest page of Azure Resource Graph.
const maxRows = 1000

// resourceQuery is a request:
// https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources.
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

// Refusals of Azure Resource Graph.
var (
	badResourceQuery = refusal{400, "BadRequest",
		"Please provide below info when asking for support: timestamp = %s, correlationId = %s."}
	badQuerySkipToken = refusal{400, "InvalidSkipToken", "The provided skip token is not valid."}
)

// understood: it is the query that the emulator can answer, with options that are valid.
func (q resourceQuery) understood() bool {
	o := q.Options
	valid := o.Top >= 0 && o.Top <= maxRows && o.Skip >= 0 && o.ResultFormat != "table"
	return valid && strings.Contains(q.Query, "/keys/")
}

func isResourceQuery(q *call) bool {
	return q.api == "arm" && strings.EqualFold(q.path, resourceGraphPath) && q.r.Method == http.MethodPost
}

// resourceGraph answers a query. It understands one: whose text has "/keys/"
// asks for id, type and location of every resource whose properties hold the
// address of a key. Subscriptions without a role show no rows, and no error.
func (s *Server) resourceGraph(q *call) answer {
	if a, refused := s.armTokenRefusal(q); refused {
		return a
	}
	if a, refused := s.armVersionRefusal(q, resourceGraphVersions, true); refused {
		return a
	}

	var body resourceQuery
	raw, err := readBody(q.r)
	if err == nil {
		err = json.Unmarshal(raw, &body)
	}

	if err != nil || !body.understood() {
		return s.refuse(q, badResourceQuery, s.now().Format("2006-01-02T15:04:05.0000000Z"), q.id)
	}

	rows := q.tenant.keyReferences(body.Subscriptions)
	from, valid := body.Options.Skip, true
	if token := body.Options.SkipToken; token != "" {
		if from, _, valid = s.readSkipToken(q, token); !valid {
			return s.refuse(q, badQuerySkipToken)
		}
	}

	size := cmp.Or(body.Options.Top, min(s.opts.PageSize, maxRows))
	from = min(from, len(rows))
	end := min(from+size, len(rows))
	doc := object{"totalRecords": len(rows), "count": end - from, "resultTruncated": "false",
		"facets": []any{},
		"data":   values(rows[from:end])}

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
	for _, sub := range t.subscriptions {
		asked := func(id string) bool { return strings.EqualFold(id, sub.id) }
		if len(subscriptions) > 0 && !slices.ContainsFunc(subscriptions, asked) {
			continue
		}

		for _, o := range t.at(inventory(sub)) {
			if holdsKey(o) && t.mayRead(readActionOf(o), o["id"].(string)) {
				typ := strings.ToLower(o["type"].(string))
				rows = append(rows, object{"id": o["id"], "type": typ, "location": o["location"]})
			}
		}
	}

	slices.SortFunc(rows, func(a, b object) int {
		return strings.Compare(a["id"].(string),
			b["id"].(string))
	})
	return rows
}

// inventory is where the resources lie that Resource Graph knows the properties of.
func inventory(sub *subscription) string { return "/inventory" + sub.path("") }

// holdsKey: the properties have the address of a key.
func holdsKey(o object) bool {
	text := bytes.ToLower(encode(o["properties"]))
	has := func(part string) bool { return bytes.Contains(text, []byte(part)) }
	return has("/keys/") && (has(".vault.") || has(".managedhsm."))
}
