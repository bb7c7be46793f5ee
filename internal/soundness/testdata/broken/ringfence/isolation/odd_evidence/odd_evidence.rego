# METADATA
# title: A control with odd evidence
# description: It points at what is not there, and shows numbers and markup.
# related_resources:
#   - https://learn.microsoft.com/graph/api/resources/user
# custom:
#   id: RF-Z-97
#   since: "0.1"
#   severity: low
#   remediation: None.
#   limits: It proves nothing.
package ringfence.isolation.odd_evidence

subjects contains user._subject if some user in input.entra.users

pass contains user._subject if {
	some user in input.entra.users
	user.userType == "Guest"
}

fail contains {
	"subject": user._subject,
	"message": "odd",
	"observed": {"n": 1.50, "big": 12345678901234567890, "small": 1e-7, "html": "<b>&</b>", "none": null},
	"expected": [0.1, -0, 100000000000000000000000],
	"evidence": [
		sprintf("%s#/userType", [user._subject]),
		sprintf("%s#/userType/0", [user._subject]),
		sprintf("%s#/no~1such/0/name", [user._subject]),
		sprintf("%s#/_id", [user._subject]),
		"entra.users/nobody#/userType",
		"entra.users/*#",
		"keyvault.vaults/nothing#/properties",
		"nothing at all",
		"entra.users#/userType",
	],
} if {
	some user in input.entra.users
	user.userType == "Member"
}
