package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

const relationshipsPath = "/graph/tenantRelationships/delegatedAdminRelationships"

// partnership is what a client and the MSP agreed on, while the data are made.
// Flaws change it before the relationships are drawn up.
type partnership struct {
	formerGlobal bool // the relationship of the beginning carried Global Administrator
	ended        bool // no relationship is in force any more
	further      []furtherRelationship

	relationships []relationship
}

// relationship is one granular delegated admin relationship.
type relationship struct {
	key, name, status string
	created           string   // "2024-05-02T10:11:12"
	roles             []string // names
	breaks            string   // the control of the flaw by which it is there
	group             string   // of the MSP, which gets the roles; "" is the one of the key

	duration, extends string // "" is as in most of them
	lapses            bool   // within days, whenever it is asked for
	access            string // status of the access assignment, "" follows from the relationship's
}

// furtherRelationship is created between two years.
type furtherRelationship struct {
	relationship
	between [2]int
}

// partnerGroup is a security group in the MSP's tenant through which its people
// work in clients' tenants. Every client sees the same ones.
func partnerGroup(seed uint64, name string) string { return guid(seed, "msp#", "group", name) }

var (
	serviceDesk = []string{"Helpdesk Administrator", "Service Support Administrator", "Directory Readers"}
	engineering = []string{"User Administrator", "Exchange Administrator", "Intune Administrator",
		"Security Reader"}
	globalAdmin = []string{"Global Administrator"}
)

// makeRelationships draws up the client's relationships: one in force, and
// earlier ones.
func (t *Tenant) makeRelationships() {
	t.apply(partnerships, site{})

	p, r := &t.partner, t.rand("relationships")
	current := relationship{key: "service desk", name: t.Label + " - service desk", status: "active",
		created: date(r, 2024, 2025), roles: serviceDesk}
	former := relationship{key: "first", name: t.Label + " - onboarding", status: "terminated",
		created: date(r, 2021, 2022), roles: serviceDesk}

	if p.formerGlobal || r.IntN(4) == 0 {
		former.roles = globalAdmin
	}

	if p.ended {
		current.status = pick(r, []string{"approvalPending", "expired"})
		p.relationships = []relationship{current, former}
		return
	}

	p.relationships = []relationship{current, former}
	if r.IntN(2) == 0 {
		x := relationship{key: "engineering", name: t.Label + " - engineering", status: "active",
			created: date(r, 2024, 2025), roles: engineering}
		p.relationships = append(p.relationships, x)
	}

	for _, x := range p.further {
		x.created = date(r, x.between[0], x.between[1])
		p.relationships = append(p.relationships, x.relationship)
	}
}

func (x relationship) partnerGroup(seed uint64) string {
	if x.group != "" {
		return x.group
	}
	return partnerGroup(seed, x.key)
}

// inForce: the partner's groups have their roles in the client's directory.
func (x relationship) inForce() bool { return x.status == "active" || x.status == "expiring" }

// addRelationships lists the client's relationships in the MSP's tenant. They
// derive from the seed and the client's label alone.
func (t *Tenant) addRelationships() {
	r := t.rand("relationship ids")
	for _, x := range t.partner.relationships {
		body := t.addRelationship(t.msp, r, x)
		if x.breaks != "" {
			t.plant(x.breaks, "gdap.relationships", body)
		}
		if t.state == onboarding && x.inForce() {
			t.deviates("RF-P-03", "gdap.access_assignments/"+t.relationshipID(x.key)+"/"+
				t.guid("access assignment", x.key))
		}
	}

	t.msp.addCustomer(t)
}

// addRelationship: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship.
func (t *Tenant) addRelationship(msp *Tenant, r *rand.Rand, x relationship) object {
	id := t.relationshipID(x.key)
	o := object{
		"@odata.type": "#microsoft.graph.delegatedAdminRelationship",
		"@odata.etag": fmt.Sprintf(`W/"JyIw%010d"`, r.IntN(1e9)),
		"id":          id, "displayName": x.name, "status": x.status,
		"duration": cmp.Or(x.duration, "P365D"), "autoExtendDuration": cmp.Or(x.extends, "PT0S"),
		"customer":        object{"tenantId": t.ID, "displayName": t.Name},
		"accessDetails":   x.accessDetails(),
		"createdDateTime": x.created + ".3148266Z", "lastModifiedDateTime": x.created + ".9941884Z",
		"activatedDateTime": x.created + ".9941884Z",
		"endDateTime":       fmt.Sprint(x.created[:2], "29", x.created[4:], "Z"), // after all demos
	}
	if x.lapses {
		o["endDateTime"] = inDays(5)
	}

	if x.status == "approvalPending" {
		o["activatedDateTime"], o["endDateTime"] = nil, nil
	}

	msp.put(relationshipsPath, o)
	msp.put(relationshipsPath+"/"+id+"/accessAssignments", t.accessAssignments(x)...)
	return o
}

// inDays is a time so many days after it is asked for, at midnight: what is about to end is
// so whenever the demo runs. Outside of an answer it is a fixed time.
type inDays int

// MarshalJSON is the time as of the emulator's beginnings.
func (d inDays) MarshalJSON() ([]byte, error) {
	return json.Marshal(d.after(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)))
}

func (d inDays) after(now time.Time) string {
	return now.Truncate(24*time.Hour).AddDate(0, 0, int(d)).Format(time.RFC3339)
}

// dated are objects with their times as of now.
func dated(all []object, now time.Time) []object {
	all = slices.Clone(all)
	for i, o := range all {
		for name, value := range o {
			if d, isRelative := value.(inDays); isRelative {
				all[i] = maps.Clone(o)
				all[i][name] = d.after(now)
			}
		}
	}
	return all
}

