package emulator

// governanceFlaws are those of tenants that govern this one by Entra Tenant Governance.
var governanceFlaws = []flaw{
	{name: "an undeclared tenant governs this one", area: governors, breaks: "RF-M-13", clients: "woodgrove",
		apply: func(s *site) { s.govern(vendorID(s.seed), nil, nil) }},
	{name: "the governing tenant holds more than agreed", area: governors, breaks: "RF-M-13",
		clients: "trey-research",
		apply: func(s *site) {
			s.govern(mspID(s.seed), nil, object{"delegatedAdministrationRoleAssignments": []any{object{
				"groupId": partnerGroup(s.seed, "engineering"), "groupDisplayName": "GDAP engineering",
				"roleTemplates": []any{object{"id": roleID("Global Administrator"), "name": "Global Administrator"}},
			}}})
		}},
	{name: "the governing tenant brings an application", area: governors, breaks: "RF-M-13",
		clients: "adventure-works",
		apply: func(s *site) {
			s.govern(mspID(s.seed), nil, object{"multiTenantApplicationsToProvision": []any{object{
				"appId": guid(s.seed, "msp#", "another governance application"), "displayName": "Northwind Backup",
				"objectId": nil, "requiredResourceAccesses": []any{}}}})
		}},
	{name: "the client cannot end its governance", area: governors, breaks: "RF-M-13", clients: "fabrikam",
		apply: func(s *site) { s.govern(mspID(s.seed), nil, object{"governedTenantCanTerminate": false}) }},
	{name: "the client governs another tenant", area: governors, clients: "contoso lucerne",
		apply: func(s *site) {
			s.govern(s.ID, object{"governedTenantId": s.guid("subsidiary"), "governedTenantName": "Subsidiary"}, nil)
		}},
}

// govern adds a governance relationship in force.
func (s *site) govern(tenant string, more, policy object) {
	o := with(with(s.governedBy(tenant, "Governor", "service desk"), object{
		"id": s.guid("governance", s.flaw.name), "createdType": "approvedByAdmin",
		"creationDateTime": "2026-09-02T10:11:12.2019694Z", "status": "active"}), more)
	o["policySnapshot"] = with(o["policySnapshot"].(object), policy)
	s.put(governancePath+"/governanceRelationships", o)
	s.plant("entra.governance_relationships", o)
}
