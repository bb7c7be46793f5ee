package ringfence.isolation.lighthouse_roles_test

import data.ringfence.isolation.lighthouse_roles as control

reader := "acdd72a7-3385-48ef-bd42-f606fba81ae7"

contributor := "b24988ac-6180-42a0-ab88-20f7382dd24c"

assigner := "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"

backup := "5e467623-bb1f-42f4-a55d-6e525e11384b"

subject := "azure.lighthouse_assignments/d1"

agreed := {"roles": [reader, contributor, assigner, backup], "standing": ["vault-identity"]}

tenant(lighthouse, definition) := {
	"client": {"lighthouse": lighthouse},
	"params": {"reader_roles": [reader], "activation_minutes": 480},
	"azure": {"lighthouse_assignments": [{
		"_id": "d1",
		"_subject": subject,
		"properties": {"registrationDefinition": {"properties": object.union(
			{"managedByTenantId": "msp", "authorizations": [], "eligibleAuthorizations": []},
			definition,
		)}},
	}]},
}

standing(role, principal, delegated) := {"authorizations": [{
	"principalId": principal,
	"principalIdDisplayName": null,
	"roleDefinitionId": role,
	"delegatedRoleDefinitionIds": delegated,
}]}

eligible(changes) := {"eligibleAuthorizations": [{
	"principalId": "engineers",
	"principalIdDisplayName": "Engineers",
	"roleDefinitionId": contributor,
	"justInTimeAccessPolicy": object.union({"multiFactorAuthProvider": "Azure", "maximumActivationDuration": "PT8H"}, changes),
}]}

verdict := "no subject" if {
	(count(control.subjects) + count(control.pass)) + count(control.fail) == 0
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

test_grants[name] if {
	some name, c in {
		"a reader": {"with": standing(upper(reader), "engineers", null), "want": "pass"},
		"just in time": {"with": eligible({}), "want": "pass"},
		"none": {"with": {"authorizations": null, "eligibleAuthorizations": null}, "want": "pass"},
		"standing": {"with": standing(contributor, "engineers", null), "want": "fail"},
		"a role that was not agreed": {"with": standing("other", "vault-identity", null), "want": "fail"},
		"any role can be assigned": {"with": standing(assigner, "vault-identity", []), "want": "fail"},
		"all rights can be assigned": {"with": standing(assigner, "vault-identity", [backup, upper(contributor)]), "want": "fail"},
		"little can be assigned": {"with": standing(assigner, "vault-identity", [backup]), "want": "pass"},
		"all roles can be assigned": {"with": standing(assigner, "vault-identity", ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635"]), "want": "fail"},
		"no role can be assigned": {"with": standing(contributor, "vault-identity", []), "want": "pass"},
		"a role in a list of another kind": {"with": {"others": [{"principalId": "x", "roleDefinitionId": "other"}]}, "want": "pass"},
		"no second factor": {"with": eligible({"multiFactorAuthProvider": "None"}), "want": "fail"},
		"for a day": {"with": eligible({"maximumActivationDuration": "P1D"}), "want": "fail"},
		# False positive: the identity of a backup activates nothing.
		"an agreed identity": {"with": standing(contributor, "VAULT-IDENTITY", null), "want": "pass"},
		# Nothing is known.
		"what can be assigned": {"with": standing(assigner, "vault-identity", null), "want": "undetermined"},
		"which factor": {"with": eligible({"multiFactorAuthProvider": null}), "want": "undetermined"},
		"how long": {"with": eligible({"maximumActivationDuration": null}), "want": "undetermined"},
		"how long, in words": {"with": eligible({"maximumActivationDuration": "a while"}), "want": "undetermined"},
		"a factor of tomorrow": {"with": eligible({"multiFactorAuthProvider": "Other"}), "want": "undetermined"},
		"no role": {"with": standing(null, "engineers", null), "want": "undetermined"},
	}
	verdict == c.want with input as tenant(agreed, c["with"])
}

test_promises[name] if {
	some name, c in {
		"none": {"lighthouse": null, "want": "no subject"},
		"no role": {"lighthouse": {"roles": [], "standing": []}, "want": "fail"},
		"nobody stands": {"lighthouse": {"roles": null, "standing": []}, "want": "fail"},
		"nobody was named": {"lighthouse": {"roles": null, "standing": null}, "want": "fail"},
	}
	verdict == c.want with input as tenant(c.lighthouse, standing(contributor, "vault-identity", null))
}

test_any_role[name] if {
	any_role := {"roles": null, "standing": ["vault-identity"]}
	some name, c in {
		"just in time": {"with": eligible({}), "want": "pass"},
		"roles can be assigned": {"with": standing("f58310d9-a9f6-439a-9e8d-f62e7b41a168", "vault-identity", []), "want": "fail"},
	}
	verdict == c.want with input as tenant(any_role, c["with"])
}

test_no_promise[name] if {
	some name, definition in {
		"nothing": {},
		"standing": standing(contributor, "engineers", null),
		"assigning": standing(assigner, "engineers", []),
		"broad": standing(assigner, "engineers", [contributor]),
		"no second factor": eligible({"multiFactorAuthProvider": "None"}),
		"for a day": eligible({"maximumActivationDuration": "P1D"}),
	}
	verdict == "no subject" with input as tenant(null, definition)
}

test_nameless if {
	messages := {f.message | some f in control.fail} with input as tenant(agreed, standing(contributor, "engineers", null))
	messages == {sprintf("engineers holds the role %s all the time", [contributor])}
}

test_an_eligible_role_that_was_not_agreed if {
	verdict == "fail" with input as tenant({"roles": [reader], "standing": []}, eligible({}))
}

test_message if {
	control.fail == {{
		"subject": subject,
		"message": "Engineers can activate a role for P1D",
		"observed": {"managedByTenantId": "msp"},
		"expected": agreed,
		"evidence": ["azure.lighthouse_assignments/d1#/properties/registrationDefinition/properties/eligibleAuthorizations"],
	}} with input as tenant(agreed, eligible({"maximumActivationDuration": "P1D"}))
}

test_no_property[property] if {
	some property in ["authorizations", "eligibleAuthorizations"]
	path := sprintf("azure/lighthouse_assignments/0/properties/registrationDefinition/properties/%s", [property])
	verdict == "undetermined" with input as json.remove(tenant(agreed, {}), [path])
}
