package emulator

// entraEndpoints are what is asked of Microsoft Entra ID.
var entraEndpoints = []endpoint{
	{path: "/applications(appId='{n}')", form: single, entity: "microsoft.graph.application",
		roles: []string{"Application.Read.All"}, extra: []string{"id", "appId", "displayName", "passwordCredentials"}},
	{path: "/organization", entity: "microsoft.graph.organization", dataset: "entra.organization",
		roles: orDirectory("Organization.Read.All"), base: organization},
	{path: "/organization/{id}", form: member, entity: "microsoft.graph.organization",
		dataset: "entra.organization",
		roles:   orDirectory("Organization.Read.All")},
	{path: "/domains", entity: "microsoft.graph.domain", dataset: "entra.domains",
		roles: []string{"Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All"}, base: domains},
	{path: "/subscribedSkus", entity: "microsoft.graph.subscribedSku", dataset: "entra.subscribed_skus",
		roles: orDirectory("LicenseAssignment.Read.All", "Organization.Read.All"), base: subscribedSkus},
	{path: "/policies/authorizationPolicy", form: single, entity: "microsoft.graph.authorizationPolicy",
		dataset: "entra.authorization_policy", roles: []string{"Policy.Read.All"}, base: authorizationPolicy},
	{path: "/policies/crossTenantAccessPolicy/default", form: single,
		entity:  "microsoft.graph.crossTenantAccessPolicyConfigurationDefault",
		dataset: "entra.cross_tenant_default", roles: []string{"Policy.Read.All"}, base: crossTenantDefault},
	{path: "/policies/crossTenantAccessPolicy/partners",
		entity:  "microsoft.graph.crossTenantAccessPolicyConfigurationPartner",
		dataset: "entra.cross_tenant_partners", roles: []string{"Policy.Read.All"}},
	{path: "/policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization", form: single,
		entity:  "microsoft.graph.crossTenantIdentitySyncPolicyPartner",
		dataset: "entra.cross_tenant_identity_sync", roles: []string{"Policy.Read.All"}},
	{path: "/domains/{id}/federationConfiguration", entity: "microsoft.graph.internalDomainFederation",
		dataset: "entra.domain_federation", roles: []string{"Domain-InternalFederation.Read.All"}},
	{path: "/tenantRelationships/findTenantInformationByDomainName(domainName='{n}')", form: single,
		entity: "microsoft.graph.tenantInformation", dataset: "entra.tenant_info",
		roles: []string{"CrossTenantInformation.ReadBasic.All"}, found: tenantInformation},
	{path: "/auditLogs/directoryAudits", entity: "microsoft.graph.directoryAudit",
		dataset: "entra.directory_audits", roles: orDirectory("AuditLog.Read.All"), top: 1000,
		log: directoryAudits, bounds: "activityDateTime"},

	{path: "/auditLogs/signIns", entity: "microsoft.graph.signIn", dataset: "entra.sign_ins", beta: true,
		plan: planP1, roles: []string{"AuditLog.Read.All"}, top: 1000, log: signIns, bounds: "createdDateTime"},
	{path: "/identity/conditionalAccess/policies", entity: "microsoft.graph.conditionalAccessPolicy",
		dataset: "entra.conditional_access_policies", roles: []string{"Policy.Read.All"}},
	{path: "/identity/conditionalAccess/namedLocations", entity: "microsoft.graph.namedLocation",
		dataset: "entra.named_locations", roles: []string{"Policy.Read.All"}},
	{path: "/policies/identitySecurityDefaultsEnforcementPolicy", form: single,
		entity:  "microsoft.graph.identitySecurityDefaultsEnforcementPolicy",
		dataset: "entra.security_defaults", roles: []string{"Policy.Read.All"}, base: securityDefaults},
	{path: "/policies/permissionGrantPolicies", entity: "microsoft.graph.permissionGrantPolicy",
		dataset: "entra.permission_grant_policies", roles: []string{"Policy.Read.PermissionGrant"},
		base: permissionGrantPolicies},
	{path: "/policies/b2bManagementPolicies", entity: "microsoft.graph.b2bManagementPolicy", beta: true,
		dataset: "entra.invitation_policies", roles: []string{"Policy.Read.All"}, base: b2bPolicies},
	{path: "/policies/crossTenantAccessPolicy", form: single, entity: "microsoft.graph.crossTenantAccessPolicy",
		dataset: "entra.cross_tenant_policy", roles: []string{"Policy.Read.All"}, base: crossTenantPolicy},
	{path: "/organization/{id}/certificateBasedAuthConfiguration",
		entity: "microsoft.graph.certificateBasedAuthConfiguration", dataset: "entra.certificate_auth",
		roles: []string{"Organization.Read.All", "Organization.ReadWrite.All"}},
	{path: "/directory/subscriptions", entity: "microsoft.graph.companySubscription",
		dataset: "entra.directory_subscriptions", roles: orDirectory("Organization.Read.All"),
		base: directorySubscriptions},

	{path: "/applications", entity: "microsoft.graph.application", dataset: "entra.applications",
		roles: orDirectory("Application.Read.All")},
	{path: "/applications/{id}/owners", entity: "microsoft.graph.directoryObject",
		dataset: "entra.application_owners", extra: memberProperties, roles: orDirectory("Application.Read.All")},
	{path: "/applications/{id}/federatedIdentityCredentials", entity: "microsoft.graph.federatedIdentityCredential",
		dataset: "entra.federated_credentials", roles: []string{"Application.Read.All", "Application.ReadWrite.All"}},
	{path: "/servicePrincipals/{id}/owners", entity: "microsoft.graph.directoryObject",
		dataset: "entra.service_principal_owners", extra: memberProperties,
		roles: orDirectory("Application.Read.All")},
	{path: "/servicePrincipals/{id}/appRoleAssignedTo", entity: "microsoft.graph.appRoleAssignment",
		dataset: "entra.app_role_assignments", roles: orDirectory("Application.Read.All")},
	{path: "/oauth2PermissionGrants", entity: "microsoft.graph.oAuth2PermissionGrant",
		dataset: "entra.oauth2_grants", roles: orDirectory()},
	{path: "/devices", entity: "microsoft.graph.device", dataset: "entra.devices",
		roles: orDirectory("Device.Read.All")},
	{path: "/groups/{id}/owners", entity: "microsoft.graph.directoryObject", dataset: "entra.group_owners",
		extra: memberProperties, roles: orDirectory("GroupMember.Read.All", "Group.Read.All"),
		onlyBeta: isApplication},

	{path: "/users", entity: "microsoft.graph.user", dataset: "entra.users", usual: usualUser,
		roles: orDirectory("User.Read.All")},
	{path: "/servicePrincipals", entity: "microsoft.graph.servicePrincipal",
		dataset: "entra.service_principals",
		roles:   orDirectory("Application.Read.All")},
	{path: "/groups", entity: "microsoft.graph.group", dataset: "entra.groups", usual: usualGroup,
		roles: orDirectory("Group.Read.All")},
	{path: "/groups/{id}/members", entity: "microsoft.graph.directoryObject", dataset: "entra.group_members",
		extra: memberProperties, roles: orDirectory("GroupMember.Read.All", "Group.Read.All"),
		onlyBeta: isApplication},
	{path: "/users/delta", form: changes, entity: "microsoft.graph.user", usual: usualUser,
		roles: orDirectory("User.Read.All")},
	{path: "/users/{id}", form: member, entity: "microsoft.graph.user", usual: usualUser,
		roles: orDirectory("User.Read.All")},
	{path: "/groups/delta", form: changes, entity: "microsoft.graph.group", usual: usualGroup,
		roles: orDirectory("Group.Read.All")},
	{path: "/groups/{id}", form: member, entity: "microsoft.graph.group", usual: usualGroup,
		roles: orDirectory("Group.Read.All")},
	deletedItems("user", "User.Read.All"),
	deletedItems("group", "Group.Read.All"),
	deletedItems("servicePrincipal", "Application.Read.All"),
	deletedItems("application", "Application.Read.All"),

	{path: "/roleManagement/directory/roleDefinitions", entity: "microsoft.graph.unifiedRoleDefinition",
		dataset: "entra.role_definitions", roles: orDirectory("RoleManagement.Read.Directory"),
		base: roleDefinitions},
	{path: "/roleManagement/directory/roleAssignments", entity: "microsoft.graph.unifiedRoleAssignment",
		dataset: "entra.role_assignments", roles: orDirectory("RoleManagement.Read.Directory")},
	{path: "/roleManagement/directory/roleAssignmentScheduleInstances",
		entity:  "microsoft.graph.unifiedRoleAssignmentScheduleInstance",
		dataset: "entra.role_assignment_instances", plan: planP2,
		roles: orDirectory("RoleAssignmentSchedule.Read.Directory")},
	{path: "/roleManagement/directory/roleEligibilityScheduleInstances",
		entity:  "microsoft.graph.unifiedRoleEligibilityScheduleInstance",
		dataset: "entra.role_eligibility", plan: planP2,
		roles: orDirectory("RoleEligibilitySchedule.Read.Directory")},
	{path: "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
		entity:  "microsoft.graph.privilegedAccessGroupEligibilityScheduleInstance",
		dataset: "entra.group_eligibility", plan: planP2, filter: "groupId",
		roles: []string{"PrivilegedEligibilitySchedule.Read.AzureADGroup",
			"PrivilegedAccess.Read.AzureADGroup"}},

	governance("governanceRelationships", "governanceRelationship", "relationships", "Relationship"),
	governance("governanceRequests", "governanceRequest", "requests", "Request"),
	governance("governancePolicyTemplates", "tenantGovernancePolicyTemplate", "policy_templates",
		"PolicyTemplate"),
	{path: "/directory/tenantGovernance/settings", form: single,
		entity:  "microsoft.graph.tenantGovernanceSetting",
		dataset: "entra.governance_settings", roles: []string{"TenantGovernance-Setting.Read.All"}},
}

