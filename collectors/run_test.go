package collectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

const skus = "entra.subscribed_skus"

func TestRunComplete(t *testing.T) {
	f := full(t, sub1, sub2)
	s := mustRun(t, f.config(sub1, sub2))
	for name, c := range s.Manifest.Datasets {
		if !c.WasAsked() {
			continue
		}
		if c.Status != snapshot.Complete || !c.CompleteEverywhere() {
			t.Errorf("%s: %s %v", name, c.Status, c.Evidence)
		}
		if c.StartedAt != "2026-11-23T08:00:00Z" || c.Endpoint == "" || c.Permission == "" {
			t.Errorf("%s: %+v", name, c)
		}
	}

	if len(s.Manifest.Datasets) != len(All()) {
		t.Errorf("%d datasets of %d units", len(s.Manifest.Datasets), len(All()))
	}

	want := snapshot.Coverage{Status: snapshot.Complete, Count: 2, Pages: 2, Requests: 2, Proof: "role_assignment",
		Scopes: []snapshot.Scope{{Scope: sub1, Status: snapshot.Complete, Count: 1}, {Scope: sub2, Status: snapshot.Complete, Count: 1}}}
	got := s.Manifest.Datasets["azure.locations"]
	got.StartedAt, got.EndedAt, got.Endpoint, got.Permission, got.Digest, got.SpecDigest = "", "", "", "", "", ""
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	if n := f.count("/arm/subscriptions/" + sub1 + "/locations"); n != 1 {
		t.Errorf("%d requests for locations", n)
	}

	for i, token := range f.tokens {
		if !strings.HasPrefix(token, "Bearer ") {
			t.Errorf("%s without a token", f.log[i])
		}
	}
}

func TestRunIsRepeatable(t *testing.T) {
	effort.WithoutRace(t)
	f := full(t, sub1, sub2)
	f.answers["/arm/subscriptions/"+sub2+"/resources"] = fail(403, "AuthorizationFailed", "no")
	bytesOf := func() []byte {
		s := mustRun(t, f.config(sub1, sub2))
		all := bytes.Clone(s.Raw)
		for _, u := range All() {
			if s.Manifest.Datasets[u.Schema.Dataset].Holds() {
				r, err := s.Open(u.Schema.Dataset)
				if err != nil {
					t.Fatal(err)
				}

				b, _ := io.ReadAll(r)
				all = append(all, b...)
			}
		}

		return all
	}

	first := bytesOf()
	for range 5 {
		if d := cmp.Diff(string(first), string(bytesOf())); d != "" {
			t.Fatal(d)
		}
	}
}

// once answers the first requests one way, all later ones another.
func once(n int64, first, then http.HandlerFunc) http.HandlerFunc {
	var seen atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) <= n {
			first(w, r)
			return
		}
		then(w, r)
	}
}

func sku(id string) object {
	return object{"id": id, "skuId": "b", "skuPartNumber": "P", "capabilityStatus": "Enabled", "servicePlans": []any{}}
}

