package arm

import (
	"net/url"
	"testing"

	"ringfence/collectors/snapshot"
)

func TestURL(t *testing.T) {
	base, _ := url.Parse("https://127.0.0.1:8443/arm")
	for _, tc := range []struct {
		endpoint string
		params   map[string]string
		want     string // "" for an error
	}{
		{"/subscriptions", nil, "https://127.0.0.1:8443/arm/subscriptions?api-version=1"},
		{"/subscriptions/{s}/x", map[string]string{"s": "a"}, "https://127.0.0.1:8443/arm/subscriptions/a/x?api-version=1"},
		{"/subscriptions/{s}/x", map[string]string{"s": "../../b?c=d#e"}, "https://127.0.0.1:8443/arm/subscriptions/..%2F..%2Fb%3Fc=d%23e/x?api-version=1"},
		{"/x?$filter=assignedTo('{p}')", map[string]string{"p": "o'id"}, "https://127.0.0.1:8443/arm/x?%24filter=assignedTo%28%27o%27%27id%27%29&api-version=1"},
		{"/subscriptions/{s}/x", map[string]string{"s": ""}, ""},
		{"/subscriptions/{s}/x", map[string]string{"t": "a"}, ""},
	} {
		s := &snapshot.Schema{Source: snapshot.Source{Version: "1", Endpoint: tc.endpoint}}
		got, err := Unit{}.URL(base, s, tc.params)
		if (err == nil) != (tc.want != "") || err == nil && got.String() != tc.want {
			t.Errorf("%s: %v %v", tc.endpoint, got, err)
		}
	}
}
