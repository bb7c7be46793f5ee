package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// sovereignSuffix is that of the vaults of Azure Government.
const sovereignSuffix = ".vault.usgovcloudapi.net"

// addDetails makes what a provider shows of a resource beside its line in the
// list of resources. Here all keys are the platform's.
func (t *Tenant) addDetails(sub *subscription, o object) {
	switch o["type"] {
	case "Microsoft.Storage/storageAccounts":
		t.putStorage(sub, t.storageAccount(t.rand("details of "+o["id"].(string)), o, nil))
	case "Microsoft.Sql/servers":
		t.putServer(sub, t.sqlServer(o, ""), t.protector(o, ""))
	}
}

// keyURL is the address of a key's version: https://<host>/keys/<name>/<version>.
func (t *Tenant) keyURL(host, name string) string {
	version := strings.ReplaceAll(t.guid("key version", host, name), "-", "")
	return "https://" + host + "/keys/" + name + "/" + version
}

// unknownVault is the host of a vault that is no vault of the client's.
func (t *Tenant) unknownVault() string {
	return fmt.Sprintf("kv-%.12s-archive.vault.azure.net",
		strings.ReplaceAll(t.guid("unknown vault"), "-", ""))
}

// addEncryption makes resources that are encrypted with the client's own keys.
func (t *Tenant) addEncryption(sub *subscription) {
	r := t.rand("encryption")
	t.addDeletedVault(r, sub)

	if t.keyHost == "" {
		return
	}

	t.addStorage(r, sub, "cmk", t.keyHost)
	upperCase := strings.ToUpper(t.keyHost[:2]) + t.keyHost[2:] // host names have no case
	t.addDisks(r, sub, "main", t.keyURL(upperCase, "disks"))

	if t.Size.Tier != "small" {
		t.addDisks(r, sub, "rotated", t.keyURL(t.keyHost, "disks-2"), t.keyURL(t.keyHost, "disks-1"))
		t.addServer(r, sub, "cmk", t.keyURL(t.keyHost, "sql"))
	}

	t.apply(encryptedData, site{sub: sub, rand: r})

	// The address of a pool has a port, that of a key has none.
	if t.hsm && t.poolOf(sub)["properties"].(object)["tenantId"] == t.ID {
		t.addDisks(r, sub, "hsm", t.keyURL(t.hsmName()+".managedhsm.azure.net", "disks"))
	}
}

// addStorage makes a storage account with a key in the vault at a host, or with
// the platform's key.
func (t *Tenant) addStorage(r *rand.Rand, sub *subscription, what, host string) object {
	k := kindOf("st")
	o := t.resource(r, sub, k, k.name(t.Label, what), pick(r, sub.locations))

	var key object
	if host != "" {
		key = object{
			"keyvaulturi": "https://" + host, "keyname": "storage", "keyversion": "",
			"currentVersionedKeyIdentifier": t.keyURL(host, "storage"),
			"lastKeyRotationTimestamp":      date(r, 2025, 2025) + ".0809204Z"}
	}

	account := t.storageAccount(r, o, key)
	t.put("/arm"+sub.path("/resources"), o)
	t.putStorage(sub, account)

	return account
}

func (t *Tenant) putStorage(sub *subscription, account object) {
	t.put("/arm"+sub.path("/providers/Microsoft.Storage/storageAccounts"), account)
	t.put(inventory(sub), account)
}

// accountDefaults are the settings of all storage accounts.
var accountDefaults = object{
	"provisioningState": "Succeeded", "statusOfPrimary": "available", "publicNetworkAccess": "Enabled",
	"allowBlobPublicAccess": false, "minimumTlsVersion": "TLS1_2", "supportsHttpsTrafficOnly": true,
	"isHnsEnabled": false,
	"networkAcls": object{"bypass": "AzureServices", "defaultAction": "Allow",
		"ipRules": []any{}, "virtualNetworkRules": []any{}},
}

// storageAccount: https://learn.microsoft.com/rest/api/storagerp/storage-accounts/list.
func (t *Tenant) storageAccount(r *rand.Rand, listed, key object) object {
	name := listed["name"].(string)
	enabled := object{"keyType": "Account", "enabled": true,
		"lastEnabledTime": date(r, 2019, 2024) + ".7036140Z"}
	encryption := object{"keySource": "Microsoft.Storage",
		"services": object{"blob": enabled, "file": enabled}}
	o := object{
		"id": listed["id"], "name": name, "type": "Microsoft.Storage/storageAccounts", "kind": "StorageV2",
		"location": listed["location"], "sku": kindOf("st").sku, "tags": object{},
		"properties": with(accountDefaults, object{
			"creationTime": date(r, 2019, 2024) + ".4540398Z", "primaryLocation": listed["location"],
			"encryption": encryption,
			"primaryEndpoints": object{"blob": "https://" + name + ".blob.core.windows.net/",
				"file": "https://" + name + ".file.core.windows.net/"},
		}),
	}

	if key != nil {
		encryption["keySource"], encryption["keyvaultproperties"] = "Microsoft.Keyvault", key
		o["identity"] = t.systemAssigned(name)
	}

	return o
}

