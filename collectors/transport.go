package collectors

import (
	"bytes"
	"cmp"
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
	pin   pin
	posts []readOnlyPost
	next  http.RoundTripper
}

// readOnlyPost is a POST that only reads: its path below the API's address, and
// what refuses its body (nil: any body will do).
type readOnlyPost struct {
	path  *regexp.Regexp
	check func(*http.Request) error
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

func (t *readOnly) check(req *http.Request) error {
	if err := t.pin.check(req.URL); err != nil {
		return &refusedError{err.Error()}
	}
	if req.Host != "" && req.Host != req.URL.Host {
		return &refusedError{fmt.Sprintf("the Host header says %q", req.Host)}
	}
	if req.Method == http.MethodGet && (req.Body == nil || req.Body == http.NoBody) {
		return nil
	}

	path := strings.TrimPrefix(req.URL.Path, t.pin.base.Path)
	for _, post := range t.posts {
		if req.Method == http.MethodPost && post.path.MatchString(path) {
			if post.check == nil {
				return nil
			}
			return post.check(req)
		}
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
	items, ok := body["requests"].([]any)
	if err != nil || !ok {
		return &refusedError{"a batch that cannot be read"}
	}
	if len(items) > graph.BatchSize {
		return &refusedError{fmt.Sprintf("a batch of %d requests", len(items))}
	}

	for _, item := range items {
		if !isGetBelow(item) {
			return &refusedError{"a batch with a request that is not a GET below the API's address"}
		}
	}
	return nil
}

// isGetBelow: an item of a batch asks with GET for a path below the batch's own
// address.
func isGetBelow(item any) bool {
	request, _ := item.(map[string]any)
	path, _ := request["url"].(string)
	to, err := url.Parse(path)
	return request["method"] == http.MethodGet && err == nil && to.Host == "" &&
		strings.HasPrefix(path, "/") && !dotted(to.Path)
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

// hostPort is the host in lower case and the port, for comparing.
func hostPort(u *url.URL) string {
	return strings.ToLower(u.Hostname()) + ":" + cmp.Or(u.Port(), "443")
}

// dotted: a path with "." or ".." segments may mean another one to the server.
func dotted(path string) bool {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })
	return slices.Contains(segments, "..") || slices.Contains(segments, ".")
}

// roots makes the transport below all others, which trusts the authorities in pem
// (nil: the system's).
func roots(pem []byte) (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if len(pem) == 0 {
		return t, nil
	}

	t.TLSClientConfig.RootCAs = x509.NewCertPool()
	if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
		return nil, &ConfigError{"the cloud's CA file holds no PEM certificate"}
	}
	return t, nil
}
