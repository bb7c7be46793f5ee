package sdkcontract

import (
	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/security"
)

// modelOf is the typed model of each dataset's objects.
var modelOf = map[string]serialization.ParsableFactory{
	"entra.app_role_assignments":        models.CreateAppRoleAssignmentFromDiscriminatorValue,
	"entra.application_owners":          models.CreateDirectoryObjectFromDiscriminatorValue,
	"entra.applications":                models.CreateApplicationFromDiscriminatorValue,
	"entra.authorization_policy":        models.CreateAuthorizationPolicyFromDiscriminatorValue,
	"entra.certificate_auth":            models.CreateCertificateBasedAuthConfigurationFromDiscriminatorValue,
	"entra.conditional_access_policies": models.CreateConditionalAccessPolicyFromDiscriminatorValue,
	"entra.contracts":                   models.CreateContractFromDiscriminatorValue,
	"entra.cross_tenant_default":        models.CreateCrossTenantAccessPolicyConfigurationDefaultFromDiscriminatorValue,
	"entra.cross_tenant_identity_sync":  models.CreateCrossTenantIdentitySyncPolicyPartnerFromDiscriminatorValue,
	"entra.cross_tenant_partners":       models.CreateCrossTenantAccessPolicyConfigurationPartnerFromDiscriminatorValue,
	"entra.cross_tenant_policy":         models.CreateCrossTenantAccessPolicyFromDiscriminatorValue,
	"entra.deleted_items":               models.CreateDirectoryObjectFromDiscriminatorValue,
	"entra.devices":                     models.CreateDeviceFromDiscriminatorValue,
	"entra.directory_audits":            models.CreateDirectoryAuditFromDiscriminatorValue,
	"entra.directory_subscriptions":     models.CreateCompanySubscriptionFromDiscriminatorValue,
	"entra.domain_federation":           models.CreateInternalDomainFederationFromDiscriminatorValue,
	"entra.domains":                     models.CreateDomainFromDiscriminatorValue,
	"entra.federated_credentials":       models.CreateFederatedIdentityCredentialFromDiscriminatorValue,
	"entra.group_eligibility":           models.CreatePrivilegedAccessGroupEligibilityScheduleInstanceFromDiscriminatorValue,
	"entra.group_members":               models.CreateDirectoryObjectFromDiscriminatorValue,
	"entra.group_owners":                models.CreateDirectoryObjectFromDiscriminatorValue,
	"entra.groups":                      models.CreateGroupFromDiscriminatorValue,
	"entra.named_locations":             models.CreateNamedLocationFromDiscriminatorValue,
	"entra.oauth2_grants":               models.CreateOAuth2PermissionGrantFromDiscriminatorValue,
	"entra.organization":                models.CreateOrganizationFromDiscriminatorValue,
	"entra.permission_grant_policies":   models.CreatePermissionGrantPolicyFromDiscriminatorValue,
	"entra.role_assignment_instances":   models.CreateUnifiedRoleAssignmentScheduleInstanceFromDiscriminatorValue,
	"entra.role_assignments":            models.CreateUnifiedRoleAssignmentFromDiscriminatorValue,
	"entra.role_definitions":            models.CreateUnifiedRoleDefinitionFromDiscriminatorValue,
	"entra.role_eligibility":            models.CreateUnifiedRoleEligibilityScheduleInstanceFromDiscriminatorValue,
	"entra.security_defaults":           models.CreateIdentitySecurityDefaultsEnforcementPolicyFromDiscriminatorValue,
	"entra.service_principal_owners":    models.CreateDirectoryObjectFromDiscriminatorValue,
	"entra.service_principals":          models.CreateServicePrincipalFromDiscriminatorValue,
	"entra.subscribed_skus":             models.CreateSubscribedSkuFromDiscriminatorValue,
	"entra.tenant_info":                 models.CreateTenantInformationFromDiscriminatorValue,
	"entra.users":                       models.CreateUserFromDiscriminatorValue,

	"gdap.relationships":      models.CreateDelegatedAdminRelationshipFromDiscriminatorValue,
	"gdap.access_assignments": models.CreateDelegatedAdminAccessAssignmentFromDiscriminatorValue,
	"gdap.customers":          models.CreateDelegatedAdminCustomerFromDiscriminatorValue,

	"intune.managed_devices":             models.CreateManagedDeviceFromDiscriminatorValue,
	"intune.device_configurations":       models.CreateDeviceConfigurationFromDiscriminatorValue,
	"intune.compliance_policies":         models.CreateDeviceCompliancePolicyFromDiscriminatorValue,
	"intune.role_definitions":            models.CreateRoleDefinitionFromDiscriminatorValue,
	"intune.role_assignments":            models.CreateDeviceAndAppManagementRoleAssignmentFromDiscriminatorValue,
	"intune.role_definition_assignments": models.CreateRoleAssignmentFromDiscriminatorValue,
	"intune.apple_vpp_tokens":            models.CreateVppTokenFromDiscriminatorValue,
	"intune.apple_push_certificate":      models.CreateApplePushNotificationCertificateFromDiscriminatorValue,
	"intune.autopilot_devices":           models.CreateWindowsAutopilotDeviceIdentityFromDiscriminatorValue,

	"defender.secure_scores":    models.CreateSecureScoreFromDiscriminatorValue,
	"defender.control_profiles": models.CreateSecureScoreControlProfileFromDiscriminatorValue,
	"defender.alerts":           security.CreateAlertFromDiscriminatorValue,

	"sharepoint.settings": models.CreateSharepointSettingsFromDiscriminatorValue,
}

// noModel are datasets of v1.0 that this version of the SDK has no model of. Those of
// beta have none by nature: they are listed, and not checked.
var noModel = map[string]string{
	"entra.governance_relationships":    "Tenant Governance came to v1.0 after this version of the SDK",
	"entra.governance_requests":         "as above",
	"entra.governance_policy_templates": "as above",
	"entra.governance_settings":         "as above",
}
