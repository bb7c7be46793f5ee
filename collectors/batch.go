package collectors

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"ringfence/collectors/graph"
	"ringfence/collectors/snapshot"
)

// batch is one unit's lists at several scopes, asked for together. Reading,
// address and answer of a scope have the same position.
type batch struct {
	to       *connection
	unit     Unit
	paging   paging
	retry    Retry
	readings []*reading
	first    []*url.URL
}

// askBatch reads the lists of several scopes.
func (s *session) askBatch(ctx context.Context, u Unit, readings []*reading) {
	to := s.connections[u.api]
	b := &batch{to: to, unit: u, paging: u.paging(to.base), retry: s.cfg.Retry.defaults(), readings: readings}
	var pending []int
	for i, r := range readings {
		first, err := u.address(to.base, u.Schema, s.params(r)[0])
		b.first = append(b.first, first)
		if err != nil {
			r.gap(newEvidence(codeRefused, "%s", err))
			continue
		}
		pending = append(pending, i)
	}

	b.read(ctx, pending)
}

// read sends the batch, and again with those items that were throttled or
// failed in passing, as often and as long as a single request would be tried.
func (b *batch) read(ctx context.Context, pending []int) {
	var waited time.Duration
	for attempt := 1; len(pending) > 0; attempt++ {
		items, err := b.send(ctx, pending)
		if err != nil {
			b.gap(pending, err)
			return
		}

		var again []int
		var wait time.Duration
		for n, i := range pending {
			if passing(items[n].Status) {
				again = append(again, i)
				wait = max(wait, b.retry.wait(items[n].Header, attempt))
			}
		}

		isLast := attempt >= b.retry.Attempts || waited+wait > b.retry.Total
		for n, i := range pending {
			if isLast || !passing(items[n].Status) {
				b.take(ctx, b.readings[i], items[n])
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

func (b *batch) gap(pending []int, err error) {
	for _, i := range pending {
		b.readings[i].gap(evidenceOf(err))
	}
}

func (b *batch) send(ctx context.Context, pending []int) ([]graph.Item, error) {
	addresses := make([]*url.URL, len(pending))
	for n, i := range pending {
		addresses[n] = b.first[i]
	}
	return b.to.getBatch(ctx, b.unit.Schema.Source.Version, addresses)
}

// passing: an item of a batch is not tried again by the service, nor below us.
func passing(status int) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// take takes an item's answer; further pages are read one by one.
func (b *batch) take(ctx context.Context, r *reading, item graph.Item) {
	switch {
	case item.Problem != "":
		r.gap(malformed("%s", item.Problem))
		return
	case item.Status >= http.StatusBadRequest:
		r.gap(clip(item.Evidence()))
		return
	case item.Status != http.StatusOK:
		r.gap(&snapshot.Evidence{HTTPStatus: item.Status, Code: codeUnexpected, Message: unexpectedAnswer})
		return
	}

	r.take(item.Body)
	next, e := b.paging.following(item.Body)
	if e == nil && next != nil {
		e = b.to.pages(ctx, next, b.paging, r.take)
	}
	if e != nil {
		r.gap(e)
	}
	r.end()
}
