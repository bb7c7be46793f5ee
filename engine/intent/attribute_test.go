package intent

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A made-up promise with one attribute of each shape. What is done with fields is done
// by their types, so a new attribute needs no code.
type (
	madeUp struct {
		Name     string         `json:"name"`
		Contract *contract      `json:"contract"`
		People   []person       `json:"people"`
		Params   map[string]any `json:"params"`
	}
	contract struct {
		Until  *string  `json:"until"`
		Places []string `json:"places"`
	}
	person struct {
		Name string   `json:"name"`
		IDs  []string `json:"ids"`
	}
)

var madeUpTable = Table{
	{Name: "name", Type: Label},
	{Name: "contract", Type: Block, Of: Table{
		{Name: "until", Type: Text, Form: geography},
		{Name: "places", Type: Texts, Form: region},
	}},
	{Name: "people", Type: References, To: "person", Of: Table{
		{Name: "name", Type: Label},
		{Name: "ids", Type: Texts, Form: GUID},
	}},
	{Name: "params", Type: Parameters},
}

func example() madeUp {
	until := "eur"
	return madeUp{
		Name:     "x",
		Contract: &contract{Until: &until, Places: []string{"West Europe", "East US"}},
		People:   []person{{"b", []string{"B", "A"}}, {"a", nil}},
		Params:   map[string]any{"p": []any{"b", "a"}},
	}
}

func TestNormalize(t *testing.T) {
	got := example()
	madeUpTable.normalize(reflect.ValueOf(&got).Elem())

	until := "EUR"
	want := madeUp{
		Name:     "x",
		Contract: &contract{Until: &until, Places: []string{"eastus", "westeurope"}},
		People:   []person{{"a", nil}, {"b", []string{"a", "b"}}},
		Params:   map[string]any{"p": []any{"b", "a"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestClone: whoever changes the copy, however deep, changes nothing of the original.
func TestClone(t *testing.T) {
	original := example()
	copied := Clone(original)
	if diff := cmp.Diff(original, copied); diff != "" {
		t.Error(diff)
	}

	*copied.Contract.Until = "changed"
	copied.Contract.Places[0], copied.People[0].IDs[0] = "changed", "changed"
	copied.People[1].Name = "changed"
	copied.Params["p"].([]any)[0] = "changed"
	copied.Params["q"] = "changed"

	if diff := cmp.Diff(example(), original); diff != "" {
		t.Error(diff)
	}
}

func TestIsNull(t *testing.T) {
	owner := "client"
	c := Client{Keys: &Keys{Owner: &owner}, Vendors: []Vendor{}}
	for name, want := range map[string]bool{
		"cell":         true,
		"keys":         false,
		"keys.owner":   false,
		"keys.vaults":  true,
		"azure":        true,
		"azure.none":   true,
		"fence.name":   true,
		"partners":     true,
		"vendors":      false,
		"params":       true,
		"name":         false,
		"no attribute": false,
	} {
		if got := c.IsNull(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestGating pins which controls are not applicable where nothing is promised.
func TestGating(t *testing.T) {
	want := []string{"allowed_clouds", "applications", "azure", "break_glass", "cell", "contract",
		"data_location", "domains", "federation", "fence", "gate", "gdap", "governance", "keys", "lighthouse",
		"partners", "responsible", "service_providers", "shared_sinks", "vendors"}
	if diff := cmp.Diff(want, Gating()); diff != "" {
		t.Error(diff)
	}
}

// TestInFleet: all that the fleet result knows of a client is the client's.
func TestInFleet(t *testing.T) {
	client := reflect.TypeFor[Client]()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[FleetClient]()) {
		same, ok := client.FieldByName(field.Name)
		if !ok || same.Type != field.Type || jsonName(same) != jsonName(field) {
			t.Errorf("a client has no %s like that", field.Name)
		}
	}

	params := map[string]map[string]any{"P": {"a": "b"}}
	c := Client{Name: "x", State: "live", Domains: []string{"b", "a"}, Params: params}
	known := c.InFleet()
	known.Params["P"]["a"] = "changed"

	if known.Name != "x" || known.State != "live" || !slices.Equal(known.Domains, []string{"a", "b"}) {
		t.Errorf("%+v", known)
	}
	if c.Domains[0] != "b" || c.Params["P"]["a"] != "b" {
		t.Errorf("it shares memory with the client: %+v", c)
	}
}
