# METADATA
# title: A policy denies delegation of subscriptions to undeclared tenants
# description: >-
#   At or above each subscription, Azure's built-in policy "Allow managing tenant ids to
#   onboard through Azure Lighthouse" is assigned and enforced, allows declared
#   service providers only, and leaves nothing of the subscription out. Without it,
#   whoever owns the subscription can hand it to anybody in one deployment.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/lighthouse/how-to/policy-at-scale
#     description: Deploy Azure Policy to delegated subscriptions at scale
#   - ref: https://learn.microsoft.com/azure/lighthouse/concepts/recommended-security-practices
#     description: Recommended security practices of Azure Lighthouse
#   - ref: https://learn.microsoft.com/rest/api/policy/policy-assignments/list
#     description: Policy Assignments - List
#   - ref: https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure
#     description: Azure Policy exemption structure
# custom:
#   id: RF-M-09
#   since: "0.2"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [ac-3.3, cm-6, cm-7]
#     iso_27001: [A.8.9]
#     ccm: [CCC-07]
#     gdpr: []
#     cis_m365: []
#     nis2: ["6.3", "6.7"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Azure portal, Policy, Assignments: assign "Allow managing tenant ids to onboard
#     through Azure Lighthouse" at the root management group, with the tenant ids of
#     the declared service providers as "Allowed tenants", enforced, and without
#     exclusions or exemptions.
#   limits: >-
#     What the policy denies from now on; delegations that are there are RF-M-07's. A
#     policy of the client's own that does the same does not count. An initiative of the
#     client's own may contain the built-in policy; nothing is said where one is
#     assigned and the policy itself is not.
package ringfence.isolation.delegation_policy

import data.ringfence.lib.calendar

subjects contains subscription._subject if {
	_promised
	some subscription in input.azure.subscriptions
}

pass contains subscription._subject if {
	_promised
	some subscription in input.azure.subscriptions
	subscription._id in _pinned
}

fail contains {
	"subject": subscription._subject,
	"message": sprintf("no policy pins the tenants to which %s may be delegated%s", [subscription.displayName, concat("", why)]),
	"observed": {"assignments": {id | some id in assigned}},
	"expected": {"policyDefinitionId": _definition, "enforcementMode": "Default", "listOfAllowedTenants": _declared},
	"evidence": array.concat([sprintf("%s#/subscriptionId", [subscription._subject])], [pointer | some [pointer, _] in found]),
} if {
	_promised
	weaknesses := _weaknesses # evaluated once, and not for each subscription
	by_subscription := _by_subscription
	some subscription in input.azure.subscriptions
	not subscription._id in _perhaps
	not subscription._id in _bundled
	assigned := object.get(by_subscription, subscription._id, {})
	found := {weakness | some key, _ in assigned; some weakness in weaknesses[key]}
	why := [sprintf("; %s", [text]) | some [_, text] in found]
}

_promised if is_array(input.client.service_providers)

_declared contains _text(tenant) if some tenant in input.client.service_providers

_declared contains input.client.tenant_id

_definition := "/providers/microsoft.authorization/policydefinitions/7a8a51a3-ad87-4def-96f3-65a1839242b6"

# _assigned: the assignment is of the policy, at a subscription or above it. The effect of
# the policy is fixed: it denies.
_assigned(assignment) if {
	_text(assignment.properties.policyDefinitionId) == _definition
	_reaches(assignment)
}

_reaches(assignment) if _at(assignment) == _place(assignment)

_reaches(assignment) if startswith(_at(assignment), "/providers/microsoft.management/managementgroups/")

_at(assignment) := _text(assignment.properties.scope)

_place(assignment) := sprintf("/subscriptions/%s", [assignment._scope])

# _by_subscription maps a subscription to its assignments' ids, by what they are called here.
_by_subscription[scope] := {subject: id | some subject, id in ids} if {
	some scope, ids in object.union_n([{assignment._scope: {assignment._subject: assignment.id}} |
		some assignment in input.azure.policy_assignments
		_assigned(assignment)
	])
}

