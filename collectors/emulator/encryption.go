package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"ringfence/collectors/snapshot"
)

// addDetails makes what a provider shows of a resource beside its line in the
// list of resources. Here all keys are the platform's.
func (t *Tenant) addDetails(sub *subscription, o object) {
	r := t.rand("details of " + o["id"].(string))
	switch o["type"] {
	case "Microsoft.Storage/storageAccounts":
		t.putStorage(sub, t.storageAccount(r, o, nil))
	case "Microsoft.Sql/servers":
		t.putServer(sub, t.sqlServer(o, ""), t.protector(o, ""))
	}
}

// keyURL is the address of a key's version: https://<host>/keys/<name>/<version>.
func (t *Tenant) keyURL(host, name string) string {
	return "https://" + host + "/keys/" + name + "/" + strings.ReplaceAll(t.guid("key version", host, name), "-", "")
}

// addEncryption makes resources with the client's own keys, and with keys that
// are nobody's, a deleted vault's or a stranger's.
func (t *Tenant) addEncryption(sub *subscription, s story) {
	r := t.rand("encryption")
	t.addDeletedVault(r, sub, s)

	if t.keyHost == "" {
		return
	}

	t.addStorage(r, sub, "cmk", t.keyHost, false)
	t.addDisks(r, sub, "main", t.keyURL(strings.ToUpper(t.keyHost[:2])+t.keyHost[2:], "disks"), nil, false) // host names have no case

	if t.Size.Tier != "small" {
		t.addDisks(r, sub, "rotated", t.keyURL(t.keyHost, "disks-2"), []string{t.keyURL(t.keyHost, "disks-1")}, false)
		t.addServer(r, sub, "cmk", t.keyURL(t.keyHost, "sql"), false)
	}

	unknown := fmt.Sprintf("kv-%.12s-archive.vault.azure.net", strings.ReplaceAll(t.guid("unknown vault"), "-", ""))
	for _, f := range s.flaws {
		switch f {
		case storageUnknownKey:
			t.addStorage(r, sub, "archive", unknown, true)
		case storageDeletedKey:
			t.addStorage(r, sub, "gone", t.deletedVault()+".vault.azure.net", true)
		case diskEarlierKey:
			t.addDisks(r, sub, "moved", t.keyURL(t.keyHost, "disks-3"), []string{t.keyURL(t.keyHost, "disks-2"), t.keyURL(unknown, "disks")}, true)
		case sqlUnknownKey:
			t.addServer(r, sub, "archive", t.keyURL(unknown, "sql"), true)
		case otherTypeKey:
			t.addWorkspace(r, sub)
		case nearServiceKeys:
			t.addServer(r, sub, "platform", "", false)
			t.addStorage(r, sub, "plain", "", false)
		case nearSovereignHost:
			t.addDisks(r, sub, "gov", t.keyURL(t.vaultName("gov")+".vault.usgovcloudapi.net", "disks"), nil, false)
		}
	}

	if s.hsm != "" && !s.has(hsmElsewhere) { // the pool's own address has a port, a key's has none
		t.addDisks(r, sub, "hsm", t.keyURL(t.hsmName()+".managedhsm.azure.net", "disks"), nil, false)
	}
}

// addStorage makes a storage account with a key in the vault at a host, or with
// the platform's key.
func (t *Tenant) addStorage(r *rand.Rand, sub *subscription, what, host string, wrong bool) {
	k := kinds[6]
	o := t.resource(r, sub, k, k.name(t.Label, what), pick(r, sub.locations))
	var key object

	if host != "" {
		key = object{"keyvaulturi": "https://" + host, "keyname": "storage", "keyversion": "", "currentVersionedKeyIdentifier": t.keyURL(host, "storage"),
			"lastKeyRotationTimestamp": date(r, 2025, 2025) + ".0809204Z"}
	}

	account := t.storageAccount(r, o, key)
	t.put("/arm"+sub.path("/resources"), o)
	t.putStorage(sub, account)

	if wrong {
		t.plant("RF-K-10", "azure.storage_accounts", account)
	}
}

