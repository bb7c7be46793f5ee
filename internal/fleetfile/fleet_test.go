package fleetfile

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

const contract = "testdata/contract.hcl"

// loaded reads a fleet file that must be without errors.
func loaded(t *testing.T, path string) *Fleet {
	t.Helper()
	f, diags := Load(path)
	if diags.HasErrors() {
		t.Fatal(written(t, diags))
	}

	return f
}

func source(t *testing.T) string {
	t.Helper()
	src, err := os.ReadFile(contract)
	if err != nil {
		t.Fatal(err)
	}

	return string(src)
}

// file writes a fleet file into a folder of its own.
func file(t *testing.T, src string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fleet.hcl")
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}

	return path
}

func canonical(t *testing.T, f *Fleet, label string) []byte {
	t.Helper()
	in, err := f.Intent(label)
	if err != nil {
		t.Fatal(err)
	}

	b, err := in.Canonical()
	if err != nil {
		t.Fatal(err)
	}

	return b
}

func TestIntent(t *testing.T) {
	f := loaded(t, contract)
	for _, label := range []string{"fabrikam", "contoso"} {
		b := canonical(t, f, label)
		golden(t, "testdata/contract."+label+".intent.json", b)
		if _, err := intent.Parse(b); err != nil {
			t.Error(err)
		}
	}

	if _, err := f.Intent("fabrikan"); err == nil || !strings.Contains(err.Error(), `Did you mean "fabrikam"?`) {
		t.Errorf("unknown client: %v", err)
	}

	b, err := f.FleetIntent().Canonical()
	if err != nil {
		t.Fatal(err)
	}

	golden(t, "testdata/contract.fleet.intent.json", b)
}

// TestIntentIsACopy: whoever changes an intent changes nobody's promise.
func TestIntentIsACopy(t *testing.T) {
	f := loaded(t, contract)
	before := canonical(t, f, "fabrikam")
	in, _ := f.Intent("fabrikam")
	in.Client.Domains[0], in.Client.Fence.Regions[0], in.Client.Partners[0].Allow[0] = "x", "x", "x"
	in.Client.Params["RF-T-08"]["allow_members_to_invite"] = "x"
	in.Client.Azure.Subscriptions[0], in.Client.Keys.Vaults[0], in.MSP.Domains[0] = "x", "x", "x"

	if diff := cmp.Diff(string(before), string(canonical(t, f, "fabrikam"))); diff != "" {
		t.Error(diff)
	}
}

// blocks splits a fleet file at its top-level blocks.
func blocks(src string) []string {
	var out []string
	for _, part := range strings.SplitAfter(src, "\n}\n") {
		if part != "" {
			out = append(out, part)
		}
	}
	return out
}

func TestOrderIsFree(t *testing.T) {
	parts := blocks(source(t))
	if len(parts) != 13 {
		t.Fatalf("%d blocks", len(parts))
	}

	slices.Reverse(parts)
	f, g := loaded(t, contract), loaded(t, file(t, strings.Join(parts, "")))
	for _, label := range []string{"fabrikam", "contoso"} {
		if diff := cmp.Diff(string(canonical(t, f, label)), string(canonical(t, g, label))); diff != "" {
			t.Errorf("%s: %s", label, diff)
		}
	}
}

