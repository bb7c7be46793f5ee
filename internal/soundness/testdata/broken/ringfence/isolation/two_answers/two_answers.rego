# METADATA
# title: A control that breaks
# description: A function of it has two answers.
# related_resources:
#   - https://learn.microsoft.com/graph/api/resources/user
# custom:
#   id: RF-Z-98
#   since: "0.1"
#   severity: low
#   remediation: None; it exists to break.
#   limits: It proves nothing.
package ringfence.isolation.two_answers

subjects contains user._subject if some user in input.entra.users

pass contains user._subject if {
	some user in input.entra.users
	kind(user.userType) == "a"
}

kind("Member") := "a"

kind("Member") := "b"
