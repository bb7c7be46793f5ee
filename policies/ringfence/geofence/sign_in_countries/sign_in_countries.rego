# METADATA
# title: Sign-in is blocked from outside the allowed countries, for everybody
# description: >-
#   Conditional access blocks every sign-in from outside the fence's countries: of members,
#   of each kind of guest and of service providers, by every kind of client, to every
#   application. Several policies may do it together. Left out may be the declared emergency
#   accounts (break_glass), places that are lists of the fence's countries, and networks
#   that the fleet file names. A policy that only reports blocks nobody.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/identity/conditional-access/policy-block-by-location
#     description: "Conditional Access: Block access by location"
#   - ref: https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy
#     description: conditionalAccessPolicy, state, conditions and grantControls
#   - ref: https://learn.microsoft.com/graph/api/resources/countrynamedlocation
#     description: countryNamedLocation, includeUnknownCountriesAndRegions
#   - ref: https://learn.microsoft.com/graph/api/resources/conditionalaccessguestsorexternalusers
#     description: conditionalAccessGuestsOrExternalUsers, serviceProvider
# custom:
#   id: RF-G-08
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-2.12, ac-4, ac-17, ac-20, sc-7]
#     iso_27001: [A.8.3, A.8.5]
#     ccm: [IAM-16]
#     gdpr: [Art. 32]
#     cis_m365: []
#     nis2: ["11.1.1"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params:
#     networks:
#       type: strings
#       default: []
#       description: Ids of named locations of addresses (or AllTrusted) that lie in the fence's countries, such as an office or the exit of a VPN, and may be left out of the block.
#   remediation: >-
#     Make a policy for all users and all applications that blocks all locations but a named
#     location of the fence's countries, without unknown ones, and turn it on. Leave out the
#     emergency accounts alone, and declare them. A traveller is an exception of the fleet
#     file with an end, not a group that stays.
#   limits: >-
#     Where an address seems to be: a VPN in an allowed country passes. Members of excluded
#     groups who may join by an activation are not seen. A token that was issued before goes
#     on until it ends. Workload identities and sign-ins without conditional access (some
#     registrations) are not blocked by it. From where service providers did sign in is
#     RF-G-11.
package ringfence.geofence.sign_in_countries

subjects contains organization._subject if {
	_promised
	some organization in input.entra.organization
}

pass contains organization._subject if {
	_promised
	some organization in input.entra.organization
	count(_cells - _covered) == 0
}

fail contains {
	"subject": organization._subject,
	"message": sprintf("sign-ins from outside %s are not blocked for %s%s", [concat(", ", _countries), concat(", ", who), _why]),
	"observed": {"not blocked": who},
	"expected": {"countries": _countries},
	"evidence": array.concat([sprintf("%s#", [organization._subject])], [sprintf("%s#/conditions", [input.entra.conditional_access_policies[i]._subject]) | some i in _country_policies]),
} if {
	_promised
	some organization in input.entra.organization
	missing := (_cells - _covered) - _possible
	count(missing) > 0
	who := {population | some [population, _] in missing}
}

_promised if is_array(input.client.fence.countries)

_countries contains upper(country) if some country in input.client.fence.countries

_outsiders := {
	"internalGuest",
	"b2bCollaborationGuest",
	"b2bCollaborationMember",
	"b2bDirectConnectUser",
	"otherExternalUser",
	"serviceProvider",
}

_populations := {"member"} | _outsiders

_clients := {"browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"}

# _cells are what has to be blocked: each kind of person with each kind of client.
_cells contains [population, client] if {
	some population in _populations
	some client in _clients
}

_covered contains [population, client] if {
	some i in _sound
	some population in _populations
	_reaches(input.entra.conditional_access_policies[i].conditions.users, population)
	some client in _clients
	_is_about(input.entra.conditional_access_policies[i].conditions.clientAppTypes, client)
}

_is_about(types, client) if client in types

_is_about(types, _) if "all" in types

