// Package reach says who of one tenant can reach a target of another, by edges that facts
// show, and which pairs of tenants nothing is known of because evidence is missing.
//
// A tenant is first collapsed to its boundary: the nodes at which a path can enter or leave
// it, and its targets. Between them the number of hops is kept and nothing else, so that ten
// million edges of 10,000 tenants become a graph that fits in memory. What lies between is
// read again for the few paths that are shown.
package reach

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"ringfence/engine/fleet/fact"
)

// Rule says whose evidence shows a kind of fact, and so whose has to be complete for "there
// are no others".
type Rule string

const (
	// ToSide is a kind of edge that the tenant of its To shows: a guest, a consented application.
	ToSide Rule = "to"
	// FromSide is a kind of edge that the tenant of its From shows.
	FromSide Rule = "from"
	// Bridging is a kind of link whose equal values are edges: both sides have to be complete.
	Bridging Rule = "bridge"
	// Owning is Bridging for values that one tenant alone can have with the role [fact.Controls], as
	// one tenant has the vault of a host name: whoever has a value that the same tenant controls is
	// controlled by nobody else through it.
	Owning Rule = "own"
	// Sharing is a kind of link that is no edge. It is not looked at here.
	Sharing Rule = "share"
)

// Bridges reports whether equal values of links are edges.
func (r Rule) Bridges() bool { return r == Bridging || r == Owning }

// Kind is a kind of fact that the policy set finds.
type Kind struct {
	Name string `json:"name"`
	Rule Rule   `json:"rule"`
}

// Bridge is one value that nodes of several tenants have.
type Bridge struct {
	Kind string
	Ends []End
}

// End is a link of a [Bridge].
type End struct {
	Node    fact.Node
	Role    string // fact.Same, fact.Controls or fact.Controlled
	State   fact.State
	Subject string
}

// Fleet is what is looked at.
type Fleet struct {
	Kinds   []Kind
	Tenants []string // each once; those of others that edges name are outside, and never gaps
	// Facts are those of a tenant; without coverage if there is no snapshot. It is called
	// twice for each of Tenants, and again for each that a shown path goes through. It has to
	// give the same each time.
	Facts   func(tenant string) (fact.Facts, error)
	Bridges []Bridge
	// Spread is how far apart in time the evidence of both sides of a bridge may be.
	Spread time.Duration
}

// Graph is a fleet, collapsed.
type Graph struct {
	fleet Fleet

	tenants []string // Fleet.Tenants sorted, then those outside
	number  map[string]int32
	inside  int // how many of tenants are the fleet's

	nodes    []fact.Node // boundary nodes; "" for the hub of a bridge
	id       map[fact.Node]int32
	of       []int32   // by node: its tenant, -1 for a hub
	isTarget []bool    // by node
	arcs     [][]arc   // by node
	boundary [][]int32 // by tenant: its boundary nodes, in the order of their names

	crossings []crossing // edges between tenants
	gaps      []gaps     // by tenant of the fleet
	unknown   []unknown  // one for each kind that bridges

	back back // made when it is asked for first
}

// arc leads to another boundary node: an edge between tenants, or the shortest way through one.
type arc struct {
	to   int32
	hops [levels]int32 // with edges as strong as the level and stronger; none if there is no way
}

// levels are the states: an arc of level i uses edges of fact.States[:i+1].
const levels = 3

// none is the number of hops of a way that there is not.
const none = int32(1<<31 - 1)

// crossing is an edge between tenants, and whose facts say so.
type crossing struct {
	edge   fact.Edge
	teller int32
}

// New reads all facts and collapses them.
func New(fleet Fleet) (*Graph, error) {
	fleet.Bridges = fleet.apart()
	g := &Graph{fleet: fleet, number: map[string]int32{}, id: map[fact.Node]int32{}}
	g.tenants = slices.Sorted(slices.Values(fleet.Tenants))
	g.inside = len(g.tenants)
	for i, t := range g.tenants {
		if i > 0 && g.tenants[i-1] == t {
			return nil, fmt.Errorf("tenant %s is in the fleet twice", t)
		}
		g.number[t] = int32(i)
	}
	g.boundary = make([][]int32, g.inside)
	g.gaps = make([]gaps, g.inside)
	for _, k := range fleet.Kinds {
		if k.Rule.Bridges() {
			g.unknown = append(g.unknown, newUnknown(k.Name, g.inside))
		}
	}

	if err := g.readCrossings(); err != nil {
		return nil, err
	}
	g.addCrossings()
	if err := g.addBridges(); err != nil {
		return nil, err
	}
	if err := g.collapseAll(); err != nil {
		return nil, err
	}
	g.sortBoundaries()

	return g, nil
}

