package ringfence.facts.decrypt_test

import data.ringfence.facts.decrypt

tenant := "a0000000-0000-4000-8000-000000000001"

link(dataset, role) := {
	"value": "kv.vault.azure.net",
	"subject": sprintf("%s/1", [dataset]),
	"role": role,
	"node": sprintf("%s/key//1", [tenant]),
	"state": "live",
}

document(dataset, properties) := {"_id": "/1", "_scope": "s", "_subject": sprintf("%s/1", [dataset]), "properties": properties}

address := "https://KV.vault.azure.net:443/keys/k/1"

subscriptions(owner) := {"azure": {"subscriptions": [{"_id": "s", "tenantId": owner}]}}

of(area, name, properties) := object.union(subscriptions(upper(tenant)), {
	"client": {"tenant_id": tenant},
	area: {name: [document(sprintf("%s.%s", [area, name]), properties)]},
})

test_found[dataset] if {
	some dataset, c in {
		"keyvault.vaults": [{"vaultUri": "https://kv.vault.azure.net/"}, "controls"],
		"keyvault.managed_hsms": [{"hsmUri": "https://kv.vault.azure.net/"}, "controls"],
		"azure.disk_encryption_sets": [{"activeKey": {"keyUrl": address}}, "controlled"],
		"azure.storage_accounts": [{"encryption": {"keyvaultproperties": {"keyvaulturi": address}}}, "controlled"],
		"azure.sql_encryption_protectors": [{"uri": address}, "controlled"],
	}
	[area, name] := split(dataset, ".")
	decrypt.link == {link(dataset, c[1])} with input as of(area, name, c[0])
}

test_delegated[name] if {
	some name, property in {"vaults": "vaultUri", "managed_hsms": "hsmUri"}
	w := of("keyvault", name, {property: "https://kv.vault.azure.net/"})
	delegated := object.union(w, subscriptions("b0000000-0000-4000-8000-000000000002"))
	count(decrypt.link) == 0 with input as delegated
}

test_none[name] if {
	some name, value in {"Microsoft's key": null, "no address": "kv", "no host": "https:///keys"}
	count(decrypt.link) == 0 with input as of("azure", "sql_encryption_protectors", {"uri": value})
}
