package emulator

import (
	"strings"

	"ringfence/collectors/snapshot"
)

// keyUserFlaws are those of who may use what the client's vaults hold.
var keyUserFlaws = []flaw{
	{name: "an application of the MSP uses keys", area: azureRights, breaks: "RF-K-06", clients: "fabrikam",
		apply: func(s *site) {
			s.empower(s.sub.path(""), "Key Vault Crypto User", s.dir.providerApp, "ServicePrincipal")
		}},
	{name: "somebody of the MSP owns the group of the keys", area: azureRights, breaks: "RF-K-06",
		clients: "fabrikam",
		apply:   func(s *site) { s.empower(s.keyGroupPath(), "Owner", s.guestOfMSP(), "User") }},
	{name: "somebody of the MSP uses keys by a group in a group", area: azureRights, breaks: "RF-K-06",
		clients: "trey-research",
		apply: func(s *site) {
			inner := s.addGroup("helpers", "Helpers", "security", []string{s.guestOfMSP()}, nil)
			outer := s.addGroup("key helpers", "Key Helpers", "security", s.dir.members[1:2], nil)
			s.put("/graph/groups/"+outer+"/members", object{"@odata.type": "#microsoft.graph.group", "id": inner})
			s.empower(s.sub.path(""), "Key Vault Administrator", outer, "Group")
			s.strangerAtSubscription()
		}},
	{name: "a custom role lets the MSP read secrets", area: azureRights, breaks: "RF-K-06", clients: "woodgrove",
		apply: func(s *site) {
			id := s.customRole("Backup Operator (custom)", "Microsoft.KeyVault/vaults/secrets/*")
			s.empowerBy(id, s.sub.path(""), s.dir.providerApp, "ServicePrincipal")
		}},
	{name: "an application of the MSP may activate a role for keys", area: azureRights, breaks: "RF-K-06",
		clients: "trey-research",
		apply: func(s *site) {
			const officer = "Key Vault Crypto Officer"
			o := s.roleEligibility(s.sub.path(""), "ServicePrincipal", s.dir.providerApp, officer, "")
			s.put("/arm"+s.sub.path(authorizationAt+"/roleEligibilityScheduleInstances"), o)
			s.plantBelow(s.flaw.breaks, "azure.role_eligibility", o)
		}},
	{name: "a group of a partner owns the keys", area: azureRights, breaks: "RF-K-06", clients: "trey-research",
		apply: func(s *site) {
			s.empower(s.keyGroupPath(), "Owner", guid(s.seed, "admin agents"), "ForeignGroup")
		}},
	{name: "somebody of the MSP writes a vault with access policies", area: flawedVaults, breaks: "RF-K-06",
		clients: "adventure-works",
		apply: inLegacyVault("written", func(s *site) {
			s.empower(s.vault["id"].(string), "Key Vault Contributor", s.guestOfMSP(), "User")
		})},
	{name: "a delegation leads to a vault with access policies", area: flawedVaults, breaks: "RF-K-06",
		clients: "lucerne",
		apply: inLegacyVault("delegated", func(s *site) {
			const rest = "/resourceGroups/rg-legacy"
			s.delegate(s.sub, rest, mspID(s.seed), "Northwind Managed Services")
			s.plant("azure.lighthouse_assignments",
				s.delegation(s.sub, s.sub.path(rest), mspID(s.seed), "Northwind Managed Services"))
		})},

	{name: "an application of the MSP reads about keys", area: azureRights, clients: "contoso",
		apply: func(s *site) { s.empower(s.sub.path(""), "Key Vault Reader", s.dir.providerApp, "ServicePrincipal") }},
	{name: "somebody of the MSP manages vaults that roles govern", area: azureRights, clients: "tailspin",
		apply: func(s *site) { s.empower(s.keyGroupPath(), "Key Vault Contributor", s.guestOfMSP(), "User") }},
	{name: "people and identities of the client use keys", area: azureRights, clients: "contoso tailspin",
		apply: func(s *site) {
			s.empower(s.sub.path(""), "Key Vault Crypto User", s.dir.managed[0], "ServicePrincipal")
			s.empower(s.keyGroupPath(), "Key Vault Crypto User", s.dir.keyGroup, "Group")
		}},
	{name: "a guest from elsewhere uses a key", area: azureRights, clients: "contoso",
		apply: func(s *site) {
			vault := s.at("/arm" + s.sub.path("/providers/Microsoft.KeyVault/vaults"))[0]["id"].(string)
			s.empower(vault+"/keys/signing", "Key Vault Crypto User", s.dir.guests[0], "User")
		}},
	{name: "the MSP operates a vault by contract", area: flawedVaults, clients: "tailspin",
		apply: inVault("backup", func(s *site) {
			s.letIn(accessPolicy(s.ID, s.dir.members[0], "all"))
			id := s.vault["id"].(string)
			s.declared = append(s.declared, id)
			s.keyPromises = append(s.keyPromises, "operated_vaults = "+quoteList([]string{id}))
			s.empower(id, "Key Vault Crypto User", s.dir.providerApp, "ServicePrincipal")
		})},
}