func (t *Tenant) putStorage(sub *subscription, account object) {
	t.put("/arm"+sub.path("/providers/Microsoft.Storage/storageAccounts"), account)
	t.put(inventory(sub), account)
}

// storageAccount: https://learn.microsoft.com/rest/api/storagerp/storage-accounts/list.
func (t *Tenant) storageAccount(r *rand.Rand, listed, key object) object {
	name := listed["name"].(string)
	enabled := object{"keyType": "Account", "enabled": true, "lastEnabledTime": date(r, 2019, 2024) + ".7036140Z"}
	encryption := object{"keySource": "Microsoft.Storage", "services": object{"blob": enabled, "file": enabled}}
	o := object{
		"id": listed["id"], "name": name, "type": "Microsoft.Storage/storageAccounts", "kind": "StorageV2", "location": listed["location"],
		"sku": object{"name": "Standard_ZRS", "tier": "Standard"}, "tags": object{},
		"properties": object{
			"provisioningState": "Succeeded", "creationTime": date(r, 2019, 2024) + ".4540398Z", "primaryLocation": listed["location"], "statusOfPrimary": "available",
			"encryption": encryption, "publicNetworkAccess": "Enabled", "allowBlobPublicAccess": false, "minimumTlsVersion": "TLS1_2",
			"supportsHttpsTrafficOnly": true, "isHnsEnabled": false,
			"networkAcls":      object{"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": []any{}, "virtualNetworkRules": []any{}},
			"primaryEndpoints": object{"blob": "https://" + name + ".blob.core.windows.net/", "file": "https://" + name + ".file.core.windows.net/"},
		},
	}

	if key != nil {
		encryption["keySource"], encryption["keyvaultproperties"] = "Microsoft.Keyvault", key
		o["identity"] = object{"type": "SystemAssigned", "principalId": t.guid("identity", name), "tenantId": t.ID}
	}

	return o
}

// addDisks makes a disk encryption set with its active key and earlier ones:
// https://learn.microsoft.com/rest/api/compute/disk-encryption-sets/list.
func (t *Tenant) addDisks(r *rand.Rand, sub *subscription, what, active string, earlier []string, wrong bool) {
	key := func(url string) object {
		k := object{"keyUrl": url}
		if strings.Contains(url, t.keyHost) && len(t.vaults) > 0 {
			k["sourceVault"] = object{"id": t.vaults[0]}
		}
		return k
	}

	previous := []any{}
	for _, url := range earlier {
		previous = append(previous, key(url))
	}

	name := "des-" + t.Label + "-" + what
	o := object{
		"id":   sub.path("/resourceGroups/rg-app-prod/providers/Microsoft.Compute/diskEncryptionSets/" + name),
		"name": name, "type": "Microsoft.Compute/diskEncryptionSets", "location": pick(r, sub.locations), "tags": object{},
		"identity": object{"type": "SystemAssigned", "principalId": t.guid("identity", name), "tenantId": t.ID},
		"properties": object{
			"activeKey": key(active), "previousKeys": previous, "encryptionType": "EncryptionAtRestWithCustomerKey",
			"provisioningState": "Succeeded", "rotationToLatestKeyVersionEnabled": false,
		},
	}

	t.put("/arm"+sub.path("/providers/Microsoft.Compute/diskEncryptionSets"), o)
	t.put(inventory(sub), o)
	t.listAsResource(r, sub, o)

	if wrong {
		t.plant("RF-K-10", "azure.disk_encryption_sets", o)
	}
}

// addServer makes a SQL server whose protector is a key of a vault, or the service's.
func (t *Tenant) addServer(r *rand.Rand, sub *subscription, what, key string, wrong bool) {
	k := kinds[9]
	o := t.resource(r, sub, k, k.name(t.Label, what), pick(r, sub.locations))
	protector := t.protector(o, key)
	t.put("/arm"+sub.path("/resources"), o)
	t.putServer(sub, t.sqlServer(o, key), protector)

	if wrong {
		t.plant("RF-K-10", "azure.sql_encryption_protectors", protector)
	}
}