_reaches(users, population) if {
	"All" in users.includeUsers
	not _leaves_out(users, population)
}

_reaches(users, population) if {
	population in _kinds(users.includeGuestsOrExternalUsers)
	users.includeGuestsOrExternalUsers.externalTenants.membershipKind == "all"
	not _leaves_out(users, population)
}

_leaves_out(users, population) if population in _kinds(users.excludeGuestsOrExternalUsers)

_leaves_out(users, population) if {
	"GuestsOrExternalUsers" in users.excludeUsers
	population in _outsiders
}

_kinds(guests) := {kind | some kind in split(guests.guestOrExternalUserTypes, ",")} if is_string(guests.guestOrExternalUserTypes)

# _sound are policies that block from everywhere outside, as far as they reach.
_sound contains i if {
	some i, policy in input.entra.conditional_access_policies
	policy.state == "enabled"
	"block" in policy.grantControls.builtInControls
	"All" in policy.conditions.applications.includeApplications
	policy.conditions.applications.excludeApplications == []
	is_null(policy.conditions.applications.applicationFilter)
	is_null(policy.conditions.platforms)
	is_null(policy.conditions.devices)
	policy.conditions.signInRiskLevels == []
	policy.conditions.userRiskLevels in {null, []}
	is_null(policy.conditions.authenticationFlows)
	is_null(policy.conditions.insiderRiskLevels)
	_everywhere(policy.conditions.locations)
	policy.conditions.users.excludeRoles == []
	every user in policy.conditions.users.excludeUsers {
		user in _harmless_users
	}
	every group in policy.conditions.users.excludeGroups {
		group in _harmless_groups
	}
}

_everywhere(locations) if is_null(locations) # no condition: from everywhere

_everywhere(locations) if {
	"All" in locations.includeLocations
	every location in locations.excludeLocations {
		location in _inside
	}
}

# _inside are the places that a policy may leave out: lists of allowed countries, and
# networks that the fleet file names.
_inside contains network if some network in input.params.networks

_inside contains location._id if {
	some location in input.entra.named_locations
	location.includeUnknownCountriesAndRegions == false
	is_array(location.countriesAndRegions)
	every country in location.countriesAndRegions {
		is_string(country)
		upper(country) in _countries
	}
}

# _narrow are the policies of which something proves that they leave a hole: [policy, what].
_narrow contains [i, "only reports, or is off"] if {
	state := input.entra.conditional_access_policies[i].state
	is_string(state)
	state != "enabled"
}

_narrow contains [i, "does not block"] if is_null(input.entra.conditional_access_policies[i].grantControls)

_narrow contains [i, "does not block"] if {
	controls := input.entra.conditional_access_policies[i].grantControls.builtInControls
	is_array(controls)
	not "block" in controls
}

_narrow contains [i, "is about some applications only"] if {
	applications := input.entra.conditional_access_policies[i].conditions.applications.includeApplications
	is_array(applications)
	not "All" in applications
}

_narrow contains [i, "leaves applications out"] if {
	some _ in input.entra.conditional_access_policies[i].conditions.applications.excludeApplications
}

_narrow contains [i, "has further conditions"] if {
	conditions := input.entra.conditional_access_policies[i].conditions
	some condition in [conditions.platforms, conditions.devices, conditions.authenticationFlows]
	is_object(condition)
}

_narrow contains [i, "has further conditions"] if some _ in input.entra.conditional_access_policies[i].conditions.signInRiskLevels

_narrow contains [i, "has further conditions"] if some _ in input.entra.conditional_access_policies[i].conditions.userRiskLevels

_narrow contains [i, "is about some places only"] if {
	places := input.entra.conditional_access_policies[i].conditions.locations.includeLocations
	is_array(places)
	not "All" in places
}

_narrow contains [i, sprintf("leaves out %s, with %s", [location.displayName, upper(country)])] if {
	some i, policy in input.entra.conditional_access_policies
	some location in _excluded(policy)
	some country in location.countriesAndRegions
	is_string(country)
	not upper(country) in _countries
}