// inLegacyVault makes a vault that asks its access policies, in a group of its own.
func inLegacyVault(what string, change func(*site)) func(*site) {
	return func(s *site) {
		s.vault = s.Tenant.vault(s.rand, s.sub, "rg-legacy", s.vaultName(what))
		s.vault["properties"].(object)["enableRbacAuthorization"] = false
		s.put("/arm"+s.sub.path("/resourcegroups"), group(s.sub, "rg-legacy", s.sub.locations[0], nil))
		change(s)
		s.putVault(s.rand, s.sub, s.vault)
		s.Tenant.plant("RF-K-03", "keyvault.vaults", s.vault)
		s.ownerKeepsKeys()
	}
}

// ownerKeepsKeys: whoever owns a subscription with a vault that asks its access policies
// administers keys and reaches what they protect.
func (s *site) ownerKeepsKeys() {
	owner := s.roleAssignment(s.sub.path(roleDefinitionsAt), s.sub.path(""), "Owner", s.dir.members[0], "User")
	s.plantBelow("RF-K-07", "azure.role_assignments", owner)
}

func (s *site) keyGroupPath() string { return s.sub.path("/resourceGroups/rg-keys") }

// empower lists that a principal holds a built-in role, which then deviates.
func (s *site) empower(scope, roleName, principal, kind string) {
	s.empowerBy(azureRole(roleName).id, scope, principal, kind)
}

func (s *site) empowerBy(role, scope, principal, kind string) {
	s.plantBelow(s.flaw.breaks, "azure.role_assignments", s.give(role, scope, principal, kind))
}

// give lists that a principal holds a role.
func (s *site) give(role, scope, principal, kind string) object {
	o := s.roleAssignment(s.sub.path(roleDefinitionsAt), scope, "Reader", principal, kind)
	name := s.guid("role assignment", scope, role, principal)
	o["id"], o["name"] = scope+"/providers/Microsoft.Authorization/roleAssignments/"+name, name
	o["properties"].(object)["roleDefinitionId"] = s.sub.path(roleDefinitionsAt) + "/" + role
	s.put("/arm"+s.sub.path(authorizationAt+"/roleAssignments"), o)
	return o
}

// plantBelow plants an object whose subject begins with the subscription, if it breaks
// something.
func (s *site) plantBelow(control, dataset string, o object) {
	if control == "" {
		return
	}

	schema, err := snapshot.SchemaFor(dataset)
	if err != nil {
		panic(err)
	}
	doc, err := schema.Normalize(o, strings.ToLower(s.sub.id))
	if err != nil {
		panic(err)
	}
	s.deviates(control, snapshot.Subject(dataset, doc.ID))
}

// guestOfMSP invites somebody of the MSP, once.
func (s *site) guestOfMSP() string {
	id := s.guid("guest of the MSP")
	if s.dir.byID[id] == nil {
		u := s.external(id, "dana", "northwind-msp.example", "ExternalAzureAD")
		u["userType"] = "Guest"
		s.addUser(u)
	}
	return id
}

// customRole defines a role of the client's own with data actions.
func (s *site) customRole(name string, dataActions ...string) (id string) {
	id = s.guid("custom role", name)
	s.put("/arm"+s.sub.path(roleDefinitionsAt), object{
		"id": s.sub.path(roleDefinitionsAt) + "/" + id, "name": id, "type": "Microsoft.Authorization/roleDefinitions",
		"properties": object{
			"roleName": name, "type": "CustomRole", "description": "", "assignableScopes": []any{s.sub.path("")},
			"permissions": []any{object{"actions": []any{"*/read"}, "notActions": []any{},
				"dataActions": anys(dataActions), "notDataActions": []any{}}},
			"createdOn": "2024-02-29T08:15:30.1234567Z", "updatedOn": "2024-02-29T08:15:30.1234567Z",
			"createdBy": s.dir.members[0], "updatedBy": s.dir.members[0],
		}})
	return id
}
