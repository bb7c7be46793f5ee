package oscal

import (
	"strings"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// Roles of the people and organizations that a document names.
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

// people are the parties of every document, each once: those who had a part in
// the run. Who is to review it is in the intent; until somebody has, no document
// names a reviewer.
type people struct {
	parties   []party
	by        []responsibleParty
	known     map[string]intent.Reviewer
	approvers map[string]string // name in an exception -> party
	msp       string
	client    string
}

func newPeople(in Input) people {
	p := people{known: map[string]intent.Reviewer{}, approvers: map[string]string{}}
	p.msp = p.organization(in.Intent.MSP.TenantID, in.Intent.MSP.Name)
	p.client = p.organization(in.Set.TenantID, in.Intent.Client.Name)
	p.in(roleAssessor, p.msp)
	p.in(roleClient, p.client)

	for _, r := range in.Intent.Reviewers {
		p.known[r.Name] = r
	}

	for _, f := range in.Set.Findings {
		if f.Excepted != nil {
			p.in(roleApprover, p.approver(in.Intent.MSP.TenantID, f.Excepted.ApprovedBy))
		}
	}

	return p
}

// approver is the party of a name, also of one that the intent lacks.
func (p *people) approver(msp, name string) string {
	if name == "" {
		return p.msp
	}
	if id, have := p.approvers[name]; have {
		return id
	}

	r, ok := p.known[name]
	if !ok {
		r = intent.Reviewer{Name: name}
	}

	org := p.msp

	if r.Org == "client" {
		org = p.client
	}

	p.approvers[name] = p.person(msp, r, org)
	return p.approvers[name]
}

func (p *people) organization(tenant, name string) string {
	id := finding.UUID("party", tenant)
	return p.add(party{UUID: id, Type: "organization", Name: value(name), Props: []property{prop("tenant-id", tenant)}})
}

func (p *people) person(msp string, r intent.Reviewer, org string) string {
	next := party{
		UUID: finding.UUID("party", msp, r.Name), Type: "person", Name: value(r.Name),
		Emails: emails(r.Email), MemberOf: []string{org},
	}
	if r.Email != "" && next.Emails == nil {
		next.Props = append(next.Props, prop("email", r.Email))
	}

	if r.KeySHA256 != "" {
		next.Props = append(next.Props, prop("key-sha256", r.KeySHA256))
	}

	return p.add(next)
}

func (p *people) add(next party) string {
	for _, have := range p.parties {
		if have.UUID == next.UUID {
			return next.UUID
		}
	}
	p.parties = append(p.parties, next)
	return next.UUID
}

// in gives a party a role; a role is listed once.
func (p *people) in(role, id string) {
	if id == "" {
		return
	}
	for i := range p.by {
		if p.by[i].RoleID != role {
			continue
		}

		for _, have := range p.by[i].PartyUUIDs {
			if have == id {
				return
			}
		}

		p.by[i].PartyUUIDs = append(p.by[i].PartyUUIDs, id)
		return
	}

	p.by = append(p.by, responsibleParty{role, []string{id}})
}

// metadata of each document: last-modified is the as-of, version the run id.
func (b *builder) metadata(name string) metadata {
	in := b.in
	m := metadata{
		Title:        line(name + ": " + in.Set.Client),
		LastModified: stamp(b.end),
		Version:      value(in.RunID),
		OSCALVersion: Version,
		Props: []property{
			prop("run-id", in.RunID),
			prop("engine-version", in.EngineVersion),
			prop("client", in.Set.Client),
			prop("tenant-id", in.Set.TenantID),
			prop("snapshot-digest", in.Set.Snapshot),
			prop("intent-digest", in.Set.Intent),
			prop("policies-digest", in.Set.Policies),
		},
		Roles:              roles,
		Parties:            b.people.parties,
		ResponsibleParties: b.people.by,
	}

	m.Props = append(m.Props, b.cloudProps()...)

	if b.unsafeCloud() {
		m.Remarks = unsafeRemark
	}

	return m
}

func (b *builder) unsafeCloud() bool { return strings.HasPrefix(b.in.Manifest.Cloud, "unsafe:") }

const unsafeRemark = "UNSAFE CLOUD: the evidence was read from an endpoint that the fleet file declares as cloud_unsafe (an emulator or a laboratory). It says nothing about a production tenant."

func (b *builder) cloudProps() []property {
	props := []property{prop("cloud", b.in.Manifest.Cloud)}
	if b.unsafeCloud() {
		props = append(props, prop("unsafe-cloud", "true"))
	}
	return props
}

// linked collects the files that a document links.
type linked struct {
	b    *builder
	used map[string]bool
}

func (b *builder) linked(paths ...string) *linked {
	l := &linked{b, map[string]bool{}}
	for _, p := range paths {
		l.href(p)
	}
	return l
}

// href is the reference to a file's resource, and remembers the file.
func (l *linked) href(path string) string {
	l.used[path] = true
	return "#" + finding.UUID("resource", l.b.in.RunID, path)
}

// has reports whether the run folder holds the file.
func (l *linked) has(path string) bool { return l.b.hashes[path] != "" }

func (l *linked) backMatter() backMatter {
	var m backMatter
	for _, path := range sortedKeys(l.used) {
		about, kind, media := describeFile(path)
		m.Resources = append(m.Resources, resource{
			UUID:        finding.UUID("resource", l.b.in.RunID, path),
			Title:       line(path),
			Description: about,
			Props:       []property{{Name: "type", Value: kind}},
			Rlinks: []rlink{{
				Href: fileHref(path), MediaType: media,
				Hashes: []hash{{"SHA-256", l.b.hashes[path]}},
			}},
		})
	}

	return m
}

// normalized says what a dataset's file holds, and what it is not.
const normalized = "Documents of one dataset, one a line, normalized from what the API answered: property names are the API's; " +
	"ids are in one spelling, sets sorted, documented absences null, secrets left out, and volatile properties kept apart under observed. " +
	"Lines count from 1; a JSON pointer is into its line."

// describeFile gives a file's description, its resource type (a closed list of
// OSCAL) and its media type.
func describeFile(path string) (about, kind, media string) {
	switch path {
	case intentFile:
		return "What the client was promised. There is no system security plan: the fleet intent stands in for it.", "artifact", "application/json"
	case manifestFile:
		return "What was collected: status, proof, times and digests of every dataset, in the collector's words.", "evidence", "application/json"
	case policiesFile:
		return "The policies that were evaluated, as an OPA bundle.", "artifact", "application/gzip"
	case findingsFile:
		return "Every subject that is not satisfied, and how complete each dataset is as judged.", "tool-output", "application/json"
	case verdictsFile:
		return "Every verdict, one line for each control and subject.", "tool-output", "application/x-ndjson"
	case CatalogFile:
		return "The controls that were assessed.", "artifact", "application/json"
	case PlanFile:
		return "The assessment plan of this run.", "plan", "application/json"
	}

	return normalized, "evidence", "application/x-ndjson"
}
