package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Federation lets a machine sign in without a secret: whoever runs it (Kubernetes,
// GitHub Actions, Azure Pipelines) says who it is, in a token of some minutes, and
// each application trusts that issuer and subject:
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation.

// Variables that say where such a token comes from.
const (
	// A file that somebody else renews.
	tokenFileVariable = "AZURE_FEDERATED_TOKEN_FILE"

	// GitHub Actions, in a job with "id-token: write":
	// https://docs.github.com/actions/reference/security/oidc.
	githubURL   = "ACTIONS_ID_TOKEN_REQUEST_URL"
	githubToken = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"

	// Azure Pipelines, in a step that maps System.AccessToken:
	// https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create.
	pipelinesURL        = "SYSTEM_OIDCREQUESTURI"
	pipelinesToken      = "SYSTEM_ACCESSTOKEN"
	pipelinesConnection = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"
)

// issuer asks whoever runs this machine for a token that says who it is. Its own
// proof goes to the one address that the environment names, and nowhere else.
type issuer struct {
	name    string // in messages
	method  string
	address *url.URL
	header  http.Header
	member  string // of the answer that holds the token
	hint    string
	http    *http.Client
}

// assertion finds out where the token of a federated credential comes from: the
// file that is named, or else the issuer that the environment names. It asks anew
// for each token request. azidentity's own workload identity credential keeps what it
// read for ten minutes, as suits Kubernetes; the tokens of GitHub Actions live five
// and those of Azure Pipelines ten.
func (a Auth) assertion(next http.RoundTripper) (func(context.Context) (string, error), error) {
	if file := cmp.Or(a.TokenFile, os.Getenv(tokenFileVariable)); file != "" {
		return func(context.Context) (string, error) {
			token, err := os.ReadFile(file)
			return strings.TrimSpace(string(token)), err
		}, nil
	}

	from, err := a.issuer()
	if err != nil {
		return nil, err
	}

	from.http = &http.Client{
		Transport:     next,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       tokenTimeout,
	}
	return from.token, nil
}

// issuer is the one that the environment names.
func (a Auth) issuer() (*issuer, error) {
	switch {
	case os.Getenv(githubURL) != "":
		return newIssuer(githubURL, githubToken, issuer{
			name: "GitHub Actions", method: http.MethodGet, member: "value",
			hint: "the job needs permissions: id-token: write",
		}, url.Values{"audience": {a.Cloud.resolve().exchange()}})

	case os.Getenv(pipelinesURL) != "":
		connection := os.Getenv(pipelinesConnection)
		if connection == "" {
			return nil, fmt.Errorf("%s is not set: it is the id of the service connection that the job signs in with",
				pipelinesConnection)
		}
		return newIssuer(pipelinesURL, pipelinesToken, issuer{
			name: "Azure Pipelines", method: http.MethodPost, member: "oidcToken",
			header: http.Header{"X-TFS-FedAuthRedirect": {"Suppress"}}, // 401 instead of a page to sign in
			hint:   "check the service connection, and that the step maps System.AccessToken",
		}, url.Values{"api-version": {"7.1"}, "serviceConnectionId": {connection}})
	}

	return nil, fmt.Errorf("no identity token: %s is not set, it names the file with the workload identity token; "+
		"nor is %s (GitHub Actions) or %s (Azure Pipelines)", tokenFileVariable, githubURL, pipelinesURL)
}

// newIssuer completes an issuer with the address and the proof that two variables
// hold.
func newIssuer(address, proof string, i issuer, query url.Values) (*issuer, error) {
	if os.Getenv(proof) == "" {
		return nil, fmt.Errorf("%s is set, and %s is not: %s", address, proof, i.hint)
	}

	u, err := url.Parse(os.Getenv(address))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("%s is not an https address", address)
	}

	all := u.Query()
	for name, values := range query {
		all[name] = values
	}
	u.RawQuery = all.Encode()

	if i.header == nil {
		i.header = http.Header{}
	}
	i.address = u
	i.header.Set("Authorization", "Bearer "+os.Getenv(proof))
	i.header.Set("Accept", "application/json")
	return &i, nil
}

// maxAssertion bounds an issuer's answer, in bytes.
const maxAssertion = 64 << 10

// token asks for one token. Neither it nor the proof is in an error.
func (i *issuer) token(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, i.method, i.address.String(), nil)
	if err != nil {
		return "", err
	}
	req.Header = i.header.Clone()

	resp, err := i.http.Do(req)
	if err != nil {
		return "", fmt.Errorf("%s gave no identity token: %s", i.name, failure(err, tokenTimeout).Message)
	}
	defer resp.Body.Close()

	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s gave no identity token, it answered %d %s: %s",
			i.name, resp.StatusCode, http.StatusText(resp.StatusCode), i.hint)
	}

	var answer map[string]any
	err = json.NewDecoder(io.LimitReader(resp.Body, maxAssertion)).Decode(&answer)
	token, _ := answer[i.member].(string)
	if err != nil || token == "" {
		return "", fmt.Errorf("%s gave no identity token: its answer has no %q", i.name, i.member)
	}

	return token, nil
}

// exchange is the audience that identity tokens must have in a cloud:
// https://learn.microsoft.com/graph/api/resources/federatedidentitycredential.
func (c Cloud) exchange() string {
	switch c.Name {
	case "usgov":
		return "api://AzureADTokenExchangeUSGov"
	case "china":
		return "api://AzureADTokenExchangeChina"
	}
	return "api://AzureADTokenExchange"
}
