package emulator

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// plainVault is a vault without anything special.
const plainVault = ""

// addVaults makes the client's own vaults, each as its story says. The fleet file
// declares the first one, in which the client's keys are.
func (t *Tenant) addVaults(r *rand.Rand, sub *subscription) {
	for i, flaw := range slices.Concat(t.vaults, make([]string, or(t.Size.Vaults, 0))) {
		group := "rg-keys"
		if i%2 == 1 {
			group = "RG-Keys" // ARM does not agree with itself on the case of group names
		}

		v := t.vault(r, sub, group, fmt.Sprintf("kv-%.18s-%02d", t.Label, i+1))
		t.applyToVault(flaw, v)
		t.putVault(r, sub, v)

		if i == 0 {
			t.declared = append(t.declared, v["id"].(string))
			t.keyHost = v["name"].(string) + ".vault.azure.net"
		}
	}
}

// applyToVault applies one flaw to one of the client's own vaults.
func (t *Tenant) applyToVault(name string, v object) {
	for _, f := range flaws {
		if f.area == ownVaults && f.name == name {
			f.apply(&site{Tenant: t, flaw: f, vault: v})
		}
	}
}

func (t *Tenant) putVault(r *rand.Rand, sub *subscription, v object) {
	t.put("/arm"+sub.path("/providers/Microsoft.KeyVault/vaults"), v)
	t.listAsResource(r, sub, v)
}

// vaultDefaults are the settings of all vaults.
var vaultDefaults = object{
	"provisioningState": "Succeeded", "publicNetworkAccess": "Enabled",
	"enabledForDeployment": false, "enabledForDiskEncryption": true, "enabledForTemplateDeployment": false,
	"enableSoftDelete": true, "softDeleteRetentionInDays": 90, "enablePurgeProtection": true,
}

// firewall is what half of the vaults have. The others are closed.
var firewall = object{"bypass": "AzureServices", "defaultAction": "Deny",
	"ipRules": []any{object{"value": "203.0.113.0/24"}}, "virtualNetworkRules": []any{}}

// vault: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription.
func (t *Tenant) vault(r *rand.Rand, sub *subscription, group, name string) object {
	sleeping := r.IntN(2) != 0 // it has access policies that Azure RBAC overrules
	p := with(vaultDefaults, object{
		"tenantId": t.ID, "sku": object{"family": "A", "name": pick(r, []string{"standard", "premium"})},
		"vaultUri":                "https://" + name + ".vault.azure.net/",
		"enableRbacAuthorization": true, "accessPolicies": []any{},
	})

	if sleeping {
		policy := accessPolicy(t.ID, t.dir.keyGroup, "get", "list", "wrapKey", "unwrapKey")
		permissions := policy["permissions"].(object)
		permissions["secrets"], permissions["certificates"] = []any{"get"}, []any{"get"}
		p["accessPolicies"] = []any{policy}
	}

	if r.IntN(2) == 0 {
		p["networkAcls"] = firewall
	} else {
		p["publicNetworkAccess"] = "Disabled"
	}

	return object{
		"id":   sub.path("/resourceGroups/" + group + "/providers/Microsoft.KeyVault/vaults/" + name),
		"name": name, "type": "Microsoft.KeyVault/vaults", "location": pick(r, t.contained()),
		"tags":       object{},
		"systemData": t.systemData(r), "properties": p,
	}
}

// accessPolicy lets an object of a tenant use keys.
func accessPolicy(tenant, principal string, keys ...any) object {
	return object{"tenantId": tenant, "objectId": principal, "permissions": object{"keys": keys}}
}

// contained are the client's regions that copy vaults to nowhere outside.
func (t *Tenant) contained() (names []string) {
	f := fenceOf(t.fence)
	for _, l := range regions {
		if slices.Contains(f.regions, l.name) && (l.pair == "-" || slices.Contains(f.regions, l.pair)) {
			names = append(names, l.name)
		}
	}
	return names
}

// leaking is a region of the client that copies vaults to one outside.
func (t *Tenant) leaking() string {
	inside := t.contained()
	i := slices.IndexFunc(fenceOf(t.fence).regions,
		func(name string) bool { return !slices.Contains(inside, name) })
	return fenceOf(t.fence).regions[i] // only stories whose fence has one ask
}

