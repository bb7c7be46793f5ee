package collectors

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"ringfence/collectors/graph"
	"ringfence/collectors/snapshot"
)

// readOnly is the only way out to a tenant: it refuses whatever is not a read,
// and every address outside the pinned one, before a byte is sent.
type readOnly struct {
	pin  pin
	next http.RoundTripper
}

// refusedError says that a request was not sent.
type refusedError struct{ Reason string }

func (e *refusedError) Error() string { return "refused to send: " + e.Reason }

// NonRetriable tells azcore's pipeline that trying again is of no use.
func (e *refusedError) NonRetriable() {}

func (t *readOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.check(req); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}

	return t.next.RoundTrip(req)
}

// readOnlyPosts are the POSTs that only read:
// https://learn.microsoft.com/graph/json-batching (of GETs, checked),
// https://learn.microsoft.com/graph/api/directoryobject-getbyids,
// https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
var readOnlyPosts = regexp.MustCompile(`^/(v1\.0|beta)/(\$batch|directoryObjects/getByIds)$|^/providers/Microsoft\.ResourceGraph/resources$`)

func (t *readOnly) check(req *http.Request) error {
	if err := t.pin.check(req.URL); err != nil {
		return &refusedError{err.Error()}
	}
	if req.Host != "" && req.Host != req.URL.Host {
		return &refusedError{fmt.Sprintf("the Host header says %q", req.Host)}
	}

	path := strings.TrimPrefix(req.URL.Path, t.pin.base.Path)
	switch {
	case req.Method == http.MethodGet && (req.Body == nil || req.Body == http.NoBody):
		return nil
	case req.Method == http.MethodPost && readOnlyPosts.MatchString(path):
		if strings.HasSuffix(path, "/$batch") {
			return checkBatch(req)
		}
		return nil
	}

	return &refusedError{fmt.Sprintf("%s %s is not on the list of reads", req.Method, path)}
}

// checkBatch lets through a batch of few GETs only.
func checkBatch(req *http.Request) error {
	if req.Body == nil {
		return &refusedError{"a batch without a body"}
	}

	raw, err := io.ReadAll(req.Body)
	req.Body.Close()

	if err != nil {
		return err
	}

	req.Body = io.NopCloser(bytes.NewReader(raw))
	body, err := snapshot.ParseObject(raw)
	list, ok := body["requests"].([]any)
	if err != nil || !ok {
		return &refusedError{"a batch that cannot be read"}
	}
	if len(list) > graph.BatchSize {
		return &refusedError{fmt.Sprintf("a batch of %d requests", len(list))}
	}

	other := func(v any) bool {
		item, _ := v.(map[string]any)
		path, _ := item["url"].(string)
		to, err := url.Parse(path)

		return item["method"] != http.MethodGet || err != nil || to.Host != "" || !strings.HasPrefix(path, "/") || dotted(to.Path)
	}
	if slices.ContainsFunc(list, other) {
		return &refusedError{"a batch with a request that is not a GET below the API's address"}
	}

	return nil
}

// pin is the one place that requests and next links may go to: scheme, host,
// port and the path that every address begins with.
type pin struct{ base *url.URL }

func (p pin) check(u *url.URL) error {
	switch {
	case u.Scheme != "https" || p.base.Scheme != "https":
		return fmt.Errorf("%s is not https", u.Scheme)
	case u.User != nil || u.Opaque != "":
		return fmt.Errorf("an address with user information")
	case hostPort(u) != hostPort(p.base):
		return fmt.Errorf("host %s is not %s", u.Host, p.base.Host)
	case !strings.HasPrefix(u.Path, p.base.Path+"/") || dotted(u.Path):
		return fmt.Errorf("path %q is not below %q", u.Path, p.base.Path+"/")
	}

	return nil
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

// dotted: a path with "." or ".." segments may mean another one to the server.
func dotted(path string) bool {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })
	return slices.Contains(segments, "..") || slices.Contains(segments, ".")
}

// roots makes the transport below all others.
func roots(pem []byte) (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}

	if len(pem) > 0 {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, &ConfigError{"the cloud's CA file holds no PEM certificate"}
		}
		t.TLSClientConfig.RootCAs = pool
	}

	return t, nil
}
