package emulator

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"
)

// TestVaultHosts: a vault's host names the tenant of the vault to anybody; a firewall and
// a name that nobody has do not.
func TestVaultHosts(t *testing.T) {
	w := GenerateClients(1, []string{"fabrikam", "contoso"})
	s, err := Start(w, Options{Faults: []Fault{{Kind: "denied", Path: "/vault/kv-contoso-*"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { go s.Close() }() // it waits a second for connections

	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(s.CA)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	fabrikam := w.Client("fabrikam")
	for host, want := range map[string]struct {
		status int
		tenant string
	}{
		fabrikam.keyHost:            {401, fabrikam.ID},
		fabrikam.unknownVault():     {401, fabrikam.guid("tenant of the unknown vault")},
		w.Client("contoso").keyHost: {403, ""},
		"kv-nobody.vault.azure.net": {0, ""},
	} {
		resp, err := client.Get(s.URL + "/vault/" + host + "/keys?api-version=7.4")
		if want.status == 0 {
			if err == nil {
				t.Errorf("%s: %s", host, resp.Status)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()

		challenge := resp.Header.Get("WWW-Authenticate")
		authority := `Bearer authorization="` + s.URL + "/" + want.tenant + `", resource="https://vault.azure.net"`
		if resp.StatusCode != want.status || want.tenant != "" && challenge != authority ||
			want.tenant == "" && strings.Contains(challenge, "Bearer") {
			t.Errorf("%s: %s %s", host, resp.Status, challenge)
		}
	}
}
