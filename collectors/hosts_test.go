package collectors

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/keyvault"
	"ringfence/collectors/snapshot"
)

const (
	stranger  = "kv-archive.vault.azure.net"
	pool      = "hsm-archive.managedhsm.azure.net"
	ownVault  = "kv-own.vault.azure.net"
	elsewhere = "bbbbbbbb-0000-4000-8000-00000000000e"
)

// withKeys is a tenant with a vault of its own, which has asked for owners of foreign
// ones, and disk encryption sets with keys at these addresses.
func withKeys(t *testing.T, addresses ...string) (*fake, Config) {
	f := full(t, sub1)
	in := "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/"
	vault := object{"id": in + "Microsoft.KeyVault/vaults/kv-own", "name": "kv-own", "location": "westeurope",
		"type": "Microsoft.KeyVault/vaults", "properties": object{"vaultUri": "https://" + ownVault + "/", "tenantId": tenant}}
	f.answers["/arm/subscriptions/"+sub1+"/providers/Microsoft.KeyVault/vaults"] = listOf(vault)
	f.answers["/arm"+strings.ToLower(vault["id"].(string))+"/keys"] = listOf()
	f.answers["/arm"+strings.ToLower(vault["id"].(string))+"/providers/Microsoft.Insights/diagnosticSettings"] = listOf()

	var sets []object
	for i, a := range addresses {
		sets = append(sets, object{"id": in + "Microsoft.Compute/diskEncryptionSets/des-" + string(rune('a'+i)),
			"location": "westeurope", "properties": object{"activeKey": object{"keyUrl": a}}})
	}
	f.answers["/arm/subscriptions/"+sub1+"/providers/Microsoft.Compute/diskEncryptionSets"] = listOf(sets...)

	cfg := f.config(sub1)
	cfg.Cloud.Vault, cfg.VaultOwners = f.srv.URL+"/vault", true
	return f, cfg
}

