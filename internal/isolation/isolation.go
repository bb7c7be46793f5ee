// Package isolation says to people what a joined fleet shows: every path from one client to a
// target of another, which pairs of them are not proven apart and why, and what still leads to
// or from a client that left. It is the MSP's view, in which everybody has a name; what a
// client hears is fleet-facts.json (engine/fleet).
//
//	survey, err := isolation.New(fleet, isolation.Options{})
//	survey.Paths    // each with its shortest witness
//	survey.Unproven // and the evidence that is missing
//	survey.DOT()    // for graphviz
package isolation

import (
	"cmp"
	"slices"

	"ringfence/engine/fleet"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
)

// Fleet is a fleet that was joined, and what its tenants are called.
type Fleet struct {
	Joined  *fleet.Joined
	Members map[string]Member // by tenant, the MSP's own too
}

// Member is a tenant of the fleet.
type Member struct {
	Name string
	Cell string // "" for none
}

// SchemaName is in each survey that is written.
const SchemaName = "ringfence.fleet-paths/1"

// Survey is what there is to say. It names tenants, so that it is the MSP's alone.
type Survey struct {
	Schema string `json:"schema"`
	// Snapshot is the digest of the manifest of the MSP's evidence that others were compared with;
	// "" where facts were given without one.
	Snapshot string     `json:"snapshot"`
	Tenants  []Tenant   `json:"tenants"`  // sorted by name
	Pairs    Pairs      `json:"pairs"`    // how many there are
	Paths    []Path     `json:"paths"`    // sorted by whom they lead to, and from
	Unproven []Unproven `json:"unproven"` // sorted by whom they are about
	Missing  []Gap      `json:"missing"`  // what could decide them; that first which most pairs need
	Radii    fact.Radii `json:"radii"`    // which clients each principal of the MSP reaches
}

// Tenant is a tenant of the fleet, by the name that the rest of a survey uses.
type Tenant struct {
	Name     string `json:"name"`
	TenantID string `json:"tenant_id"`
	Cell     string `json:"cell"` // "" for none
	MSP      bool   `json:"msp"`
}

// Pairs counts ordered pairs: of a client, and of another tenant that it must not reach. The
// MSP's own reach is what it is there for, so that it is the second of a pair and not the first.
type Pairs struct {
	All      int `json:"all"`
	Apart    int `json:"apart"`    // proven
	Joined   int `json:"joined"`   // by a path
	Unproven int `json:"unproven"` // by neither
}

// Path leads from any node of one tenant to a target of another, and is a shortest one.
type Path struct {
	From   string     `json:"from"` // names
	To     string     `json:"to"`
	Target fact.Node  `json:"target"`
	State  fact.State `json:"state"` // of its weakest hop
	Hops   []Hop      `json:"hops"`
}

// Hop is an edge of a path, and what it rests on.
type Hop struct {
	From     fact.Node  `json:"from"`
	To       fact.Node  `json:"to"`
	Kind     string     `json:"kind"`
	State    fact.State `json:"state"`
	Evidence []Evidence `json:"evidence"`
}

// Evidence is a subject of a tenant's evidence, or a pointer into it.
type Evidence struct {
	Of      string `json:"of"` // a name
	Subject string `json:"subject"`
}

// Unproven are clients that may reach a tenant, for all that is known.
type Unproven struct {
	To    string `json:"to"`
	Pairs int    `json:"pairs"`
	// Everybody: all clients that must not reach it. From is empty then, see [Survey.Those].
	Everybody bool     `json:"everybody"`
	From      []string `json:"from"`
	// Lacking are those whose missing evidence might show a path. None: evidence was read too far
	// apart in time.
	Lacking []string `json:"lacking"`
}

// Options narrow or widen a survey.
type Options struct {
	// Client is the name of one client, if it is to be about that one alone: paths that begin
	// or end there, and pairs that it is one of.
	Client string
	// MSP adds the paths by which the MSP reaches its clients.
	MSP bool
}

// New surveys a fleet.
func New(f Fleet, o Options) (*Survey, error) {
	s := &surveying{Fleet: f, options: o, msp: f.Joined.Fleet().MSP, search: f.Joined.Graph.Search(),
		may: map[string]map[string]bool{}, gaps: gaps{},
		Survey: &Survey{Schema: SchemaName, Tenants: []Tenant{}, Paths: []Path{}, Unproven: []Unproven{},
			Radii: fact.Radii{Anybody: []string{}, Principals: []fact.Radius{}}}}
	s.Snapshot = f.Joined.Fleet().Snapshots[s.msp]
	for tenant, m := range f.Members {
		s.Tenants = append(s.Tenants, Tenant{m.Name, tenant, m.Cell, tenant == s.msp})
	}
	slices.SortFunc(s.Tenants, func(a, b Tenant) int { return cmp.Compare(a.Name, b.Name) })

	var reached []reach.Reached
	for _, t := range s.Tenants {
		r, err := s.search.From(t.TenantID)
		if err != nil {
			return nil, err
		}
		s.may[t.TenantID] = mayReach(r)
		reached = append(reached, r)
	}
	for _, r := range reached {
		if err := s.add(r); err != nil {
			return nil, err
		}
	}

	slices.SortStableFunc(s.Paths, func(a, b Path) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.From, b.From),
			cmp.Compare(a.State.Level(), b.State.Level()), cmp.Compare(len(a.Hops), len(b.Hops)),
			cmp.Compare(a.Target, b.Target))
	})
	s.Unproven = s.grouped()
	s.Missing = s.missing()
	return s.Survey, s.addRadii()
}

