package graph

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// Unit is what is asked of Graph for one dataset; everything else is in the
// dataset's schema.
type Unit struct {
	Dataset string
	Select  bool // ask for the schema's properties by name: the default set lacks some
}

// URL is the address of the first page below base ("https://graph.microsoft.com").
func (u Unit) URL(base *url.URL, s *snapshot.Schema) *url.URL {
	to := base.JoinPath(s.Source.Version, s.Source.Endpoint)
	if u.Select {
		to.RawQuery = "$select=" + strings.Join(slices.Sorted(maps.Keys(s.Properties)), ",")
	}
	return to
}