// addDisks makes a disk encryption set with its active key and earlier ones:
// https://learn.microsoft.com/rest/api/compute/disk-encryption-sets/list.
func (t *Tenant) addDisks(r *rand.Rand, sub *subscription, what, active string, earlier ...string) object {
	previous := []any{}
	for _, url := range earlier {
		previous = append(previous, t.keyReference(url))
	}

	name := "des-" + t.Label + "-" + what
	o := object{
		"id":   sub.path(appGroup + "Microsoft.Compute/diskEncryptionSets/" + name),
		"name": name, "type": "Microsoft.Compute/diskEncryptionSets", "location": pick(r, sub.locations),
		"tags": object{}, "identity": t.systemAssigned(name),
		"properties": object{
			"activeKey": t.keyReference(active), "previousKeys": previous,
			"encryptionType": "EncryptionAtRestWithCustomerKey", "provisioningState": "Succeeded",
			"rotationToLatestKeyVersionEnabled": false,
		},
	}

	t.put("/arm"+sub.path("/providers/Microsoft.Compute/diskEncryptionSets"), o)
	t.put(inventory(sub), o)
	t.listAsResource(r, sub, o)

	return o
}

// keyReference also names the vault, where it is the client's first.
func (t *Tenant) keyReference(url string) object {
	o := object{"keyUrl": url}
	if strings.Contains(url, t.keyHost) && len(t.declared) > 0 {
		o["sourceVault"] = object{"id": t.declared[0]}
	}
	return o
}

// addServer makes a SQL server whose protector is a key of a vault, or the
// service's. It returns the protector.
func (t *Tenant) addServer(r *rand.Rand, sub *subscription, what, key string) object {
	k := kindOf("sql")
	o := t.resource(r, sub, k, k.name(t.Label, what), pick(r, sub.locations))
	protector := t.protector(o, key)
	t.put("/arm"+sub.path("/resources"), o)
	t.putServer(sub, t.sqlServer(o, key), protector)

	return protector
}

func (t *Tenant) putServer(sub *subscription, server, protector object) {
	t.put("/arm"+sub.path("/providers/Microsoft.Sql/servers"), server)
	t.put("/arm"+server["id"].(string)+"/encryptionProtector", protector)
	t.put(inventory(sub), server)
}

// sqlServer: https://learn.microsoft.com/rest/api/sql/servers/list.
func (t *Tenant) sqlServer(listed object, key string) object {
	name := listed["name"].(string)
	p := object{
		"administratorLogin": "sqladmin", "version": "12.0", "state": "Ready",
		"fullyQualifiedDomainName": name + ".database.windows.net", "minimalTlsVersion": "1.2",
		"publicNetworkAccess": "Disabled", "restrictOutboundNetworkAccess": "Disabled",
	}
	if key != "" {
		p["keyId"] = key
	}

	return object{"id": listed["id"], "name": name, "type": "Microsoft.Sql/servers", "kind": "v12.0",
		"location": listed["location"], "tags": object{}, "properties": p}
}

// protector: https://learn.microsoft.com/rest/api/sql/encryption-protectors/list-by-server.
func (t *Tenant) protector(server object, key string) object {
	kind, p := "servicemanaged", object{"serverKeyName": "ServiceManaged", "serverKeyType": "ServiceManaged"}
	if key != "" {
		parts := strings.Split(strings.TrimPrefix(key, "https://"), "/")
		vault, _, _ := strings.Cut(parts[0], ".")
		name := vault + "_" + parts[2] + "_" + parts[3]
		kind = "azurekeyvault"
		p = object{"serverKeyName": name, "serverKeyType": "AzureKeyVault", "uri": key,
			"autoRotationEnabled": true}
	}

	return object{
		"id": server["id"].(string) + "/encryptionProtector/current", "name": "current",
		"type": "Microsoft.Sql/servers/encryptionProtector", "kind": kind,
		"location": displayRegion(server["location"].(string)), "properties": p}
}

// addWorkspace makes a machine learning workspace with a key of the client's,
// a type of which only Resource Graph tells the key here.
func (t *Tenant) addWorkspace(r *rand.Rand, sub *subscription) {
	name := "mlw-" + t.Label
	key := object{"keyVaultArmId": t.declared[0], "keyIdentifier": t.keyURL(t.keyHost, "ml")}
	o := object{
		"id":   sub.path(appGroup + "Microsoft.MachineLearningServices/workspaces/" + name),
		"name": name, "type": "Microsoft.MachineLearningServices/workspaces",
		"location": pick(r, sub.locations), "tags": object{},
		"properties": object{"encryption": object{"status": "Enabled", "keyVaultProperties": key}},
	}

	t.put(inventory(sub), o)
	t.listAsResource(r, sub, o)
}
