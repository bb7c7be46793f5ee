package emulator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// lab is a server with a client that trusts it.
type lab struct {
	*Server
	t      *testing.T
	client *http.Client
}

func start(t *testing.T, w *World, o Options) *lab {
	t.Helper()
	s, err := Start(w, o)
	if err != nil {
		t.Fatal(err)
	}

	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(s.CA) {
		t.Fatal("CA is not PEM")
	}

	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(func() { tr.CloseIdleConnections(); s.Close() })
	return &lab{s, t, &http.Client{Transport: tr, Timeout: 5 * time.Minute}}
}

// reply is a response that was read to its end, or the error on the way.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	m, err := snapshot.ParseObject(r.body)
	if err != nil {
		t.Fatalf("%v in %.200s (status %d, %v)", err, r.body, r.status, r.err)
	}

	return m
}

// code is the error code of either API.
func (r reply) code(t *testing.T) string {
	t.Helper()
	e, _ := r.json(t)["error"].(map[string]any)
	code, _ := e["code"].(string)

	return code
}

func (l *lab) do(method, at, token string, headers ...string) reply {
	l.t.Helper()
	if strings.HasPrefix(at, "/") {
		at = l.URL + at
	}

	r, err := http.NewRequest(method, at, nil)
	if err != nil {
		l.t.Fatal(err)
	}

	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}

	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}

	return l.send(r)
}

func (l *lab) send(r *http.Request) reply {
	l.t.Helper()
	resp, err := l.client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()

	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, b, err}
}

func (l *lab) get(at, token string) reply { l.t.Helper(); return l.do(http.MethodGet, at, token) }

func (l *lab) requestToken(tenant, app, secret, scope string) reply {
	l.t.Helper()
	resp, err := l.client.PostForm(l.URL+"/login/"+tenant+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {app}, "client_secret": {secret}, "scope": {scope}})
	if err != nil {
		l.t.Fatal(err)
	}

	defer resp.Body.Close()

	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, b, err}
}

func (l *lab) token(t *Tenant, resource string) string {
	l.t.Helper()
	r := l.requestToken(t.ID, t.AppID, l.world.Secret(), resource+"/.default")
	token, _ := r.json(l.t)["access_token"].(string)
	if token == "" {
		l.t.Fatalf("no token: %s", r.body)
	}

	return token
}

// walk follows a list to its end and returns the items' ids.
func (l *lab) walk(at, token string) (ids []string, pages int) {
	l.t.Helper()
	for at != "" {
		r := l.get(at, token)
		if r.status != 200 {
			l.t.Fatalf("GET %s: %d %s", at, r.status, r.body)
		}

		doc := r.json(l.t)
		for _, v := range doc["value"].([]any) {
			id, _ := v.(map[string]any)["id"].(string)
			ids = append(ids, id)
		}

		at, _ = doc["@odata.nextLink"].(string)
		if at == "" {
			at, _ = doc["nextLink"].(string)
		}

		if pages++; pages > 5000 {
			l.t.Fatal("no end")
		}
	}

	return ids, pages
}

func TestToken(t *testing.T) {
	w := Generate(1, 3)
	l := start(t, w, Options{})
	c := w.Clients[0]
	tests := []struct {
		name, tenant, app, secret, scope string
		status, number                   int
		code                             string
	}{
		{"unknown tenant", "00000000-0000-4000-8000-000000000000", c.AppID, w.Secret(), graphAudience + "/.default", 400, 90002, "invalid_tenant"},
		{"unknown app", c.ID, w.Clients[1].AppID, w.Secret(), graphAudience + "/.default", 400, 700016, "unauthorized_client"},
		{"bad secret", c.ID, c.AppID, "wrong", graphAudience + "/.default", 401, 7000215, "invalid_client"},
		{"no secret", c.ID, c.AppID, "", graphAudience + "/.default", 401, 7000216, "invalid_client"},
		{"no default scope", c.ID, c.AppID, w.Secret(), graphAudience + "/User.Read", 400, 1002012, "invalid_scope"},
		{"unknown resource", c.ID, c.AppID, w.Secret(), "https://vault.example/.default", 400, 500011, "invalid_resource"},
		{"by domain", c.Domain, c.AppID, w.Secret(), graphAudience + "/.default", 200, 0, ""},
		{"emulator's own audience", c.ID, c.AppID, w.Secret(), l.URL + "/arm/.default", 200, 0, ""},
	}

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := l.requestToken(tt.tenant, tt.app, tt.secret, tt.scope)
			doc := r.json(t)
			code, _ := doc["error"].(string)
			description, _ := doc["error_description"].(string)
			if r.status != tt.status || code != tt.code || !strings.HasPrefix(description, fmt.Sprintf("AADSTS%d: ", tt.number)) && tt.number > 0 {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}

	got, err := parseToken("Bearer " + l.token(c, graphAudience))
	if err != nil || got.TenantID != c.ID || got.ObjectID != c.ObjectID || got.AppID != c.AppID || got.Audience != graphAudience || !slices.Equal(got.Roles, c.Roles) {
		t.Errorf("claims %+v (%v)", got, err)
	}
}