// domains: https://learn.microsoft.com/graph/api/domain-list. They are those that
// the organization shows as verified.
func domains(t *Tenant, _ *subscription) (all []object) {
	for _, name := range []string{t.Domain, t.initialDomain()} {
		initial := name != t.Domain
		all = append(all, object{
			"id": name, "authenticationType": t.authentication(initial), "availabilityStatus": nil,
			"isAdminManaged": true,
			"isDefault":      !initial, "isInitial": initial, "isRoot": true, "isVerified": true, "state": nil,
			"supportedServices":            []any{"Email", "OfficeCommunicationsOnline"},
			"passwordValidityPeriodInDays": nil, "passwordNotificationWindowInDays": nil})
	}
	return all
}

// authentication is where the users of a domain sign in. The initial domain cannot
// be federated.
func (t *Tenant) authentication(initial bool) string {
	if t.federates() && !initial {
		return "Federated"
	}
	return "Managed"
}

// orDirectory adds the permissions that let an application read all of the directory.
func orDirectory(roles ...string) []string {
	return append(roles, "Directory.Read.All", "Directory.ReadWrite.All")
}

// governance is a list of Microsoft Entra Tenant Governance. There is no application
// permission to write it, and Directory.Read.All does not show it.
func governance(list, entity, dataset, area string) endpoint {
	return endpoint{path: "/directory/tenantGovernance/" + list, entity: "microsoft.graph." + entity,
		dataset: "entra.governance_" + dataset, roles: []string{"TenantGovernance-" + area + ".Read.All"}}
}