_narrow contains [i, sprintf("leaves out %s, with unknown countries", [location.displayName])] if {
	some i, policy in input.entra.conditional_access_policies
	some location in _excluded(policy)
	location.includeUnknownCountriesAndRegions == true
}

_narrow contains [i, "leaves out holders of roles"] if some _ in input.entra.conditional_access_policies[i].conditions.users.excludeRoles

_narrow contains [i, sprintf("leaves out %s, no declared emergency account", [_people[id]])] if {
	some i, policy in input.entra.conditional_access_policies
	some id in policy.conditions.users.excludeUsers
	not id in _emergency
}

_narrow contains [i, sprintf("leaves out a group with %s, no declared emergency account", [_people[id]])] if {
	strangers := _strangers # evaluated once, and not for each group
	some i, policy in input.entra.conditional_access_policies
	some group in policy.conditions.users.excludeGroups
	some id in strangers[group]
}

_excluded(policy) := {_named[id] | some id in policy.conditions.locations.excludeLocations}

_named := {location._id: {
	"displayName": location.displayName,
	"countriesAndRegions": location.countriesAndRegions,
	"includeUnknownCountriesAndRegions": location.includeUnknownCountriesAndRegions,
} |
	some location in input.entra.named_locations
}

# _possible are the cells that some policy may cover, as far as anybody can see.
_possible contains [population, client] if {
	holes := {i | some [i, _] in _narrow}
	some i, policy in input.entra.conditional_access_policies
	not i in holes
	users := policy.conditions.users
	some population in _populations
	not _misses(users, population)
	types := policy.conditions.clientAppTypes
	some client in _clients
	not _is_about_others(types, client)
}

_is_about_others(types, client) if {
	is_array(types)
	not _is_about(types, client)
}

_misses(users, _) if is_null(users)

_misses(users, population) if _leaves_out(users, population)

_misses(users, population) if {
	included := users.includeUsers
	is_array(included)
	not "All" in included
	not _may_name(users, population)
}

_may_name(users, population) if population in _kinds(users.includeGuestsOrExternalUsers)

_may_name(users, population) if {
	"GuestsOrExternalUsers" in users.includeUsers
	population in _outsiders
}

# Who may be left out: emergency accounts, what does not exist, and groups of nobody else.
_harmless_users contains id if some id in _emergency

_harmless_users contains "GuestsOrExternalUsers" # they are a population of their own

_harmless_groups contains group._id if {
	some group in input.entra.groups
	group.securityEnabled == true
	not group._id in _peopled
}

# _peopled are the groups that somebody is in who is no emergency account.
_peopled contains member._scope if {
	some member in input.entra.group_members
	id := member.id
	not id in _emergency
}

# _strangers maps a group to those in it who are no emergency accounts.
_strangers := object.union_n([{member._scope: {id: id}} |
	some member in input.entra.group_members
	id := member.id
	not id in _emergency
])

_people := {user._id: user.userPrincipalName | some user in input.entra.users}

_emergency contains user._id if {
	some user in input.entra.users
	user._id in _declared
}

_emergency contains user._id if {
	some user in input.entra.users
	is_string(user.userPrincipalName)
	lower(user.userPrincipalName) in _declared
}

_declared contains lower(account) if some account in input.client.break_glass

# _country_policies are those that are meant to do it; they explain the finding.
_country_policies contains i if {
	some i, policy in input.entra.conditional_access_policies
	"block" in policy.grantControls.builtInControls
	"All" in policy.conditions.locations.includeLocations
}

_why := sprintf(": %s", [concat("; ", reasons)]) if {
	reasons := {sprintf("%s %s", [input.entra.conditional_access_policies[i].displayName, what]) |
		some [i, what] in _narrow
		i in _country_policies
	}
	count(reasons) > 0
} else := ""
