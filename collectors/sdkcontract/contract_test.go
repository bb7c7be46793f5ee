package sdkcontract

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ringfence/collectors"
	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
)

// expected are differences that are known, by how a line begins, with the reason.
var expected = map[string]string{
	"entra.organization.directorySizeQuota":                        "in Microsoft's example, not in the CSDL",
	"entra.organization.isMultipleDataLocationsForServicesEnabled": "as above",
	"entra.role_assignments.principalOrganizationId":               "in v1.0's CSDL, of which this version of the SDK is older",
	"entra.role_assignments.resourceScope":                         "in Microsoft's example, not in the CSDL",
	"entra.service_principals.createdByAppId":                      "in v1.0's CSDL, of which this version of the SDK is older",
	"entra.devices.Manufacturer":                                   "spelt with a capital letter in Microsoft's example",
	"entra.devices.Model":                                          "as above",
	"entra.directory_audits.targetResources[].Type":                "as above",
	"entra.directory_audits.initiatedBy.user.homeTenantId":         "of auditUserIdentity, which beta alone describes; the schema calls it unknown",
	"entra.directory_audits.initiatedBy.user.homeTenantName":       "as above",
	"entra.directory_audits.initiatedBy.user.userType":             "as above",
	"entra.groups.resourceBehaviorOptions":                         "in Microsoft's example, not in the CSDL",
	"entra.groups.resourceProvisioningOptions":                     "as above",
	"entra.deleted_items.displayName":                              "of the type in the path, which a list of directory objects does not tell",
	"intune.role_assignments.roleScopeTagIds":                      "v1.0 answers with it (measured by others in 2026), and its CSDL does not describe it",
	"intune.role_assignments.scopeMembers":                         "as above",
	"intune.role_assignments.scopeType":                            "as above",
	"intune.role_definitions.isBuiltInRoleDefinition":              "as above",
	"intune.role_definitions.permissions":                          "as above",
	"intune.role_definitions.rolePermissions[].actions":            "as above",
	"intune.role_definitions.roleScopeTagIds":                      "as above",
}

// TestEmulator collects every tenant of a fleet, and parses each body again that was
// asked of Graph with the typed model of its dataset.
func TestEmulator(t *testing.T) {
	w := emulator.Generate(1, 12)
	srv, err := emulator.Start(w, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })

	found := differences{}
	for _, tenant := range append(slices.Clone(w.Clients), w.MSP) {
		l := newLab(t, w, srv, tenant)
		for _, at := range l.asked() {
			found.add(at.dataset, objectsOf(l.get(at.address)))
		}
	}

	found.judge(t)
	for _, u := range collectors.All() {
		s := u.Schema
		_, seen := found.objects[s.Dataset]
		switch {
		case s.Source.API != "graph":
		case modelOf[s.Dataset] == nil && s.Source.Version == "beta":
			t.Logf("not checked: %s is in beta alone", s.Dataset)
		case modelOf[s.Dataset] == nil && noModel[s.Dataset] != "":
			t.Logf("not checked: %s: %s", s.Dataset, noModel[s.Dataset])
		case modelOf[s.Dataset] == nil:
			t.Errorf("%s has no model: add one to modelOf, or a reason to noModel", s.Dataset)
		case !seen && s.DelegatedOnly == nil:
			t.Errorf("%s: the emulator served nothing of it", s.Dataset)
		}
	}
}

// TestSaved parses what is kept of Microsoft's examples, here and in the shared folder.
func TestSaved(t *testing.T) {
	for _, dir := range []string{"../testdata/examples", "../../../shared/data/graph-examples"} {
		files, _ := filepath.Glob(filepath.Join(dir, "graph.*.json"))
		if files == nil {
			t.Logf("%s is not here", dir)
		}

		found := differences{}
		for _, file := range files {
			if dataset := datasetOf(filepath.Base(file)); dataset != "" {
				body, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				found.add(dataset, objectsOf(body))
			}
		}
		found.judge(t)
	}
}

// datasetOf is the dataset whose endpoint a file is named after, "" for none.
func datasetOf(file string) string {
	at := strings.TrimSuffix(strings.TrimPrefix(file, "graph."), ".json")
	at = "/" + strings.ReplaceAll(strings.TrimSuffix(strings.TrimSuffix(at, ".1"), ".list"), ".", "/")
	for name, s := range snapshot.Schemas() {
		endpoint, _, _ := strings.Cut(s.Source.Endpoint, "?")
		if s.Source.API == "graph" && s.Parent == "" && strings.HasSuffix(endpoint, at) && modelOf[name] != nil {
			return name
		}
	}
	return ""
}

// differences are those that were found, each once, and how many objects were parsed.
type differences struct {
	found   map[string]int
	objects map[string]int
}

