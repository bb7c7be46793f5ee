package access

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/fleetfile"
	"ringfence/policies"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// some are the needs of a few built-in controls: one that reads a policy of the
// directory, one of Azure, and one of the MSP's own tenant.
func some(t *testing.T) Needs {
	t.Helper()
	files := fstest.MapFS{}
	for _, control := range []string{
		"isolation/guest_inviters", "keyownership/vault_tenants", "isolation/partner_relationships",
	} {
		dir := "ringfence/" + control
		entries, err := fs.ReadDir(policies.FS, dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			add(t, files, dir+"/"+e.Name())
		}
	}
	for _, family := range []string{"isolation/isolation.rego", "keyownership/keyownership.rego"} {
		add(t, files, "ringfence/"+family)
	}
	fs.WalkDir(policies.FS, "ringfence/lib", func(name string, d fs.DirEntry, _ error) error {
		if d != nil && !d.IsDir() {
			add(t, files, name)
		}
		return nil
	})

	e, err := engine.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return NeedsOf(e, false)
}

func add(t *testing.T, files fstest.MapFS, name string) {
	t.Helper()
	data, err := fs.ReadFile(policies.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	files[name] = &fstest.MapFile{Data: data}
}

const fleetText = `msp {
  name      = "[North'wind] $(reboot)"
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000001"
  graph {
    app_id     = "11111111-0000-4000-8000-000000000001"
    credential = "federated"
  }
}
defaults {
  graph {
    app_id     = "11111111-0000-4000-8000-000000000001"
    credential = "federated"
  }
}
client "contoso" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010"
  azure {
    subscriptions = ["dddddddd-0000-4000-8000-000000000001"]
  }
}
client "fabrikam" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000011"
  cloud     = "usgov"
  azure {
    none = true
  }
  graph {
    app_id     = "11111111-0000-4000-8000-000000000011"
    credential = "env:FABRIKAM"
  }
}
client "tailspin" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000012"
}
`

func loadFleet(t *testing.T, text string) *fleetfile.Fleet {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fleet.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, diags := fleetfile.Load(path)
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}
	return f
}

// TestPlan: the plan of a small fleet, as text and as a page.
func TestPlan(t *testing.T) {
	labels := []string{"fleet", "contoso", "fabrikam", "tailspin"}
	p, err := NewPlan(loadFleet(t, fleetText), some(t), labels)
	if err != nil {
		t.Fatal(err)
	}

	var text, markdown bytes.Buffer
	if err := p.Text(&text); err != nil {
		t.Fatal(err)
	}
	if err := p.Markdown(&markdown); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/plan.txt", text.Bytes())
	golden(t, "testdata/plan.md", markdown.Bytes())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	want, err := os.ReadFile(name)
	if diff := cmp.Diff(string(want), string(got)); err != nil || diff != "" {
		t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
	}
}

// TestPlanOfMany: what is the same in all tenants is printed once, and each tenant's own
// page of consent is there.
func TestPlanOfMany(t *testing.T) {
	text := strings.Replace(fleetText, "defaults {", "defaults {\n  azure {\n    subscriptions = \"all\"\n  }", 1)
	labels := []string{"fleet", "tailspin"}
	for i := range 30 {
		label := fmt.Sprintf("client-%d", i)
		labels = append(labels, label)
		text += fmt.Sprintf("client %q {\n  tenant_id = \"eeeeeeee-0000-4000-8000-%012d\"\n}\n", label, i)
	}

	p, err := NewPlan(loadFleet(t, text), some(t), labels)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := p.Text(&out); err != nil {
		t.Fatal(err)
	}

	for part, want := range map[string]int{
		"/adminconsent?client_id=": 32, "az ad sp delete": 1, "az role assignment create": 1,
		"New-AzRoleAssignment": 1, "tailspin, client-0, client-1 and 28 more": 3,
	} {
		if n := strings.Count(out.String(), part); n != want {
			t.Errorf("%q is there %d times, not %d:\n%s", part, n, want, &out)
		}
	}
}