func (x relationship) accessDetails() object {
	roles := []any{}
	for _, name := range x.roles {
		roles = append(roles, object{"roleDefinitionId": roleID(name)})
	}
	return object{"unifiedRoles": roles}
}

// accessAssignments give groups of the MSP the roles of a relationship:
// https://learn.microsoft.com/graph/api/resources/delegatedadminaccessassignment.
func (t *Tenant) accessAssignments(x relationship) []object {
	if x.status == "approvalPending" {
		return nil
	}

	status := cmp.Or(x.access, "active")
	if !x.inForce() {
		status = "deleted"
	}

	group := x.partnerGroup(t.seed)
	return []object{{
		"@odata.etag": `W/"JyIxODAwZTY4My0wMDAwLTAyMDAtMDAwMC02MTU0OWZmMDAwMDAiJw=="`,
		"id":          t.guid("access assignment", x.key), "status": status,
		"accessDetails":   x.accessDetails(),
		"accessContainer": object{"accessContainerId": group, "accessContainerType": "securityGroup"},
		"createdDateTime": x.created + ".1148266Z", "lastModifiedDateTime": x.created + ".5141884Z",
	}}
}

// partnerHoldings are the role assignments that relationships in force leave in
// the client's directory: the principal is a group of the MSP's tenant, which
// is no object here. Not every answer tells where it is at home.
func (t *Tenant) partnerHoldings() (all []holding) {
	home := ""
	if t.rand("partner holdings").IntN(2) == 0 {
		home = mspID(t.seed)
	}

	for _, x := range t.partner.relationships {
		for _, role := range x.roles {
			if x.inForce() {
				all = append(all, holding{principal: x.partnerGroup(t.seed), role: roleID(role),
					home: home})
			}
		}
	}

	return all
}

// strangers are the relationships of the MSP with customers that nobody
// declared. Those in force deviate.
var strangers = []relationship{
	{key: "a", name: "Graphic Design Institute - support", status: "active", created: "2024-05-02T10:11:12",
		roles: serviceDesk, breaks: "RF-M-01"},
	{key: "b", name: "Munson's Pickles - former trial", status: "expiring", created: "2024-12-03T11:12:13",
		roles: engineering, breaks: "RF-M-01"},
	{key: "c", name: "Fourth Coffee - left us", status: "terminated", created: "2022-06-04T12:13:14",
		roles: globalAdmin},
	{key: "d", name: "The Phone Company - offer", status: "approvalPending", created: "2026-07-05T13:14:15",
		roles: serviceDesk},
}

// addPartner makes what the MSP's tenant has beside its clients: the groups
// that work in them, strangers, and what has no customer yet.
func (t *Tenant) addPartner() {
	strong := controls()
	strong["builtInControls"], strong["authenticationStrength"] = []any{}, phishingResistant
	t.addPolicy("Everybody: phishing-resistant authentication", targets{"includeUsers": {"All"}},
		object{"grantControls": strong}, nil)

	for _, key := range []string{"service desk", "first", "engineering", "emergency", "project", "a", "b"} {
		t.putPartnerGroup(partnerGroup(t.seed, key), "GDAP "+key, nil)
	}

	r := t.rand("relationships")
	for i, x := range strangers {
		stranger := newTenant(t.seed, fmt.Sprint("unknown customer#", i+1))
		stranger.Name, _, _ = strings.Cut(x.name, " - ")
		body := stranger.addRelationship(t, r, x)

		if x.breaks != "" {
			t.plant(x.breaks, "gdap.relationships", body)
		}

		t.addCustomer(stranger)
	}

	id := t.guid("draft") + "-" + t.guid("draft's second half")
	t.put(relationshipsPath, with(t.at(relationshipsPath)[0], object{
		"id": id, "displayName": "Draft", "status": "created", "customer": nil,
		"activatedDateTime": nil, "endDateTime": nil}))
	t.put(relationshipsPath + "/" + id + "/accessAssignments")
}

// phishingResistant is the built-in authentication strength:
// https://learn.microsoft.com/graph/api/resources/authenticationstrengthpolicy.
var phishingResistant = object{
	"id": "00000000-0000-0000-0000-000000000004", "displayName": "Phishing-resistant MFA",
	"description": "Phishing-resistant, Passwordless methods for the strongest authentication",
	"policyType":  "builtIn", "requirementsSatisfied": "mfa",
	"allowedCombinations": []any{"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"},
	"createdDateTime":     "2021-12-01T00:00:00Z", "modifiedDateTime": "2021-12-01T00:00:00Z",
	"combinationConfigurations": []any{},
}

// putPartnerGroup makes a group of the MSP that works in clients' tenants: one to which
// roles can be assigned, which protects it, without owners, and whose people have to
// activate their membership. more are other properties.
func (t *Tenant) putPartnerGroup(id, name string, more object) {
	o := with(with(securityGroup, groupKinds["role"]), more)
	o["id"], o["displayName"] = id, name
	t.put("/graph/groups", o)
	t.put("/graph/groups/" + id + "/members")
	t.put("/graph/groups/" + id + "/owners")

	for _, person := range t.dir.members[:3] {
		t.putGroupEligibility(id, person)
	}
}

// addCustomer: https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadmincustomers
// and https://learn.microsoft.com/graph/api/contract-list.
func (t *Tenant) addCustomer(c *Tenant) {
	t.put("/graph/tenantRelationships/delegatedAdminCustomers",
		object{"id": c.ID, "tenantId": c.ID, "displayName": c.Name})
	t.put("/graph/contracts", object{
		"id": guid(t.seed, "contract", c.ID), "deletedDateTime": nil, "contractType": "Contract",
		"customerId": c.ID, "defaultDomainName": c.Domain, "displayName": c.Name})
}
