package emulator

import "fmt"

// leftFlaws are those of clients that have left the MSP: each is a subsidiary of the client
// that has the flaw. The fleet file knows it as off-boarded, its tenant lets nobody in any
// more, and what remains of it is in the MSP's own tenant.
var leftFlaws = []flaw{
	{name: "a relationship with one that left", area: partnerships, breaks: "RF-P-05", clients: "fabrikam",
		apply: func(s *site) { s.part("leasing", longAgo).relateTo("active") }},
	{name: "a relationship with one that left is ending", area: partnerships, breaks: "RF-P-05",
		clients: "woodgrove",
		apply:   func(s *site) { s.part("retail", longAgo).relateTo("terminationRequested") }},
	{name: "an application of one that left", area: partnerships, breaks: "RF-P-05", clients: "trey-research",
		apply: func(s *site) {
			left := s.part("foods", longAgo)
			s.msp.addApplication(s.msp.guid("left behind by", left.Label), left.AppID, "Invoices", left.ID)
		}},
	{name: "a guest of one that left, by legal hold", area: partnerships, breaks: "RF-P-05",
		clients: "adventure-works",
		apply: func(s *site) {
			left := s.part("travel", longAgo)
			guest := s.msp.external(s.msp.guid("left behind by", left.Label), "ada", left.Domain, "ExternalAzureAD")
			s.msp.addUser(with(guest, object{"userType": "Guest"}))
			left.exceptions = append(left.exceptions, exception{left.Label + "-hold", s.flaw.breaks,
				"client/" + left.Label, "Legal hold: the guest is a witness of the handover"})
		}},
	{name: "the MSP governs one that left", area: partnerships, breaks: "RF-P-05", clients: "woodgrove",
		apply: func(s *site) {
			left := s.part("media", longAgo)
			s.msp.put(governancePath+"/governanceRelationships", with(
				left.governedBy(s.msp.ID, s.msp.Name, "service desk"), object{
					"id": left.guid("governance"), "createdType": "approvedByAdmin", "status": "active",
					"creationDateTime": "2025-02-03T04:05:06.2019694Z"}))
		}},
	{name: "one that left is released", area: partnerships, clients: "contoso",
		apply: func(s *site) { s.part("yachts", longAgo).relateTo("terminated") }},
	{name: "one that is leaving", area: partnerships, clients: "lucerne",
		apply: func(s *site) { s.part("wines", afterAllDemos).relateTo("active") }},
}

// The last days of contracts.
const (
	longAgo       = "2026-03-31"
	afterAllDemos = "2929-12-31"
)

// part makes a subsidiary of the client that has left the MSP.
func (s *site) part(name, end string) *Tenant {
	left := newTenant(s.seed, name+"-of-"+s.Label)
	left.msp, left.ends = s.msp, end
	s.msp.left = append(s.msp.left, left)
	if s.flaw.breaks != "" {
		s.msp.deviates(s.flaw.breaks, "client/"+left.Label)
	}
	return left
}

// relateTo lists one relationship of a client that has left.
func (t *Tenant) relateTo(status string) {
	x := relationship{key: "service desk", name: t.Label + " - service desk", status: status,
		created: "2025-02-03T04:05:06", roles: serviceDesk}
	t.addRelationship(t.msp, t.rand("relationship ids"), x)
}

// leftForm is a client of the fleet file that has left: label, tenant, domain, last day.
const leftForm = `client %s {
  tenant_id = %s
  domains   = [%s]
  state     = "offboarded"
  contract {
    start = "2023-01-01"
    end   = %s
    grace = "30d"
  }
}
`

// leftHCL are the clients that have left the MSP, in the fleet file.
func (w *World) leftHCL() (text string) {
	for _, t := range w.MSP.left {
		text += fmt.Sprintf(leftForm, quote(t.Label), quote(t.ID), quote(t.Domain), quote(t.ends))
		text += t.exceptionsHCL()
	}
	return text
}
