package keyvault

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	owner     = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	authority = `authorization="https://login.microsoftonline.com/` + owner + `"`
)

func TestParseChallenge(t *testing.T) {
	vault := Challenge{owner, "login.microsoftonline.com", "https://vault.azure.net"}
	noResource := Challenge{owner, "login.microsoftonline.com", ""}
	for _, tc := range []struct {
		name    string
		headers []string
		want    Challenge // zero: an error
	}{
		{"a vault", []string{`Bearer ` + authority + `, resource="https://vault.azure.net"`}, vault},
		{"a scope", []string{`Bearer ` + authority + `, scope="https://vault.azure.net"`}, vault},
		{"any case", []string{`bearer AUTHORIZATION="HTTPS://Login.MicrosoftOnline.com/72F988BF-86F1-41AF-91AB-2D7CD011DB47/"`}, noResource},
		{"authorization_uri", []string{`Bearer authorization_uri="https://login.microsoftonline.com/` + owner + `"`}, noResource},
		{"another scheme before", []string{`Negotiate YII+/a==, Bearer ` + authority}, noResource},
		{"another scheme behind", []string{`Bearer ` + authority + `, PoP`}, noResource},
		{"another scheme with parameters", []string{`Digest realm="a, Bearer b", qop=auth, Bearer ` + authority}, noResource},
		{"in another header", []string{`Negotiate`, `Bearer ` + authority}, noResource},
		{"the same twice", []string{`Bearer ` + authority, `Bearer ` + authority}, noResource},
		{"empty elements", []string{`, ,Bearer  ` + authority + ` , ,`}, noResource},
		{"escapes", []string{`Bearer error="a \"b\", authorization=", ` + authority}, noResource},

		{"nothing", nil, Challenge{}},
		{"no Bearer", []string{`Negotiate`}, Challenge{}},
		{"no parameters", []string{`Bearer`}, Challenge{}},
		{"no authority", []string{`Bearer resource="https://vault.azure.net"`}, Challenge{}},
		{"no tenant", []string{`Bearer authorization="https://login.microsoftonline.com/common"`}, Challenge{}},
		{"a tenant's name", []string{`Bearer authorization="https://login.microsoftonline.com/fabrikam.example"`}, Challenge{}},
		{"no https", []string{`Bearer authorization="http://login.microsoftonline.com/` + owner + `"`}, Challenge{}},
		{"user information", []string{`Bearer authorization="https://login.microsoftonline.com@evil.example/` + owner + `", x=y, authorization_uri=z`},
			Challenge{}},
		{"a tenant below another path", []string{`Bearer authorization="https://login.microsoftonline.com/x/` + owner + `"`}, Challenge{}},
		{"two tenants", []string{`Bearer ` + authority, `Bearer authorization="https://login.microsoftonline.com/00000000-0000-4000-8000-000000000001"`},
			Challenge{}},
		{"an authority twice", []string{`Bearer ` + authority + `, authorization="https://x.example/` + owner + `"`}, Challenge{}},
		{"a text without an end", []string{`Bearer authorization="https://login.microsoftonline.com/` + owner}, Challenge{}},
		{"a parameter first", []string{authority}, Challenge{}},
		{"a value that is none", []string{`Bearer authorization=`}, Challenge{}},
		{"markup", []string{`<script>`}, Challenge{}},
	} {
		got, err := ParseChallenge(tc.headers)
		if d := cmp.Diff(tc.want, got); d != "" || (err == nil) != (tc.want != Challenge{}) {
			t.Errorf("%s: %v\n%s", tc.name, err, d)
		}
	}
}

var plainTenant = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// FuzzParseChallenge: whatever a host answers, a tenant is a GUID, and what was read
// reads the same when it is written again.
func FuzzParseChallenge(f *testing.F) {
	f.Add(`Bearer `+authority+`, resource="https://vault.azure.net"`, "")
	f.Add(`Negotiate YII=, Bearer `+authority, `Digest realm="a, b"`)
	f.Add(`Bearer authorization="\"`, `=,="`)
	f.Fuzz(func(t *testing.T, first, second string) {
		got, err := ParseChallenge([]string{first, second})
		if err != nil {
			if got != (Challenge{}) {
				t.Errorf("an error and %+v", got)
			}
			return
		}
		if !plainTenant.MatchString(got.TenantID) || got.Host == "" {
			t.Errorf("%q, %q: %+v", first, second, got)
		}

		again, err := ParseChallenge([]string{fmt.Sprintf(`Bearer authorization="https://%s/%s"`, got.Host, got.TenantID)})
		if err != nil || again.TenantID != got.TenantID || again.Host != got.Host {
			t.Errorf("%+v reads as %+v: %v", got, again, err)
		}
	})
}
