package official

import "maps"

// ofTheLibrary are the rows of the controls of the library, tenant by tenant. Most of what
// these need has no whole list in the reference (policy assignments, Conditional Access, role
// assignments of subscriptions), so that they are open or leads; what the bodies do show is
// broken, because the examples show Microsoft's defaults.
var ofTheLibrary = map[string]map[string][]row{
	"contoso": {
		"RF-E-01": {
			open(whyNext, "azure.subscriptions/*"),
			breaks(
				"is of tenant "+firstTenant,
				"body: tenantId is not the id of the organization that the snapshot is filed under",
				subscription+first),
			breaks(
				"is of tenant "+secondTenant,
				"body: tenantId is not the id of the organization that the snapshot is filed under",
				subscription+second),
			open(whyNotAsked, "azure.tenants/*"),
			open(whyNoTenants, "entra.organization/"+contosoID),
		},
		"RF-G-02": {
			open(
				whyNoGeo, "entra.users/4562bcc8-c436-4f95-b7c0-4f8ce89dca5e",
				"entra.users/6ea91a8d-e32e-41a1-b7bd-d2d185eed0e0"),
		},
		"RF-G-05": {
			open(whyNext, "azure.subscriptions/*"),
			leads(
				"no enforced policy keeps the resource", whyNoPolicies, subscription+first,
				subscription+second),
		},
		"RF-G-10": {
			excluded(
				"body: its service plans are ADALLOM_S_O365 and CRMSTANDARD, of no service whose data have a place"),
		},
		"RF-K-07": {
			open(
				whyNotAsked, "azure.lighthouse_assignments/*", "azure.role_assignments/*",
				"azure.role_eligibility/*", "keyvault.vaults/*"),
			open(whyNext, "azure.role_definitions/*"),
		},
		"RF-M-05": {
			leads(
				"is held by a principal that is no object of this directory", whyStranger, kalyan,
				markie, joey),
		},
		"RF-M-09": {
			open(whyNext, "azure.subscriptions/*"),
			leads("no policy pins the tenants", whyNoPolicies, subscription+first, subscription+second),
		},
		"RF-P-03": {
			open(whyNotAsked, "azure.lighthouse_assignments/*"),
			open(whyNoID, "entra.service_principals/*"),
		},
		"RF-T-02": {
			breaks("every user may be a guest in every application", whyOutbound, crossTenant),
		},
		"RF-T-03": {
			open(whyNoPartners, crossTenant),
			open(whyNotAsked, "entra.cross_tenant_partners/*"),
		},
		"RF-T-04": {
			open(whyNoPartners, crossTenant),
			open(whyNotAsked, "entra.cross_tenant_partners/*"),
		},
		"RF-T-09": {
			breaks("users may register applications", whyApps, authorization),
		},
		"RF-T-10": {
			leads("guests may be invited from every domain", whyNoDomainList, authorization),
			open(whyNotAsked, "sharepoint.settings/*"),
		},
		"RF-T-12": {
			open(whyNoID, "entra.application_owners/*", "entra.service_principal_owners/*"),
		},
	},
	"contoso-closed": {
		"RF-T-02": {
			keeps("body, adapted: accessType blocked for AllUsers", crossTenant),
		},
		"RF-T-03": {
			open(whyNoPartners, crossTenant),
			open(whyNotAsked, "entra.cross_tenant_partners/*"),
		},
		"RF-T-04": {
			open(whyNoPartners, crossTenant),
			open(whyNotAsked, "entra.cross_tenant_partners/*"),
		},
		"RF-T-09": {
			keeps("body, adapted: learn.microsoft.com/graph/api/resources/defaultuserrolepermissions", authorization),
		},
		"RF-T-10": {
			leads("guests may be invited from every domain", whyNoDomainList, authorization),
			open(whyNotAsked, "sharepoint.settings/*"),
		},
	},
	"contoso-whole": {
		"RF-E-01": {
			breaks(
				"is of tenant "+firstTenant,
				"body: tenantId is not the id of the organization that the snapshot is filed under",
				subscription+first),
			breaks(
				"is of tenant "+secondTenant,
				"body: tenantId is not the id of the organization that the snapshot is filed under",
				subscription+second),
			open(whyNotAsked, "azure.tenants/*"),
			open(whyNoTenants, "entra.organization/"+contosoID),
		},
		"RF-G-02": {
			open(whyNotAsked, "entra.subscribed_skus/*"),
			open(
				whyNoGeo, "entra.users/10fc1cc8-ac36-4186-b99b-0cf814aa2dd5",
				"entra.users/6f87972e-2e7e-4b49-9980-eb3888bdcfe1",
				"entra.users/ace08ec9-aa11-4ada-9145-addf0398233e"),
		},
		"RF-M-05": {
			open(whyDeleted, kalyan, markie, joey),
		},
		"RF-M-09": {
			leads("no policy pins the tenants", whyNoPolicies, subscription+first, subscription+second),
		},
		"RF-P-03": {
			open(whyNoAppRoles, ownApplication),
		},
	},
	"customer": {
		"RF-M-09": {
			excluded(whyNoAzure),
		},
	},
	"delegated": {
		"RF-M-09": {
			leads("no policy pins the tenants", whyNoPolicies, subscription+delegated),
		},
	},
	"delegated-unproven": {
		"RF-K-06": {
			open(whyUnproven, "azure.lighthouse_assignments/"+delegated+"/*"),
			open(
				whyNotAsked, "azure.role_assignments/*", "azure.role_eligibility/*",
				"keyvault.vaults/*"),
		},
		"RF-K-07": {
			open(whyUnproven, "azure.lighthouse_assignments/"+delegated+"/*"),
			open(
				whyNotAsked, "azure.role_assignments/*", "azure.role_definitions/*",
				"azure.role_eligibility/*", "keyvault.vaults/*"),
		},
		"RF-P-03": {
			open(whyUnproven, "azure.lighthouse_assignments/"+delegated+"/*"),
			open(
				whyNotAsked, "entra.service_principals/*", "gdap.access_assignments/*",
				"gdap.relationships/*"),
		},
	},
	"encrypted": {
		"RF-G-04": {
			open(
				whyNotAsked, "azure.backup_vaults/*", "azure.sql_databases/*",
				"azure.storage_accounts/"+databases+"/*", "azure.storage_accounts/"+graphed+"/*"),
			breaks("is copied to centraluseuap", whyCopied, sto1125, sto834, sto3699, sto6637, sto9174),
			breaks("is copied to northcentralus(stage)", whyCopied, sto8596),
		},
	},
	"encrypted-owned": {
		"RF-G-04": {
			open(whyNotAsked, "azure.backup_vaults/*", "azure.sql_databases/*"),
			breaks("is copied to centraluseuap", whyCopied, sto1125),
			breaks("is copied to northcentralus(stage)", whyCopied, sto8596),
		},
		"RF-K-03": {
			breaks("access policies decide", whyPolicies, myVault, someVault),
		},
		"RF-K-05": {
			breaks("it has no firewall", whyNoFirewall, myVault, someVault),
		},
		"RF-K-06": {
			open(
				whyNotAsked, "azure.lighthouse_assignments/*", "azure.role_assignments/*",
				"azure.role_eligibility/*"),
			open(whyNoTemplates, myVault, someVault),
		},
		"RF-K-08": {
			open(whyNotAsked, "keyvault.keys/*"),
		},
	},
	"encrypted-silent": {
		"RF-G-04": {
			open(whyNotAsked, "azure.backup_vaults/*", "azure.sql_databases/*"),
			breaks("is copied to centraluseuap", whyCopied, sto1125, sto834, sto3699, sto6637, sto9174),
			breaks("is copied to northcentralus(stage)", whyCopied, sto8596),
		},
	},
	"encrypted-whole": {
		"RF-G-04": {
			open(whyNotAsked, "azure.backup_vaults/*", "azure.sql_databases/*"),
			breaks("is copied to centraluseuap", whyCopied, sto1125, sto834, sto3699, sto6637, sto9174),
			breaks("is copied to northcentralus(stage)", whyCopied, sto8596),
		},
		"RF-K-03": {
			excluded("hand-written: no vault and no HSM in any subscription"),
		},
		"RF-K-05": {
			excluded("hand-written: no vault and no HSM in any subscription"),
		},
		"RF-K-08": {
			excluded("hand-written: no vault and no HSM in any subscription"),
		},
		"RF-K-09": {
			excluded("hand-written: no vault and no HSM in any subscription"),
		},
	},
	"first-subscription": {
		"RF-E-01": {
			open(whyNoTenants, subscription+first, "entra.organization/"+firstTenant),
			breaks(
				"is of tenant "+secondTenant,
				"body: tenantId is not the id of the organization that the snapshot is filed under",
				subscription+second),
			open(whyNotAsked, "azure.tenants/*"),
		},
		"RF-M-09": {
			leads("no policy pins the tenants", whyNoPolicies, subscription+first, subscription+second),
		},
	},
	"vaults": {
		"RF-K-03": {
			open(whyNext, moreVaults),
			breaks("access policies decide", whyPolicies, vault),
		},
		"RF-K-05": {
			open(whyNext, moreHSMs, moreVaults),
			breaks("it has no firewall", whyNoFirewall, hsm1, hsm2, vault),
		},
		"RF-K-06": {
			open(
				whyNotAsked, "azure.lighthouse_assignments/*", "azure.role_assignments/*",
				"azure.role_eligibility/*"),
			open(whyNext, moreVaults),
			open(whyNoRoles, vault),
		},
		"RF-K-07": {
			open(
				whyNotAsked, "azure.lighthouse_assignments/*", "azure.role_assignments/*",
				"azure.role_eligibility/*"),
			open(whyNext, moreVaults),
		},
		"RF-K-09": {
			open(whyNext, moreHSMs),
			open(whyNoRoles, hsm1, hsm2),
		},
	},
	"vaults-known": {
		"RF-G-02": {
			open(whyNotAsked, "entra.subscribed_skus/*"),
			open(whyNoGeo, "entra.users/"+zero),
		},
		"RF-P-03": {
			open(whyNoAppRoles, ownApplication),
			open(whyNotAsked, "gdap.access_assignments/*", "gdap.relationships/*"),
		},
	},
	"vaults-missing": {
		"RF-K-03": {
			open(whyMissing, moreVaults),
			breaks("access policies decide", whyPolicies, vault),
		},
		"RF-K-05": {
			breaks("it has no firewall", whyNoFirewall, hsm1, hsm2, vault),
			open(whyMissing, moreVaults),
		},
		"RF-K-06": {
			open(
				whyNotAsked, "azure.lighthouse_assignments/*", "azure.role_assignments/*",
				"azure.role_eligibility/*"),
			open(whyMissing, moreVaults),
			open(whyNoRoles, vault),
		},
		"RF-K-07": {
			open(
				whyNotAsked, "azure.lighthouse_assignments/*", "azure.role_assignments/*",
				"azure.role_eligibility/*"),
			open(whyMissing, moreVaults),
		},
		"RF-K-09": {
			open(whyNoRoles, hsm1, hsm2),
		},
	},
	"vaults-moved": {
		"RF-G-02": {
			open(whyNotAsked, "entra.subscribed_skus/*"),
			open(
				whyNoGeo, "entra.users/4562bcc8-c436-4f95-b7c0-4f8ce89dca5e",
				"entra.users/6ea91a8d-e32e-41a1-b7bd-d2d185eed0e0"),
		},
		"RF-P-03": {
			open(whyNoAppRoles, ownApplication),
			open(whyNotAsked, "gdap.access_assignments/*", "gdap.relationships/*"),
		},
	},
	"vaults-unproven": {
		"RF-K-03": {
			open(whyUnproven, moreVaults),
			breaks("access policies decide", whyPolicies, vault),
		},
		"RF-K-05": {
			open(whyUnproven, moreHSMs, moreVaults),
			breaks("it has no firewall", whyNoFirewall, hsm1, hsm2, vault),
		},
		"RF-K-06": {
			open(whyUnproven, "azure.lighthouse_assignments/"+zero+"/*", moreVaults),
			open(whyNotAsked, "azure.role_assignments/*", "azure.role_eligibility/*"),
			open(whyNoRoles, vault),
		},
		"RF-K-07": {
			open(whyUnproven, "azure.lighthouse_assignments/"+zero+"/*", moreVaults),
			open(
				whyNotAsked, "azure.role_assignments/*", "azure.role_definitions/*",
				"azure.role_eligibility/*"),
		},
		"RF-K-09": {
			open(whyUnproven, moreHSMs),
			open(whyNoRoles, hsm1, hsm2),
		},
		"RF-P-03": {
			open(whyUnproven, "azure.lighthouse_assignments/"+zero+"/*"),
			open(
				whyNotAsked, "entra.service_principals/*", "gdap.access_assignments/*",
				"gdap.relationships/*"),
		},
	},
	"vaults-whole": {
		"RF-K-03": {
			breaks("access policies decide", whyPolicies, vault),
		},
		"RF-K-05": {
			breaks("it has no firewall", whyNoFirewall, hsm1, hsm2, vault),
		},
		"RF-K-06": {
			open(whyNotAsked, "azure.role_assignments/*", "azure.role_eligibility/*"),
			open(whyNoRoles, vault),
		},
		"RF-K-07": {
			open(whyNotAsked, "azure.role_assignments/*", "azure.role_eligibility/*"),
		},
		"RF-K-09": {
			open(whyNoRoles, hsm1, hsm2),
		},
		"RF-P-03": {
			open(
				whyNotAsked, "entra.service_principals/*", "gdap.access_assignments/*",
				"gdap.relationships/*"),
		},
	},
}

