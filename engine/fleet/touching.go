package fleet

import (
	"slices"
	"strings"
	"time"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
)

// What touches a client without being a path: links whose values others have, too, and edges
// of its own evidence that name another member of the fleet. An edge stands by the evidence of
// the tenant that tells of it; that there is no further one needs that evidence to be whole,
// and for links that of everybody else.

// touching is an edge that a tenant's own facts tell of, to or from another tenant.
type touching struct {
	kind, subject   string
	role, otherRole string
	other           string // a tenant of the fleet
}

// tooFar is why nothing can be concluded of evidence that is complete.
const tooFar = "evidence was read too far apart in time"

// touching notes edges to others, and of which kinds nobody can say that these are all.
func (w *writing) touching() error {
	known := w.newKnowledge()
	for _, tenant := range w.tenants {
		facts, err := w.fleet.Facts(tenant)
		if err != nil {
			return err
		}

		known.add(tenant, facts)
		if w.heard[tenant] != nil {
			w.crossings[tenant] = w.crossingsOf(facts)
		}
	}

	for i := range known {
		for tenant, h := range w.heard {
			for _, why := range w.unknown(&known[i], tenant) {
				h.Unproven = append(h.Unproven, fact.Unproven{Kind: known[i].kind.Name, Why: why})
			}
		}
	}
	return nil
}

// crossingsOf are the edges of a tenant's facts to and from other members of the fleet.
func (w *writing) crossingsOf(facts fact.Facts) []touching {
	var all []touching
	for _, e := range facts.Edges {
		t := touching{kind: e.Kind, role: fact.Controlled, otherRole: fact.Controls, other: e.From.Tenant()}
		if t.other == facts.Tenant {
			t.role, t.otherRole, t.other = fact.Controls, fact.Controlled, e.To.Tenant()
		}
		if _, member := w.fleet.Members[t.other]; !member || t.other == facts.Tenant {
			continue
		}

		for _, evidence := range e.Evidence {
			t.subject, _, _ = strings.Cut(evidence, "#")
			all = append(all, t)
		}
	}
	return all
}

// named is the id of another tenant where a client's own promise names it, "" if it does not.
func (w *writing) named(client, other string) string {
	if w.fleet.Named[client][other] {
		return other
	}
	return ""
}

// knowledge is what is known of one kind of fact, over all tenants.
type knowledge struct {
	kind       reach.Kind
	gaps       map[string][]string // by tenant: what is missing of its evidence
	incomplete []string            // tenants that have gaps, sorted
	having     map[string]bool     // tenants that have such links
	spans      map[string]span     // of those whose evidence is complete, and who have links
	first      time.Time           // the earliest of spans
	last       time.Time           // the latest
}

// span is when a tenant's evidence of a kind was read.
type span struct{ first, last time.Time }

type known []knowledge

func (w *writing) newKnowledge() known {
	all := known{}
	for _, k := range w.fleet.Kinds {
		all = append(all, knowledge{kind: k, gaps: map[string][]string{}, having: map[string]bool{},
			spans: map[string]span{}})
	}
	return all
}

func (all known) add(tenant string, facts fact.Facts) {
	for i := range all {
		k := &all[i]
		coverage := facts.Of(k.kind.Name)
		for _, gap := range reach.MissingOf(coverage) {
			k.gaps[tenant] = append(k.gaps[tenant], missing(gap))
		}
		if len(k.gaps[tenant]) > 0 {
			k.incomplete = append(k.incomplete, tenant)
		}

		k.having[tenant] = slices.ContainsFunc(facts.Links, func(l fact.Link) bool { return l.Kind == k.kind.Name })
		if k.having[tenant] && len(k.gaps[tenant]) == 0 {
			k.note(tenant, coverage)
		}
	}
}

func (k *knowledge) note(tenant string, c fact.Coverage) {
	s := span{c.Units[0].EndedAt, c.Units[0].EndedAt}
	for _, u := range c.Units {
		if u.EndedAt.Before(s.first) {
			s.first = u.EndedAt
		}
		if u.EndedAt.After(s.last) {
			s.last = u.EndedAt
		}
	}

	if len(k.spans) == 0 || s.first.Before(k.first) {
		k.first = s.first
	}
	if len(k.spans) == 0 || s.last.After(k.last) {
		k.last = s.last
	}
	k.spans[tenant] = s
}

// unknown says why a tenant may have more of a kind in common with others than is known.
func (w *writing) unknown(k *knowledge, tenant string) []string {
	why := slices.Clone(k.gaps[tenant])
	linked := k.kind.Rule.Bridges() || k.kind.Rule == reach.Sharing
	switch {
	case k.kind.Rule == reach.ToSide:
		return why // nobody else's evidence shows it
	case linked && !k.having[tenant]:
		return why // it has none that others could have, too
	}

	for _, other := range telling(k.incomplete, tenant, w.fleet.MSP) {
		why = append(why, w.someone(other))
	}
	if s, complete := k.spans[tenant]; linked && complete {
		if k.last.Sub(s.first) > w.fleet.Spread || s.last.Sub(k.first) > w.fleet.Spread {
			why = append(why, tooFar)
		}
	}
	return why
}
