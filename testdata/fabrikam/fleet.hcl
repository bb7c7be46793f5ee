# What one client was promised. testdata/README.md says what is wrong in its tenant.
msp {
  name      = "Northwind Managed Services"
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000001"
  domains   = ["northwind-msp.example"]
}

fence "eu" {
  regions     = ["westeurope", "northeurope", "swedencentral", "francecentral"]
  geographies = ["EUR", "FRA", "SWE"]
  countries   = ["NL", "IE", "SE", "FR"]
}

reviewer "security-lead" {
  email      = "security-lead@northwind-msp.example"
  org        = "msp"
  key_sha256 = "a0c4000000000000000000000000000000000000000000000000000000000000"
}

client "fabrikam" {
  tenant_id         = "aaaaaaaa-0000-4000-8000-000000000010"
  domains           = ["fabrikam.example"]
  state             = "live"
  fence             = fence.eu
  service_providers = [msp.tenant_id]
  responsible       = [reviewer.security-lead]

  azure {
    subscriptions = ["dddddddd-0000-4000-8000-000000000001"]
  }
}
