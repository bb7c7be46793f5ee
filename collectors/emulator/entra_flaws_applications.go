package emulator

import "encoding/base64"

// applicationFlaws are those of what the MSP's applications may do at a client, beside
// what their manifests in the fleet file say (see applicationsHCL).
var applicationFlaws = []flaw{
	{name: "the MSP's application holds more than its manifest", area: roles, breaks: "RF-M-10",
		clients: "woodgrove",
		apply: func(s *site) {
			s.assignRole(s.dir.providerApp, s.dir.firstParty[0], "Microsoft Graph", "Group.Read.All")
			s.plant("entra.service_principals", s.dir.byID[s.dir.providerApp])
		}},
	{name: "ringfence's application may write", area: roles, breaks: "RF-M-10", clients: "trey-research",
		apply: func(s *site) {
			id := s.addOurs(guid(s.seed, "msp#", "application"), "ringfence")
			s.assignRole(id, s.dir.firstParty[0], "Microsoft Graph", "User.Read.All")
			s.assignRole(id, s.dir.firstParty[0], "Microsoft Graph", "User.ReadWrite.All")
			s.plant("entra.service_principals", s.dir.byID[id])
		}},
	{name: "the MSP's application reads everybody's mail", area: roles, breaks: "RF-M-10",
		clients: "adventure-works",
		apply: func(s *site) {
			s.consent(s.dir.providerApp, "AllPrincipals", nil, "User.Read Mail.Read")
			s.plant("entra.service_principals", s.dir.byID[s.dir.providerApp])
		}},
	{name: "the MSP's application has no manifest", area: roles, breaks: "RF-M-10", clients: "fabrikam",
		apply: func(s *site) {
			id := s.addOurs(guid(s.seed, "msp#", "inventory app"), "Northwind Inventory")
			s.assignRole(id, s.dir.firstParty[0], "Microsoft Graph", "Device.Read.All")
			s.plant("entra.service_principals", s.dir.byID[id])
		}},

	{name: "ringfence's application holds what its manifest says", area: roles, clients: "contoso",
		apply: func(s *site) {
			id := s.addOurs(guid(s.seed, "msp#", "application"), "ringfence")
			s.assignRole(id, s.dir.firstParty[0], "Microsoft Graph", "User.Read.All")
			s.assignRole(id, s.dir.firstParty[0], "Microsoft Graph", "Directory.Read.All")
		}},
	{name: "the MSP's application holds a permission by its id", area: roles, clients: "lucerne",
		apply: func(s *site) {
			s.assignRole(s.dir.providerApp, s.dir.firstParty[0], "Microsoft Graph", "Organization.Read.All")
		}},
	{name: "one user lets the MSP's application read mail", area: roles, clients: "tailspin",
		apply: func(s *site) {
			s.consent(s.dir.providerApp, "Principal", s.dir.members[0], "Mail.Read")
		}},
	{name: "the MSP's application without a permission", area: roles, clients: "blue-yonder",
		apply: func(s *site) {
			id := s.addOurs(guid(s.seed, "msp#", "inventory app"), "Northwind Inventory")
			s.consent(id, "AllPrincipals", nil, "openid profile")
		}},
}

// addOurs adds an application of the MSP, and returns its object id.
func (s *site) addOurs(appID, name string) string {
	return s.addApplication(s.guid("application of the MSP", appID), appID, name, mspID(s.seed))
}

// consent lets an application act for everybody (user is nil) or for one user.
func (s *site) consent(client, kind string, user any, scope string) {
	id := append(guidBytes(client), guidBytes(s.guid("grant", s.flaw.name))...)
	s.put("/graph/oauth2PermissionGrants", object{
		"id": base64.RawURLEncoding.EncodeToString(id), "clientId": client, "consentType": kind,
		"principalId": user, "resourceId": s.dir.firstParty[0], "scope": scope,
	})
}
