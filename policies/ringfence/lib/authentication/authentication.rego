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
	is_array(combinations)
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

# _lets_out: the policy leaves somebody of the group out, or nobody can say that it does not.
_lets_out(policy, group) if {
	some person in policy.conditions.users.excludeUsers
	is_string(person)
	lower(person) in (object.get(_people, group, set()) | _kinds_of_people)
}

_lets_out(policy, group) if {
	some excluded in _ids(policy.conditions.users.excludeGroups)
	not _apart(excluded, group)
}

# Whoever has no id may be anybody.
_lets_out(policy, _) if {
	some list in [policy.conditions.users.excludeUsers, policy.conditions.users.excludeGroups]
	some id in list
	not is_string(id)
}

_kinds_of_people := {"all", "guestsorexternalusers"}

# _apart holds for two groups that are known to have nobody in common: the members of the
# excluded one are read, and no group is within either.
_apart(excluded, group) if {
	excluded != group
	excluded in _readable
	not excluded in _nesting
	not group in _nesting
	count(object.get(_people, excluded, set()) & object.get(_people, group, set())) == 0
}

_readable contains group._id if {
	some group in input.entra.groups
	group.securityEnabled == true
}

# _nesting are the groups with a group in them.
_nesting contains id if {
	groups := {group._id | some group in input.entra.groups}
	some id, people in _people
	count(people & groups) > 0
}

_ids(list) := {lower(id) |
	some id in list
	is_string(id)
}

# _people are the direct members of each group, and those who may become one.
_people[member._scope] contains lower(member.id) if {
	some member in input.entra.group_members
	is_string(member.id)
}

_people[eligibility._scope] contains lower(eligibility.principalId) if {
	some eligibility in input.entra.group_eligibility
	is_string(eligibility.principalId)
}
