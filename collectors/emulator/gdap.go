package emulator

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

const relationshipsPath = "/graph/tenantRelationships/delegatedAdminRelationships"

// relationship is one granular delegated admin relationship. Roles are names.
type relationship struct {
	key, name, status, created string
	roles                      []string
}

// partnerGroup is a security group in the MSP's tenant through which its people
// work in clients' tenants. Every client sees the same ones.
func partnerGroup(seed uint64, name string) string { return guid(seed, "msp#", "group", name) }

var (
	serviceDesk = []string{"Helpdesk Administrator", "Service Support Administrator", "Directory Readers"}
	engineering = []string{"User Administrator", "Exchange Administrator", "Intune Administrator", "Security Reader"}
)

// relationships are those of a client: its own in force, and earlier ones.
func (t *Tenant) relationships(s story) []relationship {
	r := t.rand("relationships")
	current := relationship{"service desk", t.Label + " - service desk", "active", date(r, 2024, 2025), serviceDesk}
	old := relationship{"first", t.Label + " - onboarding", "terminated", date(r, 2021, 2022), serviceDesk}

	if s.has(nearOverGlobal) || r.IntN(4) == 0 {
		old.roles = []string{"Global Administrator"}
	}

	if s.has(noRelationship) {
		current.status = pick(r, []string{"approvalPending", "expired"})
		return []relationship{current, old}
	}

	all := []relationship{current, old}

	if r.IntN(2) == 0 {
		all = append(all, relationship{"engineering", t.Label + " - engineering", "active", date(r, 2024, 2025), engineering})
	}

	if s.has(globalAdmin) {
		all = append(all, relationship{"emergency", t.Label + " - emergency", "active", date(r, 2025, 2025), []string{"Global Administrator", "Security Reader"}})
	}

	if s.has(expiringRoleAdmin) {
		all = append(all, relationship{"project", t.Label + " - project", "expiring", date(r, 2024, 2024), []string{"Privileged Role Administrator"}})
	}

	return all
}

// inForce: the partner's groups have their roles in the client's directory.
func (x relationship) inForce() bool { return x.status == "active" || x.status == "expiring" }

// addRelationships lists the client's relationships in the MSP's tenant. They
// derive from the seed and the client's label alone.
func (t *Tenant) addRelationships(msp *Tenant, s story) {
	r := t.rand("relationship ids")
	for _, x := range t.relationships(s) {
		body := t.addRelationship(msp, r, x)
		if s.has(globalAdmin) && x.key == "emergency" || s.has(expiringRoleAdmin) && x.key == "project" {
			t.plant("RF-M-02", "gdap.relationships", body)
		}
	}

	if s.has(noRelationship) {
		msp.wrongs = append(msp.wrongs, Planted{"fleet", "RF-M-01", "client/" + t.Label})
	}

	msp.addCustomer(t.ID, t.Name, t.Domain)
}

// addRelationship: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship.
func (t *Tenant) addRelationship(msp *Tenant, r *rand.Rand, x relationship) object {
	id := t.guid("relationship", x.key) + "-" + t.guid("relationship's second half", x.key)
	end := fmt.Sprint(x.created[:2], "27", x.created[4:], "Z")

	roles := []any{}
	for _, name := range x.roles {
		roles = append(roles, object{"roleDefinitionId": roleID(name)})
	}

	o := object{
		"@odata.type": "#microsoft.graph.delegatedAdminRelationship", "@odata.etag": fmt.Sprintf(`W/"JyIw%010d"`, r.IntN(1e9)),
		"id": id, "displayName": x.name, "status": x.status, "duration": "P730D", "autoExtendDuration": "PT0S",
		"customer": object{"tenantId": t.ID, "displayName": t.Name}, "accessDetails": object{"unifiedRoles": roles},
		"createdDateTime": x.created + ".3148266Z", "lastModifiedDateTime": x.created + ".9941884Z", "activatedDateTime": x.created + ".9941884Z", "endDateTime": end,
	}

	if x.status == "approvalPending" {
		o["activatedDateTime"], o["endDateTime"] = nil, nil
	}

	msp.put(relationshipsPath, o)
	msp.put(relationshipsPath+"/"+id+"/accessAssignments", t.accessAssignments(x)...)
	return o
}

