package snapshot

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"

	"ringfence/internal/effort"
)

// secretNames are properties that hold a secret text, as APIs of Microsoft and their
// clients name them.
var secretNames = []string{
	"secretText", "password", "Password", "adminPassword", "administratorLoginPassword", "proxyPassword",
	"vpn_password", "passphrase", "passcode", "bypassCode", "unlockPin", "pwd", "temporaryAccessPass", "clientSecret", "client_secret", "secret",
	"sharedSecret", "webhookSecret", "secretValue", "primaryKey", "secondaryKey", "primaryMasterKey",
	"accountKey", "accessKey", "primaryAccessKey", "sharedKey", "preSharedKey", "authKey1",
	"authorizationKey", "apiKey", "api_key", "privateKey", "sshPrivateKey", "privateKeyPem", "keyMaterial",
	"symmetricKey", "recoveryKey", "connectionString", "primaryConnectionString", "sasToken",
	"accessToken", "refreshToken", "refresh_token", "token", "sharedAccessSignature", "sasUrl",
	"accessKeys", "masterKeys", "adminPasswords", "credentials", "passwordHash", "secureValue",
	"secure_string", "pfx", "bitlockerKey", "signingKey", "storageKey", "keyValue", "tokenValue", "pass",
	"SAS", "set-cookie", "Authorization", "clientAssertion", "otpSeed", "webhookUrl", "jwt",
}

type (
	object = map[string]any
	list   = []any
)

// planted are other properties with a secret, which has the word "hunter2".
var planted = object{
	"passwordProfile":     object{"password": "hunter2", "forceChangePasswordNextSignIn": true},
	"passwords":           list{object{"password": "hunter2"}},
	"passwordCredentials": list{object{"keyId": "k", "hint": "hun", "secretText": "hunter2", "value": "hunter2"}},
	"keyCredentials":      list{object{"keyId": "k", "key": "hunter2"}},
	"secrets":             list{object{"name": "n", "value": "hunter2"}},
	"ConnectionStrings":   list{object{"name": "n", "value": "hunter2"}},
	"tokens":              list{object{"value": "hunter2"}},
	"callbackUrl":         "https://x.logic.azure.com/a?api-version=1&sig=hunter2",
	"webhook":             "https://x.azurewebsites.net/api?code=hunter2",
	"setting":             "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=hunter2;EndpointSuffix=x.net",
	"apiKeys":             list{"hunter2"},
	"clientSecrets":       list{"hunter2"},
	"protectedSettings":   object{"commandToExecute": "hunter2"},
	"environmentVariables": list{
		object{"name": "DB_PASSWORD", "value": "hunter2"},
		object{"Key": "apiKey", "Value": "hunter2"},
	},
	"keys": list{object{"keyName": "key1", "value": "hunter2", "permissions": "FULL"}},
	"parameters": object{
		"p":             object{"type": "SecureString", "value": "hunter2"},
		"adminPassword": object{"value": "hunter2"},
	},
	"json":   `{"a": 1, "dbPassword": "hunter2"}`,
	"quoted": `{\"clientSecret\": \"hunter2\"}`,
	"spaced": "Server=a;Password = hunter2;",
	"yaml":   "pwd: hunter2",
	"url":    "https://user:hunter2@host.example/x",
	"slack":  "https://hooks.slack.com/services/T0/hunter2",
	"teams":  "https://a.webhook.office.com/webhookb2/hunter2@x/IncomingWebhook/y",
	"github": "ghp_hunter2hunter2hunter2",
	"header": "Authorization: Bearer hunter2hunter2hunter2",
	"pem":    "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
}

// innocent look like them and are settings, names and dates that policies read.
var innocent = object{
	"passwordPolicies":                 "DisablePasswordExpiration",
	"passwordValidityPeriodInDays":     json.Number("90"),
	"lastPasswordChangeDateTime":       "2026-01-01T00:00:00Z",
	"isPasswordless":                   true,
	"password":                         true,
	"passwordMode":                     "x",
	"passwordNotificationWindowInDays": json.Number("14"),
	"passwordSingleSignOnSettings":     object{"fields": list{}},
	"passwordCredentials":              list{object{"keyId": "k", "hint": "hun", "endDateTime": "2027"}},
	"keyCredentials":                   list{object{"keyId": "k", "customKeyIdentifier": "c", "usage": "Verify"}},
	"permissions": object{
		"keys": list{"get"}, "secrets": list{"get"}, "certificates": list{"get"},
	},
	"optionalClaims":             object{"accessToken": list{object{"name": "aud"}}},
	"allowSharedKeyAccess":       true,
	"keyVaultUri":                "https://kv.vault.azure.net/keys/k?x=1",
	"keyUrl":                     "https://kv.vault.azure.net/keys/k/0",
	"keyName":                    "k",
	"keyType":                    "RSA",
	"activeKey":                  object{"keyUrl": "u"},
	"requireToken":               false,
	"tokenType":                  "x",
	"accessTokenAcceptedVersion": json.Number("2"),
	"secretPermissions":          list{"get"},
	"enableSoftDelete":           true,
	"adminPassword":              nil,
	"membershipRule":             `user.department = "Password team"`,
	"tags":                       object{"key": "costCentre", "value": "7"},
	"setting":                    object{"name": "passwordPolicy", "value": "strong"},
	"keys":                       list{"get", "list"},
	"bypass":                     "AzureServices",
	"publicKey":                  "ssh-rsa AAAA",
	"tagKey1":                    "tagValue1",
	"hostUri":                    "https://kv.vault.azure.net:443/keys/k",
	"mail":                       "mailto://a@b.example",
	"secretUri":                  "https://kv.vault.azure.net/secrets/s",
	"displayName":                "Basic support for the Bearer of bad news",
	"key":                        "value",
	"sig":                        "x",
	"note":                       "a = b; code = c",
}

