# METADATA
# description: >-
#   Which groups of the tenant may only sign in with what cannot be phished. Of a policy
#   that is narrowed in some way, or of which not all is known, nothing is said.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy
#     description: conditionalAccessPolicy
#   - ref: https://learn.microsoft.com/entra/identity/authentication/concept-authentication-strengths
#     description: Authentication strengths, and which methods resist phishing
package ringfence.lib.authentication

# covered holds for a group all of whose people, who are or may become its direct members,
# some policy holds to authentication that resists phishing, wherever they sign in.
covered(group) if {
	some policy in input.entra.conditional_access_policies
	policy._id in _whole
	_includes(policy, group)
	not _lets_out(policy, group)
}

# nothing_asks holds if no policy of the tenant asks for such authentication of anybody.
nothing_asks if {
	every policy in input.entra.conditional_access_policies {
		_asks_nothing(policy)
	}
}

_asks_nothing(policy) if policy.state in {"disabled", "enabledForReportingButNotEnforced"}

_asks_nothing(policy) if policy.grantControls == null

_asks_nothing(policy) if policy.grantControls.authenticationStrength == null

_asks_nothing(policy) if {
	some combination in policy.grantControls.authenticationStrength.allowedCombinations
	not combination in _resistant
}

_resistant := {"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"}

# _whole are the policies that ask for it of all sign-ins to the admin portals or to all
# applications.
_whole contains policy._id if {
	some policy in input.entra.conditional_access_policies
	policy.state == "enabled"
	_strong(policy.grantControls)
	some application in policy.conditions.applications.includeApplications
	application in {"All", "MicrosoftAdminPortals"}
	policy.conditions.applications.excludeApplications == []
	is_null(policy.conditions.applications.applicationFilter)
	_unconditional(policy.conditions)
}

_strong(controls) if {
	combinations := controls.authenticationStrength.allowedCombinations
	count(combinations) > 0
	every combination in combinations {
		combination in _resistant
	}
	_alone(controls)
}

# _alone: nothing else lets somebody in instead.
_alone(controls) if controls.operator == "AND"

_alone(controls) if {
	controls.operator == "OR"
	controls.builtInControls == []
	controls.customAuthenticationFactors == []
	controls.termsOfUse == []
}

_unconditional(conditions) if {
	"all" in conditions.clientAppTypes
	conditions.locations == null
	conditions.platforms == null
	conditions.devices == null
	conditions.authenticationFlows == null
	conditions.insiderRiskLevels == null
	conditions.signInRiskLevels == []
	conditions.userRiskLevels == []
	conditions.users.excludeRoles == []
	conditions.users.excludeGuestsOrExternalUsers == null
}

_includes(policy, _) if "All" in policy.conditions.users.includeUsers

_includes(policy, group) if group in _ids(policy.conditions.users.includeGroups)

_lets_out(policy, group) if group in _ids(policy.conditions.users.excludeGroups)

_lets_out(policy, group) if {
	some person in policy.conditions.users.excludeUsers
	lower(person) in _people[group]
}

_lets_out(policy, group) if {
	some excluded in _ids(policy.conditions.users.excludeGroups)
	count(object.get(_people, excluded, set()) & object.get(_people, group, set())) > 0
}

_ids(list) := {lower(id) | some id in list}

# _people are the direct members of each group, and those who may become one.
_people[member._scope] contains lower(member.id) if some member in input.entra.group_members

_people[eligibility._scope] contains lower(eligibility.principalId) if {
	some eligibility in input.entra.group_eligibility
}
