package ringfence.facts.vault_tenant_test

import data.ringfence.facts.vault_tenant

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

of(properties) := {
	"client": {"tenant_id": tenant},
	"keyvault": {"vaults": [{"_id": "/v", "_subject": "keyvault.vaults/v", "properties": properties}]},
}

found(node) := {
	"from": sprintf("%s/%s", [other, node]),
	"to": sprintf("%s/key//v", [tenant]),
	"state": "live",
	"evidence": ["keyvault.vaults/v"],
}

test_found if {
	want := {found(sprintf("tenant/%s", [other])), found("object/o")}
	vault_tenant.edge == want with input as of({"tenantId": other, "accessPolicies": [{"objectId": "O"}]})
}

test_none[name] if {
	some name, id in {"our own": upper(tenant), "nobody's": null}
	count(vault_tenant.edge) == 0 with input as of({"tenantId": id, "accessPolicies": [{"objectId": "O"}]})
}
