package arm

import (
	"net/url"

	"ringfence/collectors/snapshot"
)

// Unit is what is asked of ARM for one dataset; everything else is in the
// dataset's schema.
type Unit struct {
	Dataset string

	// Within names a dataset of the same parent: the endpoint is asked with
	// {scope} for the subscription and for each of that dataset's documents.
	Within string

	// Query is one of Azure Resource Graph, which is posted to the endpoint for each
	// subscription; "": the endpoint is a list.
	Query string

	// Check refuses a whole answer at one scope; nil: there is nothing to check.
	Check func([]snapshot.Document) error
}

// URL is the address of the first page below base
// ("https://management.azure.com"): the schema's endpoint with its {names}
// replaced by params, and its API version. A name without a value is an error.
func (u Unit) URL(base *url.URL, s *snapshot.Schema, params map[string]string) (*url.URL, error) {
	path, query, err := s.Source.Fill(params)
	if err != nil {
		return nil, err
	}

	query.Set("api-version", s.Source.Version)
	to := base.JoinPath(path)
	to.RawQuery = query.Encode()

	return to, nil
}
