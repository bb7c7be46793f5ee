package collectors

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"
)

// login adds a token endpoint below /login that takes what accept takes.
func (f *fake) login(accept func(form map[string][]string) bool) {
	at := "/login/" + tenant
	f.answers[at+"/v2.0/.well-known/openid-configuration"] = answerJSON(object{
		"issuer":                 f.srv.URL + "/login/" + tenant + "/v2.0",
		"authorization_endpoint": f.srv.URL + at + "/oauth2/v2.0/authorize",
		"token_endpoint":         f.srv.URL + at + "/oauth2/v2.0/token",
	})
	f.answers[at+"/oauth2/v2.0/token"] = func(w http.ResponseWriter, r *http.Request) {
		if r.ParseForm() != nil || !accept(r.PostForm) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(401)
			w.Write([]byte(`{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: x","error_codes":[7000215]}`))

			return
		}

		answerJSON(object{"token_type": "Bearer", "expires_in": 3599, "access_token": jwt(object{"tid": tenant, "oid": principal})})(w, r)
	}
}

// TestCredentialsOverTLS: the real credentials, against an authority that has
// a path, through to a snapshot.
func TestCredentialsOverTLS(t *testing.T) {
	tokenFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte("federated.token.here"), 0o600); err != nil {
		t.Fatal(err)
	}

	is := func(field, want string) func(map[string][]string) bool {
		return func(form map[string][]string) bool { return strings.Join(form[field], "") == want }
	}
	const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	for name, tc := range map[string]struct {
		auth   Auth
		accept func(map[string][]string) bool
	}{
		"secret":      {Auth{Secret: "s3cret\n"}, is("client_secret", "s3cret")},
		"certificate": {Auth{Secret: certificatePEM(t)}, is("client_assertion_type", jwtBearer)},
		"federated":   {Auth{Federated: true, TokenFile: tokenFile}, is("client_assertion", "federated.token.here")},
	} {
		t.Run(name, func(t *testing.T) {
			f := full(t)
			f.login(tc.accept)
			tc.auth.TenantID, tc.auth.AppID, tc.auth.Cloud = tenant, other, f.cloud()
			cred, err := NewCredential(tc.auth)
			if err != nil {
				t.Fatal(err)
			}

			cfg := f.config()
			cfg.Credential = cred
			mustRun(t, cfg)

			if n := f.count("/login/" + tenant + "/oauth2/v2.0/token"); n != 2 {
				t.Errorf("%d tokens, one for each API is enough: %v", n, f.log)
			}
		})
	}
}

// TestFederatedTokenIsReadAnew: a token lives for five minutes at some issuers,
// and a client's collection may ask for its second token after that.
func TestFederatedTokenIsReadAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	write("first")
	var seen []string
	f := full(t)
	f.login(func(form map[string][]string) bool {
		seen = append(seen, form["client_assertion"]...)
		write("second")
		return true
	})

	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", file)
	cred, err := NewCredential(Auth{TenantID: tenant, AppID: other, Federated: true, Cloud: f.cloud()})
	if err != nil {
		t.Fatal(err)
	}

	cfg := f.config()
	cfg.Credential = cred
	mustRun(t, cfg)

	if diff := cmp.Diff([]string{"first", "second"}, seen); diff != "" {
		t.Errorf("assertions (-want +got):\n%s", diff)
	}

	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", "")
	_, err = NewCredential(Auth{TenantID: tenant, AppID: other, Federated: true, Cloud: f.cloud()})
	if err == nil || !strings.Contains(err.Error(), "AZURE_FEDERATED_TOKEN_FILE is not set") {
		t.Errorf("without a file: %v", err)
	}
}

func certificatePEM(t *testing.T) string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}

	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}

	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}

	var b bytes.Buffer
	pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der})

	return b.String()
}

func TestBadSecretSaysWhatToDo(t *testing.T) {
	f := full(t)
	f.login(func(map[string][]string) bool { return false })

	cred, err := NewCredential(Auth{TenantID: tenant, AppID: other, Secret: "wr0ng", Cloud: f.cloud()})
	if err != nil {
		t.Fatal(err)
	}

	cfg := f.config()
	cfg.Credential = cred
	_, err = Run(t.Context(), cfg)
	var missing *CredentialError
	if !errors.As(err, &missing) || missing.Code != "AADSTS7000215" || !strings.Contains(err.Error(), "the client secret is wrong") {
		t.Errorf("%v", err)
	}

	if strings.Contains(err.Error(), "wr0ng") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%q", err)
	}
}

// TestAuthorityIsPinned: a token endpoint elsewhere gets no secret.
func TestAuthorityIsPinned(t *testing.T) {
	f, foreign := full(t), newFake(t)
	f.login(func(map[string][]string) bool { return true })
	f.answers["/login/"+tenant+"/v2.0/.well-known/openid-configuration"] = answerJSON(object{
		"issuer": f.srv.URL + "/" + tenant, "authorization_endpoint": f.srv.URL + "/a", "token_endpoint": foreign.srv.URL + "/token"})
	cred, err := NewCredential(Auth{TenantID: tenant, AppID: other, Secret: "s", Cloud: f.cloud()})
	if err != nil {
		t.Fatal(err)
	}

	if _, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"x/.default"}}); err == nil || len(foreign.log) > 0 {
		t.Errorf("%v %v", err, foreign.log)
	}
}

func TestReadClaims(t *testing.T) {
	for _, token := range []string{"", "opaque", "a.b", "a.!.c", "a.bm9wZQ.c", jwt(object{"oid": "x"}), jwt(object{"tid": 7})} {
		if c, err := readClaims(token); err == nil {
			t.Errorf("%q: %+v", token, c)
		}
	}
	if c, err := readClaims(jwt(object{"tid": tenant, "oid": "x') or assignedTo('y"})); err != nil || c.Principal != "" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestClouds(t *testing.T) {
	for _, name := range []string{"", "public", "usgov", "china"} {
		c := Cloud{Name: name}.resolve()
		for part, address := range map[string]string{"graph": c.Graph, "arm": c.ARM, "authority": c.Authority} {
			if _, err := endpoint(part, address); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
	}

	for _, address := range []string{"", "http://127.0.0.1/graph", "https://", "https://u@h/", "https://h/?x=1", "ftp://h"} {
		if _, err := endpoint("graph", address); err == nil {
			t.Errorf("%q is accepted", address)
		}
	}
	if _, err := roots([]byte("no pem")); err == nil {
		t.Error("a CA file without certificates is accepted")
	}
}
