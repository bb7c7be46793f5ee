# METADATA
# title: A place where logs are kept
# description: >-
#   A workspace, a storage account or an event hub into which several clients send their logs.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings/list
#     description: Diagnostic Settings, workspaceId, storageAccountId and others
# custom:
#   fact: log-sink
#   rule: share
package ringfence.facts.log_sink

import data.ringfence.lib.logsinks

link contains {
	"value": sink,
	"subject": setting._subject,
	"role": "same",
	"node": null,
	"state": "live",
} if {
	some [setting, sink] in logsinks.sinks
}