// TestNonInterference renames, alters, adds and removes every other client.
func TestNonInterference(t *testing.T) {
	src := source(t)
	want := string(canonical(t, loaded(t, contract), "fabrikam"))
	kept := slices.DeleteFunc(blocks(src), func(b string) bool { return strings.Contains(b, "contoso") || strings.Contains(b, `vendor "`) })

	more := `
client "another" {
  tenant_id   = "aaaaaaaa-0000-4000-8000-000000000099"
  domains     = ["another.example"]
  partners    = [partner.tax-advisor]
  responsible = [reviewer.client-ciso]
  params      = { "RF-T-08" = { allow_members_to_invite = true, other = 1 } }
}
exception "another-x" {
  control     = "RF-T-07"
  client      = client.another
  reason      = "x"
  approved_by = reviewer.client-ciso
  expires     = "2027-01-31"
}
`

	cases := map[string]struct {
		src  string
		same bool
	}{
		"removed": {strings.Join(kept, ""), true},
		"renamed": {strings.NewReplacer("contoso", "adatum", "8000-000000000011", "8000-000000000077").Replace(src), true},
		"altered": {strings.NewReplacer(`"onboarding"`, `"offboarded"`, `"insurance"`, `"retail"`, "none = true", `subscriptions = ["dddddddd-0000-4000-8000-000000000777"]`).Replace(src), true},
		"added":   {src + more, true},
		"first":   {more + src, true},
		"itself":  {strings.Replace(src, "Fabrikam.example", "fabrikam2.example", 1), false},
	}

	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.src == src {
				t.Fatal("nothing was changed")
			}
			got := string(canonical(t, loaded(t, file(t, c.src)), "fabrikam"))
			if (got == want) != c.same {
				t.Errorf("same = %v, want %v: %s", got == want, c.same, cmp.Diff(want, got))
			}
		})
	}
}

func TestAccessors(t *testing.T) {
	f := loaded(t, contract)
	c, ok := f.Client("contoso")
	if !ok {
		t.Fatal("no contoso")
	}

	lab, ok := f.Cloud(c.Cloud)
	want := Cloud{Name: "unsafe:lab", Graph: "https://127.0.0.1:8443/graph", ARM: "https://127.0.0.1:8443/arm", Authority: "https://127.0.0.1:8443/login", CAFile: "testdata/ca.pem"}
	if diff := cmp.Diff(want, lab); diff != "" || !ok {
		t.Error(diff)
	}

	if diff := cmp.Diff(Graph{"11111111-0000-4000-8000-000000000011", "file:testdata/secrets/contoso"}, c.Graph); diff != "" {
		t.Error(diff)
	}

	if diff := cmp.Diff(Graph{"11111111-0000-4000-8000-000000000001", "azidentity"}, f.MSP.Graph); diff != "" {
		t.Error(diff)
	}

	if public, ok := f.Cloud(f.MSP.Cloud); !ok || public.Graph != "https://graph.microsoft.com" {
		t.Errorf("the MSP's cloud: %v", public)
	}

	if c.Fence != nil || c.Origins["fence"].From != FromClient {
		t.Errorf("fence = null does not win over the defaults: %v from %v", c.Fence, c.Origins["fence"])
	}

	if diff := cmp.Diff([]string{"fabrikam", "contoso"}, f.labels()); diff != "" {
		t.Error(diff)
	}

	if diff := cmp.Diff([]Gate{{"open_ticket", "L2"}}, f.Gates); diff != "" {
		t.Error(diff)
	}
}

func TestShow(t *testing.T) {
	f := loaded(t, contract)
	var text, data bytes.Buffer
	if err := f.ShowText(&text); err != nil {
		t.Fatal(err)
	}

	golden(t, "testdata/contract.show.txt", text.Bytes())

	if err := f.ShowJSON(&data); err != nil {
		t.Fatal(err)
	}

	golden(t, "testdata/contract.show.json", data.Bytes())

	var v struct {
		Schema  string
		Clients []struct {
			Name    string
			Tenant  string `json:"tenant_id"`
			Domains []string
			Origins map[string]Origin
		}
	}
	if err := json.Unmarshal(data.Bytes(), &v); err != nil {
		t.Fatal(err)
	}

	if v.Schema != "ringfence.fleet/1" || len(v.Clients) != 2 || v.Clients[0].Tenant == "" || len(v.Clients[0].Domains) != 1 {
		t.Errorf("%+v", v)
	}

	want := map[string]string{"fence": FromDefaults, "keys.max_age": FromClient, "cloud": FromBuiltIn, "max_age": FromDefaults,
		"params.RF-T-08.allow_members_to_invite": FromClient, "params.RF-T-08.domains": FromDefaults, "tenant_id": FromClient}
	for name, from := range want {
		if got := v.Clients[0].Origins[name].From; got != from {
			t.Errorf("origin of %s: %q, want %q", name, got, from)
		}
	}
}

