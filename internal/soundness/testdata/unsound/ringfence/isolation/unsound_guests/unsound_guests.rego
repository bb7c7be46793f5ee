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
package ringfence.isolation.unsound_guests

subjects contains s if {
	some v in input.keyvault.vaults
	s := v._subject
}

# A vault passes because no resource group of another region was found: remove
# that group, and it turns to satisfied.
pass contains s if {
	some v in input.keyvault.vaults
	not foreign_group
	s := v._subject
}

fail contains {"subject": s, "message": "a resource group is elsewhere"} if {
	some v in input.keyvault.vaults
	foreign_group
	s := v._subject
}

foreign_group if {
	some g in input.azure.resource_groups
	not lower(replace(g.location, " ", "")) in input.client.fence.regions
}