// TestAzidentity: the official client gets a token. It asks for the discovery
// document at the host's root, so its transport puts /login in front.
func TestAzidentity(t *testing.T) {
	effort.WithoutRace(t)
	w := Generate(1, 1)
	l := start(t, w, Options{})
	c := w.Clients[0]
	cred, err := azidentity.NewClientSecretCredential(c.ID, c.AppID, w.Secret(), &azidentity.ClientSecretCredentialOptions{
		DisableInstanceDiscovery: true,
		ClientOptions:            azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: l.URL}, Transport: belowLogin{l.client}},
	})
	if err != nil {
		t.Fatal(err)
	}

	token, err := cred.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{graphAudience + "/.default"}})
	if err != nil {
		t.Fatal(err)
	}

	if r := l.get("/graph/v1.0/organization", token.Token); r.status != 200 {
		t.Errorf("%d %s", r.status, r.body)
	}
}

type belowLogin struct{ client *http.Client }

func (b belowLogin) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/login/") {
		r = r.Clone(r.Context())
		r.URL.Path = "/login" + r.URL.Path
	}
	return b.client.Do(r)
}

func TestTokenIsChecked(t *testing.T) {
	w := Generate(1, 2)
	clock := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	l := start(t, w, Options{Now: func() time.Time { return clock }})
	c := w.Clients[0]
	graphToken, armToken := l.token(c, graphAudience), l.token(c, armAudience)
	gone := l.Server.claims(c)
	gone.TenantID, gone.Audience = "00000000-0000-4000-8000-000000000000", graphAudience
	subs := "/arm/subscriptions?api-version=2022-12-01"
	tests := []struct {
		name, path, token, code string
	}{
		{"graph without", "/graph/v1.0/organization", "", "InvalidAuthenticationToken"},
		{"graph malformed", "/graph/v1.0/organization", "a.b", "InvalidAuthenticationToken"},
		{"graph with ARM's", "/graph/v1.0/organization", armToken, "InvalidAuthenticationToken"},
		{"graph of no tenant", "/graph/v1.0/organization", gone.token(), "InvalidAuthenticationToken"},
		{"arm without", subs, "", "AuthenticationFailed"},
		{"arm malformed", subs, "a.b.c", "InvalidAuthenticationToken"},
		{"arm with Graph's", subs, graphToken, "InvalidAuthenticationTokenAudience"},
	}

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := l.get(tt.path, tt.token)
			if r.status != 401 || r.code(t) != tt.code || r.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}

	clock = clock.Add(61 * time.Minute)

	if r := l.get("/graph/v1.0/organization", graphToken); r.status != 401 {
		t.Errorf("an expired token: %d", r.status)
	}

	if r := l.get(subs, armToken); r.code(t) != "ExpiredAuthenticationToken" {
		t.Errorf("an expired token: %s", r.body)
	}
}

