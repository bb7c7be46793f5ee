client "fabrikam" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000011"
}
defaults {
  state = "onboarding"
}
client "contoso" {
  tenant_id = "aaaaaaaa-0000-4000-8000-000000000010"
}
