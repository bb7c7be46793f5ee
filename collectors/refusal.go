package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// CredentialError says in one line why there is no token, and what to do. Code
// is Entra's ("AADSTS7000215"), "" where it did not answer. Refused: trying again
// is of no use, the configuration has to change (a wrong secret, a tenant that
// does not know the application, no identity on this machine); otherwise the
// authority could not be asked, or answered that it cannot answer.
type CredentialError struct {
	Code, Message, Hint string
	Refused             bool
}

func (e *CredentialError) Error() string {
	s := "getting a token: " + e.Message
	if e.Code != "" {
		s += " (" + e.Code + ")"
	}

	if e.Hint != "" {
		s += ": " + e.Hint
	}

	return s
}

// refusals put the codes of
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
// into words: what happened, and what to do.
var refusals = map[string][2]string{
	"AADSTS7000215": {"the client secret is wrong", "check the credential of the fleet file"},
	"AADSTS7000222": {"the client secret has expired", "make a new one"},
	"AADSTS700016":  {"the tenant does not know the application", "check app_id, or consent to it in this tenant"},
	"AADSTS7000229": {"the application has no service principal in the tenant", "consent to it"},
	"AADSTS700027":  {"the certificate is not registered with the application", "add it to the application, or use the one that is"},
	"AADSTS700213":  {"no federated credential of the application matches the token's subject", "compare subject, issuer and audience"},
	"AADSTS700211":  {"no federated credential of the application matches the token's issuer", "compare subject, issuer and audience"},
	"AADSTS7000112": {"the application is disabled in its tenant", "enable it, or check app_id"},
	"AADSTS90002":   {"there is no such tenant", "check tenant_id and cloud"},
	"AADSTS900023":  {"tenant_id is neither a GUID nor a domain", "check tenant_id"},
	"AADSTS53003":   {"a conditional access policy of the tenant blocks the application", "exclude it, or sign in from where it is allowed"},
}

const checkAll = "check credential, app_id, tenant_id and cloud"

// plainCredential puts what a credential of azidentity says when it fails, which
// is a dump of an HTTP answer over many lines, into one line of plain words.
type plainCredential struct {
	inner     azcore.TokenCredential
	authority *authority
}

// GetToken is a *CredentialError where there is no token.
func (c *plainCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.authority.forget()
	t, err := c.inner.GetToken(ctx, o)
	if err == nil || ctx.Err() != nil {
		return t, cmp.Or(ctx.Err(), err)
	}

	asked, failed := c.authority.saw()
	switch {
	case failed != nil:
		return t, &CredentialError{Message: c.authority.base.Host + " does not answer: " + failed.Message, Hint: "check the network, and cloud"}
	case asked || answered(err) != nil:
		return t, newCredentialError(err)
	}

	return t, localError(err)
}

// answered is the answer that an error of azidentity is about, or nil.
func answered(err error) *http.Response {
	var failed *azidentity.AuthenticationFailedError
	if errors.As(err, &failed) {
		return failed.RawResponse
	}
	return nil
}

// localError is about what happened before anybody was asked: nothing on this
// machine can sign in.
func localError(err error) *CredentialError {
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) { // each source that was looked for is told over a page
		return &CredentialError{Refused: true, Message: "this machine has no identity that azidentity can use (environment, workload identity, managed identity, Azure CLI)",
			Hint: `sign in with "az login", or name an app_id and a credential in the fleet file`}
	}
	return &CredentialError{Refused: true, Message: sentence(failed.Error()), Hint: checkAll}
}

// newCredentialError reads what Entra answered.
func newCredentialError(err error) *CredentialError {
	var known *CredentialError
	if errors.As(err, &known) {
		return known
	}

	e := &CredentialError{Message: sentence(err.Error()), Hint: checkAll}
	resp := answered(err)
	if resp == nil {
		return e
	}

	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}

	body, _ := runtime.Payload(resp)
	if json.Unmarshal(body, &answer) != nil || answer.Error == "" {
		e.Message = fmt.Sprintf("the authority answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
		return e
	}

	passing := []string{"temporarily_unavailable", "server_error"}
	e.Refused = (resp.StatusCode == 400 || resp.StatusCode == 401 || resp.StatusCode == 403) && !slices.Contains(passing, answer.Error)
	e.Message = sentence(cmp.Or(answer.Description, answer.Error))
	if code, rest, ok := strings.Cut(e.Message, ": "); ok && strings.HasPrefix(code, "AADSTS") {
		e.Code, e.Message = code, rest
	}

	if words, ok := refusals[e.Code]; ok {
		e.Message, e.Hint = words[0], words[1]
	}

	return e
}

// sentence is the first sentence of another program's message, in one line of at
// most 200 characters.
func sentence(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = strings.Join(strings.Fields(line), " ")
	line, _, _ = strings.Cut(line, ". ")
	if r := []rune(line); len(r) > 200 {
		line = string(r[:200]) + "…"
	}

	return strings.TrimSuffix(line, ".")
}
