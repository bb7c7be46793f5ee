msp {
  name         = "Northwind"
  tenant_id    = "aaaaaaaa-0000-4000-8000-000000000001"
  domains      = ["northwind-msp.example"]
  machine_keys = ["6b1f000000000000000000000000000000000000000000000000000000000001"]
}

client "a" {
  tenant_id = env("TENANT")
  domains   = [for d in ["a"] : "${d}.example"]
  cell      = "cell-${msp.name}"
  state     = true ? "live" : "offboarded"
  fence     = file("fence")
  params    = {
    "RF-T-08" = { n = 1 + 1, f = 1.5, big = 9007199254740992, deep = { x = 1 }, mixed = ["a", 1], none = null, ok = -3 }
    "RF-T-08" = {}
    (msp.name) = {}
    "RF-T-09" = true
  }
}
