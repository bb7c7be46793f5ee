client "fabrikam" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010"
  fence     = fence.eu
}
fence "eu" {
  regions = ["westeurope"]
}
