# METADATA
# title: No log goes to another client
# description: >-
#   No diagnostic setting of the tenant sends logs to a resource in a subscription of another client
#   of the same service provider, which could read and delete them there.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings/list?view=rest-monitor-2021-05-01-preview
#     description: Diagnostic Settings - List
#   - ref: https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings
#     description: Diagnostic settings in Azure Monitor
# custom:
#   id: RF-F-10
#   since: "0.2"
#   severity: critical
#   scope: fleet
#   maps:
#     nist_800_53: [au-4.1, au-9, ac-4, au-6]
#     iso_27001: [A.8.12, A.8.15]
#     ccm: [LOG-02, DSP-10]
#     gdpr: ["28", "32"]
#     cis_m365: []
#     nis2: ["3.2"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Azure portal, Monitor, Diagnostic settings (of Entra ID: Entra admin center, Monitoring &
#     health, Diagnostic settings): change the destination to the client's own workspace, or to the
#     one of the service provider that was agreed. Ask the other client what it holds.
#   limits: >-
#     Where a log goes is told by the subscription of its destination; subscriptions of others are
#     known as far as the application may see them. What copies data on from there is not seen.
package ringfence.isolation.client_logs

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links["log-home"]
	link.role == "controlled"
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_carriers contains setting._subject if some setting in input.azure.diagnostic_settings

_shared contains link.subject if {
	some link in input.fleet.links["log-home"]
	link.role == "controlled"
	count(others.strangers(link, set())) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("sends logs to %s", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "a destination in no other client's subscription",
	"evidence": [sprintf("%s#", [subject])],
}
