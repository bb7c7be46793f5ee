// Package certificate writes down why no path leads from some tenants to a target of another,
// so that somebody else can check it without this engine: a set of nodes that holds all of
// theirs and none of its targets, and that no edge leaves. Edges that are known are listed;
// for those that are not there, the evidence is named in which they would have been seen.
package certificate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
)

// SchemaName is in each certificate.json.
const SchemaName = "ringfence.certificate/1"

// Certificate says that no node of From reaches a target of To. It names tenants, and how
// many there are: it is the MSP's.
type Certificate struct {
	Schema string       `json:"schema"`
	To     string       `json:"to"`
	From   []string     `json:"from"`           // sorted
	Fleet  []string     `json:"fleet"`          // all tenants that were looked at, sorted
	Spread int64        `json:"spread_seconds"` // how far apart the evidence of both sides may be
	Kinds  []reach.Kind `json:"kinds"`          // sorted; those that make edges
	Set    Set          `json:"set"`
	Edges  []Edge       `json:"edges"`  // from the set to nodes of tenants that are not whole in it
	Absent []Absent     `json:"absent"` // sorted by kind and tenant
	Facts  []Digest     `json:"facts"`  // of tenants that are not whole in the set or in Absent, sorted
}

// Set is a set of nodes: all nodes of some tenants, and some of others.
type Set struct {
	Tenants []string    `json:"tenants"`
	Nodes   []fact.Node `json:"nodes"`
}

// Edge is a known edge.
type Edge struct {
	From fact.Node `json:"from"`
	To   fact.Node `json:"to"`
	Kind string    `json:"kind"`
}

// Absent says that a tenant's facts hold all edges, or links, of a kind.
type Absent struct {
	Kind   string `json:"kind"`
	Tenant string `json:"tenant"`
	// Controls and Controlled are how many links of that kind might control others, and let others
	// control the tenant ([reach.LinksOf]); 0 for a kind of edge.
	Controls   int         `json:"controls"`
	Controlled int         `json:"controlled"`
	Units      []fact.Unit `json:"units"` // the evidence that proves it, all complete
}

// Digest is the SHA-256 of a file of facts.
type Digest struct {
	Tenant string `json:"tenant"`
	SHA256 string `json:"sha256"`
}

// Refused is why there is no certificate.
type Refused struct {
	// Reached is a target that is reached by known edges, in the strongest way that there is,
	// and By one of the tenants that do; "" if none is.
	Reached fact.Node
	By      string
	// Missing is the evidence without which it cannot be said, by tenant.
	Missing map[string][]reach.Gap
}

func (r *Refused) Error() string {
	if r.Reached != "" {
		return fmt.Sprintf("no certificate: %s is reached from tenant %s", r.Reached, r.By)
	}

	missing := []string{}
	for tenant, gaps := range r.Missing {
		for _, g := range gaps {
			what := cmp.Or(g.Unit, "evidence")
			missing = append(missing, fmt.Sprintf("%s: %s for %s (%s)", tenant, what, g.Kind, g.Status))
		}
	}
	slices.Sort(missing)
	if len(missing) == 0 {
		return "no certificate: evidence was read too far apart in time"
	}
	return "no certificate, evidence is missing: " + strings.Join(missing, "; ")
}

// New certifies that no node of some tenants reaches a target of another, or returns a
// [*Refused].
func New(s *reach.Search, from []string, to string) (Certificate, error) {
	fleet := s.Graph().Fleet()
	if slices.Contains(from, to) || len(from) == 0 || !slices.Contains(fleet.Tenants, to) {
		return Certificate{}, fmt.Errorf("a certificate is about tenants, and one other of the fleet: %s, %s", from, to)
	}

	closure, err := s.Closure(from)
	if err != nil {
		return Certificate{}, err
	}
	if err := refused(s, closure, from, to); err != nil {
		return Certificate{}, err
	}

	c := Certificate{
		Schema: SchemaName, To: to, From: slices.Sorted(slices.Values(from)),
		Fleet:  slices.Sorted(slices.Values(fleet.Tenants)),
		Spread: int64(fleet.Spread.Seconds()),
		Set:    Set{Tenants: closure.Tenants, Nodes: closure.Nodes},
	}
	for _, k := range fleet.Kinds {
		if k.Rule != reach.Sharing {
			c.Kinds = append(c.Kinds, k)
		}
	}
	slices.SortFunc(c.Kinds, func(a, b reach.Kind) int { return cmp.Compare(a.Name, b.Name) })
	for _, e := range closure.Edges {
		c.Edges = append(c.Edges, Edge{e.From, e.To, e.Kind})
	}

	return c, c.prove(fleet)
}

