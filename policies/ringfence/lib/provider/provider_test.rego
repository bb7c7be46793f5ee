package ringfence.lib.provider_test

import data.ringfence.lib.provider

tenant := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

vendor := "bbbbbbbb-0000-4000-8000-000000000001"

own(domain) := {"signInType": "userPrincipalName", "issuer": "fabrikam.example", "issuerAssignedId": domain}

user(id, change) := object.union(
	{
		"_id": id, "_subject": sprintf("entra.users/%s", [id]), "displayName": id,
		"userPrincipalName": sprintf("%s@fabrikam.example", [id]), "mail": null,
		"userType": "Member", "externalUserState": null, "creationType": null, "identities": [own("x")],
	},
	change,
)

guest(id, home) := user(id, {"userType": "Guest", "userPrincipalName": sprintf("ada_%s#EXT#@fabrikam.example", [home]), "mail": sprintf("ada@%s", [home])})

application(id, owner) := {"_id": id, "_subject": sprintf("entra.service_principals/%s", [id]), "displayName": id, "servicePrincipalType": "Application", "appOwnerOrganizationId": owner}

member(group, id) := {"_scope": group, "_subject": "m", "id": id, "@odata.type": "#microsoft.graph.user"}

device(group, id) := object.union(member(group, id), {"@odata.type": "#microsoft.graph.device"})

group(id) := {"_id": id, "_subject": sprintf("entra.groups/%s", [id]), "securityEnabled": true}

world(users, applications, members) := {
	"client": {"tenant_id": tenant, "service_providers": [upper(msp)]},
	"msp": {"tenant_id": msp, "domains": ["Northwind.example"]},
	"entra": {
		"organization": [{"verifiedDomains": [{"name": "fabrikam.example"}]}],
		"users": users,
		"service_principals": applications,
		"groups": [group("g"), group("inner"), group("other"), object.union(group("mail"), {"securityEnabled": false})],
		"group_members": members,
		"group_eligibility": [],
	},
	"azure": {
		"role_assignments": [{"properties": {"principalId": "G"}}, {"properties": {"principalId": "u"}}],
		"role_eligibility": [],
	},
	"keyvault": {"vaults": [], "managed_hsms": []},
}

kind(id) := "both" if {
	provider.clear(id)
	provider.person(id)
} else := "clear" if {
	provider.clear(id)
} else := "provider" if {
	provider.person(id)
} else := "provider" if {
	provider.applications[id]
} else := "unknown"

test_principals[name] if {
	some name, c in {
		"member": [user("u", {}), "clear"],
		"guest from elsewhere": [guest("u", "partner.example"), "clear"],
		"guest of the MSP": [guest("u", "northwind.example"), "provider"],
		"guest of the MSP with a new mail": [object.union(guest("u", "northwind.example"), {"mail": "ada@fabrikam.example"}), "provider"],
		"member with a mail of the MSP": [user("u", {"mail": "ada@northwind.example"}), "provider"],
		"member with an own mail": [user("u", {"mail": "ada@fabrikam.example"}), "clear"],
		"a domain that only ends alike": [guest("u", "evil-northwind.example"), "clear"],
		"a user of unknown kind": [user("u", {"userType": null}), "unknown"],
		"a user of unknown kind, from elsewhere": [user("u", {"userType": null, "mail": "ada@partner.example"}), "unknown"],
		"a guest without addresses": [user("u", {"userType": "Guest", "userPrincipalName": null}), "unknown"],
		"managed identity": [application("u", null), "clear"],
		"own application": [application("u", tenant), "clear"],
		"vendor's application": [application("u", vendor), "clear"],
		"application of the MSP": [application("u", upper(msp)), "provider"],
		"application of nobody knows": [object.remove(application("u", tenant), ["appOwnerOrganizationId"]), "unknown"],
		"nobody": [user("v", {}), "unknown"],
	}
	kind("u") == c[1] with input as world([c[0] | c[0].identities], [c[0] | c[0].servicePrincipalType], [])
}

