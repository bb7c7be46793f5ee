client "b" { tenant_id = "x" domains = [] }
client "c" {
  tenant_id = 
  domains = [
}
client "d" {
  a = 1
  a = 2
}
