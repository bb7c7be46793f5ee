package collectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	Attempts int                                        // in all; 5
	Backoff  time.Duration                              // first wait where the API names none, then doubled; 1 s
	Total    time.Duration                              // of all waits of one request; a longer wait gives up; 3 min
	Timeout  time.Duration                              // of one attempt, body included; 2 min
	Sleep    func(context.Context, time.Duration) error // nil: a real wait
	Jitter   func(time.Duration) time.Duration          // added to each wait; nil: none
}

func (r Retry) defaults() Retry {
	if r.Attempts == 0 {
		r.Attempts = 5
	}

	if r.Backoff == 0 {
		r.Backoff = time.Second
	}

	if r.Total == 0 {
		r.Total = 3 * time.Minute
	}

	if r.Timeout == 0 {
		r.Timeout = 2 * time.Minute
	}

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
	maxPage   int64 // 0: maxPage
}

// tally counts attempts of one unit's requests; it travels in the context.
type tally struct{ n atomic.Int64 }

type tallyKey struct{}

func (t *retrying) RoundTrip(req *http.Request) (*http.Response, error) {
	payload, err := drain(req)
	if err != nil {
		return nil, err
	}

	var waited time.Duration
	for attempt := 1; ; attempt++ {
		resp, err := t.attempt(req, payload)
		if req.Context().Err() != nil {
			return nil, req.Context().Err()
		}
		if !again(resp, err) || attempt >= t.retry.Attempts {
			return resp, err
		}

		var header http.Header

		if resp != nil {
			header = resp.Header
		}

		wait := t.retry.wait(header, attempt)
		if waited += wait; waited > t.retry.Total {
			return resp, err
		}
		if err := t.retry.Sleep(req.Context(), wait); err != nil {
			return nil, err
		}
	}
}

func drain(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer req.Body.Close()
	return io.ReadAll(req.Body)
}

func (t *retrying) attempt(req *http.Request, payload []byte) (*http.Response, error) {
	if n, ok := req.Context().Value(tallyKey{}).(*tally); ok {
		n.n.Add(1)
	}

	ctx, cancel := context.WithTimeout(req.Context(), t.retry.Timeout)
	defer cancel()

	one := req.Clone(ctx)
	one.Header.Set(t.idHeader, t.requestID())

	if payload != nil {
		one.Body = io.NopCloser(bytes.NewReader(payload))
	}

	resp, err := t.next.RoundTrip(one)
	if err != nil {
		return nil, failure(err, t.retry.Timeout)
	}
	defer resp.Body.Close()

	return t.read(resp)
}

// read replaces the body by its bytes.
func (t *retrying) read(resp *http.Response) (*http.Response, error) {
	limit := t.maxPage
	if limit == 0 {
		limit = maxPage
	}

	isError := resp.StatusCode >= 400
	if isError {
		limit = maxErrorBody
	}

	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	id := answerID(resp)
	switch {
	case isError: // whatever there is of it
		body = body[:min(int64(len(body)), limit)]
	case err != nil:
		e := failure(err, t.retry.Timeout)
		e.HTTPStatus, e.RequestID = resp.StatusCode, id
		return nil, e

	case resp.StatusCode != http.StatusOK:
		return nil, &snapshot.Evidence{HTTPStatus: resp.StatusCode, Code: codeUnexpected, Message: "neither an answer nor an error", RequestID: id}
	case int64(len(body)) > limit:
		return nil, &snapshot.Evidence{HTTPStatus: resp.StatusCode, Code: codeOversized, Message: fmt.Sprintf("the answer is larger than %d bytes", limit), RequestID: id}
	}

	// Claims challenges are for continuous access evaluation, which we do not
	// ask for; the Graph adapter panics on malformed ones.
	resp.Header.Del("WWW-Authenticate")
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

func answerID(resp *http.Response) string {
	if id := resp.Header.Get("request-id"); id != "" {
		return id
	}
	return resp.Header.Get("x-ms-request-id")
}

// again reports whether the same request may be answered later.
func again(resp *http.Response, err error) bool {
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
		d = r.Backoff << (attempt - 1)
	}
	return d + r.Jitter(d)
}

var seconds = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]+)?$`)

// retryAfter reads Retry-After: seconds, which Graph also sends as a fraction
// ("2.128", never to be cut to 2; rounded up to the millisecond), or an HTTP
// date, taken relative to the answer's own Date.
func retryAfter(h http.Header) (time.Duration, bool) {
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
	var slow net.Error
	var errno syscall.Errno
	var lookup *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &snapshot.Evidence{Code: codeTruncated, Message: "the connection ended before the answer did"}
	case errors.As(err, &slow) && slow.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return &snapshot.Evidence{Code: codeTimeout, Message: fmt.Sprintf("no answer within %s", timeout)}
	case errors.Is(err, syscall.ECONNRESET):
		return &snapshot.Evidence{Code: codeReset, Message: "the connection was reset"}
	case strings.Contains(err.Error(), "stream error"): // HTTP/2, with a stream number
		return &snapshot.Evidence{Code: codeTruncated, Message: "the connection ended before the answer did"}
	case distrusted(err) != "":
		return &snapshot.Evidence{Code: codeUnreachable, Message: distrusted(err)}
	case errors.As(err, &errno):
		return &snapshot.Evidence{Code: codeUnreachable, Message: errno.Error()}
	case errors.As(err, &lookup):
		return &snapshot.Evidence{Code: codeUnreachable, Message: "looking up " + lookup.Name + ": " + lookup.Err}
	case errors.As(err, &op):
		return &snapshot.Evidence{Code: codeUnreachable, Message: op.Err.Error()}
	}

	return &snapshot.Evidence{Code: codeUnreachable, Message: err.Error()}
}
