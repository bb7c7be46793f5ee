package fleetfile

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

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

	if v.Schema != "ringfence.fleet/1" || len(v.Clients) != 2 ||
		v.Clients[0].Tenant == "" || len(v.Clients[0].Domains) != 1 {
		t.Errorf("%+v", v)
	}

	want := map[string]string{
		"tenant_id":                              FromClient,
		"keys.max_age":                           FromClient,
		"params.RF-T-08.allow_members_to_invite": FromClient,
		"fence":                                  FromDefaults,
		"max_age":                                FromDefaults,
		"params.RF-T-08.domains":                 FromDefaults,
		"cloud":                                  FromBuiltIn,
	}
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
