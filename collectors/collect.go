package collectors

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"ringfence/collectors/azure"
	"ringfence/collectors/graph"
	"ringfence/collectors/snapshot"
)

// collect fills the material: the organization first, then level by level what
// is read once, what is read at each document of that, and so on.
func (s *session) collect(ctx context.Context) error {
	s.fetch(ctx, find(s.units, organization), "")
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := s.material.checkOrganization(s.units); err != nil {
		return err
	}

	levels := map[int][]Unit{}
	for _, u := range s.units {
		if u.Schema.Dataset != organization {
			levels[level(s.units, u)] = append(levels[level(s.units, u)], u)
		}
	}

	for n := 0; levels[n] != nil; n++ {
		var work []func()
		for _, u := range levels[n] {
			work = append(work, s.work(ctx, u)...)
		}

		inParallel(work)

		if ctx.Err() != nil {
			return ctx.Err()
		}
	}

	return nil
}

// level is how many datasets must be read before a unit can be.
func level(units []Unit, u Unit) (n int) {
	for _, before := range []string{u.Schema.Parent, u.within} {
		if before != "" {
			n = max(n, level(units, find(units, before))+1)
		}
	}
	return n
}

// work are the requests of a unit: one, one a scope, or one a batch of scopes.
func (s *session) work(ctx context.Context, u Unit) (work []func()) {
	if u.Schema.Parent == "" {
		return []func(){func() { s.fetch(ctx, u, "") }}
	}

	scopes := []string{}
	for _, d := range s.material.parents(s.units, u) {
		scopes = append(scopes, d.ID)
	}

	size := 1

	if u.batch {
		size = graph.BatchSize
	}

	for some := range slices.Chunk(scopes, size) {
		if u.batch {
			work = append(work, func() { s.fetchBatch(ctx, u, some) })
		} else {
			work = append(work, func() { s.fetch(ctx, u, some[0]) })
		}
	}

	return work
}

func inParallel(work []func()) {
	var g errgroup.Group
	g.SetLimit(workers)

	for _, f := range work {
		g.Go(func() error { f(); return nil })
	}

	_ = g.Wait() // nothing returns an error: answers carry their evidence
}

// parents are the documents whose ids are a unit's scopes, sorted by id.
func (m material) parents(units []Unit, u Unit) (docs []snapshot.Document) {
	parent := find(units, u.Schema.Parent)
	for _, scope := range slices.Sorted(maps.Keys(m.answers[parent.Schema.Dataset])) {
		for _, d := range parent.part(m.answer(parent, scope)).docs {
			if u.Schema.Asks(d) {
				docs = append(docs, d)
			}
		}
	}

	slices.SortStableFunc(docs, byID)
	return slices.CompactFunc(docs, func(a, b snapshot.Document) bool { return a.ID == b.ID })
}

// fetch asks for one unit at one scope and keeps the answer.
func (s *session) fetch(ctx context.Context, u Unit, scope string) {
	count := &tally{}
	r := u.read(scope)
	r.started = s.cfg.Now()
	s.ask(context.WithValue(ctx, tallyKey{}, count), u, scope, r)
	r.ended, r.requests = s.cfg.Now(), int(count.n.Load())
	s.keep(r)
}

func (s *session) keep(r *reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.material.keep(r)
}

// ask reads the lists that make up a unit's answer at one scope.
func (s *session) ask(ctx context.Context, u Unit, scope string, r *reading) {
	if u.Schema.Dataset == azure.CallerAccess && s.principal == "" {
		r.stop(&snapshot.Evidence{Code: codeNoPrincipal, Message: "the token names no object id (oid), so its role assignments cannot be asked for"})
		return
	}
	to := s.apis[u.Schema.Source.API]
	for _, params := range s.params(u, scope) {
		r.begin()
		first, err := u.address(to.base, params)
		switch {
		case err != nil:
			r.stop(&snapshot.Evidence{Code: codeRefused, Message: err.Error()})
		case u.query != "":
			s.query(ctx, u, first, scope, r)
		default:
			if e := to.pages(ctx, first, s.walk(u), r.take); e != nil {
				r.stop(e)
			}
		}

		r.end()
	}
}

func (s *session) walk(u Unit) walk {
	w := walk{u.next(), pin{s.apis[u.Schema.Source.API].base}, maxPages}
	if u.Schema.Source.API == "graph" {
		w.within.base = w.within.base.JoinPath(u.Schema.Source.Version)
	}
	return w
}

// params are what the {names} of an endpoint stand for, for each list of a
// unit's answer at a scope.
func (s *session) params(u Unit, scope string) (lists []map[string]string) {
	common := map[string]string{"subscriptionId": scope, "serverId": scope, "groupId": scope, "relationshipId": scope, "principalId": s.principal}
	with := func(name, value string) {
		p := maps.Clone(common)
		p[name] = value
		lists = append(lists, p)
	}

	for _, t := range u.types {
		with("type", t)
	}

	if u.within != "" {
		with("scope", "/subscriptions/"+scope)
		s.mu.Lock()
		defer s.mu.Unlock()

		for _, d := range s.material.docs(s.units, u.within, scope) {
			with("scope", d.ID)
		}
	}

	if lists == nil {
		lists = append(lists, common)
	}

	return lists
}
