package collectors

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"ringfence/collectors/graph"
	"ringfence/collectors/snapshot"
)

// batch is one unit's lists at up to graph.BatchSize scopes, asked for together.
type batch struct {
	s        *session
	unit     Unit
	walk     walk
	readings []*reading
	first    []*url.URL
}

// fetchBatch asks for a unit at several scopes in one batch and keeps the
// answers. What a batch costs is counted at its first scope.
func (s *session) fetchBatch(ctx context.Context, u Unit, scopes []string) {
	count := &tally{}
	started := s.cfg.Now()
	b := s.newBatch(u, scopes)
	b.read(context.WithValue(ctx, tallyKey{}, count))

	ended := s.cfg.Now()
	for i, r := range b.readings {
		r.started, r.ended = started, ended
		if i == 0 {
			r.requests = int(count.n.Load())
		}
		s.keep(r)
	}
}

func (s *session) newBatch(u Unit, scopes []string) *batch {
	to := s.apis["graph"]
	b := &batch{s: s, unit: u, walk: s.walk(u)}
	for _, scope := range scopes {
		r := u.read(scope)
		first, err := u.address(to.base, s.params(u, scope)[0])
		if err != nil {
			r.stop(&snapshot.Evidence{Code: codeRefused, Message: err.Error()})
		}

		b.readings, b.first = append(b.readings, r), append(b.first, first)
	}

	return b
}

// read sends the batch, and again with those items that were throttled or
// failed in passing, as often and as long as a single request would be tried.
func (b *batch) read(ctx context.Context) {
	var pending []int
	for i, r := range b.readings {
		if r.evidence == nil {
			pending = append(pending, i)
		}
	}

	retry := b.s.cfg.Retry.defaults()
	var waited time.Duration
	for attempt := 1; len(pending) > 0; attempt++ {
		items, err := b.send(ctx, pending)
		if err != nil {
			b.stop(pending, err)
			return
		}

		var again []int
		var wait time.Duration
		for n, i := range pending {
			if passing(items[n].Status) {
				again, wait = append(again, i), max(wait, retry.wait(items[n].Header, attempt))
			}
		}

		last := attempt >= retry.Attempts || waited+wait > retry.Total
		for n, i := range pending {
			if last || !passing(items[n].Status) {
				b.finish(ctx, i, items[n])
			}
		}

		if last || len(again) == 0 {
			return
		}

		if err := retry.Sleep(ctx, wait); err != nil {
			b.stop(again, err)
			return
		}

		pending, waited = again, waited+wait
	}
}

func (b *batch) stop(pending []int, err error) {
	for _, i := range pending {
		b.readings[i].stop(evidenceOf(err))
	}
}

func (b *batch) send(ctx context.Context, pending []int) ([]graph.Item, error) {
	var addresses []*url.URL
	for _, i := range pending {
		addresses = append(addresses, b.first[i])
	}
	return b.s.graph.Batch(ctx, b.unit.Schema.Source.Version, addresses)
}

// passing: an item of a batch is not tried again by the service, nor below us.
func passing(status int) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// finish takes an item's answer; further pages are read one by one.
func (b *batch) finish(ctx context.Context, i int, item graph.Item) {
	r := b.readings[i]
	switch {
	case item.Problem != "":
		r.stop(malformed("%s", item.Problem))
		return
	case item.Status >= http.StatusBadRequest:
		r.stop(clip(item.Evidence()))
		return
	case item.Status != http.StatusOK:
		r.stop(&snapshot.Evidence{HTTPStatus: item.Status, Code: codeUnexpected, Message: "neither an answer nor an error"})
		return
	}

	r.take(item.Body)
	next, e := b.walk.following(item.Body)
	if e == nil && next != nil {
		e = b.s.apis["graph"].pages(ctx, next, b.walk, r.take)
	}

	if e != nil {
		r.stop(e)
	}

	r.end()
}
