package emulator

import (
	"fmt"
	"strings"
	"testing"

	"ringfence/internal/effort"
)

// variety is what lists of the default fleet hold beside what is planted: what a
// careless judge takes for a deviation, or overlooks. path is the end of a list's
// path, "" for every list.
var variety = []struct {
	what, path string
	is         func(*Tenant, object) bool
}{
	// Policies.
	{"invites none", "authorizationpolicy", has("allowInvitesFrom", "none")},
	{"members invite", "authorizationpolicy", has("allowInvitesFrom", "adminsGuestInvitersAndAllMembers")},
	{"join without everyone", "authorizationpolicy",
		func(_ *Tenant, o object) bool { return joins(o) && !invitesAll(o) }},
	{"everyone without join", "authorizationpolicy",
		func(_ *Tenant, o object) bool { return !joins(o) && invitesAll(o) }},
	{"everyone and join", "authorizationpolicy",
		func(_ *Tenant, o object) bool { return joins(o) && invitesAll(o) }},
	{"closed by users", "policy/default", says("b2bCollaborationInbound", "blocked")},
	{"closed by groups", "policy/default", says("b2bCollaborationInbound", `"group"`)},
	{"closed by applications", "policy/default", says("b2bCollaborationInbound", "Office365")},
	{"no country on record", "/graph/organization", has("countryLetterCode", nil)},
	{"suspended sku", "/subscribedskus", has("capabilityStatus", "Suspended")},

	// Who is in the directory.
	{"guest", "/graph/users", has("userType", "Guest")},
	{"guest who has not accepted", "/graph/users", has("externalUserState", "PendingAcceptance")},
	{"person who signed up", "/graph/users", has("creationType", "EmailVerified")},
	{"synchronised member", "/graph/users", func(_ *Tenant, o object) bool {
		return o["userType"] == "Member" && o["creationType"] == "Invitation"
	}},
	{"application of the MSP", "/serviceprincipals", func(t *Tenant, o object) bool {
		return o["appOwnerOrganizationId"] == mspID(t.seed)
	}},
	{"managed identity", "/serviceprincipals", func(_ *Tenant, o object) bool {
		return o["servicePrincipalType"] == "ManagedIdentity" && o["appOwnerOrganizationId"] == nil
	}},

	// Who holds roles.
	{"role of the MSP's group, home told", "directory/roleassignments", func(t *Tenant, o object) bool {
		return o["principalId"] == partnerGroup(t.seed, "service desk") && o["principalOrganizationId"] != nil
	}},
	{"role of the MSP's group, home not told", "directory/roleassignments", func(t *Tenant, o object) bool {
		return o["principalId"] == partnerGroup(t.seed, "service desk") && o["principalOrganizationId"] == nil
	}},
	{"role of the MSP's application", "directory/roleassignments",
		heldBy(func(t *Tenant) string { return t.dir.providerApp })},
	{"role of Microsoft's application", "directory/roleassignments",
		heldBy(func(t *Tenant) string { return t.dir.firstParty[0] })},
	{"role of a managed group", "directory/roleassignments",
		heldBy(func(t *Tenant) string { return t.dir.roleGroup })},
	{"role of nobody known", "directory/roleassignments",
		heldBy(func(t *Tenant) string { return t.guid("unknown holder") })},

	// Subscriptions and what lies in them.
	{"managed by the MSP", "/arm/subscriptions", func(t *Tenant, o object) bool {
		return strings.Contains(string(encode(o["managedByTenants"])), mspID(t.seed))
	}},
	{"logical region", "/locations", says("metadata", "Logical")},
	{"network watcher in the fence", "/resourcegroups", has("name", "NetworkWatcherRG")},
	{"region as displayed", "/resources", has("location", "West Europe")},
	{"region in capitals", "/resources", has("location", "WESTEUROPE")},
	{"global", "/resources", func(_ *Tenant, o object) bool { return o["location"] == "global" }},
	{"Global", "/resources", func(_ *Tenant, o object) bool { return o["location"] == "Global" }},
	{"group name in another case", "/resources", says("id", "/RG-APP-PROD/")},
	{"tags null", "/vaults", func(_ *Tenant, o object) bool {
		tags,
			tagged := o["tags"]
		return tagged && tags == nil
	}},
	{"tags empty", "/resources", func(_ *Tenant,
		o object) bool {
		return fmt.Sprint(o["tags"]) == "map[]" && o["tags"] != nil
	}},
	{"tags absent", "/resources", func(_ *Tenant, o object) bool { _, tagged := o["tags"]; return !tagged }},
	{"script", "", nameHolds("<script>")},
	{"right to left", "", nameHolds("\u202e")},
	{"line break", "", nameHolds("\n")},

	// Vaults and HSMs.
	{"retention 90", "keyvault/vaults", property("softDeleteRetentionInDays", 90)},
	{"retention 89", "keyvault/vaults", property("softDeleteRetentionInDays", 89)},
	{"retention 7", "keyvault/vaults", property("softDeleteRetentionInDays", 7)},
	{"retention absent", "keyvault/vaults", property("softDeleteRetentionInDays", nil)},
	{"soft delete absent", "keyvault/vaults", property("enableSoftDelete", nil)},
	{"soft delete false", "keyvault/vaults", property("enableSoftDelete", false)},
	{"purge protection absent", "keyvault/vaults", property("enablePurgeProtection", nil)},
	{"purge protection of an HSM absent", "/managedhsms", property("enablePurgeProtection", nil)},
	{"unknown property beyond 2^53", "keyvault/vaults", property("serviceRevision", int64(1<<53+1))},
	{"vault without a pair", "keyvault/vaults", has("location", "polandcentral")},
	{"vault region as displayed", "keyvault/vaults", says("location", " ")},
	{"vault with a sovereign suffix", "keyvault/vaults", says("properties", "usgovcloudapi")},
	{"policies asleep", "keyvault/vaults", func(_ *Tenant, o object) bool {
		p := o["properties"].(object)
		return len(p["accessPolicies"].([]any)) > 0 && p["enableRbacAuthorization"] == true
	}},
	{"policy for Microsoft's application", "keyvault/vaults",
		lets(func(t *Tenant) string { return t.dir.firstParty[2] }, true)},
	{"policy for a managed identity", "keyvault/vaults",
		lets(func(t *Tenant) string { return t.dir.managed[0] }, true)},
	{"policy for nobody known", "keyvault/vaults",
		lets(func(t *Tenant) string { return t.guid("orphan") }, true)},
	{"harmless policy for a guest", "keyvault/vaults",
		lets(func(t *Tenant) string { return t.dir.guests[0] }, false)},
	{"harmless policy for the MSP", "keyvault/vaults",
		lets(func(t *Tenant) string { return t.dir.providerApp }, false)},
	{"deleted vault", "/deletedvaults", func(*Tenant, object) bool { return true }},

	// Keys.
	{"platform key", "/storageaccounts", says("properties", `"Microsoft.Storage"`)},
	{"service-managed key", "/encryptionprotector", says("properties", "ServiceManaged")},
	{"upper-case key host", "/diskencryptionsets", says("properties", "https://KV")},
	{"key in a managed HSM", "/diskencryptionsets", says("properties", ".managedhsm.")},
	{"earlier key of the client", "/diskencryptionsets", func(t *Tenant, o object) bool {
		return strings.Count(string(encode(o["properties"])), t.keyHost) == 2
	}},
	{"key of another type", "", func(_ *Tenant, o object) bool {
		return o["type"] == "Microsoft.MachineLearningServices/workspaces" && o["properties"] != nil && holdsKey(o)
	}},

	// Relationships of the MSP.
	{"terminated with Global Administrator", "relationships", func(_ *Tenant, o object) bool {
		return o["status"] == "terminated" && strings.Contains(string(encode(o)),
			roleID("Global Administrator"))
	}},
	{"no customer", "relationships", has("customer", nil)},
	{"approval pending", "relationships", func(_ *Tenant, o object) bool {
		return o["status"] == "approvalPending" && o["activatedDateTime"] == nil
	}},
	{"unknown and terminated", "relationships", has("displayName", "Fourth Coffee - left us")},
	{"unknown and pending", "relationships", has("displayName", "The Phone Company - offer")},
}

