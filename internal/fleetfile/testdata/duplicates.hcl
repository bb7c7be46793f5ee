msp {
  name         = "Northwind"
  tenant_id    = "aaaaaaaa-0000-4000-8000-000000000001"
  domains      = ["northwind-msp.example"]
  machine_keys = ["6b1f000000000000000000000000000000000000000000000000000000000001"]
}

reviewer "machine" {
  email      = "a@northwind-msp.example"
  org        = "msp"
  key_sha256 = "6B1F000000000000000000000000000000000000000000000000000000000001"
}
reviewer "one" {
  email      = "b@northwind-msp.example"
  org        = "msp"
  key_sha256 = "a0c4000000000000000000000000000000000000000000000000000000000002"
}
reviewer "two" {
  email      = "c@northwind-msp.example"
  org        = "msp"
  key_sha256 = "a0c4000000000000000000000000000000000000000000000000000000000002"
}
client "fabrikam" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010"
  domains   = ["fabrikam.example", "shared.example"]
  azure {
    subscriptions = ["dddddddd-0000-4000-8000-000000000001"]
  }
  keys {
    vaults = ["/subscriptions/dddddddd-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"]
  }
}
client "contoso" {
  tenant_id = "AAAAAAAA-0000-4000-8000-000000000010"
  domains   = ["contoso.example", "Shared.example", "northwind-msp.example"]
  azure {
    subscriptions = ["DDDDDDDD-0000-4000-8000-000000000001"]
  }
  keys {
    vaults = ["/subscriptions/dddddddd-0000-4000-8000-000000000001/resourcegroups/RG/providers/microsoft.keyvault/vaults/KV"]
  }
}
client "adatum" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000001"
}
client "fabrikam" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000012"
}
client "fleet" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000013"
}
client "Big Corp" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000014"
}
client {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000015"
}
msp {
  name = "Another"
}
