package isolation_test

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/isolation"
)

var update = flag.Bool("update", false, "write testdata/isolation anew")

// The tenants of testdata/isolation, whose fleet.hcl names them.
const (
	theMSP   = "50000000-0000-4000-8000-000000000000"
	contoso  = "c0000000-0000-4000-8000-000000000001"
	fabrikam = "fab00000-0000-4000-8000-000000000002"
	adatum   = "ada00000-0000-4000-8000-000000000003"
	tailspin = "7a100000-0000-4000-8000-000000000004" // off-boarded
)

var exampleKinds = []reach.Kind{
	{Name: "app-home", Rule: reach.ToSide},
	{Name: "credential", Rule: reach.Bridging},
	{Name: "device", Rule: reach.Sharing},
	{Name: "gdap", Rule: reach.ToSide},
	{Name: "guest-home", Rule: reach.ToSide},
	{Name: "member", Rule: reach.ToSide},
	{Name: "owner", Rule: reach.ToSide},
	{Name: "role", Rule: reach.ToSide},
}

// exampleDatasets are the evidence of each kind.
var exampleDatasets = map[string]string{
	"app-home": "entra.service_principals", "credential": "entra.applications", "device": "intune.managed_devices",
	"gdap": "gdap.access_assignments", "guest-home": "entra.users", "member": "entra.group_members",
	"owner": "entra.application_owners", "role": "entra.role_assignments",
}

func edge(from, to, kind string, state fact.State, evidence string) fact.Edge {
	return fact.Edge{From: fact.Node(from), To: fact.Node(to), Kind: kind, State: state, Evidence: []string{evidence}}
}

// exampleFleet: the MSP has a role in contoso and in fabrikam. Somebody of fabrikam is a guest of
// contoso, in a group that may activate a role; and owns an application of the MSP that has a
// role in contoso. Who is a guest of adatum could not be read. Of tailspin, which left, a guest
// and an application are still with the MSP, and one of the MSP's is still there.
func exampleFleet() map[string]fact.Facts {
	edges := map[string][]fact.Edge{
		contoso: {
			edge(fabrikam+"/user/kim", contoso+"/user/kim (guest)", "guest-home", fact.Live, "entra.users/kim"),
			edge(contoso+"/user/kim (guest)", contoso+"/group/projects", "member", fact.Live, "entra.group_members/projects"),
			edge(contoso+"/group/projects", contoso+"/tier0/privileged-role-administrator", "role", fact.JIT, "entra.role_eligibility/7"),
			edge(theMSP+"/application/backup", contoso+"/service-principal/backup", "app-home", fact.Live, "entra.service_principals/backup"),
			edge(contoso+"/service-principal/backup", contoso+"/tier0/role-management", "role", fact.Live, "entra.app_role_assignments/3"),
			edge(theMSP+"/group/technicians", contoso+"/tier0/user-administrator", "gdap", fact.Live, "gdap.access_assignments/1"),
		},
		fabrikam: {
			edge(theMSP+"/group/technicians", fabrikam+"/tier0/user-administrator", "gdap", fact.Live, "gdap.access_assignments/2"),
		},
		adatum: {
			edge(adatum+"/user/lee", adatum+"/tier0/global-administrator", "role", fact.Live, "entra.role_assignments/1"),
		},
		theMSP: {
			edge(fabrikam+"/user/kim", theMSP+"/user/kim (guest)", "guest-home", fact.Live, "entra.users/kim-at-the-msp"),
			edge(theMSP+"/user/kim (guest)", theMSP+"/application/backup", "owner", fact.Live, "entra.application_owners/backup"),
			edge(tailspin+"/user/sam", theMSP+"/user/sam (guest)", "guest-home", fact.Live, "entra.users/sam"),
			edge(tailspin+"/application/invoices", theMSP+"/service-principal/invoices", "app-home", fact.Live, "entra.service_principals/invoices"),
		},
		tailspin: {
			edge(theMSP+"/application/backup", tailspin+"/service-principal/backup", "app-home", fact.Live, "entra.service_principals/backup"),
			edge(tailspin+"/service-principal/backup", tailspin+"/tier0/role-management", "role", fact.Live, "entra.app_role_assignments/9"),
		},
	}

	fleet := map[string]fact.Facts{}
	for tenant, own := range edges {
		f := fact.Facts{Tenant: tenant, Edges: own, Coverage: exampleCoverage(tenant)}
		f.Sort()
		fleet[tenant] = f
	}
	return fleet
}

func exampleCoverage(tenant string) []fact.Coverage {
	var all []fact.Coverage
	for _, k := range exampleKinds {
		dataset := exampleDatasets[k.Name]
		sum := sha256.Sum256([]byte(tenant + dataset))
		u := fact.Unit{Name: dataset, Status: fact.Complete, Digest: hex.EncodeToString(sum[:]),
			EndedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
		if tenant == adatum && k.Name == "guest-home" {
			u = fact.Unit{Name: dataset, Status: "denied"}
		}
		all = append(all, fact.Coverage{Kind: k.Name, Units: []fact.Unit{u}})
	}
	return all
}

const exampleFolder = "../../testdata/isolation"

// TestExampleFolder: testdata/isolation is this fleet, as it is read.
func TestExampleFolder(t *testing.T) {
	fleet := exampleFleet()
	if *update {
		for tenant, facts := range fleet {
			writeExample(t, tenant+".json", canonical(t, facts))
		}
		kinds, err := fact.Canonical(exampleKinds)
		if err != nil {
			t.Fatal(err)
		}
		writeExample(t, isolation.KindsFile, kinds)
	}

	folder, err := isolation.ReadFolder(filepath.Join(exampleFolder, "facts"))
	if err != nil {
		t.Fatal(err)
	}
	for tenant, facts := range fleet {
		if string(folder.Files[tenant]) != string(canonical(t, facts)) {
			t.Errorf("the file of %s is another one; -update writes it anew", tenant)
		}
	}
	if len(folder.Files) != len(fleet) || !slices.Equal(folder.Kinds, exampleKinds) {
		t.Errorf("%d files, kinds %v", len(folder.Files), folder.Kinds)
	}

	file, err := os.ReadFile(filepath.Join(exampleFolder, "fleet.hcl"))
	for tenant := range fleet {
		if err != nil || !strings.Contains(string(file), tenant) {
			t.Errorf("fleet.hcl does not name %s: %v", tenant, err)
		}
	}
}

func canonical(t testing.TB, facts fact.Facts) []byte {
	t.Helper()
	b, err := facts.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeExample(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(exampleFolder, "facts", name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}
