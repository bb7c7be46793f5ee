# METADATA
# title: The client keeps emergency accounts that the MSP does not control
# description: >-
#   Of the emergency accounts that the contract names (break_glass) at least two are what
#   they have to be: enabled members of the client's own directory, made in the cloud, with
#   the role Global Administrator all the time, and with no sign-in name or mail address in
#   a domain of the MSP. And no more people hold that role than agreed. A client that fell
#   out with its MSP can then still get into its own house.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access
#     description: Manage emergency access accounts in Microsoft Entra ID
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/best-practices
#     description: "Best practices for Microsoft Entra roles: fewer than five Global Administrators"
#   - ref: https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignments
#     description: List unifiedRoleAssignments, of roleDefinitionId and principalId
# custom:
#   id: RF-P-04
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-2, cp-2, ia-5, sa-9.6]
#     iso_27001: [A.5.30, A.8.2]
#     ccm: [IAM-09]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.3.1"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     emergency_accounts:
#       type: integer
#       default: 2
#       description: How many emergency accounts there have to be. For a client of one or two people it may be 1.
#     global_administrators:
#       type: integer
#       default: 4
#       description: How many principals may hold the role Global Administrator, those of groups counted one by one.
#   remediation: >-
#     With the client, make accounts in its onmicrosoft.com domain, give each the role Global
#     Administrator permanently and a passkey that the client keeps, leave them out of
#     conditional access, and name them in the fleet file (break_glass). Take the role from
#     people who can do with a smaller one.
#   limits: >-
#     Not who knows the password or holds the key, nor telephone numbers for recovery: no
#     read permission shows them without others'. Who may activate the role is not counted.
package ringfence.provisioning.emergency_accounts

import data.ringfence.lib.directory

subjects contains organization._subject if {
	_promised
	some organization in input.entra.organization
}

pass contains organization._subject if {
	_promised
	some organization in input.entra.organization
	count(_sound) >= input.params.emergency_accounts
	count(_administrators) <= input.params.global_administrators
	count(_unknown_groups) == 0
}

fail contains {
	"subject": organization._subject,
	"message": sprintf("%d of the %d emergency accounts that there have to be can be relied on%s", [count(_hopeful), input.params.emergency_accounts, _why]),
	"observed": {"emergencyAccounts": _hopeful},
	"expected": {"emergencyAccounts": input.params.emergency_accounts},
	"evidence": [sprintf("%s#", [organization._subject])],
} if {
	_promised
	some organization in input.entra.organization
	count(_hopeful) < input.params.emergency_accounts
}

fail contains {
	"subject": organization._subject,
	"message": sprintf("%d principals are Global Administrators, and %d are allowed", [count(_administrators), input.params.global_administrators]),
	"observed": {"globalAdministrators": count(_administrators)},
	"expected": {"globalAdministrators": input.params.global_administrators},
	"evidence": [sprintf("%s#", [organization._subject])],
} if {
	_promised
	some organization in input.entra.organization
	count(_administrators) > input.params.global_administrators
}

_promised if is_array(input.client.break_glass)

_global_administrator := "62e90394-69f5-4237-9190-012177145e10"

_declared contains lower(account) if some account in input.client.break_glass

# _holders hold the role for the whole tenant: users, applications and groups.
_holders contains lower(assignment.principalId) if {
	some assignment in input.entra.role_assignments
	assignment.roleDefinitionId == _global_administrator
	assignment.directoryScopeId == "/"
	is_string(assignment.principalId)
}

# _administrators are those that hold it themselves, or by a group.
_administrators contains id if {
	some id in _holders
	not id in directory.groups
}

_administrators contains lower(member.id) if {
	some member in input.entra.group_members
	member._scope in _holders
	is_string(member.id)
}

# _unknown_groups hold the role, and their members are not read.
_unknown_groups contains group._id if {
	some group in input.entra.groups
	group._id in _holders
	not _is_readable(group)
}

_is_readable(group) if group.securityEnabled == true

# _accounts are the declared ones that exist: where each is among the users, by its id.
_accounts[user._id] := i if {
	some i, user in input.entra.users
	_is_declared(user)
}

_is_declared(user) if user._id in _declared

_is_declared(user) if {
	is_string(user.userPrincipalName)
	lower(user.userPrincipalName) in _declared
}

# _sound are those of which everything is as it has to be.
_sound contains id if {
	some id, i in _accounts
	user := input.entra.users[i]
	directory.member(id)
	user.accountEnabled == true
	user.onPremisesSyncEnabled in {null, false}
	id in _holders
	_is_clients(user.userPrincipalName)
	_is_clients(user.mail)
	every mail in user.otherMails {
		_is_clients(mail)
	}
}

_is_clients(address) if address == null

_is_clients(address) if {
	is_string(address)
	not lower(regex.replace(address, `^.*@`, "")) in _msp_domains
}

_msp_domains contains lower(domain) if some domain in input.msp.domains

# _hopeless is why an account cannot be relied on, where something proves it: [id, what].
_hopeless contains [id, "is disabled"] if {
	some id, i in _accounts
	user := input.entra.users[i]
	user.accountEnabled == false
}

_hopeless contains [id, "comes from an on-premises directory"] if {
	some id, i in _accounts
	user := input.entra.users[i]
	user.onPremisesSyncEnabled == true
}

_hopeless contains [id, "is no Global Administrator"] if {
	some id, _ in _accounts
	not id in _administrators
}

_hopeless contains [id, "belongs to another organization"] if {
	some id, _ in _accounts
	directory.outsider(id)
}

_hopeless contains [id, sprintf("is reached at %s, a domain of the MSP", [address])] if {
	some id, i in _accounts
	user := input.entra.users[i]
	some address in ({user.userPrincipalName, user.mail} | {mail | some mail in user.otherMails})
	is_string(address)
	not _is_clients(address)
}

# _hopeful are the accounts against which nothing is known.
_hopeful contains user.userPrincipalName if {
	known := {id | some [id, _] in _hopeless}
	some id, i in _accounts
	user := input.entra.users[i]
	not id in known
}

_why := sprintf(": %s", [concat("; ", reasons)]) if {
	reasons := {sprintf("%s %s", [input.entra.users[_accounts[id]].userPrincipalName, what]) | some [id, what] in _hopeless}
	count(reasons) > 0
} else := ""
