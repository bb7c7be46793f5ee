package emulator

import (
	"fmt"
	"strings"
	"testing"
)

// TestNearMisses: the default fleet holds what a careless judge takes for a
// deviation, or overlooks, and clients with nothing planted have some of it.
func TestNearMisses(t *testing.T) {
	w := Generate(1, 12)
	seen := map[string]int{}
	for _, c := range w.Clients {
		for path, objects := range c.data {
			for _, o := range objects {
				for _, what := range append(nearMisses(path, o), c.nearMissesOfBreadth(path, o)...) {
					seen[what]++
				}
			}
		}
	}

	for _, o := range w.MSP.data[strings.ToLower(relationshipsPath)] {
		for _, what := range nearRelationships(o) {
			seen[what]++
		}
	}

	for _, what := range []string{"invites none", "join without everyone", "everyone without join", "everyone and join", "members invite",
		"retention 90", "retention 89", "retention 7", "retention absent", "soft delete absent", "soft delete false", "purge protection absent",
		"managedHSMs purge protection absent", "tags null", "tags empty", "tags absent", "unknown property beyond 2^53",
		"West Europe", "WESTEUROPE", "global Microsoft.Network/dnszones", "Global Microsoft.Cdn/profiles", "networkwatcherrg in the fence",
		"group name in another case", "script", "right to left", "line break", "logical region", "suspended sku",
		"closed by users", "closed by groups", "closed by applications", "no country on record",
		"guest", "guest who has not accepted", "synchronised member", "person who signed up", "application of the MSP", "managed identity",
		"role of the MSP's group, home told", "role of the MSP's group, home not told", "role of the MSP's application", "role of Microsoft's application",
		"role of a managed group", "role of nobody known",
		"terminated with Global Administrator", "no customer", "approval pending", "unknown and terminated", "unknown and pending",
		"managed by the MSP", "vault without a pair", "vault region as displayed", "vault with a sovereign suffix",
		"policy for Microsoft's application", "policy for a managed identity", "harmless policy for a guest", "harmless policy for the MSP", "policy for nobody known", "policies asleep",
		"platform key", "service-managed key", "upper-case key host", "key in a managed HSM", "earlier key of the client", "deleted vault", "key of another type"} {
		if seen[what] == 0 {
			t.Errorf("the fleet has no %q", what)
		}
	}

	if n := seen["purge protection false"]; n > 0 {
		t.Errorf("purge protection is false %d times: the API leaves it out", n)
	}
}

func nearMisses(path string, o object) (found []string) {
	add := func(is bool, what string) {
		if is {
			found = append(found, what)
		}
	}

	p, _ := o["properties"].(object)
	tags, tagged := o["tags"]
	text := fmt.Sprint(o["displayName"], tags)
	add(strings.Contains(text, "<script>"), "script")
	add(strings.Contains(text, "\u202e"), "right to left")
	add(strings.Contains(text, "\n"), "line break")

	switch typ, location := fmt.Sprint(o["type"]), fmt.Sprint(o["location"]); {
	case strings.HasSuffix(path, "authorizationpolicy"):
		invites, join := o["allowInvitesFrom"], o["allowEmailVerifiedUsersToJoinOrganization"] == true
		add(invites == "none", "invites none")
		add(invites == "adminsGuestInvitersAndAllMembers", "members invite")
		add(invites != "everyone" && join, "join without everyone")
		add(invites == "everyone" && !join, "everyone without join")
		add(invites == "everyone" && join, "everyone and join")

	case strings.HasSuffix(path, "/vaults"), strings.HasSuffix(path, "/managedhsms"):
		purge, hasPurge := p["enablePurgeProtection"]
		soft, hasSoft := p["enableSoftDelete"]
		days, hasDays := p["softDeleteRetentionInDays"]
		add(hasDays, fmt.Sprint("retention ", days))
		add(!hasDays, "retention absent")
		add(!hasSoft, "soft delete absent")
		add(soft == false, "soft delete false")
		add(!hasPurge, "purge protection absent")
		add(!hasPurge && strings.HasSuffix(path, "hsms"), "managedHSMs purge protection absent")
		add(purge == false, "purge protection false")
		add(tagged && tags == nil, "tags null")
		add(p["serviceRevision"] != nil, "unknown property beyond 2^53")

	case strings.HasSuffix(path, "/resources"):
		add(true, location)
		add(strings.EqualFold(location, "global"), location+" "+typ)
		add(location == strings.ToUpper(location), "WESTEUROPE")
		add(!tagged, "tags absent")
		add(tagged && fmt.Sprint(tags) == "map[]", "tags empty")
		add(strings.Contains(fmt.Sprint(o["id"]), "/RG-APP-PROD/"), "group name in another case")

	case strings.HasSuffix(path, "/resourcegroups"):
		add(o["name"] == "NetworkWatcherRG", "networkwatcherrg in the fence")
	case strings.HasSuffix(path, "/locations"):
		add(o["metadata"].(object)["regionType"] == "Logical", "logical region")
	case strings.HasSuffix(path, "/subscribedskus"):
		add(o["capabilityStatus"] == "Suspended", "suspended sku")
	}

	return found
}

