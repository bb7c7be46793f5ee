package ringfence.lib.nodes_test

import data.ringfence.lib.nodes

tenant := "a0000000-0000-4000-8000-000000000001"

tenant_with := {"client": {"tenant_id": tenant}, "as_of": "2026-11-23T10:00:00Z", "entra": {
	"users": [{"_id": "u"}],
	"groups": [{"_id": "g"}],
	"service_principals": [{"_id": "p"}],
}}

test_own if nodes.own("key", "/Subscriptions/S/Vault") == sprintf("%s/key//subscriptions/s/vault", [tenant]) with input as tenant_with

test_of if nodes.of("B0", "user", "U") == "b0/user/u"

test_of_nobody[name] if {
	some name, c in {
		"no tenant": [null, "user", "u"],
		"no id": ["b", "user", null],
		"empty id": ["b", "user", ""],
		"a number": ["b", "user", 7],
	}
	not nodes.of(c[0], c[1], c[2])
}

test_holders[id] if {
	some id, kind in {"U": "user", "g": "group", "p": "service-principal"}
	nodes.holder(id) == sprintf("%s/%s/%s", [tenant, kind, lower(id)]) with input as tenant_with
}

test_unknown_holder if not nodes.holder("x") with input as tenant_with

test_enabled[name] if {
	some name, c in {
		"on": {"account": {"accountEnabled": true}, "want": "live"},
		"off": {"account": {"accountEnabled": false}, "want": "potential"},
		"null": {"account": {"accountEnabled": null}, "want": "potential"},
		"absent": {"account": {}, "want": "potential"},
	}
	nodes.enabled(c.account) == c.want
}

test_lasting[end] if {
	some end in ["2026-11-23T10:00:00Z", "2027-01-01T00:00:00.123Z", null]
	nodes.lasting(end) with input as tenant_with
}

test_over[end] if {
	some end in ["2026-11-23T09:59:59.123Z", 7]
	not nodes.lasting(end) with input as tenant_with
}

test_typed if {
	object_ := {"@odata.type": "#microsoft.graph.servicePrincipal", "id": "P"}
	nodes.typed(object_) == sprintf("%s/service-principal/p", [tenant]) with input as tenant_with
}

test_no_type[type] if {
	some type in ["#microsoft.graph.device", null]
	not nodes.typed({"@odata.type": type, "id": "p"}) with input as tenant_with
}

test_held if nodes.held({"principalType": "User", "principalId": "U"}) == sprintf("%s/user/u", [tenant]) with input as tenant_with

test_not_held[type] if {
	some type in ["ForeignGroup", null]
	not nodes.held({"principalType": type, "principalId": "u"}) with input as tenant_with
}

test_subscription if nodes.subscription("/Subscriptions/S/resourceGroups/g") == "s"

test_no_subscription[id] if {
	some id in ["/providers/Microsoft.Aadiam/x", "/subscriptions/", "", null]
	not nodes.subscription(id)
}
