package collectors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
)

const members = "entra.group_members"

// groupID ends in the group's number.
func groupID(n int) string { return fmt.Sprintf("cccccccc-0000-4000-8000-%012d", n) }

func memberPath(n int) string { return "/graph/beta/groups/" + groupID(n) + "/members" }

func user(n int) object {
	return object{"@odata.type": "#microsoft.graph.user", "id": fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012d", n), "displayName": nil}
}

// withGroups makes a tenant with so many security groups, each with one member.
func withGroups(t *testing.T, n int) *fake {
	f := full(t)
	var list []object
	for i := range n {
		list = append(list, group(i, true))
		f.answers[memberPath(i)] = listOf(user(i))
	}

	f.answers["/graph/v1.0/groups"] = listOf(list...)
	return f
}

func group(n int, security bool) object {
	return object{"id": groupID(n), "displayName": "g", "securityEnabled": security, "groupTypes": []any{}, "isAssignableToRole": nil,
		"onPremisesSyncEnabled": nil, "mailEnabled": false}
}

func TestBatchFailures(t *testing.T) {
	// change alters the answers about members in the first batches.
	change := func(f *fake, times int64, how func(responses []any) []any) {
		f.batchesOf("/members", once(times, func(w http.ResponseWriter, r *http.Request) {
			asked := batchOfRequest(r)
			var about, others []any
			for _, response := range recorded(f.batch, r)["responses"].([]any) {
				if strings.Contains(asked[response.(object)["id"].(string)], "/members") {
					about = append(about, response)
				} else {
					others = append(others, response)
				}
			}
			answerJSON(object{"responses": append(how(about), others...)})(w, r)
		}, f.batch))
	}

	failing := func(status int, code string) http.HandlerFunc { return fail(status, code, "no") }
	const allComplete = "complete 0=complete 1=complete 2=complete" // each is asked for by itself
	for _, tc := range []struct {
		name     string
		set      func(f *fake)
		want     string
		requests int
	}{
		{"all answered", func(*fake) {}, "complete 0=complete 1=complete 2=complete", 1},
		{"an answer is missing", func(f *fake) { change(f, 1, func(r []any) []any { return r[1:] }) },
			allComplete, 2},
		{"an answer is there twice", func(f *fake) { change(f, 1, func(r []any) []any { return append(r, r[0]) }) },
			allComplete, 2},
		{"an answer to nothing", func(f *fake) {
			change(f, 1, func(r []any) []any {
				return append(r, object{"id": "77", "status": 200, "body": object{"value": []any{}}})
			})
		}, allComplete, 4},
		{"an id in another form", func(f *fake) {
			change(f, 1, func(r []any) []any { r[0].(object)["id"] = "01"; return r })
		}, allComplete, 4},
		{"no status", func(f *fake) { change(f, 1, func(r []any) []any { delete(r[0].(object), "status"); return r }) },
			allComplete, 2},
		{"a body that is not JSON", func(f *fake) { f.answers[memberPath(1)] = answerText("PGh0bWw+") },
			"partial 0=complete 1=error(malformed_answer) 2=complete", 2},
		{"a body without a list", func(f *fake) { f.answers[memberPath(1)] = answerJSON(object{}) },
			"partial 0=complete 1=error(malformed_answer) 2=complete", 1},
		{"a redirect", func(f *fake) { change(f, 1, func(r []any) []any { r[0].(object)["status"] = 302; return r }) },
			"partial 0=complete 1=complete 2=error(unexpected_status)", 1},
		{"one is denied", func(f *fake) { f.answers[memberPath(1)] = failing(403, "Authorization_RequestDenied") },
			"partial 0=complete 1=denied(Authorization_RequestDenied) 2=complete", 1},
		{"one is throttled, then not", func(f *fake) { f.answers[memberPath(1)] = once(2, failing(429, "TooManyRequests"), listOf(user(1))) },
			"complete 0=complete 1=complete 2=complete", 3},
		{"one fails in passing", func(f *fake) { f.answers[memberPath(1)] = once(1, failing(502, "BadGateway"), listOf(user(1))) },
			"complete 0=complete 1=complete 2=complete", 2},
		{"one is throttled for ever", func(f *fake) { f.answers[memberPath(1)] = failing(429, "TooManyRequests") },
			"partial 0=complete 1=throttled(TooManyRequests) 2=complete", 5},
		{"the batch is throttled, then not", func(f *fake) { f.batchesOf("/members", once(1, failing(429, "TooManyRequests"), f.batch)) },
			"complete 0=complete 1=complete 2=complete", 2},
		{"the batch is denied", func(f *fake) { f.batchesOf("/members", failing(403, "Authorization_RequestDenied")) },
			"denied 0=denied(Authorization_RequestDenied) 1=denied(Authorization_RequestDenied) 2=denied(Authorization_RequestDenied)", 1},
		{"the batch is not JSON", func(f *fake) { f.batchesOf("/members", answerText("<html>")) }, allComplete, 4},
		{"the batch has no answers", func(f *fake) { f.batchesOf("/members", answerText("{}")) }, allComplete, 4},
		{"an item's second page", func(f *fake) {
			f.answers[memberPath(1)] = once(1, answerJSON(object{"value": []any{user(1)}, "@odata.nextLink": f.srv.URL + memberPath(1) + "?$skiptoken=2"}), listOf(user(2)))
		}, "complete 0=complete 1=complete 2=complete", 2},
		{"an item's second page is denied", func(f *fake) {
			f.answers[memberPath(1)] = once(1, answerJSON(object{"value": []any{user(1)}, "@odata.nextLink": f.srv.URL + memberPath(1) + "?$skiptoken=2"}), failing(403, "Denied"))
		}, "partial 0=complete 1=partial(Denied) 2=complete", 2},
		{"an item's next link to another version", func(f *fake) {
			f.answers[memberPath(1)] = answerJSON(object{"value": []any{user(1)}, "@odata.nextLink": f.srv.URL + "/graph/v1.0/groups"})
		}, "partial 0=complete 1=error(foreign_next_link) 2=complete", 1},
		{"an item's next link to another host", func(f *fake) {
			f.answers[memberPath(1)] = answerJSON(object{"value": []any{user(1)}, "@odata.nextLink": "https://other.example" + memberPath(1) + "?$skiptoken=2"})
		}, "partial 0=complete 1=error(foreign_next_link) 2=complete", 1},
		{"the same member twice", func(f *fake) { f.answers[memberPath(1)] = listOf(user(1), user(1)) },
			"complete 0=complete 1=complete 2=complete", 1},
		{"one member with two contents", func(f *fake) { f.answers[memberPath(1)] = listOf(user(1), with(user(1), "x", 1)) },
			"error", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := withGroups(t, 3)
			tc.set(f)

			c := mustRun(t, f.config()).Manifest.Datasets[members]
			if got := inShort(c); got != tc.want || c.Requests != tc.requests {
				t.Errorf("%s, %d requests; want %s, %d", got, c.Requests, tc.want, tc.requests)
			}
		})
	}
}