// TestEmptyShow: lists are [], never null, and nothing is invented.
func TestEmptyShow(t *testing.T) {
	f := loaded(t, file(t, "msp {\n name = \"x\"\n tenant_id = \"aaaaaaaa-0000-4000-8000-000000000001\"\n}\n"))
	var data bytes.Buffer
	if err := f.ShowJSON(&data); err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{"clients", "reviewers", "exceptions", "walls", "gates"} {
		if !strings.Contains(data.String(), `"`+name+`": []`) {
			t.Errorf("%s is not []: %s", name, data.String())
		}
	}
}

var controls = []finding.Control{
	{ID: "RF-T-07"},
	{ID: "RF-T-08", Params: map[string]finding.Param{
		"allow_members_to_invite": {Type: "boolean"}, "domains": {Type: "strings"}, "most": {Type: "integer"}, "note": {Type: "string"}}},
}

func TestCheck(t *testing.T) {
	everything := map[string]bool{"fleet.walls": true, "client.domains": true}
	for _, a := range clientTable {
		everything["client."+a.Name] = a.Checked
		for _, nested := range a.Of {
			everything["client."+a.Name+"."+nested.Name] = a.Type == intent.Block && nested.Checked
		}
	}

	asOf := time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC)
	params := func(p string) string {
		return strings.Replace(source(t), "{ allow_members_to_invite = false }", p, 1)
	}
	cases := map[string]struct {
		src   string
		known Known
	}{
		"clean":       {strings.Replace(source(t), "fence       = null # explicitly not promised\n", "partners = []\n", 1), Known{controls, map[string]bool{"client.fence.regions": true, "client.cell": true, "client.service_providers": true, "client.partners": true, "fleet.walls": true, "client.keys.max_age": true, "client.keys": true, "client.vendors": false}, asOf}},
		"not-read":    {source(t), Known{controls, nil, asOf}},
		"not-a-key":   {source(t), Known{controls, map[string]bool{"client.keys.owner": true, "client.cell": true}, asOf}},
		"all-read":    {source(t), Known{controls, everything, asOf.Add(time.Second)}},
		"no-controls": {source(t), Known{nil, everything, time.Time{}}},
		"params":      {params(`{ alow_members_to_invite = false, most = "3", note = 3, domains = "x", allow_members_to_invite = ["a"] }`), Known{controls, everything, asOf}},
		"ids":         {strings.NewReplacer(`"RF-T-08" = { allow_members_to_invite = false }`, `"RF-T-8" = {}`, `"RF-T-07"`, `"RF-T-70"`, `["banking", "insurance"]`, `["banking", "insuranze"]`).Replace(source(t)), Known{controls, everything, asOf}},
	}

	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := loaded(t, file(t, c.src))
			diags := f.Check(c.known)
			got := strings.ReplaceAll(written(t, diags), f.Dir+"/", "")
			golden(t, "testdata/check-"+name+".txt", []byte(got))
		})
	}
}

// TestExpiry: an exception holds until the end of its day, UTC.
func TestExpiry(t *testing.T) {
	f := loaded(t, contract)
	for at, want := range map[string]bool{"2027-01-31T23:59:59Z": false, "2027-02-01T00:00:00Z": true, "2027-02-01T00:30:00+01:00": false} {
		asOf, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}

		expired := false
		for _, g := range f.Check(Known{Controls: controls, AsOf: asOf}).Warnings() {
			expired = expired || g.Summary == "Exception expired"
		}

		if expired != want {
			t.Errorf("at %s: expired = %v", at, expired)
		}
	}
}

