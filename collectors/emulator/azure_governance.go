package emulator

import (
	"cmp"
	"slices"
	"strings"
)

const (
	authorizationAt = "/providers/Microsoft.Authorization"
	rootGroupAt     = "/providers/Microsoft.Management/managementGroups"
)

// addRules makes what rules a subscription: policies with their exemptions, and who may
// activate a role there.
func (t *Tenant) addRules(sub *subscription, i int) {
	root := t.groupPath(t.ID)
	assignments := "/arm" + sub.path(authorizationAt+"/policyAssignments")
	locations := t.policyAssignment(root, "allowed-locations", "e56962a6-4747-49cd-b67b-bf8b01975c4c", object{
		"listOfAllowedLocations": object{"value": anys(sub.locations)}})
	baseline := t.securityBaseline(sub)
	t.put(assignments, locations,
		t.policyAssignment(sub.path(""), "allowed-rg-locations", "e765b5de-1225-4ba3-bd56-1ac6695af988", object{
			"listOfAllowedLocations": object{"value": anys(sub.locations)}}),
		baseline,
		t.policyAssignment(root, "lighthouse-tenants", pinsTenants, object{
			"listOfAllowedTenants": object{"value": []any{mspID(t.seed)}}}))

	exemptions := "/arm" + sub.path(authorizationAt+"/policyExemptions")
	t.put(exemptions)
	if i%2 == 1 {
		t.put(exemptions, t.policyExemption(sub, baseline["id"].(string), "2027-02-28T00:00:00.0000000Z"))
	}

	eligible := "/arm" + sub.path(authorizationAt+"/roleEligibilityScheduleInstances")
	t.put(eligible, t.roleEligibility(sub.path(""), "User", t.dir.members[0], "Contributor", ""))
	if i == 0 {
		t.put(eligible, t.roleEligibility(root, "Group", t.dir.roleGroup, "Owner", "2027-09-11T00:31:41.477Z"))
	}
}

// policyAssignment:
// https://learn.microsoft.com/rest/api/policy/policy-assignments/list.
func (t *Tenant) policyAssignment(scope, name, definition string, parameters object) object {
	r := t.rand("policy " + scope + name)
	return object{
		"id":   scope + authorizationAt + "/policyAssignments/" + name,
		"name": name, "type": "Microsoft.Authorization/policyAssignments",
		"properties": object{
			"displayName": strings.ReplaceAll(name, "-", " "), "scope": scope, "notScopes": []any{},
			"policyDefinitionId": authorizationAt + "/policyDefinitions/" + definition,
			"enforcementMode":    "Default", "parameters": parameters,
			"metadata": object{
				"createdBy": t.guid("subscription owner"), "createdOn": date(r, 2022, 2024) + ".1234567Z",
				"updatedBy": nil, "updatedOn": nil,
			},
		},
		"systemData": t.systemData(r),
	}
}

// securityBaseline is an initiative with an identity, which Defender for Cloud assigns
// and which only audits.
func (t *Tenant) securityBaseline(sub *subscription) object {
	o := t.policyAssignment(sub.path(""), "SecurityCenterBuiltIn", "", object{})
	p := o["properties"].(object)
	p["policyDefinitionId"] = authorizationAt + "/policySetDefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8"
	p["displayName"], p["description"] = "Microsoft cloud security benchmark", "Assigned by Defender for Cloud"
	p["enforcementMode"] = "DoNotEnforce"
	p["nonComplianceMessages"] = []any{object{"message": "Ask the platform team"}}
	o["location"], o["identity"] = sub.locations[0], t.systemAssigned("baseline", sub.id)
	return o
}

// policyExemption: https://learn.microsoft.com/rest/api/policy/policy-exemptions/list.
func (t *Tenant) policyExemption(sub *subscription, assignment, expires string) object {
	scope := sub.path("/resourceGroups/rg-app-prod")
	return object{
		"id":   scope + authorizationAt + "/policyExemptions/migration",
		"name": "migration", "type": "Microsoft.Authorization/policyExemptions",
		"systemData": t.systemData(t.rand("exemption " + sub.id)),
		"properties": object{
			"policyAssignmentId": assignment, "policyDefinitionReferenceIds": []any{},
			"exemptionCategory": "Waiver", "displayName": "Until the move is over", "description": "",
			"expiresOn": expires, "metadata": object{},
		},
	}
}