// ofTheClosed are those of the clients that were made for the controls of the library.
var ofTheClosed = map[string]map[string][]row{
	"vaults-closed": {
		"RF-E-01": {
			keeps("hand-written: the only tenant that Azure names", "azure.tenants/"+zero),
			keeps("hand-written: the subscription's tenantId", subscription+zero),
			keeps("body: id is the tenant's", "entra.organization/"+zero),
		},
		"RF-K-03": {keeps("body, adapted: enableRbacAuthorization true", vault)},
		"RF-K-05": {keeps("body, adapted: publicNetworkAccess Disabled, no private endpoint", vault, hsm1, hsm2)},
	},
	"named": {
		"RF-E-01": {
			keeps("body: tenantId; the two others, ManagedBy and ProjectedBy, are the caller's",
				"azure.tenants/"+contosoCorp),
			keeps("body: id is the tenant's", "entra.organization/"+contosoCorp),
		},
	},
	"named-others": {
		"RF-E-01": {
			breaks("is of tenant "+contosoCorp, "body: tenantId; none of the three is the client's",
				"azure.tenants/"+contosoCorp),
			breaks("is of tenant a70a1586-", "body: tenantId",
				"azure.tenants/a70a1586-9c4a-4373-b907-1d310660dbd1"),
			breaks("is of tenant daea2e9b-", "body: tenantId",
				"azure.tenants/daea2e9b-847b-4c93-850d-2aa6f2d7af33"),
			keeps("body: id is the tenant's", "entra.organization/"+contosoID),
		},
	},
	"assigned": {
		"RF-G-05": {
			openSaying(whySilent, "body: what storageSkus and TagKeyValue deny is in their definitions, "+
				"which nobody reads here", subscription+assigned),
		},
	},
	"encrypted-copied": {
		"RF-G-04": {
			keeps("body: sku Standard_GRS, secondaryLocation centraluseuap, of the fence",
				sto1125, sto3699, sto6637, sto834, sto9174),
			breaks(
				"is copied to northcentralus(stage)", "body: secondaryLocation is a region of no fence", sto8596),
		},
	},
}

