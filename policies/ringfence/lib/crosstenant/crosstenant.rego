# METADATA
# description: >-
#   What a setting of cross-tenant access lets through, and what the client agreed with
#   which tenant. A value that Microsoft adds later is neither open nor closed.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicyb2bsetting
#     description: crossTenantAccessPolicyB2BSetting, usersAndGroups and applications
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicytarget
#     description: crossTenantAccessPolicyTarget, with its reserved values
package ringfence.lib.crosstenant

# open holds for a setting that allows everything.
open(setting, everything) if {
	setting.accessType == "allowed"
	some target in setting.targets
	target.target == everything
}

# blocked holds for a setting that blocks everything. One that blocks a few targets leaves
# the rest open.
blocked(setting, everything) if {
	setting.accessType == "blocked"
	some target in setting.targets
	target.target == everything
}

# limited holds for a setting that blocks everything, or allows chosen targets only.
limited(setting, everything) if blocked(setting, everything)

limited(setting, _) if {
	setting.accessType == "allowed"
	is_array(setting.targets)
	count(setting.targets) > 0
	every target in setting.targets {
		_chosen(target)
	}
}

# shut holds for a direction in which nobody passes: all users are blocked, or all
# applications are.
shut(direction) if blocked(direction.usersAndGroups, "AllUsers")

shut(direction) if blocked(direction.applications, "AllApplications")

# ajar holds for a direction in which somebody passes: some users are allowed, and some
# applications are.
ajar(direction) if {
	_allows(direction.usersAndGroups)
	_allows(direction.applications)
}

# inherits holds for settings of an entry that are null: those by default hold.
inherits(settings) if is_null(settings)

# promised holds if the fleet file says which organisations the client works with.
promised if is_array(input.client.partners)

# agreed are the [tenant, kind of cooperation] of the fleet file.
agreed contains [lower(partner.tenant_id), kind] if {
	some partner in input.client.partners
	some kind in partner.allow
}

# tenant is the id of an entry's tenant, as ids are written.
tenant(entry) := lower(entry.tenantId) if is_string(entry.tenantId)

_allows(setting) if {
	setting.accessType == "allowed"
	some target in setting.targets
	is_string(target.target)
}

# _chosen holds for a target that is less than everything: the id of an object, or Office365,
# the only reserved value that names some applications.
_chosen(target) if {
	is_string(target.target)
	regex.match(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`, target.target)
}

_chosen(target) if {
	target.targetType == "application"
	target.target == "Office365"
}
