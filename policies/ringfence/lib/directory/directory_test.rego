package ringfence.lib.directory_test

import data.ringfence.lib.directory

own := {"signInType": "userPrincipalName", "issuer": "Fabrikam.onmicrosoft.com", "issuerAssignedId": "ada@fabrikam.example"}

elsewhere := {"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": null}

member := {
	"_id": "u",
	"_subject": "entra.users/u",
	"userPrincipalName": "ada@fabrikam.example",
	"userType": "Member",
	"externalUserState": null,
	"creationType": null,
	"identities": [own],
}

tenant(user) := {"entra": {
	"users": [user],
	"organization": [{"verifiedDomains": [{"name": "fabrikam.onmicrosoft.com"}, {"name": "fabrikam.example"}, {"name": null}]}],
}}

kind := "both" if {
	directory.member("u")
	directory.outsider("u")
} else := "member" if {
	directory.member("u")
} else := "outsider" if {
	directory.outsider("u")
} else := "unknown"

test_users[name] if {
	some name, c in {
		"member": {"with": {}, "want": "member"},
		"signed up with the tenant's mail": {"with": {"creationType": "EmailVerified"}, "want": "member"},
		"guest": {"with": {"userType": "Guest", "identities": [elsewhere, own]}, "want": "outsider"},
		"internal guest": {"with": {"userType": "Guest"}, "want": "outsider"},
		"guest turned member": {"with": {"externalUserState": "Accepted"}, "want": "outsider"},
		"pending invitation": {"with": {"externalUserState": "PendingAcceptance"}, "want": "outsider"},
		"synchronised from another tenant": {"with": {"identities": [elsewhere, own]}, "want": "outsider"},
		"another organization's domain": {"with": {"identities": [{"signInType": "federated", "issuer": "contoso.com", "issuerAssignedId": "x"}]}, "want": "outsider"},
		"signed up by himself": {"with": {"creationType": "SelfServiceSignUp"}, "want": "outsider"},
		"invited": {"with": {"creationType": "Invitation"}, "want": "outsider"},
		"a local account of an external tenant": {"with": {"creationType": "LocalAccount"}, "want": "unknown"},
		"a type of tomorrow": {"with": {"userType": "Agent"}, "want": "unknown"},
		"no type on record": {"with": {"userType": null}, "want": "unknown"},
		"no identities": {"with": {"identities": []}, "want": "unknown"},
		"null identities": {"with": {"identities": null}, "want": "unknown"},
		"federated with nobody": {"with": {"userType": null, "identities": [{"signInType": "federated", "issuer": null}]}, "want": "unknown"},
		"federated with a domain of the tenant": {"with": {"userType": null, "identities": [{"signInType": "federated", "issuer": "Fabrikam.example"}]}, "want": "unknown"},
		"null issuer": {"with": {"identities": [{"signInType": "userPrincipalName", "issuer": null}]}, "want": "unknown"},
		"a local issuer that is no domain of the tenant": {"with": {"identities": [{"signInType": "userPrincipalName", "issuer": "contoso.com"}]}, "want": "unknown"},
	}
	kind == c.want with input as tenant(object.union(member, c["with"]))
}

test_gaps[property] if {
	some property in ["userType", "externalUserState", "creationType", "identities"]
	kind == "unknown" with input as tenant(object.remove(member, [property]))
}

test_without_domains_nobody_is_a_member if {
	kind == "unknown" with input as {"entra": {"users": [member], "organization": []}}
}

test_messages if {
	directory.outsider("u") == ["entra.users/u#/identities", "ada@fabrikam.example, a user of ExternalAzureAD"] with input as tenant(object.union(member, {"identities": [elsewhere, own]}))
}

# Whoever visits, and whoever is a member, is no stranger besides.
test_strangers[name] if {
	federated := {"signInType": "federated", "issuer": "contoso.com", "issuerAssignedId": "x"}
	some name, c in {
		"a stranger": {"with": {"identities": [federated]}, "want": true},
		"a guest": {"with": {"userType": "Guest", "identities": [federated]}, "want": false},
	}
	is_stranger == c.want with input as tenant(object.union(member, c["with"]))
}

is_stranger if {
	directory.stranger("u")
} else := false

test_names if {
	directory.name({"_id": "x", "displayName": "X"}) == "X"
	directory.name({"_id": "x", "displayName": null}) == "x"
}

test_applications if {
	tenant_id := "aaaaaaaa-0000-4000-8000-000000000010"
	world := {
		"client": {"tenant_id": tenant_id},
		"entra": {"service_principals": [
			{"_id": "own", "servicePrincipalType": "Application", "appOwnerOrganizationId": upper(tenant_id)},
			{"_id": "identity", "servicePrincipalType": "ManagedIdentity", "appOwnerOrganizationId": null},
			{"_id": "foreign", "servicePrincipalType": "Application", "appOwnerOrganizationId": "eeeeeeee-0000-4000-8000-000000000009"},
			{"_id": "legacy", "servicePrincipalType": "Legacy", "appOwnerOrganizationId": null},
			{"_id": "gap", "servicePrincipalType": "ManagedIdentity"},
		]},
	}
	directory.own_applications == {"own", "identity"} with input as world
}

test_known[id] if {
	some id, want in {"u": true, "g": true, "s": true, "d": true, "x": false}
	directory_of := {"entra": {
		"users": [{"_id": "u"}],
		"groups": [{"_id": "g"}],
		"service_principals": [{"_id": "s"}],
		"deleted_items": [{"_id": "d"}],
	}}
	is_known(id) == want with input as directory_of
}

is_known(id) if {
	directory.known(id)
} else := false
