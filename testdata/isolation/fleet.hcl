# An MSP, three clients, and one that left. facts/ holds what was found in their tenants;
# internal/isolation/example_test.go says what, and writes it.
msp {
  name      = "Northwind Managed Services"
  tenant_id = "50000000-0000-4000-8000-000000000000"
  domains   = ["northwind-msp.example"]
  fleet_key = "fleet.key" # "ringfence fleet key" makes one
}

client "contoso" {
  tenant_id = "c0000000-0000-4000-8000-000000000001"
  domains   = ["contoso.example"]
  state     = "live"
  cell      = "health"
}

client "fabrikam" {
  tenant_id = "fab00000-0000-4000-8000-000000000002"
  domains   = ["fabrikam.example"]
  state     = "live"
  cell      = "trade"
}

client "adatum" {
  tenant_id = "ada00000-0000-4000-8000-000000000003"
  domains   = ["adatum.example"]
  state     = "onboarding"
  cell      = "health"
}

client "tailspin" {
  tenant_id = "7a100000-0000-4000-8000-000000000004"
  domains   = ["tailspin.example"]
  state     = "offboarded"

  contract {
    start = "2023-01-01"
    end   = "2026-10-31"
  }
}
