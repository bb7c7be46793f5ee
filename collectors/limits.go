package collectors

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits paces requests so that no service has reason to refuse one: each workload
// (see workload.go) has a bucket, which is shared by all collections of an
// application that are given the same Limits. What answers say of their own limits
// corrects it.
type Limits struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error

	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

// NewLimits makes limits that nobody has used yet. now and sleep are a monotonic clock
// and a wait; nil: the real ones.
func NewLimits(now func() time.Time, wait func(context.Context, time.Duration) error) *Limits {
	if now == nil {
		now = time.Now
	}
	if wait == nil {
		wait = sleep
	}
	return &Limits{now: now, sleep: wait, buckets: map[bucketKey]*bucket{}}
}

// bucketKey is whose bucket it is: where is the tenant or subscription, "" for all.
type bucketKey struct{ application, where, workload string }

// bucket holds what may be used. It may be less than nothing: that is what those
// before have been promised, and the next one waits for.
type bucket struct {
	rate
	level  float64
	filled time.Time // when level was true
	closed time.Time // until when the service takes nothing
}

// use is what one request takes out of a bucket.
type use struct {
	key   bucketKey
	rate  rate
	units float64
	alone bool // see workload
}

// reserve takes units out of buckets, and returns how long to wait until they are
// there.
func (l *Limits) reserve(uses []use) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()

	now := l.now()
	for _, u := range uses {
		b := l.bucket(u, now)
		b.level -= u.units
		if b.level < 0 {
			wait = max(wait, time.Duration(-b.level/b.perSecond*float64(time.Second)))
		}
		wait = max(wait, b.closed.Sub(now))
	}
	return wait
}

// bucket is the bucket of a use, filled up to now.
func (l *Limits) bucket(u use, now time.Time) *bucket {
	b := l.buckets[u.key]
	if b == nil {
		b = &bucket{rate: u.rate, level: u.rate.burst, filled: now}
		l.buckets[u.key] = b
	}

	if passed := now.Sub(b.filled); passed > 0 {
		b.level = min(b.burst, b.level+passed.Seconds()*b.perSecond)
		b.filled = now
	}
	return b
}

// change corrects buckets by what an answer says.
func (l *Limits) change(uses []use, how func(b *bucket, now time.Time)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, u := range uses {
		how(l.bucket(u, now), now)
	}
}

// pacer is the limits for the requests of one tenant to one API. nil paces nothing.
type pacer struct {
	limits      *Limits
	api         *api
	base        *url.URL
	tenant      string
	application string // as the token says, once there is one

	progress *progress // learns of waits; nil: nobody
}

// uses are what a request takes, and of which buckets.
func (p *pacer) uses(all []asked) (uses []use) {
	for _, a := range all {
		w := workloadOf(p.api.workloads, a.path)
		if w == nil {
			continue
		}

		uses = append(uses, p.use(w, a))
		if total := p.api.total; total != nil {
			uses = append(uses, p.use(total, a))
		}
	}
	return uses
}

func (p *pacer) use(w *workload, a asked) use {
	key, units := bucketKey{p.application, p.tenant, w.name}, 1.0
	switch w.counts {
	case bySubscription:
		key.where += "/" + inSubscription(a.path)
	case byApplication:
		key.where = ""
	}
	if w.cost != nil {
		units = w.cost(strings.ToLower(a.path), a.query)
	}
	return use{key, w.rate, units, w.alone}
}

// before waits until a request may be sent, and returns what it uses.
func (p *pacer) before(ctx context.Context, req *http.Request, payload []byte) ([]use, error) {
	if p == nil || p.limits == nil {
		return nil, nil
	}

	uses := p.uses(p.api.askedBy(req, payload, p.base))
	wait := p.limits.reserve(uses)
	if wait <= 0 {
		return uses, nil
	}
	p.progress.waits(wait)
	return uses, p.limits.sleep(ctx, wait)
}

