package ringfence.facts.device_test

import data.ringfence.facts.device

tenant := "a0000000-0000-4000-8000-000000000001"

of(device_, enrolled) := {"client": {"tenant_id": tenant}, "intune": {"managed_devices": device_, "autopilot_devices": enrolled}}

laptop := {
	"_subject": "intune.managed_devices/1",
	"manufacturer": "LENOVO ",
	"serialNumber": "PF1A2B",
	"imei": "",
	"meid": null,
	"udid": "",
}

values := {link.value | some link in device.link}

test_serial if {
	want := {"value": "serial lenovo pf1a2b", "subject": "intune.managed_devices/1", "role": "same", "node": null, "state": "live"}
	device.link == {want} with input as of([laptop], [])
}

test_autopilot if values == {"serial lenovo pf1a2b"} with input as of([], [laptop])

test_numbers if {
	phone := object.union(laptop, {"serialNumber": "0", "imei": "356938035643809", "meid": "a1000012345678", "udid": "00008030-001a"})
	values == {"imei 356938035643809", "meid a1000012345678", "udid 00008030-001a"} with input as of([phone], [])
}

test_junk[number] if {
	some number in ["0", "To be filled by O.E.M.", "Default string", "System Serial Number", "0000000000", "00000000-0000-0000-0000-000000000000", "", null, " "]
	count(device.link) == 0 with input as of([object.union(laptop, {"serialNumber": number})], [])
}

test_no_maker if count(device.link) == 0 with input as of([object.union(laptop, {"manufacturer": null})], [])
