package oscal

import (
	"slices"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// The roles that people and organizations have in a document.
const (
	roleAssessor = "assessor"
	roleClient   = "client"
	roleApprover = "exception-approver"
)

var roles = []role{
	{roleAssessor, "Assessor", "The organization that runs the assessment: the managed service provider."},
	{roleClient, "Client", "The organization whose tenant is assessed."},
	{roleApprover, "Exception approver", "A person who, by the fleet file, approved an exception."},
}

// people are the parties of every document: those who had a part in the run, each
// once. Who is to review the run is in the intent; until somebody has, no document
// names a reviewer.
type people struct {
	parties     []party
	responsible []responsibleParty

	msp, client string // uuids of the two organizations
	mspTenant   string
	reviewers   map[string]intent.Reviewer // of the fleet file, by name
	approvers   map[string]string          // name in an exception -> uuid of the party
}

func newPeople(in Input) people {
	msp := in.Intent.MSP
	p := people{mspTenant: msp.TenantID, approvers: map[string]string{}}
	p.msp = p.organization(msp.TenantID, msp.Name)
	p.client = p.organization(in.Set.TenantID, in.Intent.Client.Name)
	p.assign(roleAssessor, p.msp)
	p.assign(roleClient, p.client)

	p.reviewers = map[string]intent.Reviewer{}
	for _, r := range in.Intent.Reviewers {
		p.reviewers[r.Name] = r
	}

	for _, f := range in.Set.Findings {
		if f.Excepted != nil {
			p.assign(roleApprover, p.approver(f.Excepted.ApprovedBy))
		}
	}

	return p
}

// approver is the uuid of who approved an exception: a reviewer of the fleet file, or
// somebody of whom only the name is known. The MSP, if nobody is named.
func (p *people) approver(name string) string {
	if name == "" {
		return p.msp
	}
	if id, known := p.approvers[name]; known {
		return id
	}

	r, known := p.reviewers[name]
	if !known {
		r = intent.Reviewer{Name: name}
	}

	organization := p.msp
	if r.Org == "client" {
		organization = p.client
	}

	p.approvers[name] = p.person(r, organization)
	return p.approvers[name]
}

func (p *people) organization(tenant, name string) string {
	return p.add(party{
		UUID:  finding.UUID("party", tenant),
		Type:  "organization",
		Name:  value(name),
		Props: []property{prop("tenant-id", tenant)},
	})
}

func (p *people) person(r intent.Reviewer, organization string) string {
	person := party{
		UUID:     finding.UUID("party", p.mspTenant, r.Name),
		Type:     "person",
		Name:     value(r.Name),
		Emails:   emails(r.Email),
		MemberOf: []string{organization},
	}

	if r.Email != "" && person.Emails == nil { // one that OSCAL's schema refuses
		person.Props = append(person.Props, prop("email", r.Email))
	}
	if r.KeySHA256 != "" {
		person.Props = append(person.Props, prop("key-sha256", r.KeySHA256))
	}

	return p.add(person)
}

// add adds a party, unless it is there already, and returns its uuid.
func (p *people) add(next party) string {
	if !slices.ContainsFunc(p.parties, func(have party) bool { return have.UUID == next.UUID }) {
		p.parties = append(p.parties, next)
	}
	return next.UUID
}

// assign gives a party a role, unless it has it already.
func (p *people) assign(role, id string) {
	i := slices.IndexFunc(p.responsible, func(r responsibleParty) bool { return r.RoleID == role })
	if i < 0 {
		p.responsible = append(p.responsible, responsibleParty{role, []string{id}})
		return
	}
	if r := &p.responsible[i]; !slices.Contains(r.PartyUUIDs, id) {
		r.PartyUUIDs = append(r.PartyUUIDs, id)
	}
}