// after learns from an answer: what it did cost, how near the limit is, and for how
// long nothing more is taken. wait is what Retry-After says, 0 if it says nothing.
func (p *pacer) after(uses []use, status int, h http.Header, wait time.Duration) {
	if p == nil || p.limits == nil || len(uses) == 0 {
		return
	}

	p.limits.change(uses[:1], func(b *bucket, _ time.Time) { b.restart(uses[0]) })
	if units, err := strconv.ParseFloat(h.Get("x-ms-resource-unit"), 64); err == nil && units < maxUnits {
		p.recount(uses, units)
	}
	if share, err := strconv.ParseFloat(h.Get("x-ms-throttle-limit-percentage"), 64); err == nil {
		p.limits.change(ofTenant(uses), func(b *bucket, _ time.Time) { b.near(share) })
	}
	if left, err := strconv.Atoi(h.Get("x-ms-ratelimit-remaining-subscription-reads")); err == nil {
		p.limits.change(uses, func(b *bucket, _ time.Time) { b.level = min(b.level, float64(left)) })
	}

	if after, ok := clockTime(h.Get("x-ms-user-quota-resets-after")); ok && h.Get("x-ms-user-quota-remaining") == "0" {
		wait = max(wait, min(after, maxClosed))
	} else if status != http.StatusTooManyRequests {
		return
	}
	p.close(uses, h.Get("x-ms-throttle-scope"), wait)
}

// restart counts from the answer on where a service takes one request after the other:
// nobody knows how long the request was on its way, and two that were sent a second
// apart may come within a moment.
func (b *bucket) restart(u use) {
	if u.alone {
		b.level = min(b.level, b.burst-u.units)
	}
}

// ofTenant are the uses without those of the application in all tenants.
func ofTenant(uses []use) []use {
	return slices.DeleteFunc(slices.Clone(uses), func(u use) bool { return u.key.where == "" })
}

const (
	maxUnits  = 10_000           // a request that costs more is not one
	maxClosed = 10 * time.Minute // a service that says longer is asked again by then
)

// refused learns from a refusal within a batch.
func (p *pacer) refused(a asked, status int, h http.Header, wait time.Duration) {
	if p != nil && p.limits != nil {
		p.after(p.uses([]asked{a}), status, h, wait)
	}
}

// below is a path below the API's version.
func (p *pacer) below(path string) string {
	if p == nil {
		return path
	}
	return p.api.below(path, p.base)
}

// recount corrects by what the service says that a request did cost.
func (p *pacer) recount(uses []use, units float64) {
	if len(uses) != 1 && !(len(uses) == 2 && p.api.total != nil) {
		return // a batch says it in each of its answers
	}
	p.limits.change(uses, func(b *bucket, _ time.Time) { b.level -= units - uses[0].units })
}

// near slows down where a service says how much of its limit is used: it does so from
// 0.8 on (https://learn.microsoft.com/graph/throttling-limits#regular-responses-requests).
func (b *bucket) near(share float64) {
	const from, window = 0.8, 10 // seconds
	if share < from || share > 10 {
		return
	}
	b.level = min(b.level, -(share-from)*window*b.perSecond)
}

// close takes nothing more out of the buckets that a refusal is about: by its scope
// those of the application in all tenants, or the others.
func (p *pacer) close(uses []use, scope string, wait time.Duration) {
	wait = min(wait, maxClosed)
	about, _, _ := strings.Cut(scope, "/")
	for _, u := range uses {
		if (u.key.where == "") != strings.EqualFold(about, "Application") {
			continue
		}
		p.limits.change([]use{u}, func(b *bucket, now time.Time) {
			b.level = min(b.level, 0)
			if until := now.Add(wait); until.After(b.closed) {
				b.closed = until
			}
		})
	}
}

// clockTime reads "hh:mm:ss".
func clockTime(text string) (time.Duration, bool) {
	t, err := time.Parse(time.TimeOnly, text)
	if err != nil {
		return 0, false
	}
	return t.Sub(t.Truncate(24 * time.Hour)), true
}
