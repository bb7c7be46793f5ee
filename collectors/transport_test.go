package collectors

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestReadOnly(t *testing.T) {
	const base = "https://api.example:8443/graph"
	for _, tc := range []struct {
		method, url, body string
		sent              bool
	}{
		{"GET", base + "/v1.0/users", "", true},
		{"GET", "https://API.example:8443/graph/v1.0/users", "", true},
		{"GET", base + "/v1.0/users", "x", false},
		{"HEAD", base + "/v1.0/users", "", false},
		{"PUT", base + "/v1.0/users", "", false},
		{"PATCH", base + "/v1.0/users", "{}", false},
		{"DELETE", base + "/v1.0/users/1", "", false},
		{"POST", base + "/v1.0/users", "{}", false},
		{"POST", base + "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET","url":"/users"}]}`, true},
		{"POST", base + "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET","url":"/users"},{"id":"2","method":"DELETE","url":"/users/1"}]}`, false},
		{"POST", base + "/v1.0/$batch", `{"requests":[{"id":"1","url":"/users"}]}`, false},
		{"POST", base + "/v1.0/$batch", `{"requests":[],"requests":[]}`, false},
		{"POST", base + "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET","url":"https://other.example/v1.0/users"}]}`, false},
		{"POST", base + "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET","url":"//other.example/users"}]}`, false},
		{"POST", base + "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET","url":"/%2e%2e/beta/users"}]}`, false},
		{"POST", base + "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET"}]}`, false},
		{"POST", base + "/v1.0/$batch", batchOf(20), true},
		{"POST", base + "/v1.0/$batch", batchOf(21), false},
		{"POST", base + "/v1.0/$batch", `nonsense`, false},
		{"POST", base + "/v1.0/$batch", ``, false},
		{"POST", base + "/v1.0/users/$batch", `{"requests":[]}`, false},
		{"POST", base + "/v1.0/directoryObjects/getByIds", `{}`, true},
		{"POST", base + "/providers/Microsoft.ResourceGraph/resources", `{}`, true},
		{"POST", base + "/subscriptions/x/providers/Microsoft.KeyVault/register", ``, false},
		{"POST", base + "/providers/Microsoft.ResourceGraph/resources/delete", `{}`, false},
		{"GET", "http://api.example:8443/graph/v1.0/users", "", false},
		{"GET", "https://api.example/graph/v1.0/users", "", false},
		{"GET", "https://other.example:8443/graph/v1.0/users", "", false},
		{"GET", "https://api.example:8443/arm/subscriptions", "", false},
		{"GET", base + "/../arm/subscriptions", "", false},
		{"GET", base + "/%2e%2e/arm/subscriptions", "", false},
		{"GET", "https://u:p@api.example:8443/graph/v1.0/users", "", false},
	} {
		sent := ""
		next := roundTrip(func(r *http.Request) (*http.Response, error) {
			b := []byte{}
			if r.Body != nil {
				b, _ = io.ReadAll(r.Body)
			}

			sent = "sent " + string(b)
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		})

		u, err := endpoint("x", base)
		if err != nil {
			t.Fatal(err)
		}

		req, err := http.NewRequest(tc.method, tc.url, strings.NewReader(tc.body))
		if err != nil {
			t.Fatal(err)
		}

		_, err = (&readOnly{pin{u}, slices.Concat(graphAPI.posts, armAPI.posts), next}).RoundTrip(req)
		var refused *refusedError
		if tc.sent != (err == nil) || tc.sent != (sent == "sent "+tc.body) || !tc.sent && !errors.As(err, &refused) {
			t.Errorf("%s %s %q: %v, %q", tc.method, tc.url, tc.body, err, sent)
		}
	}
}

