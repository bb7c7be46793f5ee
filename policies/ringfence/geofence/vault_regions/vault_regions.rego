# METADATA
# title: Vaults, HSMs and the regions that they replicate to are in the fence
# description: >-
#   Every key vault lies in an allowed region, and so does that region's pair, to
#   which Azure copies the vault. Every managed HSM and each region that it was
#   extended to are allowed too. A region without a pair copies nowhere.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/general/disaster-recovery-guidance
#     description: Azure Key Vault availability and redundancy
#   - ref: https://learn.microsoft.com/azure/reliability/regions-paired
#     description: Azure region pairs and nonpaired regions
#   - ref: https://learn.microsoft.com/azure/key-vault/managed-hsm/multi-region-replication
#     description: Managed HSM multi-region replication
# custom:
#   id: RF-G-06
#   since: "0.1"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [cm-12, sa-9.5, sa-9.6, sc-12]
#     iso_27001: [A.8.24]
#     ccm: [CEK-08, DSP-19]
#     gdpr: []
#     cis_m365: []
#     nis2: []
#   unverified: [iso_27001, ccm]
#   params: {}
#   remediation: >-
#     Recreate the vault in an allowed region whose pair is allowed too, or remove
#     the HSM's extra region. Where the pair lies in the same geography and the
#     client agrees, add it to the fence.
#   limits: >-
#     Pairs are those that Azure lists for the subscription's regions. Key Vault
#     does not replicate in every paired region; a pair counts all the same.
#     Backups that somebody exported are not seen.
package ringfence.geofence.vault_regions

subjects contains vault._subject if {
	_promised
	some vault in input.keyvault.vaults
}

subjects contains hsm._subject if {
	_promised
	some hsm in input.keyvault.managed_hsms
}

pass contains vault._subject if {
	some vault in input.keyvault.vaults
	region := _region(vault.location)
	region in _allowed
	[vault._scope, region] in _contained
}

pass contains hsm._subject if {
	some hsm in input.keyvault.managed_hsms
	_region(hsm.location) in _allowed
	_replicas_inside(hsm.properties)
}

fail contains _outside(vault, "/location", sprintf("vault %s is in %s", [vault.name, region]), region) if {
	_promised
	some vault in input.keyvault.vaults
	region := _region(vault.location)
	not region in _allowed
}

fail contains {
	"subject": vault._subject,
	"message": sprintf("vault %s in %s is copied to %s: %s", [vault.name, region, concat(", ", pairs), concat("; ", advice)]),
	"observed": {"location": region, "pairedRegion": pairs},
	"expected": {"regions": _allowed},
	"evidence": array.concat([sprintf("%s#/location", [vault._subject])], evidence),
} if {
	some vault in input.keyvault.vaults
	region := _region(vault.location)
	not [vault._scope, region] in _contained
	subscription := vault._scope
	found := {[pair, advice, subject] |
		some [scope, from, pair, advice, subject] in _copies
		scope == subscription
		from == region
	}
	count(found) > 0
	pairs := {pair | some [pair, _, _] in found}
	advice := {text | some [_, text, _] in found}
	evidence := [sprintf("%s#/metadata/pairedRegion", [subject]) | some [_, _, subject] in found]
}

fail contains _outside(hsm, pointer, sprintf("managed HSM %s is in %s", [hsm.name, concat(", ", regions)]), regions) if {
	_promised
	some hsm in input.keyvault.managed_hsms
	regions := _hsm_regions(hsm) - _allowed
	count(regions) > 0
	pointer := _hsm_pointer(hsm)
}

_promised if is_array(input.client.fence.regions)

_allowed contains region if some region in input.client.fence.regions

# _region is the ARM name of a region: westeurope for "West Europe". It is undefined for an
# empty name.
_region(name) := region if {
	is_string(name)
	region := lower(replace(name, " ", ""))
	region != ""
}

# _contained are the [subscription, region] from which nothing is copied to a region outside
# of the fence. Each subscription has a list of regions and pairs of its own.
_contained contains [location._scope, region] if {
	some location in input.azure.locations
	region := _region(location.name)
	region in _allowed # no rule asks about other regions
	_pairs_inside(location.metadata)
}

# _copies are [subscription, region, pair, advice, evidence] for each region inside the fence
# from which something is copied to one outside.
_copies contains [location._scope, region, pair, _advice(pair, location), location._subject] if {
	some location in input.azure.locations
	region := _region(location.name)
	region in _allowed
	some paired in location.metadata.pairedRegion
	pair := _region(paired.name)
	not pair in _allowed
}

_pairs_inside(metadata) if metadata.pairedRegion == null # left out: no pair

_pairs_inside(metadata) if {
	every pair in metadata.pairedRegion {
		_region(pair.name) in _allowed
	}
}

_replicas_inside(properties) if properties.regions == null # left out: its location alone

_replicas_inside(properties) if {
	every replica in properties.regions {
		_region(replica.name) in _allowed
	}
}

_hsm_regions(hsm) := {region | region := _region(hsm.location)} | {region |
	some replica in hsm.properties.regions
	region := _region(replica.name)
}

_hsm_pointer(hsm) := "/location" if {
	region := _region(hsm.location)
	not region in _allowed
} else := "/properties/regions"

_outside(store, pointer, what, observed) := {
	"subject": store._subject,
	"message": sprintf("%s, outside the fence %s", [what, input.client.fence.name]),
	"observed": {"regions": observed},
	"expected": {"regions": _allowed},
	"evidence": [sprintf("%s#%s", [store._subject, pointer])],
}

_advice(pair, location) := message if {
	is_string(location.metadata.geography)
	[location._scope, pair, location.metadata.geography] in _geographies
	message := sprintf("%s is of the same geography (%s); add it to the fence %s if that is meant", [pair, location.metadata.geography, input.client.fence.name])
} else := sprintf("%s is outside the fence %s", [pair, input.client.fence.name])

# _geographies are the [subscription, region, geography].
_geographies contains [location._scope, _region(location.name), location.metadata.geography] if {
	some location in input.azure.locations
}
