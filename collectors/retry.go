package collectors

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"ringfence/collectors/snapshot"
)

// Retry bounds how long a throttled or failing request is tried again. The
// zero value of each field means its default.
type Retry struct {
	Attempts int           // in all; 5
	Backoff  time.Duration // first wait where the API names none, then doubled; 1 s
	Total    time.Duration // of all waits of one request; a longer wait gives up; 3 min
	Budget   time.Duration // of all waits of one collection; then nothing is tried again; 30 min
	Timeout  time.Duration // of one attempt, body included; 2 min

	Sleep  func(context.Context, time.Duration) error // nil: a real wait
	Jitter func(time.Duration) time.Duration          // added to each wait; nil: none
}

func (r Retry) defaults() Retry {
	r.Attempts = cmp.Or(r.Attempts, 5)
	r.Backoff = cmp.Or(r.Backoff, time.Second)
	r.Total = cmp.Or(r.Total, 3*time.Minute)
	r.Budget = cmp.Or(r.Budget, 30*time.Minute)
	r.Timeout = cmp.Or(r.Timeout, 2*time.Minute)

	if r.Sleep == nil {
		r.Sleep = sleep
	}
	if r.Jitter == nil {
		r.Jitter = func(time.Duration) time.Duration { return 0 }
	}

	return r
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Sizes that bound what an API can make us hold.
const (
	maxPage      = 64 << 20 // bytes of one answer
	maxErrorBody = 64 << 10 // bytes of an error answer that are read
)

// retrying sends a request until it is answered. It reads each body whole, so
// that a cut body and a slow one are part of the attempt; answers other than
// 200 and errors become errors (a redirect is never followed).
type retrying struct {
	next      http.RoundTripper
	retry     Retry
	idHeader  string // request header that carries our request id
	requestID func() string
	maxPage   int64     // bytes of one answer
	priority  [2]string // a header's name and value; "": none
	pace      *pacer
	budget    *budget
}

// budget is how long one collection may still wait for services that refuse or fail.
// nil is no bound.
type budget struct{ left atomic.Int64 }

func newBudget(d time.Duration) *budget {
	b := &budget{}
	b.left.Store(int64(d))
	return b
}

// take reports whether there is so much left, and takes it then.
func (b *budget) take(d time.Duration) bool {
	if b == nil || b.left.Add(-int64(d)) >= 0 {
		return true
	}
	b.left.Add(int64(d))
	return false
}

// tally counts attempts of one fetch, and notes how old its answers were; it travels in the
// context.
type tally struct {
	n   atomic.Int64
	age atomic.Int64 // seconds, of the oldest answer that a cache gave
}

type tallyKey struct{}

// counted is a context in which attempts are counted.
func counted(ctx context.Context) (context.Context, *tally) {
	t := &tally{}
	return context.WithValue(ctx, tallyKey{}, t), t
}

func (t *tally) attempts() int { return int(t.n.Load()) }

// note takes the age of an answer.
func (t *tally) note(h http.Header) {
	age := ageOf(h)
	for old := t.age.Load(); age > old && !t.age.CompareAndSwap(old, age); {
		old = t.age.Load()
	}
}

// ageOf is the age in seconds that a cache on the way gives its answer (RFC 9111, section 5.1:
// "Age", whole seconds since the origin made it), 0 for an answer of now. One that reads as no
// number says nothing; one that is too large for a number is as old as there is.
func ageOf(h http.Header) int64 {
	age, err := strconv.ParseInt(h.Get("Age"), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return max(0, min(age, maxAge))
}

// maxAge is as much as an answer's age counts: 2^31 seconds, as RFC 9111 has it.
const maxAge = 1 << 31

// oldest is the age of the oldest answer.
func (t *tally) oldest() time.Duration { return time.Duration(t.age.Load()) * time.Second }

func (t *retrying) RoundTrip(req *http.Request) (*http.Response, error) {
	payload, err := drain(req)
	if err != nil {
		return nil, err
	}

	var waited time.Duration
	for attempt := 1; ; attempt++ {
		resp, err := t.attempt(req, payload, attempt)
		if req.Context().Err() != nil {
			return nil, req.Context().Err()
		}
		if !mayPass(resp, err) || attempt >= t.retry.Attempts {
			return resp, err
		}

		var header http.Header
		if resp != nil {
			header = resp.Header
		}

		wait := t.retry.wait(header, attempt)
		if waited += wait; waited > t.retry.Total || !t.budget.take(wait) {
			return resp, err
		}
		if err := t.retry.Sleep(req.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// drain reads a request's body, so that it can be sent again; nil if there is none.
func drain(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer req.Body.Close()
	return io.ReadAll(req.Body)
}

// attempt sends the request once, when it may be sent, and reads the answer. number
// counts from 1.
func (t *retrying) attempt(req *http.Request, payload []byte, number int) (*http.Response, error) {
	uses, err := t.pace.before(req.Context(), req, payload)
	if err != nil {
		return nil, err
	}
	count, isCounted := req.Context().Value(tallyKey{}).(*tally)
	if isCounted {
		count.n.Add(1)
	}

	ctx, cancel := context.WithTimeout(req.Context(), t.retry.Timeout)
	defer cancel()

	one := req.Clone(ctx)
	one.Header.Set(t.idHeader, t.requestID())
	if t.priority[0] != "" {
		one.Header.Set(t.priority[0], t.priority[1])
	}
	if payload != nil {
		one.Body = io.NopCloser(bytes.NewReader(payload))
	}

	resp, err := t.next.RoundTrip(one)
	if err != nil {
		return nil, failure(err, t.retry.Timeout)
	}
	defer resp.Body.Close()

	if isCounted {
		count.note(resp.Header)
	}
	t.pace.after(uses, resp.StatusCode, resp.Header, t.retry.wait(resp.Header, number))
	return t.read(resp)
}

// read replaces the body by its bytes.
func (t *retrying) read(resp *http.Response) (*http.Response, error) {
	limit, isError := t.maxPage, resp.StatusCode >= http.StatusBadRequest
	if isError {
		limit = maxErrorBody
	}

	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	var problem *snapshot.Evidence
	switch {
	case err != nil:
		problem = failure(err, t.retry.Timeout)
	case isError: // as much of it as is needed
		body = body[:min(int64(len(body)), limit)]
	case resp.StatusCode != http.StatusOK:
		problem = newEvidence(codeUnexpected, unexpectedAnswer)
	case int64(len(body)) > limit:
		problem = newEvidence(codeOversized, "the answer is larger than %d bytes", limit)
	}

	if problem != nil {
		problem.HTTPStatus = resp.StatusCode
		problem.RequestID = cmp.Or(resp.Header.Get("request-id"), resp.Header.Get("x-ms-request-id"))
		return nil, problem
	}

	// Claims challenges are for continuous access evaluation, which we do not
	// ask for; the Graph adapter panics on malformed ones.
	resp.Header.Del("WWW-Authenticate")
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

// mayPass reports whether the same request may be answered later.
func mayPass(resp *http.Response, err error) bool {
	if err != nil {
		var e *snapshot.Evidence
		return errors.As(err, &e) && (e.Code == codeTruncated || e.Code == codeTimeout || e.Code == codeReset)
	}

	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// wait is what the API asks for, or our own back-off where it asks for nothing.
func (r Retry) wait(h http.Header, attempt int) time.Duration {
	d, ok := retryAfter(h)
	if !ok {
		d = r.Backoff << min(attempt-1, 10)
	}
	return d + r.Jitter(d)
}

var seconds = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]+)?$`)

var milliseconds = regexp.MustCompile(`^[0-9]{1,12}$`)

// retryAfter reads how long an answer asks to wait. Azure also says it in
// milliseconds, in headers of its own, which are more exact and come first. In
// Retry-After it is seconds, which Graph also sends as a fraction ("2.128", never to
// be cut to 2; rounded up to the millisecond), or an HTTP date, taken relative to the
// answer's own Date.
func retryAfter(h http.Header) (time.Duration, bool) {
	for _, name := range []string{"retry-after-ms", "x-ms-retry-after-ms"} {
		if v := strings.TrimSpace(h.Get(name)); milliseconds.MatchString(v) {
			n, err := strconv.ParseInt(v, 10, 64)
			return time.Duration(n) * time.Millisecond, err == nil
		}
	}

	v := strings.TrimSpace(h.Get("Retry-After"))
	if seconds.MatchString(v) {
		f, err := strconv.ParseFloat(v, 64)
		return time.Duration(math.Ceil(f*1000-1e-6)) * time.Millisecond, err == nil
	}

	at, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}

	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}

	return max(0, at.Sub(now)), true
}

// failure names a failed exchange without the ports and addresses that net
// puts into its errors: evidence must not depend on them.
func failure(err error, timeout time.Duration) *snapshot.Evidence {
	var e *snapshot.Evidence
	if errors.As(err, &e) {
		return e
	}

	var slow net.Error
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return newEvidence(codeTruncated, endedEarly)
	case errors.As(err, &slow) && slow.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return newEvidence(codeTimeout, "no answer within %s", timeout)
	case errors.Is(err, syscall.ECONNRESET):
		return newEvidence(codeReset, "the connection was reset")
	case strings.Contains(err.Error(), "stream error"): // HTTP/2, with a stream number
		return newEvidence(codeTruncated, endedEarly)
	}

	return newEvidence(codeUnreachable, "%s", whyUnreachable(err))
}

const endedEarly = "the connection ended before the answer did"

// whyUnreachable says why there is no connection.
func whyUnreachable(err error) string {
	var errno syscall.Errno
	var lookup *net.DNSError
	var op *net.OpError
	switch {
	case distrusted(err) != "":
		return distrusted(err)
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &lookup):
		return "looking up " + lookup.Name + ": " + lookup.Err
	case errors.As(err, &op):
		return op.Err.Error()
	}

	return err.Error()
}
