// Package arm reads Azure Resource Manager: raw bytes through azcore's
// pipeline, without the typed clients (they drop what they do not know).
//
// A [Unit] is what is asked for one dataset, and makes the address of its first
// page. A [Client] sends one request for each Get or Query. Paging, retries, host
// pinning of the transport and the read-only rule are the caller's, shared with
// package graph.
package arm

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"ringfence/collectors/snapshot"
)

// Config makes a Client; every field is required.
type Config struct {
	Base       *url.URL               // https
	Audience   string                 // of the token, without "/.default"
	Authority  string                 // the cloud's Entra endpoint
	Credential azcore.TokenCredential // tokens go to Base's host only
	Transport  http.RoundTripper      // retries, pins, reads whole bodies
	UserAgent  string                 // at most 24 characters are sent
}

// Client reads Azure Resource Manager.
type Client struct {
	base     *url.URL
	pipeline runtime.Pipeline
}

// NewClient makes a client that never registers a resource provider (that
// would be a write to the subscription) and leaves retries to the transport.
func NewClient(cfg Config) (*Client, error) {
	options := &arm.ClientOptions{
		DisableRPRegistration: true,
		ClientOptions: policy.ClientOptions{
			Cloud: cloud.Configuration{
				ActiveDirectoryAuthorityHost: cfg.Authority,
				Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
					cloud.ResourceManager: {Endpoint: cfg.Base.String(), Audience: cfg.Audience},
				},
			},
			Retry:     policy.RetryOptions{MaxRetries: -1},
			Telemetry: policy.TelemetryOptions{ApplicationID: cfg.UserAgent},
			Transport: &http.Client{
				Transport:     cfg.Transport,
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			},
		},
	}

	c, err := arm.NewClient("ringfence", "v1.0.0", cfg.Credential, options)
	if err != nil {
		return nil, fmt.Errorf("making an ARM client: %w", err)
	}

	return &Client{base: cfg.Base, pipeline: c.Pipeline()}, nil
}

// Get returns the body of one GET, byte for byte. An error answer is a
// *snapshot.Evidence
// (https://learn.microsoft.com/rest/api/azure/#async-operations-throttling-and-paging).
func (c *Client) Get(ctx context.Context, u *url.URL) ([]byte, error) {
	body, _, err := c.send(ctx, http.MethodGet, u, nil)
	return body, err
}

// Query posts one Resource Graph query to u and returns the answer, byte for byte.
// limited: the caller has more subscriptions than a query looks at
// (https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests).
func (c *Client) Query(ctx context.Context, u *url.URL, query []byte) (body []byte, limited bool, err error) {
	body, header, err := c.send(ctx, http.MethodPost, u, query)
	return body, strings.EqualFold(header.Get("x-ms-tenant-subscription-limit-hit"), "true"), err
}

// send sends one request, with a payload unless that is nil.
func (c *Client) send(
	ctx context.Context, method string, u *url.URL, payload []byte,
) ([]byte, http.Header, error) {
	if u.Scheme != "https" || u.Host != c.base.Host {
		return nil, nil, fmt.Errorf("no token is sent to %s://%s", u.Scheme, u.Host)
	}

	req, err := runtime.NewRequest(ctx, method, u.String())
	if err != nil {
		return nil, nil, err
	}

	req.Raw().Header.Set("Accept", "application/json")
	if payload != nil {
		body := streaming.NopCloser(bytes.NewReader(payload))
		if err := req.SetBody(body, "application/json"); err != nil {
			return nil, nil, err
		}
	}

	resp, err := c.pipeline.Do(req)
	if err != nil {
		return nil, nil, err
	}

	body, err := runtime.Payload(resp)
	if err != nil {
		return nil, nil, err
	}
	if !runtime.HasStatusCode(resp, http.StatusOK) {
		return nil, nil, evidence(resp, body)
	}

	return body, resp.Header, nil
}

// evidence is what an error answer says: {"error": {"code": …, "message": …}}.
func evidence(resp *http.Response, body []byte) *snapshot.Evidence {
	e := &snapshot.Evidence{HTTPStatus: resp.StatusCode, RequestID: resp.Header.Get("x-ms-request-id")}
	m, err := snapshot.ParseObject(body)
	detail, ok := m["error"].(map[string]any)
	if err != nil || !ok {
		e.Message = "the error answer has no readable body"
		return e
	}

	e.Code, _ = detail["code"].(string)
	e.Message, _ = detail["message"].(string)
	return e
}
