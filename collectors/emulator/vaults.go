package emulator

import (
	"fmt"
	"math/rand/v2"
	"slices"
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
		t.keyHost = name + ".vault.azure.net"
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
		p["accessPolicies"] = []any{object{"tenantId": t.ID, "objectId": t.dir.keyGroup, "permissions": object{
			"keys": []any{"get", "list", "wrapKey", "unwrapKey"}, "secrets": []any{"get"}, "certificates": []any{"get"}}}}
	}

	if r.IntN(2) == 0 {
		p["networkAcls"] = object{"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": []any{object{"value": "203.0.113.0/24"}}, "virtualNetworkRules": []any{}}
	}

	return object{
		"id":   sub.path("/resourceGroups/" + group + "/providers/Microsoft.KeyVault/vaults/" + name),
		"name": name, "type": "Microsoft.KeyVault/vaults", "location": pick(r, t.contained()), "tags": object{},
		"systemData": t.systemData(r), "properties": p,
	}
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
	i := slices.IndexFunc(fenceOf(t.fence).regions, func(name string) bool { return !slices.Contains(inside, name) })
	return fenceOf(t.fence).regions[i] // only stories whose fence has one ask
}

func (t *Tenant) vaultName(what string) string { return fmt.Sprintf("kv-%.12s-%s", t.Label, what) }

func (t *Tenant) hsmName() string { return fmt.Sprintf("hsm-%.18s", strings.TrimSuffix(t.Label, "-")) }

// vaultsOf names the vault of each flaw that is one's.
var vaultsOf = map[flaw]string{
	vaultElsewhere: "moved", policyOtherTenant: "shared", policyGuest: "guest", policyDeleted: "former", policyOrphan: "orphan", nearPolicies: "apps",
	vaultOutside: "abroad", pairOutside: "pair", nearUnpairedRegion: "single", nearDisplayRegion: "shown", nearSovereignHost: "gov",
}

// addFlawedVaults makes a vault for each flaw that is one's.
func (t *Tenant) addFlawedVaults(sub *subscription, s story) {
	r := t.rand("flawed vaults")
	for _, f := range s.flaws {
		what := vaultsOf[f]
		if what == "" {
			continue
		}

		v := t.vault(r, sub, "rg-keys", t.vaultName(what))
		control := t.applyTo(v, f)
		t.put("/arm"+sub.path("/providers/Microsoft.KeyVault/vaults"), v)
		t.listAsResource(r, sub, v)

		if control != "" {
			t.plant(control, "keyvault.vaults", v)
		}

		if f == vaultOutside {
			t.plant("RF-G-03", "azure.resources", v)
		}
	}
}

// applyTo makes a vault what a flaw says, and names the control in whose sense
// it deviates.
func (t *Tenant) applyTo(v object, f flaw) (control string) {
	p := v["properties"].(object)
	policies := func(list ...any) { p["enableRbacAuthorization"], p["accessPolicies"] = false, list }

	switch f {
	case vaultElsewhere:
		p["tenantId"] = t.undeclared()
		return "RF-K-01"
	case policyOtherTenant:
		policies(accessPolicy(t.undeclared(), t.guid("stranger's app"), "get", "wrapKey", "unwrapKey"))
		return "RF-K-02"
	case policyGuest:
		policies(accessPolicy(t.ID, t.dir.keyGroup, "get", "unwrapKey"), accessPolicy(t.ID, t.dir.guests[0], "get", "unwrapKey"))
		return "RF-K-02"

	case policyDeleted:
		policies(accessPolicy(t.ID, t.dir.deleted, "get", "list"))
		p["enableRbacAuthorization"] = true // the policies sleep, and wake by one switch
		return "RF-K-02"

	case policyOrphan:
		policies(accessPolicy(t.ID, t.guid("orphan"), "get", "unwrapKey"))
	case nearPolicies:
		policies(accessPolicy(t.ID, t.dir.firstParty[2], "get", "wrapKey", "unwrapKey"), accessPolicy(t.ID, t.dir.managed[0], "get", "unwrapKey"),
			accessPolicy(t.ID, t.dir.members[0], "all"), accessPolicy(t.ID, t.dir.providerApp, "get", "list"), accessPolicy(t.ID, t.dir.guests[0], "list"))
	case vaultOutside:
		v["location"] = fenceOf(t.fence).outside[0]
		return "RF-G-06"
	case pairOutside:
		v["location"] = t.leaking()
		return "RF-G-06"
	case nearUnpairedRegion:
		v["location"] = "polandcentral"
	case nearDisplayRegion:
		v["location"] = displayRegion(v["location"].(string))
	case nearSovereignHost:
		p["vaultUri"] = "https://" + v["name"].(string) + ".vault.usgovcloudapi.net/"
	}

	return ""
}

// accessPolicy lets an object of a tenant use keys.
func accessPolicy(tenant, principal string, keys ...any) object {
	return object{"tenantId": tenant, "objectId": principal, "permissions": object{"keys": keys}}
}

// addHSM makes a managed HSM.
func (t *Tenant) addHSM(r *rand.Rand, sub *subscription, s story) {
	name := t.hsmName()
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

	t.spoilHSM(o, p, s)
	t.put("/arm"+sub.path("/providers/Microsoft.KeyVault/managedHSMs"), o)
	t.listAsResource(r, sub, o)
}

// spoilHSM plants what is wrong with a managed HSM. Each was extended to a
// second region.
func (t *Tenant) spoilHSM(o, p object, s story) {
	if s.hsm != "good" {
		delete(p, "enablePurgeProtection")
		t.plant("RF-K-04", "keyvault.managed_hsms", o)
	}

	f := fenceOf(s.fence)
	replica := f.regions[1]

	if s.has(hsmReplicaOutside) {
		replica = f.outside[0]
	}

	p["regions"] = []any{object{"name": o["location"], "isPrimary": true, "provisioningState": "Succeeded"}, object{"name": replica, "isPrimary": false, "provisioningState": "Succeeded"}}

	if s.has(hsmReplicaOutside) {
		t.plant("RF-G-06", "keyvault.managed_hsms", o)
	}

	if s.has(hsmElsewhere) {
		p["tenantId"] = t.undeclared()
		t.plant("RF-K-01", "keyvault.managed_hsms", o)
	}
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