// TestFailures: every failure of one dataset is in its coverage, and of no other.
func TestFailures(t *testing.T) {
	next := func(f *fake, path string) string { return f.srv.URL + path }
	const at = "/graph/v1.0/subscribedSkus"
	pageTwo := func(f *fake, two http.HandlerFunc, link string) {
		first := answerJSON(object{"value": []object{sku("one")}, "@odata.nextLink": link})
		f.answers[at] = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("$skiptoken") != "" {
				two(w, r)
				return
			}
			first(w, r)
		}
	}

	for _, tc := range []struct {
		name     string
		set      func(f *fake)
		status   snapshot.Status
		count    int
		evidence snapshot.Evidence // Message: a part of it
		requests int
	}{
		{"two pages", func(f *fake) { pageTwo(f, listOf(sku("two")), next(f, at+"?$skiptoken=2")) },
			snapshot.Complete, 2, snapshot.Evidence{}, 2},
		{"an empty page with a next one", func(f *fake) {
			f.answers[at] = once(1, answerJSON(object{"value": []object{}, "@odata.nextLink": next(f, at+"?$skiptoken=2")}), listOf(sku("one")))
		}, snapshot.Complete, 1, snapshot.Evidence{}, 2},
		{"denied", func(f *fake) { f.answers[at] = fail(403, "Authorization_RequestDenied", "Insufficient privileges") },
			snapshot.Denied, 0, snapshot.Evidence{HTTPStatus: 403, Code: "Authorization_RequestDenied", Message: "Insufficient", RequestID: "req-Authorization_RequestDenied"}, 1},
		{"401 with a broken claims challenge", func(f *fake) {
			f.answers[at] = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("WWW-Authenticate", "Bearer claims=x")
				fail(401, "InvalidAuthenticationToken", "no")(w, r)
			}
		}, snapshot.Denied, 0, snapshot.Evidence{HTTPStatus: 401, Code: "InvalidAuthenticationToken", RequestID: "req-InvalidAuthenticationToken"}, 1},
		{"not found is not empty", func(f *fake) { delete(f.answers, at) },
			snapshot.Failed, 0, snapshot.Evidence{HTTPStatus: 404, Code: "NotFound", RequestID: "req-NotFound"}, 1},
		{"an error in HTML", func(f *fake) {
			f.answers[at] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(502)
				fmt.Fprint(w, "<html>")
			}
		}, snapshot.Failed, 0, snapshot.Evidence{HTTPStatus: 502, Message: "no readable body"}, 6},
		{"throttled for ever", func(f *fake) { f.answers[at] = fail(429, "TooManyRequests", "slow down") },
			snapshot.Throttled, 0, snapshot.Evidence{HTTPStatus: 429, Code: "TooManyRequests", RequestID: "req-TooManyRequests"}, 5},
		{"unavailable, then not", func(f *fake) { f.answers[at] = once(2, fail(503, "Unavailable", ""), listOf(sku("one"))) },
			snapshot.Complete, 1, snapshot.Evidence{}, 3},
		{"page two fails", func(f *fake) { pageTwo(f, fail(500, "Internal", ""), next(f, at+"?$skiptoken=2")) },
			snapshot.Partial, 1, snapshot.Evidence{HTTPStatus: 500, Code: "Internal", RequestID: "req-Internal"}, 2},
		{"loop", func(f *fake) {
			pageTwo(f, answerJSON(object{"value": []object{}, "@odata.nextLink": next(f, at+"?$skiptoken=2")}), next(f, at+"?$skiptoken=2"))
		},
			snapshot.Failed, 0, snapshot.Evidence{Code: "next_link_loop"}, 2},
		{"next link to another API version", func(f *fake) { pageTwo(f, nil, next(f, "/graph/beta/subscribedSkus?$skiptoken=2")) },
			snapshot.Failed, 0, snapshot.Evidence{Code: "foreign_next_link"}, 1},
		{"next link over http", func(f *fake) { pageTwo(f, nil, strings.Replace(next(f, at), "https", "http", 1)) },
			snapshot.Failed, 0, snapshot.Evidence{Code: "foreign_next_link"}, 1},
		{"next link with dots", func(f *fake) { pageTwo(f, nil, next(f, "/graph/v1.0/%2e%2e/%2e%2e/arm/x")) },
			snapshot.Failed, 0, snapshot.Evidence{Code: "foreign_next_link"}, 1},
		{"next link that is a number", func(f *fake) { f.answers[at] = answerText(`{"value":[],"@odata.nextLink":7}`) },
			snapshot.Failed, 0, snapshot.Evidence{Code: "malformed_answer"}, 1},
		{"truncated", func(f *fake) {
			f.answers[at] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "4000")
				fmt.Fprint(w, `{"value":[`)
			}
		}, snapshot.Failed, 0, snapshot.Evidence{HTTPStatus: 200, Code: "truncated"}, 6},
		{"half a document", func(f *fake) { f.answers[at] = answerText(`{"value":[`) },
			snapshot.Failed, 0, snapshot.Evidence{Code: "malformed_answer"}, 2},
		{"duplicate keys", func(f *fake) { f.answers[at] = answerText(`{"value":[],"value":[]}`) },
			snapshot.Failed, 0, snapshot.Evidence{Code: "malformed_answer"}, 2},
		{"one id, two contents", func(f *fake) { f.answers[at] = listOf(sku("one"), with(sku("one"), "x", 1)) },
			snapshot.Failed, 0, snapshot.Evidence{Code: "duplicate_id"}, 1},
		{"no value", func(f *fake) { f.answers[at] = answerText(`{}`) },
			snapshot.Failed, 0, snapshot.Evidence{Code: "malformed_answer"}, 1},
		{"an empty body", func(f *fake) { f.answers[at] = answerText(``) },
			snapshot.Failed, 0, snapshot.Evidence{Code: "malformed_answer"}, 2},
		{"no id", func(f *fake) { f.answers[at] = listOf(object{"skuId": "b"}) },
			snapshot.Failed, 0, snapshot.Evidence{Code: "malformed_answer"}, 1},
		{"no content", func(f *fake) {
			f.answers[at] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }
		}, snapshot.Failed, 0, snapshot.Evidence{HTTPStatus: 204, Code: "unexpected_status"}, 1},
		{"redirect", func(f *fake) {
			f.answers[at] = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/graph/v1.0/organization", http.StatusFound)
			}
		}, snapshot.Failed, 0, snapshot.Evidence{HTTPStatus: 302, Code: "unexpected_status"}, 1},
		{"an id and nulls", func(f *fake) { f.answers[at] = listOf(sku("one"), object{"id": "two", "skuId": nil}) },
			snapshot.Partial, 2, snapshot.Evidence{Code: "incomplete_objects", Message: "1 of 2 objects lack properties: two /capabilityStatus /servicePlans"}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := full(t, sub1)
			tc.set(f)
			s := mustRun(t, f.config(sub1))
			c := s.Manifest.Datasets[skus]
			if c.Status != tc.status || c.Count != tc.count || c.Requests != tc.requests {
				t.Errorf("%s, %d documents, %d requests; want %s, %d, %d (%v)", c.Status, c.Count, c.Requests, tc.status, tc.count, tc.requests, c.Evidence)
			}

			var got snapshot.Evidence

			if c.Evidence != nil {
				got = *c.Evidence
			}

			if !strings.Contains(got.Message, tc.evidence.Message) {
				t.Errorf("message %q lacks %q", got.Message, tc.evidence.Message)
			}

			got.Message = tc.evidence.Message
			if d := cmp.Diff(tc.evidence, got); d != "" {
				t.Error(d)
			}

			for name, c := range s.Manifest.Datasets {
				if name != skus && c.Status != snapshot.Complete && c.WasAsked() {
					t.Errorf("%s is %s too", name, c.Status)
				}
			}
		})
	}
}

