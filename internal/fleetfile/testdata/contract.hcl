msp {
  name         = "Northwind Managed Services"
  tenant_id    = "AAAAAAAA-0000-4000-8000-000000000001"
  domains      = ["northwind-msp.example"]
  machine_keys = ["6b1f000000000000000000000000000000000000000000000000000000000001"]
  graph {
    app_id     = "11111111-0000-4000-8000-000000000001"
    credential = "azidentity"
  }
}
fence "eu" {
  regions     = ["West Europe", "northeurope", "germanywestcentral", "germanynorth"] # ARM names
  geographies = ["EUR", "DEU"]
  countries   = ["DE", "IE", "NL"]
}
reviewer "security-lead" {
  email      = "security-lead@northwind-msp.example"
  org        = "msp"
  key_sha256 = "a0c4000000000000000000000000000000000000000000000000000000000002"
}
reviewer "client-ciso" {
  email      = "ciso@contoso.example"
  org        = "client"
  key_sha256 = "a0c4000000000000000000000000000000000000000000000000000000000003"
}
vendor "backup-co" {
  tenant_id = "bbbbbbbb-0000-4000-8000-000000000001"
  app_ids   = ["22222222-0000-4000-8000-000000000001"]
}
partner "tax-advisor" {
  tenant_id = "cccccccc-0000-4000-8000-000000000001"
  allow     = ["b2b"]
}
defaults {
  fence             = fence.eu
  service_providers = [msp.tenant_id]
  responsible       = [reviewer.security-lead]
  max_age           = "24h"
  keys {
    max_age = "730d"
  }
  params = {
    "RF-T-08" = { allow_members_to_invite = true, domains = ["b.example", "a.example"] }
  }
}
client "fabrikam" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010"
  domains   = ["Fabrikam.example"]
  state     = "live"
  cell      = "banking"
  partners  = [partner.tax-advisor]
  azure {
    subscriptions = ["DDDDDDDD-0000-4000-8000-000000000001"]
  }
  keys {
    owner   = "client"
    vaults  = ["/subscriptions/dddddddd-0000-4000-8000-000000000001/resourceGroups/rg-keys/providers/Microsoft.KeyVault/vaults/kv-fabrikam"]
    max_age = "365d"
  }
  graph {
    app_id     = "11111111-0000-4000-8000-000000000010"
    credential = "env:FABRIKAM_SECRET"
  }
  params = {
    "RF-T-08" = { allow_members_to_invite = false }
  }
}
client "contoso" {
  tenant_id   = "aaaaaaaa-0000-4000-8000-000000000011"
  domains     = ["contoso.example", "contoso.onmicrosoft.example"]
  state       = "onboarding"
  cloud       = cloud_unsafe.lab
  fence       = null # explicitly not promised
  cell        = "insurance"
  vendors     = [vendor.backup-co]
  responsible = [reviewer.client-ciso]
  azure {
    none = true
  }
  graph {
    app_id     = "11111111-0000-4000-8000-000000000011"
    credential = "file:secrets/contoso"
  }
}
wall "banks" {
  cells = ["banking", "insurance"]
}
exception "fabrikam-tax" {
  control     = "RF-T-07"
  client      = client.fabrikam
  subject     = "entra.cross_tenant_partners/cccccccc-0000-4000-8000-000000000001"
  kind        = "finding"
  reason      = "Tax advisor works in the client's SharePoint until the audit is closed"
  approved_by = reviewer.security-lead
  expires     = "2027-01-31"
}
gate "open_ticket" {
  level = "L2"
}
cloud_unsafe "lab" {
  graph     = "https://127.0.0.1:8443/graph"
  arm       = "https://127.0.0.1:8443/arm"
  authority = "https://127.0.0.1:8443/login/"
  ca_file   = "ca.pem"
}
