package collectors

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"ringfence/collectors/snapshot"
)

const (
	tenant    = "aaaaaaaa-0000-4000-8000-000000000010"
	other     = "aaaaaaaa-0000-4000-8000-000000000099"
	principal = "99999999-0000-4000-8000-000000000001"
	sub1      = "dddddddd-0000-4000-8000-000000000001"
	sub2      = "dddddddd-0000-4000-8000-000000000002"
	reader    = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
)

type object = map[string]any

// fake is a tenant behind TLS. Answers are by path; tests replace them.
type fake struct {
	srv     *httptest.Server
	answers map[string]http.HandlerFunc
	mu      sync.Mutex
	log     []string // "METHOD path" of each request
	tokens  []string // Authorization header of each request
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{answers: map[string]http.HandlerFunc{}}
	f.srv = httptest.NewUnstartedServer(f)
	f.srv.Config.ErrorLog = log.New(io.Discard, "", 0) // spare connections that the client drops
	f.srv.StartTLS()
	t.Cleanup(f.srv.Close)

	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.log = append(f.log, r.Method+" "+r.Header.Get("batched")+r.URL.Path)
	f.tokens = append(f.tokens, r.Header.Get("Authorization"))
	f.mu.Unlock()

	h, ok := f.answers[r.URL.Path]
	if !ok && strings.HasSuffix(r.URL.Path, "/owners") {
		h, ok = listOf(), true // tests of groups and applications need no line for them
	}
	if !ok {
		fail(404, "NotFound", "no such path")(w, r)
		return
	}

	h(w, r)
}

// forget forgets the requests so far.
func (f *fake) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = nil
}

// sent is how many requests came, those within a batch not counted.
func (f *fake) sent() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.log {
		if !strings.Contains(l, " in a batch ") {
			n++
		}
	}
	return n
}

// count of requests to a path.
func (f *fake) count(path string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()

	for _, l := range f.log {
		if strings.HasSuffix(l, " "+path) {
			n++
		}
	}

	return n
}

func answerJSON(v any) http.HandlerFunc {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return answerText(string(b))
}

func answerText(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		fmt.Fprint(w, body)
	}
}

func listOf(items ...object) http.HandlerFunc {
	if items == nil {
		items = []object{}
	}
	return answerJSON(object{"value": items})
}

func fail(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("request-id", "req-"+code)
		w.Header().Set("x-ms-request-id", "req-"+code)
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(object{"error": object{"code": code, "message": message}})
	}
}

func organizationOf(id string) object {
	return object{"id": id, "displayName": "Fabrikam", "verifiedDomains": []any{}}
}

// full makes a tenant whose every dataset can be read, with these
// subscriptions and Reader at each.
func full(t *testing.T, subs ...string) *fake {
	f := newFake(t)
	f.answers["/graph/v1.0/organization"] = listOf(organizationOf(tenant))
	f.answers["/graph/v1.0/subscribedSkus"] = listOf(object{
		"id": "a_b", "skuId": "b", "skuPartNumber": "O365_BUSINESS",
		"capabilityStatus": "Enabled", "servicePlans": []any{},
	})
	f.answers["/graph/v1.0/policies/authorizationPolicy"] = answerJSON(authorizationPolicy())
	f.answers["/graph/v1.0/policies/crossTenantAccessPolicy/default"] = answerJSON(crossTenantDefault())
	f.answers["/graph/v1.0/policies/crossTenantAccessPolicy"] = answerJSON(object{"displayName": "CrossTenantAccessPolicy"})
	f.answers["/graph/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"] = answerJSON(object{"id": "5", "isEnabled": true})
	f.answers["/graph/v1.0/policies/permissionGrantPolicies"] = listOf(object{"id": "microsoft-company-admin",
		"includes": []any{}, "excludes": []any{}})
	f.answers["/graph/v1.0/organization/"+tenant+"/certificateBasedAuthConfiguration"] = listOf()
	f.answers["/arm/tenants"] = listOf(object{"id": "/tenants/" + tenant, "tenantId": tenant})
	f.answers["/arm/providers/microsoft.aadiam/diagnosticSettings"] = listOf()
	f.answers["/arm/providers/Microsoft.Subscription/policies/default"] = answerJSON(object{
		"properties": object{"blockSubscriptionsLeavingTenant": true, "blockSubscriptionsIntoTenant": true},
	})
	f.answers["/graph/v1.0/$batch"], f.answers["/graph/beta/$batch"] = f.batch, f.batch
	f.answers["/arm/providers/Microsoft.ResourceGraph/resources"] = answerJSON(object{
		"totalRecords": 0, "count": 0, "resultTruncated": "false", "facets": []any{}, "data": []any{},
	})

	var list []object
	for _, s := range subs {
		list = append(list, subscription(s))
		f.subscription(s)
	}

	f.answers["/arm/subscriptions"] = listOf(list...)
	f.emptyLists("", "")
	return f
}

