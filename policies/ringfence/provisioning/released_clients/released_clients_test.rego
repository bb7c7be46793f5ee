package ringfence.provisioning.released_clients_test

import data.ringfence.provisioning.released_clients as control

msp := "aaaaaaaa-0000-4000-8000-000000000001"

fabrikam := "aaaaaaaa-0000-4000-8000-000000000010"

contoso := "aaaaaaaa-0000-4000-8000-000000000011"

left := {
	"name": "fabrikam",
	"tenant_id": fabrikam,
	"state": "offboarded",
	"domains": ["fabrikam.example"],
	"contract": {"start": "2023-01-01", "end": "2026-10-24", "grace": "30d"},
}

relationship(status, customer) := {
	"_id": "r",
	"_subject": "gdap.relationships/r",
	"displayName": "r",
	"status": status,
	"customer": {"tenantId": customer},
}

governance(status, governing, governed) := {
	"_id": "g",
	"_subject": "entra.governance_relationships/g",
	"status": status,
	"governingTenantId": governing,
	"governedTenantId": governed,
}

application(owner) := {
	"_id": "a",
	"_subject": "entra.service_principals/a",
	"displayName": "Invoices",
	"appOwnerOrganizationId": owner,
}

user(name, mail, type) := {
	"_id": "u",
	"_subject": "entra.users/u",
	"userPrincipalName": name,
	"displayName": null,
	"mail": mail,
	"userType": type,
}

world(client, changes) := {
	"client": {"name": "fleet"},
	"msp": {"tenant_id": msp},
	"as_of": "2026-11-24T00:00:00Z",
	"params": {},
	"fleet": {"clients": [client, object.union(left, {"name": "contoso", "tenant_id": contoso, "state": "live", "domains": ["contoso.example"]})]},
	"gdap": {"relationships": [
		object.get(changes, "relationship", relationship("terminated", fabrikam)),
		relationship("active", contoso),
		object.union(relationship("created", msp), {"customer": null}),
	]},
	"entra": {
		"governance_relationships": [object.get(changes, "governance", governance("terminated", msp, fabrikam)), governance("active", msp, contoso)],
		"service_principals": [object.get(changes, "application", application(null)), application(upper(contoso))],
		"users": [
			object.get(changes, "user", user("ada@northwind.example", "ada@northwind.example", "Member")),
			user("bo_contoso.example#EXT#@northwind.example", "bo@contoso.example", "Guest"),
			user("no-mail@northwind.example", null, "Member"),
		],
	},
}

verdict := "no subject" if {
	control.subjects == set()
	control.pass == set()
	control.fail == set()
} else := "both" if {
	control.pass != set()
	control.fail != set()
} else := "pass" if {
	control.pass == {"client/fabrikam"}
} else := "fail" if {
	{failure.subject | some failure in control.fail} == {"client/fabrikam"}
} else := "undetermined" if control.subjects == {"client/fabrikam"}

test_residue[name] if {
	some name, c in {
		"nothing": {"with": {}, "want": "pass"},
		"a relationship that expired": {"with": {"relationship": relationship("expired", upper(fabrikam))}, "want": "pass"},
		"an active relationship": {"with": {"relationship": relationship("active", upper(fabrikam))}, "want": "fail"},
		"a relationship on its way out": {"with": {"relationship": relationship("terminating", fabrikam)}, "want": "fail"},
		"a relationship that can be accepted": {"with": {"relationship": relationship("approvalPending", fabrikam)}, "want": "fail"},
		"a draft": {"with": {"relationship": relationship("created", fabrikam)}, "want": "fail"},
		"a state of tomorrow": {"with": {"relationship": relationship("suspended", fabrikam)}, "want": "undetermined"},
		"an active relationship with nobody": {"with": {"relationship": relationship("active", null)}, "want": "undetermined"},
		"a relationship with nobody, over": {"with": {"relationship": relationship("expired", null)}, "want": "pass"},
		"governance": {"with": {"governance": governance("active", msp, upper(fabrikam))}, "want": "fail"},
		"governance of the MSP": {"with": {"governance": governance("active", upper(fabrikam), msp)}, "want": "fail"},
		"governance that expired": {"with": {"governance": governance("expired", msp, fabrikam)}, "want": "pass"},
		"governance of tomorrow": {"with": {"governance": governance("paused", msp, fabrikam)}, "want": "undetermined"},
		"governance of the MSP of tomorrow": {"with": {"governance": governance("paused", fabrikam, msp)}, "want": "undetermined"},
		"an application": {"with": {"application": application(upper(fabrikam))}, "want": "fail"},
		"a guest": {"with": {"user": user("Ada_Lovelace_Fabrikam.example#EXT#@northwind.example", null, "Guest")}, "want": "fail"},
		"a guest turned member": {"with": {"user": user("ada_fabrikam.example#ext#@northwind.example", null, "Member")}, "want": "fail"},
		"a guest by mail": {"with": {"user": user("ada@northwind.example", "ada@Fabrikam.example", "Guest")}, "want": "fail"},
		"a member with such an address": {"with": {"user": user("ada@northwind.example", "ada@fabrikam.example", "Member")}, "want": "undetermined"},
	}
	verdict == c.want with input as world(left, c["with"])
}