// nearMissesOfBreadth are those of users, roles, vaults' owners and keys.
func (t *Tenant) nearMissesOfBreadth(path string, o object) (found []string) {
	add := func(is bool, what string) {
		if is {
			found = append(found, what)
		}
	}

	text := string(encode(o["properties"]))
	switch principal := fmt.Sprint(o["principalId"]); {
	case path == "/graph/organization":
		add(o["countryLetterCode"] == nil, "no country on record")
	case strings.HasSuffix(path, "/default"):
		inbound := string(encode(o["b2bCollaborationInbound"]))
		add(strings.Contains(inbound, "blocked"), "closed by users")
		add(strings.Contains(inbound, `"group"`), "closed by groups")
		add(strings.Contains(inbound, "Office365"), "closed by applications")

	case path == "/graph/users":
		add(o["userType"] == "Guest", "guest")
		add(o["externalUserState"] == "PendingAcceptance", "guest who has not accepted")
		add(o["userType"] == "Member" && o["creationType"] == "Invitation", "synchronised member")
		add(o["creationType"] == "EmailVerified", "person who signed up")

	case path == "/graph/serviceprincipals":
		add(o["appOwnerOrganizationId"] == mspID(t.seed), "application of the MSP")
		add(o["servicePrincipalType"] == "ManagedIdentity" && o["appOwnerOrganizationId"] == nil, "managed identity")

	case strings.HasSuffix(path, "/roleassignments") && strings.HasPrefix(path, "/graph"):
		ours := principal == partnerGroup(t.seed, "service desk")
		add(ours && o["principalOrganizationId"] != nil, "role of the MSP's group, home told")
		add(ours && o["principalOrganizationId"] == nil, "role of the MSP's group, home not told")
		add(principal == t.dir.providerApp, "role of the MSP's application")
		add(principal == t.dir.firstParty[0], "role of Microsoft's application")
		add(principal == t.dir.roleGroup, "role of a managed group")
		add(principal == t.guid("unknown holder"), "role of nobody known")

	case path == "/arm/subscriptions":
		add(strings.Contains(string(encode(o["managedByTenants"])), mspID(t.seed)), "managed by the MSP")
	case strings.HasSuffix(path, "/vaults"):
		found = append(found, t.nearVaults(o)...)
	case strings.HasSuffix(path, "/storageaccounts"):
		add(strings.Contains(text, `"Microsoft.Storage"`), "platform key")
	case strings.HasSuffix(path, "/encryptionprotector"):
		add(strings.Contains(text, "ServiceManaged"), "service-managed key")

	case strings.HasSuffix(path, "/diskencryptionsets"):
		add(strings.Contains(text, "https://KV"), "upper-case key host")
		add(strings.Contains(text, ".managedhsm."), "key in a managed HSM")
		add(strings.Count(text, t.keyHost) == 2, "earlier key of the client")

	case strings.HasSuffix(path, "/deletedvaults"):
		add(true, "deleted vault")
	case strings.HasPrefix(path, "/inventory"):
		add(strings.HasPrefix(fmt.Sprint(o["type"]), "Microsoft.MachineLearning") && holdsKey(o), "key of another type")
	}

	return found
}

func (t *Tenant) nearVaults(o object) (found []string) {
	p := o["properties"].(object)
	add := func(is bool, what string) {
		if is {
			found = append(found, what)
		}
	}

	add(o["location"] == "polandcentral", "vault without a pair")
	add(strings.Contains(o["location"].(string), " "), "vault region as displayed")
	add(strings.Contains(p["vaultUri"].(string), "usgovcloudapi"), "vault with a sovereign suffix")
	policies := p["accessPolicies"].([]any)
	add(len(policies) > 0 && p["enableRbacAuthorization"] == true, "policies asleep")

	for _, entry := range policies {
		a := entry.(object)
		harmless := !strings.Contains(string(encode(a)), "unwrapKey")
		add(a["objectId"] == t.dir.firstParty[2], "policy for Microsoft's application")
		add(a["objectId"] == t.dir.managed[0], "policy for a managed identity")
		add(a["objectId"] == t.dir.guests[0] && harmless, "harmless policy for a guest")
		add(a["objectId"] == t.dir.providerApp && harmless, "harmless policy for the MSP")
		add(a["objectId"] == t.guid("orphan"), "policy for nobody known")
	}

	return found
}

func nearRelationships(o object) (found []string) {
	roles, name, status := string(encode(o["accessDetails"])), fmt.Sprint(o["displayName"]), fmt.Sprint(o["status"])
	for what, is := range map[string]bool{
		"terminated with Global Administrator": status == "terminated" && strings.Contains(roles, roleID("Global Administrator")),
		"no customer":                          o["customer"] == nil,
		"approval pending":                     status == "approvalPending" && o["activatedDateTime"] == nil,
		"unknown and terminated":               status == "terminated" && strings.HasPrefix(name, "Fourth Coffee"),
		"unknown and pending":                  status == "approvalPending" && strings.HasPrefix(name, "The Phone Company"),
	} {
		if is {
			found = append(found, what)
		}
	}

	return found
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"*/read", "microsoft.keyvault/vaults/read", true}, {"*", "x", true}, {"a", "a", true}, {"a", "ab", false},
		{"a*b*c", "axxbyyc", true}, {"a*b*c", "acb", false}, {"ab*ba", "aba", false}, {"microsoft.keyvault/*", "microsoft.storage/x", false},
		{"*/read", "x/write", false}, {strings.Repeat("a*", 40) + "b", strings.Repeat("a", 200), false},
	}

	for _, tt := range tests {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("glob(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}
