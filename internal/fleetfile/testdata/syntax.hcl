client "a" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010"
  graph {
    credential = "hunter2~SECRET~value
  }
}
