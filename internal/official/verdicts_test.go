package official

// ofTheFirst holds what each client's first controls must say; ofTheLibrary has the
// others, expected all. A control that is not there is judged as for the client that it
// is like (see client.like); one that is nowhere was not imported (see TestVerdicts).
var ofTheFirst = map[string]map[string][]row{
	"contoso": {
		"RF-T-01": {
			breaks(
				"Microsoft's default, never changed",
				"body: isServiceDefault true, b2bCollaborationInbound allows AllUsers in AllApplications",
				crossTenant),
		},
		"RF-T-08": {
			breaks(
				"anyone may join with a verified e-mail address; everyone, guests included, may "+
					"invite guests",
				"body: allowInvitesFrom everyone, allowEmailVerifiedUsersToJoinOrganization true",
				authorization),
		},
		"RF-T-11": {
			open(whyUnresolved, joey, kalyan, markie),
			open(whyNotAsked, "entra.role_assignment_instances/*", "entra.role_eligibility/*"),
		},
		"RF-M-02": {excluded("body: the customers of the three relationships are other tenants")},
		"RF-M-07": {
			breaks(
				"belongs to tenant "+firstTenant,
				"body: tenantId is another tenant, whatever delegations there are", subscription+first),
			breaks(
				"undeclared tenant "+managerTwo, "body: tenantId and managedByTenants",
				subscription+second),
			open(whyNext, "azure.subscriptions/*"),
		},
	},
	"contoso-whole": {
		"RF-T-11": {
			keeps(
				"body: principal.userType Member; hand-written: never invited, identity of "+
					"Contoso.onmicrosoft.com, which the organization's body lists as verified",
				joey),
			breaks(
				"a guest", "body: principal.userType Guest; learn.microsoft.com/graph/api/resources/user",
				kalyan),
			breaks("a guest", "body: principal.userType Guest", markie),
		},
		"RF-M-02": {excluded("as contoso")},
		"RF-M-07": {
			breaks(
				"belongs to tenant "+firstTenant, "body: tenantId is not the organization's id",
				subscription+first),
			breaks(
				"belongs to tenant "+secondTenant, "body: tenantId is not the organization's id",
				subscription+second),
		},
		"RF-G-03": {open(whyNotAsked, "azure.resources/*")},
	},
	"contoso-closed": {
		"RF-T-01": {
			keeps(
				"body, adapted: accessType blocked for AllUsers: "+
					"learn.microsoft.com/graph/api/resources/crosstenantaccesspolicytargetconfiguration",
				crossTenant),
		},
		"RF-T-08": {
			keeps(
				"body, adapted: learn.microsoft.com/graph/api/resources/authorizationpolicy, "+
					"adminsAndGuestInviters",
				authorization),
		},
		"RF-G-01": {
			breaks(
				"country is NL", "body: countryLetterCode is NL; the fence's countries are DE",
				"entra.organization/"+contosoID),
		},
	},
	"first-subscription": {
		"RF-M-07": {
			keeps(
				"body: tenantId is the client's, managedByTenants is the declared one; hand-written: "+
					"no delegation",
				subscription+first),
			breaks(
				"undeclared tenant "+managerTwo,
				"body: tenantId is another, and managedByTenants names a second tenant",
				subscription+second),
		},
		"RF-G-03": {open(whyNotAsked, "azure.resources/*")},
	},
	"vaults": {
		"RF-K-01": {open(whyNext, vault, hsm1, hsm2, moreVaults, moreHSMs)},
		"RF-K-02": {
			open(whyNobody, vault),
			open(whyNext, moreVaults),
		},
		"RF-K-04": {
			breaks(
				"purge protection is off", whyPurge+"; that HSMs were not all seen undoes nothing",
				vault),
			open(whyNext, hsm1, hsm2, moreVaults, moreHSMs),
		},
		"RF-K-14": {open(whyNext, vault)},
		"RF-G-03": {
			open(whyNext, resource, "azure.resources/"+zero+"/*"),
			openSaying(
				"(last_page_missing,",
				"hand-written: location westus; but the control also reads resources, and their list "+
					"is partial",
				group),
		},
		"RF-G-06": {open(whyNext, vault, hsm1, hsm2, moreVaults, moreHSMs)},
	},
	"vaults-missing": {
		"RF-K-01": {open(whyMissing, vault, hsm1, hsm2, moreVaults)},
		"RF-K-02": {
			open(whyNobody, vault),
			open(whyMissing, moreVaults),
		},
		"RF-K-04": {
			breaks("purge protection is off", whyPurge, vault),
			open(whyMissing, hsm1, hsm2, moreVaults),
		},
		"RF-K-14": {open(whyMissing, gone, hsm1)},
		"RF-G-06": {open(whyMissing, vault, hsm1, hsm2, moreVaults)},
	},
	"vaults-unproven": {
		"RF-K-01": {open(whyUnproven, vault, hsm1, hsm2, moreVaults, moreHSMs)},
		"RF-K-02": {
			open(whyNobody, vault),
			open(whyUnproven, moreVaults),
		},
		"RF-K-04": {
			breaks("purge protection is off", whyPurge, vault),
			open(whyUnproven, hsm1, hsm2, moreVaults, moreHSMs),
		},
		"RF-G-03": {
			open(
				whyUnproven, resource, group, "azure.resources/"+zero+"/*",
				"azure.resource_groups/"+zero+"/*"),
		},
		"RF-G-06": {open(whyUnproven, vault, hsm1, hsm2, moreVaults, moreHSMs)},
	},
	"vaults-whole": {
		"RF-K-01": {
			keeps("body: properties.tenantId is the client's; hand-written: so is the subscription's", vault),
			keeps("body: properties.tenantId is the client's", hsm1, hsm2),
		},
		"RF-K-02": {open(whyNobody, vault)},
		"RF-K-04": {
			breaks("purge protection is off", whyPurge+"; "+pageRetention, vault),
			keeps(whyHSM, hsm1, hsm2),
		},
		"RF-K-14": {keeps("body: id", vault, hsm1)},
		"RF-G-03": {
			keeps("body: location westus", resource),
			keeps("hand-written: location westus", group),
		},
		"RF-G-06": {
			keeps(
				"body: location westus; learn.microsoft.com/azure/reliability/regions-paired: West "+
					"US is paired with East US",
				vault),
			keeps(
				"body: location westus, no regions: "+
					"learn.microsoft.com/azure/key-vault/managed-hsm/multi-region-replication, an HSM is "+
					"in one region unless extended",
				hsm1),
			keeps("as hsm1", hsm2),
		},
	},
	"vaults-moved": {
		"RF-K-01": {
			breaks(
				"authenticated by tenant "+zero,
				"body: properties.tenantId is not the client's: "+
					"learn.microsoft.com/azure/key-vault/general/move-subscription, 'Azure Key Vault is "+
					"automatically tied to the default Microsoft Entra ID tenant ID for the subscription "+
					"in which it is created', and stays so when the subscription moves",
				vault),
			breaks("authenticated by tenant "+zero, "body: properties.tenantId", hsm1, hsm2),
		},
		"RF-K-02": {
			breaks(
				"a policy is for tenant "+zero, "body: accessPolicies[0].tenantId is not the client's",
				vault),
		},
	},
	"vaults-known": {
		"RF-K-02": {
			keeps(
				"body: one policy, of the client's tenant; hand-written: its principal is a member "+
					"of the directory",
				vault),
		},
		"RF-K-14": {
			keeps("body: id", vault),
			breaks(
				"sample-gone was deleted",
				"hand-written: properties.vaultId; "+
					"learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-deleted: vaultId is 'The "+
					"resource id of the original vault'",
				gone),
		},
	},
	"vaults-pair": {
		"RF-G-06": {
			breaks(
				"is copied to eastus",
				"learn.microsoft.com/azure/key-vault/general/disaster-recovery-guidance: 'The "+
					"contents of your key vault are replicated within the region and to a secondary "+
					"region'; West US is paired with East US",
				vault),
			keeps("body: no regions: an HSM is not copied to the pair", hsm1),
			keeps("as hsm1", hsm2),
		},
	},
	"vaults-outside": {
		"RF-G-01": {
			breaks(
				"country is NL", "body: countryLetterCode is NL; the fence's countries are DE",
				"entra.organization/"+zero),
		},
		"RF-G-03": {
			breaks("is in westus", "body: location westus", resource),
			breaks("is in westus", "hand-written: location westus", group),
		},
		"RF-G-06": {breaks("is in westus", "body: location westus", vault, hsm1, hsm2)},
	},
	"delegated": {
		"RF-M-07": {
			keeps(
				"body: managedByTenantId is a declared service provider, manageeTenantId the client",
				subscription+delegated),
		},
		"RF-G-03": {open(whyNotAsked, "azure.resources/*")},
	},
	"delegated-undeclared": {
		"RF-M-07": {
			breaks(
				"names undeclared tenant "+contosoCorp,
				"body: managedByTenantId is nobody that was declared", subscription+delegated),
		},
	},
	"delegated-unproven": {
		"RF-G-03": {
			open(whyNotAsked, "azure.resources/*"),
			open(whyUnproven, "azure.resource_groups/"+delegated+"/*"),
		},
	},
	"encrypted": {
		"RF-K-10": {
			leads(
				"myvmvault.vault-int.azure-int.net",
				"body: activeKey.keyUrl; a lead: no list of vaults was imported", set1),
			leads("myvmvault.vault-int.azure-int.net", "as the first", set2),
			leads(
				"myvault8569.vault.azure.net",
				"body: keySource Microsoft.Keyvault, keyvaulturi; "+whyPlatform, sto8596),
			open(whyNoSetting, sto3699, sto6637, sto834, sto9174),
			leads("somevault.vault.azure.net", "body: serverKeyType AzureKeyVault, uri", protector),
			openSaying("not seen: azure.disk_encryption_sets in", whyOtherType, disk, automat, runbook),
			open(whyNext, "azure.disk_encryption_sets/"+storage+"/*"),
			open(
				whyNotAsked, "azure.disk_encryption_sets/"+databases+"/*",
				"azure.disk_encryption_sets/"+graphed+"/*",
				"azure.storage_accounts/"+databases+"/*", "azure.storage_accounts/"+graphed+"/*",
				"azure.key_references/"+databases+"/*", "azure.key_references/"+storage+"/*"),
			open(
				"its SQL servers were not imported", "azure.sql_encryption_protectors/"+storage+"/*",
				"azure.sql_encryption_protectors/"+graphed+"/*"),
			open(
				"body: totalRecords 386, count 3, $skipToken: "+
					"learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results",
				"azure.key_references/"+graphed+"/*"),
		},
	},
	"encrypted-whole": {
		"RF-K-01": {excluded("hand-written: no vault and no HSM in any subscription")},
		"RF-K-02": {excluded("hand-written: no vault")},
		"RF-K-04": {excluded("hand-written: no vault and no HSM")},
		"RF-K-10": {
			breaks(
				"myvmvault.vault-int.azure-int.net, which is no vault of the client",
				"body: activeKey.keyUrl; hand-written: the client has no vault", set1),
			breaks("myvmvault.vault-int.azure-int.net", "as the first", set2),
			breaks("myvault8569.vault.azure.net", "body: keySource Microsoft.Keyvault, keyvaulturi", sto8596),
			open(whyNoSetting, sto3699, sto6637, sto834, sto9174),
			breaks("somevault.vault.azure.net", "body: serverKeyType AzureKeyVault, uri", protector),
			open(whyOtherType, disk, automat, runbook),
		},
		"RF-G-06": {excluded("hand-written: no vault and no HSM")},
	},
	"encrypted-owned": {
		"RF-K-01": {keeps("hand-written", myVault, someVault)},
		"RF-K-02": {
			open("hand-written: no policy; but whose principals are whose was not imported", myVault),
			open("as the first", someVault),
		},
		"RF-K-04": {keeps("hand-written", myVault, someVault)},
		"RF-K-10": {
			breaks("myvmvault.vault-int.azure-int.net", "body: activeKey.keyUrl is at neither vault", set1),
			breaks("myvmvault.vault-int.azure-int.net", "as the first", set2),
			keeps(
				"body: keyvaulturi is the address of a vault of the client; keyversion \"\" means "+
					"the newest version: "+
					"learn.microsoft.com/azure/storage/common/customer-managed-keys-overview",
				sto8596),
			keeps("body: uri is at a vault of the client; host names have no case", protector),
			open(whyOtherType, disk, automat, runbook),
		},
		"RF-G-06": {
			open("the list of regions was not imported: the pair is not known", myVault),
			open("as the first", someVault),
		},
	},
	"encrypted-silent": {
		"RF-K-10": {
			breaks("myvmvault.vault-int.azure-int.net", "body: activeKey.keyUrl is at neither vault", set1),
			breaks("myvmvault.vault-int.azure-int.net", "as the first", set2),
			keeps(
				"body: keyvaulturi is the address of a vault of the client; keyversion \"\" means "+
					"the newest version: "+
					"learn.microsoft.com/azure/storage/common/customer-managed-keys-overview",
				sto8596),
			open(whyNoSetting, sto3699, sto6637, sto834, sto9174),
			openSaying("lacks /properties/encryption", whySilence, protector),
			open(whyOtherType, disk, automat, runbook),
		},
	},
	"customer": {
		"RF-M-02": {
			keeps(
				"body: status active, one role, dd4db9a0-…; the proposed relationship "+
					"(approvalPending) names two of the three roles and has no force before the customer "+
					"approves: learn.microsoft.com/partner-center/gdap-customer-approval",
				active),
		},
		"RF-M-07": {excluded(whyNoAzure)},
	},
	"customer-approved": {
		"RF-M-02": {
			keeps("as customer", active),
			breaks(
				"Privileged Authentication Administrator, Privileged Role Administrator",
				"body: roles 7be44c8a-… and e8611ab8-…: "+
					"learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference",
				proposed),
		},
	},
	"msp": {
		"RF-M-01": {
			keeps(
				"body: status active, customer.tenantId is a client; endDateTime is long past, but "+
					"status is the service's own word (read-only), and autoExtendDuration is P180D",
				active),
			keeps("body: the active relationship's customer.tenantId", "client/contoso-inc"),
			breaks(
				"no active delegated admin relationship",
				"body: its only relationship has status terminated", "client/subsidiary"),
		},
	},
	"msp-undeclared": {
		"RF-M-01": {
			breaks(
				"tenant "+contosoInc+", which is no client",
				"body: status active, customer.tenantId is no client", active),
			breaks("no active delegated admin relationship", "as msp", "client/subsidiary"),
		},
	},
}