// TestNoSecret plants secrets at every depth of every dataset, in what its schema
// knows and in what it does not.
func TestNoSecret(t *testing.T) {
	effort.WithoutRace(t)
	all := maps.Clone(planted)
	for _, name := range secretNames {
		all[name] = "hunter2"
	}

	for name, s := range Schemas() {
		for secret, v := range all {
			body := sow(&s.Property, secret, v, 0)
			body[s.ID.Property] = "11111111-0000-4000-8000-000000000001"
			doc, err := s.Normalize(body, "scope")
			if err != nil {
				t.Fatal(name, err)
			}

			line, err := Canonical(doc)
			if err != nil || strings.Contains(string(line), "hunter2") {
				t.Errorf("%s: %s comes through: %s (%v)", name, secret, line, err)
			}
		}
	}
}

// sow makes an object of a schema's shape that has the property at every depth,
// and below properties that the schema does not know.
func sow(p *Property, name string, v any, depth int) map[string]any {
	item := map[string]any{name: v, "deeper": map[string]any{name: v}}
	out := map[string]any{"unknown": map[string]any{name: v, "list": []any{item}}}
	for child, c := range p.Properties {
		switch {
		case c.is("object"):
			out[child] = sow(c, name, v, depth+1)
		case c.is("array") && c.Items != nil:
			out[child] = []any{sow(c.Items, name, v, depth+1)}
		}
	}

	out[name] = v
	return out
}

// TestNothingElseIsDropped: settings about secrets stay, and so does all that a
// schema knows.
func TestNothingElseIsDropped(t *testing.T) {
	for name, v := range innocent {
		body := map[string]any{"id": "x", name: v, "deep": []any{map[string]any{name: v}}}
		doc, err := Schemas()["entra.role_assignments"].Normalize(body, "")
		if err != nil {
			t.Fatal(err)
		}

		want, _ := Canonical(body)
		delete(doc.Spec, "principalOrganizationId")

		if got, _ := Canonical(doc.Spec); string(got) != string(want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}

	for _, s := range Schemas() {
		known(t, s.Dataset, "", &s.Property)
	}
}

func known(t *testing.T, at, of string, p *Property) {
	for name, c := range p.Properties {
		if !c.Secret && isSecret(of, name, valueOf(c)) {
			t.Errorf("%s.%s is in the schema and would be dropped", at, name)
		}
		known(t, at+"."+name, name, c)
		if c.Items != nil {
			known(t, at+"."+name, name, c.Items)
		}
	}
}

// valueOf is a value of a property's type.
func valueOf(p *Property) any {
	switch {
	case p.is("object"):
		return map[string]any{"a": "text"}
	case p.is("array") && p.Items != nil:
		return []any{valueOf(p.Items)}
	case p.is("boolean"):
		return true
	}

	return "text"
}

// TestRedact: what goes is between « and »; it stays gone.
func TestRedact(t *testing.T) {
	const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.c2lnbmF0dXJl"
	for _, marked := range []string{
		"GET https://a.blob.core.windows.net/c?sv=1&sig=«abc%2Fd»&se=2 failed",
		"https://x/?access_token=«abc»#f",
		"token «" + jwt + "» is expired",
		"Bearer «abcdefghijklmnopqrst=»",
		"Server=x;Password=«p@ss»;Database=d",
		"Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=«abc=»",
		"«-----BEGIN PRIVATE KEY-----\nMIIE»",
		"Insufficient privileges to complete the operation.",
		"https://graph.microsoft.com/v1.0/users?$skiptoken=abc",
		"$filter=assignedTo('x')",
	} {
		in := strings.NewReplacer("«", "", "»", "").Replace(marked)
		want := regexp.MustCompile("(?s)«.*»").ReplaceAllString(marked, "REDACTED")
		if got := Redact(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if again := Redact(Redact(in)); again != want {
			t.Errorf("%q, twice: %q", in, again)
		}
	}
}

func BenchmarkNormalize(b *testing.B) {
	s := Schemas()["entra.users"]
	identity := map[string]any{
		"signInType": "userPrincipalName", "issuer": "b.example", "issuerAssignedId": "a@b.example",
	}
	body := map[string]any{
		"id": "x", "userPrincipalName": "a@b.example", "displayName": "Some Body", "mail": nil,
		"userType": "Member", "accountEnabled": true, "identities": []any{identity},
	}
	for b.Loop() {
		if _, err := s.Normalize(body, ""); err != nil {
			b.Fatal(err)
		}
	}
}