func (t *Tenant) vaultName(what string) string { return fmt.Sprintf("kv-%.12s-%s", t.Label, what) }

func (t *Tenant) deletedVault() string { return fmt.Sprintf("kv-%.16s-gone", t.Label) }

// deletedVaultID is the id that the deleted vault had.
func (t *Tenant) deletedVaultID(sub *subscription) string {
	return sub.path("/resourceGroups/rg-keys/providers/Microsoft.KeyVault/vaults/" + t.deletedVault())
}

// addDeletedVault: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-deleted.
func (t *Tenant) addDeletedVault(r *rand.Rand, sub *subscription) {
	name, region := t.deletedVault(), pick(r, sub.locations)
	t.put("/arm"+sub.path("/providers/Microsoft.KeyVault/deletedVaults"), object{
		"id":   sub.path("/providers/Microsoft.KeyVault/locations/" + region + "/deletedVaults/" + name),
		"name": name, "type": "Microsoft.KeyVault/deletedVaults",
		"properties": object{
			"vaultId": t.deletedVaultID(sub), "location": region, "tags": object{},
			"purgeProtectionEnabled": true,
			"deletionDate":           "2026-11-02T08:00:59Z", "scheduledPurgeDate": "2027-01-31T08:00:59Z",
		}})
}

// hsmDefaults are the settings of all managed HSMs.
var hsmDefaults = object{
	"enableSoftDelete": true, "softDeleteRetentionInDays": 90, "enablePurgeProtection": true,
	"provisioningState": "Succeeded", "statusMessage": "ManagedHsm is functional.",
	"publicNetworkAccess": "Disabled",
	"networkAcls": object{"bypass": "None", "defaultAction": "Deny", "ipRules": []any{},
		"virtualNetworkRules": []any{}},
	"securityDomainProperties": object{"activationStatus": "Active",
		"activationStatusMessage": "Your HSM has been activated and " +
			"can be used for cryptographic operations."},
}

func (t *Tenant) hsmName() string { return fmt.Sprintf("hsm-%.18s", strings.TrimSuffix(t.Label, "-")) }

// addHSM makes the client's managed HSM, which was extended to a second region.
// https://learn.microsoft.com/rest/api/keyvault/keyvault/managed-hsms/list-by-subscription
func (t *Tenant) addHSM(r *rand.Rand, sub *subscription) {
	if !t.hsm {
		return
	}

	name, location := t.hsmName(), pick(r, sub.locations)
	o := object{
		"id":   sub.path("/resourceGroups/rg-keys/providers/Microsoft.KeyVault/managedHSMs/" + name),
		"name": name, "type": "Microsoft.KeyVault/managedHSMs", "location": location,
		"sku": object{"family": "B", "name": "Standard_B1"}, "tags": object{"Dept": "security"},
		"systemData": t.systemData(r),
		"properties": with(hsmDefaults, object{
			"tenantId": t.ID, "initialAdminObjectIds": []any{t.dir.members[0]},
			"hsmUri":  "https://" + name + ".managedhsm.azure.net:443/",
			"regions": []any{hsmRegion(location, true), hsmRegion(fenceOf(t.fence).regions[1], false)},
		}),
	}

	t.put("/arm"+sub.path("/providers/Microsoft.KeyVault/managedHSMs"), o)
	t.listAsResource(r, sub, o)
	t.apply(managedHSMs, site{sub: sub})
}

func hsmRegion(name string, primary bool) object {
	return object{"name": name, "isPrimary": primary, "provisioningState": "Succeeded"}
}

// poolOf is the managed HSM in a subscription.
func (t *Tenant) poolOf(sub *subscription) object {
	return t.at("/arm" + sub.path("/providers/Microsoft.KeyVault/managedHSMs"))[0]
}

func (t *Tenant) systemData(r *rand.Rand) object {
	return object{
		"createdBy": "admin@" + t.Domain, "createdByType": "User",
		"createdAt":      date(r, 2019, 2024) + ".1230000Z",
		"lastModifiedBy": t.guid("deployer"), "lastModifiedByType": "Application",
		"lastModifiedAt": date(r, 2025, 2025) + ".4567891Z",
	}
}
