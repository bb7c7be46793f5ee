package collectors

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// TestRefusals: what a token endpoint says no to is one line with its code and
// the next step, and a matter of configuration; what it cannot answer is not.
func TestRefusals(t *testing.T) {
	oauth := func(kind, description string) string {
		return fmt.Sprintf(`{"error":%q,"error_description":%q,"error_codes":[1]}`, kind, description)
	}
	for name, c := range map[string]struct {
		status     int
		body, want string
		refused    bool
	}{
		"wrong secret":  {401, oauth("invalid_client", "AADSTS7000215: Invalid client secret provided. Ensure …\r\nTrace ID: x"), "getting a token: the client secret is wrong (AADSTS7000215): check the credential of the fleet file", true},
		"no such app":   {400, oauth("unauthorized_client", "AADSTS700016: Application with identifier 'x' was not found in the directory 'y'. This can happen …"), "getting a token: the tenant does not know the application (AADSTS700016): check app_id, or consent to it in this tenant", true},
		"unknown code":  {400, oauth("invalid_request", "AADSTS1234567: Something new.\nAnd a dump."), "getting a token: Something new (AADSTS1234567): check credential, app_id, tenant_id and cloud", true},
		"no code":       {401, oauth("invalid_client", ""), "getting a token: invalid_client: check credential, app_id, tenant_id and cloud", true},
		"try again":     {400, oauth("temporarily_unavailable", "AADSTS90033: A transient error has occurred. Please try again."), "getting a token: A transient error has occurred (AADSTS90033): check credential, app_id, tenant_id and cloud", false},
		"a proxy":       {403, "<html>\n<h1>Blocked by your company</h1>\n</html>", "getting a token: the authority answered 403 Forbidden: check credential, app_id, tenant_id and cloud", false},
		"nothing there": {404, "", "getting a token: the authority answered 404 Not Found: check credential, app_id, tenant_id and cloud", false},
	} {
		t.Run(name, func(t *testing.T) {
			f := full(t)
			f.login(func(map[string][]string) bool { return false })

			f.answers["/login/"+tenant+"/oauth2/v2.0/token"] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				w.Write([]byte(c.body))
			}

			cred, err := NewCredential(Auth{TenantID: tenant, AppID: other, Secret: "s", Cloud: f.cloud()})
			if err != nil {
				t.Fatal(err)
			}

			refusal(t, cred, c.want, c.refused)
		})
	}
}

// refusal expects this one line.
func refusal(t *testing.T, cred azcore.TokenCredential, want string, refused bool) {
	t.Helper()
	_, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"x/.default"}})
	var e *CredentialError
	if !errors.As(err, &e) || e.Error() != want || e.Refused != refused {
		t.Errorf("got %q, refused %v; want %q, %v", err, e != nil && e.Refused, want, refused)
	}
}

// TestNoAnswer: an authority that cannot be reached is told in plain words, and
// is no matter of configuration.
func TestNoAnswer(t *testing.T) {
	for want, err := range map[string]error{
		"looking up login.example.com: no such host":                    &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Name: "login.example.com", Err: "no such host"}},
		"no answer within 1m0s":                                         context.DeadlineExceeded,
		"its certificate is of an authority that this machine does not": fmt.Errorf("tls: %w", x509.UnknownAuthorityError{}),
		"its certificate is not for login.example.com":                  x509.HostnameError{Certificate: &x509.Certificate{}, Host: "login.example.com"},
		"its certificate has expired or is not valid yet":               x509.CertificateInvalidError{Reason: x509.Expired},
		"the connection ended before the answer did":                    errors.New("http2: stream error: stream ID 3; CANCEL"),
	} {
		base, _ := url.Parse("https://login.example.com")
		to := &authority{base: base, next: unreachable{err}}
		_, got := (&plainCredential{inner: dumping{to, base}, authority: to}).GetToken(t.Context(), policy.TokenRequestOptions{})
		text := fmt.Sprint(got)
		if !strings.HasPrefix(text, "getting a token: login.example.com does not answer: "+want) || strings.ContainsAny(text, "\n\t") || strings.Contains(text, "dump") {
			t.Errorf("got %q, want %q", text, want)
		}
	}
}

type unreachable struct{ err error }

func (f unreachable) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// dumping asks the authority and fails with a text over several lines, as
// azidentity does.
type dumping struct {
	to   *authority
	base *url.URL
}

func (d dumping) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	_, err := d.to.RoundTrip(&http.Request{Method: http.MethodGet, URL: d.base.JoinPath("x")})
	return azcore.AccessToken{}, fmt.Errorf("dump\n\t%w\n----", err)
}

// TestNoIdentity: what fails before anybody is asked is a matter of
// configuration.
func TestNoIdentity(t *testing.T) {
	f := full(t)
	f.login(func(map[string][]string) bool { return true })

	cred, err := NewCredential(Auth{TenantID: tenant, AppID: other, Federated: true, TokenFile: filepath.Join(t.TempDir(), "gone"), Cloud: f.cloud()})
	if err != nil {
		t.Fatal(err)
	}

	_, err = cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"x/.default"}})
	var e *CredentialError
	if !errors.As(err, &e) || !e.Refused || !strings.Contains(err.Error(), "no such file") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%q", err)
	}

	to := &authority{base: &url.URL{Host: "x"}}
	refusal(t, &plainCredential{inner: unavailable{}, authority: to}, `getting a token: this machine has no identity that azidentity can use (environment, workload identity, managed identity, Azure CLI): sign in with "az login", or name an app_id and a credential in the fleet file`, true)
}

type unavailable struct{}

func (unavailable) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, fmt.Errorf("DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n\tEnvironmentCredential: %w", os.ErrNotExist)
}