// deletedItems is the list of deleted objects of a type.
func deletedItems(typ, role string) endpoint {
	return endpoint{path: "/directory/deletedItems/microsoft.graph." + typ, entity: "microsoft.graph." + typ,
		dataset: "entra.deleted_items", roles: orDirectory(role)}
}

// usualUser: https://learn.microsoft.com/graph/api/user-list, "Optional query parameters".
var usualUser = object{"businessPhones": []any{}, "displayName": nil, "givenName": nil, "id": nil,
	"jobTitle": nil,
	"mail":     nil, "mobilePhone": nil, "officeLocation": nil, "preferredLanguage": nil, "surname": nil,
	"userPrincipalName": nil}

// usualGroup: https://learn.microsoft.com/graph/api/group-list, its example.
var usualGroup = object{"id": nil, "deletedDateTime": nil, "classification": nil, "createdDateTime": nil,
	"description": nil, "displayName": nil, "expirationDateTime": nil, "groupTypes": []any{},
	"isAssignableToRole": nil, "mail": nil, "mailEnabled": nil, "mailNickname": nil, "membershipRule": nil,
	"membershipRuleProcessingState": nil, "onPremisesLastSyncDateTime": nil,
	"onPremisesSecurityIdentifier": nil,
	"onPremisesSyncEnabled":        nil, "preferredDataLocation": nil, "preferredLanguage": nil,
	"proxyAddresses":  []any{},
	"renewedDateTime": nil, "resourceBehaviorOptions": []any{}, "resourceProvisioningOptions": []any{},
	"securityEnabled": nil, "theme": nil, "visibility": nil, "onPremisesProvisioningErrors": []any{}}

// memberProperties are shown of a group's members beside their id and type.
var memberProperties = []string{"displayName", "userPrincipalName", "userType", "mail", "appId"}

// isApplication: lists of members leave applications out in v1.0, which is documented.
// https://learn.microsoft.com/graph/api/group-list-members
func isApplication(o object) bool { return o["@odata.type"] == "#microsoft.graph.servicePrincipal" }
