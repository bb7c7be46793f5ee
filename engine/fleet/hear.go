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
		paths: map[string][]crossing{}, open: map[string]bool{}, doubts: map[string]map[fact.Unproven]bool{}}
	for _, tenant := range j.clients() {
		w.heard[tenant] = &fact.Heard{}
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
	if err := w.sharing(); err != nil {
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
			w.doubts[to][w.doubt(gap.Kind, from)] = true
		}
	}
	return nil
}

// doubt says, without saying whose, that somebody else's evidence is not whole.
func (w *writing) doubt(kind, whose string) fact.Unproven {
	if whose == w.fleet.MSP {
		return fact.Unproven{Kind: kind, Why: "the MSP's evidence is not complete"}
	}
	return fact.Unproven{Kind: kind, Why: "the evidence of another client is not complete"}
}

// own says what is missing of a tenant's own evidence.
func own(gap reach.Gap) fact.Unproven {
	if gap.Unit == "" {
		return fact.Unproven{Kind: gap.Kind, Why: gap.Status}
	}
	return fact.Unproven{Kind: gap.Kind, Why: fmt.Sprintf("%s is %s", gap.Unit, gap.Status)}
}

// sharing notes which links nobody can say are a client's alone: those of which its own
// evidence is not complete; and where it has any, those of which somebody else's is not.
func (w *writing) sharing() error {
	for _, k := range w.fleet.Kinds {
		if k.Rule != reach.Sharing {
			continue
		}

		var having, incomplete []string
		for _, tenant := range w.tenants {
			facts, err := w.fleet.Facts(tenant)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(facts.Links, func(l fact.Link) bool { return l.Kind == k.Name }) {
				having = append(having, tenant)
			}
			gaps := reach.MissingOf(facts.Of(k.Name))
			if len(gaps) > 0 {
				incomplete = append(incomplete, tenant)
			}
			for _, gap := range gaps {
				if h := w.heard[tenant]; h != nil {
					h.Unproven = append(h.Unproven, own(gap))
				}
			}
		}

		for _, tenant := range having {
			for _, other := range telling(incomplete, tenant, w.fleet.MSP) {
				if h := w.heard[tenant]; h != nil {
					h.Unproven = append(h.Unproven, w.doubt(k.Name, other))
				}
			}
		}
	}
	return nil
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
		for _, gap := range w.Graph.Gaps(tenant) {
			h.Unproven = append(h.Unproven, own(gap))
		}
		h.Unproven = slices.AppendSeq(h.Unproven, maps.Keys(w.doubts[tenant])) // put in order when written
		if len(h.Unproven) == 0 {
			h.Unproven = []fact.Unproven{{Kind: "path", Why: "evidence was read too far apart in time"}}
		}
	}

	names := w.pseudonyms(tenant)
	for _, s := range w.Shared {
		h.Links = append(h.Links, shared(tenant, s, names)...)
	}
	for _, p := range w.paths[tenant] {
		h.Paths = append(h.Paths, path(tenant, p, names))
	}
}

// pseudonyms are the names of the others that a client hears of.
func (w *writing) pseudonyms(tenant string) map[string]string {
	others := map[string]bool{}
	for _, s := range w.Shared {
		if slices.ContainsFunc(s.Holders, func(h Holder) bool { return h.Tenant == tenant }) {
			for _, h := range s.Holders {
				others[h.Tenant] = true
			}
		}
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

// shared is what a client hears of a value that it has and others, too.
func shared(tenant string, s Shared, names map[string]string) []fact.Shared {
	var with []fact.Other
	for _, h := range s.Holders {
		if h.Tenant != tenant {
			with = append(with, fact.Other{Client: names[h.Tenant], Role: h.Role})
		}
	}

	var all []fact.Shared
	for _, h := range s.Holders {
		if h.Tenant == tenant {
			all = append(all, fact.Shared{Kind: s.Kind, Subject: h.Subject, Role: h.Role, With: slices.Clone(with)})
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