func TestForeignNextLinkGetsNoRequest(t *testing.T) {
	for _, at := range []struct{ path, link, dataset string }{
		{"/graph/v1.0/subscribedSkus", "@odata.nextLink", skus},
		{"/arm/subscriptions/" + sub1 + "/resources", "nextLink", "azure.resources"},
	} {
		foreign := newFake(t)
		f := full(t, sub1)
		f.answers[at.path] = answerJSON(object{"value": []any{}, at.link: foreign.srv.URL + at.path})
		s := mustRun(t, f.config(sub1))
		holes := s.Manifest.Datasets[at.dataset].Holes()
		if len(holes) != 1 || holes[0].Status != snapshot.Failed || holes[0].Evidence.Code != "foreign_next_link" {
			t.Errorf("%s: %+v", at.dataset, holes)
		}

		if len(foreign.log) > 0 {
			t.Errorf("%s: the foreign server was asked: %v", at.dataset, foreign.log)
		}
	}
}

func TestOversizedAnswer(t *testing.T) {
	srv := httptest.NewServer(answerText(strings.Repeat(" ", 100) + "{}"))
	defer srv.Close()

	rt := &retrying{next: http.DefaultTransport, retry: Retry{}.defaults(), idHeader: "x", requestID: randomID, maxPage: 100}
	req, _ := http.NewRequest("GET", srv.URL, nil)
	_, err := rt.RoundTrip(req)
	var e *snapshot.Evidence
	if !errors.As(err, &e) || e.Code != codeOversized {
		t.Errorf("%v", err)
	}
}

func TestPageCap(t *testing.T) {
	f := newFake(t)
	n := 0
	get := func(context.Context, *url.URL) ([]byte, error) {
		n++
		return fmt.Appendf(nil, `{"value":[],"next":"%s/x/%d"}`, f.srv.URL, n), nil
	}
	c := connection{client: client{get: get}}

	base, _ := endpoint("x", f.srv.URL)
	pages := 0
	take := func(page) { pages++ }
	e := c.pages(t.Context(), base.JoinPath("x"), paging{"next", pin{base}, 3}, take)
	if pages != 3 || e == nil || e.Code != codeOversized {
		t.Errorf("%d pages, %v", pages, e)
	}

	pages = 0
	e = c.pages(t.Context(), base.JoinPath("x"), paging{"next", pin{base}, maxPages}, take)
	if pages != maxEmpty+1 || e == nil || e.Code != codeLoop {
		t.Errorf("empty pages for ever: %d pages, %v", pages, e)
	}
}

// graphOnly has tokens for Graph alone.
type graphOnly struct{ azcore.TokenCredential }

