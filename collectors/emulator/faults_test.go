package emulator

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
)

func TestFaults(t *testing.T) {
	const org, skus = "/graph/v1.0/organization", "/graph/v1.0/subscribedSkus"
	w := GenerateClients(1, []string{"contoso", "fabrikam"})
	subs := "/arm/subscriptions?api-version=2022-12-01"

	status := func(want int, retryAfter string) func(*testing.T, *lab, reply) {
		return func(t *testing.T, _ *lab, r reply) {
			if r.status != want || r.header.Get("Retry-After") != retryAfter {
				t.Errorf("status %d, Retry-After %q", r.status, r.header.Get("Retry-After"))
			}
		}
	}

	link := func(want func(l *lab, next string) bool) func(*testing.T, *lab, reply) {
		return func(t *testing.T, l *lab, r reply) {
			doc := r.json(t)
			next := fmt.Sprint(doc["@odata.nextLink"], doc["nextLink"])
			if !want(l, strings.ReplaceAll(next, "<nil>", "")) {
				t.Errorf("next link %s", next)
			}
		}
	}

	broken := func(t *testing.T, _ *lab, r reply) {
		if r.err == nil {
			t.Errorf("a whole answer: %d %s", r.status, r.body)
		}
	}

	unparsable := func(t *testing.T, _ *lab, r reply) {
		if _, err := snapshot.Parse(r.body); r.status != 200 || r.err != nil || err == nil {
			t.Errorf("parses: %d %v", r.status, r.err)
		}
	}

	tests := []struct {
		name, path string
		fault      Fault
		check      func(*testing.T, *lab, reply)
	}{
		{"429", org, Fault{Kind: "throttle", RetryAfter: "2.128"}, status(429, "2.128")},
		{"429 without Retry-After", subs, Fault{Kind: "throttle"}, status(429, "")},
		{"503", subs, Fault{Kind: "unavailable", RetryAfter: "0.05"}, status(503, "0.05")},
		{"504", org, Fault{Kind: "status", Value: "504"}, status(504, "")},
		{"denied by Graph", org, Fault{Kind: "denied"}, status(403, "")},
		{"denied by ARM", subs, Fault{Kind: "denied"}, status(403, "")},
		{"reset", org, Fault{Kind: "reset"}, broken},
		{"truncate", org, Fault{Kind: "truncate"}, broken},
		{"body", org, Fault{Kind: "body", Value: "<html>"}, unparsable},
		{"loop", skus + "?$top=1", Fault{Kind: "loop"}, link(func(l *lab, n string) bool { return n == l.URL+skus+"?$top=1" })},
		{"foreign", subs, Fault{Kind: "foreign"}, link(func(_ *lab, n string) bool { return strings.HasPrefix(n, "https://foreign.example/arm/") })},
		{"foreign, by scheme", subs, Fault{Kind: "foreign", Value: "http://127.0.0.1:1"}, link(func(_ *lab, n string) bool { return strings.HasPrefix(n, "http://127.0.0.1:1/arm/") })},
		{"empty page", skus, Fault{Kind: "empty_page", Times: 1}, func(t *testing.T, l *lab, r reply) {
			doc := r.json(t)
			ids, _ := l.walk(doc["@odata.nextLink"].(string), l.token(w.Clients[0], graphAudience))
			if len(doc["value"].([]any)) != 0 || len(ids) != len(w.Clients[0].data["/graph/subscribedskus"]) {
				t.Errorf("%s, then %v", r.body, ids)
			}
		}},
		{"duplicate", subs, Fault{Kind: "duplicate"}, func(t *testing.T, _ *lab, r reply) {
			v := r.json(t)["value"].([]any)
			if n := len(w.Clients[0].Subscriptions()); len(v) != n+1 {
				t.Errorf("%d items, want %d", len(v), n+1)
			}
		}},
		{"oversize", org, Fault{Kind: "oversize", Value: "3000000"}, func(t *testing.T, _ *lab, r reply) {
			if len(r.body) < 3000000 || r.json(t)["value"] == nil {
				t.Errorf("%d bytes", len(r.body))
			}
		}},
		{"duplicate key in a list", org, Fault{Kind: "duplicate_key"}, unparsable},
		{"duplicate key in an object", "/graph/v1.0/policies/authorizationPolicy", Fault{Kind: "duplicate_key"}, unparsable},
		{"deep", org, Fault{Kind: "deep"}, unparsable},
		{"hostile names", org, Fault{Kind: "hostile_names"}, func(t *testing.T, _ *lab, r reply) {
			if !strings.Contains(string(r.body), `<script>`) {
				t.Errorf("%s", r.body)
			}
		}},
		{"drop", "/graph/v1.0/policies/authorizationPolicy", Fault{Kind: "drop", Value: "allowInvitesFrom"}, func(t *testing.T, _ *lab, r reply) {
			if doc := r.json(t); doc["allowInvitesFrom"] != nil || doc["displayName"] == nil {
				t.Errorf("%s", r.body)
			}
		}},
		{"an error beside the objects", org, Fault{Kind: "error", Value: "Throttled"}, func(t *testing.T, _ *lab, r reply) {
			if doc := r.json(t); r.status != 200 || doc["value"] == nil || r.code(t) != "Throttled" {
				t.Errorf("%d %s", r.status, r.body)
			}
		}},
		{"no ids", org, Fault{Kind: "null_ids"}, func(t *testing.T, _ *lab, r reply) {
			if o := r.json(t)["value"].([]any)[0].(map[string]any); o["id"] != nil || o["displayName"] == nil {
				t.Errorf("%s", r.body)
			}
		}},
		{"in parts", org, Fault{Kind: "dribble", Value: "1ms"}, func(t *testing.T, _ *lab, r reply) {
			if r.status != 200 || r.err != nil || r.json(t)["value"] == nil {
				t.Errorf("%d %v %s", r.status, r.err, r.body)
			}
		}},
		{"a permission", "/graph/v1.0/policies/authorizationPolicy", Fault{Kind: "permission", Value: "Policy.Read.All"}, func(t *testing.T, _ *lab, r reply) {
			if r.status != 403 || r.code(t) != "Authorization_RequestDenied" {
				t.Errorf("%d %s", r.status, r.body)
			}
		}},
		{"another permission", org, Fault{Kind: "permission", Value: "Policy.Read.All"}, status(200, "")},
		{"no licence of Intune", "/graph/v1.0/deviceManagement/managedDevices", Fault{Kind: "unlicensed"}, func(t *testing.T, _ *lab, r reply) {
			if r.status != 400 || r.code(t) != "BadRequest" || !strings.Contains(string(r.body), "Request not applicable to target tenant.") {
				t.Errorf("%d %s", r.status, r.body)
			}
		}},
		{"an old page", skus + "?$skiptoken=x", Fault{Kind: "expired_page"}, func(t *testing.T, _ *lab, r reply) {
			if r.status != 400 || r.code(t) != "Directory_ExpiredPageToken" {
				t.Errorf("%d %s", r.status, r.body)
			}
		}},
		{"an old delta", skus + "?$deltatoken=x", Fault{Kind: "expired_delta"}, func(t *testing.T, _ *lab, r reply) {
			if r.status != 410 || r.code(t) != "syncStateNotFound" {
				t.Errorf("%d %s", r.status, r.body)
			}
		}},
		{"a role is gone: the list", subs, Fault{Kind: "role_removed"}, func(t *testing.T, _ *lab, r reply) {
			if doc := r.json(t); r.status != 200 || len(doc["value"].([]any)) != 0 || fmt.Sprint(doc["count"]) != "map[type:Total value:0]" {
				t.Errorf("%d %s", r.status, r.body)
			}
		}},
		{"a role is gone: what names a subscription", "/arm/subscriptions/" + w.Clients[0].Subscriptions()[0] + "/resources?api-version=2021-04-01",
			Fault{Kind: "role_removed"}, status(403, "")},
		{"by dataset", org, Fault{Kind: "denied", Dataset: "entra.organization"}, status(403, "")},
		{"by another dataset", org, Fault{Kind: "denied", Dataset: "entra.users"}, status(200, "")},
		{"nulls", org, Fault{Kind: "nulls"}, func(t *testing.T, _ *lab, r reply) {
			o := r.json(t)["value"].([]any)[0].(map[string]any)
			if o["id"] == nil || o["displayName"] != nil || o["verifiedDomains"] != nil {
				t.Errorf("%s", r.body)
			}
		}},
		{"another tenant's organization", org, Fault{Kind: "wrong_tenant", Value: "fabrikam"}, func(t *testing.T, _ *lab, r reply) {
			if o := r.json(t)["value"].([]any)[0].(map[string]any); o["id"] != w.Clients[1].ID {
				t.Errorf("%s", r.body)
			}
		}},
	}

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.fault.Client = "contoso"
			if tt.fault.Dataset == "" {
				tt.fault.Path = strings.Split(tt.path, "?")[0]
			}
			l := start(t, w, Options{Faults: []Fault{tt.fault}})
			audience := graphAudience

			if strings.HasPrefix(tt.path, "/arm") {
				audience = armAudience
			}

			tt.check(t, l, l.get(tt.path, l.token(w.Clients[0], audience)))

			plain := strings.Split(tt.path, "?$")[0]
			if strings.Contains(plain, w.Clients[0].Subscriptions()[0]) {
				return // nobody else may read it
			}
			if r := l.get(plain, l.token(w.Clients[1], audience)); r.status != 200 || r.err != nil {
				t.Errorf("another client is hit, too: %d %v", r.status, r.err)
			}
		})
	}

	if diff := dump(w.Clients[0]) == dump(GenerateClients(1, []string{"contoso"}).Clients[0]); !diff {
		t.Error("a fault has changed the world itself")
	}
}

