# A pack in the form of CISA's ScubaGear. For the real one, change dir and products:
# docs/foreign-packs.md.
pack "baseline" {
  kind     = "scuba"
  title    = "Example baseline"
  source   = "examples/packs of ringfence"
  licence  = "same as ringfence"
  dir      = "baseline"
  products = ["mail", "meet"]
  severity = { shall = "critical" }
}
