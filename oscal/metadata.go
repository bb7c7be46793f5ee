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
	roleReviewer = "responsible-reviewer"
	roleApprover = "exception-approver"
)

var roles = []role{
	{roleAssessor, "Assessor", "The organization that runs the assessment: the managed service provider."},
	{roleClient, "Client", "The organization whose tenant is assessed."},
	{roleReviewer, "Responsible reviewer", "A person who answers for this client's results. A review counts only when signed with that person's own key."},
	{roleApprover, "Exception approver", "A person who approved an accepted deviation."},
}

// people are the parties of every document, each once. Approvers maps the name
// that an exception gives to a party.
type people struct {
	parties   []party
	by        []responsibleParty
	approvers map[string]string
	msp       string
	client    string
}

func newPeople(in Input) people {
	p := people{approvers: map[string]string{}}
	p.msp = p.organization(in.Intent.MSP.TenantID, in.Intent.MSP.Name)
	p.client = p.organization(in.Set.TenantID, in.Intent.Client.Name)
	p.in(roleAssessor, p.msp)
	p.in(roleClient, p.client)
	for _, r := range in.Intent.Reviewers {
		org := p.msp
		if r.Org == "client" {
			org = p.client
		}
		id := p.person(in.Intent.MSP.TenantID, r, org)
		p.approvers[r.Name] = id
	}
	for _, name := range in.Intent.Client.Responsible {
		p.in(roleReviewer, p.approvers[name])
	}
	for _, f := range in.Set.Findings {
		if f.Excepted != nil {
			p.in(roleApprover, p.approver(in.Intent.MSP.TenantID, f.Excepted.ApprovedBy))
		}
	}
	return p
}

// approver is the party of a name, made on the spot if the intent lacks it.
func (p *people) approver(msp, name string) string {
	if name == "" {
		return p.msp
	}
	if _, ok := p.approvers[name]; !ok {
		p.approvers[name] = p.person(msp, intent.Reviewer{Name: name}, p.msp)
	}
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

// describeFile gives a file's description, its resource type (a closed list of
// OSCAL) and its media type.
func describeFile(path string) (about, kind, media string) {
	switch path {
	case intentFile:
		return "What the client was promised. There is no system security plan: the fleet intent stands in for it.", "artifact", "application/json"
	case manifestFile:
		return "What was collected: status, proof, times and digests of every dataset.", "evidence", "application/json"
	case policiesFile:
		return "The policies that were evaluated, as an OPA bundle.", "artifact", "application/gzip"
	case findingsFile:
		return "Every subject that is not satisfied.", "tool-output", "application/json"
	case verdictsFile:
		return "Every verdict, one line for each control and subject.", "tool-output", "application/x-ndjson"
	case CatalogFile:
		return "The controls that were assessed.", "artifact", "application/json"
	case PlanFile:
		return "The assessment plan of this run.", "plan", "application/json"
	}
	return "Documents of one dataset as the API returned them, one a line. JSON pointers into a document count from its spec, or from observed for volatile properties.", "evidence", "application/x-ndjson"
}