// challenged answers with what a vault says to a request without a token.
func (f *fake) challenged(authority, resource string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer authorization="`+authority+`", resource="`+resource+`"`)
		fail(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.")(w, r)
	}
}

func (f *fake) authority(tenant string) string { return f.srv.URL + "/" + tenant }

func hostPath(host string) string { return "/vault/" + host + "/keys" }

// asked are the hosts that were asked, each as often as it was; none with a token.
func (f *fake) asked(t *testing.T) (hosts []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, l := range f.log {
		if host, isVault := strings.CutPrefix(l, "GET /vault/"); isVault {
			hosts = append(hosts, host)
			if f.tokens[i] != "" {
				t.Errorf("a token was sent to %s", host)
			}
		}
	}
	return hosts
}

func ownersIn(t *testing.T, s snapshot.Snapshot) (docs []snapshot.Document, c snapshot.Coverage) {
	docs, err := s.Documents(keyvault.VaultOwners)
	if err != nil {
		t.Fatal(err)
	}
	return docs, s.Manifest.Datasets[keyvault.VaultOwners]
}

func TestVaultOwners(t *testing.T) {
	f, cfg := withKeys(t, "https://KV-Archive.vault.azure.net/keys/a/0", "https://"+stranger+":443/keys/b/0",
		"https://"+ownVault+"/keys/c/0", "https://"+pool+"/keys/d/0")
	f.answers[hostPath(stranger)] = f.challenged(f.authority(strings.ToUpper(elsewhere)), "https://vault.azure.net")
	f.answers[hostPath(pool)] = f.challenged(f.authority(tenant), "https://managedhsm.azure.net")

	s := mustRun(t, cfg)
	docs, c := ownersIn(t, s)
	want := []snapshot.Document{
		{ID: pool, Scope: pool, Spec: object{"host": pool, "tenantId": tenant, "resource": "https://managedhsm.azure.net"}},
		{ID: stranger, Scope: stranger, Spec: object{"host": stranger, "tenantId": elsewhere, "resource": "https://vault.azure.net"}},
	}
	if d := cmp.Diff(want, docs); d != "" || !c.CompleteEverywhere() || c.Requests != 2 || c.Pages != 2 {
		t.Errorf("%+v\n%s", c, d)
	}
	if asked := f.asked(t); len(asked) != 2 {
		t.Errorf("asked %v", asked)
	}

	for name, c := range s.Manifest.Datasets {
		if c.WasAsked() && !c.CompleteEverywhere() {
			t.Errorf("%s: %s %v", name, c.Status, c.Evidence)
		}
	}
}

// TestVaultOwnersNone: where no foreign vault is named, nothing is asked, and that is
// known. Where nobody wanted to know, that is said.
func TestVaultOwnersNone(t *testing.T) {
	f, cfg := withKeys(t, "https://"+ownVault+"/keys/c/0")
	if docs, c := ownersIn(t, mustRun(t, cfg)); len(docs) != 0 || !c.CompleteEverywhere() {
		t.Errorf("%+v", c)
	}

	f, cfg = withKeys(t, "https://"+stranger+"/keys/c/0")
	cfg.VaultOwners = false
	c := mustRun(t, cfg).Manifest.Datasets[keyvault.VaultOwners]
	if c.Status != snapshot.Skipped || c.WasAsked() || len(f.asked(t)) > 0 {
		t.Errorf("%+v, asked %v", c, f.asked(t))
	}
}

// TestVaultOwnersRefused: what is no challenge of the cloud's says nothing, of its host
// alone. It is asked once.
func TestVaultOwnersRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func(f *fake) http.HandlerFunc
		status snapshot.Status
		code   string
	}{
		"a firewall": {func(*fake) http.HandlerFunc { return fail(403, "Forbidden", "Client address is not authorized") },
			snapshot.Denied, "Forbidden"},
		"throttled": {func(*fake) http.HandlerFunc { return fail(429, "TooManyRequests", "later") },
			snapshot.Throttled, "TooManyRequests"},
		"a redirect": {func(f *fake) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, f.srv.URL+hostPath(pool), 307) }
		}, snapshot.Failed, codeUnexpected},
		"an answer": {func(*fake) http.HandlerFunc { return listOf() }, snapshot.Failed, codeUnexpected},
		"no challenge": {func(*fake) http.HandlerFunc { return fail(401, "Unauthorized", "no") },
			snapshot.Denied, codeChallenge},
		"another authority": {func(f *fake) http.HandlerFunc {
			return f.challenged("https://login.evil.example/"+elsewhere, "https://vault.azure.net")
		}, snapshot.Denied, codeChallenge},
		"no tenant": {func(f *fake) http.HandlerFunc {
			return f.challenged(f.authority("common"), "https://vault.azure.net")
		}, snapshot.Denied, codeChallenge},
		"another resource": {func(f *fake) http.HandlerFunc {
			return f.challenged(f.authority(elsewhere), "https://graph.microsoft.com")
		}, snapshot.Denied, codeChallenge},
		"no connection": {func(*fake) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		}, snapshot.Failed, codeTruncated},
	} {
		f, cfg := withKeys(t, "https://"+stranger+"/keys/a/0", "https://"+pool+"/keys/d/0")
		f.answers[hostPath(stranger)] = tc.answer(f)
		f.answers[hostPath(pool)] = f.challenged(f.authority(elsewhere), "https://managedhsm.azure.net")

		_, c := ownersIn(t, mustRun(t, cfg))
		if len(c.Scopes) != 2 || c.Status != snapshot.Partial || c.Scopes[0].Status != snapshot.Complete ||
			c.Scopes[1].Status != tc.status || c.Scopes[1].Evidence.Code != tc.code {
			t.Errorf("%s: %+v %v", name, c, c.Evidence)
		}
		if asked := f.asked(t); len(asked) != 2 {
			t.Errorf("%s: asked %v", name, asked)
		}
	}
}

// notVaults are addresses of keys at hosts that nobody may be made to ask.
var notVaults = []string{
	"https://evil.example/keys/a/0", "https://vault.azure.net.evil.example/keys/a/0",
	"https://kv.vault.azure.net.evil.example/keys/a/0", "https://kv-1.vault.azure.net@evil.example/keys/a",
	"https://user@kv-1.vault.azure.net/keys/a", "https://kv-1.vault.azure.net:8443/keys/a",
	"http://kv-1.vault.azure.net/keys/a", "//kv-1.vault.azure.net/keys/a", "kv-1.vault.azure.net",
	"https://127.0.0.1/keys/a", "https://[::1]/keys/a", "https://169.254.169.254/metadata",
	"https://a.kv-1.vault.azure.net/keys/a", "https://vault.azure.net/keys/a", "https://.vault.azure.net/keys/a",
	"https://\u212av-1.vault.azure.net/keys/a", "https://kv\u20101.vault.azure.net/keys/a",
	"https://kv-1\u3002vault.azure.net/keys/a", "https://kv-1.vault.azure.net./keys/a",
	"https://kv-1%2evault.azure.net/keys/a", "https://kv-1.vault.azure.net\\@evil.example/", "https://kv_1.vault.azure.net/",
	"https://kv-1.vault.usgovcloudapi.net/keys/a", "https://-kv.vault.azure.net/", "%", "",
	"https://../arm/subscriptions.vault.azure.net/keys",
}

// TestVaultOwnersElsewhere: such an address leaves a hole, and no request.
func TestVaultOwnersElsewhere(t *testing.T) {
	for _, address := range notVaults {
		if host, ok := keyvault.Clouds["public"].Host(address); ok {
			t.Errorf("%q is the vault %q", address, host)
		}
	}

	for _, address := range notVaults[:6] {
		f, cfg := withKeys(t, address)
		_, c := ownersIn(t, mustRun(t, cfg))
		if c.Status != snapshot.Skipped || !c.WasAsked() || c.Evidence.Code != codeNoVault || len(f.asked(t)) > 0 {
			t.Errorf("%s: %+v %v, asked %v", address, c, c.Evidence, f.asked(t))
		}
	}
}

// TestVaultOwnersParents: what is missing of the lists that name vaults is missing here,
// and so is a document that does not say where its key is.
func TestVaultOwnersParents(t *testing.T) {
	f, cfg := withKeys(t)
	f.answers["/arm/subscriptions/"+sub1+"/providers/Microsoft.Storage/storageAccounts"] = fail(403, "AuthorizationFailed", "no")
	if _, c := ownersIn(t, mustRun(t, cfg)); c.CompleteEverywhere() || c.Evidence.Code != "AuthorizationFailed" {
		t.Errorf("%+v %v", c, c.Evidence)
	}

	f, cfg = withKeys(t, "")
	f.answers["/arm/subscriptions/"+sub1+"/providers/Microsoft.Compute/diskEncryptionSets"] = listOf(object{
		"id":       "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Compute/diskEncryptionSets/d",
		"location": "westeurope", "properties": object{}})
	if _, c := ownersIn(t, mustRun(t, cfg)); c.CompleteEverywhere() || c.Evidence.Code != codeParentUnclear {
		t.Errorf("%+v %v", c, c.Evidence)
	}

	_, cfg = withKeys(t, "https://"+stranger+"/keys/a/0")
	cfg.Cloud.Vault = ""
	if _, c := ownersIn(t, mustRun(t, cfg)); c.CompleteEverywhere() || c.Evidence.Code != codeRefused {
		t.Errorf("without an address for vaults: %+v %v", c, c.Evidence)
	}
}

// TestVaultHosts: in Microsoft's clouds each host is asked at itself, and only there.
func TestVaultHosts(t *testing.T) {
	f := newFake(t)
	f.answers["/keys"] = f.challenged("https://login.microsoftonline.com/"+elsewhere, "https://vault.azure.net")
	pool := x509.NewCertPool()
	pool.AddCert(f.srv.Certificate())
	var dialed []string
	outbound := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "example.com"},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dialed = append(dialed, addr)
			return (&net.Dialer{}).DialContext(ctx, network, f.srv.Listener.Addr().String())
		},
	}
	defer outbound.CloseIdleConnections()

	cfg := Config{Cloud: Cloud{Name: "public"}}
	c := must(cfg.connectHosts(outbound))
	u := vaultOwners()
	to := must(u.address(c.base, u.Schema, map[string]string{"scope": stranger}))
	body, err := c.get(t.Context(), to)
	want := `{"value":[{"host":"` + stranger + `","resource":"https://vault.azure.net","tenantId":"` + elsewhere + `"}]}`
	if err != nil || string(body) != want || to.String() != "https://"+stranger+"/keys?api-version=7.4" {
		t.Errorf("%s: %s %v", to, body, err)
	}
	if d := cmp.Diff([]string{stranger + ":443"}, dialed); d != "" || f.tokens[0] != "" {
		t.Errorf("%q\n%s", f.tokens, d)
	}

	refused := append(slices.Clone(notVaults), "https://"+stranger+"/secrets?api-version=7.4", "https://"+stranger+"/keys")
	for _, host := range []string{"evil.example", "vault.azure.net.evil.example", "a.b.vault.azure.net", "127.0.0.1", "localhost"} {
		refused = append(refused, "https://"+host+"/keys?api-version=7.4") // nothing but the host is wrong
	}
	for _, address := range refused {
		to, err := url.Parse(address)
		if err != nil {
			continue
		}
		if _, err := c.get(t.Context(), to); err == nil || len(dialed) != 1 {
			t.Errorf("%s was asked: %v, %q", address, err, dialed)
		}
	}
}

// TestVaultHostTimeout: a host that is silent, or does not end, is not waited for.
func TestVaultHostTimeout(t *testing.T) {
	f := newFake(t)
	done := make(chan bool)
	t.Cleanup(func() { close(done) })
	f.answers[hostPath(stranger)] = func(http.ResponseWriter, *http.Request) { <-done }
	f.answers[hostPath(pool)] = func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}

	cfg := f.config()
	cfg.Cloud.Vault, cfg.Retry.Timeout = f.srv.URL+"/vault", 50*time.Millisecond
	outbound := must(roots(cfg.Cloud.RootCAs))
	c := must(cfg.connectHosts(outbound))
	u := vaultOwners()
	silent := must(u.address(c.base, u.Schema, map[string]string{"scope": stranger}))
	if _, err := c.get(t.Context(), silent); evidenceOf(err).Code != codeTimeout {
		t.Errorf("silent: %v", err)
	}

	cfg.Retry.Timeout = time.Minute
	c = must(cfg.connectHosts(outbound))
	endless := must(u.address(c.base, u.Schema, map[string]string{"scope": pool}))
	if _, err := c.get(t.Context(), endless); evidenceOf(err).HTTPStatus != http.StatusForbidden {
		t.Errorf("endless: %v", err)
	}
}

// TestVaultOwnersResume: a host that has answered is not asked again.
func TestVaultOwnersResume(t *testing.T) {
	f, cfg := withKeys(t, "https://"+stranger+"/keys/a/0", "https://"+pool+"/keys/d/0")
	f.answers[hostPath(pool)] = f.challenged(f.authority(elsewhere), "https://managedhsm.azure.net")
	f.answers[hostPath(stranger)] = f.challenged(f.authority(elsewhere), "https://vault.azure.net")
	want := digestsOf(mustRun(t, cfg))

	cfg.Resume = filepath.Join(t.TempDir(), "resume")
	interrupted(t, f, cfg, hostPath(stranger))
	f.forget()
	s := mustRun(t, cfg)
	if d := cmp.Diff(want, digestsOf(s)); d != "" || f.count("/graph/v1.0/users") != 0 || f.count(hostPath(stranger)) != 1 {
		t.Errorf("asked %q\n%s", f.log, d)
	}
}

// TestVaultOwnersImport: a saved answer is of the host that its file's name says.
func TestVaultOwnersImport(t *testing.T) {
	files := savedFiles()
	files["azure.disk_encryption_sets/"+sub1+".json"] = text(value(object{
		"id":       "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Compute/diskEncryptionSets/d",
		"location": "westeurope", "properties": object{"activeKey": object{"keyUrl": "https://" + stranger + "/keys/a/0"}}}))
	saved := func(host string) object {
		return object{"host": host, "tenantId": elsewhere, "resource": "https://vault.azure.net"}
	}
	file := keyvault.VaultOwners + "/" + stranger + ".json"
	for name, tc := range map[string]struct {
		body   any
		status snapshot.Status
		count  int
	}{
		"saved":        {value(saved(stranger)), snapshot.Complete, 1},
		"another host": {value(saved("kv-other.vault.azure.net")), snapshot.Failed, 0},
		"nothing":      {value(), snapshot.Failed, 0},
		"none":         {nil, snapshot.Skipped, 0},
	} {
		delete(files, file)
		if tc.body != nil {
			files[file] = text(tc.body)
		}
		s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
		if err != nil {
			t.Fatal(err)
		}
		_, c := ownersIn(t, s)
		scope := snapshot.Scope{Status: c.Status}
		for _, at := range c.Scopes {
			if at.Scope == stranger {
				scope = at
			}
		}
		if scope.Status != tc.status || scope.Count != tc.count || c.CompleteEverywhere() {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// TestVaultOwnersProbe: there is no permission to find out about, so no host is asked.
func TestVaultOwnersProbe(t *testing.T) {
	f, cfg := withKeys(t, "https://"+stranger+"/keys/a/0")
	found := must(Probe(t.Context(), cfg, append(schema(keyvault.VaultOwners).Above(), organization, keyvault.VaultOwners)))
	last := found.Datasets[len(found.Datasets)-1]
	if last.Dataset != keyvault.VaultOwners || last.Access != NotTested || last.Requests != 0 || len(f.asked(t)) != 0 {
		t.Errorf("%+v, asked %v", last, f.asked(t))
	}
}
