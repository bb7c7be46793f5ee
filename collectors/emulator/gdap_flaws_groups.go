package emulator

// groupFlaws are those of the MSP's groups by which its people work in clients' tenants.
// Each is of a group of its own, to which a relationship with the client gives roles. (There
// is none that comes from an on-premises directory: of such a group Microsoft shows no
// owners, which leaves every other one undetermined, too.)
var groupFlaws = []flaw{
	{name: "whoever manages groups can enter a partner group", area: partnerships, breaks: "RF-M-11",
		clients: "woodgrove",
		apply:   func(s *site) { s.unlock(object{"isAssignableToRole": nil}, true) }},
	{name: "a partner group has a rule", area: partnerships, breaks: "RF-M-11",
		clients: "trey-research",
		apply: func(s *site) {
			s.unlock(with(groupKinds["dynamic"], object{"isAssignableToRole": nil,
				"isManagementRestricted": true}), true)
		}},
	{name: "a partner group has an owner", area: partnerships, breaks: "RF-M-11",
		clients: "adventure-works",
		apply: func(s *site) {
			s.msp.putDirectoryObjects("/graph/groups/"+s.unlock(nil, true)+"/owners", "#microsoft.graph.user",
				s.msp.dir.members[4:5])
		}},
	{name: "somebody is in a partner group for good", area: partnerships, breaks: "RF-M-11",
		clients: "woodgrove",
		apply: func(s *site) {
			s.msp.addMembers(s.unlock(nil, true), "#microsoft.graph.user", s.msp.dir.members[5:6])
		}},
	{name: "a partner group is not there", area: partnerships, breaks: "RF-M-11",
		clients: "trey-research",
		apply: func(s *site) {
			x := s.unlocks(guid(s.seed, "msp#", "no group of", s.Label))
			s.msp.deviates(s.flaw.breaks, "gdap.access_assignments/"+s.relationshipID(x.key)+"/"+
				s.guid("access assignment", x.key))
		}},
	{name: "a partner group is in a restricted unit", area: partnerships,
		clients: "contoso lucerne",
		apply: func(s *site) {
			s.unlock(object{"isAssignableToRole": nil, "isManagementRestricted": true}, false)
		}},
	{name: "somebody has activated a partner group", area: partnerships, clients: "contoso tailspin",
		apply: func(s *site) {
			s.msp.addMembers(s.unlock(nil, false), "#microsoft.graph.user", s.msp.dir.members[:1])
		}},
}

// unlock adds a relationship with the client, and the group of the MSP to which it gives
// its roles. It returns the group's id.
func (s *site) unlock(properties object, deviates bool) string {
	id := guid(s.seed, "msp#", "group of", s.Label, s.flaw.name)
	s.msp.putPartnerGroup(id, "GDAP "+s.Label, properties)
	s.unlocks(id)
	if deviates {
		s.msp.deviates(s.flaw.breaks, "entra.groups/"+id)
	}
	return id
}

// unlocks adds a relationship that gives roles to a group.
func (s *site) unlocks(group string) relationship {
	x := relationship{key: s.flaw.name, name: s.Label + " - night shift", status: "active", roles: serviceDesk,
		group: group}
	s.partner.further = append(s.partner.further, furtherRelationship{x, [2]int{2025, 2025}})
	return x
}

// relationshipID is the id of the client's relationship with a key.
func (t *Tenant) relationshipID(key string) string {
	return t.guid("relationship", key) + "-" + t.guid("relationship's second half", key)
}