// TestPostsOfAnotherAPI: each API has its own list of POSTs that only read.
func TestPostsOfAnotherAPI(t *testing.T) {
	const graphBatch, armQuery = "/v1.0/$batch", "/providers/Microsoft.ResourceGraph/resources"
	base, _ := endpoint("x", "https://api.example")
	for _, tc := range []struct {
		api  *api
		path string
		sent bool
	}{
		{graphAPI, graphBatch, true},
		{graphAPI, armQuery, false},
		{armAPI, graphBatch, false},
		{armAPI, armQuery, true},
	} {
		req, err := http.NewRequest("POST", base.String()+tc.path, strings.NewReader(`{"requests":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := (&readOnly{pin{base}, tc.api.posts, nil}).check(req); (err == nil) != tc.sent {
			t.Errorf("%s %s: %v", tc.api.name, tc.path, err)
		}
	}
}

func TestNoTokenElsewhere(t *testing.T) {
	f, foreign := full(t), newFake(t)
	s, err := signIn(t.Context(), must(f.config().defaults()), All())
	if err != nil {
		t.Fatal(err)
	}

	u, _ := endpoint("x", foreign.srv.URL)
	for a, c := range s.connections {
		if _, err := c.get(t.Context(), u.JoinPath("graph", "v1.0", "users")); err == nil {
			t.Errorf("%s: no error", a.name)
		}
	}

	if len(foreign.log) > 0 {
		t.Errorf("a foreign host was asked: %v", foreign.log)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRetryAfter(t *testing.T) {
	date := "Mon, 23 Nov 2026 08:00:00 GMT"
	for _, tc := range []struct {
		value string
		want  time.Duration
		ok    bool
	}{
		{"2.128", 2128 * time.Millisecond, true},
		{"0.4", 400 * time.Millisecond, true},
		{"1.0001", 1001 * time.Millisecond, true},
		{"7", 7 * time.Second, true},
		{"0", 0, true},
		{" 3 ", 3 * time.Second, true},
		{"Mon, 23 Nov 2026 08:00:20 GMT", 20 * time.Second, true},
		{"Mon, 23 Nov 2026 07:00:00 GMT", 0, true},
		{"", 0, false},
		{"-1", 0, false},
		{"NaN", 0, false},
		{"1e9", 0, false},
		{"soon", 0, false},
		{"99999999999999999999", 0, false},
	} {
		got, ok := retryAfter(http.Header{"Retry-After": {tc.value}, "Date": {date}})
		if got != tc.want || ok != tc.ok {
			t.Errorf("%q: %v %v", tc.value, got, ok)
		}
	}
}

// TestRetryAfterMilliseconds: Azure's own headers are more exact, and come first.
func TestRetryAfterMilliseconds(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		want        time.Duration
	}{
		{"retry-after-ms", "1500", 1500 * time.Millisecond},
		{"x-ms-retry-after-ms", "20", 20 * time.Millisecond},
		{"x-ms-retry-after-ms", "-20", 7 * time.Second},
		{"x-ms-retry-after-ms", "1e3", 7 * time.Second},
		{"x-ms-retry-after-ms", "99999999999999999999", 7 * time.Second},
		{"retry-after-ms", "", 7 * time.Second},
	} {
		h := http.Header{"Retry-After": {"7"}}
		h.Set(tc.name, tc.value)
		if got, ok := retryAfter(h); got != tc.want || !ok {
			t.Errorf("%s %q: %v %v", tc.name, tc.value, got, ok)
		}
	}
}

// TestBudget: all waits of one collection together have a bound, whatever each request
// may wait; what is refused then is throttled, and the rest is read all the same.
func TestBudget(t *testing.T) {
	f := full(t, sub1)
	for _, path := range []string{"/graph/v1.0/users", "/graph/v1.0/groups", "/arm/subscriptions/" + sub1 + "/resources"} {
		f.answers[path] = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "20")
			fail(429, "TooManyRequests", "slow down")(w, r)
		}
	}

	var waited atomic.Int64
	cfg := f.config(sub1)
	cfg.Retry.Budget = time.Minute
	cfg.Retry.Sleep = func(_ context.Context, d time.Duration) error { waited.Add(int64(d)); return nil }
	s := mustRun(t, cfg)
	if d := time.Duration(waited.Load()); d > time.Minute || d < 40*time.Second {
		t.Errorf("waited %v", d)
	}

	m := s.Manifest.Datasets
	for name, want := range map[string]snapshot.Status{
		"entra.users": snapshot.Throttled, "entra.groups": snapshot.Throttled, "azure.resources": snapshot.Throttled,
		"entra.domains": snapshot.Complete, "azure.locations": snapshot.Complete,
	} {
		if m[name].Status != want {
			t.Errorf("%s: %s %v", name, m[name].Status, m[name].Evidence)
		}
	}
}

func TestWaits(t *testing.T) {
	for _, tc := range []struct {
		name    string
		retry   Retry
		after   []string // Retry-After of each 429; then 200
		waits   []time.Duration
		answers int // of the last response
	}{
		{"as the API asks", Retry{}, []string{"2.128", "0.4"}, []time.Duration{2128 * time.Millisecond, 400 * time.Millisecond}, 200},
		{"own back-off", Retry{}, []string{"", "", ""}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, 200},
		{"attempts run out", Retry{Attempts: 2}, []string{"1", "1", "1"}, []time.Duration{time.Second}, 429},
		{"longer than we wait", Retry{Total: time.Minute}, []string{"61"}, nil, 429},
		{"longer in all", Retry{Total: time.Minute}, []string{"40", "40"}, []time.Duration{40 * time.Second}, 429},
		{"jitter", Retry{Jitter: func(d time.Duration) time.Duration { return d / 4 }}, []string{"4"}, []time.Duration{5 * time.Second}, 200},
	} {
		n := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if n++; n <= len(tc.after) {
				w.Header().Set("Retry-After", tc.after[n-1])
				w.WriteHeader(429)
			}
		}))

		var waits []time.Duration
		tc.retry.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
		rt := &retrying{next: http.DefaultTransport, retry: tc.retry.defaults(), idHeader: "x", requestID: randomID, maxPage: maxPage}
		req, _ := http.NewRequest("GET", srv.URL, nil)
		resp, err := rt.RoundTrip(req)
		srv.Close()

		if err != nil || resp.StatusCode != tc.answers {
			t.Errorf("%s: %v", tc.name, err)
		}

		if d := cmp.Diff(tc.waits, waits); d != "" {
			t.Errorf("%s: %s", tc.name, d)
		}
	}
}

func TestSlowAnswerIsOneAttempt(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer srv.Close()

	n := 0
	count := func(context.Context, time.Duration) error { n++; return nil }
	retry := Retry{Attempts: 3, Timeout: 20 * time.Millisecond, Sleep: count}
	rt := &retrying{next: http.DefaultTransport, retry: retry.defaults(), idHeader: "x", requestID: randomID, maxPage: maxPage}
	req, _ := http.NewRequest("GET", srv.URL, nil)
	_, err := rt.RoundTrip(req)
	var e *snapshot.Evidence
	if !errors.As(err, &e) || e.Code != codeTimeout || n != 2 {
		t.Errorf("%v after %d waits", err, n)
	}
}

func batchOf(n int) string {
	items := strings.Repeat(`{"id":"1","method":"GET","url":"/users"},`, n)
	return `{"requests":[` + strings.TrimSuffix(items, ",") + `]}`
}
