package emulator

// gdapEndpoints are what the MSP's tenant tells of its customers.
var gdapEndpoints = []endpoint{
	{path: "/tenantRelationships/delegatedAdminRelationships",
		entity:  "microsoft.graph.delegatedAdminRelationship",
		dataset: "gdap.relationships", dated: true, top: 300, roles: []string{"DelegatedAdminRelationship.Read.All"}},
	{path: "/tenantRelationships/delegatedAdminRelationships/{id}/accessAssignments",
		entity:  "microsoft.graph.delegatedAdminAccessAssignment",
		dataset: "gdap.access_assignments", top: 300, roles: []string{"DelegatedAdminRelationship.Read.All"}},
	{path: "/tenantRelationships/delegatedAdminCustomers", entity: "microsoft.graph.delegatedAdminCustomer",
		dataset: "gdap.customers", top: 300, roles: []string{"DelegatedAdminRelationship.Read.All"}},
	{path: "/contracts", entity: "microsoft.graph.contract", dataset: "entra.contracts",
		roles: orDirectory()},
}
