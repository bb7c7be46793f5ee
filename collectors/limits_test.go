package collectors

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that passes only while somebody waits.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)} }

// service counts requests in windows, as the published limits are written, and
// refuses what is too many.
type service struct {
	clock   *clock
	limit   int
	window  time.Duration
	header  http.Header // of each answer
	taken   []time.Time
	refused int
}

func (s *service) RoundTrip(*http.Request) (*http.Response, error) {
	now := s.clock.Now()
	for len(s.taken) > 0 && now.Sub(s.taken[0]) >= s.window {
		s.taken = s.taken[1:]
	}

	rec := httptest.NewRecorder()
	for name, v := range s.header {
		rec.Header()[name] = v
	}
	if len(s.taken) >= s.limit {
		s.refused++
		rec.WriteHeader(http.StatusTooManyRequests)
	}
	s.taken = append(s.taken, now)
	return rec.Result(), nil
}

// TestPublishedLimits: at the pace of our own limits no service refuses a request.
// The limits here are those of the pages, counted as the services count.
func TestPublishedLimits(t *testing.T) {
	for _, tc := range []struct {
		path   string
		limit  int
		window time.Duration
		least  float64 // of the limit that is used
	}{
		{"/graph/v1.0/identity/conditionalAccess/policies", 1, time.Second, 0.85},
		{"/graph/v1.0/identity/conditionalAccess/namedLocations", 1, time.Second, 0.85},
		{"/graph/beta/identityProtection/riskyUsers", 1, time.Second, 0.85},
		{"/graph/v1.0/auditLogs/signIns", 5, 10 * time.Second, 0.75},
		{"/graph/v1.0/reports/authenticationMethods/userRegistrationDetails", 5, 10 * time.Second, 0.75},
		{"/graph/v1.0/security/secureScores", 150, time.Minute, 0.9},
		{"/graph/v1.0/deviceManagement/managedDevices", 2000, 20 * time.Second, 0.75},
		{"/graph/v1.0/organization", 3500, 10 * time.Second, 0.3},
		{"/graph/v1.0/users", 1750, 10 * time.Second, 0.3}, // 2 units each
		{"/arm/providers/Microsoft.ResourceGraph/resources", 15, 5 * time.Second, 0.6},
	} {
		c := newClock()
		s := &service{clock: c, limit: tc.limit, window: tc.window}
		a, prefix := graphAPI, "/graph"
		if strings.HasPrefix(tc.path, "/arm") {
			a, prefix = armAPI, "/arm"
		}

		base := must(url.Parse("https://x.example" + prefix))
		rt := &retrying{
			next: s, retry: Retry{Sleep: c.Sleep}.defaults(), idHeader: "x", requestID: randomID, maxPage: maxPage,
			pace: &pacer{limits: NewLimits(c.Now, c.Sleep), api: a, base: base, tenant: tenant},
		}
		begun, n := c.Now(), 3*tc.limit+10
		for range n {
			req, _ := http.NewRequest("GET", "https://x.example"+tc.path, nil)
			if _, err := rt.RoundTrip(req); err != nil {
				t.Fatal(err)
			}
		}

		ideal := float64(n) / float64(tc.limit) * tc.window.Seconds()
		if used := ideal / c.Now().Sub(begun).Seconds(); s.refused > 0 || used < tc.least {
			t.Errorf("%s: %d refused, %.2f of the limit is used", tc.path, s.refused, used)
		}
	}
}

