# METADATA
# title: Subscriptions stay in the tenant, and no outsider has a role over one
# description: >-
#   Nobody may move a subscription out of the tenant or into it, and whoever has an
#   Azure role at a subscription or above it is the tenant's own, or an application
#   of a declared service provider or of Microsoft. Whoever moves a subscription takes
#   its data, keys and logs along.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/cost-management-billing/manage/manage-azure-subscription-policy
#     description: Manage Azure subscription policies
#   - ref: https://learn.microsoft.com/rest/api/subscription/subscription-policy/get-policy-for-tenant
#     description: Subscription Policy - Get Policy For Tenant
#   - ref: https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-subscription
#     description: Role Assignments - List For Subscription, principalType
# custom:
#   id: RF-T-14
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-3, ac-6, cm-8]
#     iso_27001: [A.5.23]
#     ccm: [DSP-19, IAM-05]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.2.2", "12.4.1"]
#   unverified: [iso_27001, ccm, gdpr, cis_m365, nis2]
#   params: {}
#   remediation: >-
#     Azure portal, Subscriptions, Advanced options, Manage policies: permit no one to
#     move subscriptions out of the tenant or into it, but for named people. Take roles
#     away from guests and foreign groups (Access control), or give the person an
#     account of the tenant; a service provider works through Azure Lighthouse.
#   limits: >-
#     Who is exempted from the policy is not looked at. Roles below a subscription,
#     roles that may only be activated, and delegations of Azure Lighthouse, which do
#     not show up as assignments, are not judged here (RF-M-07).
package ringfence.isolation.subscription_custody

import data.ringfence.lib.directory
import data.ringfence.lib.principals

subjects contains policy._subject if some policy in input.azure.subscription_policy

subjects contains assignment._subject if {
	some assignment in input.azure.role_assignments
	_wide(assignment)
}

pass contains policy._subject if {
	some policy in input.azure.subscription_policy
	policy.properties.blockSubscriptionsLeavingTenant == true
	policy.properties.blockSubscriptionsIntoTenant == true
}

pass contains assignment._subject if {
	some assignment in input.azure.role_assignments
	_wide(assignment)
	assignment.properties.principalType in {"User", "ServicePrincipal"}
	principals.ours(directory.guid(assignment.properties.principalId))
}

pass contains assignment._subject if {
	some assignment in input.azure.role_assignments
	_wide(assignment)
	assignment.properties.principalType == "Group"
	principals.our_group(directory.guid(assignment.properties.principalId))
}

fail contains _open(policy, "blockSubscriptionsLeavingTenant", "subscriptions may be moved out of the tenant") if {
	some policy in input.azure.subscription_policy
	policy.properties.blockSubscriptionsLeavingTenant == false
}

fail contains _open(policy, "blockSubscriptionsIntoTenant", "subscriptions of others may be moved into the tenant") if {
	some policy in input.azure.subscription_policy
	policy.properties.blockSubscriptionsIntoTenant == false
}

fail contains _held(assignment, pointer, "a group of another tenant") if {
	some assignment in input.azure.role_assignments
	_wide(assignment)
	assignment.properties.principalType == "ForeignGroup"
	pointer := sprintf("%s#/properties/principalType", [assignment._subject])
}

fail contains _held(assignment, pointer, who) if {
	some assignment in input.azure.role_assignments
	_wide(assignment)
	[pointer, who] := directory.visitor(directory.guid(assignment.properties.principalId))
}

fail contains _held(assignment, pointer, who) if {
	some assignment in input.azure.role_assignments
	_wide(assignment)
	[pointer, who] := directory.stranger(directory.guid(assignment.properties.principalId))
}

fail contains _held(assignment, pointer, who) if {
	some assignment in input.azure.role_assignments
	_wide(assignment)
	[pointer, who] := principals.foreign_applications[directory.guid(assignment.properties.principalId)]
}

fail contains _held(assignment, pointer, sprintf("a group with %s in it", [who])) if {
	guests := principals.guests # evaluated once, and not for each assignment
	some assignment in input.azure.role_assignments
	_wide(assignment)
	some pointer, who in guests[directory.guid(assignment.properties.principalId)]
}

fail contains _held(assignment, pointer, "a group that has a group with outsiders in it") if {
	hosts := object.keys(principals.guests)
	some assignment in input.azure.role_assignments
	_wide(assignment)
	id := directory.guid(assignment.properties.principalId)
	id in principals.with_guests
	not id in hosts
	pointer := sprintf("%s#/properties/principalId", [assignment._subject])
}

# _wide holds for a role at a subscription, a management group, or the root.
_wide(assignment) if {
	is_string(assignment.properties.scope)
	regex.match(`^/?$|^/?subscriptions/[^/]+/?$|^/?providers/microsoft\.management/managementgroups/[^/]+/?$`, lower(assignment.properties.scope))
}

_open(policy, flag, message) := {
	"subject": policy._subject,
	"message": message,
	"observed": {flag: false},
	"expected": {flag: true},
	"evidence": [sprintf("%s#/properties/%s", [policy._subject, flag])],
}

_held(assignment, pointer, who) := {
	"subject": assignment._subject,
	"message": sprintf("a role at %s is held by %s", [assignment.properties.scope, who]),
	"observed": {"principalId": assignment.properties.principalId, "principal": who},
	"expected": "the tenant's own principals",
	"evidence": [sprintf("%s#/properties/principalId", [assignment._subject]), pointer],
}
