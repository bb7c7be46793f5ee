package run

import (
	"strings"
	"testing"

	"ringfence/internal/isolation"
	"ringfence/internal/runfolder/layout"
)

// surveyed is a survey of the fixture's fleet: two clients, proven apart.
func surveyed(t *testing.T, msp, snapshot string) []byte {
	t.Helper()
	s := isolation.Survey{Schema: isolation.SchemaName, Snapshot: snapshot, Pairs: isolation.Pairs{All: 4, Apart: 4},
		Tenants: []isolation.Tenant{
			{Name: isolation.MSPName, TenantID: msp, MSP: true},
			{Name: "contoso", TenantID: contosoTenant}, {Name: "fabrikam", TenantID: fabrikamTenant},
		}}
	data, err := s.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestFleetPaths: who reaches whom is an input of the MSP's own result, and of nobody else's.
func TestFleetPaths(t *testing.T) {
	in := Inputs{Snapshot: snap(t, "fleet", mspTenant, "Member"), Promise: fleetHCL(t).FleetIntent(),
		Engine: load(t, guestsRego, fleetRego), AsOf: asOf}
	without, err := in.RunID()
	if err != nil {
		t.Fatal(err)
	}
	in.FleetPaths = surveyed(t, mspTenant, in.Snapshot.Digest())
	with, err := in.RunID()
	if err != nil || with == without {
		t.Errorf("the run id does not depend on it: %v", err)
	}

	dir := folder(t, in, options(machine()))
	files := read(t, dir)
	if !strings.Contains(files[layout.Report], "Every pair is proven apart (4).") || files[layout.FleetPaths] != string(in.FleetPaths) {
		t.Error("it is not in the folder, or not in the report")
	}
	if r := verified(t, dir, anchored()); r.Code() != ExitOK {
		t.Errorf("code %d: %v %s", r.Code(), r.Problems, r.Reevaluated)
	}
	put(t, dir, layout.FleetPaths, strings.Replace(files[layout.FleetPaths], `"apart":4`, `"apart":3`, 1))
	has(t, verified(t, dir, anchored()), layout.FleetPaths, "was changed")

	client := fabrikam(t)
	client.FleetPaths = in.FleetPaths
	other := in
	other.FleetPaths = surveyed(t, contosoTenant, in.Snapshot.Digest())
	older := in
	older.FleetPaths = surveyed(t, mspTenant, strings.Repeat("0", 64))
	if _, err := Render(t.Context(), older, false); err == nil || !strings.Contains(err.Error(), "snapshot") {
		t.Errorf("of another snapshot: %v", err)
	}
	none := in
	none.FleetPaths = []byte("{}\n")
	for name, in := range map[string]Inputs{"a client's": client, "another MSP's": other, "no survey": none} {
		if _, err := Render(t.Context(), in, false); err == nil || !strings.Contains(err.Error(), layout.FleetPaths) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