// readCrossings reads all facts once: edges between tenants, and what is not known.
func (g *Graph) readCrossings() error {
	for i, tenant := range g.tenants[:g.inside] {
		facts, err := g.facts(tenant)
		if err != nil {
			return err
		}

		g.noteGaps(int32(i), facts)
		for _, e := range facts.Edges {
			if e.From.Tenant() != e.To.Tenant() {
				g.crossings = append(g.crossings, crossing{e, int32(i)})
			}
		}
	}

	slices.SortStableFunc(g.crossings, func(a, b crossing) int {
		return cmp.Or(fact.CompareEdges(a.edge, b.edge), cmp.Compare(a.teller, b.teller))
	})
	return nil
}

func (g *Graph) facts(tenant string) (fact.Facts, error) {
	facts, err := g.fleet.Facts(tenant)
	if err != nil {
		return facts, fmt.Errorf("facts of tenant %s: %w", tenant, err)
	}
	if facts.Tenant != tenant {
		return facts, fmt.Errorf("facts of tenant %s are those of %q", tenant, facts.Tenant)
	}

	return facts, nil
}

func (g *Graph) addCrossings() {
	for _, c := range g.crossings {
		g.join(g.node(c.edge.From), g.node(c.edge.To), 1, c.edge.State.Level())
	}
}

// addBridges adds each bridge as a hub, so that a value which a thousand nodes have makes two
// thousand arcs and not a million. The way into a hub is the hop, the way out is none.
func (g *Graph) addBridges() error {
	for _, b := range g.fleet.Bridges {
		same, across := g.hub(), g.hub()
		for _, end := range b.Ends {
			if _, known := g.number[end.Node.Tenant()]; !known {
				return fmt.Errorf("a bridge of kind %q ends at %q, in no tenant of the fleet", b.Kind, end.Node)
			}
			n, level := g.node(end.Node), end.State.Level()
			switch end.Role {
			case fact.Same:
				g.join(n, same, 1, level)
				g.join(same, n, 0, level)
			case fact.Controls:
				g.join(n, across, 1, level)
			case fact.Controlled:
				g.join(across, n, 0, level)
			}
		}
	}

	return nil
}

// join adds an arc that is there at a level and all weaker ones.
func (g *Graph) join(from, to, hops int32, level int) {
	a := arc{to: to, hops: [levels]int32{none, none, none}}
	for l := level; l < levels; l++ {
		a.hops[l] = hops
	}
	g.arcs[from] = append(g.arcs[from], a)
}

func (g *Graph) hub() int32 { return g.add("", -1) }

// node is the number of a boundary node, which is made if it is new.
func (g *Graph) node(name fact.Node) int32 {
	if n, known := g.id[name]; known {
		return n
	}

	tenant, known := g.number[name.Tenant()]
	if !known {
		tenant = int32(len(g.tenants))
		g.number[name.Tenant()] = tenant
		g.tenants = append(g.tenants, name.Tenant())
		g.boundary = append(g.boundary, nil)
	}

	n := g.add(name, tenant)
	g.id[name] = n
	g.boundary[tenant] = append(g.boundary[tenant], n)
	return n
}

func (g *Graph) add(name fact.Node, tenant int32) int32 {
	g.nodes = append(g.nodes, name)
	g.of = append(g.of, tenant)
	g.isTarget = append(g.isTarget, name != "" && name.IsTarget())
	g.arcs = append(g.arcs, nil)
	return int32(len(g.nodes) - 1)
}

func (g *Graph) sortBoundaries() {
	for _, nodes := range g.boundary {
		slices.SortFunc(nodes, func(a, b int32) int { return cmp.Compare(g.nodes[a], g.nodes[b]) })
	}
}

// Fleet is what the graph was made of.
func (g *Graph) Fleet() Fleet { return g.fleet }

// Size is how many boundary nodes and arcs between them the graph has.
func (g *Graph) Size() (nodes, arcs int) {
	for _, of := range g.arcs {
		arcs += len(of)
	}
	return len(g.nodes), arcs
}
