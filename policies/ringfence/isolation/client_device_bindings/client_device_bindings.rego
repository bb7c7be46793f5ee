# METADATA
# title: Bindings to Apple and Google are not another client's, too
# description: >-
#   The push certificate, the tokens and the accounts by which the tenant manages devices of Apple
#   and Google belong to no other client of the same service provider. Whoever has one for both can
#   take the devices of both.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-devices-applepushnotificationcertificate
#     description: applePushNotificationCertificate
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-onboarding-vpptoken
#     description: vppToken
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-androidforwork-androidmanagedstoreaccountenterprisesettings?view=graph-rest-beta
#     description: androidManagedStoreAccountEnterpriseSettings
# custom:
#   id: RF-F-08
#   since: "0.2"
#   severity: high
#   scope: fleet
#   maps:
#     nist_800_53: [cm-8, ia-5, sc-12]
#     iso_27001: [A.5.9, A.8.1]
#     ccm: [UEM-05]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Give the client an Apple ID and a Google account of its own. Intune admin center, Devices,
#     Enrollment: renew the push certificate and tokens under them. An Apple push certificate that
#     is replaced instead of renewed needs all devices enrolled again.
#   limits: >-
#     Bindings are compared by topic, serial number and account. An account that the service
#     provider keeps for one client alone is no shared one; that the client cannot renew it is
#     another matter.
package ringfence.isolation.client_device_bindings

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links["mdm-binding"]
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_carriers contains certificate._subject if some certificate in input.intune.apple_push_certificate

_carriers contains token._subject if some token in input.intune.apple_tokens

_carriers contains token._subject if some token in input.intune.apple_vpp_tokens

_carriers contains binding._subject if some binding in input.intune.android_bindings

_shared contains link.subject if {
	some link in input.fleet.links["mdm-binding"]
	count(others.strangers(link, set())) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("belongs to %s, too", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "a binding of this client alone",
	"evidence": [sprintf("%s#", [subject])],
}
