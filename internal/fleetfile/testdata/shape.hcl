msp {
  name         = "Northwind"
  tenant_id    = "aaaaaaaa-0000-4000-8000-000000000001"
  domains      = ["northwind-msp.example"]
  machine_keys = ["6b1f000000000000000000000000000000000000000000000000000000000001"]
}

top = 1
fnce "eu" {}
fence "eu" {
  region = ["westeurope"]
}
client "fabrikam" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010"
  fencce    = fence.eu
  contract  = "2027-01-01"
  azure     = { none = true }
  params {
  }
  key {
    owner = "client"
  }
  keys {
    vault = []
  }
}
client "contoso" {
  domains = ["contoso.example"]
  azure {
  }
}
client "adatum" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000012"
  azure {
    subscriptions = ["dddddddd-0000-4000-8000-000000000002"]
    none          = true
  }
}
client "wingtip" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000013"
  azure "x" {
    subscriptions = []
  }
  azure {
    none = false
  }
}
defaults {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000014"
}
