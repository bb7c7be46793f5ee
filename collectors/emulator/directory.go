package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// directory is who is in a tenant, while its data are made.
type directory struct {
	members, guests, synced []string // object ids of users
	apps                    []string // of service principals of the tenant's own applications
	firstParty              []string // of service principals of Microsoft's applications
	managed                 []string // of managed identities
	providerApp             string   // of an application of the MSP
	foreignApp              string   // of an application of a stranger
	roleGroup, keyGroup     string   // a group that holds a role, and one for keys
	deleted                 string   // a user who was deleted
	byID                    map[string]object
}

var (
	givenNames = strings.Fields("Adele Alex Amara Bianca Chidi Dalia Diego Elif Emre Fatima Grady Hanna Henrik Ines Isaiah Jonas Joni Kai Lara Lidia Lynne Megan Mikael Miriam Nestor Noor Omar Patti Pradeep Quinn Raul Ravi Sofia Tamar Uma Viktor Wanda Xin Yara Zoe")
	familyName = strings.Fields("Abadi Bauer Costa Dubois Eriksen Fischer Gruber Haddad Ivanova Jensen Kowalski Lefebvre Moreau Novak Okafor Petrov Quist Rossi Schmidt Tanaka Ueda Vance Wilber Xu Yilmaz Zhang")
	partners   = []string{"alpineskihouse.example", "bellowscollege.example", "humongousinsurance.example", "margiestravel.example", "southridgevideo.example"}
)

// addDirectory makes users, service principals, groups and deleted items.
func (t *Tenant) addDirectory(s story) {
	t.dir.byID = map[string]object{}
	t.addUsers(t.rand("users"), s)
	t.addApplications(t.rand("service principals"), s)
	t.addDirectoryGroups(t.rand("groups"), s)
	t.addDeletedItems(t.rand("deleted items"))
}

// initialDomain is the one that a tenant is born with.
func (t *Tenant) initialDomain() string {
	return strings.TrimSuffix(t.Domain, ".example") + ".onmicrosoft.example"
}

// addUsers makes the members that Size tells, a guest for every eight of them,
// and in larger tenants somebody who is synchronised in from another tenant.
func (t *Tenant) addUsers(r *rand.Rand, s story) {
	for i := range t.Size.Users {
		given, family := pick(r, givenNames), pick(r, familyName)
		name := strings.ToLower(given+"."+family) + fmt.Sprint(i+1)
		u := t.user(t.guid("user", fmt.Sprint(i)), given+" "+family, name+"@"+t.Domain)

		if s.hostile && i%7 == 0 {
			u["displayName"] = pick(r, hostileNames)
		}

		if i%40 == 39 { // a person who signed up with a verified mail address
			u["creationType"] = "EmailVerified"
		}

		if t.Size.Tier == "large" {
			u["onPremisesSyncEnabled"] = true
		}

		t.dir.members = append(t.dir.members, t.addUser(u))
	}

	for i := range 1 + t.Size.Users/8 {
		t.addGuest(r, i, s)
	}
	if t.Size.Tier == "mid" || t.Size.Tier == "large" || s.has(syncedMemberRole) {
		t.addSynced(r)
	}
}

// user: https://learn.microsoft.com/graph/api/resources/user, with the
// properties that have to be asked for.
func (t *Tenant) user(id, name, upn string) object {
	return object{
		"id": id, "displayName": name, "userPrincipalName": upn, "mail": upn, "userType": "Member", "accountEnabled": true,
		"externalUserState": nil, "creationType": nil, "onPremisesSyncEnabled": nil,
		"identities": []any{object{"signInType": "userPrincipalName", "issuer": t.initialDomain(), "issuerAssignedId": upn}},
	}
}

// addGuest invites somebody, by an Entra account or by a mailed code.
func (t *Tenant) addGuest(r *rand.Rand, i int, s story) {
	local, home := fmt.Sprintf("%s%d", strings.ToLower(pick(r, givenNames)), i+1), pick(r, partners)
	u := t.external(t.guid("guest", fmt.Sprint(i)), local, home, pick(r, []string{"ExternalAzureAD", "ExternalAzureAD", "mail"}))
	u["userType"] = "Guest"

	if i%5 == 1 {
		u["externalUserState"] = "PendingAcceptance"
	}

	if s.hostile && i%3 == 0 {
		u["displayName"] = pick(r, hostileNames)
	}

	t.dir.guests = append(t.dir.guests, t.addUser(u))
}

