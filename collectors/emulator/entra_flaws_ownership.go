package emulator

// ownershipFlaws are about whose the tenant is, its domains and what lies in it.
var ownershipFlaws = []flaw{
	{name: "Azure names another tenant", area: delegations, breaks: "RF-E-01",
		clients: "trey-research woodgrove", odds: odds{104, 20},
		apply: func(s *site) {
			s.azureTenant = s.undeclared()
			s.deviates(s.flaw.breaks, "azure.tenants/"+s.azureTenant)
		}},
	{name: "a subscription is another tenant's", area: surroundings, breaks: "RF-E-01",
		clients: "adventure-works",
		apply: func(s *site) {
			o := s.at("/arm" + s.sub.path(""))[0]
			o["tenantId"] = s.undeclared()
			s.plant("azure.subscriptions", o)
			s.Tenant.plant("RF-M-07", "azure.subscriptions", o)
			for dataset, list := range map[string]string{"keyvault.vaults": "vaults", "keyvault.managed_hsms": "managedHSMs"} {
				for _, store := range s.at("/arm" + s.sub.path("/providers/Microsoft.KeyVault/"+list)) {
					s.Tenant.plant("RF-K-01", dataset, store)
				}
			}
		}},
	{name: "the caller is a guest in another tenant", area: delegations, clients: "contoso",
		apply: func(s *site) {
			s.put("/arm/tenants", object{
				"id": "/tenants/" + s.undeclared(), "tenantId": s.undeclared(), "countryCode": "US",
				"displayName": "Blue Ridge Hosting", "domains": []any{"blueridge.example"},
				"tenantCategory": "Home", "defaultDomain": "blueridge.example", "tenantType": "AAD",
			})
		}},
	{name: "the declared domain is another tenant's", area: policies, breaks: "RF-P-01",
		clients: "fabrikam trey-research", odds: odds{105, 20},
		apply: func(s *site) {
			s.domainOwner = s.undeclared()
			s.deviates(s.flaw.breaks, "entra.tenant_info/"+s.Domain+"/default")
		}},

	// What somebody saw of where data are.
	{name: "the data of Teams were seen outside the fence", area: policies, breaks: "RF-G-10",
		clients: "fabrikam woodgrove", odds: odds{106, 20},
		apply: func(s *site) {
			s.seen = map[string]sighting{"teams": {"JPN", "2026-10-01"}}
			s.deviates(s.flaw.breaks, "entra.subscribed_skus/teams")
		}},
	{name: "nobody looked where the data of Exchange are", area: policies, clients: "contoso",
		apply: func(s *site) { s.seen = map[string]sighting{"exchange": {}} }},
	{name: "nobody looked lately where the data of SharePoint are", area: policies, clients: "lucerne",
		apply: func(s *site) { s.seen = map[string]sighting{"sharepoint": {"JPN", "2024-01-01"}} }},
}
