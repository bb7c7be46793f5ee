package ringfence.isolation.partner_relationships_test

import data.ringfence.isolation.partner_relationships as control

fabrikam := "aaaaaaaa-0000-4000-8000-000000000010"

contoso := "aaaaaaaa-0000-4000-8000-000000000011"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

relationship(id, status, customer) := {
	"_id": id,
	"_subject": sprintf("gdap.relationships/%s", [id]),
	"displayName": id,
	"status": status,
	"customer": {"tenantId": customer},
}

client(name, id, state) := {"name": name, "tenant_id": id, "state": state, "domains": []}

msp(clients, relationships) := {
	"client": {"name": "fleet"},
	"params": {"gdap_required": true},
	"fleet": {"clients": clients},
	"gdap": {"relationships": relationships},
}

verdict(subject) := "a verdict on no subject" if {
	not subject in control.subjects
	subject in (control.pass | {f.subject | some f in control.fail})
} else := "no subject" if {
	not subject in control.subjects
} else := "both" if {
	subject in control.pass
	some f in control.fail
	f.subject == subject
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	count([f | some f in control.fail; f.subject == subject]) == 1
} else := "undetermined"

test_relationships[name] if {
	some name, c in {
		"active": {"status": "active", "customer": fabrikam, "want": "pass"},
		"upper case": {"status": "active", "customer": upper(fabrikam), "want": "pass"},
		"expiring": {"status": "expiring", "customer": fabrikam, "want": "pass"},
		"unknown customer, expiring": {"status": "expiring", "customer": stranger, "want": "fail"},
		"a client that is onboarding": {"status": "active", "customer": contoso, "want": "pass"},
		"unknown customer": {"status": "active", "customer": stranger, "want": "fail"},
		"unknown customer, only approved": {"status": "approved", "customer": stranger, "want": "fail"},
		"unknown customer, on the way out": {"status": "terminating", "customer": stranger, "want": "fail"},
		"on the way out": {"status": "terminationRequested", "customer": fabrikam, "want": "undetermined"},
		"unknown customer, over": {"status": "terminated", "customer": stranger, "want": "no subject"},
		"unknown customer, proposed": {"status": "approvalPending", "customer": stranger, "want": "no subject"},
		"a status of tomorrow": {"status": "suspended", "customer": stranger, "want": "undetermined"},
		"null customer": {"status": "active", "customer": null, "want": "undetermined"},
	}
	world := msp(
		[client("fabrikam", fabrikam, "live"), client("contoso", contoso, "onboarding")],
		[relationship("r", c.status, c.customer)],
	)
	verdict("gdap.relationships/r") == c.want with input as world
}

test_clients[name] if {
	some name, c in {
		"one": {"state": "live", "relationships": [relationship("r", "active", fabrikam)], "want": "pass"},
		# False positive: several are normal.
		"several": {"state": "live", "relationships": [relationship("r", "active", fabrikam), relationship("s", "active", fabrikam), relationship("t", "terminated", fabrikam)], "want": "pass"},
		"none": {"state": "live", "relationships": [], "want": "fail"},
		"only another client's": {"state": "live", "relationships": [relationship("r", "active", contoso)], "want": "fail"},
		"only one that is over": {"state": "live", "relationships": [relationship("r", "expired", fabrikam)], "want": "fail"},
		"only one that expires": {"state": "live", "relationships": [relationship("r", "expiring", fabrikam)], "want": "fail"},
		"only one on the way out": {"state": "live", "relationships": [relationship("r", "terminating", fabrikam)], "want": "fail"},
		"a status of tomorrow": {"state": "live", "relationships": [relationship("r", "suspended", fabrikam)], "want": "undetermined"},
		"one of nobody": {"state": "live", "relationships": [relationship("r", "active", null)], "want": "undetermined"},
		"one of nobody, of tomorrow": {"state": "live", "relationships": [relationship("r", "suspended", null)], "want": "undetermined"},
		"one of nobody, proposed": {"state": "live", "relationships": [relationship("r", "approved", null)], "want": "fail"},
		"onboarding": {"state": "onboarding", "relationships": [], "want": "no subject"},
		"onboarding, with one": {"state": "onboarding", "relationships": [relationship("r", "active", fabrikam)], "want": "no subject"},
		"offboarded": {"state": "offboarded", "relationships": [], "want": "no subject"},
	}
	verdict("client/fabrikam") == c.want with input as msp([client("fabrikam", fabrikam, c.state)], c.relationships)
}

# False positive: a client that is managed by Azure Lighthouse alone.
test_not_required[name] if {
	some name, c in {
		"of this client": {"own": false, "fleet": true, "want": "no subject"},
		"of the fleet": {"own": null, "fleet": false, "want": "no subject"},
		"of this client, not of the fleet": {"own": true, "fleet": false, "want": "fail"},
		"of nobody": {"own": null, "fleet": true, "want": "fail"},
	}
	lighthouse := object.union(client("fabrikam", fabrikam, "live"), {"params": {"gdap_required": c.own}})
	world := json.patch(msp([lighthouse], []), [{"op": "replace", "path": "/params/gdap_required", "value": c.fleet}])
	verdict("client/fabrikam") == c.want with input as world
}

test_gaps[path] if {
	some path in ["/gdap/relationships/0/status", "/gdap/relationships/0/customer", "/gdap/relationships/0/customer/tenantId", "/fleet/clients"]
	world := json.patch(msp([client("fabrikam", fabrikam, "live")], [relationship("r", "active", fabrikam)]), [{"op": "remove", "path": path}])
	"gdap.relationships/r" in control.subjects with input as world
	not "gdap.relationships/r" in control.pass with input as world
	not "client/fabrikam" in control.pass with input as world
}

test_messages if {
	found := {[f.subject, f.message, f.evidence] | some f in control.fail} with input as msp([client("fabrikam", fabrikam, "live")], [relationship("r", "active", stranger), relationship("s", "expired", fabrikam)])
	found == {
		["gdap.relationships/r", "the relationship r is with tenant eeeeeeee-0000-4000-8000-000000000009, which is no client", ["gdap.relationships/r#/customer/tenantId"]],
		["client/fabrikam", "fabrikam has no active delegated admin relationship", ["gdap.relationships/s#/status"]],
	}
}