// expected is all: what each client's controls must say.
var expected = func() map[string]map[string][]row {
	both := map[string]map[string][]row{}
	for _, part := range []map[string]map[string][]row{ofTheFirst, ofTheLibrary, ofTheClosed} {
		for name, controls := range part {
			if both[name] == nil {
				both[name] = map[string][]row{}
			}
			maps.Copy(both[name], controls)
		}
	}

	return both
}()

// undecided are the controls that no body of the reference can keep or break, and what is missing.
var undecided = map[string]string{
	"RF-G-02": "users with preferredDataLocation, and products with Multi-Geo",
	"RF-G-05": "policy assignments and exemptions",
	"RF-G-08": "Conditional Access policies and named locations (the examples are of chosen properties)",
	"RF-G-10": "products whose data have a place",
	"RF-G-11": "a log of sign-ins of beta",
	"RF-K-06": "role assignments of a subscription",
	"RF-K-07": "role assignments of a subscription",
	"RF-K-08": "keys of a vault that says more than their names",
	"RF-K-09": "role assignments of a managed HSM",
	"RF-M-05": "deleted objects",
	"RF-M-09": "policy assignments and exemptions",
	"RF-P-03": "service principals with appRoles",
	"RF-T-03": "partners of the cross-tenant policy",
	"RF-T-04": "partners of the cross-tenant policy",
	"RF-T-10": "the policy of domains for invitations",
	"RF-T-12": "applications and service principals with ids",
}