// batchOfRequest are the addresses in a batch, by their ids. The body can be read
// again.
func batchOfRequest(r *http.Request) map[string]string {
	body, err := io.ReadAll(r.Body)
	var in struct{ Requests []struct{ ID, URL string } }
	if err = errors.Join(err, json.Unmarshal(body, &in)); err != nil {
		panic(err)
	}

	r.Body = io.NopCloser(bytes.NewReader(body))
	asked := map[string]string{}
	for _, item := range in.Requests {
		asked[item.ID] = item.URL
	}
	return asked
}

// recorded is the parsed answer of a handler.
func recorded(h http.HandlerFunc, r *http.Request) (body object) {
	rec := &recorder{header: http.Header{}}
	h(rec, r)

	if err := json.Unmarshal([]byte(rec.body.String()), &body); err != nil {
		panic(err)
	}

	return body
}

type recorder struct {
	header http.Header
	body   strings.Builder
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(int)             {}
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// TestBatchWaits: as long as the slowest item asks for, or our own back-off.
func TestBatchWaits(t *testing.T) {
	f := withGroups(t, 3)
	throttled := func(after string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", after)
			fail(429, "TooManyRequests", "")(w, r)
		}
	}

	f.answers[memberPath(0)] = once(1, throttled("2.128"), listOf(user(0)))
	f.answers[memberPath(1)] = once(1, throttled("1"), once(1, fail(503, "Unavailable", ""), listOf(user(1))))
	cfg := f.config()
	var waits []time.Duration
	cfg.Retry.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	c := mustRun(t, cfg).Manifest.Datasets[members]
	if d := cmp.Diff([]time.Duration{2128 * time.Millisecond, 2 * time.Second}, waits); d != "" || c.Status != snapshot.Complete {
		t.Errorf("%s %s", c.Status, d)
	}
}

// TestBatchBudget: a batch waits no longer than is left for the whole collection.
func TestBatchBudget(t *testing.T) {
	f := withGroups(t, 3)
	f.answers[memberPath(1)] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "2")
		fail(429, "TooManyRequests", "")(w, r)
	}

	cfg := f.config()
	cfg.Retry.Budget = 5 * time.Second // of four waits two
	var waits []time.Duration
	cfg.Retry.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	c := mustRun(t, cfg).Manifest.Datasets[members]
	if got := inShort(c); len(waits) != 2 || got != "partial 0=complete 1=throttled(TooManyRequests) 2=complete" {
		t.Errorf("%s, waits %v", got, waits)
	}
}

