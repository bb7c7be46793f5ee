package emulator

import (
	"compress/gzip"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	graphAudience = "https://graph.microsoft.com"
	armAudience   = "https://management.azure.com"

	jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" // RFC 7523, section 2.2
)

// claims of an access token, as far as Graph, ARM and callers use them:
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
type claims struct {
	Audience  string   `json:"aud"`
	Issuer    string   `json:"iss"`
	IssuedAt  int64    `json:"iat"`
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
	AppID     string   `json:"appid"`
	IDType    string   `json:"idtyp"`
	ObjectID  string   `json:"oid"`
	Roles     []string `json:"roles,omitempty"`
	Subject   string   `json:"sub"`
	TenantID  string   `json:"tid"`
	Version   string   `json:"ver"`
}

const tokenHeader = `{"typ":"JWT","alg":"RS256","x5t":"emulated","kid":"emulated"}`

var errNoToken = errors.New("no token")

// token is a well-formed JWT. Nobody but the resource may look into a real one
// or check its signature, so this one is not signed.
func (c claims) token() string {
	part := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	payload, _ := json.Marshal(c) // plain fields always encode
	return part([]byte(tokenHeader)) + "." + part(payload) + "." + part([]byte("not a signature"))
}

func parseToken(header string) (c claims, err error) {
	scheme, token, _ := strings.Cut(header, " ")
	if header == "" || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return c, errNoToken
	}

	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errors.New("not three parts")
	}

	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return c, err
	}

	return c, json.Unmarshal(b, &c)
}

// tokenRefusal is an error of the token endpoint:
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
type tokenRefusal struct {
	status  int
	code    string
	number  int // of AADSTS<number>
	message string
}

var (
	unknownTenant = tokenRefusal{400, "invalid_tenant", 90002,
		"Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into " +
			"the correct cloud. Check with your subscription administrator, this may happen if there are " +
			"no active subscriptions for the tenant."}
	onlyPOST = tokenRefusal{400, "invalid_request", 900561,
		"The endpoint only accepts POST requests. Received a GET request."}
	noEndpoint = tokenRefusal{404, "invalid_request", 900144, "The emulator has no such endpoint."}
	badForm    = tokenRefusal{400, "invalid_request", 900144,
		"The request body must be application/x-www-form-urlencoded: %v"}
	badGrant = tokenRefusal{400, "unsupported_grant_type", 70003,
		"The app requested an unsupported grant type '%s'."}
	unknownApplication = tokenRefusal{400, "unauthorized_client", 700016,
		"Application with identifier '%s' was not found in the directory '%s'. This can happen if the " +
			"application has not been installed by the administrator of the tenant or consented to by any " +
			"user in the tenant. You may have sent your authentication request to the wrong tenant."}
	noSecret = tokenRefusal{401, "invalid_client", 7000216,
		"'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant " +
			"type."}
	badSecret = tokenRefusal{401, "invalid_client", 7000215,
		"Invalid client secret provided. Ensure the secret being sent in the request is the client " +
			"secret value, not the client secret ID, for a secret added to app '%s'."}
	badScope = tokenRefusal{400, "invalid_scope", 1002012,
		"The provided value for scope %s is not valid. Client credential flows must have a scope value " +
			"with /.default suffixed to the resource identifier (application ID URI)."}
	badResource = tokenRefusal{400, "invalid_resource", 500011,
		"The resource principal named %s was not found in the tenant named %s. This can happen if the " +
			"application has not been installed by the administrator of the tenant or consented to by any " +
			"user in the tenant."}
)

func (s *Server) refuseToken(q *call, r tokenRefusal, args ...any) answer {
	const form = "AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s"
	at, message := s.now().Format("2006-01-02 15:04:05Z"), fmt.Sprintf(r.message, args...)
	return answer{status: r.status, header: map[string]string{}, doc: object{
		"error": r.code, "error_description": fmt.Sprintf(form, r.number, message, q.id, q.clientID(), at),
		"error_codes": []any{r.number}, "timestamp": at, "trace_id": q.id, "correlation_id": q.clientID(),
		"error_uri": fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", r.number),
	}}
}

// login answers below /login/{tenant}.
func (s *Server) login(q *call) answer {
	discovery := q.path == "v2.0/.well-known/openid-configuration"
	switch {
	case q.tenant == nil:
		return s.refuseToken(q, unknownTenant, q.tenantID)
	case discovery && q.r.Method == http.MethodGet:
		return ok(s.discovery(q.tenant))
	case isTokenPath(q.r.URL.Path) && q.r.Method == http.MethodPost:
		return s.issue(q)
	case isTokenPath(q.r.URL.Path):
		return s.refuseToken(q, onlyPOST)
	}

	return s.refuseToken(q, noEndpoint)
}

