package emulator

// gdapFlaws are those of the MSP's relationships with a client.
var gdapFlaws = []flaw{
	{name: "no active delegated admin relationship", area: partnerships, breaks: "RF-M-01",
		clients: "wingtip relecloud", odds: odds{22, 20},
		apply: func(s *site) {
			s.partner.ended = true
			s.msp.deviates(s.flaw.breaks, "client/"+s.Label)
		}},
	{name: "an active relationship carries Global Administrator", area: partnerships, breaks: "RF-M-02",
		clients: "adventure-works", odds: odds{5, 12},
		apply: func(s *site) {
			s.relate("emergency", "active", [2]int{2025, 2025}, "Global Administrator", "Security Reader")
			s.accessDeviates(relationship{key: "emergency"})
		}},
	{name: "an expiring relationship carries a privileged role", area: partnerships, breaks: "RF-M-02",
		clients: "woodgrove",
		apply: func(s *site) {
			s.relate("project", "expiring", [2]int{2024, 2024}, "Privileged Role Administrator")
			s.deviates("RF-M-03", "gdap.relationships/"+s.relationshipID("project"))
			s.accessDeviates(relationship{key: "project"})
		}},
	{name: "a terminated relationship carried Global Administrator", area: partnerships,
		clients: "fabrikam contoso",
		apply:   func(s *site) { s.partner.formerGlobal = true }},
}

// relate adds a relationship that was created between two years.
func (s *site) relate(key, status string, between [2]int, roles ...string) {
	x := relationship{key: key, name: s.Label + " - " + key, status: status, roles: roles,
		breaks: s.flaw.breaks}
	s.partner.further = append(s.partner.further, furtherRelationship{x, between})
}