// TestBatches: only security groups are asked about, twenty in a batch, and
// the numbers and bytes do not depend on who is quicker.
func TestBatches(t *testing.T) {
	const n = 50
	f := withGroups(t, n)

	list := []object{group(n, false), group(n+1, false)} // distribution lists
	for i := range n {
		list = append(list, group(i, true))
	}

	f.answers["/graph/v1.0/groups"] = listOf(list...)
	var batches atomic.Int64
	f.batchesOf("/members", func(w http.ResponseWriter, r *http.Request) { batches.Add(1); f.batch(w, r) })
	var first string
	for range 3 {
		s := mustRun(t, f.config())
		c := s.Manifest.Datasets[members]
		if c.Status != snapshot.Complete || c.Count != n || c.Requests != 3 || c.Pages != n || len(c.Scopes) != n || !slices.Contains(c.CompleteScopes(), groupID(7)) || slices.Contains(c.CompleteScopes(), groupID(n)) {
			t.Fatalf("%s, %d documents, %d requests, %d pages, %d scopes", c.Status, c.Count, c.Requests, c.Pages, len(c.Scopes))
		}

		if first == "" {
			first = string(s.Raw)
		}

		if first != string(s.Raw) {
			t.Fatal("another manifest")
		}

		docs, err := s.Documents(members)
		if err != nil || docs[7].ID != groupID(7)+"/"+user(7)["id"].(string) || docs[7].Scope != groupID(7) {
			t.Fatalf("%v %v", docs[7], err)
		}
	}

	if batches.Load() != 9 || f.count(memberPath(n)) != 0 {
		t.Errorf("%d batches, %d for a distribution list", batches.Load(), f.count(memberPath(n)))
	}
}

// TestWhatIsAsked: paths and queries of what the schemas do not say plainly.
func TestWhatIsAsked(t *testing.T) {
	f := withGroups(t, 1)
	roleGroup := group(9, true)
	roleGroup["isAssignableToRole"] = true
	f.answers["/graph/v1.0/groups"] = listOf(group(0, true), roleGroup)
	f.answers[memberPath(9)] = listOf()
	f.answers["/graph/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"] = listOf()
	asked := map[string]string{}
	for path, h := range maps.Clone(f.answers) {
		f.answers[path] = func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				f.mu.Lock()
				asked[strings.TrimPrefix(path, "/graph/")] = r.URL.RawQuery
				f.mu.Unlock()
			}
			h(w, r)
		}
	}

	s := mustRun(t, f.config())
	for name, c := range s.Manifest.Datasets {
		if c.Status != snapshot.Complete && c.WasAsked() {
			t.Errorf("%s: %s %v", name, c.Status, c.Evidence)
		}
	}

	for path, want := range map[string]string{
		"v1.0/users": "$select=id,userPrincipalName,displayName,mail,userType,externalUserState,creationType,identities,accountEnabled,onPremisesSyncEnabled,preferredDataLocation,otherMails,country,usageLocation&$top=999",
		"v1.0/directory/deletedItems/microsoft.graph.servicePrincipal":                "$select=id,displayName,deletedDateTime",
		"v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances": "$filter=groupId%20eq%20'" + groupID(9) + "'",
		strings.TrimPrefix(memberPath(0), "/graph/"):                                  "$select=id&$top=999",
		"v1.0/roleManagement/directory/roleEligibilityScheduleInstances":              "",
	} {
		if got, ok := asked[path]; !ok || got != want {
			t.Errorf("%s: %q, want %q (%v)", path, got, want, slices.Sorted(maps.Keys(asked)))
		}
	}
}

// TestDeletedItems: one dataset, three lists; what is denied of them is a hole.
func TestDeletedItems(t *testing.T) {
	const at = "/graph/v1.0/directory/deletedItems/microsoft.graph."
	for _, tc := range []struct {
		denied []string
		want   string
	}{
		{nil, "complete 1 3"},
		{[]string{"user"}, "partial 1 2"},
		{[]string{"servicePrincipal"}, "partial 1 2"},
		{[]string{"user", "group", "servicePrincipal"}, "denied 0 0"},
	} {
		f := full(t)
		f.answers[at+"group"] = listOf(object{"id": groupID(1), "displayName": nil, "deletedDateTime": nil})
		for _, kind := range tc.denied {
			f.answers[at+kind] = fail(403, "Authorization_RequestDenied", "no")
		}

		c := mustRun(t, f.config()).Manifest.Datasets["entra.deleted_items"]
		if got := fmt.Sprintf("%s %d %d", c.Status, c.Count, c.Pages); got != tc.want {
			t.Errorf("%v: %s, want %s", tc.denied, got, tc.want)
		}
	}
}
