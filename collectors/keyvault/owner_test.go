package keyvault

import (
	"net/url"
	"regexp"
	"testing"
)

func TestHost(t *testing.T) {
	for address, want := range map[string]string{
		"https://KV-1.Vault.Azure.net/keys/a/0":    "kv-1.vault.azure.net",
		"https://kv-1.vault.azure.net:443":         "kv-1.vault.azure.net",
		"HTTPS://hsm-1.managedhsm.azure.net/":      "hsm-1.managedhsm.azure.net",
		"https://kv-1.vault.azure.cn/":             "",
		"https://kv-1.vault.azure.net:444/":        "",
		"https://kv-1.vault.azure.net:/":           "",
		"https://kv.vault.azure.net.evil.example/": "",
		"https://kv-1.vault.azure.net@evil/":       "",
	} {
		if host, ok := Clouds["public"].Host(address); ok != (want != "") || ok && host != want {
			t.Errorf("%s: %q %t", address, host, ok)
		}
	}
}

var plainHost = regexp.MustCompile(`^[a-z][a-z0-9-]{1,22}[a-z0-9]\.(vault|managedhsm)\.azure\.net$`)

// FuzzHost: whatever address a tenant names, only a vault's host comes of it, and it is
// the one that a request to the address would go to.
func FuzzHost(f *testing.F) {
	f.Add("https://kv-1.vault.azure.net/keys/a/0")
	f.Add("https://kv-1.vault.azure.net:443@evil.example\\@x/")
	f.Add("https://\u212av-1.vault.azure.net/")
	f.Fuzz(func(t *testing.T, address string) {
		host, ok := Clouds["public"].Host(address)
		if !ok {
			return
		}
		again, err := url.Parse("https://" + host + "/keys")
		if err != nil || again.Host != host || !plainHost.MatchString(host) {
			t.Errorf("%q is at %q: %v", address, host, err)
		}
	})
}

func TestOwner(t *testing.T) {
	with := func(host, resource string) []string {
		return []string{`Bearer authorization="https://` + host + `/` + owner + `", resource="` + resource + `"`}
	}
	for name, tc := range map[string]struct {
		headers []string
		ok      bool
	}{
		"a vault":           {with("login.microsoftonline.com", "https://vault.azure.net"), true},
		"its other name":    {with("LOGIN.WINDOWS.NET", "https://vault.azure.net/"), true},
		"a scope":           {with("login.microsoftonline.com", "https://vault.azure.net/.default"), true},
		"another authority": {with("login.evil.example", "https://vault.azure.net"), false},
		"another cloud":     {with("login.chinacloudapi.cn", "https://vault.azure.net"), false},
		"another service":   {with("login.microsoftonline.com", "https://managedhsm.azure.net"), false},
		"no resource":       {with("login.microsoftonline.com", ""), false},
		"nothing":           {nil, false},
	} {
		got, err := Clouds["public"].Owner("kv-1.vault.azure.net", tc.headers)
		if (err == nil) != tc.ok || tc.ok && got.TenantID != owner {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}
