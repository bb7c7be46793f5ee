package collectors

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// federated is a token endpoint that takes one identity token, and an issuer that gives
// it at /oidc to whoever asks as want says.
func federated(t *testing.T, method, proof string, query map[string]string, answer string) *fake {
	t.Helper()
	f := full(t)
	f.login(func(form map[string][]string) bool {
		return strings.Join(form["client_assertion"], "") == "identity.of.job" &&
			strings.HasSuffix(strings.Join(form["client_assertion_type"], ""), ":jwt-bearer")
	})
	f.answers["/oidc"] = func(w http.ResponseWriter, r *http.Request) {
		right := r.Method == method && strings.EqualFold(r.Header.Get("Authorization"), "Bearer "+proof)
		for name, value := range query {
			right = right && r.URL.Query().Get(name) == value
		}
		if !right {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Write([]byte(answer))
	}

	for _, name := range []string{
		tokenFileVariable, githubURL, githubToken, pipelinesURL, pipelinesToken, pipelinesConnection,
	} {
		t.Setenv(name, "")
	}
	return f
}

// token asks for one token of the fake's tenant.
func (f *fake) token(t *testing.T) error {
	t.Helper()
	cred, err := NewCredential(Auth{TenantID: tenant, AppID: other, Federated: true, Cloud: f.cloud()})
	if err != nil {
		return err
	}
	_, err = cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{f.srv.URL + "/graph/.default"}})
	return err
}

// TestIssuers: GitHub Actions and Azure Pipelines are asked for the job's identity as
// they document it, and the token endpoint takes it, over TLS.
func TestIssuers(t *testing.T) {
	t.Run("GitHub Actions", func(t *testing.T) {
		f := federated(t, http.MethodGet, "gh-proof",
			map[string]string{"audience": "api://AzureADTokenExchange", "job": "7"}, `{"count":1,"value":"identity.of.job"}`)
		t.Setenv(githubURL, f.srv.URL+"/oidc?job=7")
		t.Setenv(githubToken, "gh-proof")
		if err := f.token(t); err != nil {
			t.Error(err)
		}
	})

	t.Run("Azure Pipelines", func(t *testing.T) {
		f := federated(t, http.MethodPost, "ado-proof",
			map[string]string{"serviceConnectionId": "connection", "api-version": "7.1"}, `{"oidcToken":"identity.of.job"}`)
		t.Setenv(pipelinesURL, f.srv.URL+"/oidc")
		t.Setenv(pipelinesToken, "ado-proof")
		if err := f.token(t); err == nil || !strings.Contains(err.Error(), pipelinesConnection) {
			t.Errorf("without the service connection: %v", err)
		}
		t.Setenv(pipelinesConnection, "connection")
		if err := f.token(t); err != nil {
			t.Error(err)
		}
	})
}

// TestIssuerFailures: an issuer that says no is named with what to do, in one line, and
// neither its answer nor the proof is.
func TestIssuerFailures(t *testing.T) {
	for name, c := range map[string]struct{ proof, url, answer, want string }{
		"no permission": {"", "/oidc", "", "needs permissions: id-token: write"},
		"refused":       {"wrong-proof", "/oidc", "", "GitHub Actions gave no identity token, it answered 401 Unauthorized: the job needs"},
		"no token":      {"gh-proof", "/oidc", `{"secret":"leak"}`, `its answer has no "value"`},
		"a redirect":    {"gh-proof", "/elsewhere", "", "it answered 302 Found"},
	} {
		t.Run(name, func(t *testing.T) {
			f := federated(t, http.MethodGet, "gh-proof", nil, c.answer)
			f.answers["/elsewhere"] = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, f.srv.URL+"/oidc", http.StatusFound)
			}
			t.Setenv(githubURL, f.srv.URL+c.url)
			t.Setenv(githubToken, c.proof)

			err := f.token(t)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "-proof") || strings.Contains(err.Error(), "leak")) {
				t.Errorf("the error says too much: %v", err)
			}
		})
	}

	f := federated(t, http.MethodGet, "x", nil, "")
	t.Setenv(githubURL, strings.Replace(f.srv.URL, "https", "http", 1)+"/oidc")
	t.Setenv(githubToken, "x")
	if err := f.token(t); err == nil || !strings.Contains(err.Error(), "is not an https address") {
		t.Errorf("the proof may leave without TLS: %v", err)
	}
}

// TestSovereignClouds: hosts, audiences and consent pages follow the cloud.
func TestSovereignClouds(t *testing.T) {
	for name, want := range map[string][5]string{
		"public": {"https://graph.microsoft.com/.default", "https://management.azure.com/.default",
			"login.microsoftonline.com", "api://AzureADTokenExchange",
			"https://login.microsoftonline.com/" + tenant + "/adminconsent?client_id=" + other},
		"usgov": {"https://graph.microsoft.us/.default", "https://management.core.usgovcloudapi.net/.default",
			"login.microsoftonline.us", "api://AzureADTokenExchangeUSGov",
			"https://login.microsoftonline.us/" + tenant + "/adminconsent?client_id=" + other},
		"china": {"https://microsoftgraph.chinacloudapi.cn/.default", "https://management.core.chinacloudapi.cn/.default",
			"login.chinacloudapi.cn", "api://AzureADTokenExchangeChina",
			"https://login.chinacloudapi.cn/" + tenant + "/adminconsent?client_id=" + other},
	} {
		c := Cloud{Name: name}.resolve()
		got := [5]string{
			tokenScope(graphAPI.audience(c)), tokenScope(armAPI.audience(c)),
			strings.TrimPrefix(c.Authority, "https://"), c.exchange(), ConsentURL(Cloud{Name: name}, tenant, other),
		}
		if got != want {
			t.Errorf("%s: got %v\nwant %v", name, got, want)
		}
	}
}

