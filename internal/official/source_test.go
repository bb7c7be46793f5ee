package official

import (
	"maps"
	"slices"
	"strings"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
)

// client is one tenant that is imported and judged. Everything that is not an
// official body is visible here: adapted says what was changed, hand is
// hand-written.
type client struct {
	name, about   string
	like          string // a client whose fields it has where it has none of its own, and whose files
	tenant        string
	organization  source
	subscriptions []string // subscriptions of a hand-written list, in the client's tenant
	proven        []string // where hand-written role assignments prove that lists show all
	empty         []string // "<dataset>" or "<dataset>/<parent>" as hand-written empty lists
	files         map[string]source
	providers     []string // declared service providers
	vaults        []string // declared vaults and managed HSMs, as subjects; nil: nothing is promised of keys
	fence         []string // regions; nil: eastus, eastus2, westus, which the bodies name
	countries     []string // nil: NL, which the organization's body names
	fleet         []intent.FleetClient
}

// source is a body: an official one (changed as adapted says) or a hand-written one.
type source struct {
	official, hand string
	adapted        []adaptation
}

func verbatim(name string) source                   { return source{official: name} }
func adapted(name string, how ...adaptation) source { return source{official: name, adapted: how} }
func hand(name string) source                       { return source{hand: name} }

// adaptation is a named change of an official body.
type adaptation struct {
	what string
	do   func(body map[string]any)
}

// lastPage makes the page the last one.
var lastPage = adaptation{"the link to a next page is removed", func(body map[string]any) {
	delete(body, "nextLink")
	delete(body, "@odata.nextLink")
}}

// allRows makes the first page of a Resource Graph answer all of it.
var allRows = adaptation{"$skipToken is removed, totalRecords is the number of rows",
	func(body map[string]any) {
		delete(body, "$skipToken")
		body["totalRecords"] = body["count"]
	}}

// ofBeta is how ringfence asks for members: v1.0 leaves service principals out.
var ofBeta = adaptation{"@odata.context names beta instead of v1.0", func(body map[string]any) {
	body["@odata.context"] = strings.Replace(body["@odata.context"].(string), "/v1.0/", "/beta/", 1)
}}

// telling leaves out accounts that say nothing of their encryption.
var telling = adaptation{"accounts without an encryption object are left out", func(body map[string]any) {
	body["value"] = slices.DeleteFunc(body["value"].([]any), func(account any) bool {
		return account.(map[string]any)["properties"].(map[string]any)["encryption"] == nil
	})
}}

// closed, strict and approved make what the bodies show open the opposite.
var (
	closed = adaptation{"b2bCollaborationInbound and Outbound are the body's own b2bDirectConnectInbound " +
		"and Outbound, which block everybody", func(body map[string]any) {
		body["b2bCollaborationInbound"] = body["b2bDirectConnectInbound"]
		body["b2bCollaborationOutbound"] = body["b2bDirectConnectOutbound"]
	}}
	strict = adaptation{"allowInvitesFrom is adminsAndGuestInviters, " +
		"allowEmailVerifiedUsersToJoinOrganization false; guests are restricted, and users may " +
		"neither create applications and tenants nor consent", func(body map[string]any) {
		body["allowInvitesFrom"], body["allowEmailVerifiedUsersToJoinOrganization"] = "adminsAndGuestInviters", false
		body["guestUserRoleId"] = "2af84b1e-32c8-42b7-82bc-daa82404023b"
		body["allowUserConsentForRiskyApps"] = false

		rights := body["defaultUserRolePermissions"].(map[string]any)
		rights["allowedToCreateApps"], rights["allowedToCreateTenants"] = false, false
		rights["permissionGrantPoliciesAssigned"] = []any{}
	}}
	shut = adaptation{"enableRbacAuthorization is true, publicNetworkAccess Disabled", func(body map[string]any) {
		for _, item := range body["value"].([]any) {
			properties := item.(map[string]any)["properties"].(map[string]any)
			properties["enableRbacAuthorization"], properties["publicNetworkAccess"] = true, "Disabled"
		}
	}}
	approved = adaptation{"the proposed relationship has status active: the customer approved it",
		func(body map[string]any) {
			body["value"].([]any)[2].(map[string]any)["status"] = "active"
		}}
)

// of makes an organization another one, by its id only.
func of(tenant string) adaptation {
	return adaptation{"id is " + tenant, func(body map[string]any) { body["id"] = tenant }}
}

// Official bodies that several clients hold.
const (
	organizationGet   = "graph.organization.get.json"
	organizationList  = "graph.organization.list.json"
	subscriptionsList = "arm.subscriptions.list.json"
	vaultsList        = "arm.keyvault.vaults.listBySubscription.json"
	hsmsList          = "arm.keyvault.managedHSMs.listBySubscription.json"
	resourcesList     = "arm.keyvault.vaults.listResources.json"
	diskSets          = "arm.compute.diskEncryptionSets.listBySubscription.json"
	accounts          = "arm.storage.storageAccounts.list.json"
	protectors        = "arm.sql.encryptionProtector.list.json"
	graphPage         = "arm.resourcegraph.resources.firstPage.json"
	delegations       = "arm.lighthouse.registrationAssignments.json"
	relationships     = "graph.delegatedAdminRelationships.json"
)

// at is the import path of a dataset under a parent.
func at(dataset, parent string) string { return dataset + "/" + snapshot.ScopeFile(parent) }

// each is a dataset under several parents.
func each(dataset string, parents ...string) (paths []string) {
	for _, p := range parents {
		paths = append(paths, at(dataset, p))
	}
	return paths
}

func join(lists ...[]string) (all []string) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// encrypted are the subscriptions of the resources that name keys.
var encrypted = []string{databases, storage, graphed}

// otherLists are what the official bodies about keys do not cover.
var otherLists = join(
	each("azure.disk_encryption_sets", databases, graphed),
	each("azure.storage_accounts", databases, graphed),
	each("azure.sql_servers", storage, graphed),
	each("keyvault.managed_hsms", encrypted...),
	each("keyvault.deleted_vaults", encrypted...),
)

// with is some files, and more files or others.
func with(files, more map[string]source) map[string]source {
	all := map[string]source{}
	maps.Copy(all, files)
	maps.Copy(all, more)
	return all
}

// declared is what the fleet file says about the client's Azure: the
// subscriptions of the hand-written list or the official one; else none.
func (c client) declared() *collectors.Azure {
	switch _, official := c.files["azure.subscriptions"]; {
	case official:
		return &collectors.Azure{Subscriptions: []string{first, second}}
	case c.subscriptions != nil:
		return &collectors.Azure{Subscriptions: c.subscriptions}
	}

	return &collectors.Azure{None: true}
}
