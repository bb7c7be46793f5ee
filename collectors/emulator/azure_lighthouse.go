package emulator

// delegate lists that another tenant manages something of a subscription by
// Azure Lighthouse: itself (rest is empty), which its own answer then shows as
// managedByTenants, too, or one of its resource groups.
func (t *Tenant) delegate(sub *subscription, rest, manager, name string) {
	const assignments = "/providers/Microsoft.ManagedServices/registrationAssignments"
	o := t.delegation(sub, sub.path(rest), manager, name)
	t.put("/arm"+sub.path(rest)+assignments, o)
	if t.state == onboarding {
		t.plant("RF-P-03", "azure.lighthouse_assignments", o)
	}

	if body := t.at("/arm" + sub.path(""))[0]; rest == "" {
		body["managedByTenants"] = append(body["managedByTenants"].([]any), object{"tenantId": manager})
	}
}

// delegation: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/list,
// as $expandRegistrationDefinition shows it.
func (t *Tenant) delegation(sub *subscription, scope, manager, name string) object {
	const kind = "/providers/Microsoft.ManagedServices/"
	definition := t.guid("registration definition", scope, manager)
	assignment := t.guid("registration assignment", scope, manager)
	definitionID := sub.path(kind + "registrationDefinitions/" + definition)

	return object{
		"id": scope + kind + "registrationAssignments/" + assignment, "name": assignment,
		"type": "Microsoft.ManagedServices/registrationAssignments",
		"properties": object{
			"registrationDefinitionId": definitionID, "provisioningState": "Succeeded",
			"registrationDefinition": object{
				"id": definitionID, "name": definition,
				"type": "Microsoft.ManagedServices/registrationDefinitions",
				"plan": delegationPlan,
				"properties": object{
					"description": "Operations and monitoring", "provisioningState": "Succeeded",
					"registrationDefinitionName": name, "manageeTenantId": t.ID, "manageeTenantName": t.Name,
					"managedByTenantId": manager, "managedByTenantName": name,
					"authorizations":         t.authorizations(manager),
					"eligibleAuthorizations": []any{eligibleLeads(t.seed, "Azure", "PT4H")},
				},
			},
		},
	}
}

var delegationPlan = object{
	"name": "managed-azure", "publisher": "northwind", "product": "managed-services", "version": "1.0.0",
}

// authorizations are who of the manager's people may do what all the time.
func (t *Tenant) authorizations(manager string) []any {
	return []any{
		object{"principalId": guid(t.seed, "operators of", manager), "principalIdDisplayName": "Operators",
			"roleDefinitionId": azureRole("Reader").id},
		object{"principalId": backupIdentity(t.seed), "principalIdDisplayName": "Backup",
			"roleDefinitionId":           azureRole("User Access Administrator").id,
			"delegatedRoleDefinitionIds": []any{azureRole("Log Analytics Reader").id}},
	}
}