// addRadii adds which clients the MSP's people and programs reach, or may reach.
func (s *surveying) addRadii() error {
	if s.msp == "" || s.options.Client != "" {
		return nil
	}
	radii, anybody, err := s.search.Radii(s.msp)
	if err != nil {
		return err
	}

	for _, tenant := range anybody {
		s.Radii.Anybody = append(s.Radii.Anybody, s.Members[tenant].Name)
	}
	for _, r := range radii {
		radius := fact.Radius{Kind: r.Principal.Kind(), ID: r.Principal.ID()}
		r.Tenants[fact.Open] = r.Open
		for state, tenants := range r.Tenants {
			for _, tenant := range tenants {
				radius.Clients = append(radius.Clients, fact.Reached{Name: s.Members[tenant].Name, State: state})
			}
		}
		s.Radii.Principals = append(s.Radii.Principals, radius)
	}
	s.Radii.Sort()
	return nil
}

// surveying is a survey under way.
type surveying struct {
	Fleet
	*Survey
	options Options
	msp     string
	search  *reach.Search
	may     map[string]map[string]bool // whom a tenant reaches or may reach
	open    []pair                     // that are not proven
	gaps    gaps
}

// pair is of two tenants.
type pair struct{ from, to string }

func mayReach(r reach.Reached) map[string]bool {
	may := map[string]bool{}
	for _, t := range r.Targets {
		may[t.Node.Tenant()] = true
	}
	for _, t := range r.Unproven {
		may[t] = true
	}
	return may
}

// asked reports whether a pair is one that the survey is about.
func (s *surveying) asked(from, to string) bool {
	one := s.options.Client
	return one == "" || s.Members[from].Name == one || s.Members[to].Name == one
}

// add adds what was found out about a tenant.
func (s *surveying) add(r reach.Reached) error {
	joined := map[string]bool{}
	for _, t := range r.Targets {
		to := t.Node.Tenant()
		if !s.asked(r.From, to) || r.From == s.msp && !s.options.MSP {
			continue
		}
		hops, err := s.search.Witness(r.From, t.Node, t.State)
		if err != nil {
			return err
		}
		s.Paths = append(s.Paths, s.path(r.From, t, hops))
		joined[to] = true
	}
	if r.From == s.msp {
		return nil
	}

	for _, to := range r.Unproven {
		if s.asked(r.From, to) {
			s.open = append(s.open, pair{r.From, to})
			s.Pairs.Unproven++
		}
	}
	for tenant := range s.Members {
		if tenant != r.From && s.asked(r.From, tenant) {
			s.Pairs.All++
		}
	}
	s.Pairs.Joined += len(joined)
	s.Pairs.Apart = s.Pairs.All - s.Pairs.Joined - s.Pairs.Unproven
	return nil
}

func (s *surveying) path(from string, t reach.Target, hops []reach.Hop) Path {
	p := Path{From: s.Members[from].Name, To: s.Members[t.Node.Tenant()].Name, Target: t.Node, State: t.State}
	for _, h := range hops {
		hop := Hop{From: h.From, To: h.To, Kind: h.Kind, State: h.State}
		for _, e := range h.Evidence {
			hop.Evidence = append(hop.Evidence, Evidence{s.Members[e.Tenant].Name, e.Subject})
		}
		p.Hops = append(p.Hops, hop)
	}
	return p
}

// Offending are the paths that begin at a client.
func (s *Survey) Offending() []Path {
	var all []Path
	for _, p := range s.Paths {
		if !s.isMSP(p.From) {
			all = append(all, p)
		}
	}
	return all
}

func (s *Survey) isMSP(name string) bool {
	return slices.ContainsFunc(s.Tenants, func(t Tenant) bool { return t.MSP && t.Name == name })
}

// MSP is the MSP's own tenant, "" if it is not there.
func (s *Survey) MSP() string {
	for _, t := range s.Tenants {
		if t.MSP {
			return t.TenantID
		}
	}
	return ""
}

// Name is what the tenant of a node is called: its name, or its id if it is not in the fleet.
func (s *Survey) Name(n fact.Node) string {
	if t, member := s.tenant(n.Tenant()); member {
		return t.Name
	}
	return n.Tenant()
}

func (s *Survey) tenant(id string) (Tenant, bool) {
	i := slices.IndexFunc(s.Tenants, func(t Tenant) bool { return t.TenantID == id })
	if i < 0 {
		return Tenant{}, false
	}
	return s.Tenants[i], true
}
