package isolation

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/engine/fleet"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
)

// ResidueName is the schema of a residue that is written.
const ResidueName = "ringfence.residue/1"

// Residue is what still joins a client with others, either way: with the MSP, or with it and all
// of its clients. It is seen from both sides: what the client's own evidence shows of the others,
// and what theirs shows of the client.
type Residue struct {
	Schema   string `json:"schema"`
	Client   string `json:"client"`
	TenantID string `json:"tenant_id"`
	// AsOf is when the last of the evidence had been read.
	AsOf  string   `json:"as_of"`
	Kinds []string `json:"kinds"` // of facts that were looked for, sorted

	Relations []Relation `json:"relations"` // sorted
	Paths     []Path     `json:"paths"`     // between the client and the others, either way
	Sides     []Side     `json:"sides"`     // the client's first

	// Missing is why nobody can say that this is all; nothing if it is.
	Missing []string `json:"missing"`
}

// Relation is an edge between the client and somebody else, or a value that both have.
type Relation struct {
	With      string     `json:"with"`
	Direction string     `json:"direction"` // Into, OutOf or Both
	Kind      string     `json:"kind"`
	State     fact.State `json:"state"`
	From      string     `json:"from"` // nodes; "" for a value that is no edge
	To        string     `json:"to"`
	Evidence  []Evidence `json:"evidence"`
}

// The directions of a relation.
const (
	Into  = "into"   // whoever has the other one's end has the client's
	OutOf = "out-of" // the other way round
	Both  = "both"
)

// Side is the evidence of one tenant.
type Side struct {
	Name  string `json:"name"`
	First string `json:"first"` // when the first piece had been read, and the last; "" for none
	Last  string `json:"last"`
	Facts string `json:"facts_sha256"` // of the file of its facts
}

// ResidueOptions say what is asked.
type ResidueOptions struct {
	Client string // a name
	MSP    bool   // with the MSP alone
	// After is when the client had left: evidence from before does not show what remained. Zero
	// if it did not.
	After time.Time
}

// Remains reports whether anything is left by which one gets to the other.
func (r *Residue) Remains() bool {
	return len(r.Paths) > 0 || slices.ContainsFunc(r.Relations, func(rel Relation) bool { return !rel.InCommon() })
}

// Common is how many values both have that lead nobody anywhere.
func (r *Residue) Common() int {
	n := 0
	for _, rel := range r.Relations {
		if rel.InCommon() {
			n++
		}
	}
	return n
}

// InCommon reports whether a relation is only a value that both have, such as an application of
// the same vendor: it is shown, and nobody gets anywhere by it.
func (rel Relation) InCommon() bool { return rel.Direction == Both && (rel.From == "" || rel.To == "") }

// Complete reports whether this is known to be all.
func (r *Residue) Complete() bool { return len(r.Missing) == 0 }

// NewResidue looks for what joins a client with others.
func NewResidue(f Fleet, o ResidueOptions) (*Residue, error) {
	r := &residue{Fleet: f, options: o, edges: map[string]*Relation{}, Residue: &Residue{Schema: ResidueName,
		Client: o.Client, Relations: []Relation{}, Paths: []Path{}, Missing: []string{}}}
	for tenant, m := range f.Members {
		if m.Name == o.Client {
			r.TenantID = tenant
		}
	}
	if r.TenantID == "" || r.TenantID == f.Joined.Fleet().MSP {
		return nil, fmt.Errorf("no client %q is joined", o.Client)
	}
	for _, k := range f.Joined.Fleet().Kinds {
		r.Kinds = append(r.Kinds, k.Name)
	}
	slices.Sort(r.Kinds)

	for _, tenant := range r.tenants() {
		if err := r.side(tenant); err != nil {
			return nil, err
		}
	}
	r.span()
	for _, s := range f.Joined.Shared {
		r.shared(s)
	}
	for _, e := range r.edges {
		slices.SortFunc(e.Evidence, compareEvidence)
		e.Evidence = slices.Compact(e.Evidence)
		r.Relations = append(r.Relations, *e)
	}
	slices.SortFunc(r.Relations, compareRelations)

	return r.Residue, r.paths()
}

// residue is one under way.
type residue struct {
	Fleet
	*Residue
	options     ResidueOptions
	edges       map[string]*Relation // both sides may show one
	first, last time.Time            // of all evidence
}

// with reports whether a tenant is one of the others.
func (r *residue) with(tenant string) bool {
	_, member := r.Members[tenant]
	return member && tenant != r.TenantID && (!r.options.MSP || tenant == r.Joined.Fleet().MSP)
}

// tenants are the client and the others, these by name.
func (r *residue) tenants() []string {
	var others []string
	for tenant := range r.Members {
		if r.with(tenant) {
			others = append(others, tenant)
		}
	}
	slices.SortFunc(others, func(a, b string) int { return cmp.Compare(r.Members[a].Name, r.Members[b].Name) })
	return append([]string{r.TenantID}, others...)
}

