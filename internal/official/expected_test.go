package official

// row is what must be said about one subject, and what decides it: a sentence
// of Microsoft's documentation (with its page), or what the body says. says is
// a part of the finding's message, checked where it is not empty. A lead is an
// undetermined subject where a violation was seen. not-applicable has no
// subject.
//
// They were written and committed before the controls were run. One verdict had
// to be changed afterwards: the SQL server's in encrypted-silent (whySilence). So
// had one hand-written body: Resource Graph answers {"data": []}, not "value".
type row struct {
	control, subject, want, says, why string
}

// text is what the message must say: of an undetermined subject, the reason.
func (r row) text() string {
	if r.says != "" {
		return r.says
	}
	return because[r.why]
}

// because is what a message says where a reason of ours holds.
var because = map[string]string{
	"":            "(no_file,", // notImported
	whyNotAsked:   "(no_file,",
	whyNext:       "(last_page_missing,",
	whyUnproven:   "(visibility_unproven,",
	whyNobody:     whySilent,
	whyUnresolved: whySilent,
	whyNoSetting:  "lacks /properties/encryption",
	whyOtherType:  whySilent,
	whyNoAzure:    "proof: declared",
}

// whySilent is what the engine says where neither pass nor fail holds.
const whySilent = "neither that the promise is kept nor that it is broken"

const (
	satisfied     = "satisfied"
	notSatisfied  = "not-satisfied"
	undetermined  = "undetermined"
	lead          = "lead"
	notApplicable = "not-applicable"
)

// Pages that several rows cite.
const (
	pagePaging    = "learn.microsoft.com/rest/api/azure: 'nextLink' … the response holds partial results"
	pagePurge     = "learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription, enablePurgeProtection: 'Enabling this functionality is irreversible - that is, the property does not accept false as its value'; so off is left out"
	pageRetention = "same page, softDeleteRetentionInDays: 90 by default; enableSoftDelete: 'If it's not set to any value(true or false) when creating new key vault, it will be set to true by default'"
	pageVisible   = "learn.microsoft.com/rest/api/resources/subscriptions/list and azure-sdk-for-python#40403: without a role a list is 200 and empty"
)

// notImported is what a control says where the client has none of the datasets
// that hold its subjects: nothing was seen, so nothing is concluded.
var notImported = []row{
	{control: "RF-T-01", subject: "entra.cross_tenant_default/*", want: undetermined},
	{control: "RF-T-08", subject: "entra.authorization_policy/*", want: undetermined},
	{control: "RF-T-11", subject: "entra.role_assignments/*", want: undetermined},
	{control: "RF-T-11", subject: "entra.role_assignment_instances/*", want: undetermined},
	{control: "RF-T-11", subject: "entra.role_eligibility/*", want: undetermined},
	{control: "RF-M-02", subject: "gdap.relationships/*", want: undetermined},
	{control: "RF-K-01", subject: "keyvault.vaults/*", want: undetermined},
	{control: "RF-K-01", subject: "keyvault.managed_hsms/*", want: undetermined},
	{control: "RF-K-02", subject: "keyvault.vaults/*", want: undetermined},
	{control: "RF-K-04", subject: "keyvault.vaults/*", want: undetermined},
	{control: "RF-K-04", subject: "keyvault.managed_hsms/*", want: undetermined},
	{control: "RF-K-10", subject: "azure.disk_encryption_sets/*", want: undetermined},
	{control: "RF-K-10", subject: "azure.storage_accounts/*", want: undetermined},
	{control: "RF-K-10", subject: "azure.sql_encryption_protectors/*", want: undetermined},
	{control: "RF-K-10", subject: "azure.key_references/*", want: undetermined},
	{control: "RF-G-03", subject: "azure.resources/*", want: undetermined},
	{control: "RF-G-03", subject: "azure.resource_groups/*", want: undetermined},
	{control: "RF-G-06", subject: "keyvault.vaults/*", want: undetermined},
	{control: "RF-G-06", subject: "keyvault.managed_hsms/*", want: undetermined},
}

