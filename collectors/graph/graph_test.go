package graph

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"ringfence/collectors/snapshot"
)

func TestURL(t *testing.T) {
	base, _ := url.Parse("https://127.0.0.1:8443/graph")
	for _, tc := range []struct {
		endpoint string
		unit     Unit
		params   map[string]string
		want     string // "" for an error
	}{
		{"/users", Unit{}, nil, "/users"},
		{"/users?$select=id,mail", Unit{Top: 999}, nil, "/users?$select=id,mail&$top=999"},
		{"/groups/{g}/members", Unit{}, map[string]string{"g": "a/../b?c"}, "/groups/a%2F..%2Fb%3Fc/members"},
		{"/x?$filter=groupId eq '{g}'", Unit{}, map[string]string{"g": "o'id&$top=1"}, "/x?$filter=groupId%20eq%20'o''id%26$top%3D1'"},
		{"/groups/{g}/members", Unit{}, nil, ""},
		{"/{g}/x", Unit{}, map[string]string{"g": "/a/../b"}, ""},
		{"/{g}/x", Unit{}, map[string]string{"g": "/a/b c"}, "/a/b%20c/x"},
	} {
		s := &snapshot.Schema{Source: snapshot.Source{Version: "v1.0", Endpoint: tc.endpoint}}
		got, err := tc.unit.URL(base, s, tc.params)
		if (err == nil) != (tc.want != "") || err == nil && got.String() != base.String()+"/v1.0"+tc.want {
			t.Errorf("%s: %v %v", tc.endpoint, got, err)
		}
	}
}

// TestNoTypedModels: the typed SDK is half a gigabyte of compiler memory a
// flavour; of it, only the error type may be linked.
func TestNoTypedModels(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range strings.Fields(string(out)) {
		if strings.HasPrefix(p, "github.com/microsoftgraph/msgraph-sdk-go/") && !strings.HasSuffix(p, "/models/odataerrors") {
			t.Errorf("%s is linked", p)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type credential struct{}

func (credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t"}, nil
}

// TestNoTokenElsewhere: the client itself refuses, whatever the transport does.
func TestNoTokenElsewhere(t *testing.T) {
	base, _ := url.Parse("https://graph.example:8443/graph")
	var sent []string
	c, err := NewClient(Config{Base: base, Scope: "s/.default", Credential: credential{}, UserAgent: "test",
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = append(sent, r.URL.Host+" "+r.Header.Get("Authorization"))
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}

	for _, address := range []string{"https://other.example:8443/graph/v1.0/x", "https://graph.example/graph/v1.0/x", "http://graph.example:8443/graph/v1.0/x"} {
		u, _ := url.Parse(address)
		if _, err := c.Get(t.Context(), u); err == nil {
			t.Errorf("%s: no error", address)
		}
	}

	if body, err := c.Get(t.Context(), base.JoinPath("v1.0", "x")); err != nil || string(body) != "{}" {
		t.Errorf("%s %v", body, err)
	}

	if len(sent) != 1 || sent[0] != "graph.example:8443 Bearer t" {
		t.Errorf("%q", sent)
	}
}
