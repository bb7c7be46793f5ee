package official

import "slices"

// row is what must be said about some subjects, and what decides it: a sentence
// of Microsoft's documentation (with its page), or what the body says. says is
// a part of the finding's message, checked where it is not empty.
//
// They were written and committed before the controls were run. One verdict had
// to be changed afterwards: the SQL server's in encrypted-silent (whySilence). Some
// leads became not-satisfied when a rule of fail began to stand by itself: purge
// protection that is off in the vault's own body (RF-K-04), a subscription's home,
// its manager and a delegation that its own body shows (RF-M-07). So had one
// hand-written body: Resource Graph answers {"data": []}, not "value".
type row struct {
	want, says, why string
	subjects        []string
}

// The kinds of rows. A lead is an undetermined subject where a violation was
// seen. Where nothing is excluded, there is no subject.

func keeps(why string, subjects ...string) row        { return row{satisfied, "", why, subjects} }
func breaks(says, why string, subjects ...string) row { return row{notSatisfied, says, why, subjects} }
func leads(says, why string, subjects ...string) row  { return row{lead, says, why, subjects} }
func open(why string, subjects ...string) row         { return row{undetermined, "", why, subjects} }
func excluded(why string) row                         { return row{notApplicable, "", why, []string{""}} }

// openSaying is open with another message than why has by itself.
func openSaying(says, why string, subjects ...string) row {
	return row{undetermined, says, why, subjects}
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
	whyNotAsked:   "(no_file,",
	whyNext:       "(last_page_missing,",
	whyUnproven:   "(visibility_unproven,",
	whyMissing:    "vaults/sample-gone and it was not seen",
	whyNobody:     "entra.users: skipped (no_file,",
	whyUnresolved: "entra.service_principals: error (malformed_answer,",
	whyNoSetting:  "lacks /properties/encryption",
	whyOtherType:  whySilent,
	whyNoAzure:    "proof: declared",
	whyNoKeys:     "not promised: client.keys",

	whyNoTenants:     "azure.tenants: skipped (no_file,",
	whyNoPolicies:    "azure.policy_assignments: skipped (no_file,",
	whyNoConditional: "entra.conditional_access_policies: skipped (no_file,",
	whyNoSignIns:     "entra.sign_ins: skipped (no_file,",
	whyNoDomainList:  "entra.invitation_policies: skipped (no_file,",
	whyNoDomains:     "nothing to judge in entra.tenant_info",
	whyStranger:      "is held by a principal that is no object of this directory",
	whyDeleted:       "entra.deleted_items: skipped (no_file,",
	whyNoGeo:         "lacks /preferredDataLocation",
	whyNoAppRoles:    "lacks /appRoles",
	whyNoTemplates:   "lacks /properties/enabledForTemplateDeployment",
	whyNoRoles:       "azure.role_assignments: skipped (no_file,",
	whyNoPartners:    "entra.cross_tenant_partners: skipped (no_file,",
	whyNoID:          "(malformed_answer,",
	whyNothingMeant:  "not promised: ",
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
	pagePaging = "github.com/Azure/azure-resource-manager-rpc, common-api-details: nextLink leads to the rest " +
		"of the list"
	pagePurge = "learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription, " +
		"enablePurgeProtection: 'Enabling this functionality is irreversible - that is, the property " +
		"does not accept false as its value'; so off is left out"
	pageRetention = "learn.microsoft.com/azure/key-vault/general/soft-delete-overview: kept for 90 days by " +
		"default; enableSoftDelete: 'If it's not set to any value(true or false) when creating new key " +
		"vault, it will be set to true by default'"
	pageVisible = "learn.microsoft.com/rest/api/resources/subscriptions/list and azure-sdk-for-python#40403: " +
		"without a role a list is 200 and empty"
)

