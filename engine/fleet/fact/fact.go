// Package fact holds what one tenant's evidence says that matters beyond that tenant: who
// controls what (edges), and which identifiers must not occur anywhere else (links).
//
// Policies find facts, the join compares them across tenants, and controls judge what comes
// of it. Facts name kinds, and kinds are data: a new one needs no Go. [Facts] of a client are
// read and written inside that client's part of the store and nowhere else. What a client
// hears of others is [Heard], the file fleet-facts.json.
package fact

import (
	"cmp"
	"slices"
	"time"
)

// State says when an edge can be walked.
type State string

// The states, from the strongest to the weakest. A path is as weak as its weakest edge.
const (
	// Live needs nothing more.
	Live State = "live"
	// JIT needs an activation that the principal can do alone.
	JIT State = "jit"
	// Potential needs somebody else: a consent that nobody gave, an endpoint that is pending.
	Potential State = "potential"
)

// States are all states, the strongest first.
var States = []State{Live, JIT, Potential}

// Level is the place of a state in [States], len(States) for any other text.
func (s State) Level() int {
	if i := slices.Index(States, s); i >= 0 {
		return i
	}
	return len(States)
}

// Edge says that whoever controls From controls To, too.
type Edge struct {
	From     Node     `json:"from"`
	To       Node     `json:"to"`
	Kind     string   `json:"kind"`
	State    State    `json:"state"`
	Evidence []string `json:"evidence"` // subjects or pointers into them, sorted, at least one
}

// The roles of a link's node among the nodes of other tenants with an equal value.
const (
	// Same: each controls the other, as two applications do that have one credential.
	Same = "same"
	// Controls: it controls those that are Controlled, as a home account does its guests.
	Controls = "controls"
	// Controlled is the other side.
	Controlled = "controlled"
)

// Link is an identifier that ought to occur in one tenant alone, or that stands for one
// thing wherever it occurs: a certificate's thumbprint, a serial number, a guest's address.
type Link struct {
	Kind string `json:"kind"`
	// Value never leaves the tenant's part of the store. Others see a fingerprint of it.
	Value   string `json:"value"`
	Subject string `json:"subject"` // whose identifier it is, as controls name subjects
	Role    string `json:"role"`    // Same, Controls or Controlled
	// Node is what the link's owner is in the graph, "" for a link that is no edge, such as a
	// serial number.
	Node  Node  `json:"node"`
	State State `json:"state"`
}

// Complete is the status of a unit of evidence that was seen whole.
const Complete = "complete"

// Unit is a piece of evidence that facts rest on: a dataset, or "dataset@scope" of one that
// is read scope by scope.
type Unit struct {
	Name    string    `json:"name"`
	Status  string    `json:"status"`   // Complete, or what it is instead
	EndedAt time.Time `json:"ended_at"` // when it had been read, UTC, whole seconds
	Digest  string    `json:"digest"`   // SHA-256 of what was read, hexadecimal; "" if nothing was
}

// Coverage says on which evidence all facts of one kind rest. The tenant has no other facts
// of that kind if each unit is complete. A kind without units was not looked for.
type Coverage struct {
	Kind  string `json:"kind"`
	Units []Unit `json:"units"` // sorted by name
}

// Complete reports whether all facts of the kind are known.
func (c Coverage) Complete() bool {
	for _, u := range c.Units {
		if u.Status != Complete {
			return false
		}
	}
	return len(c.Units) > 0
}

// Facts are those of one tenant.
type Facts struct {
	Tenant   string     `json:"tenant"`
	Coverage []Coverage `json:"coverage"` // sorted by kind
	Links    []Link     `json:"links"`    // sorted
	Edges    []Edge     `json:"edges"`    // sorted
}

// Of is the coverage of a kind, one without units if the facts do not name the kind.
func (f Facts) Of(kind string) Coverage {
	i, found := slices.BinarySearchFunc(f.Coverage, kind, func(c Coverage, kind string) int {
		return cmp.Compare(c.Kind, kind)
	})
	if !found {
		return Coverage{Kind: kind}
	}
	return f.Coverage[i]
}

// Sort puts facts in the order in which they are written, and drops what is there twice.
func (f *Facts) Sort() {
	for i := range f.Coverage {
		units := f.Coverage[i].Units
		slices.SortFunc(units, func(a, b Unit) int { return cmp.Compare(a.Name, b.Name) })
	}
	slices.SortFunc(f.Coverage, func(a, b Coverage) int { return cmp.Compare(a.Kind, b.Kind) })

	slices.SortFunc(f.Links, compareLinks)
	f.Links = slices.Compact(f.Links)

	for i := range f.Edges {
		slices.Sort(f.Edges[i].Evidence)
		f.Edges[i].Evidence = slices.Compact(f.Edges[i].Evidence)
	}
	slices.SortFunc(f.Edges, CompareEdges)
	f.Edges = slices.CompactFunc(f.Edges, func(a, b Edge) bool { return CompareEdges(a, b) == 0 })
}

// CompareEdges orders edges by all that they say.
func CompareEdges(a, b Edge) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.State, b.State), slices.Compare(a.Evidence, b.Evidence))
}

func compareLinks(a, b Link) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Subject, b.Subject),
		cmp.Compare(a.Role, b.Role), cmp.Compare(a.Node, b.Node), cmp.Compare(a.State, b.State))
}
