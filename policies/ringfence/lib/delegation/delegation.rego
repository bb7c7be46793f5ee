# METADATA
# description: >-
#   Which delegated admin relationships are in force. Somebody who is on the way out
#   can still act: what is ending counts for a violation, and never for a pass.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship
#     description: delegatedAdminRelationship, status and endDateTime
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminaccessassignment
#     description: delegatedAdminAccessAssignment, status, accessContainer and accessDetails
package ringfence.lib.delegation

# in_force are the states in which a relationship gives access, or is about to.
in_force := {"active", "activating", "approved", "expiring"}

# ending are the states on the way to the end: access may still be there.
ending := {"terminating", "terminationRequested"}

# may_act are the states in which somebody may use the relationship.
may_act := in_force | ending

# over are the states without access: not yet given, or no longer.
over := {"created", "approvalPending", "expired", "terminated"}

# current holds for a relationship that gives access now: its state says so, and its end is
# after the time of the judgement. Graph writes times in UTC in one form, so they compare
# like text.
current(relationship) if {
	relationship.status in {"active", "expiring"}
	is_string(relationship.endDateTime)
	regex.match(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`, relationship.endDateTime)
	relationship.endDateTime > input.as_of
}

# granted are the [group, role] that current relationships give to groups of the MSP: the
# relationship has the role, and an active assignment gives it to the group.
granted contains [_guid(access.accessContainer.accessContainerId), id] if {
	some access in input.gdap.access_assignments
	access.status == "active"
	access.accessContainer.accessContainerType == "securityGroup"
	some role in access.accessDetails.unifiedRoles
	id := _guid(role.roleDefinitionId)
	[access._scope, id] in _offered
}

# possible are the [group, role] that may be granted, because nothing says that they are
# not: the state is unknown or on the way to the end, the end may have been put off, or the
# relationship could not be read. A control fails only what is not even possible.
possible contains [_guid(access.accessContainer.accessContainerId), id] if {
	some access in input.gdap.access_assignments
	status := access.status
	not status in {"deleting", "deleted"}
	relationship := access._scope
	not relationship in _ended
	some role in access.accessDetails.unifiedRoles
	id := _guid(role.roleDefinitionId)
	not _withheld(relationship, id)
}

# groups are the MSP's groups that some relationship names, whatever its state is.
groups contains _guid(access.accessContainer.accessContainerId) if {
	some access in input.gdap.access_assignments
	access.accessContainer.accessContainerType == "securityGroup"
}

_offered contains [relationship._id, _guid(role.roleDefinitionId)] if {
	some relationship in input.gdap.relationships
	current(relationship)
	some role in relationship.accessDetails.unifiedRoles
}

_ended contains relationship._id if {
	some relationship in input.gdap.relationships
	relationship.status in over
}

# _withheld holds if a relationship lists its roles and this is none of them.
_withheld(relationship, id) if {
	relationship in _listing
	not [relationship, id] in _named
}

_listing contains relationship._id if {
	some relationship in input.gdap.relationships
	is_array(relationship.accessDetails.unifiedRoles)
}

_named contains [relationship._id, _guid(role.roleDefinitionId)] if {
	some relationship in input.gdap.relationships
	some role in relationship.accessDetails.unifiedRoles
}

_guid(id) := lower(id) if is_string(id)
