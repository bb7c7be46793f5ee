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
