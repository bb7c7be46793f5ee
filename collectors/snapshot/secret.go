package snapshot

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// secretEnds are the ends of names that hold a secret in some API of Microsoft,
// whatever a schema says: letters in lower case, digits at the end left out, so
// that "adminPassword", "Primary_Key" and "authKey2" are among them.
// "passwordPolicies", "lastPasswordChangeDateTime" and "secrets" (the rights
// that an access policy grants) are not.
var secretEnds = []string{
	"password", "passwd", "passphrase", "pwd", "passwordprofile", "temporaryaccesspass",
	"secrettext", "secretvalue", "clientsecret", "appsecret", "applicationsecret", "sharedsecret", "webhooksecret", "secretkey",
	"connectionstring", "connectionstrings", "sharedaccesssignature", "sasuri", "sasurl", "saskey",
	"accountkey", "accesskey", "sharedkey", "presharedkey", "primarykey", "secondarykey", "primarymasterkey", "secondarymasterkey", "masterkey",
	"privatekey", "privatekeypem", "privatekeyblob", "keymaterial", "symmetrickey", "apikey", "authkey", "authorizationkey", "subscriptionkey",
	"functionkey", "adminkey", "querykey", "recoverykey", "activationkey", "hmackey", "pfxblob", "pfxdata",
}

// valueEnds hold a secret where the value is a text. An object may be a policy
// about it: optionalClaims has "accessToken", a list of claims.
var valueEnds = []string{"token", "secret"}

// secretsOf are the secret properties of objects that lie under these names:
// keyCredentials is [{"keyId", "displayName", "key"}].
var secretsOf = map[string][]string{
	"keycredentials":      {"key", "value"},
	"keycredential":       {"key", "value"},
	"passwordcredentials": {"value", "secret"},
	"credentials":         {"value", "key"},
	"credential":          {"value", "key"},
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
	ends := func(end string) bool { return strings.HasSuffix(n, end) }
	return slices.ContainsFunc(secretEnds, ends) || slices.ContainsFunc(valueEnds, ends) && isText(v) ||
		slices.Contains(secretsOf[Spelling(of)], n)
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

// redactions find credentials within texts: what follows the first group goes.
var redactions = []*regexp.Regexp{
	regexp.MustCompile(`(?i)((?:^|[?&\s])(?:sig|code|token|access_token|refresh_token|id_token|client_secret|client_assertion|password|api[-_]?key|subscription-key)=)[^&#\s"'<>]+`),
	regexp.MustCompile(`(?i)\b((?:AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecret|Password|Pwd|ClientSecret)=)[^;&\s"']+`),
	regexp.MustCompile(`(?i)\b((?:Bearer|Basic) +)[A-Za-z0-9\-._~+/]{16,}=*`),
	regexp.MustCompile(`()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`),
	regexp.MustCompile(`()-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?`),
}

// redactable are parts of every text that a redaction finds: most have none.
var redactable = []string{"=", "eyJ", "PRIVATE KEY", "earer ", "asic ", "EARER ", "ASIC "}

// redacted stands where a credential was.
const redacted = "REDACTED"

// Redact takes credentials out of a text: signatures and keys in addresses and
// connection strings, bearer tokens, private keys.
func Redact(s string) string {
	if !slices.ContainsFunc(redactable, func(part string) bool { return strings.Contains(s, part) }) {
		return s
	}
	for _, r := range redactions {
		s = r.ReplaceAllString(s, "${1}"+redacted)
	}
	return s
}
