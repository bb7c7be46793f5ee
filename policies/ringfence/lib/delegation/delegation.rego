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

# may_act are the states in which somebody can use the relationship.
may_act := in_force | ending

# over are the states without access: not yet given, or no longer.
over := {"created", "approvalPending", "expired", "terminated"}

# current says of a relationship that it gives access now: its state says so, and
# its end is after the time of the judgement. Graph writes times in UTC, and these
# compare like text.
current(relationship) if {
	relationship.status in {"active", "expiring"}
	is_string(relationship.endDateTime)
	regex.match(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`, relationship.endDateTime)
	relationship.endDateTime > input.as_of
}

# granted are the [group, role] that current relationships give to groups of the
# MSP: by an active assignment of theirs, of a role that the relationship has.
granted contains [_guid(access.accessContainer.accessContainerId), id] if {
	some access in input.gdap.access_assignments
	access.status == "active"
	access.accessContainer.accessContainerType == "securityGroup"
	some role in access.accessDetails.unifiedRoles
	id := _guid(role.roleDefinitionId)
	[access._scope, id] in _offered
}

# possible are the [group, role] of which nothing says that they are not granted:
# a state that nobody knows, or on the way to the end, an end that may have been put
# off, a relationship that is not there.
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

# groups are those of the MSP that some relationship, of whatever state, names.
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

# _withheld says of a relationship that lists its roles that this is none of them.
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