func (c graphOnly) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if strings.HasSuffix(o.Scopes[0], "/arm/.default") {
		return azcore.AccessToken{}, errors.New("AADSTS500011: no such resource")
	}
	return c.TokenCredential.GetToken(ctx, o)
}

func TestNoTokenForARM(t *testing.T) {
	f := full(t, sub1)
	cfg := f.config(sub1)
	cfg.Credential = graphOnly{cfg.Credential}
	s := mustRun(t, cfg)
	if c := s.Manifest.Datasets["entra.authorization_policy"]; c.Status != snapshot.Complete {
		t.Errorf("%+v", c)
	}

	for _, d := range []string{"azure.subscriptions", "azure.resources"} {
		if got := inShort(s.Manifest.Datasets[d]); got != "error *=error(no_token) 1=error(no_token)" {
			t.Errorf("%s: %s", d, got)
		}
	}

	cfg.Credential = failing{}
	var missing *CredentialError
	if _, err := Run(t.Context(), cfg); !errors.As(err, &missing) {
		t.Errorf("%v", err)
	}
}

type failing struct{}

func (failing) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, errors.New("no credential found")
}

func TestWrongTenant(t *testing.T) {
	var wrong *WrongTenantError
	f := full(t)
	cfg := f.config()
	cfg.Credential = credentialOf(other)
	if _, err := Run(t.Context(), cfg); !errors.As(err, &wrong) || wrong.Where != "the token" {
		t.Errorf("token: %v", err)
	}

	if len(f.log) > 0 {
		t.Errorf("another tenant's token was used: %v", f.log)
	}

	for name, orgs := range map[string][]object{"other": {organizationOf(other)}, "both": {organizationOf(tenant), organizationOf(other)}} {
		f := full(t)
		f.answers["/graph/v1.0/organization"] = listOf(orgs...)
		if _, err := Run(t.Context(), f.config()); !errors.As(err, &wrong) || wrong.Got != other {
			t.Errorf("%s: %v", name, err)
		}

		if len(f.log) != 1 {
			t.Errorf("%s: it went on: %v", name, f.log)
		}
	}

	cfg = full(t).config()
	cfg.TenantID = strings.ToUpper(tenant)
	if s, err := Run(t.Context(), cfg); err != nil || s.Manifest.TenantID != tenant {
		t.Errorf("case matters: %v", err)
	}
}

func TestUnreadableOrganizationRefuses(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"denied": fail(403, "Authorization_RequestDenied", "no"), "empty": listOf(), "broken": answerText("{"),
	} {
		f := full(t)
		f.answers["/graph/v1.0/organization"] = h
		if s, err := Run(t.Context(), f.config()); err == nil || s.Raw != nil {
			t.Errorf("%s: a snapshot without an organization", name)
		}
	}
}

func TestInterrupt(t *testing.T) {
	f := full(t, sub1)
	ctx, cancel := context.WithCancel(t.Context())
	f.answers["/arm/subscriptions"] = func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }
	if s, err := Run(ctx, f.config(sub1)); !errors.Is(err, context.Canceled) || s.Raw != nil {
		t.Errorf("%v", err)
	}
}

func TestSecretsNeverEnter(t *testing.T) {
	const secret = "pl4nted-s3cret"
	f := full(t, sub1)
	f.answers["/arm/subscriptions/"+sub1+"/resources"] = fail(403, "AuthorizationFailed", "denied")
	cfg := f.config(sub1)
	cfg.Credential = fixedCredential(jwt(object{"tid": tenant, "oid": principal, "x": secret}))
	s := mustRun(t, cfg)
	token, _ := cfg.Credential.GetToken(t.Context(), policy.TokenRequestOptions{})

	dir := t.TempDir()
	if err := s.Export(dir); err != nil {
		t.Fatal(err)
	}

	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}

	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{secret, token.Token, strings.Split(token.Token, ".")[1]} {
			if strings.Contains(string(data), s) {
				t.Errorf("%s holds a secret", name)
			}
		}
	}
}

func TestRequestIDs(t *testing.T) {
	f := full(t)
	cfg := f.config()
	sent := ""
	cfg.RequestID = func() string { return "given" }

	f.answers["/graph/v1.0/organization"] = func(w http.ResponseWriter, r *http.Request) {
		sent = r.Header.Get("client-request-id")
		listOf(organizationOf(tenant))(w, r)
	}

	mustRun(t, cfg)

	if sent != "given" {
		t.Errorf("id %q", sent)
	}
}