// roleEligibility:
// https://learn.microsoft.com/rest/api/authorization/role-eligibility-schedule-instances/list-for-scope.
func (t *Tenant) roleEligibility(scope, kind, principal, roleName, end string) object {
	name := t.guid("eligibility", scope, principal, roleName)
	role := authorizationAt + "/roleDefinitions/" + azureRole(roleName).id
	p := object{
		"scope": scope, "roleDefinitionId": role, "principalId": principal, "principalType": kind,
		"status": "Provisioned", "memberType": "Direct",
		"roleEligibilityScheduleId": scope + authorizationAt + "/RoleEligibilitySchedules/" +
			t.guid("schedule", name),
		"startDateTime": "2026-09-10T00:32:36.86Z", "createdOn": "2026-09-10T00:32:36.86Z",
		"endDateTime": nil, "condition": nil, "conditionVersion": nil,
		"expandedProperties": object{
			"scope":          object{"id": scope, "displayName": t.Name, "type": "subscription"},
			"roleDefinition": object{"id": role, "displayName": roleName, "type": "BuiltInRole"},
			"principal":      object{"id": principal, "displayName": "Somebody", "type": kind},
		},
	}
	if end != "" {
		p["endDateTime"] = end
	}

	return object{
		"id":   scope + authorizationAt + "/RoleEligibilityScheduleInstances/" + name,
		"name": name, "type": "Microsoft.Authorization/RoleEligibilityScheduleInstances", "properties": p,
	}
}

// addDefinitions lists the offers behind the delegations of a subscription and of its
// resource groups, and one that was accepted and is not assigned.
// https://learn.microsoft.com/rest/api/managedservices/registration-definitions/list
func (t *Tenant) addDefinitions(sub *subscription) {
	definitions := "/arm" + sub.path("/providers/Microsoft.ManagedServices/registrationDefinitions")
	const assignments = "/providers/Microsoft.ManagedServices/registrationAssignments"
	assigned := slices.Clone(t.at("/arm" + sub.path(assignments)))
	for _, g := range t.at("/arm" + sub.path("/resourcegroups")) {
		assigned = append(assigned, t.at("/arm"+g["id"].(string)+assignments)...)
	}

	t.put(definitions)
	for _, a := range assigned {
		t.put(definitions, a["properties"].(object)["registrationDefinition"].(object))
	}
	if len(assigned) > 0 {
		unused := t.delegation(sub, sub.path("/unused"), mspID(t.seed), "Northwind Managed Services")
		t.put(definitions, unused["properties"].(object)["registrationDefinition"].(object))
	}
}

func (t *Tenant) groupPath(name string) string { return rootGroupAt + "/" + name }

// landingZone is the management group below the root in which all subscriptions but
// the first one are.
func (t *Tenant) landingZone() string { return "mg-" + t.Label + "-landing" }

// addManagementGroups makes the hierarchy: the root group, whose name is the tenant's
// id, with a platform group, the first subscription, and the landing zone below it.
// https://learn.microsoft.com/rest/api/managementgroups/management-groups/get-descendants
func (t *Tenant) addManagementGroups() {
	if len(t.subscriptions) == 0 {
		return // nobody has begun to use any
	}

	root, zone := t.groupPath(t.ID), t.groupPath(t.landingZone())
	below := func(parent string) string { return "/arm" + parent + "/descendants" }

	t.put(below(root), groupBelow("mg-"+t.Label+"-platform", "Platform", root),
		groupBelow(t.landingZone(), t.Name+" landing zone", root))
	t.put(below(zone))
	for i, sub := range t.subscriptions {
		parent := zone
		if i == 0 {
			parent = root
		}

		o := object{
			"id": sub.path(""), "name": sub.id, "type": "Microsoft.Management/managementGroups/subscriptions",
			"properties": object{"displayName": sub.name, "parent": object{"id": parent}},
		}
		t.put(below(root), o)
		if parent == zone {
			t.put(below(zone), o)
		}
	}

	t.addGroupAccess()
}

// addGroupAccess lists the roles at the management groups: what they are, and the
// application's.
func (t *Tenant) addGroupAccess() {
	for _, name := range []string{t.ID, t.landingZone()} {
		at := "/arm" + t.groupPath(name) + authorizationAt
		t.put(at+"/roleAssignments",
			t.roleAssignment(roleDefinitionsAt, t.groupPath(t.ID), "Owner", t.dir.members[0], "User"))
		t.put(at+"/roleDefinitions", roleDefinitionsBelow("")...)
	}
	if t.access == "management group" {
		t.assignToGroups(t.groupPath(t.ID), "Reader")
	}
}

