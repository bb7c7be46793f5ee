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
	return valid && q.about() != ""
}

// What the queries are about that the emulator can answer.
const (
	aboutKeys    = "/keys/"
	aboutBackups = "microsoft.recoveryservices/vaults"
)

// about is a part of the query's text, which tells it from others; "" for a query that
// nobody here can answer.
func (q resourceQuery) about() string {
	for _, part := range []string{aboutKeys, aboutBackups} {
		if strings.Contains(q.Query, part) {
			return part
		}
	}
	return ""
}

// queries are the datasets that are read by a query, and what that is about.
var queries = map[string]string{"azure.key_references": aboutKeys, "azure.backup_vaults": aboutBackups}

// resourceQuery is the body of a request to Azure Resource Graph; the zero one where it
// is none.
func (q *call) resourceQuery() resourceQuery {
	if q.resources == nil {
		q.resources = &resourceQuery{}
		raw, err := readBody(q.r)
		if err == nil {
			err = json.Unmarshal(raw, q.resources)
		}
		if err != nil {
			q.resources = &resourceQuery{}
		}
	}
	return *q.resources
}

func isResourceQuery(q *call) bool {
	return q.api == "arm" && strings.EqualFold(q.path, resourceGraphPath) && q.r.Method == http.MethodPost
}

// resourceGraph answers a query. It understands two: for id, type and location of every
// resource whose properties hold the address of a key, and for all of the vaults that
// backups are in. Subscriptions without a role show no rows, and no error.
func (s *Server) resourceGraph(q *call) answer {
	if a, refused := s.armTokenRefusal(q); refused {
		return a
	}
	if a, refused := s.armVersionRefusal(q, resourceGraphVersions, true); refused {
		return a
	}

	body := q.resourceQuery()
	if !body.understood() {
		return s.refuse(q, badResourceQuery, s.now().Format("2006-01-02T15:04:05.0000000Z"), q.id)
	}

	rows := q.tenant.rows(body)
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

// rows are those of the resources that a query is about and that the caller sees, by
// id. Types are lower case there.
func (t *Tenant) rows(q resourceQuery) (rows []object) {
	for _, sub := range t.subscriptions {
		asked := func(id string) bool { return strings.EqualFold(id, sub.id) }
		if len(q.Subscriptions) > 0 && !slices.ContainsFunc(q.Subscriptions, asked) {
			continue
		}

		for _, o := range t.rowsOf(sub, q.about()) {
			if t.mayRead(readActionOf(o), o["id"].(string)) {
				rows = append(rows, o)
			}
		}
	}

	slices.SortFunc(rows, func(a, b object) int {
		return strings.Compare(a["id"].(string),
			b["id"].(string))
	})
	return rows
}

func (t *Tenant) rowsOf(sub *subscription, about string) (rows []object) {
	if about == aboutBackups {
		return t.at(backupInventory(sub))
	}

	for _, o := range t.at(inventory(sub)) {
		if holdsKey(o) {
			typ := strings.ToLower(o["type"].(string))
			rows = append(rows, object{"id": o["id"], "type": typ, "location": o["location"]})
		}
	}
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
