# METADATA
# title: A place that keeps logs of several clients was agreed with each
# description: >-
#   No diagnostic setting of the tenant sends logs to a resource to which another client of the
#   same service provider sends logs, too, unless it is a shared sink of the fleet file that names
#   this client.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings
#     description: Diagnostic settings in Azure Monitor
#   - ref: https://learn.microsoft.com/azure/azure-monitor/logs/manage-access
#     description: Manage access to Log Analytics workspaces
# custom:
#   id: RF-F-11
#   since: "0.2"
#   severity: high
#   scope: fleet
#   maps:
#     nist_800_53: [ac-4.21, au-9.2, sc-4]
#     iso_27001: [A.8.22]
#     ccm: [LOG-02, IVS-06]
#     gdpr: ["32"]
#     cis_m365: []
#     nis2: ["3.2"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Give the client a workspace of its own, or agree with each client that logs are kept together
#     and who may read them, and declare a shared_sink in the fleet file that names them all.
#   limits: >-
#     That the place was agreed, and not who can read there what: whether access is kept apart is
#     set at the place, which only its owner sees.
package ringfence.isolation.client_log_places

import data.ringfence.lib.others

subjects contains setting._subject if some setting in input.azure.diagnostic_settings

pass contains setting._subject if {
	some setting in input.azure.diagnostic_settings
	not _shared(setting)
}

pass contains setting._subject if {
	some setting in input.azure.diagnostic_settings
	_agreed(setting)
}

fail contains {
	"subject": setting._subject,
	"message": sprintf("sends logs to a place where %s sends some, too, which was not agreed", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "a place of this client alone, or a shared sink of the fleet file",
	"evidence": [sprintf("%s#", [setting._subject])],
} if {
	some setting in input.azure.diagnostic_settings
	not _agreed(setting)
	some link in input.fleet.links["log-sink"]
	link.subject == setting._subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_shared(setting) if {
	some link in input.fleet.links["log-sink"]
	link.subject == setting._subject
	count(others.strangers(link, set())) > 0
}

# _agreed holds for a setting all of whose destinations are shared by agreement.
_agreed(setting) if {
	sinks := _sinks(setting)
	count(sinks) > 0
	count(sinks - _declared) == 0
}

_sinks(setting) := {lower(sink) |
	some property in ["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "serviceBusRuleId"]
	sink := setting.properties[property]
	is_string(sink)
	sink != ""
}

_declared contains lower(sink.resource_id) if some sink in input.client.shared_sinks