# Nothing is judged before the client has left, and the grace is over.
test_when[name] if {
	some name, c in {
		"the grace is over": {"client": {}, "want": "fail"},
		"the day before": {"client": {"contract": {"grace": "31d"}}, "want": "no subject"},
		"without a grace": {"client": {"contract": {"end": "2026-11-23", "grace": null}}, "want": "fail"},
		"on the last day": {"client": {"contract": {"end": "2026-11-24", "grace": null}}, "want": "no subject"},
		"a day too late, in hours": {"client": {"contract": {"end": "2026-11-22", "grace": "24h"}}, "want": "fail"},
		"decades": {"client": {"contract": {"grace": "999999d"}}, "want": "no subject"},
		"in centuries": {"client": {"contract": {"end": "9999-12-31"}}, "want": "no subject"},
		"hours": {"client": {"contract": {"end": "2026-11-23", "grace": "1h"}}, "want": "no subject"},
		"without an end": {"client": {"contract": {"end": null}}, "want": "fail"},
		"without a contract": {"client": {"contract": null}, "want": "fail"},
		"live": {"client": {"state": "live"}, "want": "no subject"},
		"onboarding": {"client": {"state": "onboarding"}, "want": "no subject"},
	}
	verdict == c.want with input as world(object.union(left, c.client), {"relationship": relationship("active", fabrikam)})
}

# Without a domain nobody knows the client's guests.
test_domains[name] if {
	some name, c in {
		"none": {"domains": [], "want": "undetermined"},
		"null": {"domains": null, "want": "undetermined"},
		"another one": {"domains": ["fabrikam.example", "Contoso.example"], "want": "fail"},
		"no text": {"domains": ["fabrikam.example", 7], "want": "undetermined"},
	}
	verdict == c.want with input as world(object.union(left, {"domains": c.domains}), {})
}

test_gaps[path] if {
	some path in [
		"/gdap/relationships/0/status",
		"/gdap/relationships/0/customer",
		"/gdap/relationships/0/customer/tenantId",
		"/entra/governance_relationships/0/status",
	]
	changes := {"relationship": relationship("active", fabrikam), "governance": governance("paused", msp, fabrikam)}
	control.pass == set() with input as json.patch(world(left, changes), [{"op": "remove", "path": path}])
}

test_messages if {
	found := {[f.message, f.observed.document, f.evidence] | some f in control.fail} with input as world(left, {
		"relationship": relationship("active", fabrikam),
		"governance": governance("active", msp, fabrikam),
		"application": application(fabrikam),
		"user": user("ada_fabrikam.example#EXT#@northwind.example", null, "Guest"),
	})
	found == {
		["the relationship r is active", "gdap.relationships/r", ["gdap.relationships/r#/status"]],
		["the MSP still governs the client's tenant", "entra.governance_relationships/g", ["entra.governance_relationships/g#/status"]],
		["Invoices, an application of the client, is still in the MSP's tenant", "entra.service_principals/a", ["entra.service_principals/a#/appOwnerOrganizationId"]],
		["ada_fabrikam.example#EXT#@northwind.example, a guest of the client, is still in the MSP's tenant", "entra.users/u", ["entra.users/u#/userPrincipalName"]],
	}
}
