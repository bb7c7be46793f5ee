package graph

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
)

// batchClient answers every request with body, and keeps what was sent.
func batchClient(t *testing.T, body string) (c *Client, base *url.URL, sent *[]string) {
	t.Helper()
	base, _ = url.Parse("https://graph.example/graph")
	sent = &[]string{}
	c, err := NewClient(Config{Base: base, Scope: "s/.default", Credential: credential{}, UserAgent: "test",
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			b, _ := io.ReadAll(r.Body)
			*sent = append(*sent, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+r.Header.Get("Authorization")+" "+string(b))
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}

	return c, base, sent
}

func TestBatch(t *testing.T) {
	c, base, sent := batchClient(t, `{"responses":[
		{"id":"2","status":429,"headers":{"retry-after":"2.128"},"body":{"error":{"code":"TooManyRequests","message":"m","innerError":{"request-id":"r"}}}},
		{"id":"1","status":200,"body":{"value":[],"n":9007199254740993}}]}`)
	one, _ := base.Parse("/graph/beta/groups/1/members?$select=id&$top=999")
	two, _ := base.Parse("/graph/beta/groups/2/members")
	items, err := c.Batch(t.Context(), "beta", []*url.URL{one, two})
	if err != nil {
		t.Fatal(err)
	}

	if d := cmp.Diff([]string{`POST /graph/beta/$batch application/json Bearer t {"requests":[` +
		`{"id":"1","method":"GET","url":"/groups/1/members?$select=id\u0026$top=999"},{"id":"2","method":"GET","url":"/groups/2/members"}]}`}, *sent); d != "" {
		t.Error(d)
	}

	want := &snapshot.Evidence{HTTPStatus: 429, Code: "TooManyRequests", Message: "m", RequestID: "r"}
	if d := cmp.Diff(want, items[1].Evidence()); d != "" || items[1].Header.Get("Retry-After") != "2.128" {
		t.Error(d)
	}

	if items[0].Status != 200 || items[0].Problem != "" || snapshotText(items[0].Body["n"]) != "9007199254740993" {
		t.Errorf("%+v", items[0])
	}
}

func snapshotText(v any) string {
	b, _ := snapshot.Canonical(v)
	return strings.Trim(string(b), `"`)
}

// TestBatchRefuses: more than a batch may hold, and addresses elsewhere, before
// anything is sent.
func TestBatchRefuses(t *testing.T) {
	c, base, sent := batchClient(t, `{"responses":[]}`)
	many := make([]*url.URL, BatchSize+1)
	for i := range many {
		many[i] = base.JoinPath("beta", "x")
	}

	other, _ := url.Parse("https://other.example/graph/beta/x")
	for _, addresses := range [][]*url.URL{many, {other}, {base.JoinPath("v1.0", "x")}} {
		if _, err := c.Batch(t.Context(), "beta", addresses); err == nil {
			t.Errorf("%d: %v", len(addresses), addresses[0])
		}
	}

	if len(*sent) > 0 {
		t.Errorf("%q", *sent)
	}
}

func FuzzReadBatch(f *testing.F) {
	for _, s := range []string{`{"responses":[{"id":"1","status":200,"body":{}}]}`, `{"responses":[{"id":"01","status":200}]}`,
		`{"responses":[{"id":"2","status":1e9,"headers":{"a":null},"body":"x"},{"id":"2"}]}`, `{"responses":[7]}`, `[]`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		items, err := readBatch(data, 2)
		if err != nil {
			var e *snapshot.Evidence
			if !errors.As(err, &e) || e.Code != "malformed_answer" {
				t.Error(err)
			}
			return
		}

		for _, item := range items {
			if item.Problem == "" && (item.Status < 100 || item.Status == 200 && item.Body == nil) {
				t.Errorf("%+v", item)
			}
			item.Evidence()
		}
	})
}