// TestBucketsOfARM: 250 reads at once and 25 a second, for each subscription.
func TestBucketsOfARM(t *testing.T) {
	c := newClock()
	p := &pacer{limits: NewLimits(c.Now, c.Sleep), api: armAPI, base: must(url.Parse("https://x.example/arm")), tenant: tenant}
	level := map[string]float64{sub1: 250, sub2: 250}
	at := c.Now()
	for i := range 2000 {
		id := []string{sub1, sub2}[i%2]
		req, _ := http.NewRequest("GET", "https://x.example/arm/subscriptions/"+id+"/resources?api-version=1", nil)
		if _, err := p.before(t.Context(), req, nil); err != nil {
			t.Fatal(err)
		}

		for s := range level {
			level[s] = min(250, level[s]+c.Now().Sub(at).Seconds()*25)
		}
		at = c.Now()
		if level[id]--; level[id] < 0 {
			t.Fatalf("request %d finds the bucket empty", i)
		}
	}
	if at.Equal(newClock().now) {
		t.Error("2,000 reads did not wait")
	}
}

// TestShared: what is counted for an application in all tenants is shared by them,
// and all else is not.
func TestShared(t *testing.T) {
	c := newClock()
	limits := NewLimits(c.Now, c.Sleep)
	wait := func(application, tenant, path string) time.Duration {
		p := &pacer{limits: limits, api: graphAPI, base: must(url.Parse("https://x.example/graph")), tenant: tenant, application: application}
		return limits.reserve(p.uses([]asked{{path: path}}))
	}

	const policies = "/identity/conditionalAccess/policies"
	for i, tc := range []struct {
		application, tenant string
		waits               bool
	}{{"a", "1", false}, {"a", "1", true}, {"a", "2", false}, {"b", "1", false}, {"b", "1", true}} {
		if got := wait(tc.application, tc.tenant, policies); (got > 0) != tc.waits {
			t.Errorf("%d: %v", i, got)
		}
	}

	for i := range 25_000 { // of so many tenants that none has reason to wait
		wait("c", fmt.Sprint(i), "/organization")
	}
	if wait("c", "x", "/organization") == 0 || wait("d", "x", "/organization") != 0 {
		t.Error("the application's own limit")
	}
}

// TestWhatAnswersSay: about cost, nearness and refusal.
func TestWhatAnswersSay(t *testing.T) {
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}

	for _, tc := range []struct {
		name   string
		api    *api
		path   string
		status int
		header http.Header
		retry  time.Duration
		after  time.Duration // what the next request waits, to the millisecond
		others bool          // and so does one of another tenant
	}{
		{"nothing", graphAPI, "/organization", 200, header(), 0, 0, false},
		{"it costs as much as was thought", graphAPI, "/organization", 200, header("x-ms-resource-unit", "1"), 0, 0, false},
		{"it costs far more", graphAPI, "/organization", 200, header("x-ms-resource-unit", "1125"), 0, 5008 * time.Millisecond, false},
		{"a cost that is none", graphAPI, "/organization", 200, header("x-ms-resource-unit", "1e99"), 0, 0, false},
		{"near the limit", graphAPI, "/organization", 200, header("x-ms-throttle-limit-percentage", "0.9"), 0, 1008 * time.Millisecond, false},
		{"far from the limit", graphAPI, "/organization", 200, header("x-ms-throttle-limit-percentage", "0.5"), 0, 0, false},
		{"refused", graphAPI, "/organization", 429, header(), 7 * time.Second, 7 * time.Second, false},
		{"refused in all tenants", graphAPI, "/organization", 429, header("x-ms-throttle-scope", "Application/ReadWrite/a/b"), 7 * time.Second, 7 * time.Second, true},
		{"refused in this tenant", graphAPI, "/organization", 429, header("x-ms-throttle-scope", "Tenant_Application/ReadWrite/a/b"), 7 * time.Second, 7 * time.Second, false},
		{"refused for ever", graphAPI, "/organization", 429, header(), 1e6 * time.Second, maxClosed, false},
		{"few reads are left", armAPI, "/subscriptions/" + sub1 + "/x", 200, header("x-ms-ratelimit-remaining-subscription-reads", "0"), 0, 50 * time.Millisecond, false},
		{"many reads are left", armAPI, "/subscriptions/" + sub1 + "/x", 200, header("x-ms-ratelimit-remaining-subscription-reads", "11999"), 0, 0, false},
		{"no query is left", armAPI, "/providers/Microsoft.ResourceGraph/resources", 200,
			header("x-ms-user-quota-remaining", "0", "x-ms-user-quota-resets-after", "00:00:03"), 0, 3 * time.Second, false},
		{"queries are left", armAPI, "/providers/Microsoft.ResourceGraph/resources", 200,
			header("x-ms-user-quota-remaining", "1", "x-ms-user-quota-resets-after", "00:00:03"), 0, 0, false},
	} {
		c := newClock()
		limits := NewLimits(c.Now, c.Sleep)
		p := &pacer{limits: limits, api: tc.api, tenant: "1", application: "a"}
		uses := p.uses([]asked{{path: tc.path}})
		limits.reserve(uses)
		p.after(uses, tc.status, tc.header, tc.retry)

		if got := limits.reserve(uses).Round(time.Millisecond); got != tc.after {
			t.Errorf("%s: waits %v, not %v", tc.name, got, tc.after)
		}
		p.tenant = "2"
		if got := limits.reserve(p.uses([]asked{{path: strings.Replace(tc.path, sub1, sub2, 1)}})); (got > 0) != tc.others {
			t.Errorf("%s: another tenant waits %v", tc.name, got)
		}
	}
}

