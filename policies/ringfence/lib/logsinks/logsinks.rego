# METADATA
# description: >-
#   Where logs are sent to.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings/list
#     description: Diagnostic Settings, workspaceId, storageAccountId and others
package ringfence.lib.logsinks

# sinks are [setting, address of a resource], in lower case.
sinks contains [setting, lower(sink)] if {
	some setting in input.azure.diagnostic_settings
	some property in ["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "serviceBusRuleId"]
	sink := setting.properties[property]
	is_string(sink)
	sink != ""
}