// Subjects.
const (
	crossTenant   = "entra.cross_tenant_default/default"
	authorization = "entra.authorization_policy/default"
	joey          = "entra.role_assignments/lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1"
	kalyan        = "entra.role_assignments/lAPpYvVpN0KRkAEhdxReEC6Xh29-LklLmYDrOIi9z-E-1"
	markie        = "entra.role_assignments/lAPpYvVpN0KRkAEhdxReEMgc_BA2rIZBuZsM-BSqLdU-1"
	proposed      = "gdap.relationships/4b227261-d21f-4aa9-b7db-7fa1f56fb163-8777b240-c6f0-4469-9e98-a3205431b836"
	active        = "gdap.relationships/5d027261-d21f-4aa9-b7db-7fa1f56fb163-8777b240-c6f0-4469-9e98-a3205431b836"

	subscription = "azure.subscriptions/"
	vault        = "keyvault.vaults/subscriptions/" + zero + "/resourcegroups/sample-group/providers/microsoft.keyvault/vaults/sample-vault"
	hsm1         = "keyvault.managed_hsms/subscriptions/" + zero + "/resourcegroups/hsm-group/providers/microsoft.keyvault/managedhsms/hsm1"
	hsm2         = "keyvault.managed_hsms/subscriptions/" + zero + "/resourcegroups/hsm-group/providers/microsoft.keyvault/managedhsms/hsm2"
	resource     = "azure.resources/subscriptions/" + zero + "/resourcegroups/sample-group/providers/microsoft.keyvault/vaults/sample-vault"
	group        = "azure.resource_groups/subscriptions/" + zero + "/resourcegroups/sample-group"
	moreVaults   = "keyvault.vaults/" + zero + "/*"
	moreHSMs     = "keyvault.managed_hsms/" + zero + "/*"

	set1      = "azure.disk_encryption_sets/subscriptions/{subscriptionid}/resourcegroups/myresourcegroup/providers/microsoft.compute/diskencryptionsets/mydiskencryptionset"
	set2      = "azure.disk_encryption_sets/subscriptions/{subscriptionid}/resourcegroups/mysecondresourcegroup/providers/microsoft.compute/diskencryptionsets/mydiskencryptionset2"
	account   = "azure.storage_accounts/subscriptions/{subscription-id}/resourcegroups/"
	sto8596   = account + "res9407/providers/microsoft.storage/storageaccounts/sto8596"
	sto3699   = account + "testcmk3/providers/microsoft.storage/storageaccounts/sto3699"
	sto6637   = account + "testcmk3/providers/microsoft.storage/storageaccounts/sto6637"
	sto834    = account + "res8186/providers/microsoft.storage/storageaccounts/sto834"
	sto9174   = account + "testcmk3/providers/microsoft.storage/storageaccounts/sto9174"
	protector = "azure.sql_encryption_protectors/subscriptions/" + databases + "/resourcegroups/sqlcrudtest-7398/providers/microsoft.sql/servers/sqlcrudtest-4645/encryptionprotector/current"
	disk      = "azure.key_references/subscriptions/" + graphed + "/resourcegroups/rg1/providers/microsoft.compute/disks/yetanothertest_osdisk_1_f396cbcb625a457bb69fe2abf5975820"
	automat   = "azure.key_references/subscriptions/" + graphed + "/resourcegroups/rg2/providers/microsoft.automation/automationaccounts/testaa"
	runbook   = automat + "/runbooks/testrb"
	myVault   = "keyvault.vaults/subscriptions/" + storage + "/resourcegroups/keys/providers/microsoft.keyvault/vaults/myvault8569"
	someVault = "keyvault.vaults/subscriptions/" + storage + "/resourcegroups/keys/providers/microsoft.keyvault/vaults/somevault"
)

// Why, where several rows share it.
const (
	whyNL         = "body: countryLetterCode is NL; the fence's countries are NL"
	whyUnresolved = "the body's principalId is in no list of users, groups or service principals; ringfence does not ask for $expand=principal, so that the body calls two of them Guest is kept and not judged"
	whyNotAsked   = "not imported"
	whyNext       = "the body ends with nextLink: " + pagePaging
	whyPurge      = "body: no enablePurgeProtection; " + pagePurge
	whyHSM        = "body: enablePurgeProtection and enableSoftDelete true, softDeleteRetentionInDays 90"
	whyUnproven   = "nothing proves that the list shows all: " + pageVisible
	whyProviders  = "the client declared no service providers: nothing was promised"
	whyNoAzure    = "the fleet file declares no Azure, and the hand-written list of subscriptions is empty"
	whyNobody     = "body: objectId is all zeros, which is no principal of the directory; unknown is not deleted (learn.microsoft.com/graph/api/directory-deleteditems-list)"
	whyNoSetting  = "body: no encryption object, so what the key is is not said"
	whySilence    = "contracts.md section 4: a property that subjects needs and that is missing without a documented absence makes the satisfied subjects of other datasets undetermined; the reference does not say that encryption may be left out"
	whyPlatform   = "learn.microsoft.com/rest/api/storagerp/storage-accounts/list, keySource: 'The possible values (case-insensitive): Microsoft.Storage, Microsoft.Keyvault'"
	whyOtherType  = "a resource of another type whose properties name a key is listed and never judged (body: type)"
)

