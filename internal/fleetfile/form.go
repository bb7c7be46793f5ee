package fleetfile

import (
	"net/mail"
	"net/url"
	"regexp"
	"ringfence/engine/intent"
	"slices"
	"strings"
	"time"
)

// form is what a string must look like: in words, as a function to its normal
// form, and the words to suggest.
type form struct {
	want    string
	norm    func(string) (string, bool)
	options []string
}

// The values of an exception's kind.
const (
	kindFinding = "finding"
	kindGap     = "evidence-gap"
)

const (
	guidPattern = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
	labelWords  = "at most 63 letters a-z, digits and -, starting with a letter"
)

var (
	labelPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	gatePattern  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

	anyText = form{want: "some text", norm: func(s string) (string, bool) {
		s = strings.TrimSpace(s)
		return s, s != ""
	}}
	guid     = pattern("a GUID such as 00000000-0000-4000-8000-000000000000", strings.ToLower, guidPattern)
	digest   = pattern("a SHA-256 digest of 64 hexadecimal digits", strings.ToLower, `[0-9a-f]{64}`)
	domain   = pattern("a domain name such as fabrikam.example", strings.ToLower, `[a-z0-9_]([a-z0-9_-]{0,62}\.)+[a-z0-9-]{2,63}`)
	region   = pattern(`an Azure region such as "westeurope"`, squeezed, `[a-z][a-z0-9]{1,62}`)
	geo      = pattern(`a Microsoft 365 geography code of three letters such as "EUR"`, strings.ToUpper, `[A-Z]{3}`)
	country  = pattern(`an ISO 3166 country code of two letters such as "DE"`, strings.ToUpper, `[A-Z]{2}`)
	cellName = pattern("a name of "+labelWords, same, `[a-z][a-z0-9-]{0,62}`)
	vaultID  = pattern("the ARM id of a Key Vault or managed HSM (/subscriptions/<guid>/resourceGroups/<group>/providers/Microsoft.KeyVault/vaults/<name>)",
		strings.ToLower, `/subscriptions/`+guidPattern+`/resourcegroups/[^/\s]{1,90}/providers/microsoft\.keyvault/(vaults|managedhsms)/[a-z0-9-]{1,127}`)
	credential = pattern(`one of "azidentity", "federated", "env:NAME", "file:PATH"`, same, `azidentity|federated|env:[A-Za-z_][A-Za-z0-9_]*|file:[^\x00-\x1f\x7f]+`)

	age = form{want: `a duration such as "24h" or "365d" (a number with m, h or d)`, norm: func(s string) (string, bool) {
		_, err := intent.ParseAge(s)
		return s, err == nil
	}}
	date = form{want: `a date such as "2027-01-31"`, norm: func(s string) (string, bool) {
		_, err := time.Parse(time.DateOnly, s)
		return s, err == nil
	}}
	email = form{want: "an email address", norm: func(s string) (string, bool) {
		a, err := mail.ParseAddress(s)
		return s, err == nil && a.Address == s
	}}
	endpoint = form{want: `a base URL such as "https://127.0.0.1:8443/graph"`, norm: func(s string) (string, bool) {
		u, err := url.Parse(s)
		ok := err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
		return strings.TrimRight(s, "/"), ok
	}}
)

// oneOf is the form of an enumeration.
func oneOf(options ...string) form {
	want := `one of "` + strings.Join(options, `", "`) + `"`
	return form{want, func(s string) (string, bool) { return s, slices.Contains(options, s) }, options}
}

// pattern is the form of what matches the whole expression after norm.
func pattern(want string, norm func(string) string, expr string) form {
	re := regexp.MustCompile(`^(?:` + expr + `)$`)
	return form{want: want, norm: func(s string) (string, bool) {
		s = norm(s)
		return s, re.MatchString(s)
	}}
}

// IsLabel reports whether a name may be the label of a client or a reviewer.
func IsLabel(name string) bool { return labelPattern.MatchString(name) }

func same(s string) string { return s }

// squeezed is a region's ARM name: "West Europe" is westeurope.
func squeezed(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
