package fleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
)

// Heard is what each client may hear of others, by tenant; the MSP's own is not there.
func (j *Joined) Heard() (map[string]*fact.Heard, error) {
	w := &writing{Joined: j, search: j.Graph.Search(), heard: map[string]*fact.Heard{},
		crossings: map[string][]touching{},
		paths:     map[string][]crossing{}, open: map[string]bool{}, doubts: map[string]map[fact.Unproven]bool{}}
	for _, tenant := range j.clients() {
		w.heard[tenant] = &fact.Heard{TenantID: tenant, Snapshot: j.fleet.Snapshots[tenant]}
	}

	// Also where there is no other client yet: what is heard must not say that one came.
	for _, to := range w.search.Anywhere() {
		w.open[to] = true
	}
	for _, from := range j.tenants {
		if err := w.ask(from); err != nil {
			return nil, err
		}
	}
	if err := w.touching(); err != nil {
		return nil, err
	}
	for _, tenant := range j.clients() {
		w.conclude(tenant)
	}

	return w.heard, nil
}

func (j *Joined) clients() []string {
	return slices.DeleteFunc(slices.Clone(j.tenants), func(t string) bool { return t == j.fleet.MSP })
}

// writing is what is being written to clients.
type writing struct {
	*Joined
	search *reach.Search
	heard  map[string]*fact.Heard
	paths  map[string][]crossing             // by the tenant that they lead to
	open   map[string]bool                   // tenants that some client may reach, for all that is known
	doubts map[string]map[fact.Unproven]bool // whose evidence might show a path, by the tenant it would lead to

	crossings map[string][]touching // edges that a tenant's own facts tell of, by that tenant
}

// crossing is a path from another client.
type crossing struct {
	from  string
	state fact.State
	hops  []reach.Hop
}

// ask notes what a tenant reaches, and what it may reach.
func (w *writing) ask(from string) error {
	reached, err := w.search.From(from)
	if err != nil {
		return err
	}

	doubted := slices.Clone(reached.Unproven)
	for _, t := range reached.Targets {
		to := t.Node.Tenant()
		doubted = append(doubted, to)
		if from == w.fleet.MSP || to == w.fleet.MSP {
			continue // what the MSP reaches is what it is there for: its radius, in its own result
		}
		hops, err := w.search.Witness(from, t.Node, t.State)
		if err != nil {
			return err
		}
		w.paths[to] = append(w.paths[to], crossing{from, t.State, hops})
	}

	if from != w.fleet.MSP {
		for _, to := range reached.Unproven {
			w.open[to] = true
		}
	}
	for _, gap := range w.Graph.Gaps(from) {
		for _, to := range doubted {
			if w.doubts[to] == nil {
				w.doubts[to] = map[fact.Unproven]bool{}
			}
			why := fmt.Sprintf("%s (%s)", w.someone(from), gap.Kind)
			w.doubts[to][fact.Unproven{Kind: fact.PathKind, Why: why}] = true
		}
	}
	return nil
}

// someone says, without saying whose, that somebody else's evidence is not whole.
func (w *writing) someone(whose string) string {
	if whose == w.fleet.MSP {
		return "the MSP's evidence is not complete"
	}
	return "the evidence of another client is not complete"
}

// missing says what is missing of a tenant's own evidence.
func missing(gap reach.Gap) string {
	if gap.Unit == "" {
		return gap.Status
	}
	return fmt.Sprintf("%s is %s", gap.Unit, gap.Status)
}

// telling are at most two of some tenants, none of them the one that is told: the MSP, and any
// one client, for nobody is told which or how many.
func telling(tenants []string, told, msp string) []string {
	var few []string
	for _, isMSP := range []bool{true, false} {
		i := slices.IndexFunc(tenants, func(t string) bool { return t != told && (t == msp) == isMSP })
		if i >= 0 {
			few = append(few, tenants[i])
		}
	}
	return few
}

// conclude writes down what a client hears.
func (w *writing) conclude(tenant string) {
	h := w.heard[tenant]
	if w.open[tenant] {
		var open []fact.Unproven
		for _, gap := range w.Graph.Gaps(tenant) {
			open = append(open, fact.Unproven{Kind: fact.PathKind, Why: missing(gap) + " (" + gap.Kind + ")"})
		}
		open = slices.AppendSeq(open, maps.Keys(w.doubts[tenant])) // put in order when written
		if len(open) == 0 {
			open = []fact.Unproven{{Kind: fact.PathKind, Why: tooFar}}
		}
		h.Unproven = append(h.Unproven, open...)
	}

	names := w.pseudonyms(tenant)
	for _, s := range w.Shared {
		h.Links = append(h.Links, w.shared(tenant, s, names)...)
	}
	for _, x := range w.crossings[tenant] {
		other := fact.Other{Client: names[x.other], Role: x.otherRole, TenantID: w.named(tenant, x.other)}
		h.Links = append(h.Links, fact.Shared{Kind: x.kind, Subject: x.subject, Role: x.role,
			With: []fact.Other{other}})
	}
	for _, p := range w.paths[tenant] {
		h.Paths = append(h.Paths, path(tenant, p, names))
	}
}

// pseudonyms are the names of the others that a client hears of.
func (w *writing) pseudonyms(tenant string) map[string]string {
	others := map[string]bool{}
	for _, s := range w.Shared {
		for _, own := range s.Holders {
			if own.Tenant != tenant {
				continue
			}
			for _, h := range s.Holders {
				if own.Relates(h) {
					others[h.Tenant] = true
				}
			}
		}
	}
	for _, x := range w.crossings[tenant] {
		others[x.other] = true
	}
	for _, p := range w.paths[tenant] {
		for _, h := range p.hops {
			others[h.From.Tenant()] = true
		}
	}
	delete(others, tenant)

	var list []string
	for other := range others {
		list = append(list, other)
	}
	names := w.fleet.Key.Pseudonyms(tenant, list)
	if _, heard := names[w.fleet.MSP]; heard {
		names[w.fleet.MSP] = fact.MSP
	}
	return names
}

// shared is what a client hears of a value that it has and others, too: of those whose links
// have to do with its own.
func (w *writing) shared(tenant string, s Shared, names map[string]string) []fact.Shared {
	var all []fact.Shared
	for _, own := range s.Holders {
		if own.Tenant != tenant {
			continue
		}

		var with []fact.Other
		for _, h := range s.Holders {
			if own.Relates(h) {
				with = append(with,
					fact.Other{Client: names[h.Tenant], Role: h.Role, TenantID: w.named(tenant, h.Tenant)})
			}
		}
		if len(with) > 0 {
			all = append(all, fact.Shared{Kind: s.Kind, Subject: own.Subject, Role: own.Role, With: with})
		}
	}
	return all
}

// path is what a client hears of a path that leads to it.
func path(tenant string, p crossing, names map[string]string) fact.Path {
	node := func(n fact.Node) string {
		if n.Tenant() == tenant {
			return string(n)
		}
		return strings.Join([]string{names[n.Tenant()], n.Kind()}, "/")
	}

	heard := fact.Path{Client: names[p.from], State: p.state, To: p.hops[len(p.hops)-1].To}
	for _, h := range p.hops {
		hop := fact.Hop{From: node(h.From), To: node(h.To), Kind: h.Kind, State: h.State, Evidence: []string{}}
		for _, e := range h.Evidence {
			if e.Tenant == tenant {
				hop.Evidence = append(hop.Evidence, e.Subject)
			}
		}
		heard.Hops = append(heard.Hops, hop)
	}
	return heard
}
