package emulator

// addDelegations lists who manages a subscription from outside, by Azure
// Lighthouse: on itself, which its own answer shows as managedByTenants, too, or
// on one of its resource groups.
func (t *Tenant) addDelegations(sub *subscription, body object, s story) {
	managers := []any{}
	delegate := func(scope, tenant, name string) {
		t.put("/arm"+scope+"/providers/Microsoft.ManagedServices/registrationAssignments", t.delegation(sub, scope, tenant, name))
		if scope == sub.path("") {
			managers = append(managers, object{"tenantId": tenant})
		}
	}

	group := sub.path("/resourceGroups/RG-Data")

	if s.has(nearDelegated) {
		delegate(sub.path(""), mspID(t.seed), "Northwind Managed Services")
		delegate(group, mspID(t.seed), "Northwind Managed Services")
	}

	if s.has(delegatedSub) {
		delegate(sub.path(""), t.undeclared(), "Blue Ridge Hosting")
	}

	if s.has(delegatedGroup) {
		delegate(group, t.undeclared(), "Blue Ridge Hosting")
	}

	body["managedByTenants"] = managers

	if s.has(delegatedSub) || s.has(delegatedGroup) {
		t.plant("RF-M-07", "azure.subscriptions", body)
	}
}

// delegation: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/list,
// as $expandRegistrationDefinition shows it.
func (t *Tenant) delegation(sub *subscription, scope, manager, name string) object {
	definition := t.guid("registration definition", scope, manager)
	assignment := t.guid("registration assignment", scope, manager)
	const kind = "/providers/Microsoft.ManagedServices/"
	return object{
		"id": scope + kind + "registrationAssignments/" + assignment, "name": assignment, "type": "Microsoft.ManagedServices/registrationAssignments",
		"properties": object{
			"registrationDefinitionId": sub.path(kind + "registrationDefinitions/" + definition), "provisioningState": "Succeeded",
			"registrationDefinition": object{
				"id": sub.path(kind + "registrationDefinitions/" + definition), "name": definition, "type": "Microsoft.ManagedServices/registrationDefinitions",
				"plan": object{"name": "managed-azure", "publisher": "northwind", "product": "managed-services", "version": "1.0.0"},
				"properties": object{
					"description": "Operations and monitoring", "registrationDefinitionName": name, "provisioningState": "Succeeded",
					"manageeTenantId": t.ID, "manageeTenantName": t.Name, "managedByTenantId": manager, "managedByTenantName": name,
					"authorizations": []any{
						object{"principalId": guid(t.seed, "operators of", manager), "principalIdDisplayName": "Operators", "roleDefinitionId": roleNamed("Reader").id},
						object{"principalId": guid(t.seed, "leads of", manager), "principalIdDisplayName": "Leads", "roleDefinitionId": roleNamed("User Access Administrator").id,
							"delegatedRoleDefinitionIds": []any{roleNamed("Contributor").id}},
					},
				},
			},
		},
	}
}