// accessAssignments give groups of the MSP the roles of a relationship:
// https://learn.microsoft.com/graph/api/resources/delegatedadminaccessassignment.
func (t *Tenant) accessAssignments(x relationship) []object {
	if x.status == "approvalPending" {
		return nil
	}

	status := "active"

	if !x.inForce() {
		status = "deleted"
	}

	roles := []any{}
	for _, name := range x.roles {
		roles = append(roles, object{"roleDefinitionId": roleID(name)})
	}

	return []object{{
		"@odata.etag": `W/"JyIxODAwZTY4My0wMDAwLTAyMDAtMDAwMC02MTU0OWZmMDAwMDAiJw=="`, "id": t.guid("access assignment", x.key), "status": status,
		"accessContainer": object{"accessContainerId": partnerGroup(t.seed, x.key), "accessContainerType": "securityGroup"},
		"accessDetails":   object{"unifiedRoles": roles},
		"createdDateTime": x.created + ".1148266Z", "lastModifiedDateTime": x.created + ".5141884Z",
	}}
}

// partnerHoldings are the role assignments that relationships in force leave in
// the client's directory: the principal is a group of the MSP's tenant, which
// is no object here. Not every answer tells where it is at home.
func (t *Tenant) partnerHoldings(s story) (all []holding) {
	home := ""
	if t.rand("partner holdings").IntN(2) == 0 {
		home = mspID(t.seed)
	}

	for _, x := range t.relationships(s) {
		for _, role := range x.roles {
			if x.inForce() {
				all = append(all, holding{principal: partnerGroup(t.seed, x.key), role: roleID(role), home: home})
			}
		}
	}

	slices.SortFunc(all, func(a, b holding) int { return strings.Compare(roleAssignmentID(a), roleAssignmentID(b)) })
	return all
}

// addPartner makes what the MSP's tenant has beside its clients: the groups
// that work in them, two relationships with customers that nobody declared, and
// what has no customer yet or not any more.
func (t *Tenant) addPartner() {
	for _, key := range []string{"service desk", "first", "engineering", "emergency", "project"} {
		t.putGroup(partnerGroup(t.seed, key), "GDAP "+key, "security", t.dir.members[:3], nil)
	}

	r := t.rand("relationships")
	for i, x := range []relationship{
		{"a", "Graphic Design Institute - support", "active", "2024-05-02T10:11:12", serviceDesk},
		{"b", "Munson's Pickles - former trial", "expiring", "2024-12-03T11:12:13", engineering},
		{"c", "Fourth Coffee - left us", "terminated", "2022-06-04T12:13:14", []string{"Global Administrator"}},
		{"d", "The Phone Company - offer", "approvalPending", "2026-07-05T13:14:15", serviceDesk},
	} {
		stranger := newTenant(t.seed, fmt.Sprint("unknown customer#", i+1))
		stranger.Name, _, _ = strings.Cut(x.name, " - ")
		body := stranger.addRelationship(t, r, x)

		if x.inForce() {
			t.plant("RF-M-01", "gdap.relationships", body)
		}

		t.addCustomer(stranger.ID, stranger.Name, stranger.Domain)
	}

	draft := clone(t.data[strings.ToLower(relationshipsPath)][0])
	draft["id"], draft["displayName"], draft["status"], draft["customer"] = t.guid("draft")+"-"+t.guid("draft's second half"), "Draft", "created", nil
	draft["activatedDateTime"], draft["endDateTime"] = nil, nil
	t.put(relationshipsPath, draft)
	t.put(relationshipsPath + "/" + draft["id"].(string) + "/accessAssignments")
}

// addCustomer: https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadmincustomers
// and https://learn.microsoft.com/graph/api/contract-list.
func (t *Tenant) addCustomer(id, name, domain string) {
	t.put("/graph/tenantRelationships/delegatedAdminCustomers", object{"id": id, "tenantId": id, "displayName": name})
	t.put("/graph/contracts", object{"id": guid(t.seed, "contract", id), "deletedDateTime": nil, "contractType": "Contract", "customerId": id, "defaultDomainName": domain, "displayName": name})
}
