package fleetfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/intent"
)

// TestDefaults: azure is taken as a whole, graph and keys attribute by
// attribute, params parameter by parameter; the client's own wins.
func TestDefaults(t *testing.T) {
	const vault = "/subscriptions/dddddddd-0000-4000-8000-000000000001/resourceGroups/rg" +
		"/providers/Microsoft.KeyVault/managedHSMs/h"
	f := loaded(t, file(t, mspBlock+`
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
    vaults = ["`+vault+`"]
  }
}
`))

	owner, app := "client", "11111111-0000-4000-8000-000000000001"

	type promise struct {
		State string
		Azure *intent.Azure
		Keys  *intent.Keys
		Graph Graph
	}

	want := map[string]promise{
		"a": {
			State: "onboarding",
			Azure: &intent.Azure{Subscriptions: []string{"dddddddd-0000-4000-8000-000000000001"}},
			Keys:  &intent.Keys{Owner: &owner, Vaults: []string{}},
			Graph: Graph{app, "env:A"},
		},
		"b": {
			State: "live",
			Azure: &intent.Azure{None: true},
			Keys:  &intent.Keys{Owner: &owner, Vaults: []string{strings.ToLower(vault)}},
			Graph: Graph{app, "federated"},
		},
	}

	got := map[string]promise{}
	for _, c := range f.Clients {
		got[c.Name] = promise{c.State, c.Azure, c.Keys, c.Graph}
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	for name, from := range map[string]string{
		"graph.app_id":     FromDefaults,
		"graph.credential": FromClient,
		"keys.owner":       FromDefaults,
	} {
		if got := f.Clients[0].Origins[name].From; got != from {
			t.Errorf("%s is from %s", name, got)
		}
	}
}
