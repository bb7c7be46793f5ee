package ringfence.lib.others_test

import data.ringfence.lib.others

partner := "cccccccc-0000-4000-8000-000000000001"

link := {"with": [
	{"client": "msp", "tenant_id": "aaaaaaaa-0000-4000-8000-000000000001"},
	{"client": "client-00000001", "tenant_id": partner},
	{"client": "client-00000003", "tenant_id": ""},
	{"client": "client-00000002", "tenant_id": ""},
]}

test_strangers if {
	others.strangers(link, set()) == {"client-00000001", "client-00000002", "client-00000003"}
	others.strangers(link, {partner}) == {"client-00000002", "client-00000003"}
}

test_named if others.named({"client-00000003", "client-00000002"}) == "client-00000002, client-00000003"
