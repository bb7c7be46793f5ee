package collectors

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"ringfence/collectors/snapshot"
)

// tenantCredential hands out tokens of one tenant and no other. It keeps them:
// not every credential does.
type tenantCredential struct {
	inner  azcore.TokenCredential
	tenant string
	mu     sync.Mutex // guards kept
	kept   map[string]azcore.AccessToken
}

// GetToken is a *WrongTenantError where the token's "tid" is another tenant's,
// a *CredentialError where there is no token.
func (c *tenantCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := strings.Join(o.Scopes, " ")
	if t, ok := c.kept[key]; ok && time.Until(t.ExpiresOn) > 5*time.Minute {
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
		return t, &CredentialError{Message: "reading the token: " + err.Error(), Hint: "the tenant of a token must be readable"}
	}
	if !strings.EqualFold(claims.Tenant, c.tenant) {
		return azcore.AccessToken{}, &WrongTenantError{Where: "the token", Got: claims.Tenant, Want: c.tenant}
	}
	c.kept[key] = t
	return t, nil
}

// claims of an access token (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
type claims struct{ Tenant, Principal string }

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
	if oid, _ := m["oid"].(string); strings.Trim(oid, "0123456789abcdefABCDEF-") == "" {
		c.Principal = oid
	}
	if c.Tenant == "" {
		return c, errors.New("it names no tenant (tid)")
	}
	return c, nil
}

// CredentialError says that there is no token, and what to do. Code is Entra's
// ("AADSTS7000215"), "" where it did not answer.
type CredentialError struct{ Code, Message, Hint string }

func (e *CredentialError) Error() string {
	s := "getting a token: " + e.Message
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// hints for the codes of https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
var hints = map[string]string{
	"AADSTS7000215": "the client secret is wrong: check the credential of the fleet file",
	"AADSTS7000222": "the client secret has expired: make a new one",
	"AADSTS700016":  "the tenant does not know the application: check app_id, or consent to it in this tenant",
	"AADSTS7000229": "the application has no service principal in the tenant: consent to it",
	"AADSTS700027":  "the certificate is not registered with the application",
	"AADSTS700213":  "no federated credential of the application matches the token's subject",
	"AADSTS90002":   "there is no such tenant: check tenant_id and cloud",
	"AADSTS900023":  "tenant_id is neither a GUID nor a domain",
	"AADSTS53003":   "a conditional access policy of the tenant blocks the application",
}

func newCredentialError(err error) *CredentialError {
	var known *CredentialError
	if errors.As(err, &known) {
		return known
	}
	e := &CredentialError{Message: strings.Join(strings.Fields(err.Error()), " "), Hint: "check credential, app_id, tenant_id and cloud"}
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) || failed.RawResponse == nil {
		return e
	}
	var answer struct {
		Description string `json:"error_description"`
	}
	body, _ := runtime.Payload(failed.RawResponse)
	if json.Unmarshal(body, &answer) != nil || answer.Description == "" {
		return e
	}
	line, _, _ := strings.Cut(answer.Description, "\n")
	e.Message = strings.TrimSpace(line)
	if code, _, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(code, "AADSTS") {
		e.Code = code
	}
	if hint, ok := hints[e.Code]; ok {
		e.Hint = hint
	}
	return e
}