// TestPacedFromAnswers: a service that takes one request after the other may have counted
// one as late as its answer came.
func TestPacedFromAnswers(t *testing.T) {
	for path, want := range map[string]time.Duration{
		"/identity/conditionalAccess/policies": 1111 * time.Millisecond, // 0.9 a second
		"/organization":                        0,
	} {
		c := newClock()
		limits := NewLimits(c.Now, c.Sleep)
		p := &pacer{limits: limits, api: graphAPI, tenant: "1", application: "a"}
		uses := p.uses([]asked{{path: path}})
		if wait := limits.reserve(uses); wait != 0 {
			t.Errorf("%s: the first waits %v", path, wait)
		}

		c.Sleep(t.Context(), 900*time.Millisecond) // it was that long on its way
		p.after(uses, 200, http.Header{}, 0)
		if wait := limits.reserve(uses).Round(time.Millisecond); wait != want {
			t.Errorf("%s: the next waits %v, not %v", path, wait, want)
		}
	}
}

// TestBatchIsMany: each request of a batch counts by itself.
func TestBatchIsMany(t *testing.T) {
	base := must(url.Parse("https://x.example/graph"))
	req, _ := http.NewRequest("POST", "https://x.example/graph/v1.0/$batch", nil)
	body := `{"requests":[{"id":"1","method":"GET","url":"/subscribedSkus"},{"id":"2","method":"GET","url":"/users?$select=id"},` +
		`{"id":"3","method":"GET","url":"/groups/x/members?$top=5"},{"id":"4","method":"GET","url":"/deviceManagement/roleDefinitions"}]}`
	p := &pacer{api: graphAPI, base: base, tenant: "1"}
	units := map[string]float64{}
	for _, u := range p.uses(graphAPI.askedBy(req, []byte(body), base)) {
		units[u.key.workload] += u.units
	}
	if units["identity"] != 3+1+2 || units["intune"] != 1 {
		t.Errorf("%v", units)
	}
}

// TestWorkloads: every unit has one, and those that a service takes one by one are
// never asked for together.
func TestWorkloads(t *testing.T) {
	for _, u := range All() {
		w := workloadOf(u.api.workloads, u.Schema.Source.Endpoint)
		if u.api == hostAPI {
			continue // each host is asked once
		}
		if w == nil || w.rate.perSecond <= 0 || w.rate.burst < 1 || w.page == "" {
			t.Errorf("%s: %+v", u.Schema.Dataset, w)
		} else if w.alone && u.scopesAtOnce > 1 {
			t.Errorf("%s is of %s and asked for in a batch", u.Schema.Dataset, w.name)
		}
	}
}