// emptyLists answers with an empty list, or the least of a singleton, wherever a unit
// with this parent asks for one and nothing else is answered: a new dataset needs no
// line here.
func (f *fake) emptyLists(parent, scope string) {
	for _, u := range clientUnits() {
		reads := slices.Contains(u.Schema.Parents(), parent) || parent == "" && !u.Schema.PerScope()
		if !reads || u.query != "" || u.Schema.Inside != "" {
			continue
		}

		answer := listOf()
		if u.single() {
			answer = answerJSON(least(&u.Schema.Property))
		}

		base := must(endpoint("x", u.api.address(f.cloud())))
		for _, kind := range append(u.types, "none") {
			params := map[string]string{
				u.Schema.ParentName(): scope, "principalId": principal, "scope": u.api.path(scope), "type": kind,
				"since": "x", "until": "x",
			}
			path := must(u.address(base, u.Schema, params)).Path
			if f.answers[path] == nil {
				f.answers[path] = answer
			}
		}
	}
}

// least is an object that has what its schema calls always there, and nothing else.
func least(p *snapshot.Property) object {
	o := object{}
	for name, c := range p.Properties {
		if c.Presence != snapshot.Always {
			continue
		}
		switch c.Type[0] {
		case "object":
			o[name] = least(c)
		case "array":
			o[name] = []any{}
		case "boolean":
			o[name] = false
		case "integer", "number":
			o[name] = 0
		default:
			o[name] = "x"
		}
	}
	return o
}

func authorizationPolicy() object {
	return object{
		"id":                                     "authorizationPolicy",
		"displayName":                            nil,
		"description":                            nil,
		"allowInvitesFrom":                       "everyone",
		"allowedToUseSSPR":                       nil,
		"blockMsolPowerShell":                    nil,
		"allowedToSignUpEmailBasedSubscriptions": false,
		"allowEmailVerifiedUsersToJoinOrganization": false,
		"defaultUserRolePermissions": object{
			"allowedToCreateApps":             true,
			"allowedToCreateSecurityGroups":   true,
			"allowedToReadOtherUsers":         true,
			"permissionGrantPoliciesAssigned": []any{},
		},
	}
}

func crossTenantDefault() object {
	all := func() object {
		return object{"accessType": "allowed", "targets": []any{object{"target": "AllUsers", "targetType": "user"}}}
	}
	both := func() object { return object{"usersAndGroups": all(), "applications": all()} }
	return object{
		"isServiceDefault":             true,
		"automaticUserConsentSettings": object{"inboundAllowed": false, "outboundAllowed": false},
		"inboundTrust": object{
			"isMfaAccepted":                       false,
			"isCompliantDeviceAccepted":           false,
			"isHybridAzureADJoinedDeviceAccepted": false,
		},
		"b2bCollaborationOutbound": both(),
		"b2bCollaborationInbound":  both(),
		"b2bDirectConnectOutbound": both(),
		"b2bDirectConnectInbound":  both(),
		"tenantRestrictions":       nil,
	}
}

// batchesOf answers the batches that ask for a path with h, all others as before.
func (f *fake) batchesOf(part string, h http.HandlerFunc) {
	good := f.answers["/graph/beta/$batch"]
	f.answers["/graph/beta/$batch"] = func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}

		r.Body = io.NopCloser(bytes.NewReader(body))
		if bytes.Contains(body, []byte(part)) {
			h(w, r)
		} else {
			good(w, r)
		}
	}
}

