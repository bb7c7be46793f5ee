package emulator

import (
	"slices"
	"strings"
)

// fenceFlaws are those of copies, policies, logs and backups that leave the fence, or only
// look as if they did.
var fenceFlaws = []flaw{
	// Where copies go.
	{name: "a storage account is copied outside the fence", area: surroundings, breaks: "RF-G-04",
		clients: "fabrikam woodgrove", odds: odds{101, 20},
		apply: func(s *site) {
			s.plant("azure.storage_accounts", s.copyStorage(fenceOf(s.fence).outside[0]))
		}},
	{name: "a storage account is copied inside the fence", area: surroundings, clients: "adventure-works",
		apply: func(s *site) { s.copyStorage(s.sub.locations[1]) }},
	{name: "a database's backups go to a pair outside the fence", area: surroundings, breaks: "RF-G-04",
		clients: "trey-research",
		apply: func(s *site) {
			o := s.firstDatabase()
			o["location"] = "germanywestcentral" // whose pair is no region of the fence
			o["properties"].(object)["currentBackupStorageRedundancy"] = "Geo"
			s.plant("azure.sql_databases", o)
		}},
	{name: "a database's backups go to a pair inside the fence", area: surroundings, clients: "fabrikam",
		apply: func(s *site) {
			o := s.firstDatabase()
			o["location"] = "westeurope"
			o["properties"].(object)["currentBackupStorageRedundancy"] = "Geo"
		}},
	{name: "a recovery vault is copied outside the fence", area: surroundings,
		breaks: "RF-G-04", clients: "trey-research",
		apply: func(s *site) {
			o := s.backupVaultOf("microsoft.recoveryservices/vaults")
			s.move(o, "francecentral")
			settings := o["properties"].(object)["redundancySettings"].(object)
			settings["standardTierStorageRedundancy"] = "GeoRedundant"
			s.plant("azure.backup_vaults", o)
		}},
	{name: "a Backup vault is replicated outside the fence", area: surroundings, breaks: "RF-G-04",
		clients: "woodgrove",
		apply: func(s *site) {
			o := s.backupVaultOf("microsoft.dataprotection/backupvaults")
			o["properties"].(object)["replicatedRegions"] = []any{fenceOf(s.fence).outside[0]}
			s.plant("azure.backup_vaults", o)
		}},

	// What Azure Policy denies.
	{name: "the allowed-locations policy is not enforced", area: surroundings, breaks: "RF-G-05",
		clients: "fabrikam", odds: odds{102, 20},
		apply: func(s *site) { s.weakenPolicy("enforcementMode", "DoNotEnforce") }},
	{name: "the allowed-locations policy allows more than the fence", area: surroundings,
		breaks: "RF-G-05", clients: "woodgrove",
		apply: func(s *site) {
			wide := append(anys(s.sub.locations), fenceOf(s.fence).outside[0])
			s.weakenPolicy("parameters", object{"listOfAllowedLocations": object{"value": wide}})
		}},
	{name: "the allowed-locations policy leaves a resource group out", area: surroundings,
		breaks: "RF-G-05", clients: "trey-research",
		apply: func(s *site) {
			s.weakenPolicy("notScopes", []any{s.sub.path("/resourceGroups/rg-app-prod")})
		}},
	{name: "the allowed-locations policy is about some resources only", area: surroundings,
		breaks: "RF-G-05", clients: "trey-research",
		apply: func(s *site) {
			s.weakenPolicy("resourceSelectors", []any{object{"name": "machines", "selectors": []any{
				object{"kind": "resourceType", "in": []any{"Microsoft.Compute/virtualMachines"}}}}})
		}},
	{name: "the effect of the allowed-locations policy is overridden", area: surroundings,
		breaks: "RF-G-05", clients: "trey-research",
		apply: func(s *site) {
			s.weakenPolicy("overrides", []any{object{"kind": "policyEffect", "value": "audit"}})
		}},
	{name: "a group is exempted from the allowed-locations policy", area: surroundings,
		breaks: "RF-G-05", clients: "fabrikam",
		apply: func(s *site) {
			s.exempt("2027-02-28T00:00:00.0000000Z")
			s.plantSubscription()
		}},
	{name: "an exemption from the allowed-locations policy is over", area: surroundings, clients: "adventure-works",
		apply: func(s *site) { s.exempt("2025-02-28T00:00:00.0000000Z") }},
	{name: "there is no allowed-locations policy", area: surroundings, breaks: "RF-G-05",
		clients: "trey-research",
		apply: func(s *site) {
			path := strings.ToLower("/arm" + s.sub.path(authorizationAt+"/policyAssignments"))
			isIt := func(o object) bool { return o["name"] == "allowed-locations" }
			s.data[path] = slices.DeleteFunc(s.data[path], isIt)
			s.plantSubscription()
		}},
	{name: "a custom initiative may deny what lies outside the fence", area: surroundings, clients: "lucerne",
		apply: func(s *site) {
			o := s.locationsPolicy()["properties"].(object)
			o["policyDefinitionId"] = s.groupPath(s.ID) + authorizationAt + "/policySetDefinitions/landing-zone"
		}},

	// Where logs and backups go.
	{name: "the activity log goes to a workspace outside the fence", area: surroundings, breaks: "RF-G-07",
		clients: "fabrikam",
		apply:   func(s *site) { s.sendTo(kindOf("log"), "workspaceId", "") }},
	{name: "the activity log goes to an event hub outside the fence", area: surroundings, breaks: "RF-G-07",
		clients: "woodgrove",
		apply: func(s *site) {
			hub := kind{typ: "Microsoft.EventHub/namespaces", group: "rg-app-prod", prefix: "evh"}
			s.sendTo(hub, "eventHubAuthorizationRuleId", "/authorizationRules/RootManageSharedAccessKey")
		}},
	{name: "the activity log goes to a workspace that nobody sees", area: surroundings, clients: "adventure-works",
		apply: func(s *site) {
			s.activitySetting()["properties"].(object)["workspaceId"] = "/subscriptions/" + s.guid("elsewhere") +
				"/resourceGroups/rg-soc/providers/Microsoft.OperationalInsights/workspaces/log-soc"
		}},
	{name: "a Backup vault lies outside the fence", area: surroundings, breaks: "RF-G-07",
		clients: "trey-research",
		apply: func(s *site) {
			o := s.backupVaultOf("microsoft.dataprotection/backupvaults")
			s.Tenant.plant("RF-G-03", "azure.resources", s.move(o, fenceOf(s.fence).outside[0]))
			s.plant("azure.backup_vaults", o)
		}},
}

