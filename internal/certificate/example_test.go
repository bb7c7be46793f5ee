package certificate_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	written "ringfence/engine/fleet/certificate"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/certificate"
	"ringfence/internal/randomfleet"
)

var update = flag.Bool("update", false, "write examples/certificate anew")

// The tenants of the example.
const (
	contoso  = "c0000000-0000-4000-8000-000000000001"
	fabrikam = "fab00000-0000-4000-8000-000000000002"
	theMSP   = "50000000-0000-4000-8000-000000000000"
)

// exampleFleet: the MSP has a role in contoso, and somebody of fabrikam is a guest there who
// is in a group that gives nothing.
func exampleFleet() reach.Fleet {
	kinds := []string{"gdap", "guest-home", "member", "role"}
	edge := func(from, to fact.Node, kind, evidence string) fact.Edge {
		return fact.Edge{From: from, To: to, Kind: kind, State: fact.Live, Evidence: []string{evidence}}
	}
	guest, readers := fact.NewNode(contoso, "user", "guest"), fact.NewNode(contoso, "group", "readers")
	role := fact.NewNode(contoso, "role", "helpdesk")

	edges := map[string][]fact.Edge{contoso: {
		edge(fact.NewNode(fabrikam, "user", "kim"), guest, "guest-home", "entra.users/guest#/identities"),
		edge(guest, readers, "member", "entra.group_members/readers"),
		edge(fact.NewNode(theMSP, "group", "technicians"), role, "gdap", "gdap.access_assignments/1"),
		edge(role, fact.NewNode(contoso, fact.Tier0, "user-administrator"), "role", "entra.role_assignments/1"),
	}}
	fleet := reach.Fleet{Tenants: []string{contoso, fabrikam, theMSP}, Spread: 6 * time.Hour}
	for _, k := range kinds {
		fleet.Kinds = append(fleet.Kinds, reach.Kind{Name: k, Rule: reach.ToSide})
	}

	fleet.Facts = func(tenant string) (fact.Facts, error) {
		facts := fact.Facts{Tenant: tenant, Edges: edges[tenant]}
		for _, k := range kinds {
			facts.Coverage = append(facts.Coverage, fact.Coverage{Kind: k, Units: []fact.Unit{{
				Name: "evidence of " + k, Status: fact.Complete, EndedAt: randomfleet.AsOf,
				Digest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			}}})
		}
		return facts, nil
	}
	return fleet
}

// TestExample: the example is what the engine writes, and it holds.
func TestExample(t *testing.T) {
	fleet := exampleFleet()
	g, err := reach.New(fleet)
	if err != nil {
		t.Fatal(err)
	}
	c, err := written.New(g.Search(), []string{fabrikam}, contoso)
	if err != nil {
		t.Fatal(err)
	}
	data, err := c.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	facts, err := fleet.Facts(contoso)
	if err != nil {
		t.Fatal(err)
	}
	file, err := facts.Canonical()
	if err != nil {
		t.Fatal(err)
	}

	if _, err := certificate.Check(data, file); err != nil {
		t.Error(err)
	}
	if _, err := written.New(g.Search(), []string{theMSP}, contoso); err == nil {
		t.Error("the MSP does not reach contoso, it is certified")
	}

	for name, want := range map[string][]byte{"certificate.json": data, "facts.json": file} {
		name = filepath.Join("../../examples/certificate", name)
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != string(want) {
			t.Errorf("%s is not what the engine writes (-update writes it anew): %v", name, err)
		}
	}
}
