package emulator

import (
	"fmt"
	"maps"
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

	holdings         []holding // roles that somebody holds
	eligible         []holding // roles that somebody may activate
	eligibleForGroup []string  // users who may become members of roleGroup
}

var (
	givenNames = strings.Fields(`Adele Alex Amara Bianca Chidi Dalia Diego Elif Emre Fatima Grady Hanna Henrik
		Ines Isaiah Jonas Joni Kai Lara Lidia Lynne Megan Mikael Miriam Nestor Noor Omar Patti Pradeep Quinn
		Raul Ravi Sofia Tamar Uma Viktor Wanda Xin Yara Zoe`)
	familyNames = strings.Fields(`Abadi Bauer Costa Dubois Eriksen Fischer Gruber Haddad Ivanova Jensen
		Kowalski Lefebvre Moreau Novak Okafor Petrov Quist Rossi Schmidt Tanaka Ueda Vance Wilber Xu
		Yilmaz Zhang`)
	partners = []string{"alpineskihouse.example", "bellowscollege.example", "humongousinsurance.example",
		"margiestravel.example", "southridgevideo.example"}
)

// addDirectory makes users, service principals, groups and deleted items.
func (t *Tenant) addDirectory() {
	t.dir.byID = map[string]object{}
	t.addUsers(t.rand("users"))
	t.addApplications(t.rand("service principals"))
	t.addDirectoryGroups(t.rand("groups"))
	t.addDeletedItems(t.rand("deleted items"))
	t.addRegistrations(t.rand("registrations"))
	t.addRegisteredDevices(t.rand("devices"))
}