// expected holds the rows of each client, by control. A control that is not
// here has the rows of notImported.
var expected = map[string][]row{
	"contoso": {
		{control: "RF-T-01", subject: crossTenant, want: notSatisfied, says: "Microsoft's default, never changed", why: "body: isServiceDefault true, b2bCollaborationInbound allows AllUsers in AllApplications"},
		{control: "RF-T-08", subject: authorization, want: notSatisfied, says: "anyone may join with a verified e-mail address; everyone, guests included, may invite guests", why: "body: allowInvitesFrom everyone, allowEmailVerifiedUsersToJoinOrganization true"},
		{control: "RF-T-11", subject: joey, want: undetermined, why: whyUnresolved},
		{control: "RF-T-11", subject: kalyan, want: undetermined, why: whyUnresolved},
		{control: "RF-T-11", subject: markie, want: undetermined, why: whyUnresolved},
		{control: "RF-T-11", subject: "entra.role_assignment_instances/*", want: undetermined, why: whyNotAsked},
		{control: "RF-T-11", subject: "entra.role_eligibility/*", want: undetermined, why: whyNotAsked},
		{control: "RF-M-02", want: notApplicable, why: "body: the customers of the three relationships are other tenants"},
		{control: "RF-M-07", subject: subscription + first, want: lead, says: "belongs to tenant " + firstTenant, why: "body: tenantId is another tenant; a lead, since the delegations were not imported"},
		{control: "RF-M-07", subject: subscription + second, want: lead, says: "undeclared tenant " + managerTwo, why: "body: tenantId and managedByTenants; a lead likewise"},
		{control: "RF-M-07", subject: "azure.subscriptions/*", want: undetermined, why: whyNext},
		{control: "RF-G-01", subject: "entra.organization/" + contosoID, want: satisfied, why: whyNL},
	},
	"contoso-whole": {
		{control: "RF-T-11", subject: joey, want: satisfied, why: "body: principal.userType Member; hand-written: never invited, identity of Contoso.onmicrosoft.com, which the organization's body lists as verified"},
		{control: "RF-T-11", subject: kalyan, want: notSatisfied, says: "a guest", why: "body: principal.userType Guest; learn.microsoft.com/graph/api/resources/user"},
		{control: "RF-T-11", subject: markie, want: notSatisfied, says: "a guest", why: "body: principal.userType Guest"},
		{control: "RF-M-02", want: notApplicable, why: "as contoso"},
		{control: "RF-M-07", subject: subscription + first, want: notSatisfied, says: "belongs to tenant " + firstTenant, why: "body: tenantId is not the organization's id"},
		{control: "RF-M-07", subject: subscription + second, want: notSatisfied, says: "belongs to tenant " + secondTenant, why: "body: tenantId is not the organization's id"},
		{control: "RF-G-01", subject: "entra.organization/" + contosoID, want: satisfied, why: whyNL},
		{control: "RF-G-03", subject: "azure.resources/*", want: undetermined, why: whyNotAsked},
	},
	"contoso-closed": {
		{control: "RF-T-01", subject: crossTenant, want: satisfied, why: "body, adapted: accessType blocked for AllUsers: learn.microsoft.com/graph/api/resources/crosstenantaccesspolicytargetconfiguration"},
		{control: "RF-T-08", subject: authorization, want: satisfied, why: "body, adapted: learn.microsoft.com/graph/api/resources/authorizationpolicy, adminsAndGuestInviters"},
		{control: "RF-G-01", subject: "entra.organization/" + contosoID, want: notSatisfied, says: "country is NL", why: "body: countryLetterCode is NL; the fence's countries are DE"},
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", want: notApplicable, why: whyNoAzure},
		{control: "RF-K-02", want: notApplicable, why: whyNoAzure},
		{control: "RF-K-04", want: notApplicable, why: whyNoAzure},
		{control: "RF-K-10", want: notApplicable, why: whyNoAzure},
		{control: "RF-G-03", want: notApplicable, why: whyNoAzure},
		{control: "RF-G-06", want: notApplicable, why: whyNoAzure},
	},
	"first-subscription": {
		{control: "RF-M-07", subject: subscription + first, want: satisfied, why: "body: tenantId is the client's, managedByTenants is the declared one; hand-written: no delegation"},
		{control: "RF-M-07", subject: subscription + second, want: notSatisfied, says: "undeclared tenant " + managerTwo, why: "body: tenantId is another, and managedByTenants names a second tenant"},
		{control: "RF-G-01", subject: "entra.organization/" + firstTenant, want: satisfied, why: whyNL},
		{control: "RF-G-03", subject: "azure.resources/*", want: undetermined, why: whyNotAsked},
	},
	"vaults": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", subject: vault, want: undetermined, why: whyNext},
		{control: "RF-K-01", subject: hsm1, want: undetermined, why: whyNext},
		{control: "RF-K-01", subject: hsm2, want: undetermined, why: whyNext},
		{control: "RF-K-01", subject: moreVaults, want: undetermined, why: whyNext},
		{control: "RF-K-01", subject: moreHSMs, want: undetermined, why: whyNext},
		{control: "RF-K-02", subject: vault, want: undetermined, why: whyNobody},
		{control: "RF-K-02", subject: moreVaults, want: undetermined, why: whyNext},
		{control: "RF-K-04", subject: vault, want: lead, says: "purge protection is off", why: whyPurge + "; a lead, since the control also reads HSMs and their list is partial"},
		{control: "RF-K-04", subject: hsm1, want: undetermined, why: whyNext},
		{control: "RF-K-04", subject: hsm2, want: undetermined, why: whyNext},
		{control: "RF-K-04", subject: moreVaults, want: undetermined, why: whyNext},
		{control: "RF-K-04", subject: moreHSMs, want: undetermined, why: whyNext},
		{control: "RF-G-01", subject: "entra.organization/" + zero, want: satisfied, why: whyNL},
		{control: "RF-G-03", subject: resource, want: undetermined, why: whyNext},
		{control: "RF-G-03", subject: "azure.resources/" + zero + "/*", want: undetermined, why: whyNext},
		{control: "RF-G-03", subject: group, want: undetermined, says: "(last_page_missing,", why: "hand-written: location westus; but the control also reads resources, and their list is partial"},
		{control: "RF-G-06", subject: vault, want: undetermined, why: whyNext},
		{control: "RF-G-06", subject: hsm1, want: undetermined, why: whyNext},
		{control: "RF-G-06", subject: hsm2, want: undetermined, why: whyNext},
		{control: "RF-G-06", subject: moreVaults, want: undetermined, why: whyNext},
		{control: "RF-G-06", subject: moreHSMs, want: undetermined, why: whyNext},
	},
	"vaults-whole": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", subject: vault, want: satisfied, why: "body: properties.tenantId is the client's; hand-written: so is the subscription's"},
		{control: "RF-K-01", subject: hsm1, want: satisfied, why: "body: properties.tenantId is the client's"},
		{control: "RF-K-01", subject: hsm2, want: satisfied, why: "body: properties.tenantId is the client's"},
		{control: "RF-K-02", subject: vault, want: undetermined, why: whyNobody},
		{control: "RF-K-04", subject: vault, want: notSatisfied, says: "purge protection is off", why: whyPurge + "; " + pageRetention},
		{control: "RF-K-04", subject: hsm1, want: satisfied, why: whyHSM},
		{control: "RF-K-04", subject: hsm2, want: satisfied, why: whyHSM},
		{control: "RF-G-01", subject: "entra.organization/" + zero, want: satisfied, why: whyNL},
		{control: "RF-G-03", subject: resource, want: satisfied, why: "body: location westus"},
		{control: "RF-G-03", subject: group, want: satisfied, why: "hand-written: location westus"},
		{control: "RF-G-06", subject: vault, want: satisfied, why: "body: location westus; learn.microsoft.com/azure/reliability/regions-paired: West US is paired with East US"},
		{control: "RF-G-06", subject: hsm1, want: satisfied, why: "body: location westus, no regions: learn.microsoft.com/azure/key-vault/managed-hsm/multi-region-replication, an HSM is in one region unless extended"},
		{control: "RF-G-06", subject: hsm2, want: satisfied, why: "as hsm1"},
	},
	"vaults-unproven": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", subject: vault, want: undetermined, why: whyUnproven},
		{control: "RF-K-01", subject: hsm1, want: undetermined, why: whyUnproven},
		{control: "RF-K-01", subject: hsm2, want: undetermined, why: whyUnproven},
		{control: "RF-K-01", subject: moreVaults, want: undetermined, why: whyUnproven},
		{control: "RF-K-01", subject: moreHSMs, want: undetermined, why: whyUnproven},
		{control: "RF-K-02", subject: vault, want: undetermined, why: whyNobody},
		{control: "RF-K-02", subject: moreVaults, want: undetermined, why: whyUnproven},
		{control: "RF-K-04", subject: vault, want: lead, says: "purge protection is off", why: whyPurge},
		{control: "RF-K-04", subject: hsm1, want: undetermined, why: whyUnproven},
		{control: "RF-K-04", subject: hsm2, want: undetermined, why: whyUnproven},
		{control: "RF-K-04", subject: moreVaults, want: undetermined, why: whyUnproven},
		{control: "RF-K-04", subject: moreHSMs, want: undetermined, why: whyUnproven},
		{control: "RF-G-01", subject: "entra.organization/" + zero, want: satisfied, why: whyNL + "; the directory needs no Azure role"},
		{control: "RF-G-03", subject: resource, want: undetermined, why: whyUnproven},
		{control: "RF-G-03", subject: group, want: undetermined, why: whyUnproven},
		{control: "RF-G-03", subject: "azure.resources/" + zero + "/*", want: undetermined, why: whyUnproven},
		{control: "RF-G-03", subject: "azure.resource_groups/" + zero + "/*", want: undetermined, why: whyUnproven},
		{control: "RF-G-06", subject: vault, want: undetermined, why: whyUnproven},
		{control: "RF-G-06", subject: hsm1, want: undetermined, why: whyUnproven},
		{control: "RF-G-06", subject: hsm2, want: undetermined, why: whyUnproven},
		{control: "RF-G-06", subject: moreVaults, want: undetermined, why: whyUnproven},
		{control: "RF-G-06", subject: moreHSMs, want: undetermined, why: whyUnproven},
	},
	"vaults-moved": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", subject: vault, want: notSatisfied, says: "authenticated by tenant " + zero, why: "body: properties.tenantId is not the client's: learn.microsoft.com/azure/key-vault/general/move-subscription, 'Azure Key Vault is automatically tied to the default Microsoft Entra ID tenant ID for the subscription in which it is created'"},
		{control: "RF-K-01", subject: hsm1, want: notSatisfied, says: "authenticated by tenant " + zero, why: "body: properties.tenantId"},
		{control: "RF-K-01", subject: hsm2, want: notSatisfied, says: "authenticated by tenant " + zero, why: "body: properties.tenantId"},
		{control: "RF-K-02", subject: vault, want: notSatisfied, says: "a policy is for tenant " + zero, why: "body: accessPolicies[0].tenantId is not the client's"},
		{control: "RF-K-04", subject: vault, want: notSatisfied, says: "purge protection is off", why: whyPurge},
		{control: "RF-K-04", subject: hsm1, want: satisfied, why: whyHSM},
		{control: "RF-K-04", subject: hsm2, want: satisfied, why: whyHSM},
		{control: "RF-G-01", subject: "entra.organization/" + contosoID, want: satisfied, why: whyNL},
		{control: "RF-G-03", subject: resource, want: satisfied, why: "body: location westus"},
		{control: "RF-G-03", subject: group, want: satisfied, why: "hand-written: location westus"},
		{control: "RF-G-06", subject: vault, want: satisfied, why: "as vaults-whole"},
		{control: "RF-G-06", subject: hsm1, want: satisfied, why: "as vaults-whole"},
		{control: "RF-G-06", subject: hsm2, want: satisfied, why: "as vaults-whole"},
	},
	"vaults-known": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", subject: vault, want: satisfied, why: "as vaults-whole"},
		{control: "RF-K-01", subject: hsm1, want: satisfied, why: "as vaults-whole"},
		{control: "RF-K-01", subject: hsm2, want: satisfied, why: "as vaults-whole"},
		{control: "RF-K-04", subject: vault, want: notSatisfied, says: "purge protection is off", why: whyPurge},
		{control: "RF-K-04", subject: hsm1, want: satisfied, why: whyHSM},
		{control: "RF-K-04", subject: hsm2, want: satisfied, why: whyHSM},
		{control: "RF-K-02", subject: vault, want: satisfied, why: "body: one policy, of the client's tenant; hand-written: its principal is a member of the directory"},
		{control: "RF-G-01", subject: "entra.organization/" + zero, want: satisfied, why: whyNL},
		{control: "RF-G-03", subject: resource, want: satisfied, why: "body: location westus"},
		{control: "RF-G-03", subject: group, want: satisfied, why: "hand-written: location westus"},
		{control: "RF-G-06", subject: vault, want: satisfied, why: "as vaults-whole"},
		{control: "RF-G-06", subject: hsm1, want: satisfied, why: "as vaults-whole"},
		{control: "RF-G-06", subject: hsm2, want: satisfied, why: "as vaults-whole"},
	},
	"vaults-pair": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", subject: vault, want: satisfied, why: "as vaults-whole"},
		{control: "RF-K-01", subject: hsm1, want: satisfied, why: "as vaults-whole"},
		{control: "RF-K-01", subject: hsm2, want: satisfied, why: "as vaults-whole"},
		{control: "RF-K-04", subject: vault, want: notSatisfied, says: "purge protection is off", why: whyPurge},
		{control: "RF-K-04", subject: hsm1, want: satisfied, why: whyHSM},
		{control: "RF-K-04", subject: hsm2, want: satisfied, why: whyHSM},
		{control: "RF-K-02", subject: vault, want: undetermined, why: whyNobody},
		{control: "RF-G-01", subject: "entra.organization/" + zero, want: satisfied, why: whyNL},
		{control: "RF-G-03", subject: resource, want: satisfied, why: "body: location westus"},
		{control: "RF-G-03", subject: group, want: satisfied, why: "hand-written: location westus"},
		{control: "RF-G-06", subject: vault, want: notSatisfied, says: "is copied to eastus", why: "learn.microsoft.com/azure/key-vault/general/disaster-recovery-guidance: a vault is replicated to the paired region; West US is paired with East US"},
		{control: "RF-G-06", subject: hsm1, want: satisfied, why: "body: no regions: an HSM is not copied to the pair"},
		{control: "RF-G-06", subject: hsm2, want: satisfied, why: "as hsm1"},
	},
	"vaults-outside": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", subject: vault, want: satisfied, why: "as vaults-whole"},
		{control: "RF-K-01", subject: hsm1, want: satisfied, why: "as vaults-whole"},
		{control: "RF-K-01", subject: hsm2, want: satisfied, why: "as vaults-whole"},
		{control: "RF-K-04", subject: vault, want: notSatisfied, says: "purge protection is off", why: whyPurge},
		{control: "RF-K-04", subject: hsm1, want: satisfied, why: whyHSM},
		{control: "RF-K-04", subject: hsm2, want: satisfied, why: whyHSM},
		{control: "RF-K-02", subject: vault, want: undetermined, why: whyNobody},
		{control: "RF-G-01", subject: "entra.organization/" + zero, want: notSatisfied, says: "country is NL", why: "body: countryLetterCode is NL; the fence's countries are DE"},
		{control: "RF-G-03", subject: resource, want: notSatisfied, says: "is in westus", why: "body: location westus"},
		{control: "RF-G-03", subject: group, want: notSatisfied, says: "is in westus", why: "hand-written: location westus"},
		{control: "RF-G-06", subject: vault, want: notSatisfied, says: "is in westus", why: "body: location westus"},
		{control: "RF-G-06", subject: hsm1, want: notSatisfied, says: "is in westus", why: "body: location westus"},
		{control: "RF-G-06", subject: hsm2, want: notSatisfied, says: "is in westus", why: "body: location westus"},
	},
	"delegated": {
		{control: "RF-M-07", subject: subscription + delegated, want: satisfied, why: "body: managedByTenantId is a declared service provider, manageeTenantId the client"},
		{control: "RF-G-01", subject: "entra.organization/" + managee, want: satisfied, why: whyNL},
		{control: "RF-G-03", subject: "azure.resources/*", want: undetermined, why: whyNotAsked},
	},
	"delegated-undeclared": {
		{control: "RF-M-07", subject: subscription + delegated, want: notSatisfied, says: "names undeclared tenant " + contosoCorp, why: "body: managedByTenantId is nobody that was declared"},
		{control: "RF-G-01", subject: "entra.organization/" + managee, want: satisfied, why: whyNL},
		{control: "RF-G-03", subject: "azure.resources/*", want: undetermined, why: whyNotAsked},
	},
	"delegated-unproven": {
		{control: "RF-M-07", subject: subscription + delegated, want: lead, says: "names undeclared tenant " + contosoCorp, why: "body: managedByTenantId; a lead: " + whyUnproven},
		{control: "RF-G-01", subject: "entra.organization/" + managee, want: satisfied, why: whyNL},
		{control: "RF-G-03", subject: "azure.resources/*", want: undetermined, why: whyNotAsked},
		{control: "RF-G-03", subject: "azure.resource_groups/" + delegated + "/*", want: undetermined, why: whyUnproven},
	},
	"encrypted": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-10", subject: set1, want: lead, says: "myvmvault.vault-int.azure-int.net", why: "body: activeKey.keyUrl; a lead: no list of vaults was imported"},
		{control: "RF-K-10", subject: set2, want: lead, says: "myvmvault.vault-int.azure-int.net", why: "as the first"},
		{control: "RF-K-10", subject: sto8596, want: lead, says: "myvault8569.vault.azure.net", why: "body: keySource Microsoft.Keyvault, keyvaulturi; " + whyPlatform},
		{control: "RF-K-10", subject: sto3699, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: sto6637, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: sto834, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: sto9174, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: protector, want: lead, says: "somevault.vault.azure.net", why: "body: serverKeyType AzureKeyVault, uri"},
		{control: "RF-K-10", subject: disk, want: undetermined, why: whyOtherType},
		{control: "RF-K-10", subject: automat, want: undetermined, why: whyOtherType},
		{control: "RF-K-10", subject: runbook, want: undetermined, why: whyOtherType},
		{control: "RF-K-10", subject: "azure.disk_encryption_sets/" + storage + "/*", want: undetermined, why: whyNext},
		{control: "RF-K-10", subject: "azure.disk_encryption_sets/" + databases + "/*", want: undetermined, why: whyNotAsked},
		{control: "RF-K-10", subject: "azure.disk_encryption_sets/" + graphed + "/*", want: undetermined, why: whyNotAsked},
		{control: "RF-K-10", subject: "azure.storage_accounts/" + databases + "/*", want: undetermined, why: whyNotAsked},
		{control: "RF-K-10", subject: "azure.storage_accounts/" + graphed + "/*", want: undetermined, why: whyNotAsked},
		{control: "RF-K-10", subject: "azure.sql_encryption_protectors/" + storage + "/*", want: undetermined, why: "its SQL servers were not imported"},
		{control: "RF-K-10", subject: "azure.sql_encryption_protectors/" + graphed + "/*", want: undetermined, why: "its SQL servers were not imported"},
		{control: "RF-K-10", subject: "azure.key_references/" + graphed + "/*", want: undetermined, why: "body: totalRecords 386, count 3, $skipToken: learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results"},
		{control: "RF-K-10", subject: "azure.key_references/" + databases + "/*", want: undetermined, why: whyNotAsked},
		{control: "RF-K-10", subject: "azure.key_references/" + storage + "/*", want: undetermined, why: whyNotAsked},
		{control: "RF-G-01", subject: "entra.organization/" + microsoft, want: satisfied, why: whyNL},
	},
	"encrypted-whole": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", want: notApplicable, why: "hand-written: no vault and no HSM in any subscription"},
		{control: "RF-K-02", want: notApplicable, why: "hand-written: no vault"},
		{control: "RF-K-04", want: notApplicable, why: "hand-written: no vault and no HSM"},
		{control: "RF-K-10", subject: set1, want: notSatisfied, says: "myvmvault.vault-int.azure-int.net, which is no vault of the client", why: "body: activeKey.keyUrl; hand-written: the client has no vault"},
		{control: "RF-K-10", subject: set2, want: notSatisfied, says: "myvmvault.vault-int.azure-int.net", why: "as the first"},
		{control: "RF-K-10", subject: sto8596, want: notSatisfied, says: "myvault8569.vault.azure.net", why: "body: keySource Microsoft.Keyvault, keyvaulturi"},
		{control: "RF-K-10", subject: sto3699, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: sto6637, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: sto834, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: sto9174, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: protector, want: notSatisfied, says: "somevault.vault.azure.net", why: "body: serverKeyType AzureKeyVault, uri"},
		{control: "RF-K-10", subject: disk, want: undetermined, why: whyOtherType},
		{control: "RF-K-10", subject: automat, want: undetermined, why: whyOtherType},
		{control: "RF-K-10", subject: runbook, want: undetermined, why: whyOtherType},
		{control: "RF-G-01", subject: "entra.organization/" + microsoft, want: satisfied, why: whyNL},
		{control: "RF-G-06", want: notApplicable, why: "hand-written: no vault and no HSM"},
	},
	"encrypted-owned": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", subject: myVault, want: satisfied, why: "hand-written"},
		{control: "RF-K-01", subject: someVault, want: satisfied, why: "hand-written"},
		{control: "RF-K-02", subject: myVault, want: undetermined, why: "hand-written: no policy; but whose principals are whose was not imported"},
		{control: "RF-K-02", subject: someVault, want: undetermined, why: "as the first"},
		{control: "RF-K-04", subject: myVault, want: satisfied, why: "hand-written"},
		{control: "RF-K-04", subject: someVault, want: satisfied, why: "hand-written"},
		{control: "RF-K-10", subject: set1, want: notSatisfied, says: "myvmvault.vault-int.azure-int.net", why: "body: activeKey.keyUrl is at neither vault"},
		{control: "RF-K-10", subject: set2, want: notSatisfied, says: "myvmvault.vault-int.azure-int.net", why: "as the first"},
		{control: "RF-K-10", subject: sto8596, want: satisfied, why: "body: keyvaulturi is the address of a vault of the client; keyversion \"\" means the newest version: learn.microsoft.com/azure/storage/common/customer-managed-keys-overview"},
		{control: "RF-K-10", subject: protector, want: satisfied, why: "body: uri is at a vault of the client; host names have no case"},
		{control: "RF-K-10", subject: disk, want: undetermined, why: whyOtherType},
		{control: "RF-K-10", subject: automat, want: undetermined, why: whyOtherType},
		{control: "RF-K-10", subject: runbook, want: undetermined, why: whyOtherType},
		{control: "RF-G-01", subject: "entra.organization/" + microsoft, want: satisfied, why: whyNL},
		{control: "RF-G-06", subject: myVault, want: undetermined, why: "the list of regions was not imported: the pair is not known"},
		{control: "RF-G-06", subject: someVault, want: undetermined, why: "as the first"},
	},
	"encrypted-silent": {
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", subject: myVault, want: satisfied, why: "hand-written"},
		{control: "RF-K-01", subject: someVault, want: satisfied, why: "hand-written"},
		{control: "RF-K-02", subject: myVault, want: undetermined, why: "hand-written: no policy; but whose principals are whose was not imported"},
		{control: "RF-K-02", subject: someVault, want: undetermined, why: "as the first"},
		{control: "RF-K-04", subject: myVault, want: satisfied, why: "hand-written"},
		{control: "RF-K-04", subject: someVault, want: satisfied, why: "hand-written"},
		{control: "RF-K-10", subject: set1, want: notSatisfied, says: "myvmvault.vault-int.azure-int.net", why: "body: activeKey.keyUrl is at neither vault"},
		{control: "RF-K-10", subject: set2, want: notSatisfied, says: "myvmvault.vault-int.azure-int.net", why: "as the first"},
		{control: "RF-K-10", subject: sto8596, want: satisfied, why: "body: keyvaulturi is the address of a vault of the client; keyversion \"\" means the newest version: learn.microsoft.com/azure/storage/common/customer-managed-keys-overview"},
		{control: "RF-K-10", subject: sto3699, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: sto6637, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: sto834, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: sto9174, want: undetermined, why: whyNoSetting},
		{control: "RF-K-10", subject: protector, want: undetermined, says: "lacks /properties/encryption", why: whySilence},
		{control: "RF-K-10", subject: disk, want: undetermined, why: whyOtherType},
		{control: "RF-K-10", subject: automat, want: undetermined, why: whyOtherType},
		{control: "RF-K-10", subject: runbook, want: undetermined, why: whyOtherType},
		{control: "RF-G-01", subject: "entra.organization/" + microsoft, want: satisfied, why: whyNL},
		{control: "RF-G-06", subject: myVault, want: undetermined, why: "the list of regions was not imported: the pair is not known"},
		{control: "RF-G-06", subject: someVault, want: undetermined, why: "as the first"},
	},
	"customer": {
		{control: "RF-M-02", subject: active, want: satisfied, why: "body: status active, one role, dd4db9a0-…; the proposed relationship (approvalPending) names two of the three roles and has no force: learn.microsoft.com/graph/api/resources/delegatedadminrelationship, approvalPending"},
		{control: "RF-M-07", want: notApplicable, why: whyNoAzure},
		{control: "RF-K-01", want: notApplicable, why: whyNoAzure},
		{control: "RF-K-02", want: notApplicable, why: whyNoAzure},
		{control: "RF-K-04", want: notApplicable, why: whyNoAzure},
		{control: "RF-K-10", want: notApplicable, why: whyNoAzure},
		{control: "RF-G-01", subject: "entra.organization/" + contosoInc, want: satisfied, why: whyNL},
		{control: "RF-G-03", want: notApplicable, why: whyNoAzure},
		{control: "RF-G-06", want: notApplicable, why: whyNoAzure},
	},
	"customer-approved": {
		{control: "RF-M-02", subject: active, want: satisfied, why: "as customer"},
		{control: "RF-M-02", subject: proposed, want: notSatisfied, says: "Privileged Authentication Administrator, Privileged Role Administrator", why: "body: roles 7be44c8a-… and e8611ab8-…: learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference"},
		{control: "RF-G-01", subject: "entra.organization/" + contosoInc, want: satisfied, why: whyNL},
		{control: "RF-M-07", want: notApplicable, why: whyProviders},
		{control: "RF-K-01", want: notApplicable, why: whyNoAzure},
		{control: "RF-K-02", want: notApplicable, why: whyNoAzure},
		{control: "RF-K-04", want: notApplicable, why: whyNoAzure},
		{control: "RF-K-10", want: notApplicable, why: whyNoAzure},
		{control: "RF-G-03", want: notApplicable, why: whyNoAzure},
		{control: "RF-G-06", want: notApplicable, why: whyNoAzure},
	},
	"msp": {
		{control: "RF-M-01", subject: active, want: satisfied, why: "body: status active, customer.tenantId is a client; endDateTime is long past, but status is the service's own word (read-only), and autoExtendDuration is P180D"},
		{control: "RF-M-01", subject: "client/contoso-inc", want: satisfied, why: "body: the active relationship's customer.tenantId"},
		{control: "RF-M-01", subject: "client/subsidiary", want: notSatisfied, says: "no active delegated admin relationship", why: "body: its only relationship has status terminated"},
	},
	"msp-undeclared": {
		{control: "RF-M-01", subject: active, want: notSatisfied, says: "tenant " + contosoInc + ", which is no client", why: "body: status active, customer.tenantId is no client"},
		{control: "RF-M-01", subject: "client/subsidiary", want: notSatisfied, says: "no active delegated admin relationship", why: "as msp"},
	},
}
