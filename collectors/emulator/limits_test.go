package emulator

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestLimits: each service refuses what exceeds its published limit, in its own words,
// and other tenants are not concerned. The clock stands still, so that nothing is refilled,
// however slow the machine.
func TestLimits(t *testing.T) {
	w := GenerateClients(1, []string{"contoso", "fabrikam"})
	now := time.Now()
	l := start(t, w, Options{Limits: true, Now: func() time.Time { return now }})
	sub := w.Clients[0].Subscriptions()[0]

	for _, tc := range []struct {
		name, path string
		passes     int
		code       string
		waits      bool
		header     string
	}{
		{"identity", "/graph/v1.0/subscribedSkus", 8000 / 3, "Request_ThrottledTemporarily", true, "x-ms-resource-unit"},
		{"reads", "/arm/subscriptions/" + sub + "/resourcegroups?api-version=2021-04-01", 250, "SubscriptionRequestsThrottled", true,
			"x-ms-ratelimit-remaining-subscription-reads"},
	} {
		token := l.token(w.Clients[0], map[bool]string{true: armAudience, false: graphAudience}[tc.path[:4] == "/arm"])
		l.drain(tc.path, token, tc.passes-3)

		n, r := 0, reply{}
		for n = range 5 {
			if r = l.get(tc.path, token); r.status != 200 {
				break
			}
			if tc.header != "" && r.header.Get(tc.header) == "" {
				t.Fatalf("%s: no %s", tc.name, tc.header)
			}
		}

		if n != 3 || r.status != http.StatusTooManyRequests || r.code(t) != tc.code {
			t.Errorf("%s: after %d of 3: %d %s", tc.name, n, r.status, r.body)
		}
		wait, err := strconv.Atoi(r.header.Get("Retry-After"))
		if tc.waits != (err == nil && wait > 0) {
			t.Errorf("%s: Retry-After %q", tc.name, r.header.Get("Retry-After"))
		}
	}

	if r := l.get("/graph/v1.0/subscribedSkus", l.token(w.Clients[1], graphAudience)); r.status != 200 {
		t.Errorf("another tenant: %d %s", r.status, r.body)
	}

	free := start(t, w, Options{})
	token := free.token(w.Clients[0], graphAudience)
	for range 3 {
		if r := free.get("/graph/v1.0/policies/authorizationPolicy", token); r.status != 200 {
			t.Errorf("without limits: %d", r.status)
		}
	}
}

// drain takes so many requests' worth from the bucket behind a path at once.
func (l *lab) drain(path, token string, requests int) {
	l.t.Helper()
	r, err := http.NewRequest(http.MethodGet, l.URL+path, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	q := l.newCall(r)
	for range requests {
		l.throttle(q)
	}
}

// TestWorkloads: which limits a path is counted by.
func TestWorkloads(t *testing.T) {
	w := GenerateClients(1, []string{"contoso"})
	for path, want := range map[string]string{
		"/users":                               "graph, identity, identity, all tenants",
		"/identity/conditionalAccess/policies": "graph, conditional access",
		"/auditLogs/directoryAudits":           "graph, reports",
		"/deviceManagement/managedDevices":     "graph, intune, intune, all applications",
		"/security/alerts_v2":                  "graph, alerts",
		"/security/secureScores":               "graph, alerts, secure score",
	} {
		var got []string
		for _, l := range limitsOf(&call{api: "graph", path: path, tenant: w.Clients[0], r: &http.Request{}}) {
			got = append(got, l.name)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", path, got, want)
		}
	}
}

// TestResourceUnits: https://learn.microsoft.com/graph/throttling-limits, "identity and access".
func TestResourceUnits(t *testing.T) {
	for at, want := range map[string]float64{
		"/users":                                 2,
		"/users?$select=id":                      1,
		"/users?$top=5":                          1,
		"/users?$select=id&$top=5":               1,
		"/users?$expand=manager":                 3,
		"/organization":                          1,
		"/groups/x/members":                      3,
		"/groups/x/transitiveMembers?$select=id": 4,
		"/contracts":                             3,
	} {
		r, err := http.NewRequest(http.MethodGet, "https://x/graph/v1.0"+at, nil)
		if err != nil {
			t.Fatal(err)
		}
		q := (&Server{world: Generate(1, 1), counts: map[string]int{}}).newCall(r)
		if got := resourceUnits(q); got != want {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
}
