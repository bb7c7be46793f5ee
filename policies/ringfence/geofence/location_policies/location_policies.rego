# METADATA
# title: An enforced allowed-locations policy covers every subscription
# description: >-
#   In every subscription Azure Policy denies resources, and resource groups, outside the
#   fence: the built-in policies "Allowed locations" and "Allowed locations for resource
#   groups" are assigned to the subscription or above it, enforced, with regions of the
#   fence alone, and nothing is left out or exempted. Custom definitions count where the
#   fleet file names them; others may do the same, so that they leave it undetermined.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/governance/policy/samples/built-in-policies#general
#     description: Azure Policy built-in definitions, Allowed locations
#   - ref: https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure
#     description: "Assignment structure: enforcementMode, notScopes, resourceSelectors, overrides"
#   - ref: https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure
#     description: Exemption structure, expiresOn
# custom:
#   id: RF-G-05
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [cm-6, cm-7, sa-9.5]
#     iso_27001: [A.8.9]
#     ccm: [CCC-07, DSP-19]
#     gdpr: []
#     cis_m365: []
#     nis2: ["6.3.1"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     definitions:
#       type: strings
#       default: []
#       description: Ids of policy definitions or initiatives, in any case, that somebody has looked at. They deny resources and resource groups outside their parameter listOfAllowedLocations.
#   remediation: >-
#     Assign both built-in policies at a management group above all subscriptions, with
#     the fence's regions and enforcement on. Remove what is left out (notScopes) and the
#     exemptions, or accept each as an exception with an end. Where a custom initiative
#     does it, name its id in the parameter definitions.
#   limits: >-
#     Azure Policy judges what is created or changed: what lay outside before stays, and is
#     found by RF-G-03. Resources without a region are not denied. What a custom definition
#     does is not read.
package ringfence.geofence.location_policies

import data.ringfence.lib.regions

subjects contains subscription._subject if {
	regions.promised
	some subscription in input.azure.subscriptions
}

pass contains subscription._subject if {
	regions.promised
	some subscription in input.azure.subscriptions
	every kind in _kinds {
		[subscription._id, kind] in _covered
	}
}

fail contains {
	"subject": subscription._subject,
	"message": sprintf("no enforced policy keeps the %s of %s in the fence %s%s", [kind, subscription.displayName, input.client.fence.name, _why(reasons)]),
	"observed": {kind: reasons},
	"expected": {"listOfAllowedLocations": regions.allowed, "enforcementMode": "Default", "notScopes": []},
	"evidence": [sprintf("%s#", [subscription._subject])],
} if {
	regions.promised
	wrong := _wrong # evaluated once, and not for each subscription
	some subscription in input.azure.subscriptions
	some kind in _kinds
	not [subscription._id, kind] in _possible # which all that is covered is
	reasons := {sprintf("%s %s", [name, reason]) | some [name, reason] in wrong[[subscription._id, kind]]}
}

_kinds := {"resources", "resource groups"}

_builtin := {
	"/providers/microsoft.authorization/policydefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c": {"resources"},
	"/providers/microsoft.authorization/policydefinitions/e765b5de-1225-4ba3-bd56-1ac6695af988": {"resource groups"},
}

_named := {lower(id): _kinds | some id in input.params.definitions}

_definitions := object.union(_named, _builtin)

# _whole are the assignments that hold for a subscription as a whole: made at it or above.
_whole contains i if {
	some i, assignment in input.azure.policy_assignments
	is_string(assignment.properties.scope)
	_is_whole(lower(assignment.properties.scope), assignment._scope)
}

_is_whole(scope, subscription) if scope == concat("", ["/subscriptions/", subscription])

_is_whole(scope, _) if startswith(scope, "/providers/microsoft.management/managementgroups/")

_kinds_of(assignment) := _definitions[lower(assignment.properties.policyDefinitionId)] if {
	is_string(assignment.properties.policyDefinitionId)
}

# _covered are the [subscription, kind] with an assignment to which nothing is to be said.
_covered contains [assignment._scope, kind] if {
	some i in _whole
	assignment := input.azure.policy_assignments[i]
	some kind in _kinds_of(assignment)
	_is_sound(assignment.properties)
	not i in _exempted
}