// addSynced makes a user whom cross-tenant synchronization brought: a member by
// type, with the identity of another tenant.
// https://learn.microsoft.com/entra/identity/multi-tenant-organizations/cross-tenant-synchronization-overview
func (t *Tenant) addSynced(r *rand.Rand) {
	u := t.external(t.guid("synced"), strings.ToLower(pick(r, givenNames)), pick(r, partners), "ExternalAzureAD")
	t.dir.synced = append(t.dir.synced, t.addUser(u))
}

func (t *Tenant) addUser(u object) string {
	id := u["id"].(string)
	t.dir.byID[id] = u
	t.put("/graph/users", u)

	return id
}

func (t *Tenant) external(id, local, home, issuer string) object {
	upn := local + "_" + home + "#EXT#@" + t.initialDomain()
	u := t.user(id, local, upn)
	u["mail"], u["externalUserState"], u["creationType"] = local+"@"+home, "Accepted", "Invitation"
	u["identities"] = []any{
		object{"signInType": "federated", "issuer": issuer, "issuerAssignedId": nil},
		object{"signInType": "userPrincipalName", "issuer": t.initialDomain(), "issuerAssignedId": upn},
	}

	return u
}

// addApplications makes the service principals: Microsoft's, the tenant's own
// (this application among them), managed identities, the MSP's and vendors'.
func (t *Tenant) addApplications(r *rand.Rand, s story) {
	for _, a := range firstPartyApps {
		t.dir.firstParty = append(t.dir.firstParty, t.addApplication(t.guid("first party", a.appID), a.appID, a.name, a.owner))
	}

	t.addApplication(t.ObjectID, t.AppID, "ringfence", t.ID)
	many := map[string]int{"micro": 1, "small": 2, "mid": 8, "large": 30}[t.Size.Tier]
	for i := range many {
		name := "line of business " + fmt.Sprint(i+1)
		if s.hostile && i == 0 {
			name = pick(r, hostileNames)
		}

		t.dir.apps = append(t.dir.apps, t.addApplication(t.guid("app", fmt.Sprint(i)), t.guid("app id", fmt.Sprint(i)), name, t.ID))
		id := t.addApplication(t.guid("managed identity", fmt.Sprint(i)), t.guid("managed identity app", fmt.Sprint(i)), fmt.Sprintf("id-%s-%d", t.Label, i+1), "")
		t.dir.managed = append(t.dir.managed, id)
	}

	t.dir.providerApp = t.addApplication(t.guid("provider app"), guid(t.seed, "msp#", "monitoring app"), "Northwind Monitoring", mspID(t.seed))
	t.dir.foreignApp = t.addApplication(t.guid("vendor app"), guid(t.seed, "vendor", "backup app"), "Proware Backup", vendorID(t.seed))
}

// addApplication: https://learn.microsoft.com/graph/api/resources/serviceprincipal.
// Without an owner it is a managed identity. It returns the object id.
func (t *Tenant) addApplication(id, appID, name, owner string) string {
	o := object{
		"id": id, "appId": appID, "displayName": name, "servicePrincipalType": "Application", "accountEnabled": true,
		"appOwnerOrganizationId": owner, "signInAudience": "AzureADMultipleOrgs", "createdByAppId": nil, "tags": []any{},
	}

	switch owner {
	case "":
		o["servicePrincipalType"], o["appOwnerOrganizationId"], o["signInAudience"] = "ManagedIdentity", nil, nil
	case t.ID:
		o["signInAudience"], o["tags"] = "AzureADMyOrg", []any{"WindowsAzureActiveDirectoryIntegratedApp"}
	}

	t.dir.byID[id] = o
	t.put("/graph/servicePrincipals", o)
	return id
}

func mspID(seed uint64) string    { return guid(seed, "msp#", "tenant") }
func vendorID(seed uint64) string { return guid(seed, "vendor", "tenant") }