func TestErrors(t *testing.T) {
	w := Generate(1, 12)
	w.Client("litware").Roles = []string{"Organization.Read.All"}
	l := start(t, w, Options{})
	f, other := w.Client("fabrikam"), w.Client("contoso")
	sub, otherSub, dark := f.Subscriptions()[0], other.Subscriptions()[0], w.Client("proseware").Subscriptions()[1]
	tests := []struct {
		name, client, path string
		status             int
		code               string
	}{
		{"missing app role", "litware", "/graph/v1.0/policies/authorizationPolicy", 403, "Authorization_RequestDenied"},
		{"another role suffices", "litware", "/graph/v1.0/subscribedSkus", 200, ""},
		{"unknown segment", "fabrikam", "/graph/v1.0/organisation", 400, "BadRequest"},
		{"unknown version", "fabrikam", "/graph/v3/organization", 400, "BadRequest"},
		{"beta", "fabrikam", "/graph/beta/organization", 200, ""},
		{"unknown object", "fabrikam", "/graph/v1.0/organization/" + other.ID, 404, "Request_ResourceNotFound"},
		{"own object", "fabrikam", "/graph/v1.0/organization/" + f.ID, 200, ""},
		{"unknown property", "fabrikam", "/graph/v1.0/organization?$select=id,nome", 400, "BadRequest"},
		{"page size", "fabrikam", "/graph/v1.0/subscribedSkus?$top=1000", 400, "Request_BadRequest"},
		{"unsupported option", "fabrikam", "/graph/v1.0/subscribedSkus?$filter=x", 400, "Request_UnsupportedQuery"},
		{"made-up page token", "fabrikam", "/graph/v1.0/subscribedSkus?$skiptoken=MS4x", 400, "Directory_ExpiredPageToken"},
		{"no api-version", "fabrikam", "/arm/subscriptions", 400, "MissingApiVersionParameter"},
		{"old api-version", "fabrikam", "/arm/subscriptions?api-version=2011-01-01", 400, "InvalidApiVersionParameter"},
		{"old provider version", "fabrikam", "/arm/subscriptions/" + sub + "/providers/Microsoft.KeyVault/vaults?api-version=2011-01-01", 404, "InvalidResourceType"},
		{"unknown type", "fabrikam", "/arm/subscriptions/" + sub + "/providers/Microsoft.KeyVault/safes?api-version=2025-05-01", 404, "InvalidResourceType"},
		{"unknown namespace", "fabrikam", "/arm/subscriptions/" + sub + "/providers/Microsoft.Nope/x?api-version=2025-05-01", 404, "InvalidResourceNamespace"},
		{"unknown subscription", "fabrikam", "/arm/subscriptions/00000000-0000-4000-8000-000000000000/resources?api-version=2021-04-01", 404, "SubscriptionNotFound"},
		{"malformed subscription", "fabrikam", "/arm/subscriptions/x/resources?api-version=2021-04-01", 400, "InvalidSubscriptionId"},
		{"another tenant's subscription", "fabrikam", "/arm/subscriptions/" + otherSub + "/resources?api-version=2021-04-01", 401, "InvalidAuthenticationTokenTenant"},
		{"no role", "proseware", "/arm/subscriptions/" + dark + "/resources?api-version=2021-04-01", 403, "AuthorizationFailed"},
		{"no role, itself", "proseware", "/arm/subscriptions/" + dark + "?api-version=2022-12-01", 403, "AuthorizationFailed"},
		{"no role, vaults", "proseware", "/arm/subscriptions/" + dark + "/providers/Microsoft.KeyVault/vaults?api-version=2025-05-01", 403, "AuthorizationFailed"},
		{"no role, assignments", "proseware", "/arm/subscriptions/" + dark + "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01", 403, "AuthorizationFailed"},
		{"case of the path", "fabrikam", "/arm/Subscriptions/" + strings.ToUpper(sub) + "/resourceGroups?api-version=2021-04-01", 200, ""},
		{"unsupported filter", "fabrikam", "/arm/subscriptions/" + sub + "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=x", 400, "UnsupportedQuery"},
	}

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			audience := graphAudience
			if strings.HasPrefix(tt.path, "/arm") {
				audience = armAudience
			}

			r := l.get(strings.ReplaceAll(tt.path, " ", "%20"), l.token(w.Client(tt.client), audience))
			if r.status != tt.status || r.code(t) != tt.code {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
}

func TestRoleFilteredLists(t *testing.T) {
	effort.WithoutRace(t)
	w := Generate(1, 12)
	l := start(t, w, Options{})
	const subs = "/arm/subscriptions?api-version=2022-12-01"
	if got, want := string(l.get(subs, l.token(w.Client("wingtip"), armAudience)).body), `{"count":{"type":"Total","value":0},"value":[]}`; got != want {
		t.Errorf("without a role: %s, want %s", got, want)
	}

	half := w.Client("proseware")
	ids, _ := l.walk(subs, l.token(half, armAudience))
	if diff := cmp.Diff([]string{"/subscriptions/" + half.Subscriptions()[0]}, ids); diff != "" {
		t.Errorf("half seen (-want +got):\n%s", diff)
	}

	for _, label := range []string{"contoso", "blue-yonder", "woodgrove", "fabrikam"} {
		c := w.Client(label)
		ids, _ := l.walk(subs, l.token(c, armAudience))
		if len(ids) != len(c.Subscriptions()) {
			t.Errorf("%s sees %d of %d subscriptions", label, len(ids), len(c.Subscriptions()))
		}

		for _, sub := range c.Subscriptions() {
			at := "/arm/subscriptions/" + sub + "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=" + url.QueryEscape("assignedTo('"+c.ObjectID+"')")
			if ids, _ := l.walk(at, l.token(c, armAudience)); len(ids) != 1 {
				t.Errorf("%s: own assignments at %s: %v, want one", label, sub, ids)
			}

			all, _ := l.walk("/arm/subscriptions/"+sub+"/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01", l.token(c, armAudience))
			if len(all) < 2 {
				t.Errorf("%s: all assignments at %s: %v, want the owner's too", label, sub, all)
			}
		}
	}
}

// TestRoleBelowTheSubscription: a role on one resource group shows the
// subscription, and lists that look complete but hold that group alone.
func TestRoleBelowTheSubscription(t *testing.T) {
	w := GenerateClients(1, []string{"wingtip"})
	c := w.Clients[0]
	sub := "/subscriptions/" + c.Subscriptions()[0]
	c.Grant(sub+"/resourceGroups/rg-network", "Reader")
	l := start(t, w, Options{})
	token := l.token(c, armAudience)
	groups, _ := l.walk("/arm"+sub+"/resourcegroups?api-version=2021-04-01", token)
	if diff := cmp.Diff([]string{sub + "/resourceGroups/rg-network"}, groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}

	resources, _ := l.walk("/arm"+sub+"/resources?api-version=2021-04-01", token)
	for _, id := range resources {
		if !strings.Contains(id, "/resourceGroups/rg-network/") {
			t.Errorf("sees %s", id)
		}
	}

	if len(resources) == 0 {
		t.Error("sees no resource of the group")
	}

	if r := l.get("/arm"+sub+"/providers/Microsoft.KeyVault/vaults?api-version=2025-05-01", token); r.status != 403 {
		t.Errorf("vaults: %d", r.status)
	}

	c.Grant(sub, "Key Vault Reader")

	if r := l.get("/arm"+sub+"/providers/Microsoft.KeyVault/vaults?api-version=2025-05-01", token); r.status != 200 {
		t.Errorf("vaults as Key Vault Reader: %d", r.status)
	}

	if r := l.get("/arm"+sub+"/providers/Microsoft.KeyVault/managedHSMs?api-version=2025-05-01", token); r.status != 403 {
		t.Errorf("HSMs as Key Vault Reader: %d", r.status)
	}
}

func TestPaging(t *testing.T) {
	effort.WithoutRace(t)
	w := GenerateClients(1, []string{"fabrikam"})
	c := w.Add("big", Size{Tier: "large", Subscriptions: 1, Resources: 2000})
	whole, small := start(t, w, Options{PageSize: 5000}), start(t, w, Options{PageSize: 70})
	at := "/arm/subscriptions/" + c.Subscriptions()[0] + "/resources?api-version=2021-04-01"
	want, one := whole.walk(at, whole.token(c, armAudience))
	got, many := small.walk(at, small.token(c, armAudience))
	if diff := cmp.Diff(want, got); diff != "" || one != 1 || many != (len(want)+69)/70 || len(want) < 2000 {
		t.Errorf("%d items in %d pages and %d in %d; %s", len(want), one, len(got), many, diff)
	}

	token := small.token(c, graphAudience)
	first := small.get("/graph/v1.0/subscribedSkus?$top=1&$select=id,skuPartNumber", token).json(t)
	next, _ := first["@odata.nextLink"].(string)
	if !strings.Contains(next, "$skiptoken=") || !strings.Contains(next, "$top=1") || !strings.Contains(next, "$select=id") {
		t.Errorf("nextLink %q", next)
	}

	if item := first["value"].([]any)[0].(map[string]any); len(item) != 2 || item["id"] == nil {
		t.Errorf("$select=id,skuPartNumber returns %v", item)
	}

	if !strings.HasSuffix(first["@odata.context"].(string), "/graph/v1.0/$metadata#subscribedSkus(id,skuPartNumber)") {
		t.Errorf("context %v", first["@odata.context"])
	}

	if ids, pages := small.walk(next, token); len(ids) != len(c.data["/graph/subscribedskus"])-1 || pages != len(ids) {
		t.Errorf("after the first: %v in %d pages", ids, pages)
	}

	other := small.token(w.Clients[0], graphAudience)
	if r := small.get(next, other); r.status != 400 {
		t.Errorf("another tenant's page token: %d", r.status)
	}
}

func TestExpand(t *testing.T) {
	effort.WithoutRace(t)
	w := Generate(1, 1)
	l := start(t, w, Options{})
	token := l.token(w.Clients[0], armAudience)
	at := "/arm/subscriptions/" + w.Clients[0].Subscriptions()[0] + "/resources?api-version=2021-04-01"
	plain := l.get(at, token).json(t)["value"].([]any)[0].(map[string]any)
	more := l.get(at+"&$expand=createdTime,provisioningState", token).json(t)["value"].([]any)[0].(map[string]any)
	if plain["createdTime"] != nil || more["createdTime"] == nil || more["provisioningState"] == nil || more["changedTime"] != nil {
		t.Errorf("plain %v, expanded %v", plain, more)
	}
}

func TestHeaders(t *testing.T) {
	w := Generate(1, 1)
	l, again := start(t, w, Options{}), start(t, w, Options{})
	token := l.token(w.Clients[0], graphAudience)
	a := l.do("GET", "/graph/v1.0/organization", token, "client-request-id", "mine")
	b := l.get("/graph/v1.0/organization", token)
	c := again.get("/graph/v1.0/organization", token)
	id := func(r reply) string { return r.header.Get("request-id") }
	if a.header.Get("client-request-id") != "mine" || id(a) == id(b) || id(a) != id(c) || !guidShape.MatchString(id(a)) {
		t.Errorf("ids %q, %q; of another server %q", id(a), id(b), id(c))
	}

	if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "application/json;odata.metadata=minimal;") {
		t.Errorf("content type %q", got)
	}

	sub := "/arm/subscriptions?api-version=2022-12-01"
	r := l.do("GET", sub, l.token(w.Clients[0], armAudience), "x-ms-client-request-id", "mine", "x-ms-return-client-request-id", "true")
	if r.header.Get("x-ms-client-request-id") != "mine" || !guidShape.MatchString(r.header.Get("x-ms-request-id")) {
		t.Errorf("headers %v", r.header)
	}

	zipped := l.do("GET", sub, l.token(w.Clients[0], armAudience), "Accept-Encoding", "gzip")
	if zipped.header.Get("Content-Encoding") != "gzip" || len(zipped.body) < 2 || zipped.body[0] != 0x1f {
		t.Errorf("no gzip: %v", zipped.header)
	}

	plain := l.do("GET", sub, l.token(w.Clients[0], armAudience), "Accept-Encoding", "identity")
	if plain.header.Get("Content-Encoding") != "" || !json.Valid(plain.body) {
		t.Errorf("not plain: %v", plain.header)
	}
}

