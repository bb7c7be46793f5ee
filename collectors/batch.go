package collectors

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"ringfence/collectors/graph"
	"ringfence/collectors/snapshot"
)

// together reports whether a unit's lists are asked for in batches, with others of its
// API's version: a list at each of many parents, one object, or a list that is short
// in most tenants. Users and the like are long (a page size is asked for), and some
// services take one request after the other.
func (u Unit) together() bool {
	isFew := u.Schema.Parent == "" && u.isShort && u.within == "" && u.query == ""
	return (u.scopesAtOnce > 1 || isFew) && u.lane() == "" && u.Schema.DelegatedOnly == nil
}

// batch is lists that are asked for together, of one or several readings.
type batch struct {
	to      *connection
	version string
	retry   Retry
	budget  *budget
	lists   []batched
}

// batched is one list of a batch.
type batched struct {
	reading *reading
	first   *url.URL
}

// askBatch reads the lists of several readings, all of one API and version.
func (s *session) askBatch(ctx context.Context, readings []*reading) {
	u := readings[0].unit
	to := s.connections[u.api]
	b := &batch{to: to, version: u.Schema.Source.Version, retry: s.cfg.Retry.defaults(), budget: s.cfg.budget}
	for _, r := range readings {
		for _, params := range s.params(r) {
			first, err := r.unit.address(to.base, r.unit.Schema, params)
			if err != nil {
				r.gap(newEvidence(codeRefused, "%s", err))
				continue
			}
			b.lists = append(b.lists, batched{r, first})
		}
	}

	for pending := range slices.Chunk(b.lists, graph.BatchSize) {
		b.read(ctx, pending)
	}
}

// read sends the batch, and again with those items that were throttled or
// failed in passing, as often and as long as a single request would be tried.
func (b *batch) read(ctx context.Context, pending []batched) {
	var waited time.Duration
	for attempt := 1; len(pending) > 0; attempt++ {
		items, err := b.send(ctx, pending)
		if err != nil {
			b.failed(ctx, pending, err)
			return
		}

		again, wait := b.passing(pending, items, attempt)
		isLast := attempt >= b.retry.Attempts || waited+wait > b.retry.Total ||
			len(again) > 0 && !b.budget.take(wait)
		for n, list := range pending {
			if isLast || !passing(items[n].Status) {
				b.take(ctx, list, items[n])
			}
		}

		if isLast || len(again) == 0 {
			return
		}
		if err := b.retry.Sleep(ctx, wait); err != nil {
			b.gap(again, err)
			return
		}

		pending, waited = again, waited+wait
	}
}

// passing are the lists to ask for again, and after what wait.
func (b *batch) passing(pending []batched, items []graph.Item, attempt int) (again []batched, wait time.Duration) {
	for n, list := range pending {
		if !passing(items[n].Status) {
			continue
		}

		asks := b.retry.wait(items[n].Header, attempt)
		b.to.pace.refused(b.to.path(list.first), items[n].Status, items[n].Header, asks)
		again, wait = append(again, list), max(wait, asks)
	}
	return again, wait
}

// path is what an address asks for, below the API's version.
func (c *connection) path(to *url.URL) asked {
	return asked{c.pace.below(to.Path), to.Query()}
}

// failed: the batch as a whole brought nothing. Where that may be one list's doing, as
// with an answer that is too large or no JSON, each is asked for by itself: one list
// must not take others with it.
func (b *batch) failed(ctx context.Context, pending []batched, err error) {
	var e *snapshot.Evidence
	if !errors.As(err, &e) || ctx.Err() != nil || e.Code == codeUnreachable || isOfAll[e.HTTPStatus] {
		b.gap(pending, err)
		return
	}
	for _, list := range pending {
		b.alone(ctx, list)
	}
}

// isOfAll are the statuses of an answer that each list would get, too.
var isOfAll = map[int]bool{
	http.StatusUnauthorized: true, http.StatusForbidden: true, http.StatusTooManyRequests: true,
	http.StatusServiceUnavailable: true, http.StatusGatewayTimeout: true,
}

func (b *batch) gap(pending []batched, err error) {
	for _, list := range pending {
		list.reading.gap(evidenceOf(err))
	}
}

// send sends the batch once, which is a request for each dataset in it: counted at the
// first reading of each. A batch that a cache answered is as old for each of its lists.
func (b *batch) send(ctx context.Context, pending []batched) ([]graph.Item, error) {
	addresses := make([]*url.URL, len(pending))
	first := map[string]*reading{}
	for n, list := range pending {
		addresses[n] = list.first
		if name := list.reading.unit.Schema.Dataset; first[name] == nil {
			first[name] = list.reading
		}
	}

	ctx, count := counted(ctx)
	items, err := b.to.getBatch(ctx, b.version, addresses)
	for _, r := range first {
		r.requests += count.attempts()
	}
	for _, list := range pending {
		list.reading.age = max(list.reading.age, count.oldest())
	}
	return items, err
}

// passing: an item of a batch is not tried again by the service, nor below us.
func passing(status int) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// alone reads a list as if there were no batch.
func (b *batch) alone(ctx context.Context, list batched) {
	list.reading.begin()
	b.rest(ctx, list, list.first)
}

// rest reads a list from a page on.
func (b *batch) rest(ctx context.Context, list batched, from *url.URL) {
	r := list.reading
	ctx, count := counted(ctx)
	if e := b.to.pages(ctx, from, r.unit.paging(b.to.base), r.take); e != nil {
		r.gap(e)
	}
	r.requests += count.attempts()
	r.age = max(r.age, count.oldest())
	r.end()
}

// take takes an item's answer; further pages are read one by one. An item without a
// proper answer is asked for by itself. Each item may come from a cache of its own.
func (b *batch) take(ctx context.Context, list batched, item graph.Item) {
	r := list.reading
	r.age = max(r.age, time.Duration(ageOf(item.Header))*time.Second)
	switch {
	case item.Problem != "", item.Status >= http.StatusBadRequest && item.Body == nil:
		b.alone(ctx, list)
		return
	case item.Status >= http.StatusBadRequest:
		r.begin()
		r.gap(clip(item.Evidence()))
		return
	case item.Status != http.StatusOK:
		r.gap(&snapshot.Evidence{HTTPStatus: item.Status, Code: codeUnexpected, Message: unexpectedAnswer})
		return
	}

	r.begin()
	r.take(item.Body)
	next, e := r.unit.paging(b.to.base).following(item.Body)
	if e == nil && next != nil {
		b.rest(ctx, list, next)
		return
	}
	if e != nil {
		r.gap(e)
	}
	r.end()
}