func TestFaultsAtLogin(t *testing.T) {
	w := GenerateClients(1, []string{"contoso", "fabrikam"})
	l := start(t, w, Options{Faults: []Fault{
		{Client: "contoso", Path: "/login/*/token", Kind: "wrong_tenant", Value: "fabrikam"},
		{Client: w.Clients[1].ID, Kind: "consent_gone"},
	}})

	c, err := parseToken("Bearer " + l.token(w.Clients[0], graphAudience))
	if err != nil || c.TenantID != w.Clients[1].ID {
		t.Errorf("token of %s (%v)", c.TenantID, err)
	}

	r := l.requestToken(w.Clients[1].ID, w.Clients[1].AppID, w.Secret(), graphAudience+"/.default")
	if r.status != 400 || !strings.Contains(string(r.body), "AADSTS700016") {
		t.Errorf("%d %s", r.status, r.body)
	}

	l = start(t, w, Options{Faults: []Fault{{Kind: "consent_gone", Value: "7000229"}}})
	r = l.requestToken(w.Clients[1].ID, w.Clients[1].AppID, w.Secret(), graphAudience+"/.default")
	if r.status != 401 || !strings.Contains(string(r.body), "AADSTS7000229") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// TestFaultsCountByThemselves: After and Times hold for each tenant and path.
func TestFaultsCountByThemselves(t *testing.T) {
	w := GenerateClients(1, []string{"contoso", "fabrikam"})
	l := start(t, w, Options{Faults: []Fault{{Path: "/graph/v1.0/*", Kind: "throttle", After: 1, Times: 2, RetryAfter: "0.01"}}})
	for _, c := range w.Clients {
		token := l.token(c, graphAudience)
		for _, path := range []string{"/graph/v1.0/organization", "/graph/v1.0/subscribedSkus?$top=5"} {
			var got []int
			for range 4 {
				got = append(got, l.get(path, token).status)
			}
			if fmt.Sprint(got) != fmt.Sprint([]int{200, 429, 429, 200}) {
				t.Errorf("%s %s: %v", c.Label, path, got)
			}
		}
	}

	slow := start(t, w, Options{Faults: []Fault{{Kind: "slow", Value: "60ms"}}})
	before := time.Now()
	if r := slow.get("/graph/v1.0/organization", ""); r.status != http.StatusUnauthorized || time.Since(before) < 60*time.Millisecond {
		t.Errorf("%d after %s", r.status, time.Since(before))
	}
}

func TestParseFaults(t *testing.T) {
	good := `[{"client":"contoso","path":"/graph","kind":"throttle","times":2,"after":1,"retry_after":"0.05"},{"kind":"loop"}]`
	if list, err := ParseFaults([]byte(good)); err != nil || len(list) != 2 || list[0].Times != 2 || list[0].RetryAfter != "0.05" {
		t.Errorf("%v %v", list, err)
	}

	for _, bad := range []string{``, `{}`, `[{"kind":"nope"}]`, `[{"kind":"loop","tims":1}]`, `[{"kind":"status","value":"200"}]`, `[{"kind":"slow"}]`,
		`[{"kind":"drop"}]`, `[{"kind":"deep","value":"-1"}]`, `[{"kind":"loop","after":-1}]`, `[] []`} {
		if _, err := ParseFaults([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}

	if _, err := Start(Generate(1, 1), Options{Faults: []Fault{{Kind: "nope"}}}); err == nil {
		t.Error("Start accepts an unknown kind")
	}
}

func FuzzParseFaults(f *testing.F) {
	f.Add([]byte(`[{"client":"contoso","path":"/graph/*","kind":"throttle"}]`))
	f.Add([]byte(`[{"kind":"status","value":"503"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ParseFaults(data)
		for _, fault := range list {
			if err != nil || fault.check() != nil {
				t.Errorf("accepted: %+v (%v)", fault, err)
			}
		}
	})
}

func FuzzParseToken(f *testing.F) {
	f.Add("Bearer " + claims{TenantID: "t", Audience: graphAudience}.token())
	f.Add("Bearer a.b.c")
	f.Fuzz(func(t *testing.T, header string) {
		c, err := parseToken(header)
		if err == nil {
			if again, err := parseToken("Bearer " + c.token()); err != nil || again.TenantID != c.TenantID {
				t.Errorf("%+v does not come back: %+v %v", c, again, err)
			}
		}
	})
}