// addUsers makes the members that Size tells, a guest for every eight of them,
// and in larger tenants somebody who is synchronised in from another tenant.
func (t *Tenant) addUsers(r *rand.Rand) {
	for i := range t.Size.Users {
		given, family := pick(r, givenNames), pick(r, familyNames)
		name := strings.ToLower(given+"."+family) + fmt.Sprint(i+1)
		u := t.user(t.guid("user", fmt.Sprint(i)), given+" "+family, name+"@"+t.Domain)

		if t.hostile && i%7 == 0 {
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

	for i := range max(1, or(t.Size.Guests, 1+t.Size.Users/8)) {
		t.addGuest(r, i)
	}

	if usersOf[t.Size.Tier][0] > 50 {
		t.addSynced(r)
	}
}

// user: https://learn.microsoft.com/graph/api/resources/user, with the
// properties that have to be asked for.
func (t *Tenant) user(id, name, upn string) object {
	return object{
		"id": id, "displayName": name, "userPrincipalName": upn, "mail": upn, "userType": "Member",
		"accountEnabled": true, "externalUserState": nil, "creationType": nil, "onPremisesSyncEnabled": nil,
		"identities":            []any{identity("userPrincipalName", t.initialDomain(), upn)},
		"preferredDataLocation": nil, "otherMails": []any{},
		"country": t.Country, "usageLocation": t.Country,
	}
}

// identity: https://learn.microsoft.com/graph/api/resources/objectidentity.
func identity(signInType, issuer string, assignedID any) object {
	return object{"signInType": signInType, "issuer": issuer, "issuerAssignedId": assignedID}
}

// addGuest invites somebody, by an Entra account or by a mailed code.
func (t *Tenant) addGuest(r *rand.Rand, i int) {
	local := fmt.Sprintf("%s%d", strings.ToLower(pick(r, givenNames)), i+1)
	home, issuer := pick(r, partners), pick(r, []string{"ExternalAzureAD", "ExternalAzureAD", "mail"})
	u := t.external(t.guid("guest", fmt.Sprint(i)), local, home, issuer)
	u["userType"] = "Guest"

	if i%5 == 1 {
		u["externalUserState"] = "PendingAcceptance"
	}

	if t.hostile && i%3 == 0 {
		u["displayName"] = pick(r, hostileNames)
	}

	t.dir.guests = append(t.dir.guests, t.addUser(u))
}

// addSynced makes a user whom cross-tenant synchronization brought: a member by
// type, with the identity of another tenant.
// https://learn.microsoft.com/entra/identity/multi-tenant-organizations/cross-tenant-synchronization-overview
func (t *Tenant) addSynced(r *rand.Rand) {
	local, home := strings.ToLower(pick(r, givenNames)), pick(r, partners)
	u := t.external(t.guid("synced"), local, home, "ExternalAzureAD")
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
	u["country"], u["usageLocation"] = nil, nil
	u["identities"] = []any{
		identity("federated", issuer, nil), identity("userPrincipalName", t.initialDomain(), upn),
	}

	return u
}

// ownApplications is how many applications of its own a tenant of a tier has.
var ownApplications = map[string]int{"micro": 1, "small": 2, "mid": 8, "large": 30, "xl": 200}

// addApplications makes the service principals: Microsoft's, the tenant's own
// (this application among them), managed identities, the MSP's and vendors'.
func (t *Tenant) addApplications(r *rand.Rand) {
	for _, a := range firstPartyApps {
		id := t.addApplication(t.guid("first party", a.appID), a.appID, a.name, a.owner)
		t.dir.firstParty = append(t.dir.firstParty, id)
	}

	t.addApplication(t.ObjectID, t.AppID, "ringfence", t.ID)

	for i := range max(1, or(t.Size.Applications, ownApplications[t.Size.Tier])) {
		n := fmt.Sprint(i)
		name := "line of business " + fmt.Sprint(i+1)
		if t.hostile && i == 0 {
			name = pick(r, hostileNames)
		}

		t.dir.apps = append(t.dir.apps, t.addApplication(t.guid("app", n), t.guid("app id", n), name, t.ID))

		name = fmt.Sprintf("id-%s-%d", t.Label, i+1)
		id := t.addApplication(t.guid("managed identity", n), t.guid("managed identity app", n), name, "")
		t.dir.managed = append(t.dir.managed, id)
	}

	for i := range or(t.Size.ServicePrincipals, 0) {
		n := fmt.Sprint(i) // the same applications in every tenant
		t.addApplication(t.guid("service", n), guid(t.seed, "service", n), "Service "+n, microsoftServices)
	}

	monitoring, backup := guid(t.seed, "msp#", "monitoring app"), guid(t.seed, "vendor", "backup app")
	t.dir.providerApp = t.addApplication(t.guid("provider app"), monitoring, "Northwind Monitoring",
		mspID(t.seed))
	t.dir.foreignApp = t.addApplication(t.guid("vendor app"), backup, "Proware Backup", vendorID(t.seed))
}

// addApplication: https://learn.microsoft.com/graph/api/resources/serviceprincipal.
// Without an owner it is a managed identity. It returns the object id.
func (t *Tenant) addApplication(id, appID, name, owner string) string {
	o := object{
		"id": id, "appId": appID, "displayName": name, "servicePrincipalType": "Application",
		"accountEnabled":         true,
		"appOwnerOrganizationId": owner, "signInAudience": "AzureADMultipleOrgs", "createdByAppId": nil,
		"tags": []any{},
	}

	maps.Copy(o, usualPrincipal)
	o["servicePrincipalNames"] = []any{appID}
	if appID == graphAppID {
		o["appRoles"] = publishedRoles()
	}

	switch owner {
	case "":
		maps.Copy(o, managedIdentity)
	case t.ID:
		o["signInAudience"], o["tags"] = "AzureADMyOrg", []any{"WindowsAzureActiveDirectoryIntegratedApp"}
	}

	t.dir.byID[id] = o
	t.put("/graph/servicePrincipals", o)
	t.put("/graph/servicePrincipals/" + id + "/owners")
	t.put("/graph/servicePrincipals/" + id + "/appRoleAssignedTo")
	return id
}

// usualPrincipal is what most service principals have.
var usualPrincipal = object{
	"appRoleAssignmentRequired": false, "disabledByMicrosoftStatus": nil, "alternativeNames": []any{},
	"replyUrls": []any{}, "preferredSingleSignOnMode": nil, "preferredTokenSigningKeyThumbprint": nil,
	"tokenEncryptionKeyId": nil, "keyCredentials": []any{}, "passwordCredentials": []any{}, "appRoles": []any{},
	"verifiedPublisher": object{"displayName": nil, "verifiedPublisherId": nil, "addedDateTime": nil},
}

// managedIdentity is what managed identities have instead.
var managedIdentity = object{
	"servicePrincipalType": "ManagedIdentity", "appOwnerOrganizationId": nil, "signInAudience": nil,
}

func mspID(seed uint64) string    { return guid(seed, "msp#", "tenant") }
func vendorID(seed uint64) string { return guid(seed, "vendor", "tenant") }

// fewestGroups are how many a tenant of a tier has at least.
var fewestGroups = map[string]int{"micro": 2, "small": 8, "mid": 24, "large": 60, "xl": 5000}

// addDirectoryGroups makes a group that may hold roles, one for keys, and
// others: security groups, Microsoft 365 groups and dynamic ones in turn.
func (t *Tenant) addDirectoryGroups(r *rand.Rand) {
	t.dir.roleGroup = t.addGroup("role helpdesk", "Helpdesk Operators", "role", t.some(r, 2), t.dir.apps[:1])
	t.dir.keyGroup = t.addGroup("key operators", "Key Operators", "security", t.some(r, 2), t.dir.managed[:1])
	t.addGroup("empty", "Break Glass", "security", nil, nil)

	for _, id := range t.groups {
		t.putGroup(id, "Azure Readers", "security", nil, []string{t.ObjectID})
	}

	for i := range or(t.Size.Groups, max(fewestGroups[t.Size.Tier], t.Size.Users/10)) {
		name := fmt.Sprintf("Team %03d", i+1)
		if t.hostile && i%5 == 0 {
			name = pick(r, hostileNames)
		}

		// Guests are in every second group: no role, no harm.
		guests := t.dir.guests[:min(i%2, len(t.dir.guests))]
		members := append(t.some(r, 5+r.IntN(10)), guests...)
		t.addGroup(fmt.Sprint(i), name, []string{"security", "unified", "dynamic"}[i%3], members, nil)
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

// Properties of security groups, and what other kinds have instead.
var (
	securityGroup = object{
		"mail": nil, "securityEnabled": true, "mailEnabled": false, "groupTypes": []any{},
		"isAssignableToRole": nil, "isManagementRestricted": nil,
		"onPremisesSyncEnabled": nil, "membershipRule": nil, "visibility": nil,
		"preferredDataLocation": nil,
	}
	groupKinds = map[string]object{
		"role": {"isAssignableToRole": true, "visibility": "Private"},
		"unified": {"securityEnabled": false, "mailEnabled": true, "groupTypes": []any{"Unified"},
			"visibility": "Private"},
		"dynamic": {"groupTypes": []any{"DynamicMembership"},
			"membershipRule": `(user.department -eq "Sales")`},
	}
)

// putGroup: https://learn.microsoft.com/graph/api/resources/group, and its
// members.
func (t *Tenant) putGroup(id, name, kind string, users, apps []string) {
	o := with(securityGroup, groupKinds[kind])
	o["id"], o["displayName"] = id, name
	if kind == "unified" {
		o["mail"] = "team-" + id[:8] + "@" + t.Domain
	}

	t.put("/graph/groups", o)
	t.put("/graph/groups/" + id + "/members") // an empty group is known, too
	t.put("/graph/groups/" + id + "/owners")
	t.addMembers(id, "#microsoft.graph.user", users)
	t.addMembers(id, "#microsoft.graph.servicePrincipal", apps)
	t.addOwners(id, kind)
}

// addOwners: a security group has an owner, the one that holds a role an
// application beside, and a dynamic one none.
func (t *Tenant) addOwners(group, kind string) {
	at := "/graph/groups/" + group + "/owners"
	if kind != "dynamic" {
		t.putDirectoryObjects(at, "#microsoft.graph.user", t.some(t.rand("owner of "+group), 1))
	}
	if kind == "role" {
		t.putDirectoryObjects(at, "#microsoft.graph.servicePrincipal", t.dir.apps[:1])
	}
}

// addMembers: https://learn.microsoft.com/graph/api/group-list-members.
func (t *Tenant) addMembers(group, typ string, ids []string) {
	t.putDirectoryObjects("/graph/groups/"+group+"/members", typ, ids)
}

// putDirectoryObjects puts users, service principals or groups on a list, as lists of
// members and owners show them.
func (t *Tenant) putDirectoryObjects(at, typ string, ids []string) {
	members := make([]object, len(ids))
	for i, id := range ids {
		o := object{"@odata.type": typ, "id": id}
		for _, name := range memberProperties {
			if v, has := t.dir.byID[id][name]; has {
				o[name] = v
			}
		}
		members[i] = o
	}

	t.put(at, members...)
}

// deletedTypes are the types of objects that can be restored for 30 days:
// https://learn.microsoft.com/graph/api/directory-deleteditems-list.
var deletedTypes = []string{"user", "group", "servicePrincipal", "application"}

func (t *Tenant) addDeletedItems(r *rand.Rand) {
	for _, typ := range deletedTypes {
		path := "/graph/directory/deletedItems/microsoft.graph." + typ
		for i := range r.IntN(3) + 1 {
			id := t.guid("deleted", typ, fmt.Sprint(i))
			o := object{"id": id, "displayName": "Former " + pick(r, familyNames),
				"deletedDateTime": date(r, 2026, 2026) + "Z"}

			switch typ {
			case "user":
				o["userPrincipalName"] = strings.ReplaceAll(id, "-", "") + "former@" + t.Domain
			case "servicePrincipal", "application":
				o["appId"] = t.guid("deleted app", fmt.Sprint(i))
			}

			t.put(path, o)
		}
	}

	t.dir.deleted = t.guid("deleted", "user", "0")
}
