package graph

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ringfence/collectors/snapshot"
)

// Unit is what is asked of Graph for one dataset; everything else is in the
// dataset's schema.
type Unit struct {
	Dataset string
	Top     int      // page size to ask for; 0: the API's own
	Types   []string // values of {type} in the endpoint, each a list; nil: one list
	Batch   bool     // asked for in $batch, one item a parent
}

// URL is the address of the first page below base
// ("https://graph.microsoft.com"): the schema's endpoint with its {names}
// replaced by params. A name without a value is an error.
func (u Unit) URL(base *url.URL, s *snapshot.Schema, params map[string]string) (*url.URL, error) {
	path, query, err := s.Source.Fill(params)
	if err != nil {
		return nil, err
	}

	if u.Top > 0 {
		query.Set("$top", strconv.Itoa(u.Top))
	}

	to := base.JoinPath(s.Source.Version, path)
	to.RawQuery = Encode(query)
	return to, nil
}

// readable undoes the escapes that OData's examples do without; a batch's
// items are addresses that the service parses by itself.
var readable = strings.NewReplacer("%24", "$", "%2C", ",", "%27", "'", "+", "%20")

// Encode is a query sorted by name, written as OData's examples are.
func Encode(query url.Values) string {
	var pairs []string
	for name, values := range query {
		for _, v := range values {
			pair := url.QueryEscape(name) + "=" + url.QueryEscape(v)
			pairs = append(pairs, readable.Replace(pair))
		}
	}

	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}