func joins(o object) bool      { return o["allowEmailVerifiedUsersToJoinOrganization"] == true }
func invitesAll(o object) bool { return o["allowInvitesFrom"] == "everyone" }

// has: a property is there with a value.
func has(name string, value any) func(*Tenant, object) bool {
	return func(_ *Tenant, o object) bool { v, there := o[name]; return there && v == value }
}

// property: one below properties has a value; nil: it is absent.
func property(name string, value any) func(*Tenant, object) bool {
	return func(_ *Tenant, o object) bool { return o["properties"].(object)[name] == value }
}

// says: a property's JSON holds some text.
func says(name, text string) func(*Tenant, object) bool {
	return func(_ *Tenant, o object) bool { return strings.Contains(string(encode(o[name])), text) }
}

// nameHolds: what people may write, and reports show, holds some text.
func nameHolds(text string) func(*Tenant, object) bool {
	return func(_ *Tenant, o object) bool { return strings.Contains(fmt.Sprint(o["displayName"], o["tags"]), text) }
}

// heldBy: a role is held by a principal.
func heldBy(principal func(*Tenant) string) func(*Tenant, object) bool {
	return func(t *Tenant, o object) bool { return o["principalId"] == principal(t) }
}

// lets: an access policy is for a principal, and lets it use keys or not.
func lets(principal func(*Tenant) string, usesKeys bool) func(*Tenant, object) bool {
	return func(t *Tenant, o object) bool {
		for _, entry := range o["properties"].(object)["accessPolicies"].([]any) {
			policy := entry.(object)
			uses := strings.Contains(string(encode(policy)), "unwrapKey")
			if policy["objectId"] == principal(t) && uses == usesKeys {
				return true
			}
		}
		return false
	}
}

// TestVariety: the default fleet has all of it.
func TestVariety(t *testing.T) {
	effort.WithoutRace(t)
	w := Generate(1, 12)
	for _, v := range variety {
		n := 0
		for _, c := range append(w.Clients, w.MSP) {
			for path, objects := range c.data {
				for _, o := range objects {
					if strings.HasSuffix(path, v.path) && v.is(c, o) {
						n++
					}
				}
			}
		}

		if n == 0 {
			t.Errorf("the fleet has no %q", v.what)
		}
	}

	for _, c := range w.Clients {
		for path, objects := range c.data {
			for _, o := range objects {
				isVault := strings.HasSuffix(path, "keyvault/vaults") || strings.HasSuffix(path,
					"managedhsms")
				if isVault && o["properties"].(object)["enablePurgeProtection"] == false {
					t.Errorf("purge protection of %v is false: the API leaves it out", o["id"])
				}
			}
		}
	}
}
