package snapshot

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// secretEnds are the ends of names that hold a secret in some API of Microsoft,
// whatever a schema says: letters in lower case, digits and a plural at the end left
// out, so that "adminPassword", "Primary_Key", "authKey2" and "apiKeys" are among them.
// "passwordPolicies", "lastPasswordChangeDateTime" and "secrets" (the rights
// that an access policy grants) are not.
var secretEnds = []string{
	"password", "passwd", "passphrase", "pwd", "passwordprofile", "temporaryaccesspass",
	"secrettext", "secretvalue", "clientsecret", "appsecret", "applicationsecret", "sharedsecret", "webhooksecret", "secretkey",
	"connectionstring", "connectionstrings", "sharedaccesssignature", "sasuri", "sasurl", "saskey",
	"accountkey", "accesskey", "sharedkey", "presharedkey", "primarykey", "secondarykey", "primarymasterkey", "secondarymasterkey", "masterkey",
	"privatekey", "privatekeypem", "privatekeyblob", "keymaterial", "symmetrickey", "apikey", "authkey", "authorizationkey", "subscriptionkey",
	"functionkey", "adminkey", "querykey", "recoverykey", "activationkey", "hmackey", "pfxblob", "pfxdata", "pfx",
	"passwordhash", "secrethash", "securevalue", "securestring", "secureobject", "protectedsetting",
}

// valueEnds hold a secret where the value is a text. An object may be a policy
// about it: optionalClaims has "accessToken", a list of claims. A key that no schema
// knows may be anybody's.
var valueEnds = []string{
	"token", "secret", "tokenvalue", "keyvalue", "credential", "credentials", "key", "keys",
	"bearer", "jwt", "cookie", "authorization", "assertion", "signature", "seed", "webhookurl", "webhookuri",
}

// valueNames hold a secret where they are the whole name and the value is a text.
var valueNames = []string{"pass", "pat", "sas"}

// notSecret are names that end like secrets: {"key": "costCentre", "value": "7"} is
// a tag, as is Microsoft's own example "tagKey1"; {"keys": ["get"]} a permission.
var notSecret = []string{"key", "keys", "publickey", "publickeys", "tagkey"}

// secretsOf are the secret properties of objects that lie under these names:
// keyCredentials is [{"keyId", "displayName", "key"}].
var secretsOf = map[string][]string{
	"keycredentials":      {"key", "value"},
	"keycredential":       {"key", "value"},
	"passwordcredentials": {"value", "secret"},
	"credentials":         {"value", "key"},
	"credential":          {"value", "key"},
	"keys":                {"value"},
	"secrets":             {"value", "text"},
	"secret":              {"value", "text"},
	"token":               {"value", "text"},
	"tokens":              {"value", "text"},
}

// holdsSecret: the property is a secret by its name, and by that of the object
// that it lies in. true, false and null are settings, not secrets.
func holdsSecret(of, name string, v any) bool {
	if v == nil || v == true || v == false {
		return false
	}

	n := Spelling(name)
	singular := strings.TrimSuffix(n, "s")
	ends := func(end string) bool { return strings.HasSuffix(n, end) || strings.HasSuffix(singular, end) }
	textEnds := func(end string) bool { return strings.HasSuffix(n, end) }

	switch {
	case slices.ContainsFunc(secretEnds, ends), slices.Contains(secretsOf[Spelling(of)], n):
		return true
	case slices.Contains(notSecret, n) || !isText(v):
		return false
	}

	return slices.ContainsFunc(valueEnds, textEnds) || slices.Contains(valueNames, n)
}

// called is the name that an object gives its own value, "" for none:
// {"name": "DB_PASSWORD", "value": …} is a setting, {"type": "SecureString",
// "value": …} a parameter of a deployment.
func called(in map[string]any) (label string) {
	for name, v := range in {
		text, _ := v.(string)
		switch Spelling(name) {
		case "type":
			if strings.HasPrefix(Spelling(text), "secure") {
				return text
			}
		case "name", "key":
			label = text
		}
	}

	return label
}

// Spelling is the letters of a name in lower case: "@odata.nextLink",
// "OdataNextLink" and "odata_next_link" are one name in three clients' words.
func Spelling(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// isText: a text or a number, or a list of them.
func isText(v any) bool {
	switch v := v.(type) {
	case string, json.Number:
		return true
	case []any:
		return len(v) > 0 && !slices.ContainsFunc(v, func(item any) bool { return !isText(item) })
	}

	return false
}

// redactions find credentials within texts: what is between the groups goes.
var redactions = []*regexp.Regexp{
	regexp.MustCompile(`(?i)((?:^|[?&\s])(?:sig|code|token|access_token|refresh_token|id_token|client_secret|client_assertion|password|api[-_]?key|subscription-key)=)[^&#\s"'<>]+`),
	regexp.MustCompile(`(?i)\b((?:AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecret|ClientSecret|Password|Passwd|Pwd)\s*=\s*["']?)[^;&\s"']+`),
	regexp.MustCompile(`(?i)\b((?:Password|Passwd|Pwd):\s*)[^;&\s"',}]+`),
	regexp.MustCompile(`(?i)(\\?["'][\w.-]*(?:password|passwd|pwd|secret|token|key)\\?["']\s*:\s*\\?["'])[^"'\\]+`), // JSON in a text
	regexp.MustCompile(`(?i)\b((?:Bearer|Basic) +)[A-Za-z0-9\-._~+/]{16,}=*`),
	regexp.MustCompile(`()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`),
	regexp.MustCompile(`()-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?`),
	regexp.MustCompile(`(\b[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@"']*:)[^/\s@"']+(@)`),
	regexp.MustCompile(`(hooks\.slack\.com/services/|/webhookb2/)[^\s"']+`),
	regexp.MustCompile(`()\b(?:gh[opsur]_|github_pat_|glpat-|xox[abeprs]-)[A-Za-z0-9_-]{10,}`),
}

// redactable are parts of every text that a redaction finds: most have none.
var redactable = []string{
	"=", "eyJ", "PRIVATE KEY", "earer ", "asic ", "EARER ", "ASIC ", "://",
	"word", "Word", "WORD", "asswd", "ASSWD", "wd", "WD", "ecret", "ECRET", "oken", "OKEN", "key", "Key", "KEY", "gh", "glpat-", "xox",
}

// redacted stands where a credential was.
const redacted = "REDACTED"

// Redact takes credentials out of a text: signatures and keys in addresses and
// connection strings, bearer tokens, private keys.
func Redact(s string) string {
	if !slices.ContainsFunc(redactable, func(part string) bool { return strings.Contains(s, part) }) {
		return s
	}
	for _, r := range redactions {
		s = r.ReplaceAllString(s, "${1}"+redacted+"${2}")
	}
	return s
}
