# METADATA
# title: Nobody administers keys and reaches the data that they protect
# description: >-
#   Whoever makes, changes or destroys keys, by an Azure role or because a vault asks
#   its access policies, has no role in the same subscription that reaches disks, blobs or
#   databases, and is no Global Administrator. Members of groups count one by one. The
#   client's break-glass accounts may do both.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/general/secure-key-vault
#     description: Secure your Azure Key Vault, separation of duties
#   - ref: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security
#     description: Azure built-in roles for Security
# custom:
#   id: RF-K-07
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-5, sc-12]
#     iso_27001: [A.5.3]
#     ccm: [CEK-02, IAM-04]
#     gdpr: []
#     cis_m365: []
#     nis2: ["1.2.6"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Take one of the two roles away, or let it be activated when it is needed, with the
#     approval of somebody else (Privileged Identity Management).
#   limits: >-
#     Active roles: somebody who may activate one is not counted, which is what a client
#     with one administrator should have. Roles in one subscription; Global
#     Administrators count everywhere. Whoever may give roles could give himself both, and
#     is RF-K-06 for the MSP. Not the local roles of managed HSMs, nor access policies.
package ringfence.keyownership.separated_duties

import data.ringfence.lib.azureroles
import data.ringfence.lib.directory
import data.ringfence.lib.provider

subjects contains assignment._subject if {
	some assignment in input.azure.role_assignments
	_may_keep(assignment)
}

pass contains assignment._subject if {
	some assignment in input.azure.role_assignments
	_may_keep(assignment)
	not assignment._scope in _opaque
	_apart(assignment._scope, directory.guid(assignment.properties.principalId))
}

# A rule each for the holder and for members of a group, and for what they reach: each needs
# only what it follows from.
fail contains _failure(assignment, id, title) if {
	some assignment in input.azure.role_assignments
	_keeps(assignment)
	id := directory.guid(assignment.properties.principalId)
	some title in _reached[_key(assignment._scope, id)]
	not _break_glass(id)
}

fail contains _failure(assignment, id, title) if {
	some assignment in input.azure.role_assignments
	_keeps(assignment)
	some id in provider.members[directory.guid(assignment.properties.principalId)]
	some title in _reached[_key(assignment._scope, id)]
	not _break_glass(id)
}

fail contains _failure(assignment, id, "Global Administrator") if {
	some assignment in input.azure.role_assignments
	_keeps(assignment)
	id := directory.guid(assignment.properties.principalId)
	id in _global_administrators
	not _break_glass(id)
}

fail contains _failure(assignment, id, "Global Administrator") if {
	some assignment in input.azure.role_assignments
	_keeps(assignment)
	some id in provider.members[directory.guid(assignment.properties.principalId)]
	id in _global_administrators
	not _break_glass(id)
}

# _keeps holds for an assignment that administers keys, _may_keep also for one of which
# nobody knows.
_keeps(assignment) if {
	_role(assignment) in azureroles.keeping
	_place(assignment) in _places
}

_keeps(assignment) if {
	_role(assignment) in azureroles.writing
	_place(assignment) in _with_policies
}

_may_keep(assignment) if {
	role := _role(assignment)
	not role in azureroles.keyless
	_place(assignment) in _places
}

_may_keep(assignment) if {
	_role(assignment) in azureroles.writing
	_place(assignment) in _with_policies
}

_places contains place if {
	some vault in input.keyvault.vaults
	some place in azureroles.places(vault._id)
}

_with_policies contains place if {
	some vault in input.keyvault.vaults
	vault.properties.enableRbacAuthorization in {false, null} # null: left out, which means policies
	some place in azureroles.places(vault._id)
}

_role(assignment) := azureroles.id(assignment.properties.roleDefinitionId)

_place(assignment) := azureroles.place(assignment.properties.scope, assignment._scope)

_key(subscription, id) := concat(" ", [subscription, id])

# _reached maps somebody in a subscription to the roles that reach data there.
_reached[_key(assignment._scope, id)] contains azureroles.title(_role(assignment)) if {
	some assignment in input.azure.role_assignments
	_role(assignment) in azureroles.reaching
	id := directory.guid(assignment.properties.principalId)
}

_reached[_key(assignment._scope, id)] contains azureroles.title(_role(assignment)) if {
	some assignment in input.azure.role_assignments
	_role(assignment) in azureroles.reaching
	some id in provider.members[directory.guid(assignment.properties.principalId)]
}

# _perhaps are those of whom nobody knows whether their role reaches data.
_perhaps contains _key(assignment._scope, id) if {
	some assignment in input.azure.role_assignments
	role := _role(assignment)
	not role in azureroles.known
	some id in _holders(assignment)
}

_holders(assignment) := ids if {
	ids := provider.members[directory.guid(assignment.properties.principalId)]
} else := {directory.guid(assignment.properties.principalId)}

# _opaque are the subscriptions in which data is reached by something that may be a group
# that nobody sees into.
_opaque contains assignment._scope if {
	some assignment in input.azure.role_assignments
	role := _role(assignment)
	not _unreaching(role)
	not _visible(assignment)
}

_unreaching(role) if {
	role in azureroles.known
	not role in azureroles.reaching
}

_visible(assignment) if assignment.properties.principalType in {"User", "ServicePrincipal", "ForeignGroup"}

_visible(assignment) if directory.guid(assignment.properties.principalId) in directory.groups

_global_administrator := "62e90394-69f5-4237-9190-012177145e10"

_global_administrators contains directory.guid(assignment.principalId) if {
	some assignment in input.entra.role_assignments
	directory.guid(assignment.roleDefinitionId) == _global_administrator
}

# Groups that hold directory roles are not nested.
_global_administrators contains directory.guid(member.id) if {
	some member in input.entra.group_members
	member._scope in _administrating_groups
}

_administrating_groups contains id if {
	some assignment in input.entra.role_assignments
	directory.guid(assignment.roleDefinitionId) == _global_administrator
	id := directory.guid(assignment.principalId)
	id in directory.groups
}

# _apart holds for a holder of whom, or of all of whose members, it is known that they
# reach nothing.
_apart(subscription, id) if _person_apart(subscription, id)

_apart(subscription, id) if {
	id in directory.groups
	some _ in provider.members[id]
	every member in provider.members[id] {
		_member_apart(subscription, member)
	}
}

_member_apart(subscription, id) if _person_apart(subscription, id)

_member_apart(_, id) if id in directory.groups

_person_apart(_, id) if _break_glass(id)

_person_apart(subscription, id) if {
	id in _people
	key := _key(subscription, id)
	not _reached[key]
	not key in _perhaps
	not id in _global_administrators
}

_people contains user._id if some user in input.entra.users

_people contains application._id if some application in input.entra.service_principals

_break_glass(id) if id in input.client.break_glass

_break_glass(id) if id in _break_glass_users

_break_glass_users contains user._id if {
	some user in input.entra.users
	is_string(user.userPrincipalName)
	lower(user.userPrincipalName) in input.client.break_glass
}

_failure(assignment, id, title) := {
	"subject": assignment._subject,
	"message": sprintf("%s administers keys (%s) and reaches what they protect (%s)", [_name(id), azureroles.title(_role(assignment)), title]),
	"observed": {"principalId": id},
	"expected": "one of the two",
	"evidence": [sprintf("%s#/properties/principalId", [assignment._subject])],
}

_name(id) := name if {
	name := _names[id]
} else := id

_names[user._id] := directory.name(user) if some user in input.entra.users

_names[application._id] := directory.name(application) if some application in input.entra.service_principals
