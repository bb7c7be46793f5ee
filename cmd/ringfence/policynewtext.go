package main

// What "policy new" writes. {…} is filled in.

const newFamily = `# METADATA
# title: {title}
# description: Which question do the controls of this family answer?
# custom:
#   family: {title}
package {pack}.{family}
`

const newControl = `# METADATA
# title: Every key vault is in a region that was agreed
# description: >-
#   An example, to be changed. What does the control demand, and what can go wrong
#   where it does not hold?
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription
#     description: What the properties mean
# custom:
#   id: {id}
#   since: "0.1"
#   severity: medium
#   scope: client
#   maps:
#     iso_27001: []
#     nist_800_53: []
#   unverified: []
#   params:
#     regions:
#       type: strings
#       default: [westeurope, northeurope]
#       description: The regions in which a vault may be, in lower case.
#   remediation: >-
#     What would a human do about a finding?
#   limits: >-
#     What does a pass not prove?
package {pack}.{family}.{control}

# All that is judged. What is in neither pass nor fail is undetermined. Nothing is said
# about what could not be read: the engine sees what the rules read, and that it is
# complete.
subjects contains vault._subject if some vault in input.keyvault.vaults

pass contains vault._subject if {
	some vault in input.keyvault.vaults
	_agreed(vault)
}

fail contains {
	"subject": vault._subject,
	"message": sprintf("%s is in %s", [vault.name, vault.location]),
	"observed": vault.location,
	"expected": input.params.regions,
	"evidence": [sprintf("%s#/location", [vault._subject])],
} if {
	some vault in input.keyvault.vaults
	is_string(vault.location)
	not _agreed(vault)
}

# What is the control's own starts with "_".
_agreed(vault) if {
	is_string(vault.location)
	lower(vault.location) in input.params.regions
}
`

const newTest = `package {pack}.{family}.{control}_test

import data.{pack}.{family}.{control} as control

subject := "keyvault.vaults/v"

# The input is as small as the control allows.
world(vault) := {
	"params": {"regions": ["westeurope", "northeurope"]},
	"keyvault": {"vaults": [object.union({"_id": "v", "_subject": subject, "name": "v"}, vault)]},
}

test_pass if {
	control.pass == {subject} with input as world({"location": "WestEurope"})
	control.fail == set() with input as world({"location": "WestEurope"})
}

test_fail if {
	control.pass == set() with input as world({"location": "eastus"})
	control.fail == {{
		"subject": subject,
		"message": "v is in eastus",
		"observed": "eastus",
		"expected": ["westeurope", "northeurope"],
		"evidence": ["keyvault.vaults/v#/location"],
	}} with input as world({"location": "eastus"})
}

# What is not known is neither: the engine calls it undetermined.
test_undetermined if {
	control.subjects == {subject} with input as world({"location": null})
	control.pass == set() with input as world({"location": null})
	control.fail == set() with input as world({"location": null})
}

test_nothing if {
	control.subjects == set() with input as {"keyvault": {"vaults": []}}
}
`

const newFixture = `{
  "params": {"regions": ["westeurope", "northeurope"]},
  "keyvault": {
    "vaults": [
      {"_id": "v", "_subject": "keyvault.vaults/v", "name": "v", "location": %q}
    ]
  }
}
`

const newFixtureOfNone = `{
  "params": {"regions": ["westeurope", "northeurope"]},
  "keyvault": {"vaults": []}
}
`
