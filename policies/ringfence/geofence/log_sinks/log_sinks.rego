# METADATA
# title: Log sinks and backup vaults are in the fence
# description: >-
#   Wherever a diagnostic setting sends logs (of Entra ID, a subscription or a resource),
#   the workspace, storage account, event hub or service bus lies in a region of the
#   fence, and so does every Recovery Services vault and Backup vault. A sink that is not
#   among the resources that were read, or a partner's, is undetermined.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/azure-monitor/essentials/diagnostic-settings
#     description: Diagnostic settings in Azure Monitor, destinations
#   - ref: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings/list
#     description: "Diagnostic Settings - List: workspaceId, storageAccountId, …"
#   - ref: https://learn.microsoft.com/entra/identity/monitoring-health/howto-configure-diagnostic-settings
#     description: Configure Microsoft Entra diagnostic settings
# custom:
#   id: RF-G-07
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [au-4.1, au-9, cm-12, sa-9.5]
#     iso_27001: [A.8.15]
#     ccm: [DSP-19, LOG-02]
#     gdpr: [Art. 44]
#     cis_m365: []
#     nis2: ["3.2.1"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Make the workspace, account or hub anew in a region of the fence, point the setting
#     at it, and delete what was sent elsewhere when it need not be kept. A backup vault
#     cannot be moved: make another one, and let the old one's recovery points run out.
#   limits: >-
#     Settings of vaults, managed HSMs, SQL servers, storage accounts, workspaces, of the
#     subscription and of Entra ID; other resources may have some, too. Where a workspace
#     forwards to is not seen, nor what Defender XDR streams: its settings have no read API
#     that Microsoft documents.
package ringfence.geofence.log_sinks

import data.ringfence.lib.regions

subjects contains setting._subject if {
	regions.promised
	some setting in input.azure.diagnostic_settings
}

subjects contains vault._subject if {
	regions.promised
	some vault in input.azure.backup_vaults
}

pass contains setting._subject if {
	regions.promised
	some setting in input.azure.diagnostic_settings
	_stays(setting.properties.workspaceId)
	_stays(setting.properties.storageAccountId)
	_stays(setting.properties.eventHubAuthorizationRuleId)
	_stays(setting.properties.serviceBusRuleId)
	setting.properties.marketplacePartnerId == null
}

pass contains vault._subject if {
	some vault in input.azure.backup_vaults
	regions.name(vault.location) in regions.allowed
}

fail contains _stray(setting, setting.properties.workspaceId, "workspaceId") if {
	some setting in input.azure.diagnostic_settings
}

fail contains _stray(setting, setting.properties.storageAccountId, "storageAccountId") if {
	some setting in input.azure.diagnostic_settings
}

fail contains _stray(setting, setting.properties.eventHubAuthorizationRuleId, "eventHubAuthorizationRuleId") if {
	some setting in input.azure.diagnostic_settings
}

fail contains _stray(setting, setting.properties.serviceBusRuleId, "serviceBusRuleId") if {
	some setting in input.azure.diagnostic_settings
}

fail contains {
	"subject": vault._subject,
	"message": sprintf("backup vault %s is in %s, outside the fence %s", [vault.name, region, input.client.fence.name]),
	"observed": {"location": region},
	"expected": {"regions": regions.allowed},
	"evidence": [sprintf("%s#/location", [vault._subject])],
} if {
	regions.promised
	some vault in input.azure.backup_vaults
	region := regions.name(vault.location)
	not region in regions.allowed
}

_stays(id) if id == null # nothing is sent there

_stays(id) if regions.name(input.azure.resources[_sink(id)].location) in regions.allowed

# _sink is the place, among all resources, of the one that an id names: for an authorization
# rule, of the namespace that it belongs to.
_sink(id) := _position[resource] if {
	is_string(id)
	resource := concat("/", array.slice(split(lower(id), "/"), 0, 9))
}

_position := {id: i | id := input.azure.resources[i]._id}

_stray(setting, id, property) := {
	"subject": setting._subject,
	"message": sprintf("%s sends logs to %s in %s, outside the fence %s", [setting.name, sink.name, region, input.client.fence.name]),
	"observed": {property: id, "location": region},
	"expected": {"regions": regions.allowed},
	"evidence": [sprintf("%s#/properties/%s", [setting._subject, property]), sprintf("%s#/location", [sink._subject])],
} if {
	regions.promised
	sink := input.azure.resources[_sink(id)]
	region := regions.name(sink.location)
	not region in regions.allowed
}
