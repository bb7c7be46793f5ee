package azure

import (
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
)

const (
	sub  = "dddddddd-0000-4000-8000-000000000001"
	role = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
)

type object = map[string]any

func TestCanReadAll(t *testing.T) {
	list := func(s ...string) []any {
		out := []any{}
		for _, v := range s {
			out = append(out, v)
		}
		return out
	}

	reader := object{"actions": list("*/read"), "notActions": list()}
	for _, tc := range []struct {
		name       string
		scope      any
		condition  any
		permission object
		want       bool
	}{
		{"at the subscription", "/subscriptions/" + strings.ToUpper(sub), nil, reader, true},
		{"at the subscription, with a slash", "/subscriptions/" + sub + "/", nil, reader, true},
		{"at a management group", "/providers/Microsoft.Management/managementGroups/root", nil, reader, true},
		{"at the root", "/", nil, reader, true},
		{"at another subscription", "/subscriptions/dddddddd-0000-4000-8000-000000000002", nil, reader, false},
		{"at a resource group", "/subscriptions/" + sub + "/resourceGroups/rg", nil, reader, false},
		{"below a management group's name", "/providers/Microsoft.Management/managementGroups/a/b", nil, reader, false},
		{"no scope", nil, nil, reader, false},
		{"a condition", "/", "@Resource[x] StringEquals 'y'", reader, false},
		{"an empty condition", "/", "", reader, true},
		{"owner", "/", nil, object{"actions": list("*"), "notActions": list()}, true},
		{"contributor", "/", nil, object{"actions": list("*"), "notActions": list("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
			"Microsoft.Authorization/elevateAccess/Action", "Microsoft.Compute/galleries/share/action")}, true},
		{"one provider", "/", nil, object{"actions": list("Microsoft.KeyVault/*/read"), "notActions": list()}, false},
		{"reads taken away", "/", nil, object{"actions": list("*/read"), "notActions": list("*/read")}, false},
		{"one read taken away", "/", nil, object{"actions": list("*"), "notActions": list("Microsoft.KeyVault/vaults/Read")}, false},
		{"a provider taken away", "/", nil, object{"actions": list("*"), "notActions": list("Microsoft.KeyVault/*")}, false},
		{"a pattern that ends in read", "/", nil, object{"actions": list("*"), "notActions": list("Microsoft.KeyVault/*ead")}, false},
		{"notActions that cannot be read", "/", nil, object{"actions": list("*"), "notActions": "x"}, false},
		{"a notAction that cannot be read", "/", nil, object{"actions": list("*"), "notActions": []any{7}}, false},
		{"no notActions", "/", nil, object{"actions": list("*/read")}, true},
		{"a condition of the permission", "/", nil, object{"actions": list("*/read"), "condition": "x"}, false},
		{"data actions only", "/", nil, object{"actions": list(), "dataActions": list("*")}, false},
	} {
		assignment := snapshot.Document{Spec: object{"properties": object{"scope": tc.scope, "condition": tc.condition,
			"roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/" + role}}}
		definition := snapshot.Document{Spec: object{"id": "/subscriptions/" + sub + "/providers/Microsoft.Authorization/roleDefinitions/" + strings.ToUpper(role),
			"properties": object{"permissions": []any{tc.permission}}}}
		if got := CanReadAll(sub, []snapshot.Document{assignment}, []snapshot.Document{definition}); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}

		if CanReadAll(sub, []snapshot.Document{assignment}, nil) {
			t.Errorf("%s: without the definition", tc.name)
		}

		if CanReadAll(sub, nil, []snapshot.Document{definition}) {
			t.Errorf("%s: without an assignment", tc.name)
		}

		empty := snapshot.Document{Spec: object{"id": definition.Spec["id"], "properties": object{"permissions": []any{}}}}
		if CanReadAll(sub, []snapshot.Document{assignment}, []snapshot.Document{definition, empty}) {
			t.Errorf("%s: two definitions of one name disagree", tc.name)
		}
	}
}
