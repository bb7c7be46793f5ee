package emulator

// peopleFlaws are those of the MSP's people: where they are who work in a client's tenant.
// Each has a relationship of its own, and a group of its own to which that gives roles.
var peopleFlaws = []flaw{
	{name: "a technician is abroad", area: partnerships, breaks: "RF-G-09", clients: "woodgrove",
		apply: func(s *site) { s.employ(object{"country": "JP"}, true) }},
	{name: "a technician uses services abroad", area: partnerships, breaks: "RF-G-09",
		clients: "trey-research",
		apply:   func(s *site) { s.employ(object{"usageLocation": "JP"}, true) }},
	{name: "nobody wrote down where a technician is", area: partnerships, breaks: "RF-G-09",
		clients: "adventure-works",
		apply:   func(s *site) { s.employ(object{"country": nil, "usageLocation": nil}, true) }},
	{name: "a technician abroad is in a group within a partner group", area: partnerships, breaks: "RF-G-09",
		clients: "woodgrove",
		apply: func(s *site) {
			inner := s.msp.addGroup("night shift "+s.Label, "Night shift", "security",
				[]string{s.technician(object{"country": "JP"})}, nil)
			outer := s.unlock(object{"isAssignableToRole": nil, "isManagementRestricted": true}, false)
			s.msp.addMembers(outer, "#microsoft.graph.group", []string{inner})
			s.peopleDeviate()
		}},
	{name: "a technician travels, as approved", area: partnerships, breaks: "RF-G-09",
		clients: "lucerne",
		apply: func(s *site) {
			s.employ(object{"country": "JP"}, true)
			s.except("travel", s.accessOf(s.flaw.name), "On site with a customer in Japan until the summer")
		}},
	{name: "a technician abroad is disabled", area: partnerships, clients: "contoso lucerne",
		apply: func(s *site) { s.employ(object{"country": "JP", "accountEnabled": false}, false) }},
	{name: "only where a technician uses services is known", area: partnerships,
		clients: "tailspin blue-yonder",
		apply:   func(s *site) { s.employ(object{"country": nil}, false) }},
}

// visitFlaws are of where the MSP's people sign in from, as the client's log of sign-ins has it.
var visitFlaws = []flaw{
	{name: "a technician signs in from abroad", area: policies, breaks: "RF-G-11",
		clients: "woodgrove trey-research",
		apply: func(s *site) {
			s.visit = cameFrom("JP")
			s.deviates(s.flaw.breaks, "entra.organization/"+s.ID)
		}},
	{name: "a technician signs in on a journey, as approved", area: policies, breaks: "RF-G-11",
		clients: "adventure-works",
		apply: func(s *site) {
			subject := "entra.organization/" + s.ID
			s.visit = cameFrom("US")
			s.deviates(s.flaw.breaks, subject)
			s.except("journey", subject, "A technician visits the office in Chicago until the summer")
		}},
	{name: "a technician does not get in from abroad", area: policies, clients: "contoso lucerne",
		apply: func(s *site) {
			s.visit = with(cameFrom("JP"), object{"status": object{"errorCode": 53003,
				"failureReason":     "Access has been blocked by Conditional Access policies.",
				"additionalDetails": nil}})
		}},
	{name: "a guest signs in from abroad", area: policies, clients: "fabrikam tailspin",
		apply: func(s *site) {
			s.visit = with(cameFrom("JP"), object{"crossTenantAccessType": "b2bCollaboration",
				"userType": "guest"})
		}},
}

// cameFrom is where a sign-in came from.
func cameFrom(country string) object {
	return object{"location": object{"city": "", "state": "", "countryOrRegion": country,
		"geoCoordinates": object{"altitude": nil, "latitude": nil, "longitude": nil}}}
}

// technician is somebody more who works for the MSP; properties are where they are.
func (s *site) technician(properties object) string {
	id := guid(s.seed, "msp#", "technician of", s.Label, s.flaw.name)
	return s.msp.addUser(with(s.msp.user(id, "Kim Technician", id[:8]+"@"+s.msp.Domain), properties))
}

// employ lets a technician activate their membership in a partner group of the client's.
func (s *site) employ(properties object, deviates bool) {
	s.msp.putGroupEligibility(s.unlock(nil, false), s.technician(properties))
	if deviates {
		s.peopleDeviate()
	}
}

func (s *site) peopleDeviate() { s.msp.deviates(s.flaw.breaks, s.accessOf(s.flaw.name)) }

// accessOf is the subject of the access assignment of the client's relationship with a key.
func (s *site) accessOf(key string) string {
	return "gdap.access_assignments/" + s.relationshipID(key) + "/" + s.guid("access assignment", key)
}
