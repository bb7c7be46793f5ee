package snapshot

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A property is a secret by its name, whatever a schema says, since a snapshot is
// kept for years and shown to many. Names are compared by their Spelling, without a
// plural: "adminPassword", "Primary_Key", "authKey2" and "apiKeys" are secrets,
// "passwordPolicies", "lastPasswordChangeDateTime" and "secrets" (the rights that an
// access policy grants) are not. The lists below say which, and each is used in
// isSecret.

// secretEnds are the ends of names that hold a secret in some API of Microsoft,
// whatever the value is.
var secretEnds = []string{
	"password", "passwd", "passphrase", "passcode", "unlockpin", "pwd",
	"passwordprofile", "passwordhash", "temporaryaccesspass",
	"secrettext", "secretvalue", "secrethash", "secretkey",
	"clientsecret", "appsecret", "applicationsecret", "sharedsecret", "webhooksecret",
	"connectionstring", "connectionstrings", "sharedaccesssignature", "sasuri", "sasurl", "saskey",
	"accountkey", "accesskey", "sharedkey", "presharedkey", "subscriptionkey", "functionkey",
	"primarykey", "secondarykey", "primarymasterkey", "secondarymasterkey", "masterkey",
	"adminkey", "querykey", "symmetrickey", "keymaterial",
	"privatekey", "privatekeypem", "privatekeyblob", "pfxblob", "pfxdata", "pfx",
	"apikey", "authkey", "authorizationkey", "recoverykey", "activationkey", "hmackey",
	"securevalue", "securestring", "secureobject", "protectedsetting",
}

// textEnds are the ends of names that hold a secret where the value is a text. An
// object may be a policy about it: optionalClaims has "accessToken", a list of
// claims. A key that no schema knows may be anybody's.
var textEnds = []string{
	"token", "tokenvalue", "secret", "key", "keys", "keyvalue", "credential", "credentials",
	"bearer", "jwt", "cookie", "authorization", "assertion", "signature", "seed", "webhookurl", "webhookuri",
}

// textNames hold a secret where they are the whole name and the value is a text.
var textNames = []string{"pass", "pat", "sas"}

// notSecret are names that end like secrets: {"key": "costCentre", "value": "7"} is
// a tag, as is Microsoft's own example "tagKey1"; {"keys": ["get"]} a permission, and
// whether several people must agree to what a vault is asked is a setting.
var notSecret = []string{"key", "keys", "publickey", "publickeys", "tagkey", "multiuserauthorization"}

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

// isSecret reports whether a property is a secret by its name, and by that of the
// property whose value it lies in. true, false and null are settings, not secrets.
func isSecret(parent, name string, v any) bool {
	if v == nil || v == true || v == false {
		return false
	}

	spelled := Spelling(name)
	singular := strings.TrimSuffix(spelled, "s")
	endsWith := func(end string) bool { return strings.HasSuffix(spelled, end) }
	singularEndsWith := func(end string) bool { return strings.HasSuffix(singular, end) }

	switch {
	case slices.ContainsFunc(secretEnds, endsWith), slices.ContainsFunc(secretEnds, singularEndsWith):
		return true
	case slices.Contains(secretsOf[Spelling(parent)], spelled):
		return true
	case slices.Contains(notSecret, spelled), !isText(v):
		return false
	}
	return slices.ContainsFunc(textEnds, endsWith) || slices.Contains(textNames, spelled)
}

// labelOf is what an object calls its own value, "" for nothing: {"name":
// "DB_PASSWORD", "value": …} is a setting, {"type": "SecureString", "value": …} a
// parameter of a deployment.
func labelOf(object map[string]any) (label string) {
	for name, v := range object {
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
// "OdataNextLink" and "odata_next_link" are one name, as three clients spell it.
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

// redactions find credentials within texts. What is between the groups goes.
var redactions = []*regexp.Regexp{
	// A parameter of an address: ?sig=…&code=….
	regexp.MustCompile(`(?i)((?:^|[?&\s])(?:sig|code|token|access_token|refresh_token|id_token|` +
		`client_secret|client_assertion|password|api[-_]?key|subscription-key)=)[^&#\s"'<>]+`),
	// A part of a connection string: AccountKey=…;
	regexp.MustCompile(`(?i)\b((?:AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecret|` +
		`ClientSecret|Password|Passwd|Pwd)\s*=\s*["']?)[^;&\s"']+`),
	// YAML: pwd: …
	regexp.MustCompile(`(?i)\b((?:Password|Passwd|Pwd):\s*)[^;&\s"',}]+`),
	// JSON in a text, also quoted once more.
	regexp.MustCompile(`(?i)(\\?["'][\w.-]*(?:password|passwd|pwd|secret|token|key)\\?["']` +
		`\s*:\s*\\?["'])[^"'\\]+`),
	// A header.
	regexp.MustCompile(`(?i)\b((?:Bearer|Basic) +)[A-Za-z0-9\-._~+/]{16,}=*`),
	// A JSON web token.
	regexp.MustCompile(`()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`),
	// A private key, also one that is cut.
	regexp.MustCompile(`()-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?`),
	// A user in an address: https://user:…@host.
	regexp.MustCompile(`(\b[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@"']*:)[^/\s@"']+(@)`),
	// Webhooks of Slack and Teams, whose path is all that it takes to call them.
	regexp.MustCompile(`(hooks\.slack\.com/services/|/webhookb2/)[^\s"']+`),
	// Tokens of GitHub, GitLab and Slack.
	regexp.MustCompile(`()\b(?:gh[opsur]_|github_pat_|glpat-|xox[abeprs]-)[A-Za-z0-9_-]{10,}`),
}

// redactable are texts of which each text that a redaction finds has one. Most
// texts of a tenant have none, and need no regular expression.
var redactable = []string{
	"=", "eyJ", "PRIVATE KEY", "earer ", "asic ", "EARER ", "ASIC ", "://",
	"word", "Word", "WORD", "asswd", "ASSWD", "wd", "WD", "ecret", "ECRET", "oken", "OKEN",
	"key", "Key", "KEY", "gh", "glpat-", "xox",
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
