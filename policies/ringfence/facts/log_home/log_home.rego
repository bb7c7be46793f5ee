# METADATA
# title: Logs and the subscription that they go to
# description: >-
#   Whoever controls a subscription has the logs that others send into it. A subscription is one
#   tenant's: one that another tenant delegated is that one's.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings/list
#     description: Diagnostic Settings, workspaceId, storageAccountId and others
# custom:
#   fact: log-home
#   rule: own
package ringfence.facts.log_home

import data.ringfence.lib.logsinks
import data.ringfence.lib.nodes

link contains {
	"value": subscription,
	"subject": setting._subject,
	"role": "controlled",
	"node": nodes.own("log", setting._id),
	"state": "live",
} if {
	some [setting, sink] in logsinks.sinks
	subscription := nodes.subscription(sink)
}

link contains {
	"value": subscription._id,
	"subject": subscription._subject,
	"role": "controls",
	"node": nodes.own("subscription", subscription._id),
	"state": "live",
} if {
	some subscription in input.azure.subscriptions
	is_string(subscription.tenantId)
	lower(subscription.tenantId) == lower(input.client.tenant_id)
}
