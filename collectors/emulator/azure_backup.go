package emulator

import (
	"fmt"
	"strings"
)

// addBackupVaults makes the Recovery Services vaults that the list of resources has,
// and a Backup vault beside the first one.
func (t *Tenant) addBackupVaults(sub *subscription) {
	for i, o := range t.resourcesOf(sub, "Microsoft.RecoveryServices/vaults") {
		t.put(backupInventory(sub), t.recoveryVault(o))
		if i == 0 {
			vault := t.backupVault(sub, o)
			t.put(backupInventory(sub), vault)
			t.listAsResource(t.rand("backup vault "+sub.id), sub, vault)
		}
	}
}

func backupInventory(sub *subscription) string { return "/inventory" + sub.path("/backup") }

// recoveryVault: https://learn.microsoft.com/rest/api/recoveryservices/vaults/list-by-subscription-id.
func (t *Tenant) recoveryVault(listed object) object {
	o := tracked(listed, object{
		"provisioningState": "Succeeded", "publicNetworkAccess": "Enabled", "secureScore": "Adequate",
		"bcdrSecurityLevel": "Fair", "privateEndpointStateForBackup": "None",
		"privateEndpointStateForSiteRecovery": "None", "privateEndpointConnections": []any{},
		"redundancySettings": object{
			"standardTierStorageRedundancy": "ZoneRedundant", "crossRegionRestore": "Disabled",
		},
		"securitySettings": object{"multiUserAuthorization": "Disabled", "softDeleteSettings": object{
			"softDeleteState": "Enabled", "softDeleteRetentionPeriodInDays": 14, "enhancedSecurityState": "Enabled"}},
	})
	return with(o, object{"type": strings.ToLower(listed["type"].(string)), "sku": listed["sku"],
		"identity": object{"type": "None"}})
}

// backupVault: https://learn.microsoft.com/rest/api/dataprotection/backup-vaults/get-in-subscription.
func (t *Tenant) backupVault(sub *subscription, beside object) object {
	name := fmt.Sprintf("bv-%s-%.4s", t.Label, sub.id)
	return object{
		"id":   sub.path("/resourceGroups/RG-Data/providers/Microsoft.DataProtection/BackupVaults/" + name),
		"name": name, "type": "microsoft.dataprotection/backupvaults", "location": beside["location"],
		"tags": object{}, "identity": t.systemAssigned(name),
		"properties": object{
			"provisioningState": "Succeeded", "secureScore": "Minimum", "bcdrSecurityLevel": "Poor",
			"storageSettings": []any{object{"datastoreType": "VaultStore", "type": "LocallyRedundant"}},
			"securitySettings": object{
				"softDeleteSettings": object{"state": "On", "retentionDurationInDays": 14.0},
			},
			"featureSettings":                 object{"crossRegionRestoreSettings": object{"state": "Disabled"}},
			"isVaultProtectedByResourceGuard": false, "replicatedRegions": []any{},
		},
	}
}
