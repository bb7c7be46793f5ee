package isolation

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
)

// The file that BloodHound takes as OpenGraph. A node has an id, which BloodHound writes in
// capitals, and at most three kinds; kinds are letters, digits and _, and carry the namespace
// of who made them. Properties are texts, numbers, truth values, or lists of one of these.
// Source: https://bloodhound.specterops.io/opengraph/schema, and bh-rfc-4 for namespaces.
type (
	openGraph struct {
		Metadata openMetadata `json:"metadata"`
		Graph    openNodes    `json:"graph"`
	}
	openMetadata struct {
		SourceKind string `json:"source_kind"`
	}
	openNodes struct {
		Nodes []openNode `json:"nodes"`
		Edges []openEdge `json:"edges"`
	}
	openNode struct {
		ID         string         `json:"id"`
		Kinds      []string       `json:"kinds"`
		Properties map[string]any `json:"properties"`
	}
	openEdge struct {
		Kind       string         `json:"kind"`
		Start      openEnd        `json:"start"`
		End        openEnd        `json:"end"`
		Properties map[string]any `json:"properties"`
	}
	openEnd struct {
		MatchBy string `json:"match_by"`
		Value   string `json:"value"`
	}
)

// reader is for whom pseudonyms are made: nobody else was told the same ones.
const reader = "opengraph"

// OpenGraph is the nodes and edges of all paths as BloodHound takes them. Unless it is resolved,
// tenants have pseudonyms, and objects ids that say nothing without the fleet key.
func (s *Survey) OpenGraph(key fingerprint.Key, resolved bool) ([]byte, error) {
	nodes, edges := s.edges()
	g := openGraph{Metadata: openMetadata{"Ringfence"}, Graph: openNodes{[]openNode{}, []openEdge{}}}
	names := key.Pseudonyms(reader, tenantsOf(nodes))
	for tenant, name := range names {
		switch t, member := s.tenant(tenant); {
		case !member:
			names[tenant] = strings.Replace(name, "client", "outside", 1)
		case t.MSP:
			names[tenant] = fact.MSP
		}
	}

	id := func(n fact.Node) string { return strings.ToUpper(key.Object(reader, string(n))) }
	for _, n := range nodes {
		open := openNode{ID: id(n), Kinds: []string{openKind(n.Kind())}}
		if n.IsTarget() {
			open.Kinds = append(open.Kinds, openKind("target"))
		}
		open.Properties = map[string]any{"tenant": names[n.Tenant()], "name": names[n.Tenant()] + "/" + open.ID[:8]}
		if resolved {
			open.Properties = map[string]any{"tenant": s.Name(n), "tenantid": n.Tenant(),
				"name": s.Name(n) + "/" + n.ID(), "resource": n.ID()}
		}
		g.Graph.Nodes = append(g.Graph.Nodes, open)
	}
	for _, h := range edges {
		open := openEdge{Kind: openKind(h.Kind), Start: openEnd{"id", id(h.From)}, End: openEnd{"id", id(h.To)},
			Properties: map[string]any{"state": h.State}}
		if resolved {
			evidence := []string{}
			for _, e := range h.Evidence {
				evidence = append(evidence, e.Of+": "+e.Subject)
			}
			open.Properties["evidence"] = evidence
		}
		g.Graph.Edges = append(g.Graph.Edges, open)
	}

	// The order of ids that are not shown would say something about them.
	slices.SortFunc(g.Graph.Nodes, func(a, b openNode) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(g.Graph.Edges, func(a, b openEdge) int {
		state := func(e openEdge) fact.State { return e.Properties["state"].(fact.State) }
		return cmp.Or(cmp.Compare(a.Start.Value, b.Start.Value), cmp.Compare(a.End.Value, b.End.Value),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(state(a), state(b)))
	})

	return fact.Canonical(g)
}

// openKind is a kind of fact, or of node, as a kind of BloodHound's: "guest-home" is
// RF_GuestHome.
func openKind(label string) string {
	kind := "RF_"
	for word := range strings.SplitSeq(label, "-") {
		if word != "" {
			kind += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return kind
}

func sorted(set map[fact.Node]bool) []fact.Node { return slices.Sorted(maps.Keys(set)) }

// values are those of a map, in the order of its keys.
func values[V any](m map[string]V) []V {
	var all []V
	for _, key := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[key])
	}
	return all
}
