package snapshot

import (
	"encoding/json"
	"strings"
	"testing"
)

// planted are properties that hold a secret, as APIs of Microsoft and their
// clients name them. Each value has the word that must not come through.
var planted = map[string]any{
	"secretText": "hunter2", "password": "hunter2", "Password": "hunter2", "passwordProfile": map[string]any{"password": "hunter2", "forceChangePasswordNextSignIn": true},
	"adminPassword": "hunter2", "administratorLoginPassword": "hunter2", "proxyPassword": "hunter2", "vpn_password": "hunter2", "passphrase": "hunter2", "pwd": "hunter2",
	"temporaryAccessPass": "hunter2", "passwords": []any{map[string]any{"password": "hunter2"}},
	"clientSecret": "hunter2", "client_secret": "hunter2", "secret": "hunter2", "sharedSecret": "hunter2", "webhookSecret": "hunter2", "secretValue": "hunter2",
	"passwordCredentials": []any{map[string]any{"keyId": "k", "hint": "hun", "secretText": "hunter2", "value": "hunter2"}},
	"keyCredentials":      []any{map[string]any{"keyId": "k", "key": "hunter2"}},
	"secrets":             []any{map[string]any{"name": "n", "value": "hunter2"}},
	"primaryKey":          "hunter2", "secondaryKey": "hunter2", "primaryMasterKey": "hunter2", "accountKey": "hunter2", "accessKey": "hunter2", "primaryAccessKey": "hunter2",
	"sharedKey": "hunter2", "preSharedKey": "hunter2", "authKey1": "hunter2", "authorizationKey": "hunter2", "apiKey": "hunter2", "api_key": "hunter2",
	"privateKey": "hunter2", "sshPrivateKey": "hunter2", "privateKeyPem": "hunter2", "keyMaterial": "hunter2", "symmetricKey": "hunter2", "recoveryKey": "hunter2",
	"connectionString": "hunter2", "primaryConnectionString": "hunter2", "ConnectionStrings": []any{map[string]any{"name": "n", "value": "hunter2"}},
	"sasToken": "hunter2", "accessToken": "hunter2", "refreshToken": "hunter2", "refresh_token": "hunter2", "token": "hunter2", "tokens": []any{map[string]any{"value": "hunter2"}},
	"sharedAccessSignature": "hunter2", "sasUrl": "hunter2",
	"callbackUrl": "https://x.logic.azure.com/a?api-version=1&sig=hunter2", "webhook": "https://x.azurewebsites.net/api?code=hunter2",
	"setting": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=hunter2;EndpointSuffix=core.windows.net",
	"apiKeys": []any{"hunter2"}, "accessKeys": "hunter2", "masterKeys": "hunter2", "clientSecrets": []any{"hunter2"}, "adminPasswords": "hunter2", "credentials": "hunter2",
	"passwordHash": "hunter2", "secureValue": "hunter2", "secure_string": "hunter2", "protectedSettings": map[string]any{"commandToExecute": "hunter2"}, "pfx": "hunter2",
	"bitlockerKey": "hunter2", "signingKey": "hunter2", "storageKey": "hunter2", "keyValue": "hunter2", "tokenValue": "hunter2", "pass": "hunter2", "SAS": "hunter2",
	"set-cookie": "hunter2", "Authorization": "hunter2", "clientAssertion": "hunter2", "otpSeed": "hunter2", "webhookUrl": "hunter2", "jwt": "hunter2",
	"environmentVariables": []any{map[string]any{"name": "DB_PASSWORD", "value": "hunter2"}, map[string]any{"Key": "apiKey", "Value": "hunter2"}},
	"keys":                 []any{map[string]any{"keyName": "key1", "value": "hunter2", "permissions": "FULL"}},
	"parameters":           map[string]any{"p": map[string]any{"type": "SecureString", "value": "hunter2"}, "adminPassword": map[string]any{"value": "hunter2"}},
	"json":                 `{"a": 1, "dbPassword": "hunter2"}`, "quoted": `{\"clientSecret\": \"hunter2\"}`, "spaced": "Server=a;Password = hunter2;", "yaml": "pwd: hunter2",
	"url": "https://user:hunter2@host.example/x", "slack": "https://hooks.slack.com/services/T0/hunter2", "teams": "https://a.webhook.office.com/webhookb2/hunter2@x/IncomingWebhook/y",
	"github": "ghp_hunter2hunter2hunter2",
	"header": "Authorization: Bearer hunter2hunter2hunter2", "pem": "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
}