// batch answers a batch from the answers to its items' addresses.
func (f *fake) batch(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Requests []struct{ ID, Method, URL string }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		panic(err)
	}

	responses := []any{}
	for _, item := range slices.Backward(in.Requests) { // the order means nothing
		inner := httptest.NewRecorder()
		request := httptest.NewRequest(item.Method, strings.TrimSuffix(r.URL.Path, "/$batch")+item.URL, nil)
		request.Header.Set("Authorization", r.Header.Get("Authorization"))
		request.Header.Set("batched", "in a batch ")
		f.ServeHTTP(inner, request)

		headers := object{}
		for name := range inner.Header() {
			headers[name] = inner.Header().Get(name)
		}

		var body any = inner.Body.String()
		if json.Valid(inner.Body.Bytes()) {
			body = json.RawMessage(inner.Body.Bytes())
		}
		responses = append(responses, object{"id": item.ID, "status": inner.Code, "headers": headers, "body": body})
	}

	answerJSON(object{"responses": responses})(w, r)
}

// nothingShared is the share of a client without relationships.
func nothingShared() []snapshot.Dataset {
	of := func(name string) snapshot.Dataset {
		s := schema(name)
		return snapshot.Dataset{Name: name, Documents: []snapshot.Document{}, Coverage: snapshot.Coverage{
			Status: snapshot.Complete, StartedAt: "2026-11-23T08:00:00Z", EndedAt: "2026-11-23T08:00:00Z",
			Endpoint: s.Source.Endpoint, Permission: s.Permission,
		}}
	}

	var all []snapshot.Dataset
	for _, u := range sharedUnits() {
		all = append(all, of(u.Schema.Dataset))
	}
	return (&Shares{all}).Of(tenant)
}

func subscription(id string) object {
	return object{
		"id":             "/subscriptions/" + id,
		"subscriptionId": id,
		"tenantId":       tenant,
		"displayName":    "s",
		"state":          "Enabled",
	}
}

// subscription lets the caller read all of a subscription, which holds nothing.
func (f *fake) subscription(s string) {
	at := "/arm/subscriptions/" + s
	f.answers[at+"/locations"] = listOf(object{
		"id": "/subscriptions/" + s + "/locations/westeurope", "name": "westeurope",
		"displayName": "West Europe", "metadata": object{"regionType": "Physical"},
	})

	const authorization = "/providers/Microsoft.Authorization"
	f.answers[at+authorization+"/roleAssignments"] = listOf(assignment(s, "/subscriptions/"+s))
	f.answers[at+authorization+"/roleDefinitions"] = listOf(definition(s, []any{"*/read"}, []any{}))
	f.emptyLists("azure.subscriptions", s)
}

func assignment(sub, scope string) object {
	at := "/subscriptions/" + sub + "/providers/Microsoft.Authorization"
	return object{"id": at + "/roleAssignments/1", "name": "1", "properties": object{
		"roleDefinitionId": at + "/roleDefinitions/" + reader,
		"principalId":      principal,
		"scope":            scope,
	}}
}

func definition(sub string, actions, notActions []any) object {
	id := "/subscriptions/" + sub + "/providers/Microsoft.Authorization/roleDefinitions/" + strings.ToUpper(reader)
	return object{"id": id, "name": reader, "properties": object{
		"roleName": "Reader", "assignableScopes": []any{"/"},
		"permissions": []any{object{
			"actions": actions, "notActions": notActions, "dataActions": []any{}, "notDataActions": []any{},
		}},
	}}
}

// jwt is a token with these claims and no valid signature.
func jwt(claims object) string {
	b, _ := json.Marshal(claims)
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"none"}`)) + "." + enc(b) + "." + enc([]byte("sig"))
}

// fixedCredential hands out one token for every scope.
type fixedCredential string

func (c fixedCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(c), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func credentialOf(tid string) azcore.TokenCredential {
	return fixedCredential(jwt(object{"tid": tid, "oid": principal}))
}

func (f *fake) cloud() Cloud {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.srv.Certificate().Raw})
	at := f.srv.URL
	return Cloud{Name: "unsafe:lab", Graph: at + "/graph", ARM: at + "/arm", Authority: at + "/login", RootCAs: ca}
}

func (f *fake) config(subs ...string) Config {
	return Config{
		Client: "fabrikam", TenantID: tenant, Cloud: f.cloud(), Credential: credentialOf(tenant), Tool: "test 1",
		Azure: &Azure{Subscriptions: subs, None: len(subs) == 0}, Shared: nothingShared(),
		Now:   func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) },
		Retry: Retry{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }},
	}
}

func mustRun(t *testing.T, cfg Config) snapshot.Snapshot {
	t.Helper()
	s, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}

	if err := s.Verify(); err != nil {
		t.Fatal(err)
	}

	return s
}