_is_sound(properties) if {
	properties.enforcementMode in {null, "Default"}
	_is_empty(properties.notScopes)
	_is_empty(properties.resourceSelectors)
	_is_empty(properties.overrides)
	is_array(properties.parameters.listOfAllowedLocations.value)
	every location in properties.parameters.listOfAllowedLocations.value {
		regions.name(location) in regions.allowed
	}
}

_is_empty(list) if list in {null, []}

# _exempted are the assignments with an exemption that may be in force, in one subscription.
_exempted contains i if {
	assigned := _assigned
	some exemption in input.azure.policy_exemptions
	not _is_over(exemption)
	some i in assigned[_exempts(exemption)]
}

# _exempts is the key in _assigned of what is exempted.
_exempts(exemption) := [exemption._scope, lower(exemption.properties.policyAssignmentId)] if {
	is_string(exemption.properties.policyAssignmentId)
}

_assigned[[assignment._scope, lower(assignment.id)]] contains i if {
	some i, assignment in input.azure.policy_assignments
	is_string(assignment.id)
}

_is_over(exemption) if {
	_is_time(exemption.properties.expiresOn)
	exemption.properties.expiresOn <= input.as_of
}

_is_in_force(exemption) if exemption.properties.expiresOn == null

_is_in_force(exemption) if {
	_is_time(exemption.properties.expiresOn)
	exemption.properties.expiresOn > input.as_of
}

# Azure writes times in UTC in one form, so they compare like text.
_is_time(text) if {
	is_string(text)
	regex.match(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`, text)
}

# _wrong is why an assignment of the right definition does not count: [name, reason].
_wrong[[assignment._scope, kind]] contains [assignment.name, reason] if {
	reasons := _reasons
	some i in _whole
	assignment := input.azure.policy_assignments[i]
	some reason in reasons[i]
	some kind in _kinds_of(assignment)
}

_reasons[i] contains "is not enforced" if {
	mode := input.azure.policy_assignments[i].properties.enforcementMode
	is_string(mode)
	mode != "Default"
}

_reasons[i] contains sprintf("leaves out %s", [scope]) if some scope in input.azure.policy_assignments[i].properties.notScopes

_reasons[i] contains sprintf("also allows %s", [region]) if {
	some location in input.azure.policy_assignments[i].properties.parameters.listOfAllowedLocations.value
	region := regions.name(location)
	not region in regions.allowed
}

_reasons[i] contains "is about some resources only" if {
	is_array(input.azure.policy_assignments[i].properties.resourceSelectors)
	count(input.azure.policy_assignments[i].properties.resourceSelectors) > 0
}

_reasons[i] contains sprintf("has its effect overridden by %s", [override.value]) if {
	some override in input.azure.policy_assignments[i].properties.overrides
	override.kind == "policyEffect"
	is_string(override.value)
	lower(override.value) != "deny"
}

_reasons[i] contains sprintf("is exempted by %s", [exemption.name]) if {
	assigned := _assigned
	some exemption in input.azure.policy_exemptions
	_is_in_force(exemption)
	some i in assigned[_exempts(exemption)]
}

# _possible are the [subscription, kind] that some assignment may cover, as far as anybody
# can see: one of the right definition to which nothing is known to be wrong, or a
# definition that nobody reads here.
_possible contains [assignment._scope, kind] if {
	some i in _whole
	assignment := input.azure.policy_assignments[i]
	some kind in _kinds_of(assignment)
	not i in _flawed
}

_possible contains [assignment._scope, kind] if {
	some i in _whole
	assignment := input.azure.policy_assignments[i]
	not _kinds_of(assignment)
	not _is_disabled(assignment)
	_may_deny(assignment)
	some kind in _kinds
}

# _flawed are the assignments to which something is to be said.
_flawed contains i if some i, _ in _reasons

_is_disabled(assignment) if assignment.properties.enforcementMode == "DoNotEnforce"

_may_deny(assignment) if not _is_microsofts(assignment)

_may_deny(assignment) if {
	some name, _ in assignment.properties.parameters
	is_string(name)
	contains(lower(name), "location")
}

_is_microsofts(assignment) if {
	is_string(assignment.properties.policyDefinitionId)
	startswith(lower(assignment.properties.policyDefinitionId), "/providers/microsoft.authorization/")
}

_why(reasons) := "" if {
	count(reasons) == 0
} else := sprintf(": %s", [concat("; ", reasons)])
