package emulator

const governancePath = "/graph/directory/tenantGovernance"

// addGovernance makes what Microsoft Entra Tenant Governance has: every fifth client
// is governed by the MSP, some by somebody else before, and some were asked.
// https://learn.microsoft.com/graph/api/resources/tenantgovernanceservices-tenantgovernance-overview
func (t *Tenant) addGovernance() {
	r := t.rand("tenant governance")
	for _, list := range []string{"governanceRelationships", "governanceRequests", "governancePolicyTemplates"} {
		t.put(governancePath + "/" + list)
	}

	t.put(governancePath+"/settings", object{"isRelatedTenantsEnabled": r.IntN(2) == 0,
		"canReceiveInvitations": r.IntN(4) == 0})
	t.put(governancePath+"/governancePolicyTemplates", t.governanceTemplate())

	if t.msp == nil {
		return
	}

	t.apply(governors, site{})
	msp, vendor := mspID(t.seed), vendorID(t.seed)
	if r.IntN(5) == 0 {
		t.put(governancePath+"/governanceRelationships", with(t.governedBy(msp, "Northwind Managed Services",
			"service desk"), object{"id": t.guid("governance"), "createdType": "approvedByAdmin",
			"creationDateTime": date(r, 2026, 2026) + ".2019694Z", "status": "active"}))
	}
	if r.IntN(4) == 0 {
		t.put(governancePath+"/governanceRelationships", with(t.governedBy(vendor, "Proware", "first"), object{
			"id": t.guid("former governance"), "createdType": "approvedByAdmin",
			"creationDateTime": date(r, 2026, 2026) + ".2019694Z", "status": "terminated"}))
	}
	if r.IntN(3) == 0 {
		t.put(governancePath+"/governanceRequests", with(t.governedBy(msp, "Northwind Managed Services",
			"engineering"), object{"id": t.guid("governance request"), "status": "pending",
			"requestDateTime": "2026-11-12T02:36:22.7141627Z", "expirationDateTime": "2026-11-26T02:36:22.714163Z"}))
	}
}

// governedBy is what a relationship and a request have in common: who governs this
// tenant, and the frozen policy.
func (t *Tenant) governedBy(tenant, name, group string) object {
	return object{
		"governingTenantId": tenant, "governingTenantName": name, "governedTenantId": t.ID,
		"governedTenantName": t.Name,
		"policySnapshot": object{
			"policyId": guid(t.seed, "governance policy", tenant), "version": 1, "governedTenantCanTerminate": true,
			"multiTenantApplicationsToProvision": []any{object{
				"appId": guid(t.seed, "governance application", tenant), "displayName": name + " Monitor",
				"objectId": guid(t.seed, "governance application's object", tenant),
				"requiredResourceAccesses": []any{object{"resourceAppId": graphAppID, "permissions": []any{
					object{"id": "246dd0d5-5bd0-4def-940b-0421030a5b68", "name": "Policy.Read.All", "type": "role"}}}},
			}},
			"delegatedAdministrationRoleAssignments": []any{object{
				"groupId": partnerGroup(t.seed, group), "groupDisplayName": "GDAP " + group,
				"roleTemplates": []any{object{"id": roleID("Security Reader"), "name": "Security Reader"}},
			}},
		},
	}
}

// graphAppID is the application id of Microsoft Graph in every tenant.
const graphAppID = "00000003-0000-0000-c000-000000000000"

// governanceTemplate is the one that every tenant has from the beginning.
func (t *Tenant) governanceTemplate() object {
	return object{
		"id": "default", "displayName": "Default", "description": nil, "version": "1.0",
		"createdDateTime": "2026-03-06T22:29:00.2110638Z", "lastModifiedDateTime": "2026-03-06T22:29:00.2110638Z",
		"multiTenantApplicationsToProvision": []any{}, "delegatedAdministrationRoleAssignments": []any{},
	}
}
