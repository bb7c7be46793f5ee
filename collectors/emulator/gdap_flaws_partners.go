package emulator

// partnerFlaws are those of whom the client's directory shows that it is no object of it:
// partners' principals with directory roles.
var partnerFlaws = []flaw{
	{name: "legacy delegated access remains", area: roles, breaks: "RF-M-06", clients: "woodgrove trey-research",
		apply: func(s *site) {
			s.foreignHolding(guid(s.seed, "msp#", "admin agents"), "Global Administrator", mspID(s.seed))
			s.foreignHolding(guid(s.seed, "msp#", "helpdesk agents"), "Helpdesk Administrator", mspID(s.seed))
			s.deviates(s.flaw.breaks, "entra.contracts/"+guid(s.seed, "contract", s.ID))
		}},
	{name: "an object that nobody knows holds a role", area: roles, breaks: "RF-M-05",
		clients: "woodgrove trey-research",
		apply:   func(s *site) { s.foreignHolding(s.guid("unknown holder"), "Reports Reader", "") }},
	{name: "a deleted user still holds a role", area: roles, clients: "lucerne proseware",
		apply: func(s *site) { s.dir.hold(s.dir.deleted, "Reports Reader") }},
	{name: "a declared distributor holds a role", area: roles, clients: "contoso blue-yonder",
		apply: func(s *site) {
			distributor := vendorID(s.seed)
			s.promise(`service_providers = [msp.tenant_id, ` + quote(distributor) + `]`)
			s.dir.holdings = append(s.dir.holdings, holding{principal: s.guid("distributor's group"),
				role: roleID("Service Support Administrator"), home: distributor})
		}},
}

// foreignHolding is a role of a principal that is no object of the directory, and that
// breaks RF-M-05; home is the tenant that the answer names, "" for none.
func (s *site) foreignHolding(principal, role, home string) {
	h := holding{principal: principal, role: roleID(role), home: home}
	s.dir.holdings = append(s.dir.holdings, h)
	s.deviates("RF-M-05", "entra.role_assignments/"+h.id())
}

// promise adds a line to the client's block of the fleet file.
func (t *Tenant) promise(line string) { t.promises = append(t.promises, line) }
