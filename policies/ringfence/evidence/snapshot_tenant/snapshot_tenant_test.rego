package ringfence.evidence.snapshot_tenant_test

import data.ringfence.evidence.snapshot_tenant as control

ours := "11111111-0000-4000-8000-000000000001"

theirs := "22222222-0000-4000-8000-000000000002"

organization(id) := {"_id": id, "_subject": "entra.organization/o", "id": id}

tenant(id) := {"_id": id, "_subject": sprintf("azure.tenants/%s", [id]), "tenantId": id}

subscription(id) := {"_id": "s", "_subject": "azure.subscriptions/s", "displayName": "production", "tenantId": id}

world(organizations, tenants, subscriptions) := {
	"client": {"tenant_id": ours},
	"entra": {"organization": organizations},
	"azure": {"tenants": tenants, "subscriptions": subscriptions},
}

failed := {f.subject | some f in control.fail}

test_verdicts[name] if {
	some name, c in {
		"all ours": {
			"world": world([organization(ours)], [tenant(ours)], [subscription(ours)]),
			"pass": {"entra.organization/o", "azure.subscriptions/s", sprintf("azure.tenants/%s", [ours])},
		},
		"in capitals": {"world": world([organization(upper(ours))], [], []), "pass": {"entra.organization/o"}},
		"another organization": {"world": world([organization(theirs)], [], []), "fail": {"entra.organization/o"}},
		"a subscription of another tenant": {"world": world([], [], [subscription(theirs)]), "fail": {"azure.subscriptions/s"}},
		"another tenant": {"world": world([], [tenant(theirs)], []), "fail": {sprintf("azure.tenants/%s", [theirs])}},
		# Near miss: who saved the answers is a guest elsewhere.
		"another tenant beside ours": {
			"world": world([], [tenant(theirs), tenant(ours)], []),
			"pass": {sprintf("azure.tenants/%s", [ours])},
		},
		"nothing": {"world": world([], [], [])},
	}
	control.pass == object.get(c, "pass", set()) with input as c.world
	failed == object.get(c, "fail", set()) with input as c.world
	control.subjects == object.get(c, "pass", set()) | object.get(c, "fail", set()) with input as c.world
}

test_unknown[name] if {
	some name, w in {
		"null": world([object.union(organization(ours), {"id": null})], [], []),
		"missing": world([object.remove(organization(ours), ["id"])], [], []),
		"no tenant of a subscription": world([], [], [object.remove(subscription(ours), ["tenantId"])]),
	}
	count(control.subjects) == 1 with input as w
	control.pass == set() with input as w
	control.fail == set() with input as w
}

test_message if {
	control.fail == {{
		"subject": "azure.subscriptions/s",
		"message": sprintf("subscription production is of tenant %s, and the snapshot is filed under %s", [theirs, ours]),
		"observed": {"tenantId": theirs},
		"expected": {"tenantId": ours},
		"evidence": ["azure.subscriptions/s#/tenantId"],
	}} with input as world([], [], [subscription(theirs)])
}
