package isolation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ringfence/engine/fleet/fact"
	"ringfence/internal/terminal"
)

// lines say how an edge of a state is drawn.
var lines = map[fact.State]string{fact.Live: "solid", fact.JIT: "dashed", fact.Potential: "dotted"}

// DOT is the paths as a graph that Graphviz draws: a box for each tenant, its nodes in it, and
// each edge once, however many paths take it.
func (s *Survey) DOT() []byte {
	var b strings.Builder
	b.WriteString("digraph isolation {\n")
	b.WriteString("  rankdir=LR\n  node [shape=box, style=rounded]\n")
	fmt.Fprintf(&b, "  label=%s\n", quoted(s.Sentence(strconv.Itoa)))

	nodes, edges := s.edges()
	number := map[fact.Node]int{}
	for i, n := range nodes {
		number[n] = i
	}
	for i, tenant := range tenantsOf(nodes) {
		fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s\n", i, quoted(s.Name(fact.NewNode(tenant, "", ""))))
		for _, n := range nodes {
			if n.Tenant() == tenant {
				fmt.Fprintf(&b, "    n%d [label=%s%s]\n", number[n], quoted(n.Kind()+"\n"+n.ID()), emphasis(n))
			}
		}
		b.WriteString("  }\n")
	}
	for _, e := range edges {
		fmt.Fprintf(&b, "  n%d -> n%d [label=%s, style=%s]\n",
			number[e.From], number[e.To], quoted(e.Kind), lines[e.State])
	}
	b.WriteString("}\n")

	return []byte(b.String())
}

func emphasis(n fact.Node) string {
	if n.IsTarget() {
		return ", penwidth=3"
	}
	return ""
}

// quoted is text as a quoted string of the DOT language, in which a backslash begins an escape.
// What a terminal would obey is spelt out.
func quoted(text string) string {
	rows := strings.Split(text, "\n")
	for i, row := range rows {
		row = strings.ReplaceAll(terminal.Safe(row), `\`, `\\`)
		rows[i] = strings.ReplaceAll(row, `"`, `\"`)
	}
	return `"` + strings.Join(rows, `\n`) + `"`
}

// edges are those of all paths, and the nodes that they join, each once and sorted. What an edge
// rests on is in its evidence.
func (s *Survey) edges() ([]fact.Node, []Hop) {
	nodes, edges := map[fact.Node]bool{}, map[string]Hop{}
	for _, p := range s.Paths {
		for _, h := range p.Hops {
			nodes[h.From], nodes[h.To] = true, true
			edges[strings.Join([]string{string(h.From), string(h.To), h.Kind, string(h.State)}, "\x00")] = h
		}
	}
	return sorted(nodes), values(edges)
}

// tenantsOf are the tenants of sorted nodes.
func tenantsOf(nodes []fact.Node) []string {
	var all []string
	for _, n := range nodes {
		all = append(all, n.Tenant())
	}
	return slices.Compact(all)
}