// ofEveryClient are the rows of a client that nothing else is said about.
func (c client) ofEveryClient() map[string][]row {
	rows := map[string][]row{}
	if c.fleet != nil {
		rows["RF-P-05"] = []row{excluded("no client has left")}
	}
	if c.fleet == nil {
		rows["RF-G-01"] = []row{keeps(whyNL, "entra.organization/"+c.tenant)}
		rows["RF-G-08"] = []row{
			leads("are not blocked for b2bCollaborationGuest", whyNoConditional, "entra.organization/"+c.tenant),
		}
		rows["RF-G-11"] = []row{open(whyNoSignIns, "entra.organization/"+c.tenant)}
		rows["RF-P-01"] = []row{excluded(whyNoDomains)}
		rows["RF-P-02"] = []row{excluded("it is not live")}
		c.ofSubscriptions(rows)
	}

	if c.providers == nil {
		rows["RF-M-07"] = []row{excluded(whyProviders)}
	}

	if slices.Contains(c.empty, "azure.subscriptions") {
		for _, control := range []string{
			"RF-K-01", "RF-K-02", "RF-K-03", "RF-K-04", "RF-K-05", "RF-K-06", "RF-K-07", "RF-K-08", "RF-K-09",
			"RF-K-10", "RF-G-03", "RF-G-04", "RF-G-05", "RF-G-06",
		} {
			rows[control] = []row{excluded(whyNoAzure)}
		}
	}

	return rows
}

// ofSubscriptions adds the rows of the client's declared subscriptions: what Azure says of them
// alone neither shows whose they are beyond doubt, nor which policies are assigned to them.
func (c client) ofSubscriptions(rows map[string][]row) {
	var subjects []string
	for _, id := range c.declared().Subscriptions {
		subjects = append(subjects, subscription+id)
	}

	rows["RF-E-01"] = []row{
		open(whyNotAsked, "azure.tenants/*"),
		open(whyNoTenants, append(slices.Clone(subjects), "entra.organization/"+c.tenant)...),
	}

	if subjects != nil {
		rows["RF-G-05"] = []row{leads("no enforced policy keeps the resource", whyNoPolicies, subjects...)}
	}
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
	vault        = "keyvault.vaults/subscriptions/" + zero + "/resourcegroups/sample-group/providers/" +
		"microsoft.keyvault/vaults/sample-vault"
	gone = "keyvault.vaults/subscriptions/" + zero + "/resourcegroups/sample-group/providers/" +
		"microsoft.keyvault/vaults/sample-gone"
	hsm1 = "keyvault.managed_hsms/subscriptions/" + zero + "/resourcegroups/hsm-group/providers/" +
		"microsoft.keyvault/managedhsms/hsm1"
	hsm2 = "keyvault.managed_hsms/subscriptions/" + zero + "/resourcegroups/hsm-group/providers/" +
		"microsoft.keyvault/managedhsms/hsm2"
	resource = "azure.resources/subscriptions/" + zero + "/resourcegroups/sample-group/providers/" +
		"microsoft.keyvault/vaults/sample-vault"
	group      = "azure.resource_groups/subscriptions/" + zero + "/resourcegroups/sample-group"
	moreVaults = "keyvault.vaults/" + zero + "/*"
	moreHSMs   = "keyvault.managed_hsms/" + zero + "/*"

	set1 = "azure.disk_encryption_sets/subscriptions/{subscriptionid}/resourcegroups/myresourcegroup/" +
		"providers/microsoft.compute/diskencryptionsets/mydiskencryptionset"
	set2 = "azure.disk_encryption_sets/subscriptions/{subscriptionid}/resourcegroups/" +
		"mysecondresourcegroup/providers/microsoft.compute/diskencryptionsets/mydiskencryptionset2"
	account   = "azure.storage_accounts/subscriptions/{subscription-id}/resourcegroups/"
	sto8596   = account + "res9407/providers/microsoft.storage/storageaccounts/sto8596"
	sto3699   = account + "testcmk3/providers/microsoft.storage/storageaccounts/sto3699"
	sto1125   = account + "res2627/providers/microsoft.storage/storageaccounts/sto1125"
	sto6637   = account + "testcmk3/providers/microsoft.storage/storageaccounts/sto6637"
	sto834    = account + "res8186/providers/microsoft.storage/storageaccounts/sto834"
	sto9174   = account + "testcmk3/providers/microsoft.storage/storageaccounts/sto9174"
	protector = "azure.sql_encryption_protectors/subscriptions/" + databases + "/resourcegroups/" +
		"sqlcrudtest-7398/providers/microsoft.sql/servers/sqlcrudtest-4645/encryptionprotector/current"
	disk = "azure.key_references/subscriptions/" + graphed + "/resourcegroups/rg1/providers/" +
		"microsoft.compute/disks/yetanothertest_osdisk_1_f396cbcb625a457bb69fe2abf5975820"
	automat = "azure.key_references/subscriptions/" + graphed + "/resourcegroups/rg2/providers/" +
		"microsoft.automation/automationaccounts/testaa"
	runbook = automat + "/runbooks/testrb"
	myVault = "keyvault.vaults/subscriptions/" + storage + "/resourcegroups/keys/providers/" +
		"microsoft.keyvault/vaults/myvault8569"
	ownApplication = "entra.service_principals/10000000-0000-4000-8000-000000000003"
	someVault      = "keyvault.vaults/subscriptions/" + storage + "/resourcegroups/keys/providers/" +
		"microsoft.keyvault/vaults/somevault"
)