test_guests_without_the_msps_domains if {
	input_ := json.patch(world([guest("u", "partner.example")], [], []), [{"op": "replace", "path": "/msp/domains", "value": null}])
	kind("u") == "unknown" with input as input_
}

test_tenants if {
	provider.tenants == {msp} with input as world([], [], [])
	provider.tenants == {msp} with input as {"msp": {"tenant_id": msp}}
	provider.tenants == {msp, vendor} with input as {"msp": {"tenant_id": msp}, "client": {"service_providers": [upper(vendor)]}}
}

# A group without members is clear only if somebody asks for it, and its members are read.
test_empty_groups if {
	not provider.clear_group("other") with input as world([], [], [])
	not provider.clear_group("u") with input as world([], [], [])
}

test_groups_that_are_not_read[name] if {
	some name, patch in {
		"eligible": {"op": "add", "path": "/azure/role_eligibility/-", "value": {"properties": {"principalId": "mail"}}},
		"assigned": {"op": "add", "path": "/azure/role_assignments/-", "value": {"properties": {"principalId": "mail"}}},
		"managed HSM": {"op": "add", "path": "/keyvault/managed_hsms/-", "value": {"properties": {"initialAdminObjectIds": ["mail"]}}},
		"access policy": {"op": "add", "path": "/keyvault/vaults/-", "value": {"properties": {"accessPolicies": [{"objectId": "mail"}]}}},
	}
	patched := json.patch(world([], [], []), [patch])
	not provider.clear_group("mail") with input as patched
}

test_groups[name] if {
	some name, c in {
		"empty": [[], true, set()],
		"members": [[member("g", "u"), member("g", "a")], true, set()],
		"devices": [[device("g", "laptop")], true, set()],
		"contacts": [[object.union(member("g", "someone"), {"@odata.type": "#microsoft.graph.orgContact"})], true, set()],
		"nobody knows": [[member("g", "x")], false, set()],
		"somebody of the MSP": [[member("g", "u"), member("g", "p")], false, {"p, somebody of the service provider"}],
		"an application of the MSP": [[member("g", "m")], false, {"m, an application of the service provider"}],
		"in a group within": [[member("g", "inner"), member("inner", "p")], false, {"p, somebody of the service provider"}],
		"in a circle": [[member("g", "inner"), member("inner", "g")], true, set()],
		"in another group": [[member("other", "p")], true, set()],
		"a group whose members are not read": [[member("g", "mail")], false, set()],
	}
	input_ := world([user("u", {}), guest("p", "northwind.example")], [application("a", null), application("m", msp)], c[0])
	clear_group == c[1] with input as input_
	{who | some [_, who] in provider.within.g} == c[2] with input as input_
}

clear_group if {
	provider.clear_group("g")
} else := false

test_who_may_become_a_member if {
	input_ := json.patch(world([guest("p", "northwind.example")], [], []), [{"op": "add", "path": "/entra/group_eligibility/-", "value": {"_scope": "g", "principalId": "P"}}])
	{who | some [_, who] in provider.within.g} == {"p, somebody of the service provider"} with input as input_
}

test_asked_groups[name] if {
	some name, patch in {
		"eligible": {"op": "add", "path": "/azure/role_eligibility/-", "value": {"properties": {"principalId": "other"}}},
		"managed HSM": {"op": "add", "path": "/keyvault/managed_hsms/-", "value": {"properties": {"initialAdminObjectIds": ["Other"]}}},
		"access policy": {"op": "add", "path": "/keyvault/vaults/-", "value": {"properties": {"accessPolicies": [{"objectId": "other"}]}}},
	}
	object.keys(provider.members) == {"g", "other"} with input as json.patch(world([], [], [member("g", "u"), member("other", "u"), member("inner", "u")]), [patch])
}
