package graph

import (
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
)

func TestURL(t *testing.T) {
	base, _ := url.Parse("https://127.0.0.1:8443/graph")
	s := &snapshot.Schema{Source: snapshot.Source{Version: "v1.0", Endpoint: "/users"},
		Property: snapshot.Property{Properties: map[string]*snapshot.Property{"id": {}, "accountEnabled": {}}}}
	for want, u := range map[string]Unit{
		"https://127.0.0.1:8443/graph/v1.0/users":                           {},
		"https://127.0.0.1:8443/graph/v1.0/users?$select=accountEnabled,id": {Select: true},
	} {
		if got := u.URL(base, s).String(); got != want {
			t.Errorf("%s, want %s", got, want)
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