// Why, where several rows share it.
const (
	whyNL         = "body: countryLetterCode is NL; the fence's countries are NL"
	whyUnresolved = "the body's principalId is in no list of users, groups or service principals; ringfence does " +
		"not ask for $expand=principal, so that the body calls two of them Guest is kept and not judged"
	whyNotAsked  = "not imported"
	whyNext      = "the body ends with nextLink: " + pagePaging
	whyPurge     = "body: no enablePurgeProtection; " + pagePurge
	whyHSM       = "body: enablePurgeProtection and enableSoftDelete true, softDeleteRetentionInDays 90"
	whyUnproven  = "nothing proves that the list shows all: " + pageVisible
	whyProviders = "the client declared no service providers: nothing was promised"
	whyNoAzure   = "the fleet file declares no Azure, and the hand-written list of subscriptions is empty"
	whyNoKeys    = "the client declared no vaults: nothing was promised"
	whyMissing   = "contracts.md section 2: a declared vault that nobody saw is a gap of every control that reads there"
	whyNobody    = "body: objectId is all zeros, which is no principal of the directory; unknown is not deleted " +
		"(learn.microsoft.com/graph/api/directory-deleteditems-list)"
	whyNoSetting = "body: no encryption object, so what the key is is not said"
	whySilence   = "contracts.md section 4: a property that subjects needs and that is missing without a " +
		"documented absence makes the satisfied subjects of other datasets undetermined; the reference " +
		"does not say that encryption may be left out"
	whyPlatform = "learn.microsoft.com/rest/api/storagerp/storage-accounts/list, keySource: 'Possible values " +
		"(case-insensitive): Microsoft.Storage, Microsoft.Keyvault'"
	whyOtherType = "a resource of another type whose properties name a key is listed and never judged (body: type)"

	whyNoTenants  = "the list of Azure's tenants was not imported"
	whyNoPolicies = "policy assignments were not imported: none was seen, and nobody says that there is none"
	whyNoDomains  = "the client declared no domain, so that no tenant was looked up by one"
	whyStranger   = "body: principalId is no id of the lists; what was deleted was not seen"
	whyDeleted    = "hand-written: a user of the directory; but the list of deleted objects was not imported"
	whyNoGeo      = "the list of users was made without $select of preferredDataLocation"
	whyNoAppRoles = "hand-written without appRoles, so which application it is of is not said"
	whyNoRoles    = "role assignments of the subscription were not imported"
	whyNoPartners = "the list of partners, each of which overrides the default, was not imported"
	whyNoID       = "body: an object without id, so that its owners cannot be asked for"

	whyNoConditional = "Conditional Access policies were not imported: none was seen to block"
	whyNoSignIns     = "the log of sign-ins was not imported: the reference's are of v1.0, which does not say whose"
	whyNoDomainList  = "body: guests may be invited; the list of domains was not imported"
	whyNoTemplates   = "hand-written without enabledForTemplateDeployment"
	whyNothingMeant  = "nothing was promised"

	whyOutbound = "body: isServiceDefault true, b2bCollaborationOutbound allows AllUsers in AllApplications"
	whyApps     = "body: defaultUserRolePermissions.allowedToCreateApps true, Microsoft's default"
	whyCopied   = "body: sku Standard_GRS, secondaryLocation; the fence is eastus, eastus2, westus"
	whyPolicies = "body: no enableRbacAuthorization: learn.microsoft.com/rest/api/keyvault/keyvault/vaults: " +
		"'If null or not specified, the vault is created with the default value of false'"
	whyNoFirewall = "body: neither networkAcls nor publicNetworkAccess: learn.microsoft.com/azure/key-vault/" +
		"general/network-security, by default a vault accepts traffic from all networks"
)
