# METADATA
# title: A control that takes what it cannot see for good
# description: Deliberately unsound. The ablation test has to catch it.
# related_resources:
#   - https://learn.microsoft.com/azure/key-vault/general/overview
# custom:
#   id: RF-Z-99
#   since: "0.1"
#   severity: low
#   remediation: None; it exists to be caught.
#   limits: It proves nothing.
package ringfence.geofence.unsound_regions

subjects contains s if {
	some v in input.keyvault.vaults
	s := v._subject
}

# A vault passes because its region is not known to be a foreign one: take the
# region's document away, and it turns to satisfied.
pass contains s if {
	some v in input.keyvault.vaults
	not foreign(v)
	s := v._subject
}

fail contains {"subject": s, "message": "its region is foreign"} if {
	some v in input.keyvault.vaults
	foreign(v)
	s := v._subject
}

foreign(v) if {
	some l in input.azure.locations
	l.name == v.location
	not l.metadata.geographyGroup == "US"
}
