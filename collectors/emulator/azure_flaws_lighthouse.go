package emulator

// lighthouseFlaws are those of what a delegation to the MSP grants.
var lighthouseFlaws = []flaw{
	{name: "a contributor of the MSP stands", area: delegations, breaks: "RF-M-08", clients: "woodgrove",
		apply: func(s *site) {
			s.grant("authorizations", object{"principalId": guid(s.seed, "leads"), "principalIdDisplayName": "Leads",
				"roleDefinitionId": azureRole("Contributor").id})
		}},
	{name: "the MSP may assign any role", area: delegations, breaks: "RF-M-08", clients: "fabrikam",
		apply: func(s *site) {
			s.grant("authorizations", object{"principalId": backupIdentity(s.seed),
				"principalIdDisplayName": "Backup", "roleDefinitionId": azureRole("User Access Administrator").id,
				"delegatedRoleDefinitionIds": []any{azureRole("Contributor").id}})
		}},
	{name: "the MSP activates without a second factor", area: delegations, breaks: "RF-M-08",
		clients: "trey-research",
		apply:   func(s *site) { s.grant("eligibleAuthorizations", eligibleLeads(s.seed, "None", "PT4H")) }},
	{name: "the MSP activates for a day", area: delegations, breaks: "RF-M-08", clients: "adventure-works",
		apply: func(s *site) { s.grant("eligibleAuthorizations", eligibleLeads(s.seed, "Azure", "PT24H")) }},
	{name: "the MSP has a role in Azure that was not agreed", area: delegations, breaks: "RF-M-08",
		clients: "trey-research",
		apply: func(s *site) {
			s.grant("authorizations", object{"principalId": backupIdentity(s.seed),
				"principalIdDisplayName": "Backup", "roleDefinitionId": azureRole("Key Vault Contributor").id})
		}},
	{name: "the MSP's backup stands as agreed", area: delegations, clients: "contoso blue-yonder",
		apply: func(s *site) {
			s.grant("authorizations", object{"principalId": backupIdentity(s.seed),
				"principalIdDisplayName": "Backup", "roleDefinitionId": azureRole("Contributor").id})
		}},
}

// grant delegates a resource group to the MSP once more, with one grant more.
func (s *site) grant(kind string, grant object) {
	const rest = "/resourceGroups/RG-Data"
	o := s.delegation(s.sub, s.sub.path(rest), mspID(s.seed), "Northwind Managed Services")
	s.renameOffer(o)
	name := s.guid("delegation", s.flaw.name)
	o["id"] = s.sub.path(rest + "/providers/Microsoft.ManagedServices/registrationAssignments/" + name)
	o["name"] = name
	p := o["properties"].(object)["registrationDefinition"].(object)["properties"].(object)
	p[kind] = append(p[kind].([]any), grant)
	s.put("/arm"+s.sub.path(rest)+"/providers/Microsoft.ManagedServices/registrationAssignments", o)
	s.plant("azure.lighthouse_assignments", o)
	if s.state == onboarding {
		s.Tenant.plant("RF-P-03", "azure.lighthouse_assignments", o)
	}
}

// renameOffer gives the offer behind a delegation an id of its own: with other grants it is
// another offer.
func (s *site) renameOffer(delegation object) {
	properties := delegation["properties"].(object)
	offer := properties["registrationDefinition"].(object)
	name := s.guid("registration definition", s.flaw.name)
	id := s.sub.path("/providers/Microsoft.ManagedServices/registrationDefinitions/" + name)

	offer["id"], offer["name"] = id, name
	properties["registrationDefinitionId"] = id
}

// backupIdentity is an application of the MSP that may stand in the clients' subscriptions.
func backupIdentity(seed uint64) string { return guid(seed, "msp#", "backup identity") }

// eligibleLeads may activate a role:
// https://learn.microsoft.com/azure/lighthouse/how-to/create-eligible-authorizations.
func eligibleLeads(seed uint64, factor, length string) object {
	return object{"principalId": guid(seed, "leads"), "principalIdDisplayName": "Leads",
		"roleDefinitionId": azureRole("Contributor").id,
		"justInTimeAccessPolicy": object{"multiFactorAuthProvider": factor,
			"maximumActivationDuration": length, "managedByTenantApprovers": []any{}}}
}
