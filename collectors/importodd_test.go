package collectors

import (
	"encoding/binary"
	"strings"
	"testing"

	"ringfence/collectors/exports"
	"ringfence/collectors/snapshot"
)

// TestAzureHoundEncodings: a file that another program wrote again is in another Unicode, and
// says the same.
func TestAzureHoundEncodings(t *testing.T) {
	plain := hound(houndEntries()...)
	want, _ := importExport(t, exports.AzureHound, map[string]string{"output.json": plain})
	for name, data := range map[string]string{
		"a mark":               "\xef\xbb\xbf" + plain,
		"UTF-16":               string(inUTF16(plain, binary.LittleEndian, true)),
		"UTF-16, big end":      string(inUTF16(plain, binary.BigEndian, true)),
		"UTF-16, without mark": string(inUTF16(plain, binary.LittleEndian, false)),
		"spaces in front":      "\n\t " + plain,
	} {
		s, _ := importExport(t, exports.AzureHound, map[string]string{"output.json": data})
		if string(s.Raw) != string(want.Raw) {
			t.Errorf("%s: another snapshot", name)
		}
	}

	// Cut within a character: told, and no tenant.
	half := string(inUTF16(plain, binary.LittleEndian, true))
	_, ignored, err := tryExport(exports.AzureHound, map[string]string{"output.json": half[:len(half)-1]})
	if err == nil || !strings.Contains(strings.Join(ignored, "\n"), "ends within a character") {
		t.Errorf("%v, %q", err, ignored)
	}
}

// TestExportOfAnotherTenant: an export that is of somebody else says so, and is no snapshot.
func TestExportOfAnotherTenant(t *testing.T) {
	theirs := hound(entry("AZTenant", object{"id": "/tenants/" + upper(other), "tenantId": upper(other), "collected": true}))
	s, ignored, err := tryExport(exports.AzureHound, map[string]string{"output.json": theirs})
	if err == nil || s.Raw != nil || !strings.Contains(err.Error(), "says whose tenant it is") {
		t.Errorf("%v", err)
	}
	if want := `entries are of another tenant, "` + other + `"`; !strings.Contains(strings.Join(ignored, "\n"), want) {
		t.Errorf("%q, want %s", ignored, want)
	}
}

// TestAzCLIOfTwoTenants: an account that is in two tenants sees subscriptions of both. What is
// of the other tenant's is left out, whichever file comes first; what is of a subscription that
// nobody lists is read and told of, since the list may have been cut.
func TestAzCLIOfTwoTenants(t *testing.T) {
	const nobodys = "eeeeeeee-0000-4000-8000-000000000009"
	account := func(subscription string) object {
		return object{"id": "/subscriptions/" + subscription + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/sa",
			"name": "sa", "location": "eastus"}
	}
	s, ignored := importExport(t, exports.AzCLI, map[string]string{
		"entra.organization.json": text(value(organizationOf(tenant))),
		"az-account-list.json": text([]object{{"id": sub1, "name": "ours", "state": "Enabled", "tenantId": tenant},
			{"id": sub2, "name": "theirs", "state": "Enabled", "tenantId": other}}),
		"storage-account-list.json":         text([]object{account(sub1), account(strings.ToUpper(sub2)), account(nobodys)}),
		"group-list/" + sub2 + ".json":      text([]object{{"id": "/subscriptions/" + sub2 + "/resourceGroups/rg", "name": "rg", "location": "eastus"}}),
		"azure.resources/" + sub2 + ".json": text(value()), // az rest
	})

	if got := specs(t, s, "azure.storage_accounts"); len(got) != 2 || hasScope(s.Manifest.Datasets["azure.storage_accounts"], sub2) {
		t.Errorf("%v", got)
	}
	for _, name := range []string{"azure.resource_groups", "azure.resources"} {
		if c := s.Manifest.Datasets[name]; c.Count != 0 || hasScope(c, sub2) {
			t.Errorf("%s: %+v", name, c)
		}
	}

	all := strings.Join(ignored, "\n")
	for _, want := range []string{"1 objects are of the subscription " + sub2 + " of another tenant",
		"group-list/" + sub2 + ".json", "azure.resources/" + sub2 + ".json", nobodys} {
		if !strings.Contains(all, want) {
			t.Errorf("ignored is %s, without %q", all, want)
		}
	}
}

// TestExportedErrors: an error that was saved in the place of objects is one.
func TestExportedErrors(t *testing.T) {
	denied := text(object{"error": object{"code": "AuthorizationFailed", "message": "no"}})
	s, ignored := importExport(t, exports.AzCLI, map[string]string{
		"entra.organization.json":           text(value(organizationOf(tenant))),
		"account-list.json":                 text([]object{{"id": sub1, "name": "ours", "state": "Enabled", "tenantId": tenant}}),
		"storage-account-list.json":         denied,
		"keyvault-list/" + sub1 + ".json":   denied,
		"ad-user-list.json":                 denied,
		"azure.resources/" + sub1 + ".json": text([]object{}),
	})
	for _, name := range []string{"keyvault.vaults", "entra.users"} {
		if c := s.Manifest.Datasets[name]; c.Status != snapshot.Failed || c.Count != 0 {
			t.Errorf("%s: %+v", name, c)
		}
		wantReason(t, s, name, "the file holds an error: AuthorizationFailed")
	}
	if all := strings.Join(ignored, "\n"); !strings.Contains(all, `"storage-account-list.json": it holds an error (AuthorizationFailed)`) {
		t.Error(all)
	}

	shell, _ := importExport(t, exports.PowerShell, map[string]string{
		"entra.organization.json": text(value(organizationOf(tenant))),
		"Get-MgUser.json":         denied,
	})
	wantReason(t, shell, "entra.users", "the file holds an error: AuthorizationFailed")
}
