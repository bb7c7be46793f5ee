package collectors

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"ringfence/collectors/snapshot"
)

// tenantCredential hands out tokens of one tenant and no other. It keeps them:
// not every credential does.
type tenantCredential struct {
	inner  azcore.TokenCredential
	tenant string

	mu   sync.Mutex // guards kept
	kept map[string]azcore.AccessToken
}

func newTenantCredential(inner azcore.TokenCredential, tenant string) *tenantCredential {
	return &tenantCredential{inner: inner, tenant: tenant, kept: map[string]azcore.AccessToken{}}
}

// tokenReserve is how long a kept token must still be valid to be handed out.
const tokenReserve = 5 * time.Minute

// GetToken is a *WrongTenantError where the token's "tid" is another tenant's,
// a *CredentialError where there is no token.
func (c *tenantCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	key := strings.Join(o.Scopes, " ")
	if t, ok := c.kept[key]; ok && time.Until(t.ExpiresOn) > tokenReserve {
		return t, nil
	}

	t, err := c.inner.GetToken(ctx, policy.TokenRequestOptions{Scopes: o.Scopes})
	if err != nil {
		if ctx.Err() != nil {
			return t, ctx.Err()
		}
		return t, newCredentialError(err)
	}

	claims, err := readClaims(t.Token)
	if err != nil {
		return t, &CredentialError{
			Message: "reading the token: " + err.Error(), Hint: "the tenant of a token must be readable",
		}
	}
	if !strings.EqualFold(claims.Tenant, c.tenant) {
		return azcore.AccessToken{}, &WrongTenantError{Where: "the token", Got: claims.Tenant, Want: c.tenant}
	}

	c.kept[key] = t
	return t, nil
}

// claims of an access token: whose it is, our own object id there and the id of our
// application, "" where there is none, and the permissions that it was granted
// (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
type claims struct {
	Tenant, Principal, Application string
	Roles                          []string
}

// readClaims reads a JWT's payload. The signature is the API's business: it is
// our own token, from the pinned authority.
func readClaims(token string) (claims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, errors.New("it is not a JWT")
	}

	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}, errors.New("its payload is not base64url")
	}

	m, err := snapshot.ParseObject(raw)
	if err != nil {
		return claims{}, fmt.Errorf("its payload: %w", err)
	}

	var c claims
	c.Tenant, _ = m["tid"].(string)
	c.Application, _ = m["appid"].(string) // of a v1.0 token, which Graph and ARM take
	if c.Application == "" {
		c.Application, _ = m["azp"].(string)
	}
	if oid, _ := m["oid"].(string); strings.Trim(oid, "0123456789abcdefABCDEF-") == "" {
		c.Principal = oid
	}

	roles, _ := m["roles"].([]any)
	for _, r := range roles {
		if role, isText := r.(string); isText {
			c.Roles = append(c.Roles, role)
		}
	}

	if c.Tenant == "" {
		return c, errors.New("it names no tenant (tid)")
	}
	return c, nil
}
