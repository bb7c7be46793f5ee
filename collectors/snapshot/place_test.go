package snapshot

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestCheckPlace(t *testing.T) {
	const (
		sub   = "dddddddd-0000-4000-8000-000000000001"
		other = "dddddddd-0000-4000-8000-000000000002"
		in    = "/subscriptions/" + sub
		group = in + "/resourcegroups/rg"
		roles = "/providers/microsoft.authorization/roledefinitions/r"
		mg    = "/providers/microsoft.management/managementgroups/mg"
		sql   = group + "/providers/microsoft.sql/servers/s"

		elsewhere  = "/subscriptions/" + other + "/resourcegroups/rg"
		nameless   = "/subscriptions/{subscriptionid}/resourcegroups/rg"
		lighthouse = "/providers/microsoft.managedservices/registrationassignments/a"
		vault      = "/providers/microsoft.keyvault/vaults/kv"
		storage    = "/providers/microsoft.storage/storageaccounts/x"
	)
	capitals := "/subscriptions/" + strings.ToUpper(sub) + "/resourcegroups/rg/providers/Microsoft.KeyVault/vaults/kv"

	for _, tc := range []struct {
		dataset, id, scope string
		ok                 bool
	}{
		{"keyvault.vaults", group + vault, sub, true},
		{"keyvault.vaults", capitals, sub, true},
		{"keyvault.vaults", nameless + vault, sub, true},
		{"keyvault.vaults", elsewhere + vault, sub, false},
		{"keyvault.vaults", in + "0/resourcegroups/rg" + vault, sub, false},
		{"keyvault.vaults", vault, sub, false},
		{"keyvault.vaults", "kv", sub, false},
		{"keyvault.vaults", group + "/providers/microsoft.storage/storageaccounts/kv", sub, false},
		{"keyvault.vaults", group + "/providers/microsoft.keyvault/managedhsms/kv", sub, false},
		{"keyvault.deleted_vaults", in + "/providers/microsoft.keyvault/locations/x/deletedvaults/kv", sub, true},
		{"azure.resources", group + "/providers/a.b/c/d", sub, true},
		{"azure.resources", mg, sub, false},
		{"azure.locations", in + "/locations/westeurope", sub, true},
		{"azure.key_references", group + storage, sub, true},
		{"azure.key_references", elsewhere + storage, sub, false},
		{"azure.sql_encryption_protectors", sql + "/encryptionprotector/current", sql, true},
		{"azure.sql_encryption_protectors", sql + "2/encryptionprotector/current", sql, false},
		{"azure.role_definitions", sub + in + roles, sub, true},
		{"azure.role_definitions", sub + roles, sub, true},
		{"azure.role_definitions", sub + mg + roles, sub, true},
		{"azure.role_definitions", other + in + roles, sub, false},
		{"azure.role_definitions", sub + "/subscriptions/" + other + roles, sub, false},
		{"azure.role_definitions", sub + mg + "/x" + roles, sub, false},
		{"azure.caller_access", sub + group + "/providers/microsoft.authorization/roleassignments/a", sub, true},
		{"azure.lighthouse_assignments", group + lighthouse, sub, true},
		{"azure.lighthouse_assignments", lighthouse, sub, false},
		{"entra.users", "anything", "", true},
		{"entra.group_members", "g/u", "g", true},
	} {
		if err := Schemas()[tc.dataset].CheckPlace(tc.id, tc.scope); (err == nil) != tc.ok {
			t.Errorf("%s %s in %s: %v", tc.dataset, tc.id, tc.scope, err)
		}
	}
}

// TestKinds: a schema that tells its objects from others' says where that is
// documented, and names properties that it knows.
func TestKinds(t *testing.T) {
	for name, s := range Schemas() {
		if s.Inherited != nil && !strings.HasPrefix(s.Inherited.Page, "https://learn.microsoft.com/") {
			t.Errorf("%s: x-inherited without a page", name)
		}

		if s.Kind == nil {
			continue
		}

		for _, p := range s.Kind.Has {
			if s.Properties[p] == nil {
				t.Errorf("%s: x-kind names %q", name, p)
			}
		}
		for _, p := range s.Kind.Lacks { // what others have
			if !slices.ContainsFunc(slices.Collect(maps.Values(Schemas())), func(s *Schema) bool { return s.Properties[p] != nil }) {
				t.Errorf("%s: x-kind names %q, which no schema knows", name, p)
			}
		}

		if !strings.HasPrefix(s.Kind.Page, "https://learn.microsoft.com/") || len(s.Kind.Has)+len(s.Kind.Lacks) == 0 {
			t.Errorf("%s: x-kind %+v", name, s.Kind)
		}
	}
}

// TestCheckKind: an object of another API is refused.
func TestCheckKind(t *testing.T) {
	s := &Schema{Kind: &Kind{Has: []string{"directoryScopeId"}, Lacks: []string{"appScopeId"}}}
	for body, ok := range map[string]bool{
		`{"directoryScopeId":"/"}`:                   true,
		`{"directoryScopeId":"/","appScopeId":null}`: true,
		`{"directoryScopeId":"/","appScopeId":""}`:   true,
		`{"directoryScopeId":"/","appScopeId":"/x"}`: false,
		`{"directoryScopeId":""}`:                    false,
		`{"appScopeId":"/x"}`:                        false,
		`{}`:                                         false,
	} {
		if err := s.CheckKind(Document{ID: "a", Spec: parsed(t, body)}); (err == nil) != ok {
			t.Errorf("%s: %v", body, err)
		}
	}
	if err := (&Schema{}).CheckKind(Document{}); err != nil {
		t.Errorf("a dataset of one kind: %v", err)
	}
}
