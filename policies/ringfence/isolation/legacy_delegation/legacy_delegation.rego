# METADATA
# title: No delegated admin privilege of the old kind remains
# description: >-
#   Where the MSP has a reseller contract with the client, neither Global
#   Administrator nor Helpdesk Administrator is held by a principal of the MSP, or by
#   one that resolves nowhere, which no granular relationship has ever named. That is
#   what delegated admin privileges (DAP), which have no roles, no end and no group
#   of their own, leave behind. The contract alone is no violation.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/contract-list
#     description: List contracts
#   - ref: https://learn.microsoft.com/partner-center/customers/dap-faq
#     description: Delegated admin privileges, questions and answers
#   - ref: https://learn.microsoft.com/partner-center/customers/gdap-introduction
#     description: Introduction to granular delegated admin privileges
# custom:
#   id: RF-M-06
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-2.3, ac-6]
#     iso_27001: [A.5.18]
#     ccm: [IAM-07]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Microsoft 365 admin center, Settings, Partner relationships, the partner: remove
#     roles. The reseller relationship, and with it licences and orders, remains. Work
#     goes on by a granular relationship (GDAP).
#   limits: >-
#     The reseller contracts of the MSP that the fleet file names; another partner's are
#     seen as foreign principals only (RF-M-05). Where the assignment says no
#     organisation and the directory cannot be read as a whole, nothing is said.
package ringfence.isolation.legacy_delegation

import data.ringfence.lib.delegation
import data.ringfence.lib.directory

subjects contains contract._subject if some contract in input.entra.contracts

pass contains contract._subject if {
	some contract in input.entra.contracts
	count(_unclear) == 0
}

# The assignment says that its principal is the MSP's.
fail contains _failure(contract, assignment, role, "principalOrganizationId") if {
	some contract in input.entra.contracts
	some assignment in input.entra.role_assignments
	role := _roles[directory.guid(assignment.roleDefinitionId)]
	directory.guid(assignment.principalOrganizationId) == input.msp.tenant_id
	id := directory.guid(assignment.principalId)
	not id in delegation.groups
}

# It says nothing of the kind, and the principal is nobody whom this directory knows.
fail contains _failure(contract, assignment, role, "principalId") if {
	some contract in input.entra.contracts
	some assignment in input.entra.role_assignments
	role := _roles[directory.guid(assignment.roleDefinitionId)]
	assignment.principalOrganizationId == null
	id := directory.guid(assignment.principalId)
	not id in delegation.groups
	not directory.known(id)
}

# _unclear are the assignments of these roles that may be the old kind of privilege.
_unclear contains assignment._id if {
	some assignment in input.entra.role_assignments
	not _other_role(assignment)
	not _explained(assignment)
}

_other_role(assignment) if {
	role := directory.guid(assignment.roleDefinitionId)
	not _roles[role]
}

# _explained: the holder is an object of this directory, a group that a relationship names,
# or a principal of somebody else (RF-M-05).
_explained(assignment) if {
	assignment.principalOrganizationId in {null, input.client.tenant_id}
	directory.known(directory.guid(assignment.principalId))
}

_explained(assignment) if directory.guid(assignment.principalId) in delegation.groups

_explained(assignment) if {
	tenant := directory.guid(assignment.principalOrganizationId)
	not tenant in _near
}

_near := {"", input.msp.tenant_id, input.client.tenant_id}

# _roles are those that delegated admin privileges come with.
_roles := {
	"62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
	"729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
}

_failure(contract, assignment, role, property) := {
	"subject": contract._subject,
	"message": sprintf("%s is held by a partner's principal %s, which no granular relationship names", [role, assignment.principalId]),
	"observed": {"roleDefinitionId": assignment.roleDefinitionId, "principalId": assignment.principalId},
	"expected": "no delegated admin privileges but granular ones",
	"evidence": [
		sprintf("%s#/%s", [assignment._subject, property]),
		sprintf("%s#/customerId", [contract._subject]),
	],
}
