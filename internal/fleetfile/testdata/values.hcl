msp {
  name         = "Northwind"
  tenant_id    = "aaaaaaaa-0000-4000-8000-000000000001"
  domains      = ["northwind-msp.example"]
  machine_keys = ["6b1f000000000000000000000000000000000000000000000000000000000001"]
}

fence "eu" {
  regions     = ["westeurope", "West/Europe"]
  geographies = ["Europe"]
  countries   = ["DEU"]
}
reviewer "lead" {
  email      = "not an address"
  org        = "clients"
  key_sha256 = "a0c4"
}
partner "p" {
  tenant_id = "cccccccc-0000-4000-8000"
  allow     = ["b2b", "direct"]
}
client "fabrikam" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010x"
  domains   = ["fabrikam.example", "not a domain", 5]
  state     = "lives"
  cell      = "Banking"
  max_age   = "1 day"
  cloud     = "gov"
  azure {
    subscriptions = ["dddddddd"]
  }
  keys {
    owner   = "nobody"
    vaults  = ["/subscriptions/dddddddd-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/x"]
    max_age = "0d"
  }
}
exception "x" {
  control     = "RF-T-07"
  client      = client.fabrikam
  kind        = "gap"
  reason      = ""
  approved_by = reviewer.lead
  expires     = "2027-02-30"
}
gate "attest" {
  level = "L2"
}
gate "open_ticket" {
  level = "L4"
}
cloud_unsafe "lab" {
  graph     = "http://127.0.0.1:8443/graph"
  arm       = "https://user:pw@127.0.0.1/arm"
  authority = "login"
}
wall "w" {
  cells = ["banking"]
}
client "escape" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000020"
  params    = { "RF-T-08" = { note = "\u001b[31m", notes = ["\u0007"], "\u001b" = 1 } }
}
exception "escape" {
  control     = "RF-T-07"
  client      = client.escape
  reason      = "\u001b[31mred"
  approved_by = reviewer.lead
  expires     = "2027-01-31"
}