// TestManifest: a client's administrator is not asked for what only the MSP's own tenant
// can show; the MSP's grants it by itself.
func TestManifest(t *testing.T) {
	needs := some(t)
	p, err := NewPlan(loadFleet(t, fleetText), needs, []string{"fleet", "contoso", "tailspin"})
	if err != nil {
		t.Fatal(err)
	}

	gdap, _ := AppRole("DelegatedAdminRelationship.Read.All")
	if len(p.Applications) != 1 || !p.Applications[0].MultiTenant {
		t.Fatalf("%+v", p.Applications)
	}
	asked := p.Applications[0].Manifest[0].Access
	if slices.Contains(asked, Access{gdap, "Role"}) || len(asked) == 0 {
		t.Errorf("%v", asked)
	}
	if extra := p.Tenants[0].Extra; len(extra) != 1 || extra[0].ID != gdap {
		t.Errorf("%+v", extra)
	}
	if p.Tenants[1].Extra == nil || len(p.Tenants[1].Extra) != 0 || len(p.Tenants[1].Azure) != 1 {
		t.Errorf("%+v", p.Tenants[1])
	}
	if len(p.Tenants[2].Open) != 1 { // tailspin says nothing of Azure
		t.Errorf("%+v", p.Tenants[2])
	}
}

// TestAppRoles: every permission of Microsoft Graph that a schema names has an id, no two
// have the same, and none can write.
func TestAppRoles(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	seen := map[string]string{}
	for name, id := range appRoles {
		if !form.MatchString(id) || seen[id] != "" {
			t.Errorf("%s: %s (%s)", name, id, seen[id])
		}
		if strings.Contains(name, "Write") || !strings.Contains(name, "Read") {
			t.Errorf("%s does more than read", name)
		}
		seen[id] = name
	}

	for dataset := range snapshot.Schemas() {
		for _, p := range permissionsOf(dataset) {
			_, _, isAzure := AzureRole(p)
			if _, known := AppRole(p); !known && !isAzure {
				t.Errorf("%s needs %s, whose id is not in appRoles: see "+
					"https://learn.microsoft.com/graph/permissions-reference", dataset, p)
			}
		}
	}
}

// TestQuoting: no name means anything to a shell.
func TestQuoting(t *testing.T) {
	for word, want := range map[string][2]string{
		"plain-1.example": {"plain-1.example", "plain-1.example"},
		"":                {"''", "''"},
		"a b":             {"'a b'", "'a b'"},
		"it's":            {`'it'\''s'`, "'it''s'"},
		"$(reboot)`x`":    {"'$(reboot)`x`'", "'$(reboot)`x`'"},
		"a\u2019; evil":   {"'a\u2019; evil'", "'a\u2019\u2019; evil'"},
		"-Confirm":        {"-Confirm", "'-Confirm'"},
	} {
		if got := [2]string{shell(word), powershell(word)}; got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if got := literal("[concat('a')]"); got != "[[concat('a')]" {
		t.Error(got)
	}
	if got := escape("<b>[x](y)|`"); strings.ContainsAny(got, "<>") || !strings.Contains(got, `\[x\]`) {
		t.Error(got)
	}
}

// TestCheck: the grant that decides most comes first, and a control that two grants stand
// in the way of is decided by neither alone.
func TestCheck(t *testing.T) {
	need := func(dataset string, controls ...string) Need {
		return Need{dataset, permissionsOf(dataset), append([]string{}, controls...)}
	}
	wanted := []Need{
		need("entra.authorization_policy", "B", "C"), need("entra.deleted_items", "A"),
		need("entra.domains", "D"), need("entra.organization"), need("entra.users", "B"),
	}
	probed := func(dataset string, access collectors.Access) collectors.Probed {
		return collectors.Probed{Dataset: dataset, Access: access}
	}
	c := NewCheck("x", "t", wanted, collectors.Probes{
		Roles: []string{"Organization.Read.All", "Group.Read.All", "Application.Read.All"},
		Datasets: []collectors.Probed{
			probed("entra.authorization_policy", collectors.Denied), probed("entra.deleted_items", collectors.Denied),
			probed("entra.domains", collectors.Unreachable), probed("entra.organization", collectors.Granted),
			probed("entra.users", collectors.Denied),
		},
	})

	want := []Missing{
		{"User.Read.All", []string{"entra.deleted_items", "entra.users"}, []string{"A", "B"}, []string{"A"}},
		{"Policy.Read.All", []string{"entra.authorization_policy"}, []string{"B", "C"}, []string{"C"}},
	}
	slices.SortFunc(c.Missing, func(a, b Missing) int { return strings.Compare(b.Permission, a.Permission) })
	if diff := cmp.Diff(want, c.Missing); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A", "B", "C", "D"}, c.Blind); diff != "" || c.Complete() {
		t.Errorf("%s, complete %v", diff, c.Complete())
	}
	if all := c.Datasets[3].Controls; !slices.Equal(all, []string{"A", "B", "C", "D"}) {
		t.Errorf("the organization unblocks %v", all)
	}
}

