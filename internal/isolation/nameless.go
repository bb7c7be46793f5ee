package isolation

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"ringfence/engine/fleet/fact"
)

// Nameless is a residue as the client may have it, an error if it is not known to be all: other
// clients have the pseudonyms that this client knows them by, their nodes are of a kind and have
// no id, and nothing says how many there are that it has nothing in common with.
func (r *Residue) Nameless(f Fleet) (*Residue, error) {
	if !r.Complete() {
		return nil, errors.New("evidence is missing: " + strings.Join(r.Missing, "; "))
	}

	var others []string
	for tenant, m := range f.Members {
		if tenant != r.TenantID && m.Name != r.Client {
			others = append(others, tenant)
		}
	}
	msp := f.Joined.Fleet().MSP
	n := nameless{own: r, msp: msp, names: map[string]string{},
		tenants: f.Joined.Fleet().Key.Pseudonyms(r.TenantID, others)}
	n.tenants[msp] = fact.MSP
	for tenant, pseudonym := range n.tenants {
		n.names[f.Members[tenant].Name] = pseudonym
	}

	told := *r
	told.Relations, told.Paths, told.Sides = []Relation{}, []Path{}, n.sides(r.Sides)
	for _, rel := range r.Relations {
		rel.With, rel.From, rel.To = n.name(rel.With), n.node(rel.From), n.node(rel.To)
		rel.Evidence = n.evidence(rel.Evidence)
		told.Relations = append(told.Relations, rel)
	}
	for _, p := range r.Paths {
		p.From, p.To, p.Target = n.name(p.From), n.name(p.To), fact.Node(n.node(string(p.Target)))
		hops := []Hop{}
		for _, h := range p.Hops {
			hops = append(hops, Hop{From: fact.Node(n.node(string(h.From))), To: fact.Node(n.node(string(h.To))),
				Kind: h.Kind, State: h.State, Evidence: n.evidence(h.Evidence)})
		}
		p.Hops = hops
		told.Paths = append(told.Paths, p)
	}
	slices.SortFunc(told.Relations, compareRelations)
	return &told, nil
}

// nameless takes names away.
type nameless struct {
	own     *Residue
	msp     string            // its tenant
	names   map[string]string // by name
	tenants map[string]string // by tenant
}

func (n nameless) name(name string) string { return cmp.Or(n.names[name], name) }

func (n nameless) node(node string) string {
	tenant := fact.Node(node).Tenant()
	pseudonym, other := n.tenants[tenant]
	if !other || tenant == n.msp {
		return node
	}
	return pseudonym + "/" + fact.Node(node).Kind()
}

func (n nameless) evidence(all []Evidence) []Evidence {
	kept := []Evidence{}
	for _, e := range all {
		if name := n.name(e.Of); e.Of == n.own.Client || name == fact.MSP {
			kept = append(kept, Evidence{name, e.Subject})
		}
	}
	return kept
}

// sides are the client's and the MSP's, and what all others have together.
func (n nameless) sides(all []Side) []Side {
	kept, others := []Side{}, Side{Name: "others"}
	for _, s := range all {
		switch name := n.name(s.Name); {
		case s.Name == n.own.Client || name == fact.MSP:
			s.Name = name
			kept = append(kept, s)
		default:
			others.First = min(cmp.Or(others.First, s.First), s.First) // RFC 3339 in UTC sorts as time does
			others.Last = max(others.Last, s.Last)
		}
	}
	if others.Last == "" {
		return kept
	}
	return append(kept, others)
}