func groupBelow(name, display, parent string) object {
	return object{"id": rootGroupAt + "/" + name, "name": name, "type": "Microsoft.Management/managementGroups",
		"properties": object{"displayName": display, "parent": object{"id": parent}}}
}

// addTenantPlane makes what Azure Resource Manager says of the tenant as a whole.
func (t *Tenant) addTenantPlane() {
	id := cmp.Or(t.azureTenant, t.ID)
	t.put("/arm/tenants", object{
		"id": "/tenants/" + id, "tenantId": id, "countryCode": t.Country, "displayName": t.Name,
		"domains": []any{t.Domain, t.initialDomain()}, "tenantCategory": "Home", "defaultDomain": t.Domain,
		"tenantType": "AAD",
	})

	var exempted []any
	if t.Size.Tier == "large" {
		exempted = []any{t.guid("subscription owner")}
	}
	t.put("/arm/providers/Microsoft.Subscription/policies/default", object{
		"id":   "providers/Microsoft.Subscription/policies/default",
		"name": "default", "type": "providers/Microsoft.Subscription/policies",
		"properties": object{
			"policyId":                        t.guid("subscription policy"),
			"blockSubscriptionsLeavingTenant": true, "blockSubscriptionsIntoTenant": true,
			"exemptedPrincipals": exempted,
		},
	})

	t.addManagementGroups()
	t.addEntraSettings()
	if len(t.subscriptions) > 0 {
		t.apply(custody, site{sub: t.subscriptions[0]})
	}
}

// addSurroundings makes what is read of a subscription beside its resources.
func (t *Tenant) addSurroundings(sub *subscription, i int) {
	t.addRules(sub, i)
	t.addDefinitions(sub)
	t.addNetworks(sub)
	t.addWorkspaces(sub)
	t.addBackupVaults(sub)
	t.addDatabases(sub)
	t.addKeys(sub)
	t.addSettings(sub)
	// Flaws are about what a subscription of ordinary size has: in a very small one there may be
	// no log whose settings could be wrong.
	if hasLogs := len(t.at("/arm"+sub.path(settingsAt))) > 0; i == 0 && hasLogs {
		t.apply(surroundings, site{sub: sub, rand: t.rand("surroundings")})
	}
}

// addDatabases gives each SQL server its databases.
func (t *Tenant) addDatabases(sub *subscription) {
	for _, server := range t.at("/arm" + sub.path("/providers/Microsoft.Sql/servers")) {
		id := server["id"].(string)
		r := t.rand("databases of " + id)
		for _, name := range []string{"master", "orders", "archive"}[:1+r.IntN(3)] {
			t.put("/arm"+id+"/databases", with(databaseDefaults, object{
				"id": id + "/databases/" + name, "name": name, "location": server["location"],
				"properties": with(databaseSettings, object{
					"databaseId": t.guid("database", id, name), "creationDate": date(r, 2021, 2024) + ".123Z",
					"defaultSecondaryLocation": pick(r, sub.locations),
					"maintenanceConfigurationId": sub.path("/providers/Microsoft.Maintenance" +
						"/publicMaintenanceConfigurations/SQL_Default"),
				}),
			}))
		}
	}
}

// What all databases are: https://learn.microsoft.com/rest/api/sql/databases/list-by-server.
var (
	databaseSKU      = object{"name": "GP_S_Gen5", "tier": "GeneralPurpose", "family": "Gen5", "capacity": 2}
	databaseDefaults = object{
		"type": "Microsoft.Sql/servers/databases", "kind": "v12.0,user,vcore,serverless", "tags": object{},
		"sku": databaseSKU,
	}
	databaseSettings = object{
		"collation": "SQL_Latin1_General_CP1_CI_AS", "catalogCollation": "SQL_Latin1_General_CP1_CI_AS",
		"maxSizeBytes": int64(34359738368), "status": "Online", "currentSku": databaseSKU,
		"currentServiceObjectiveName": "GP_S_Gen5_2", "requestedServiceObjectiveName": "GP_S_Gen5_2",
		"zoneRedundant": false, "readScale": "Disabled", "autoPauseDelay": 60, "minCapacity": 0.5,
		"isLedgerOn": false, "isInfraEncryptionEnabled": false,
		"currentBackupStorageRedundancy": "Zone", "requestedBackupStorageRedundancy": "Zone",
	}
)