// TestScopesOf: a role is asked for at the management group that the fleet file names, and
// at a subscription only where the role at the group may not reach it.
func TestScopesOf(t *testing.T) {
	const tenantID, sub = "aaaaaaaa-0000-4000-8000-000000000010", "dddddddd-0000-4000-8000-000000000001"
	tenant := Tenant{TenantID: tenantID}
	subs := []string{sub}
	for _, tc := range []struct {
		place string
		azure snapshot.Azure
		want  []string
	}{
		{"the subscription", snapshot.Azure{Subscriptions: subs}, []string{"/subscriptions/" + sub}},
		{"the subscription", snapshot.Azure{Subscriptions: subs, ManagementGroup: tenantID}, []string{groupPath + tenantID}},
		{"the subscription", snapshot.Azure{Subscriptions: subs, ManagementGroup: "mg"},
			[]string{groupPath + "mg", "/subscriptions/" + sub}},
		{"the subscription", snapshot.Azure{None: true}, nil},
		{"the management group", snapshot.Azure{Subscriptions: subs}, nil},
		{"the management group", snapshot.Azure{Subscriptions: subs, ManagementGroup: "mg"}, []string{groupPath + "mg"}},
		{"the tenant root management group", snapshot.Azure{Subscriptions: subs}, []string{groupPath + tenantID}},
		{"/providers/microsoft.aadiam", snapshot.Azure{Subscriptions: subs}, []string{"/providers/microsoft.aadiam"}},
	} {
		if got := tenant.scopesOf(tc.place, tc.azure); !slices.Equal(got, tc.want) {
			t.Errorf("%s of %+v: %v, want %v", tc.place, tc.azure, got, tc.want)
		}
	}
}

// TestCompared: where clients are compared, what facts read is needed in each client's tenant and
// in the MSP's own, there but for Azure.
func TestCompared(t *testing.T) {
	e, err := engine.Load(policies.FS)
	if err != nil {
		t.Fatal(err)
	}

	has := func(needs []Need, dataset string) bool {
		return slices.ContainsFunc(needs, func(n Need) bool { return n.Dataset == dataset })
	}
	alone, compared := NeedsOf(e, false), NeedsOf(e, true)
	if has(alone.MSP, "entra.applications") || !has(compared.MSP, "entra.applications") {
		t.Error("the MSP's applications are needed where clients are not compared, or not needed where they are")
	}
	if has(alone.Client, "intune.managed_devices") || !has(compared.Client, "intune.managed_devices") {
		t.Error("devices are needed where clients are not compared, or not needed where they are")
	}
	if has(compared.MSP, "azure.role_assignments") || has(compared.Client, "gdap.relationships") {
		t.Error("Azure is needed in the MSP's tenant, or GDAP in a client's")
	}
	if _, reads := Properties(e, false)["intune.managed_devices"]; reads {
		t.Error("devices are read where clients are not compared")
	}
	if !slices.Contains(Properties(e, true)["intune.managed_devices"], "serialNumber") {
		t.Error("serial numbers are not read where clients are compared")
	}
}