func (d *differences) add(dataset string, objects []map[string]any) {
	if d.found == nil {
		d.found, d.objects = map[string]int{}, map[string]int{}
	}
	if modelOf[dataset] == nil {
		return
	}
	for _, o := range objects {
		d.objects[dataset]++
		for _, line := range Parse(dataset, o, modelOf[dataset]) {
			d.found[line]++
		}
	}
}

func (d *differences) report(t *testing.T) (unexpected []string) {
	for _, line := range slices.Sorted(maps.Keys(d.found)) {
		reason := ""
		for beginning, why := range expected {
			if strings.HasPrefix(line, beginning+":") {
				reason = why
			}
		}
		if reason == "" {
			unexpected = append(unexpected, line)
		}
		t.Logf("%dx %s %s", d.found[line], line, reason)
	}

	for _, dataset := range slices.Sorted(maps.Keys(d.objects)) {
		t.Logf("%6d objects of %s parsed", d.objects[dataset], dataset)
	}
	return unexpected
}

func (d *differences) judge(t *testing.T) {
	for _, line := range d.report(t) {
		t.Errorf("%s", line)
	}
}

// lab asks the emulator as one tenant's application.
type lab struct {
	t      *testing.T
	srv    *emulator.Server
	tenant *emulator.Tenant
	config collectors.Config
	client *http.Client
	token  string
}

func newLab(t *testing.T, w *emulator.World, srv *emulator.Server, tenant *emulator.Tenant) *lab {
	t.Helper()
	cloud := collectors.Cloud{Name: "unsafe:emulator", Graph: srv.URL + "/graph", ARM: srv.URL + "/arm",
		Authority: srv.URL + "/login", RootCAs: srv.CA}
	credential, err := collectors.NewCredential(collectors.Auth{TenantID: tenant.ID, AppID: tenant.AppID,
		Secret: w.Secret(), Cloud: cloud})
	if err != nil {
		t.Fatal(err)
	}

	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(srv.CA)
	l := &lab{t: t, srv: srv, tenant: tenant,
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}},
		config: collectors.Config{Client: tenant.Label, TenantID: tenant.ID, MSP: tenant == w.MSP,
			Cloud: cloud, Credential: credential, Tool: "sdkcontract", Domains: []string{tenant.Domain}},
	}
	l.token = l.signIn(tenant.AppID, w.Secret())
	return l
}

func (l *lab) signIn(app, secret string) string {
	resp, err := l.client.PostForm(l.srv.URL+"/login/"+l.tenant.ID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {app}, "client_secret": {secret},
		"scope": {"https://graph.microsoft.com/.default"}})
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close()

	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Token == "" {
		l.t.Fatal("no token", err)
	}
	return answer.Token
}

// address is one that was asked for, and the dataset that it was for.
type address struct{ dataset, address string }

// asked collects the tenant, and lists what was asked of Graph: each address once.
func (l *lab) asked() (all []address) {
	before := len(l.srv.Requests())
	if _, err := collectors.Run(l.t.Context(), l.config); err != nil {
		l.t.Fatal(err)
	}

	seen := map[string]bool{}
	for _, r := range l.srv.Requests()[before:] {
		at := r.Path + "?" + r.Query
		dataset := datasetAt(r.Path)
		if r.Status == http.StatusOK && dataset != "" && !seen[at] {
			seen[at] = true
			all = append(all, address{dataset, at})
		}
	}
	return all
}

// datasetAt is the dataset whose endpoint a path is.
func datasetAt(path string) string {
	for _, u := range collectors.All() {
		endpoint, _, _ := strings.Cut(u.Schema.Source.Endpoint, "?")
		want := strings.Split("/graph/"+u.Schema.Source.Version+endpoint, "/")
		got := strings.Split(path, "/")
		if u.Schema.Source.API == "graph" && slices.EqualFunc(want, got, func(w, g string) bool {
			return strings.EqualFold(w, g) || strings.HasPrefix(w, "{") || strings.HasSuffix(w, "}')") && strings.HasSuffix(g, "')")
		}) {
			return u.Schema.Dataset
		}
	}
	return ""
}

func (l *lab) get(at string) []byte {
	r, err := http.NewRequest(http.MethodGet, l.srv.URL+at, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+l.token)

	client := *l.client
	client.Timeout = time.Minute
	resp, err := client.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close()

	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		l.t.Fatalf("%s: %d %v", at, resp.StatusCode, err)
	}
	return body
}

// objectsOf are the objects of a body: those of a list, or the body itself.
func objectsOf(body []byte) (all []map[string]any) {
	doc, err := snapshot.ParseObject(body)
	if err != nil {
		return nil
	}

	switch value := doc["value"].(type) {
	case []any:
		for _, item := range value {
			if o, ok := item.(map[string]any); ok {
				all = append(all, o)
			}
		}
	case map[string]any:
		all = append(all, value)
	default:
		all = append(all, doc)
	}
	return all
}
