package emulator

import "fmt"

// termFlaws are those of what the client and the MSP agreed about delegated administration:
// how long, and which roles.
var termFlaws = []flaw{
	{name: "a relationship is longer than agreed", area: partnerships, breaks: "RF-M-03", clients: "fabrikam",
		apply: func(s *site) { s.sign(relationship{roles: serviceDesk, duration: "P730D"}, "RF-M-03") }},
	{name: "a relationship extends itself", area: partnerships, breaks: "RF-M-03", clients: "adventure-works",
		apply: func(s *site) { s.sign(relationship{roles: serviceDesk, extends: "P180D"}, "RF-M-03") }},
	{name: "a relationship lapses without a successor", area: partnerships, breaks: "RF-M-03",
		clients: "trey-research",
		apply: func(s *site) {
			s.sign(relationship{roles: []string{"Reports Reader"}, lapses: true}, "RF-M-03")
		}},
	{name: "a relationship that lapses has a successor", area: partnerships, clients: "contoso lucerne",
		apply: func(s *site) { s.sign(relationship{roles: serviceDesk[:1], lapses: true}) }},
	{name: "a relationship extends itself as agreed", area: partnerships, clients: "tailspin blue-yonder",
		apply: func(s *site) {
			s.promise(fmt.Sprintf(gdapForm, "true"))
			s.sign(relationship{roles: serviceDesk, extends: "P180D"})
		}},
	{name: "a group holds a role that was not agreed", area: partnerships, breaks: "RF-M-04",
		clients: "fabrikam woodgrove",
		apply: func(s *site) {
			s.accessDeviates(s.sign(relationship{roles: []string{"Application Administrator"}}))
		}},
	{name: "giving roles to a group failed", area: partnerships, breaks: "RF-M-04", clients: "woodgrove",
		apply: func(s *site) {
			s.accessDeviates(s.sign(relationship{roles: serviceDesk, access: "error"}))
		}},
	{name: "a role that was not agreed, and is over", area: partnerships,
		clients: "contoso lucerne",
		apply: func(s *site) {
			s.sign(relationship{roles: []string{"Application Administrator"}, status: "terminated"})
		}},
}

// onboarding is the state of a client before the gate.
const onboarding = "onboarding"

// gateFlaws are those of what the MSP may do before the gate, and of the gate itself. All that
// the MSP may do elsewhere is too much before the gate.
var gateFlaws = []flaw{
	{name: "the MSP can write before the gate", area: partnerships, breaks: "RF-P-03", clients: "woodgrove",
		apply: func(s *site) { s.state = onboarding }},
	{name: "nobody attested the preflight", area: partnerships, breaks: "RF-P-02",
		clients: "fabrikam trey-research",
		apply: func(s *site) {
			s.promise(`gate = "attested"`)
			s.deviates(s.flaw.breaks, "client/"+s.Label)
		}},
}

// sign adds a relationship with the client, which breaks some controls. Its key is that of
// the flaw.
func (s *site) sign(x relationship, breaks ...string) relationship {
	x.key, x.name = s.flaw.name, s.Label+" - further"
	if x.status == "" {
		x.status = "active"
	}

	s.partner.further = append(s.partner.further, furtherRelationship{x, [2]int{2025, 2025}})
	for _, control := range breaks {
		s.deviates(control, "gdap.relationships/"+s.relationshipID(x.key))
	}

	s.msp.putPartnerGroup(guid(s.seed, "msp#", "group of", s.Label, s.flaw.name), "GDAP "+s.Label, nil)
	s.partner.further[len(s.partner.further)-1].group = guid(s.seed, "msp#", "group of", s.Label, s.flaw.name)
	return x
}

// accessDeviates: what the relationship gives to its group breaks RF-M-04.
func (s *site) accessDeviates(x relationship) {
	s.deviates("RF-M-04", "gdap.access_assignments/"+s.relationshipID(x.key)+"/"+
		s.guid("access assignment", x.key))
}

// gdapForm is the promise about delegated administration. Whether a relationship may
// extend itself is left open.
var gdapForm = `gdap {
    roles        = ["Helpdesk Administrator", "Service Support Administrator", "Directory Readers",
      "User Administrator", "Exchange Administrator", "Intune Administrator", "Security Reader", "Reports Reader"]
    max_duration = "P365D"
    auto_extend  = %s
  }`
