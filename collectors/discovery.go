package collectors

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Found is the tenant that a domain is verified in.
type Found struct {
	TenantID string // in lower case
	Cloud    string // "public", "usgov" or "china", as the tenant says; "" where it does not
}

// Discovery finds tenants by their domains, without any token: the authority publishes
// where each tenant's endpoints are, under every domain that is verified in it.
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
type Discovery struct {
	base *url.URL
	http *http.Client
}

// NewDiscovery asks a cloud's authority, and nobody else.
func NewDiscovery(c Cloud) (*Discovery, error) {
	c = c.resolve()
	base, err := endpoint("authority", c.Authority)
	if err != nil {
		return nil, err
	}

	next, err := roots(c.RootCAs)
	if err != nil {
		return nil, err
	}

	return &Discovery{base, &http.Client{
		Transport:     next,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       tokenTimeout,
	}}, nil
}

// NoTenantError says that the authority knows no tenant with a domain.
type NoTenantError struct{ Domain string }

func (e *NoTenantError) Error() string {
	return "no tenant has the verified domain " + e.Domain
}

// issuerTenant is the tenant's id in the issuer of its tokens.
var issuerTenant = regexp.MustCompile(
	`(?i)/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:/|$)`)

// instances are the national clouds by the name that a tenant's document has for them.
var instances = map[string]string{
	"microsoftonline.com":              "public",
	"microsoftonline.us":               "usgov",
	"partner.microsoftonline.cn":       "china",
	"login.partner.microsoftonline.cn": "china",
}

// Tenant finds the tenant of a domain; a *[NoTenantError] where there is none.
func (d *Discovery) Tenant(ctx context.Context, domain string) (Found, error) {
	to := d.base.JoinPath(url.PathEscape(domain), "v2.0/.well-known/openid-configuration")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return Found{}, err
	}

	resp, err := d.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return Found{}, ctx.Err()
		}
		return Found{}, fmt.Errorf("%s does not answer: %s", d.base.Host, failure(err, tokenTimeout).Message)
	}
	defer resp.Body.Close()

	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return Found{}, fmt.Errorf("%s: %s", d.base.Host, failure(err, tokenTimeout).Message)
	}

	return readDiscovery(resp.StatusCode, body, domain)
}

// readDiscovery reads what the authority says of a domain.
func readDiscovery(status int, body []byte, domain string) (Found, error) {
	var doc struct {
		Issuer   string `json:"issuer"`
		Instance string `json:"cloud_instance_name"`
		Error    string `json:"error"`
	}
	err := json.Unmarshal(body, &doc)
	if status == http.StatusBadRequest && err == nil && doc.Error == "invalid_tenant" {
		return Found{}, &NoTenantError{domain}
	}
	if status != http.StatusOK {
		return Found{}, fmt.Errorf("the authority answered %d %s for the domain %s",
			status, http.StatusText(status), domain)
	}

	m := issuerTenant.FindStringSubmatch(doc.Issuer)
	if err != nil || m == nil {
		return Found{}, fmt.Errorf("the authority's answer for the domain %s names no tenant", domain)
	}
	return Found{strings.ToLower(m[1]), instances[doc.Instance]}, nil
}