func TestUnmatchedExceptions(t *testing.T) {
	f := loaded(t, contract)
	match := finding.Finding{Control: "RF-T-07", Subject: "entra.cross_tenant_partners/cccccccc-0000-4000-8000-000000000001", Outcome: finding.NotSatisfied}
	other, gap := match, match
	other.Subject += "0"
	gap.Outcome = finding.Undetermined
	judged := []finding.Summary{{ID: "RF-T-07"}}
	cases := map[string]struct {
		set  finding.Set
		want int
	}{
		"matched":        {finding.Set{Client: "fabrikam", Controls: judged, Findings: []finding.Finding{other, match}}, 0},
		"other subject":  {finding.Set{Client: "fabrikam", Controls: judged, Findings: []finding.Finding{other}}, 1},
		"other kind":     {finding.Set{Client: "fabrikam", Controls: judged, Findings: []finding.Finding{gap}}, 1},
		"other client":   {finding.Set{Client: "contoso", Controls: judged}, 0},
		"nothing at all": {finding.Set{Client: "fabrikam", Controls: judged}, 1},
		"not judged":     {finding.Set{Client: "fabrikam"}, 0},
		"in the fleet":   {finding.Set{Client: "fleet", Controls: judged, Findings: []finding.Finding{match}}, 0},
	}

	for name, c := range cases {
		if got := f.UnmatchedExceptions(c.set); len(got) != c.want {
			t.Errorf("%s: %d unmatched, want %d", name, len(got), c.want)
		}
	}

	f.Exceptions[0].Subject, f.Exceptions[0].Kind = nil, kindGap
	if got := f.UnmatchedExceptions(finding.Set{Client: "fabrikam", Controls: judged, Findings: []finding.Finding{gap}}); len(got) != 0 {
		t.Error("an exception of the whole control does not match")
	}

	fleet := f.FleetIntent()
	if len(fleet.Exceptions) != 1 || *fleet.Exceptions[0].Subject != "client/fabrikam" || len(fleet.Reviewers) != 1 {
		t.Errorf("in the fleet it is not about its own client: %+v", fleet.Exceptions)
	}

	gap.Subject = "client/contoso"
	if got := f.UnmatchedExceptions(finding.Set{Client: "fleet", Controls: judged, Findings: []finding.Finding{gap}}); len(got) != 1 {
		t.Error("an exception of one client matches another")
	}
}

// TestDefaults: azure is taken as a whole, graph and keys attribute by
// attribute, params parameter by parameter; the client's own wins.
func TestDefaults(t *testing.T) {
	msp := "msp {\n  name = \"x\"\n  tenant_id = \"aaaaaaaa-0000-4000-8000-000000000001\"\n}\n"
	f := loaded(t, file(t, msp+`
client "a" {
  tenant_id = "aaaaaaaa-0000-4000-8000-00000000000a"
  azure {
    subscriptions = ["dddddddd-0000-4000-8000-000000000001"]
  }
  graph {
    credential = "env:A"
  }
  keys {
    vaults = []
  }
}
client "b" {
  tenant_id = "aaaaaaaa-0000-4000-8000-00000000000b"
  state     = "live"
}
defaults {
  state = "onboarding"
  azure {
    none = true
  }
  graph {
    app_id     = "11111111-0000-4000-8000-000000000001"
    credential = "federated"
  }
  keys {
    owner  = "client"
    vaults = ["/subscriptions/dddddddd-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.KeyVault/managedHSMs/h"]
  }
}
`))

	owner, app := "client", "11111111-0000-4000-8000-000000000001"
	vault := "/subscriptions/dddddddd-0000-4000-8000-000000000001/resourcegroups/rg/providers/microsoft.keyvault/managedhsms/h"

	type promise struct {
		State string
		Azure *intent.Azure
		Keys  *intent.Keys
		Graph Graph
	}

	want := map[string]promise{
		"a": {"onboarding", &intent.Azure{Subscriptions: []string{"dddddddd-0000-4000-8000-000000000001"}}, &intent.Keys{Owner: &owner, Vaults: []string{}}, Graph{app, "env:A"}},
		"b": {"live", &intent.Azure{None: true}, &intent.Keys{Owner: &owner, Vaults: []string{vault}}, Graph{app, "federated"}},
	}

	got := map[string]promise{}
	for _, c := range f.Clients {
		got[c.Name] = promise{c.State, c.Azure, c.Keys, c.Graph}
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	if o := f.Clients[0].Origins; o["graph.app_id"].From != FromDefaults || o["graph.credential"].From != FromClient || o["keys.owner"].From != FromDefaults {
		t.Errorf("%+v", o)
	}
}
