package emulator

import "ringfence/collectors/snapshot"

// answerFlaws are of tenants whose services do not answer as they should. What is planted is
// a dataset's account of itself, since no document is wrong.
var answerFlaws = []flaw{
	{name: "the last page of consents leads to itself", area: policies, breaks: "RF-E-02", clients: "wingtip lucerne",
		apply: func(s *site) { s.answers(Fault{Dataset: "entra.oauth2_grants", Kind: "loop"}) }},
	{name: "named locations come from a cache, two days old", area: policies, breaks: "RF-E-03",
		clients: "wingtip lucerne",
		apply:   func(s *site) { s.answers(Fault{Dataset: "entra.named_locations", Kind: "cached", Value: "48h"}) }},
	{name: "named locations come from a cache, an hour old", area: policies, clients: "fabrikam",
		apply: func(s *site) { s.answers(Fault{Dataset: "entra.named_locations", Kind: "cached", Value: "1h"}) }},
	{name: "a licence is missed that the tenant has", area: policies, breaks: "RF-P-06", clients: "wingtip lucerne",
		apply: func(s *site) { s.answers(Fault{Dataset: "entra.sign_ins", Kind: "unlicensed"}) }},
}

// answers makes the tenant answer so for a dataset, each time.
func (s *site) answers(f Fault) {
	s.Tenant.faults = append(s.Tenant.faults, f)
	if s.flaw.breaks != "" {
		s.deviates(s.flaw.breaks, snapshot.AccountSubject(f.Dataset))
	}
}