func TestWritesAreRefusedAndKept(t *testing.T) {
	w := Generate(1, 1)
	l := start(t, w, Options{})
	token := l.token(w.Clients[0], armAudience)
	l.get("/arm/subscriptions?api-version=2022-12-01", token)

	if n := len(l.Writes()); n != 0 {
		t.Fatalf("reading and logging in count as %d writes", n)
	}

	register := "/arm/subscriptions/" + w.Clients[0].Subscriptions()[0] + "/providers/Microsoft.KeyVault/register"
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		if r := l.do(method, register+"?api-version=2022-12-01", token); r.status != 405 {
			t.Errorf("%s: %d", method, r.status)
		}
	}

	writes := l.Writes()
	if len(writes) != 4 || writes[0].Method != "POST" || writes[0].Path != register || writes[0].Tenant != "fabrikam" || !writes[0].Auth {
		t.Errorf("kept: %+v", writes)
	}
}

func TestOnlyLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "nonsense"} {
		if s, err := Start(Generate(1, 1), Options{Addr: addr}); err == nil {
			s.Close()
			t.Errorf("listens on %s", addr)
		}
	}
}

// TestTwoServersAnswerAlike: what comes over the wire is a function of the
// world, but for the port in links.
func TestTwoServersAnswerAlike(t *testing.T) {
	effort.WithoutRace(t)
	bodies := func() map[string]string {
		w := Generate(5, 12)
		l := start(t, w, Options{PageSize: 25})
		all := map[string]string{}
		for _, c := range w.Clients {
			token := l.token(c, armAudience)
			for _, sub := range c.Subscriptions() {
				for _, e := range armEndpoints[1:] {
					at := strings.ReplaceAll(e.path, "{s}", sub) + "?api-version=" + e.versions[0]
					all[c.Label+at] = strings.ReplaceAll(string(l.get("/arm"+at, token).body), l.URL, "")
				}
			}

			all[c.Label] = strings.ReplaceAll(string(l.get("/graph/v1.0/organization", l.token(c, graphAudience)).body), l.URL, "")
		}

		return all
	}
	if diff := cmp.Diff(bodies(), bodies()); diff != "" {
		t.Error(diff)
	}
}
