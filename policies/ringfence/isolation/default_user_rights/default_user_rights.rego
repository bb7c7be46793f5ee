# METADATA
# title: Guests see little, and users create and consent to nothing by themselves
# description: >-
#   Guests have the restricted role, and users of the tenant cannot register
#   applications, create tenants, or consent to applications beyond permissions that
#   the client classified as low. One person's consent lets an outsider's application
#   into the client's data.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/authorizationpolicy
#     description: authorizationPolicy, guestUserRoleId and its three values
#   - ref: https://learn.microsoft.com/graph/api/resources/defaultuserrolepermissions
#     description: defaultUserRolePermissions
#   - ref: https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent
#     description: Configure how users consent to applications
# custom:
#   id: RF-T-09
#   since: "0.2"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [ac-3, ac-6, cm-11]
#     iso_27001: [A.8.2, A.8.19]
#     ccm: [IAM-05]
#     gdpr: []
#     cis_m365: ["5.1.5.1", "5.1.6.2"]
#     nis2: ["11.1.1", "11.2.2"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params:
#     consent_policies:
#       type: strings
#       default: [microsoft-user-default-low]
#       description: Permission grant policies under which users may consent by themselves.
#   remediation: >-
#     Entra admin center: External Identities, External collaboration settings, guest
#     user access "most restrictive"; Users, User settings, switch off registering
#     applications and creating tenants; Enterprise applications, Consent and
#     permissions, "Do not allow user consent" or "for selected permissions", with
#     few permissions classified as low, and the admin consent workflow on.
#   limits: >-
#     What users may do from now on: applications that are there keep what was
#     consented to. What is classified as low is not looked at, nor what owners of
#     groups and teams may consent to for these.
package ringfence.isolation.default_user_rights

import data.ringfence.lib.directory

subjects contains policy._subject if some policy in input.entra.authorization_policy

pass contains policy._subject if {
	some policy in input.entra.authorization_policy
	directory.guid(policy.guestUserRoleId) == _restricted
	policy.defaultUserRolePermissions.allowedToCreateApps == false
	policy.defaultUserRolePermissions.allowedToCreateTenants == false
	policy.allowUserConsentForRiskyApps in {false, null}
	is_array(policy.defaultUserRolePermissions.permissionGrantPoliciesAssigned)
	every name in policy.defaultUserRolePermissions.permissionGrantPoliciesAssigned {
		_harmless(name)
	}
}

# One entry for each deviation, so that none of them waits for what is known of the others.
fail contains _failure(policy, "guestUserRoleId", policy.guestUserRoleId, message) if {
	some policy in input.entra.authorization_policy
	message := _guest_roles[directory.guid(policy.guestUserRoleId)]
}

fail contains _failure(policy, "defaultUserRolePermissions/allowedToCreateApps", true, "users may register applications") if {
	some policy in input.entra.authorization_policy
	policy.defaultUserRolePermissions.allowedToCreateApps == true
}

fail contains _failure(policy, "defaultUserRolePermissions/allowedToCreateTenants", true, "users may create tenants") if {
	some policy in input.entra.authorization_policy
	policy.defaultUserRolePermissions.allowedToCreateTenants == true
}

fail contains _failure(policy, "allowUserConsentForRiskyApps", true, "users may consent to risky applications") if {
	some policy in input.entra.authorization_policy
	policy.allowUserConsentForRiskyApps == true
}

fail contains _failure(policy, "defaultUserRolePermissions/permissionGrantPoliciesAssigned", name, message) if {
	some policy in input.entra.authorization_policy
	some name in policy.defaultUserRolePermissions.permissionGrantPoliciesAssigned
	consent := _consent(name)
	not consent in _accepted
	message := sprintf("users may consent to %s", [_wide[consent]])
}

_restricted := "2af84b1e-32c8-42b7-82bc-daa82404023b"

# _guest_roles are the documented roles of guests that are too much. A role that Microsoft
# adds later is neither.
_guest_roles := {
	"a0b1b346-4d3e-4e8b-98f8-753987be4970": "guests see as much of the directory as members",
	"10dae51f-b6af-4016-8d66-8c2a99b929b3": "guests see members of groups (limited access, Microsoft's default)",
}

# _wide are Microsoft's policies that let users consent to more than what is classified as
# low. One that somebody made is in neither set: what it allows is not judged here.
_wide := {
	"microsoft-user-default-legacy": "any application, for themselves",
	"microsoft-user-default-recommended": "applications within what Microsoft recommends today",
	"microsoft-user-default-low": "applications of verified publishers, for permissions classified as low",
}

_accepted contains lower(name) if some name in input.params.consent_policies

# _consent is the policy by which users consent for themselves. Entries for owned resources are
# about what owners may consent to; an entry of no documented kind is neither.
_consent(name) := trim_prefix(lower(name), "managepermissiongrantsforself.") if {
	is_string(name)
	startswith(lower(name), "managepermissiongrantsforself.")
}

_harmless(name) if _consent(name) in _accepted

_harmless(name) if {
	is_string(name)
	startswith(lower(name), "managepermissiongrantsforownedresource.")
}

_failure(policy, property, observed, message) := {
	"subject": policy._subject,
	"message": message,
	"observed": {property: observed},
	"expected": {
		"guestUserRoleId": _restricted,
		"allowedToCreateApps": false,
		"allowedToCreateTenants": false,
		"allowUserConsentForRiskyApps": false,
		"consent": _accepted,
	},
	"evidence": [sprintf("%s#/%s", [policy._subject, property])],
}