// side looks at the facts of a tenant.
func (r *residue) side(tenant string) error {
	facts, err := r.Joined.Fleet().Facts(tenant)
	if err != nil {
		return err
	}
	file, err := facts.Canonical()
	if err != nil {
		return err
	}

	for _, e := range facts.Edges {
		r.edge(tenant, e)
	}
	sum := sha256.Sum256(file)
	s := Side{Name: r.Members[tenant].Name, Facts: hex.EncodeToString(sum[:])}
	var first, last time.Time
	var missing []Missing
	for _, kind := range r.Kinds {
		for _, gap := range reach.MissingOf(facts.Of(kind)) {
			missing = append(missing, Missing{s.Name, kind, gap.Unit, gap.Status})
		}
		for _, u := range facts.Of(kind).Units {
			if u.Status == fact.Complete && u.EndedAt.Before(r.options.After) {
				early := fmt.Sprintf("read at %s, before the client had left", u.EndedAt.Format(time.RFC3339))
				missing = append(missing, Missing{s.Name, kind, u.Name, early})
			}
			first, last = widen(first, last, u.EndedAt)
		}
	}
	for _, g := range Pieces(missing) {
		r.Missing = append(r.Missing, g.String())
	}
	if !last.IsZero() {
		s.First, s.Last = first.Format(time.RFC3339), last.Format(time.RFC3339)
		r.first, r.last = widen(r.first, r.last, first)
		r.first, r.last = widen(r.first, r.last, last)
	}
	r.Sides = append(r.Sides, s)
	return nil
}

// widen makes a span hold a time; the zero time is none.
func widen(first, last, t time.Time) (time.Time, time.Time) {
	if t.IsZero() {
		return first, last
	}
	if first.IsZero() || t.Before(first) {
		first = t
	}
	if t.After(last) {
		last = t
	}
	return first, last
}

func (r *residue) span() {
	if !r.last.IsZero() {
		r.AsOf = r.last.Format(time.RFC3339)
	}
	if r.last.Sub(r.first) > r.Joined.Fleet().Spread {
		r.Missing = append(r.Missing, fmt.Sprintf("the evidence was read over %s, and %s is allowed",
			r.last.Sub(r.first), r.Joined.Fleet().Spread))
	}
}

// edge adds an edge that a tenant's facts show, if it leads from the client to another, or back.
func (r *residue) edge(teller string, e fact.Edge) {
	rel := Relation{Direction: Into, Kind: e.Kind, State: e.State, From: string(e.From), To: string(e.To)}
	other := e.From.Tenant()
	if other == r.TenantID {
		rel.Direction, other = OutOf, e.To.Tenant()
	}
	if !r.with(other) || e.From.Tenant() != r.TenantID && e.To.Tenant() != r.TenantID {
		return
	}

	key := strings.Join([]string{rel.From, rel.To, rel.Kind, string(rel.State)}, "\x00")
	if r.edges[key] == nil {
		rel.With = r.Members[other].Name
		r.edges[key] = &rel
	}
	for _, subject := range e.Evidence {
		r.edges[key].Evidence = append(r.edges[key].Evidence, Evidence{r.Members[teller].Name, subject})
	}
}

// shared adds a value that the client and others have.
func (r *residue) shared(s fleet.Shared) {
	for _, own := range s.Holders {
		for _, other := range s.Holders {
			if own.Tenant != r.TenantID || !r.with(other.Tenant) || !own.Relates(other) {
				continue
			}
			rel := Relation{With: r.Members[other.Tenant].Name, Direction: Both, Kind: s.Kind,
				State: fact.States[max(own.State.Level(), other.State.Level())],
				From:  string(own.Node), To: string(other.Node), Evidence: []Evidence{
					{r.Client, own.Subject}, {r.Members[other.Tenant].Name, other.Subject}}}
			switch own.Role {
			case fact.Controls:
				rel.Direction = OutOf
			case fact.Controlled:
				rel.Direction, rel.From, rel.To = Into, rel.To, rel.From
			}
			r.Relations = append(r.Relations, rel)
		}
	}
}

func compareRelations(a, b Relation) int {
	return cmp.Or(cmp.Compare(a.With, b.With), cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.State, b.State),
		slices.CompareFunc(a.Evidence, b.Evidence, compareEvidence))
}

func compareEvidence(a, b Evidence) int {
	return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.Subject, b.Subject))
}

// paths adds those that lead from the others to targets of the client, or back.
func (r *residue) paths() error {
	s, err := New(r.Fleet, Options{Client: r.Client, MSP: true})
	if err != nil {
		return err
	}
	others := map[string]bool{}
	for _, side := range r.Sides[1:] {
		others[side.Name] = true
	}
	for _, p := range s.Paths {
		if others[p.From] || others[p.To] {
			r.Paths = append(r.Paths, p)
		}
	}
	return nil
}

// Canonical is a residue as a file: RFC 8785 canonical JSON with an LF at the end.
func (r *Residue) Canonical() ([]byte, error) { return fact.Canonical(r) }
