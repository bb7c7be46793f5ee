package collectors

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"ringfence/collectors/graph"
)

// job is what one worker does: it reads one answer, or several that are asked for in
// a batch. lane is "" where any worker may do it: a service that takes one request after
// the other has a lane of its own, in which nobody else waits.
type job struct {
	readings []*reading
	lane     string
}

// jobs are the fetches of units, without those answers that an earlier collection,
// which was killed, has kept.
func (s *session) jobs(units []Unit) (jobs []job) {
	type version struct {
		api  *api
		name string
	}
	together, order := map[version][]*reading{}, []version{}
	now := s.cfg.Now()
	for _, u := range units {
		for _, scope := range s.scopes(u) {
			r := u.newReading(scope, s.material.spool)
			r.window = u.windowBefore(now)
			if r.asked = s.asked(r); s.resume(r) {
				continue
			}
			if !u.together() {
				jobs = append(jobs, job{[]*reading{r}, u.lane()})
				continue
			}

			v := version{u.api, u.Schema.Source.Version}
			if together[v] == nil {
				order = append(order, v)
			}
			together[v] = append(together[v], r)
		}
	}

	for _, v := range order {
		jobs = append(jobs, batches(together[v])...)
	}
	return jobs
}

// lane is the lane of a unit's jobs.
func (u Unit) lane() string {
	if w := workloadOf(u.api.workloads, u.Schema.Source.Endpoint); w != nil && w.alone {
		return w.name
	}
	return ""
}

// batches puts so many readings together as one batch can ask for. The lists of one
// reading stay together.
func batches(readings []*reading) (jobs []job) {
	room := 0
	for _, r := range readings {
		lists := max(1, len(r.unit.types))
		if room < lists {
			jobs = append(jobs, job{})
			room = graph.BatchSize
		}

		last := &jobs[len(jobs)-1]
		last.readings = append(last.readings, r)
		room -= lists
	}
	return jobs
}

// scopes are where a unit is read: nowhere, if it is cut out of another's documents.
func (s *session) scopes(u Unit) []string {
	switch {
	case u.Schema.Inside != "":
		return nil
	case u.Schema.PerScope():
		return s.material.parents(u).asked
	}
	return []string{""}
}

// doJobs does jobs side by side, those of a lane one after the other.
func (s *session) doJobs(ctx context.Context, jobs []job) {
	var free []func()
	lanes := map[string][]func(){}
	for _, j := range jobs {
		fetch := func() { s.fetch(ctx, j.readings...) }
		if j.lane == "" {
			free = append(free, fetch)
		} else {
			lanes[j.lane] = append(lanes[j.lane], fetch)
		}
	}
	inParallel(free, slices.Collect(maps.Values(lanes))...)
}

// inParallel does work side by side, and beside it each lane, one after the other. A
// panic in any of them is the caller's, after all the others have ended: it ends this
// tenant, and no other.
func inParallel(work []func(), lanes ...[]func()) {
	var guard guard
	var slow, workers errgroup.Group
	workers.SetLimit(atOnce)
	for _, lane := range lanes {
		slow.Go(guard.run(func() {
			for _, f := range lane {
				f()
			}
		}))
	}
	for _, f := range work {
		workers.Go(guard.run(f))
	}

	_ = cmp.Or(workers.Wait(), slow.Wait()) // nothing returns an error: answers carry their evidence
	if v := guard.panicked.Load(); v != nil {
		panic(v)
	}
}

// guard keeps the first panic of several goroutines.
type guard struct{ panicked atomic.Value }

func (g *guard) run(f func()) func() error {
	return func() error {
		defer func() {
			if v := recover(); v != nil {
				g.panicked.CompareAndSwap(nil, fmt.Sprintf("%v\n%s", v, debug.Stack()))
			}
		}()
		f()
		return nil
	}
}

// fetch asks for some answers and keeps them.
func (s *session) fetch(ctx context.Context, readings ...*reading) {
	for i, r := range readings {
		r.told = s.cfg.progress.documents
		if name := r.unit.Schema.Dataset; i == 0 || name != readings[i-1].unit.Schema.Dataset {
			s.cfg.progress.begin(name)
		}
	}

	started := s.cfg.Now()
	for _, r := range readings {
		r.window = r.unit.windowBefore(started) // it may have waited for its turn
	}

	switch u := readings[0].unit; {
	case u.Schema.DelegatedOnly != nil:
		refuse(readings)
	case u.together() && len(readings)*max(1, len(u.types)) > 1:
		s.askBatch(ctx, readings)
	default:
		s.ask(ctx, readings[0])
	}
	ended := s.cfg.Now()

	for _, r := range readings {
		// What a cache answers is of the time at which the service said it.
		r.started, r.ended = started.Add(-r.age), ended.Add(-r.age)
		s.keep(r)
	}
}
