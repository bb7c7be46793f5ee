package ringfence.facts.member_test

import data.ringfence.facts.member

tenant := "a0000000-0000-4000-8000-000000000001"

of(type) := {"client": {"tenant_id": tenant}, "entra": {"group_members": [{
	"_subject": "entra.group_members/g/m",
	"_scope": "g",
	"@odata.type": type,
	"id": "M",
}]}}

test_found[kind] if {
	some type, kind in {
		"#microsoft.graph.user": "user",
		"#microsoft.graph.group": "group",
		"#microsoft.graph.servicePrincipal": "service-principal",
	}
	want := {
		"from": sprintf("%s/%s/m", [tenant, kind]),
		"to": sprintf("%s/group/g", [tenant]),
		"state": "live",
		"evidence": ["entra.group_members/g/m"],
	}
	member.edge == {want} with input as of(type)
}

test_nobody[type] if {
	some type in ["#microsoft.graph.device", "#microsoft.graph.orgContact", null]
	count(member.edge) == 0 with input as of(type)
}
