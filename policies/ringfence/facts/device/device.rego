# METADATA
# title: A device by its serial number
# description: >-
#   A device that two tenants manage, by the number that its maker or its network gave it. What
#   makers write where they have no number is none.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-devices-manageddevice
#     description: managedDevice, serialNumber, imei, meid and udid
#   - ref: https://learn.microsoft.com/graph/api/resources/intune-enrollment-windowsautopilotdeviceidentity
#     description: windowsAutopilotDeviceIdentity, serialNumber
# custom:
#   fact: device
#   rule: share
package ringfence.facts.device

link contains _link(device, value) if {
	some device in input.intune.managed_devices
	value := _serial(device)
}

link contains _link(device, value) if {
	some device in input.intune.autopilot_devices
	value := _serial(device)
}

link contains _link(device, sprintf("imei %s", [number])) if {
	some device in input.intune.managed_devices
	number := _number(device.imei)
}

link contains _link(device, sprintf("meid %s", [number])) if {
	some device in input.intune.managed_devices
	number := _number(device.meid)
}

link contains _link(device, sprintf("udid %s", [number])) if {
	some device in input.intune.managed_devices
	number := _number(device.udid)
}

_link(device, value) := {
	"value": value,
	"subject": device._subject,
	"role": "same",
	"node": null,
	"state": "live",
}

_serial(device) := sprintf("serial %s %s", [lower(trim_space(device.manufacturer)), number]) if {
	is_string(device.manufacturer)
	number := _number(device.serialNumber)
}

# _number is a number that can tell devices apart: not one that is written everywhere, and not the
# same character again and again.
_number(text) := number if {
	is_string(text)
	number := lower(trim_space(text))
	count(number) > 3
	every junk in _junk {
		junk != number
	}
	characters := {character | some character in split(replace(number, "-", ""), "")}
	count(characters) > 1
}

_junk := {
	"system serial number", "to be filled by o.e.m.", "default string", "not specified", "not applicable",
	"none", "unknown", "invalid", "chassis serial number", "123456789", "1234567890", "0123456789",
}
