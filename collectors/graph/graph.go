// Package graph reads Microsoft Graph: raw bytes through the SDK's core
// adapter, without the typed models (they re-type numbers and drop what they
// do not know).
//
// A [Unit] is what is asked for one dataset, and makes the address of its first
// page. A [Client] sends one request for each Get or Batch. Paging, retries, host
// pinning of the transport and the read-only rule are the caller's, shared with
// package arm.
package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	khttp "github.com/microsoft/kiota-http-go"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"

	"ringfence/collectors/snapshot"
)

// Config makes a Client; every field is required.
type Config struct {
	Base       *url.URL               // https, without the API version
	Scope      string                 // "https://graph.microsoft.com/.default"
	Credential azcore.TokenCredential // tokens go to Base's host only
	Transport  http.RoundTripper      // retries, pins, reads whole bodies
	UserAgent  string
}

// Client reads Microsoft Graph.
type Client struct {
	base    *url.URL
	adapter *core.GraphRequestAdapterBase
}

// NewClient makes a client with an explicit middleware list: the SDK's default
// list is in random order and compresses request bodies.
func NewClient(cfg Config) (*Client, error) {
	agent := khttp.NewUserAgentHandlerOptions()
	agent.ProductName, agent.ProductVersion = cfg.UserAgent, "1"
	middleware := []khttp.Middleware{&observer{}, khttp.NewUserAgentHandlerWithOptions(agent)}
	httpClient := &http.Client{
		Transport:     khttp.NewCustomTransportWithParentTransport(cfg.Transport, middleware...),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}

	nodes := serialization.NewParseNodeFactoryRegistry()
	nodes.ContentTypeAssociatedFactories["application/json"] = kjson.NewJsonParseNodeFactory()
	adapter, err := core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&bearer{cfg}, core.GraphClientOptions{}, nodes, nil, httpClient)
	if err != nil {
		return nil, fmt.Errorf("making a Graph client: %w", err)
	}

	adapter.SetBaseUrl(cfg.Base.String())
	return &Client{cfg.Base, adapter}, nil
}

// errorMappings parse the body of every error answer.
var errorMappings = abstractions.ErrorMappings{"XXX": odataerrors.CreateODataErrorFromDiscriminatorValue}

// Get returns the body of one GET, byte for byte. An error answer is a
// *snapshot.Evidence (https://learn.microsoft.com/graph/errors).
func (c *Client) Get(ctx context.Context, u *url.URL) ([]byte, error) {
	ri := abstractions.NewRequestInformation()
	ri.Method = abstractions.GET
	ri.SetUri(*u)

	return c.send(ctx, ri)
}

func (c *Client) send(ctx context.Context, ri *abstractions.RequestInformation) ([]byte, error) {
	seen := &answer{}
	ctx = context.WithValue(ctx, answerKey{}, seen)
	ri.Headers.Add("Accept", "application/json")
	body, err := c.adapter.SendPrimitive(ctx, ri, "[]byte", errorMappings)
	if seen.status >= http.StatusBadRequest {
		return nil, seen.evidence(err)
	}
	if err != nil {
		return nil, err
	}

	data, _ := body.([]byte)
	return data, nil
}

// answer is what the middleware saw of a response: the adapter loses it where
// an error body is not JSON.
type answer struct {
	status    int
	requestID string
}

type answerKey struct{}

// observer is the middleware that fills in the answer of a request's context.
type observer struct{}

func (*observer) Intercept(p khttp.Pipeline, index int, req *http.Request) (*http.Response, error) {
	resp, err := p.Next(req, index)
	if a, ok := req.Context().Value(answerKey{}).(*answer); ok && err == nil {
		a.status, a.requestID = resp.StatusCode, resp.Header.Get("request-id")
	}
	return resp, err
}

// evidence is what an error answer says.
func (a *answer) evidence(err error) *snapshot.Evidence {
	e := &snapshot.Evidence{HTTPStatus: a.status, RequestID: a.requestID}
	var odata *odataerrors.ODataError
	if !errors.As(err, &odata) || odata.GetErrorEscaped() == nil {
		e.Message = "the error answer has no readable body"
		return e
	}

	if code := odata.GetErrorEscaped().GetCode(); code != nil {
		e.Code = *code
	}
	if message := odata.GetErrorEscaped().GetMessage(); message != nil {
		e.Message = *message
	}
	return e
}

// bearer puts the token on requests to Base's host and fails on any other: the
// SDK's own provider would send the request without a token, or to any host.
type bearer struct{ Config }

func (b *bearer) AuthenticateRequest(
	ctx context.Context, ri *abstractions.RequestInformation, _ map[string]any,
) error {
	u, err := ri.GetUri()
	if err != nil {
		return err
	}
	if u.Scheme != "https" || u.Scheme != b.Base.Scheme || u.Host != b.Base.Host {
		return fmt.Errorf("no token is sent to %s://%s", u.Scheme, u.Host)
	}

	token, err := b.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{b.Scope}})
	if err != nil {
		return err
	}

	ri.Headers.Remove("Authorization")
	ri.Headers.Add("Authorization", "Bearer "+token.Token)
	return nil
}
