package fleetfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/intent"
)

const blocksHead = `
msp {
  name      = "Northwind"
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000001"
  max_reach = 25
}
reviewer "lead" {
  email      = "lead@northwind.example"
  org        = "msp"
  key_sha256 = "a0c4000000000000000000000000000000000000000000000000000000000002"
}
`

const blocksClient = `
client "a" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010"
  data_location {
    service = "teams"
    geo     = "eur"
    seen_by = reviewer.lead
    seen_on = "2026-11-30"
  }
  data_location {
    service = "exchange"
    geo     = "DEU"
    seen_by = reviewer.lead
    seen_on = "2026-11-29"
  }
}
client "b" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000011"
}
`

const blocksSink = `
shared_sink "soc" {
  resource_id = "/subscriptions/dddddddd-0000-4000-8000-000000000009/resourceGroups/RG/providers/` +
	`Microsoft.OperationalInsights/workspaces/Law"
  clients     = [client.a]
}
`

// TestRepeatedBlocks: a client has any number of data_location blocks, its promise has them in
// order, and a shared sink is the promise of those clients alone that it names.
func TestRepeatedBlocks(t *testing.T) {
	f, diags := Load(file(t, blocksHead+blocksClient+blocksSink))
	if diags.HasErrors() {
		t.Fatal(written(t, diags))
	}

	a, err := f.Intent("a")
	if err != nil {
		t.Fatal(err)
	}

	locations := []intent.DataLocation{
		{Service: "exchange", Geo: "DEU", SeenBy: "lead", SeenOn: "2026-11-29"},
		{Service: "teams", Geo: "EUR", SeenBy: "lead", SeenOn: "2026-11-30"},
	}
	if diff := cmp.Diff(locations, a.Client.DataLocation); diff != "" {
		t.Error(diff)
	}

	const law = "/subscriptions/dddddddd-0000-4000-8000-000000000009" +
		"/resourcegroups/rg/providers/microsoft.operationalinsights/workspaces/law"
	sinks := []intent.SharedSink{{Name: "soc", ResourceID: law}}
	if diff := cmp.Diff(sinks, a.Client.SharedSinks); diff != "" {
		t.Error(diff)
	}
	if a.MSP.MaxReach == nil || *a.MSP.MaxReach != 25 {
		t.Error("max_reach", a.MSP.MaxReach)
	}

	b, err := f.Intent("b")
	if err != nil || b.Client.SharedSinks != nil || b.Client.DataLocation != nil {
		t.Errorf("client b: %v, %+v", err, b.Client)
	}
}

// TestRepeatedBlocksInherited: a client without data_location blocks takes those of the defaults, one
// with its own takes none of them.
func TestRepeatedBlocksInherited(t *testing.T) {
	const defaults = `
defaults {
  data_location {
    service = "sharepoint"
    geo     = "CHE"
    seen_by = reviewer.lead
    seen_on = "2026-01-01"
  }
}
`
	f, diags := Load(file(t, blocksHead+defaults+blocksClient))
	if diags.HasErrors() {
		t.Fatal(written(t, diags))
	}

	got := map[string]int{}
	for _, c := range f.Clients {
		for _, d := range c.DataLocation {
			got[c.Name+" "+d.Service]++
		}
	}
	if diff := cmp.Diff(map[string]int{"a teams": 1, "a exchange": 1, "b sharepoint": 1}, got); diff != "" {
		t.Error(diff)
	}
	if from := f.Clients[1].Origins["data_location"].From; from != FromDefaults {
		t.Errorf("from %q", from)
	}
}

func TestRepeatedBlocksRefused(t *testing.T) {
	for _, c := range []struct{ old, replaced, want string }{
		{"max_reach = 25", "max_reach = 0", `"max_reach" of the msp block must be a whole number of 1 or more`},
		{"max_reach = 25", `max_reach = "many"`, `"max_reach" of the msp block must be a whole number`},
		{`seen_on = "2026-11-30"`, ``, `needs the attribute "seen_on"`},
		{`seen_on = "2026-11-30"`, `seen_on = "30.11.2026"`, `must be a date such as "2027-01-31"`},
		{`service = "teams"`, `service = "tems"`, `must be one of "exchange", "sharepoint"`},
		{`data_location {`, `data_location "x" {`, `The data_location block has no label.`},
		{`seen_by = reviewer.lead`, `seen_by = reviewer.lea`, `Did you mean "reviewer.lead"?`},
		{`clients     = [client.a]`, `clients = [client.c]`, `There is no client.c`},
		{"/workspaces/Law", "", "must be the ARM id of a resource"},
		{`client "b" {`, "client \"b\" {\n  shared_sinks = []\n", `has no attribute "shared_sinks"`},
	} {
		src := strings.Replace(blocksHead+blocksClient+blocksSink, c.old, c.replaced, 1)
		_, diags := Load(file(t, src))
		got := written(t, diags)
		if words := strings.Join(strings.Fields(got), " "); !diags.HasErrors() || !strings.Contains(words, c.want) {
			t.Errorf("%s: want %s, got\n%s", c.replaced, c.want, got)
		}
	}
}
