package emulator

import (
	"fmt"
	"strings"
)

// addKeys lists the keys of each vault and managed HSM as the control plane shows
// them: https://learn.microsoft.com/rest/api/keyvault/keyvault/keys/list. Times are
// Unix seconds.
func (t *Tenant) addKeys(sub *subscription) {
	for _, v := range t.at("/arm" + sub.path("/providers/Microsoft.KeyVault/vaults")) {
		uri := strings.TrimSuffix(v["properties"].(object)["vaultUri"].(string), "/")
		t.addKeysOf(v, uri+":443", []string{"disks", "storage", "sql", "signing"})
	}
	for _, h := range t.at("/arm" + sub.path("/providers/Microsoft.KeyVault/managedHSMs")) {
		uri := strings.TrimSuffix(h["properties"].(object)["hsmUri"].(string), "/")
		t.addKeysOf(h, uri, []string{"disks"})
	}
	if sub == t.subscriptions[0] {
		t.apply(keysInVaults, site{sub: sub})
	}
}

// addKeysOf: all keys expire one day, and the last one is disabled.
func (t *Tenant) addKeysOf(v object, uri string, names []string) {
	id := v["id"].(string)
	r := t.rand("keys of " + id)
	for i, name := range names {
		created := 1_690_000_000 + r.IntN(50_000_000)
		attributes := object{"enabled": i < 3, "created": created, "updated": created + r.IntN(1_000_000),
			"exp":           1_920_000_000 + r.IntN(30_000_000), // in 2030 and 2031
			"recoveryLevel": "Recoverable+Purgeable", "exportable": false}

		key := object{
			"id": id + "/keys/" + name, "name": name, "type": fmt.Sprint(v["type"]) + "/keys",
			"properties": object{"attributes": attributes, "keyUri": uri + "/keys/" + name},
		}
		if location, has := v["location"]; has {
			key["location"] = location
		}
		t.put("/arm"+id+"/keys", key)
	}
}

// addDeletedHSM makes a managed HSM that was deleted and can be recovered, for a client
// that has one: https://learn.microsoft.com/rest/api/keyvault/keyvault/managed-hsms/list-deleted.
func (t *Tenant) addDeletedHSM(sub *subscription) {
	if !t.hsm {
		return
	}

	name := fmt.Sprintf("hsm-%.14s-old", t.Label)
	region := sub.locations[0]
	t.put("/arm"+sub.path("/providers/Microsoft.KeyVault/deletedManagedHSMs"), object{
		"id":   sub.path("/providers/Microsoft.KeyVault/locations/" + region + "/deletedManagedHSMs/" + name),
		"name": name, "type": "Microsoft.KeyVault/deletedManagedHSMs",
		"properties": object{
			"mhsmId":   sub.path("/resourceGroups/rg-keys/providers/Microsoft.KeyVault/managedHSMs/" + name),
			"location": region, "tags": object{"Dept": "security"}, "purgeProtectionEnabled": true,
			"deletionDate": "2026-10-20T08:00:59Z", "scheduledPurgeDate": "2027-01-18T08:00:59Z",
		},
	})
}
