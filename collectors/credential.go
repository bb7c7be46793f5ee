package collectors

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"ringfence/collectors/snapshot"
)

// Auth says how to authenticate to one tenant. The first of Secret, Federated and
// what azidentity finds around it (environment, managed identity, Azure CLI) is
// used.
type Auth struct {
	TenantID, AppID string
	Cloud           Cloud

	// Secret is a client secret, or a certificate with its private key: PEM, or
	// PKCS #12 as it is, whose password is Password.
	Secret   string
	Password string

	// Federated takes a workload identity token, from TokenFile or, if that is "",
	// from what the environment names: a file, GitHub Actions or Azure Pipelines.
	Federated bool
	TokenFile string
}

// tokenTimeout bounds one request for a token.
const tokenTimeout = time.Minute

// NewCredential makes a credential whose token requests go to the cloud's
// authority and nowhere else. (The one that looks around also asks its own
// machine, for a managed identity.)
func NewCredential(auth Auth) (azcore.TokenCredential, error) {
	c := auth.Cloud.resolve()
	base, err := endpoint("authority", c.Authority)
	if err != nil {
		return nil, err
	}

	next, err := roots(c.RootCAs)
	if err != nil {
		return nil, err
	}

	looksAround := auth.Secret == "" && !auth.Federated
	to := &authority{base: base, next: next, open: looksAround}
	cred, err := auth.credential(next, azcore.ClientOptions{
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: "https://" + base.Host + "/"},
		Transport: &http.Client{
			Transport:     to,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       tokenTimeout,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("making a credential: %w", err)
	}

	return &plainCredential{inner: cred, authority: to, consent: auth.consentURL()}, nil
}

// credential makes azidentity's credential. Instance discovery is off everywhere:
// it would ask Microsoft whether the authority is one of its own; ours are
// constants, or declared unsafe.
func (a Auth) credential(next http.RoundTripper, o azcore.ClientOptions) (azcore.TokenCredential, error) {
	secret := strings.TrimSpace(a.Secret)
	switch {
	case isCertificate(a.Secret):
		c, err := readCertificate(a.Secret, a.Password, time.Now())
		if err != nil {
			return nil, err
		}
		return azidentity.NewClientCertificateCredential(a.TenantID, a.AppID, c.chain, c.key,
			&azidentity.ClientCertificateCredentialOptions{
				ClientOptions: o, DisableInstanceDiscovery: true, SendCertificateChain: len(c.chain) > 1,
			})

	case secret != "":
		return azidentity.NewClientSecretCredential(a.TenantID, a.AppID, secret,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: o, DisableInstanceDiscovery: true})

	case a.Federated:
		assertion, err := a.assertion(next)
		if err != nil {
			return nil, err
		}
		return azidentity.NewClientAssertionCredential(a.TenantID, a.AppID, assertion,
			&azidentity.ClientAssertionCredentialOptions{ClientOptions: o, DisableInstanceDiscovery: true})
	}

	return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		ClientOptions: o, DisableInstanceDiscovery: true, TenantID: a.TenantID})
}

// authority carries token requests. azidentity takes the first path segment of
// an authority for the tenant, so it is given the bare host, and the
// authority's own path is put in front here.
type authority struct {
	base *url.URL
	next http.RoundTripper
	open bool // other hosts too: the machine's own token endpoints

	mu     sync.Mutex         // guards what follows
	asked  bool               // for a token, not only where that is to be asked for
	failed *snapshot.Evidence // why the last request to it had no answer
}

// forget begins to watch a new request for a token.
func (t *authority) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked, t.failed = false, nil
}

// saw is whether the authority was asked for a token since forget, and why it did
// not answer: azidentity keeps no more of that than a text.
func (t *authority) saw() (asked bool, failed *snapshot.Evidence) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.asked, t.failed
}

// RoundTrip refuses every host but the authority's, if it is not open.
func (t *authority) RoundTrip(req *http.Request) (*http.Response, error) {
	ours := req.URL.Scheme == "https" && hostPort(req.URL) == hostPort(t.base)
	if !ours && !t.open {
		return nil, &refusedError{fmt.Sprintf("%s is not the authority %s", req.URL.Host, t.base.Host)}
	}

	if ours && !strings.HasPrefix(req.URL.Path, t.base.Path+"/") {
		req = req.Clone(req.Context())
		req.URL.Path, req.URL.RawPath = t.base.Path+req.URL.Path, ""
	}

	resp, err := t.next.RoundTrip(req)
	if !ours {
		return resp, err
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked, t.failed = t.asked || req.Method == http.MethodPost, nil
	if err != nil {
		t.failed = failure(err, tokenTimeout)
	}

	return resp, err
}
