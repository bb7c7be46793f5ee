# METADATA
# title: Delegated admin relationships are bounded in time and do not lapse silently
# description: >-
#   No relationship in force is longer than agreed or extends itself unless that was
#   agreed; and none ends within the next weeks unless others in force
#   have all of its roles. The first is about isolation, the second about being able to help
#   when it is needed; each has its own message.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship
#     description: delegatedAdminRelationship, duration, autoExtendDuration and endDateTime
#   - ref: https://learn.microsoft.com/partner-center/customers/gdap-faq
#     description: GDAP, questions and answers, on expiry and automatic extension
# custom:
#   id: RF-M-03
#   since: "0.2"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [ac-2.2, ac-2.3, ma-4]
#     iso_27001: [A.5.18]
#     ccm: [IAM-07]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1", "11.2"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     warn_days:
#       type: integer
#       default: 30
#       description: A relationship that ends within so many days needs a successor.
#   remediation: >-
#     Partner Center, Customers, Admin relationships: request a new relationship with
#     the agreed duration and have the client approve it, move the security groups to
#     it, and terminate the old one. Turn automatic extension off where it was not agreed.
#   limits: >-
#     What the relationship says of itself. Whether anybody still needs it, and whether
#     the successor's roles are assigned to the same groups, is not looked at.
package ringfence.isolation.partner_lifetimes

import data.ringfence.lib.calendar
import data.ringfence.lib.delegation

subjects contains relationship._subject if {
	_promised
	some relationship in input.gdap.relationships
	not _no_force(relationship)
}

pass contains relationship._subject if {
	some relationship in input.gdap.relationships
	relationship.status in {"active", "activating", "approved"}
	_bounded(relationship)
	_extends_as_agreed(relationship)
	_goes_on(relationship)
}

pass contains relationship._subject if {
	some relationship in input.gdap.relationships
	relationship.status in delegation.in_force
	_bounded(relationship)
	_extends_as_agreed(relationship)
	_succeeded(relationship)
}

fail contains _failure(relationship, message, "duration") if {
	some relationship in input.gdap.relationships
	relationship.status in delegation.may_act
	calendar.days(relationship.duration) > _longest
	message := sprintf("the relationship %s is for %s, and %s was agreed", [relationship.displayName, relationship.duration, input.client.gdap.max_duration])
}

fail contains _failure(relationship, message, "autoExtendDuration") if {
	some relationship in input.gdap.relationships
	relationship.status in delegation.may_act
	input.client.gdap.auto_extend == false
	_extends(relationship)
	message := sprintf("the relationship %s extends itself by %s, which was not agreed", [relationship.displayName, relationship.autoExtendDuration])
}

fail contains _failure(relationship, message, "status") if {
	some relationship in input.gdap.relationships
	relationship.status == "expiring"
	not _perhaps_succeeded(relationship)
	message := sprintf("the relationship %s is expiring, and nothing in force has all of its roles", [relationship.displayName])
}

fail contains _failure(relationship, message, "endDateTime") if {
	some relationship in input.gdap.relationships
	relationship.status == "active"
	not _perhaps_succeeded(relationship) # which it is by itself, as long as it goes on
	message := sprintf("the relationship %s ends on %s, and nothing in force has all of its roles", [relationship.displayName, substring(relationship.endDateTime, 0, 10)])
}

_promised if is_object(input.client.gdap)

_no_force(relationship) if relationship.status in delegation.over

_longest := calendar.days(input.client.gdap.max_duration)

_bounded(_) if input.client.gdap.max_duration == null

_bounded(relationship) if calendar.days(relationship.duration) <= _longest

_extends_as_agreed(_) if input.client.gdap.auto_extend == true

_extends_as_agreed(relationship) if _stays_as_it_is(relationship)

_stays_as_it_is(relationship) if relationship.autoExtendDuration in {"P0D", "PT0S"}

_extends(relationship) if {
	is_string(relationship.autoExtendDuration)
	not _stays_as_it_is(relationship)
}

_goes_on(relationship) if _extends(relationship)

_goes_on(relationship) if {
	calendar.instant(relationship.endDateTime) >= calendar.in_days(input.params.warn_days)
}

# _succeeded: other relationships in force, which go on, have all of the roles.
_succeeded(relationship) if {
	_says_its_roles(relationship)
	count(_roles(relationship) - _carried) == 0
}

_carried contains role if {
	some relationship in input.gdap.relationships
	relationship.status == "active"
	_goes_on(relationship)
	some role in _roles(relationship)
}

# _perhaps_succeeded: some may have them.
_perhaps_succeeded(relationship) if count(_roles(relationship) - _perhaps_carried) == 0

_perhaps_succeeded(_) if _perhaps_all_carried

_perhaps_carried contains role if {
	some relationship in input.gdap.relationships
	not _no_successor(relationship)
	some role in _roles(relationship)
}

# A role that has no id may be any.
_perhaps_all_carried if {
	some relationship in input.gdap.relationships
	not _no_successor(relationship)
	not _says_its_roles(relationship)
}

_no_successor(relationship) if relationship.status in ((delegation.over | delegation.ending) | {"expiring"})

_no_successor(relationship) if {
	_stays_as_it_is(relationship)
	calendar.instant(relationship.endDateTime) < calendar.in_days(input.params.warn_days)
}

_roles(relationship) := {lower(role.roleDefinitionId) |
	some role in relationship.accessDetails.unifiedRoles
	is_string(role.roleDefinitionId)
}

_says_its_roles(relationship) if {
	every role in relationship.accessDetails.unifiedRoles {
		is_string(role.roleDefinitionId)
	}
}

# _failure is undefined where nothing was promised.
_failure(relationship, message, property) := {
	"subject": relationship._subject,
	"message": message,
	"observed": {name: object.get(relationship, name, null) | some name in ["status", "duration", "autoExtendDuration", "endDateTime"]},
	"expected": {"max_duration": input.client.gdap.max_duration, "auto_extend": input.client.gdap.auto_extend},
	"evidence": [sprintf("%s#/%s", [relationship._subject, property])],
}