func ok(doc object) answer {
	return answer{status: http.StatusOK, header: map[string]string{}, doc: doc}
}

// discovery: OpenID Connect Discovery 1.0, section 4.2, with Entra's fields.
func (s *Server) discovery(t *Tenant) object {
	base := s.URL + "/login/" + t.ID
	return with(supported, object{
		"issuer": base + "/v2.0", "jwks_uri": base + "/discovery/v2.0/keys",
		"token_endpoint":                base + "/oauth2/v2.0/token",
		"authorization_endpoint":        base + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint": base + "/oauth2/v2.0/devicecode",
		"end_session_endpoint":          base + "/oauth2/v2.0/logout",
		"userinfo_endpoint":             s.URL + "/graph/oidc/userinfo",
	})
}

// supported is what the discovery document says of every tenant.
var supported = object{
	"token_endpoint_auth_methods_supported": []any{"client_secret_post", "private_key_jwt",
		"client_secret_basic"},
	"response_modes_supported":              []any{"query", "fragment", "form_post"},
	"subject_types_supported":               []any{"pairwise"},
	"id_token_signing_alg_values_supported": []any{"RS256"},
	"response_types_supported":              []any{"code", "id_token", "code id_token", "id_token token"},
	"scopes_supported":                      []any{"openid", "profile", "email", "offline_access"},
	"request_uri_parameter_supported":       false,
	"http_logout_supported":                 true, "frontchannel_logout_supported": true,
	"tenant_region_scope": "EU", "cloud_instance_name": "microsoftonline.com",
	"cloud_graph_host_name": "graph.windows.net", "msgraph_host": "graph.microsoft.com",
}

// issue answers a client credentials request (RFC 6749, section 4.4).
func (s *Server) issue(q *call) answer {
	form, err := readForm(q.r)
	if err != nil {
		return s.refuseToken(q, badForm, err)
	}

	app := form.Get("client_id")
	if grant := form.Get("grant_type"); grant != "client_credentials" {
		return s.refuseToken(q, badGrant, grant)
	}
	if !q.tenant.knows(app) {
		return s.refuseToken(q, unknownApplication, app, q.tenant.Name)
	}

	secret := form.Get("client_secret")
	if form.Get("client_assertion_type") == jwtBearer {
		// Of the issuer that every application trusts. Nobody checks its signature here.
		secret = form.Get("client_assertion")
	}
	if secret == "" {
		return s.refuseToken(q, noSecret)
	}
	if subtle.ConstantTimeCompare([]byte(secret), []byte(s.world.Secret())) != 1 {
		return s.refuseToken(q, badSecret, app)
	}

	// MSAL asks for the OpenID scopes beside the resource's; Entra ignores them.
	resource, isDefault := strings.CutSuffix(firstField(form.Get("scope")), "/.default")
	if !isDefault {
		return s.refuseToken(q, badScope, form.Get("scope"))
	}

	c := s.claims(q.tenant)
	c.AppID = strings.ToLower(app)
	switch strings.TrimSuffix(resource, "/") {
	case graphAudience, s.URL + "/graph":
		c.Audience, c.Roles = graphAudience, q.tenant.Roles
	case armAudience, "https://management.core.windows.net", s.URL + "/arm":
		c.Audience = armAudience
	default:
		return s.refuseToken(q, badResource, resource, q.tenant.Name)
	}

	return tokenAnswer(c)
}

// knows tells whether an application may sign in to the tenant: the tenant's own, and the
// MSP's multi-tenant one, which every tenant consented to.
func (t *Tenant) knows(app string) bool {
	return strings.EqualFold(app, t.AppID) || t.msp != nil && strings.EqualFold(app, t.msp.AppID)
}

func tokenAnswer(c claims) answer {
	a := ok(object{"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599,
		"access_token": c.token()})
	a.claims = &c
	return a
}

func (s *Server) claims(t *Tenant) claims {
	now := s.now()
	return claims{
		Issuer:   "https://sts.windows.net/" + t.ID + "/",
		IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(time.Hour).Unix(),
		AppID: t.AppID, IDType: "app", ObjectID: t.ObjectID, Subject: t.ObjectID, TenantID: t.ID,
		Version: "1.0",
	}
}

// readForm reads a form body.
func readForm(r *http.Request) (url.Values, error) {
	b, err := readBody(r)
	if err != nil {
		return nil, err
	}
	return url.ParseQuery(string(b))
}

// readBody reads a body, gzipped or not, of up to 1 MiB.
func readBody(r *http.Request) ([]byte, error) {
	var body io.Reader = http.MaxBytesReader(nil, r.Body, 1<<20)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = io.LimitReader(z, 1<<20)
	}

	return io.ReadAll(body)
}

func unix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

func firstField(s string) string {
	first, _, _ := strings.Cut(s, " ")
	return first
}