// refused says why a closure is no certificate, nil if it is one.
func refused(s *reach.Search, closure reach.Closure, from []string, to string) error {
	isTarget := func(n fact.Node) bool { return n.Tenant() == to && n.IsTarget() }
	if !slices.Contains(closure.Tenants, to) && !slices.ContainsFunc(closure.Nodes, isTarget) {
		return nil
	}

	r, strongest := &Refused{Missing: map[string][]reach.Gap{}}, len(fact.States)
	for _, tenant := range from {
		reached, err := s.From(tenant)
		if err != nil {
			return err
		}
		for _, t := range reached.Targets {
			if t.Node.Tenant() == to && t.State.Level() < strongest {
				r.Reached, r.By, strongest = t.Node, tenant, t.State.Level()
			}
		}
	}
	if r.Reached != "" {
		return r
	}

	touched := slices.Clone(closure.Tenants)
	for _, n := range closure.Nodes {
		touched = append(touched, n.Tenant())
	}
	for _, tenant := range append(touched, to) {
		if gaps := s.Graph().Gaps(tenant); len(gaps) > 0 {
			r.Missing[tenant] = gaps
		}
	}
	return r
}

// prove names the evidence in which edges would have been seen.
func (c *Certificate) prove(fleet reach.Fleet) error {
	whole, partly := map[string]bool{}, map[string]bool{}
	for _, t := range c.Set.Tenants {
		whole[t] = true
	}
	for _, n := range c.Set.Nodes {
		partly[n.Tenant()] = true
	}

	// Those that are not whole in the set come first: which links they have says of which
	// links it matters whether others have them.
	tenants := slices.Clone(c.Fleet)
	slices.SortStableFunc(tenants, func(a, b string) int { return rank(whole[a]) - rank(whole[b]) })
	linked := map[string]bool{} // kinds of links by which a tenant may be controlled that is not whole
	for _, tenant := range tenants {
		facts, err := fleet.Facts(tenant)
		if err != nil {
			return err
		}

		proofs := len(c.Absent)
		for _, k := range c.Kinds {
			absent := Absent{Kind: k.Name, Tenant: tenant, Units: facts.Of(k.Name).Units}
			if k.Rule.Bridges() {
				n := reach.LinksOf(facts, k)
				absent.Controls, absent.Controlled = n.Controls, n.Controlled
				may := n.Controlled > 0 || !facts.Of(k.Name).Complete()
				linked[k.Name] = linked[k.Name] || !whole[tenant] && may
			}
			if needed(k, whole[tenant], partly[tenant], linked[k.Name]) {
				c.Absent = append(c.Absent, absent)
			}
		}
		if !whole[tenant] || len(c.Absent) > proofs {
			if err := c.digest(facts); err != nil {
				return err
			}
		}
	}

	slices.SortFunc(c.Facts, func(a, b Digest) int { return cmp.Compare(a.Tenant, b.Tenant) })
	slices.SortFunc(c.Absent, func(a, b Absent) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Tenant, b.Tenant))
	})
	return nil
}

// rank puts what is so after what is not.
func rank(so bool) int {
	if so {
		return 1
	}
	return 0
}

// needed reports whether it matters that a tenant has no other facts of a kind.
func needed(k reach.Kind, whole, partly, linked bool) bool {
	switch k.Rule {
	case reach.ToSide:
		return !whole // nobody gets in
	case reach.FromSide:
		return whole || partly // nobody gets out
	default:
		return !whole || linked // nothing in common
	}
}

func (c *Certificate) digest(facts fact.Facts) error {
	file, err := facts.Canonical()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(file)
	c.Facts = append(c.Facts, Digest{facts.Tenant, hex.EncodeToString(sum[:])})
	return nil
}

// Canonical is certificate.json.
func (c Certificate) Canonical() ([]byte, error) { return fact.Canonical(c) }