// innocent look like them and are settings, names and dates that policies read.
var innocent = map[string]any{
	"passwordPolicies": "DisablePasswordExpiration", "passwordValidityPeriodInDays": json.Number("90"), "lastPasswordChangeDateTime": "2026-01-01T00:00:00Z",
	"isPasswordless": true, "password": true, "passwordMode": "x", "passwordNotificationWindowInDays": json.Number("14"), "passwordSingleSignOnSettings": map[string]any{"fields": []any{}},
	"passwordCredentials": []any{map[string]any{"keyId": "k", "hint": "hun", "endDateTime": "2027"}}, "keyCredentials": []any{map[string]any{"keyId": "k", "customKeyIdentifier": "c", "usage": "Verify"}},
	"permissions": map[string]any{"keys": []any{"get"}, "secrets": []any{"get"}, "certificates": []any{"get"}}, "optionalClaims": map[string]any{"accessToken": []any{map[string]any{"name": "aud"}}},
	"allowSharedKeyAccess": true, "keyVaultUri": "https://kv.vault.azure.net/keys/k?x=1", "keyUrl": "https://kv.vault.azure.net/keys/k/0", "keyName": "k", "keyType": "RSA", "activeKey": map[string]any{"keyUrl": "u"},
	"requireToken": false, "tokenType": "x", "accessTokenAcceptedVersion": json.Number("2"), "secretPermissions": []any{"get"}, "enableSoftDelete": true, "adminPassword": nil, "membershipRule": `user.department = "Password team"`,
	"tags": map[string]any{"key": "costCentre", "value": "7"}, "setting": map[string]any{"name": "passwordPolicy", "value": "strong"}, "keys": []any{"get", "list"}, "bypass": "AzureServices",
	"publicKey": "ssh-rsa AAAA", "tagKey1": "tagValue1", "hostUri": "https://kv.vault.azure.net:443/keys/k", "mail": "mailto://a@b.example", "secretUri": "https://kv.vault.azure.net/secrets/s",
	"displayName": "Basic support for the Bearer of bad news", "key": "value", "sig": "x", "note": "a = b; code = c",
}

// TestNoSecret plants secrets at every depth of every dataset, in what its schema
// knows and in what it does not.
func TestNoSecret(t *testing.T) {
	for name, s := range Schemas() {
		for secret, v := range planted {
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
	out := map[string]any{"unknown": map[string]any{name: v, "list": []any{map[string]any{name: v, "deeper": map[string]any{name: v}}}}}
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

func TestRedact(t *testing.T) {
	const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.c2lnbmF0dXJl"
	for in, want := range map[string]string{
		"GET https://a.blob.core.windows.net/c?sv=1&sig=abc%2Fd&se=2 failed": "GET https://a.blob.core.windows.net/c?sv=1&sig=REDACTED&se=2 failed",
		"https://x/?access_token=abc#f":                                      "https://x/?access_token=REDACTED#f",
		"token " + jwt + " is expired":                                       "token REDACTED is expired",
		"Bearer abcdefghijklmnopqrst=":                                       "Bearer REDACTED",
		"Server=x;Password=p@ss;Database=d":                                  "Server=x;Password=REDACTED;Database=d",
		"Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=abc=":        "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=REDACTED",
		"-----BEGIN PRIVATE KEY-----\nMIIE":                                  "REDACTED",
		"Insufficient privileges to complete the operation.":                 "Insufficient privileges to complete the operation.",
		"https://graph.microsoft.com/v1.0/users?$skiptoken=abc":              "https://graph.microsoft.com/v1.0/users?$skiptoken=abc",
		"$filter=assignedTo('x')":                                            "$filter=assignedTo('x')",
	} {
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
	body := map[string]any{"id": "x", "userPrincipalName": "a@b.example", "displayName": "Some Body", "mail": nil, "userType": "Member",
		"accountEnabled": true, "identities": []any{map[string]any{"signInType": "userPrincipalName", "issuer": "b.example", "issuerAssignedId": "a@b.example"}}}
	for b.Loop() {
		if _, err := s.Normalize(body, ""); err != nil {
			b.Fatal(err)
		}
	}
}
