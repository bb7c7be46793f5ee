# Rules as conftest runs them.
pack "rules" {
  kind      = "conftest"
  title     = "Example rules"
  source    = "examples/packs of ringfence"
  licence   = "same as ringfence"
  dir       = "rules"
  products  = ["main"]
  tenant_at = "tenant.id"
  read_at   = "tenant.read_at"
  optional  = ["sharing.note"]
}
