package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// addVault makes a key vault, as a vault and in the list of resources.
func (t *Tenant) addVault(r *rand.Rand, sub *subscription, i int, flaw vaultFlaw) {
	group := "rg-keys"
	if i%2 == 1 {
		group = "RG-Keys" // ARM does not agree with itself on the case of group names
	}
	name := fmt.Sprintf("kv-%.18s-%02d", t.Label, i+1)
	if flaw == devVault {
		name = fmt.Sprintf("kv-%.17s-dev", t.Label)
	}
	v := t.vault(r, sub, group, name)
	flaw.apply(v)
	t.put("/arm"+sub.path("/providers/Microsoft.KeyVault/vaults"), v)
	t.listAsResource(r, sub, v)
	if i == 0 {
		t.vaults = append(t.vaults, v["id"].(string))
	}
	switch flaw {
	case unprotected, softDeleteOff, retention7, retention89, devVault:
		subject := t.plant("RF-K-04", "keyvault.vaults", v)
		if flaw == devVault {
			t.waived = append(t.waived, exception{t.Label + "-dev-vault", "RF-K-04", subject, "Development vault: holds test keys only, is rebuilt every night"})
		}
	}
}

// apply makes the vault what its flaw says. Purge protection that is off is
// absent: the API has no false for it.
func (f vaultFlaw) apply(v object) {
	p := v["properties"].(object)
	switch f {
	case unprotected:
		delete(p, "enablePurgeProtection")
	case devVault:
		delete(p, "enablePurgeProtection")
		v["tags"] = object{"environment": "development"}
	case softDeleteOff:
		p["enableSoftDelete"] = false
	case retention7:
		p["softDeleteRetentionInDays"] = 7
	case retention89:
		p["softDeleteRetentionInDays"] = 89
	case nearNoSoft:
		delete(p, "enableSoftDelete")
	case nearNoDays:
		delete(p, "softDeleteRetentionInDays")
	case nearNullTags:
		v["tags"] = nil
		p["serviceRevision"] = int64(1<<53 + 1) // a property that no reference lists, beyond what a double holds
	}
}

// vault: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription.
func (t *Tenant) vault(r *rand.Rand, sub *subscription, group, name string) object {
	rbac := r.IntN(2) == 0
	p := object{
		"tenantId": t.ID, "sku": object{"family": "A", "name": pick(r, []string{"standard", "premium"})},
		"vaultUri": "https://" + name + ".vault.azure.net/", "provisioningState": "Succeeded",
		"enabledForDeployment": false, "enabledForDiskEncryption": true, "enabledForTemplateDeployment": false,
		"enableSoftDelete": true, "softDeleteRetentionInDays": 90, "enablePurgeProtection": true,
		"enableRbacAuthorization": rbac, "accessPolicies": []any{}, "publicNetworkAccess": "Enabled",
	}
	if !rbac {
		p["accessPolicies"] = []any{object{"tenantId": t.ID, "objectId": t.guid("key operator"), "permissions": object{
			"keys": []any{"get", "list", "wrapKey", "unwrapKey"}, "secrets": []any{"get"}, "certificates": []any{"get"}}}}
	}
	if r.IntN(2) == 0 {
		p["networkAcls"] = object{"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": []any{object{"value": "203.0.113.0/24"}}, "virtualNetworkRules": []any{}}
	}
	return object{
		"id":   sub.path("/resourceGroups/" + group + "/providers/Microsoft.KeyVault/vaults/" + name),
		"name": name, "type": "Microsoft.KeyVault/vaults", "location": pick(r, sub.locations), "tags": object{},
		"systemData": t.systemData(r), "properties": p,
	}
}

// addHSM makes a managed HSM.
func (t *Tenant) addHSM(r *rand.Rand, sub *subscription, good bool) {
	name := fmt.Sprintf("hsm-%.18s", strings.TrimSuffix(t.Label, "-"))
	p := object{
		"tenantId": t.ID, "initialAdminObjectIds": []any{t.guid("hsm admin")},
		"enableSoftDelete": true, "softDeleteRetentionInDays": 90, "enablePurgeProtection": true,
		"hsmUri": "https://" + name + ".managedhsm.azure.net:443/", "provisioningState": "Succeeded", "statusMessage": "ManagedHsm is functional.",
		"publicNetworkAccess": "Disabled", "networkAcls": object{"bypass": "None", "defaultAction": "Deny", "ipRules": []any{}, "virtualNetworkRules": []any{}},
		"securityDomainProperties": object{"activationStatus": "Active", "activationStatusMessage": "Your HSM has been activated and can be used for cryptographic operations."},
	}
	o := object{
		"id":   sub.path("/resourceGroups/rg-keys/providers/Microsoft.KeyVault/managedHSMs/" + name),
		"name": name, "type": "Microsoft.KeyVault/managedHSMs", "location": pick(r, sub.locations),
		"sku": object{"family": "B", "name": "Standard_B1"}, "tags": object{"Dept": "security"},
		"systemData": t.systemData(r), "properties": p,
	}
	if !good {
		delete(p, "enablePurgeProtection")
		t.plant("RF-K-04", "keyvault.managed_hsms", o)
	}
	t.put("/arm"+sub.path("/providers/Microsoft.KeyVault/managedHSMs"), o)
	t.listAsResource(r, sub, o)
}

// listAsResource puts what the list of resources shows of an object.
func (t *Tenant) listAsResource(r *rand.Rand, sub *subscription, full object) {
	o := object{"createdTime": date(r, 2019, 2025) + ".1234567Z", "changedTime": date(r, 2026, 2026) + ".7654321Z", "provisioningState": "Succeeded"}
	for _, name := range []string{"id", "name", "type", "location", "tags", "sku"} {
		if v, has := full[name]; has {
			o[name] = v
		}
	}
	t.put("/arm"+sub.path("/resources"), o)
}

func (t *Tenant) systemData(r *rand.Rand) object {
	return object{
		"createdBy": "admin@" + t.Domain, "createdByType": "User", "createdAt": date(r, 2019, 2024) + ".1230000Z",
		"lastModifiedBy": t.guid("deployer"), "lastModifiedByType": "Application", "lastModifiedAt": date(r, 2025, 2025) + ".4567891Z",
	}
}
