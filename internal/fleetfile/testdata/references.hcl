msp {
  name         = "Northwind"
  tenant_id    = "aaaaaaaa-0000-4000-8000-000000000001"
  domains      = ["northwind-msp.example"]
  machine_keys = ["6b1f000000000000000000000000000000000000000000000000000000000001"]
}

client "fabrikam" {
  tenant_id         = "aaaaaaaa-0000-4000-8000-000000000010"
  fence             = fence.ue
  responsible       = [reviewer.security-laed, "security-lead", fence.eu]
  partners          = partner.tax
  vendors           = [vendor.backup]
  service_providers = [msp.tenantid, msp.tenant_id]
  cloud             = cloud_unsafe.lab
  cell              = cell.banking
}
client "contoso" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000011"
  fence     = "eu"
}
exception "x" {
  control     = "RF-T-07"
  client      = client.fabricam
  reason      = "because"
  approved_by = client.fabrikam
  expires     = "2027-01-31"
}
fence "eu" {
}
reviewer "security-lead" {
  email      = "a@northwind-msp.example"
  org        = "msp"
  key_sha256 = "a0c4000000000000000000000000000000000000000000000000000000000002"
}
