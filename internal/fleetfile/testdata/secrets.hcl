msp {
  name         = "Northwind"
  tenant_id    = "aaaaaaaa-0000-4000-8000-000000000001"
  domains      = ["northwind-msp.example"]
  machine_keys = ["6b1f000000000000000000000000000000000000000000000000000000000001"]
}

client "a" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010"
  graph {
    app_id     = "11111111-0000-4000-8000-000000000010"
    credential = "hunter2~SECRET~value"
  }
}
client "b" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000011"
  graph {
    app_id     = "11111111-0000-4000-8000-000000000010"
    credentail = "hunter2~SECRET~value"
    passphrase = "hunter2~SECRET~value"
    pin        = "hunter2~SECRET~value"
  }
  client_secret = "hunter2~SECRET~value"
}
client "c" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000012"
  graph {
    credential = <<EOT
hunter2~SECRET~value
EOT
  }
}
client "d" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000013"
  graph {
    credential = hunter2SECRETvalue
  }
}
client "e" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000014"
  graph {
    credential = "env:hunter2~SECRET~value"
  }
}
client "f" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000015"
  graph {
    credential = "env:F_SECRET"
  }
}
client "g" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000016"
  graph {
    credential = ["hunter2~SECRET~value"]
  }
}
