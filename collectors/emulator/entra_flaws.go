package emulator

import "strings"

// Names of flaws that clients without a story draw by themselves.
const (
	everyoneInvites = "everybody may invite guests"
	membersInvite   = "all members may invite guests"
	anyoneJoins     = "whoever has a mail address of the domain may join"
)

// entraFlaws are those of the directory.
var entraFlaws = []flaw{
	// Who comes in.
	{name: everyoneInvites, area: policies, breaks: "RF-T-08", clients: "fabrikam woodgrove",
		apply: func(s *site) { s.authorize("allowInvitesFrom", "everyone") }},
	{name: membersInvite, area: policies, breaks: "RF-T-08", clients: "wingtip",
		apply: func(s *site) { s.authorize("allowInvitesFrom", "adminsGuestInvitersAndAllMembers") }},
	{name: anyoneJoins, area: policies, breaks: "RF-T-08", clients: "adventure-works woodgrove",
		apply: func(s *site) { s.authorize("allowEmailVerifiedUsersToJoinOrganization", true) }},
	{name: "nobody may invite guests", area: policies, clients: "litware lucerne",
		apply: func(s *site) { s.authorize("allowInvitesFrom", "none") }},
	{name: "inbound collaboration is open, as shipped", area: policies, breaks: "RF-T-01",
		clients: "fabrikam", odds: odds{1, 12},
		apply: func(s *site) { s.openInbound()["isServiceDefault"] = true }},
	{name: "inbound collaboration is open, settings were changed", area: policies, breaks: "RF-T-01",
		clients: "trey-research", odds: odds{2, 12},
		apply: func(s *site) { s.openInbound() }},

	// Where the organization is.
	{name: "the directory's country is outside the fence", area: policies, breaks: "RF-G-01",
		clients: "fabrikam woodgrove", odds: odds{6, 12},
		apply: func(s *site) {
			s.Country = fenceOf(s.fence).foreign
			s.organization()["countryLetterCode"] = s.Country
			s.plant("entra.organization", s.organization())
		}},
	{name: "no country on record", area: policies, clients: "lucerne",
		apply: func(s *site) { s.organization()["countryLetterCode"] = nil }},

	// Which domains it has.
	{name: "a verified domain is nobody's declared one", area: policies, breaks: "RF-T-16",
		clients: "fabrikam trey-research", odds: odds{23, 12},
		apply: func(s *site) {
			s.plant("entra.domains", s.addDomain(s.Label+"-trading.example", true))
		}},
	{name: "a domain is not verified", area: policies, clients: "contoso tailspin",
		apply: func(s *site) { s.addDomain("former-"+s.Domain, false) }},
	{name: "a verified domain lies below the declared one", area: policies, clients: "contoso litware",
		apply: func(s *site) { s.addDomain("mail."+s.Domain, true) }},

	// Who holds a role.
	{name: "a guest holds a role", area: roles, breaks: "RF-T-11", clients: "fabrikam", odds: odds{3, 12},
		apply: func(s *site) { s.hold(s.dir.guests[0], "Application Administrator", "") }},
	{name: "another organization's application holds a role", area: roles, breaks: "RF-T-11",
		clients: "woodgrove", odds: odds{4, 12},
		apply: func(s *site) { s.hold(s.dir.foreignApp, "Application Administrator", "") }},
	{name: "a member synchronised from another tenant holds a role", area: roles, breaks: "RF-T-11",
		clients: "trey-research",
		apply:   func(s *site) { s.hold(s.someoneSynced(), "Exchange Administrator", "") }},
	{name: "a principal of an undeclared partner holds a role", area: roles, breaks: "RF-T-11",
		clients: "woodgrove",
		apply: func(s *site) {
			s.hold(s.guid("stranger"), "Global Reader", s.undeclared())
			s.deviates("RF-M-05", "entra.role_assignments/"+s.dir.holdings[len(s.dir.holdings)-1].id())
		}},
	{name: "a guest is in a group that holds a role", area: roles, breaks: "RF-T-11",
		clients: "trey-research",
		apply: func(s *site) {
			s.addMembers(s.dir.roleGroup, "#microsoft.graph.user", s.dir.guests[:1])
			s.roleGroupDeviates()
			s.serviceRolesDeviate()
		}},
	{name: "a guest is eligible for a role", area: roles, breaks: "RF-T-11", clients: "trey-research",
		apply: func(s *site) {
			h := holding{s.dir.guests[0], roleID("Privileged Role Administrator"), "", s.flaw.breaks}
			s.dir.eligible = append(s.dir.eligible, h)
		}},
	{name: "a guest is eligible for a group that holds a role", area: roles, breaks: "RF-T-11",
		clients: "trey-research",
		apply: func(s *site) {
			s.dir.eligibleForGroup = append(s.dir.eligibleForGroup, s.dir.guests[0])
			if s.licensed(planP2) {
				s.roleGroupDeviates()
			}
		}},
}

func (s *site) organization() object { return s.at("/graph/organization")[0] }

// addDomain gives the tenant one more domain, which is among those of the
// organization if it is verified.
func (s *site) addDomain(name string, verified bool) object {
	isBelow := strings.HasSuffix(name, "."+s.Domain)
	o := with(s.at("/graph/domains")[0], object{
		"id": name, "isDefault": false, "isVerified": verified, "isRoot": verified && !isBelow})
	if !isBelow {
		o["authenticationType"] = "Managed" // what lies below a federated domain is federated with it
	}
	s.put("/graph/domains", o)

	if verified {
		known := s.organization()["verifiedDomains"].([]any)
		s.organization()["verifiedDomains"] = append(known, domain(name, false, false))
	}

	return o
}

// authorize changes the authorization policy.
func (s *site) authorize(setting string, value any) {
	policy := s.at("/graph/policies/authorizationPolicy")[0]
	policy[setting] = value
	s.plant("entra.authorization_policy", policy)
}

// openInbound lets everybody in by the default settings, which it returns.
func (s *site) openInbound() object {
	settings := s.at("/graph/policies/crossTenantAccessPolicy/default")[0]
	settings["b2bCollaborationInbound"] = openToAll
	s.plant("entra.cross_tenant_default", settings)

	return settings
}

// hold gives a principal a role. home is the tenant of the principal, "" for this one.
func (s *site) hold(principal, role, home string) {
	s.dir.holdings = append(s.dir.holdings, holding{principal, roleID(role), home, s.flaw.breaks})
}

// roleGroupDeviates: what the group with a role holds deviates, by who is in it.
func (s *site) roleGroupDeviates() {
	for i, h := range s.dir.holdings {
		if h.principal == s.dir.roleGroup {
			s.dir.holdings[i].breaks = s.flaw.breaks
		}
	}
}

// someoneSynced is a user whom cross-tenant synchronization brought. Small
// tenants have none.
func (s *site) someoneSynced() string {
	if len(s.dir.synced) == 0 {
		s.addSynced(s.Tenant.rand("synced"))
	}
	return s.dir.synced[0]
}

// undeclared is a tenant that is nobody's declared service provider.
func (t *Tenant) undeclared() string { return t.guid("undeclared tenant") }
