# METADATA
# title: A control that takes what it cannot see for good
# description: Deliberately unsound. The ablation test has to catch it.
# related_resources:
#   - https://learn.microsoft.com/entra/identity/role-based-access-control/
# custom:
#   id: RF-Z-99
#   since: "0.1"
#   severity: low
#   remediation: None; it exists to be caught.
#   limits: It proves nothing.
package ringfence.isolation.unsound_holders

subjects contains assignment._subject if some assignment in input.entra.role_assignments

# A role's holder passes because it is not known to be a guest: take the guest's
# document away, and it turns to satisfied.
pass contains assignment._subject if {
	some assignment in input.entra.role_assignments
	not guest(assignment.principalId)
}

fail contains {"subject": assignment._subject, "message": "a guest holds it"} if {
	some assignment in input.entra.role_assignments
	guest(assignment.principalId)
}

guest(id) if {
	some user in input.entra.users
	user._id == lower(id)
	user.userType == "Guest"
}
