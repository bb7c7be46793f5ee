package emulator

import "fmt"

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
			stores := "/arm" + s.sub.path("/providers/Microsoft.KeyVault/")
			for _, vault := range s.at(stores + "vaults") {
				s.Tenant.plant("RF-K-01", "keyvault.vaults", vault)
			}
			for _, hsm := range s.at(stores + "managedHSMs") {
				s.Tenant.plant("RF-K-01", "keyvault.managed_hsms", hsm)
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
	{name: "nobody looked where the data of Exchange are", area: policies, clients: "adventure-works",
		apply: func(s *site) { s.seen = map[string]sighting{"exchange": {}} }},
	{name: "nobody looked lately where the data of SharePoint are", area: policies, clients: "lucerne",
		apply: func(s *site) { s.seen = map[string]sighting{"sharepoint": {"JPN", "2024-01-01"}} }},
}

// emergencyFlaws are about the accounts by which a client gets into its own tenant.
var emergencyFlaws = []flaw{
	{name: "two sound emergency accounts", area: roles, clients: "contoso",
		apply: func(s *site) { s.addEmergencyAccounts() }},
	{name: "an emergency account is disabled", area: roles, breaks: "RF-P-04", clients: "trey-research",
		apply: func(s *site) { s.spoil("accountEnabled", false) }},
	{name: "an emergency account comes from on-premises", area: roles, breaks: "RF-P-04",
		clients: "fabrikam",
		apply:   func(s *site) { s.spoil("onPremisesSyncEnabled", true) }},
	{name: "an emergency account is recovered by the MSP", area: roles, breaks: "RF-P-04",
		clients: "woodgrove",
		apply: func(s *site) {
			s.spoil("otherMails", []any{"soc@" + s.msp.Domain})
		}},
	{name: "there are too many Global Administrators", area: roles, breaks: "RF-P-04",
		clients: "trey-research",
		apply: func(s *site) {
			s.addEmergencyAccounts()
			for i := range 3 { // of their own: whoever else has a role would deviate by it, too
				name := fmt.Sprintf("administrator-%d", i+1)
				u := s.user(s.guid("user", name), name, name+"@"+s.Domain)
				s.hold(s.addUser(u), "Global Administrator", "")
			}
			for i := range s.dir.holdings {
				if s.dir.holdings[i].breaks == s.flaw.breaks {
					s.dir.holdings[i].breaks = "" // what deviates is the tenant
				}
			}
			s.plant("entra.organization", s.organization())
		}},
}

// addEmergencyAccounts makes two, unless there are some, and returns the second one.
func (s *site) addEmergencyAccounts() object {
	second := s.guid("user", "emergency 2")
	if user, isThere := s.dir.byID[second]; isThere {
		return user
	}

	ids := []string{s.guid("user", "emergency 1"), second}
	for i, id := range ids {
		name := fmt.Sprintf("emergency-%d", i+1)
		s.addUser(s.user(id, name, name+"@"+s.initialDomain()))
		s.dir.hold(id, "Global Administrator")
	}
	s.promise("break_glass = " + quoteList(ids))

	return s.dir.byID[second]
}

// spoil changes a property of the second emergency account, so that one is left.
func (s *site) spoil(property string, value any) {
	s.addEmergencyAccounts()[property] = value
	s.plant("entra.organization", s.organization())
}