// copyStorage makes the subscription's first storage account geo-redundant.
func (s *site) copyStorage(to string) object {
	o := s.at("/arm" + s.sub.path("/providers/Microsoft.Storage/storageAccounts"))[0]
	o["sku"] = object{"name": "Standard_RAGRS", "tier": "Standard"}
	p := o["properties"].(object)
	p["secondaryLocation"], p["statusOfSecondary"] = to, "available"
	return o
}

func (s *site) firstDatabase() object {
	server := s.at("/arm" + s.sub.path("/providers/Microsoft.Sql/servers"))[0]
	return s.at("/arm" + server["id"].(string) + "/databases")[0]
}

// backupVaultOf is the subscription's first vault of a type.
func (s *site) backupVaultOf(typ string) object {
	vaults := s.at(backupInventory(s.sub))
	return vaults[slices.IndexFunc(vaults, func(o object) bool { return o["type"] == typ })]
}

// move puts a resource into a region, and returns its line in the list of resources.
func (s *site) move(o object, region string) object {
	all := s.at("/arm" + s.sub.path("/resources"))
	listed := all[slices.IndexFunc(all, func(r object) bool { return r["id"] == o["id"] })]
	o["location"], listed["location"] = region, region
	return listed
}

func (s *site) plantSubscription() { s.plant("azure.subscriptions", s.at("/arm" + s.sub.path(""))[0]) }

// locationsPolicy is the assignment of the built-in policy "Allowed locations".
func (s *site) locationsPolicy() object {
	all := s.at("/arm" + s.sub.path(authorizationAt+"/policyAssignments"))
	return all[slices.IndexFunc(all, func(o object) bool { return o["name"] == "allowed-locations" })]
}

// weakenPolicy changes a property of the allowed-locations policy.
func (s *site) weakenPolicy(property string, value any) {
	s.locationsPolicy()["properties"].(object)[property] = value
	s.plantSubscription()
}

// exempt exempts a resource group from the allowed-locations policy, until a time.
func (s *site) exempt(until string) {
	o := s.policyExemption(s.sub, s.locationsPolicy()["id"].(string), until)
	o["id"], o["name"] = o["id"].(string)+"-of-regions", "migration-of-regions"
	s.put("/arm"+s.sub.path(authorizationAt+"/policyExemptions"), o)
}

// activitySetting says where the subscription's activity log goes. A subscription without
// a workspace gets the setting here.
func (s *site) activitySetting() object {
	at := "/arm" + s.sub.path(settingsAt)
	if len(s.at(at)) == 0 {
		s.put(at, s.activity(s.sub, object{}))
	}
	return s.at(at)[0]
}

// sendTo makes a log sink outside the fence and sends the activity log there. rest is what
// the setting has behind the sink's id.
func (s *site) sendTo(k kind, property, rest string) {
	o := s.resource(s.rand, s.sub, k, k.name(s.Label, "far"), fenceOf(s.fence).outside[0])
	s.put("/arm"+s.sub.path("/resources"), o)
	s.Tenant.plant("RF-G-03", "azure.resources", o)
	if k.prefix == "log" {
		workspace := s.workspace(o)
		s.put("/arm"+s.sub.path(workspacesAt), workspace)
		s.put("/arm" + workspace["id"].(string) + settingsAt)
	}

	setting := s.activitySetting()
	p := setting["properties"].(object)
	p["workspaceId"], p[property] = nil, o["id"].(string)+rest
	s.plant("azure.diagnostic_settings", setting)
}
