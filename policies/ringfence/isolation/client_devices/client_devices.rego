# METADATA
# title: No device is managed by another client, too
# description: >-
#   No device that the tenant manages, or has registered for Autopilot, is managed by another client
#   of the same service provider: it has another serial number, IMEI, MEID and UDID than all of
#   theirs.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-devices-manageddevice
#     description: managedDevice, serialNumber
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-enrollment-windowsautopilotdeviceidentity
#     description: windowsAutopilotDeviceIdentity
# custom:
#   id: RF-F-07
#   since: "0.2"
#   severity: high
#   scope: fleet
#   maps:
#     nist_800_53: [cm-8, ac-19, ac-4]
#     iso_27001: [A.5.9, A.8.1]
#     ccm: [UEM-04, IVS-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["12.4"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Find out whose device it is. Intune admin center, Devices, the device: retire it where it does
#     not belong; of a device that was sold, delete its Autopilot registration: Devices, Enrollment,
#     Windows Autopilot, Devices.
#   limits: >-
#     Serial numbers that makers leave empty or write into every device are not compared. A device
#     that nobody removed after it changed hands counts: it can still be wiped from both sides.
package ringfence.isolation.client_devices

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links.device
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_carriers contains device._subject if some device in input.intune.managed_devices

_carriers contains device._subject if some device in input.intune.autopilot_devices

_shared contains link.subject if {
	some link in input.fleet.links.device
	count(others.strangers(link, set())) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("is managed by %s, too", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "a device of this client alone",
	"evidence": [sprintf("%s#", [subject])],
}