func (t *Tenant) putServer(sub *subscription, server, protector object) {
	t.put("/arm"+sub.path("/providers/Microsoft.Sql/servers"), server)
	t.put("/arm"+server["id"].(string)+"/encryptionProtector", protector)
	t.put(inventory(sub), server)
}

// sqlServer: https://learn.microsoft.com/rest/api/sql/servers/list.
func (t *Tenant) sqlServer(listed object, key string) object {
	p := object{
		"administratorLogin": "sqladmin", "version": "12.0", "state": "Ready", "fullyQualifiedDomainName": listed["name"].(string) + ".database.windows.net",
		"minimalTlsVersion": "1.2", "publicNetworkAccess": "Disabled", "restrictOutboundNetworkAccess": "Disabled",
	}
	if key != "" {
		p["keyId"] = key
	}
	return object{"id": listed["id"], "name": listed["name"], "type": "Microsoft.Sql/servers", "kind": "v12.0", "location": listed["location"], "tags": object{}, "properties": p}
}

// protector: https://learn.microsoft.com/rest/api/sql/encryption-protectors/list-by-server.
func (t *Tenant) protector(server object, key string) object {
	kind, p := "servicemanaged", object{"serverKeyName": "ServiceManaged", "serverKeyType": "ServiceManaged"}
	if key != "" {
		parts := strings.Split(strings.TrimPrefix(key, "https://"), "/")
		vault, _, _ := strings.Cut(parts[0], ".")
		kind, p = "azurekeyvault", object{"serverKeyName": vault + "_" + parts[2] + "_" + parts[3], "serverKeyType": "AzureKeyVault", "uri": key, "autoRotationEnabled": true}
	}
	return object{"id": server["id"].(string) + "/encryptionProtector/current", "name": "current", "type": "Microsoft.Sql/servers/encryptionProtector",
		"kind": kind, "location": displayRegion(server["location"].(string)), "properties": p}
}

// addWorkspace makes a machine learning workspace with a key of the client's,
// a type of which only Resource Graph tells the key here.
func (t *Tenant) addWorkspace(r *rand.Rand, sub *subscription) {
	name := "mlw-" + t.Label
	o := object{
		"id":   sub.path("/resourceGroups/rg-app-prod/providers/Microsoft.MachineLearningServices/workspaces/" + name),
		"name": name, "type": "Microsoft.MachineLearningServices/workspaces", "location": pick(r, sub.locations), "tags": object{},
		"properties": object{"encryption": object{"status": "Enabled", "keyVaultProperties": object{"keyVaultArmId": t.vaults[0], "keyIdentifier": t.keyURL(t.keyHost, "ml")}}},
	}

	t.put(inventory(sub), o)
	t.listAsResource(r, sub, o)
}

func (t *Tenant) deletedVault() string { return fmt.Sprintf("kv-%.16s-gone", t.Label) }

// addDeletedVault: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-deleted.
func (t *Tenant) addDeletedVault(r *rand.Rand, sub *subscription, s story) {
	name, region := t.deletedVault(), pick(r, sub.locations)
	id := sub.path("/resourceGroups/rg-keys/providers/Microsoft.KeyVault/vaults/" + name)
	t.put("/arm"+sub.path("/providers/Microsoft.KeyVault/deletedVaults"), object{
		"id":   sub.path("/providers/Microsoft.KeyVault/locations/" + region + "/deletedVaults/" + name),
		"name": name, "type": "Microsoft.KeyVault/deletedVaults",
		"properties": object{
			"vaultId": id, "location": region, "tags": object{},
			"deletionDate": "2026-11-02T08:00:59Z", "scheduledPurgeDate": "2027-01-31T08:00:59Z", "purgeProtectionEnabled": true,
		}})

	if s.has(declaredDeleted) {
		t.vaults = append(t.vaults, id)
		t.wrong("RF-K-14", snapshot.Subject("keyvault.vaults", strings.ToLower(id)))
	}
}