// TestCertificates: what a key file holds is read in the forms that people have, and a
// certificate that has ended is told before anybody is asked.
func TestCertificates(t *testing.T) {
	pem := certificatePEM(t)
	now := time.Now()
	if _, err := readCertificate(pem, "", now); err != nil {
		t.Error(err)
	}
	at, ok := Auth{Secret: pem}.Expiry()
	if !ok || at.Before(now) || at.After(now.Add(2*time.Hour)) {
		t.Errorf("%v %v", at, ok)
	}
	if _, ok := (Auth{Secret: "a-client-secret"}).Expiry(); ok {
		t.Error("a secret says when it ends")
	}

	for name, c := range map[string]struct {
		secret string
		at     time.Time
		want   string
	}{
		"ended":     {pem, now.Add(48 * time.Hour), "the certificate expired on "},
		"encrypted": {strings.ReplaceAll(pem, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), now, "is encrypted"},
		"PKCS #12":  {"\x30\x82\x01\x00nonsense", now, PasswordVariable},
		"no key":    {pem[strings.Index(pem, "-----BEGIN CERT"):], now, "reading the certificate"},
	} {
		if _, err := readCertificate(c.secret, "", c.at); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}

	for secret, want := range map[string]bool{pem: true, "0~secret.text": false, "": false, "\x30\x82\x01\x00x": true} {
		if isCertificate(secret) != want {
			t.Errorf("%q is a certificate: %v", secret, !want)
		}
	}
}

// TestPFX: PKCS #12 with its password signs in; without the password, or with an encryption
// that azidentity does not read, it is said what to do. The keys are of nobody.
func TestPFX(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile("testdata/certificates/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}

	f := full(t)
	f.login(func(form map[string][]string) bool {
		return strings.HasSuffix(strings.Join(form["client_assertion_type"], ""), ":jwt-bearer")
	})
	auth := Auth{TenantID: tenant, AppID: other, Cloud: f.cloud(), Secret: read("older.pfx"), Password: "of-the-tests"}
	cred, err := NewCredential(auth)
	if err != nil {
		t.Fatal(err)
	}
	_, err = cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{f.srv.URL + "/graph/.default"}})
	if _, known := auth.Expiry(); err != nil || !known {
		t.Errorf("%v, end known: %v", err, known)
	}

	for name, password := range map[string]string{"older.pfx": "wrong", "aes.pfx": "of-the-tests"} {
		auth.Secret, auth.Password = read(name), password
		if _, err := NewCredential(auth); err == nil || !strings.Contains(err.Error(), "openssl pkcs12 -in FILE.pfx") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzReadDiscovery: whatever an authority answers, there is a tenant id or an error.
func FuzzReadDiscovery(f *testing.F) {
	f.Add(200, []byte(`{"issuer":"https://login.microsoftonline.com/`+tenant+`/v2.0","cloud_instance_name":"microsoftonline.us"}`))
	f.Add(400, []byte(`{"error":"invalid_tenant"}`))
	f.Add(200, []byte(`{"issuer":["x"]}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		found, err := readDiscovery(status, body, "fabrikam.example")
		if (err == nil) != (len(found.TenantID) == 36) {
			t.Errorf("%+v, %v", found, err)
		}
	})
}

// TestTenantOfDomain: the tenant of a domain, and its cloud, are what the authority says; one
// that it does not know is told from one that cannot be looked up.
func TestTenantOfDomain(t *testing.T) {
	f := newFake(t)
	const at = "/v2.0/.well-known/openid-configuration"
	f.answers["/login/fabrikam.example"+at] = answerJSON(object{
		"issuer": "https://sts.windows.net/" + strings.ToUpper(tenant) + "/", "cloud_instance_name": "microsoftonline.us",
	})
	f.answers["/login/gone.example"+at] = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(`{"error":"invalid_tenant"}`))
	}
	f.answers["/login/broken.example"+at] = fail(503, "x", "y")

	d, err := NewDiscovery(f.cloud())
	if err != nil {
		t.Fatal(err)
	}
	found, err := d.Tenant(t.Context(), "fabrikam.example")
	if err != nil || found != (Found{tenant, "usgov"}) {
		t.Errorf("%+v %v", found, err)
	}
	if _, err = d.Tenant(t.Context(), "gone.example"); err == nil || !strings.HasPrefix(err.Error(), "no tenant has") {
		t.Error(err)
	}
	if _, err = d.Tenant(t.Context(), "broken.example"); err == nil || !strings.Contains(err.Error(), "503") {
		t.Error(err)
	}
}

// TestConsentHint: what a tenant without consent needs is an address to open.
func TestConsentHint(t *testing.T) {
	f := full(t)
	f.login(func(map[string][]string) bool { return false })
	f.answers["/login/"+tenant+"/oauth2/v2.0/token"] = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(`{"error":"unauthorized_client","error_description":"AADSTS700016: Application not found. Trace"}`))
	}

	cred, err := NewCredential(Auth{TenantID: tenant, AppID: other, Secret: "s", Cloud: f.cloud()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"x/.default"}})
	e, _ := err.(*CredentialError)
	if e == nil || !strings.HasSuffix(e.Next, "/login/"+tenant+"/adminconsent?client_id="+other) {
		t.Errorf("%#v", err)
	}
}
