package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// CredentialError says in one line why there is no token, and what to do.
type CredentialError struct {
	Code          string // Entra's ("AADSTS7000215"), "" where it did not answer
	Message, Hint string

	// Next is a line of its own for the person who mends it, with the address to
	// open; "": Hint says it all.
	Next string

	// Refused: trying again is of no use, the configuration has to change (a wrong
	// secret, a tenant that does not know the application, no identity on this
	// machine). Otherwise the authority could not be asked, or answered that it
	// cannot answer.
	Refused bool
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
var refusals = map[string]inWords{
	"AADSTS7000215": {
		message: "the client secret is wrong",
		hint:    "check the credential of the fleet file",
	},
	"AADSTS7000222": {
		message: "the client secret has expired",
		hint:    "make a new one",
	},
	"AADSTS700016": {
		message: "the tenant does not know the application",
		hint:    "check app_id, or consent to it in this tenant",
		consent: true,
	},
	"AADSTS7000229": {
		message: "the application has no service principal in the tenant",
		hint:    "consent to it",
		consent: true,
	},
	"AADSTS65001": {
		message: "nobody consented to the application in the tenant",
		hint:    "consent to it",
		consent: true,
	},
	"AADSTS500011": {
		message: "the tenant does not know the API that is asked for",
		hint:    "check cloud; a tenant without any Azure subscription may not know Azure Resource Manager",
	},
	"AADSTS700027": {
		message: "the certificate is not registered with the application",
		hint:    "add it to the application, or use the one that is",
	},
	"AADSTS700213": {
		message: "no federated credential of the application matches the token's subject",
		hint:    "compare subject, issuer and audience",
	},
	"AADSTS700211": {
		message: "no federated credential of the application matches the token's issuer",
		hint:    "compare subject, issuer and audience",
	},
	"AADSTS700212": {
		message: "no federated credential of the application matches the token's audience",
		hint:    "compare subject, issuer and audience",
	},
	"AADSTS70021": {
		message: "no federated credential of the application matches the token",
		hint:    "compare subject, issuer and audience",
	},
	"AADSTS700024": {
		message: "the identity token or the certificate's assertion is not valid now",
		hint:    "check this machine's clock, and that the token file is renewed",
	},
	"AADSTS7000112": {
		message: "the application is disabled in its tenant",
		hint:    "enable it, or check app_id",
	},
	"AADSTS90002": {
		message: "there is no such tenant",
		hint:    "check tenant_id and cloud",
	},
	"AADSTS900023": {
		message: "tenant_id is neither a GUID nor a domain",
		hint:    "check tenant_id",
	},
	"AADSTS50034": {
		message: "the tenant does not have this identity",
		hint:    "check app_id, tenant_id and cloud",
	},
	"AADSTS5000225": {
		message: "the tenant was blocked because nobody used it",
		hint:    "ask the client whether it still exists; set state to offboarded if not",
	},
	"AADSTS900382": {
		message: "the application is of another cloud than the tenant",
		hint:    "check cloud; each national cloud needs an application of its own",
	},
	"AADSTS53003": {
		message: "a conditional access policy of the tenant blocks the application",
		hint:    "exclude it, or sign in from where it is allowed",
	},
}

// inWords is a code in words. consent: an administrator of the tenant has to consent.
type inWords struct {
	message, hint string
	consent       bool
}

const (
	checkAll   = "check credential, app_id, tenant_id and cloud"
	noIdentity = "this machine has no identity that azidentity can use" +
		" (environment, workload identity, managed identity, Azure CLI)"
	signInFirst = `sign in with "az login", or name an app_id and a credential in the fleet file`
)

// plainCredential puts what a credential of azidentity says when it fails, which
// is a dump of an HTTP answer over many lines, into one line of plain words.
type plainCredential struct {
	inner     azcore.TokenCredential
	authority *authority
	consent   string // the address at which the tenant's administrator consents
}

// GetToken is a *CredentialError where there is no token.
func (c *plainCredential) GetToken(
	ctx context.Context, o policy.TokenRequestOptions,
) (azcore.AccessToken, error) {
	c.authority.forget()
	t, err := c.inner.GetToken(ctx, o)
	if err == nil || ctx.Err() != nil {
		return t, cmp.Or(ctx.Err(), err)
	}

	asked, failed := c.authority.saw()
	switch {
	case failed != nil:
		message := c.authority.base.Host + " does not answer: " + failed.Message
		return t, &CredentialError{Message: message, Hint: "check the network, and cloud"}
	case asked || answered(err) != nil:
		return t, c.withNext(newCredentialError(err))
	}

	return t, localError(err)
}

// withNext adds the address at which the tenant's administrator mends it.
func (c *plainCredential) withNext(e *CredentialError) *CredentialError {
	if refusals[e.Code].consent && c.consent != "" {
		e.Next = "an administrator of the tenant consents at " + c.consent
	}
	return e
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
		return &CredentialError{Refused: true, Message: noIdentity, Hint: signInFirst}
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
		status := resp.StatusCode
		e.Message = fmt.Sprintf("the authority answered %d %s", status, http.StatusText(status))
		return e
	}

	e.Refused = isRefusal(resp.StatusCode, answer.Error)
	e.Message = sentence(cmp.Or(answer.Description, answer.Error))
	if code, rest, ok := strings.Cut(e.Message, ": "); ok && strings.HasPrefix(code, "AADSTS") {
		e.Code, e.Message = code, rest
	}
	if words, ok := refusals[e.Code]; ok {
		e.Message, e.Hint = words.message, words.hint
	}

	return e
}

// isRefusal reports whether Entra would answer the same again, by the status and
// the OAuth error code of its answer.
func isRefusal(status int, code string) bool {
	if code == "temporarily_unavailable" || code == "server_error" {
		return false
	}
	return status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden
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
