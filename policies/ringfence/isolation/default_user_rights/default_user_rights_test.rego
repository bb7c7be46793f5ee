package ringfence.isolation.default_user_rights_test

import data.ringfence.isolation.default_user_rights as control

restricted := "2af84b1e-32c8-42b7-82bc-daa82404023b"

self(name) := concat(".", ["ManagePermissionGrantsForSelf", name])

policy(changes) := object.union(
	{
		"_subject": "s",
		"guestUserRoleId": restricted,
		"allowUserConsentForRiskyApps": false,
		"defaultUserRolePermissions": {
			"allowedToCreateApps": false,
			"allowedToCreateTenants": false,
			"permissionGrantPoliciesAssigned": [self("microsoft-user-default-low")],
		},
	},
	changes,
)

rights(changes) := policy({"defaultUserRolePermissions": changes})

world(doc, accepted) := {
	"params": {"consent_policies": accepted},
	"entra": {"authorization_policy": [doc]},
}

low := ["microsoft-user-default-low"]

verdict := "both" if {
	"s" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"s" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"s"}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		# False positive: low permissions that the client classified.
		"low permissions": [policy({}), low, "pass"],
		"upper case": [policy({"guestUserRoleId": upper(restricted)}), low, "pass"],
		"no consent": [rights({"permissionGrantPoliciesAssigned": []}), low, "pass"],
		"what owners may consent to": [rights({"permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team"]}), low, "pass"],
		"of no documented kind": [rights({"permissionGrantPoliciesAssigned": ["just-user-read"]}), low, "undetermined"],
		"risky, never set": [policy({"allowUserConsentForRiskyApps": null}), low, "pass"],
		"low permissions, not accepted": [policy({}), [], "fail"],
		"guests as members": [policy({"guestUserRoleId": "a0b1b346-4d3e-4e8b-98f8-753987be4970"}), low, "fail"],
		"guests as shipped": [policy({"guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3"}), low, "fail"],
		"a role of tomorrow": [policy({"guestUserRoleId": "00000000-0000-0000-0000-000000000000"}), low, "undetermined"],
		"no role": [policy({"guestUserRoleId": null}), low, "undetermined"],
		"register": [rights({"allowedToCreateApps": true}), low, "fail"],
		"register, the role is unknown": [object.remove(rights({"allowedToCreateApps": true}), ["guestUserRoleId"]), low, "fail"],
		"tenants": [rights({"allowedToCreateTenants": true}), low, "fail"],
		"tenants or not": [rights({"allowedToCreateTenants": null}), low, "undetermined"],
		"risky": [policy({"allowUserConsentForRiskyApps": true}), low, "fail"],
		"legacy": [rights({"permissionGrantPoliciesAssigned": [self("microsoft-user-default-legacy")]}), low, "fail"],
		"what Microsoft recommends": [rights({"permissionGrantPoliciesAssigned": [self("microsoft-user-default-recommended")]}), low, "fail"],
		"what Microsoft recommends, accepted": [rights({"permissionGrantPoliciesAssigned": [self("microsoft-user-default-recommended")]}), ["Microsoft-user-default-recommended"], "pass"],
		"one that somebody made": [rights({"permissionGrantPoliciesAssigned": [self("our-policy")]}), low, "undetermined"],
		"one that somebody made, accepted": [rights({"permissionGrantPoliciesAssigned": [self("our-policy")]}), ["our-policy"], "pass"],
		"null": [rights({"permissionGrantPoliciesAssigned": null}), low, "undetermined"],
		"no list": [rights({"permissionGrantPoliciesAssigned": {}}), low, "undetermined"],
		"of no documented kind, with the name of a wide one": [rights({"permissionGrantPoliciesAssigned": ["microsoft-user-default-legacy"]}), low, "undetermined"],
		"no name": [rights({"permissionGrantPoliciesAssigned": [null]}), low, "undetermined"],
		"no rights on record": [policy({"defaultUserRolePermissions": null}), low, "undetermined"],
	}
	control.subjects == {"s"} with input as world(c[0], c[1])
	verdict == c[2] with input as world(c[0], c[1])
}

test_message if {
	control.fail == {{
		"subject": "s",
		"message": "users may consent to any application, for themselves",
		"observed": {"defaultUserRolePermissions/permissionGrantPoliciesAssigned": self("microsoft-user-default-legacy")},
		"expected": {
			"guestUserRoleId": restricted,
			"allowedToCreateApps": false,
			"allowedToCreateTenants": false,
			"allowUserConsentForRiskyApps": false,
			"consent": {"microsoft-user-default-low"},
		},
		"evidence": ["s#/defaultUserRolePermissions/permissionGrantPoliciesAssigned"],
	}} with input as world(rights({"permissionGrantPoliciesAssigned": [self("microsoft-user-default-legacy")]}), low)
}