# _pinned are the subscriptions with an assignment of which all is known to be well.
_pinned contains assignment._scope if {
	some assignment in input.azure.policy_assignments
	_assigned(assignment)
	assignment.properties.enforcementMode in {null, "Default"}
	allowed := assignment.properties.parameters.listOfAllowedTenants.value
	is_array(allowed)
	every tenant in allowed {
		_text(tenant) in _declared
	}
	_leaves_nothing_out(assignment)
	key := _key(assignment)
	not key in _exempted
}

_leaves_nothing_out(assignment) if {
	_none(assignment.properties.resourceSelectors)
	_none(assignment.properties.overrides)
	_none(assignment.properties.notScopes)
}

_leaves_nothing_out(assignment) if {
	_none(assignment.properties.resourceSelectors)
	_none(assignment.properties.overrides)
	every scope in assignment.properties.notScopes {
		startswith(_text(scope), "/subscriptions/")
		not _within(scope, assignment)
	}
}

_key(assignment) := [assignment._scope, _text(assignment.id)]

_none(list) if list == null

_none(list) if list == []

_within(scope, assignment) if {
	startswith(sprintf("%s/", [_text(scope)]), sprintf("%s/", [_place(assignment)]))
}

# _exempted are the [subscription, assignment] with an exemption that may be in force.
_exempted contains [exemption._scope, _text(exemption.properties.policyAssignmentId)] if {
	some exemption in input.azure.policy_exemptions
	not _expired(exemption)
}

_expired(exemption) if {
	calendar.instant(exemption.properties.expiresOn) < calendar.in_days(0)
}

# _perhaps are the subscriptions with an assignment that is not known to be weak.
_perhaps contains assignment._scope if {
	some assignment in input.azure.policy_assignments
	_assigned(assignment)
	not assignment._subject in _weak
}

_weak contains subject if some subject, _ in _weaknesses

# _bundled are the subscriptions with an initiative of the client's own, which may contain
# the policy.
_bundled contains assignment._scope if {
	some assignment in input.azure.policy_assignments
	definition := _text(assignment.properties.policyDefinitionId)
	contains(definition, "/policysetdefinitions/")
	not startswith(definition, "/providers/microsoft.authorization/")
	_reaches(assignment)
	not _audits(assignment)
}

_audits(assignment) if assignment.properties.enforcementMode == "DoNotEnforce"

# _weaknesses maps an assignment to [evidence, message] of what makes it no protection.
_weaknesses[assignment._subject] contains [pointer, "an assignment is not enforced"] if {
	some assignment in input.azure.policy_assignments
	_assigned(assignment)
	_audits(assignment)
	pointer := sprintf("%s#/properties/enforcementMode", [assignment._subject])
}

_weaknesses[assignment._subject] contains [pointer, message] if {
	some assignment in input.azure.policy_assignments
	_assigned(assignment)
	some tenant in assignment.properties.parameters.listOfAllowedTenants.value
	is_string(tenant)
	not lower(tenant) in _declared
	pointer := sprintf("%s#/properties/parameters/listOfAllowedTenants/value", [assignment._subject])
	message := sprintf("an assignment allows undeclared tenant %s", [tenant])
}

_weaknesses[assignment._subject] contains [pointer, "an assignment leaves out a part of the subscription"] if {
	some assignment in input.azure.policy_assignments
	_assigned(assignment)
	some scope in assignment.properties.notScopes
	_within(scope, assignment)
	pointer := sprintf("%s#/properties/notScopes", [assignment._subject])
}

_weaknesses[subject] contains [pointer, "an assignment is exempted from"] if {
	by_key := _by_key
	some exemption in input.azure.policy_exemptions
	_in_force(exemption)
	id := _text(exemption.properties.policyAssignmentId)
	some subject in by_key[[exemption._scope, id]]
	pointer := sprintf("%s#/properties/policyAssignmentId", [exemption._subject])
}

_by_key[_key(assignment)] contains assignment._subject if {
	some assignment in input.azure.policy_assignments
	_assigned(assignment)
}

_in_force(exemption) if exemption.properties.expiresOn == null

_in_force(exemption) if {
	calendar.instant(exemption.properties.expiresOn) >= calendar.in_days(0)
}

_text(value) := lower(value) if is_string(value)