// addDirectoryGroups makes a group that may hold roles, one for keys, and
// others: security groups, Microsoft 365 groups and dynamic ones in turn.
func (t *Tenant) addDirectoryGroups(r *rand.Rand, s story) {
	t.dir.roleGroup = t.addGroup("role helpdesk", "Helpdesk Operators", "role", t.some(r, 2), t.dir.apps[:1])
	t.dir.keyGroup = t.addGroup("key operators", "Key Operators", "security", t.some(r, 2), t.dir.managed[:1])
	t.addGroup("empty", "Break Glass", "security", nil, nil)

	for _, id := range t.groups {
		t.putGroup(id, "Azure Readers", "security", nil, []string{t.ObjectID})
	}

	n := max(map[string]int{"micro": 2, "small": 8, "mid": 24, "large": 60}[t.Size.Tier], t.Size.Users/10)
	for i := range n {
		name := fmt.Sprintf("Team %03d", i+1)
		if s.hostile && i%5 == 0 {
			name = pick(r, hostileNames)
		}

		guests := t.dir.guests[:min(i%2, len(t.dir.guests))] // guests are in every second group: no role, no harm
		t.addGroup(fmt.Sprint(i), name, []string{"security", "unified", "dynamic"}[i%3], append(t.some(r, 5+r.IntN(10)), guests...), nil)
	}
}

// some picks up to n different members.
func (t *Tenant) some(r *rand.Rand, n int) []string {
	n = min(n, len(t.dir.members))
	at := r.IntN(len(t.dir.members) - n + 1)
	return append([]string(nil), t.dir.members[at:at+n]...)
}

func (t *Tenant) addGroup(key, name, kind string, users, apps []string) string {
	id := t.guid("group", key)
	t.putGroup(id, name, kind, users, apps)
	return id
}

// putGroup: https://learn.microsoft.com/graph/api/resources/group, and its
// members.
func (t *Tenant) putGroup(id, name, kind string, users, apps []string) {
	o := object{
		"id": id, "displayName": name, "mail": nil, "securityEnabled": true, "mailEnabled": false, "groupTypes": []any{},
		"isAssignableToRole": nil, "onPremisesSyncEnabled": nil, "membershipRule": nil, "visibility": nil,
	}

	switch kind {
	case "role":
		o["isAssignableToRole"], o["visibility"] = true, "Private"
	case "unified":
		o["securityEnabled"], o["mailEnabled"], o["groupTypes"], o["visibility"] = false, true, []any{"Unified"}, "Private"
		o["mail"] = "team-" + id[:8] + "@" + t.Domain
	case "dynamic":
		o["groupTypes"], o["membershipRule"] = []any{"DynamicMembership"}, `(user.department -eq "Sales")`
	}

	t.put("/graph/groups", o)
	t.put("/graph/groups/" + id + "/members") // an empty group is known, too
	t.addMembers(id, "#microsoft.graph.user", users)
	t.addMembers(id, "#microsoft.graph.servicePrincipal", apps)
}

// addMembers: https://learn.microsoft.com/graph/api/group-list-members.
func (t *Tenant) addMembers(group, typ string, ids []string) {
	members := make([]object, len(ids))
	for i, id := range ids {
		o := object{"@odata.type": typ}
		for _, name := range []string{"id", "displayName", "userPrincipalName", "userType", "mail", "appId"} {
			if v, has := t.dir.byID[id][name]; has {
				o[name] = v
			}
		}
		members[i] = o
	}

	t.put("/graph/groups/"+group+"/members", members...)
}

// deletedTypes are the types of objects that can be restored for 30 days:
// https://learn.microsoft.com/graph/api/directory-deleteditems-list.
var deletedTypes = []string{"user", "group", "servicePrincipal", "application"}

func (t *Tenant) addDeletedItems(r *rand.Rand) {
	for _, typ := range deletedTypes {
		path := "/graph/directory/deletedItems/microsoft.graph." + typ
		t.put(path)
		for i := range r.IntN(3) + 1 {
			o := object{"id": t.guid("deleted", typ, fmt.Sprint(i)), "displayName": "Former " + pick(r, familyName), "deletedDateTime": date(r, 2026, 2026) + "Z"}
			switch typ {
			case "user":
				o["userPrincipalName"] = strings.ReplaceAll(o["id"].(string), "-", "") + "former@" + t.Domain
			case "servicePrincipal", "application":
				o["appId"] = t.guid("deleted app", fmt.Sprint(i))
			}

			t.put(path, o)
		}
	}

	t.dir.deleted = t.guid("deleted", "user", "0")
}
