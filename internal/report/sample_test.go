package report

import (
	"fmt"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/keyledger"
)

const tenant = "aaaaaaaa-0000-4000-8000-000000000010"

func digestOf(s string) string { return snapshot.Digest([]byte(s)) }

func ptr(s string) *string { return &s }

// sample is a client with every case that the page knows: each outcome, open
// and accepted and expired findings, a lead, gaps, a policy error, every
// coverage status.
func sample() Input {
	in := Input{
		Intent: sampleIntent(), Manifest: sampleManifest(), EngineVersion: "1",
		RunID: "6f0d9a55-0c0e-5a0e-9f6d-0d7f3c6a9b21", Digests: map[string]string{},
		Set: finding.Set{
			Schema: finding.SchemaName, Client: "fabrikam", TenantID: tenant,
			Snapshot: digestOf("snapshot"), Intent: digestOf("intent"), Policies: digestOf("policies"),
			AsOf: "2026-11-20T09:00:00Z", Reads: map[string][]string{}, Errors: map[string]string{},
			Families: sampleFamilies,
		},
		Ledger: sampleLedger(),
	}

	for _, c := range sampleControls() {
		in.Set.Metadata = append(in.Set.Metadata, c)
	}

	addVerdicts(&in.Set)
	in.Set.Coverage = sampleCoverage(in.Manifest)
	for _, f := range []string{"intent.json", "policies.tar.gz", "findings.json", "verdicts.ndjson", "catalog.json", "assessment-plan.json", "assessment-results.json", "snapshot/manifest.json", "snapshot/entra.users.ndjson", "snapshot/keyvault.vaults.ndjson"} {
		in.Digests[f] = digestOf(f)
	}

	return in
}

func sampleLedger() *keyledger.Ledger {
	yes, no := true, false
	l := &keyledger.Ledger{Client: "fabrikam", TenantID: tenant, Notes: []string{"No API says who holds the keys of mail."}}
	l.Resources = keyledger.Table[keyledger.Resource]{
		Rows: []keyledger.Resource{
			{Resource: "azure.storage_accounts/a", Kind: "storage account", HeldBy: "Microsoft", Owner: "Microsoft"},
			{Resource: "azure.storage_accounts/b", Kind: "storage account", HeldBy: "customer", Key: "https://kv-far.vault.azure.net/keys/k"},
			{Resource: "azure.disk_encryption_sets/c", Kind: "disk encryption set", HeldBy: "customer", Owner: "the client", Hardware: &yes,
				Key: "https://kv.vault.azure.net/keys/<b>k</b>", Store: "keyvault.vaults/kv"},
			{Resource: "azure.disk_encryption_sets/d", Kind: "disk encryption set", HeldBy: "customer", Owner: "the client", Hardware: &no},
		},
		Missing: []string{"keyvault.vault_owners: skipped"},
	}
	l.Stores.Rows = []keyledger.Store{
		{Store: "keyvault.vaults/kv", Name: "kv", Kind: "key vault", Tenant: tenant, Ours: true, Access: "Azure roles", PurgeProtection: true, Public: &no},
		{Store: "keyvault.vaults/kw", Name: "kw", Kind: "key vault", Tenant: tenant, Access: "access policies"},
	}
	for i := range 2 {
		l.Access.Rows = append(l.Access.Rows, keyledger.Access{
			Store: "keyvault.vaults/kv", Principal: fmt.Sprint("p", i), Name: "Ada\u202e <i>", Can: "use", When: "now", Through: "a role",
		})
	}
	return l
}

var sampleFamilies = []finding.Family{
	{ID: "geofence", Name: "Geo-fence", Question: "Are data, keys, logs and people where it was agreed that they stay?", Order: 3},
	{ID: "isolation", Name: "Isolation", Question: "Is the tenant closed to other clients and to outsiders nobody agreed to?", Order: 1},
	{ID: "keyownership", Name: "Key ownership", Question: "Are the encryption keys in the hands that were agreed, and in no others?", Order: 2},
	{ID: "mapping", Name: "Mapping", Question: "Do the service provider's records point to the right tenant?", Order: 5},
	{ID: "provisioning", Name: "Provisioning", Question: "Was the tenant taken over, and is it released, as agreed?", Order: 4},
}

func sampleIntent() intent.Intent {
	sub := "dddddddd-0000-4000-8000-000000000001"
	return intent.Intent{
		Schema: intent.SchemaName,
		MSP:    intent.MSP{Name: "Northwind Managed Services", TenantID: "aaaaaaaa-0000-4000-8000-000000000001", Domains: []string{"northwind-msp.example"}},
		Client: intent.Client{
			Name: "fabrikam", TenantID: tenant, Domains: []string{"fabrikam.example"}, State: "live", Cell: ptr("banking"), Cloud: "public", MaxAge: "24h",
			Fence:            &intent.Fence{Name: "eu", Regions: []string{"germanynorth", "germanywestcentral", "northeurope", "westeurope"}, Geographies: []string{"DEU", "EUR"}, Countries: []string{"DE", "IE", "NL"}},
			ServiceProviders: []string{"aaaaaaaa-0000-4000-8000-000000000001"}, Responsible: []string{"security-lead"},
			Partners: []intent.Partner{{Name: "tax-advisor", TenantID: "cccccccc-0000-4000-8000-000000000001", Allow: []string{"b2b"}}},
			Vendors:  []intent.Vendor{{Name: "backup-co", TenantID: "bbbbbbbb-0000-4000-8000-000000000001", AppIDs: []string{"22222222-0000-4000-8000-000000000001"}}},
			Azure:    &intent.Azure{Subscriptions: []string{sub}},
			Keys:     &intent.Keys{Owner: ptr("client"), Vaults: []string{"/subscriptions/" + sub + "/resourcegroups/rg-keys/providers/microsoft.keyvault/vaults/kv-fabrikam"}, MaxAge: ptr("365d")},
			Params:   map[string]map[string]any{"RF-T-08": {"allow_members_to_invite": false}},
		},
		Exceptions: []intent.Exception{
			{Name: "fabrikam-tax", Control: "RF-T-07", Subject: ptr("entra.cross_tenant_partners/cccccccc-0000-4000-8000-000000000001"), Kind: "finding", Reason: "Tax advisor works in the client's SharePoint until the audit is closed", ApprovedBy: "security-lead", Expires: "2027-01-31"},
			{Name: "old-vault", Control: "RF-K-04", Subject: ptr("keyvault.vaults/subscriptions/" + sub + "/resourcegroups/rg-old/providers/microsoft.keyvault/vaults/kv-old"), Kind: "finding", Reason: "Vault is emptied and removed in October", ApprovedBy: "security-lead", Expires: "2026-10-31"},
		},
		Reviewers: []intent.Reviewer{{Name: "security-lead", Email: "security-lead@northwind-msp.example", Org: "msp", KeySHA256: digestOf("reviewer")}},
	}
}

func read(status snapshot.Status, count int, endpoint, permission string) snapshot.Coverage {
	c := snapshot.Coverage{Status: status, Count: count, Pages: 1 + count/100, StartedAt: "2026-11-20T08:10:00Z", EndedAt: "2026-11-20T08:14:59Z", Endpoint: endpoint, Permission: permission}
	if status == snapshot.Complete || status == snapshot.Partial {
		c.Digest, c.SpecDigest = digestOf(endpoint), digestOf(endpoint+"spec")
	}
	return c
}

func sampleManifest() snapshot.Manifest {
	const reader = "Azure role Reader on the subscription"
	partners := read(snapshot.Complete, 2, "GET /policies/crossTenantAccessPolicy/partners", "Policy.Read.All")
	partners.Proof = "application permission"
	vaults := read(snapshot.Partial, 3, "GET /subscriptions/{id}/providers/Microsoft.KeyVault/vaults", reader)
	vaults.Proof = "role_assignment"
	vaults.Scopes = []snapshot.Scope{
		{Scope: "dddddddd-0000-4000-8000-000000000001", Status: snapshot.Complete, Count: 3},
		{Scope: "dddddddd-0000-4000-8000-000000000002", Status: snapshot.Denied, Evidence: &snapshot.Evidence{HTTPStatus: 403, Code: "AuthorizationFailed", Message: "The client '1111…' does not have authorization to perform action 'Microsoft.KeyVault/vaults/read' over scope '/subscriptions/dddddddd-0000-4000-8000-000000000002'.", RequestID: "0b7c5c1e-8a53-4a8e-9a0d-3f6f1ef2a9c4"}},
	}

	eligible := read(snapshot.Denied, 0, "GET /roleManagement/directory/roleEligibilitySchedules", "RoleEligibilitySchedule.Read.Directory")
	eligible.Evidence = &snapshot.Evidence{HTTPStatus: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation.", RequestID: "4f6f1c94-5c3a-4d52-8a8c-0e6e3f1b6d1a"}
	devices := read(snapshot.NotLicensed, 0, "GET /deviceManagement/managedDevices", "DeviceManagementManagedDevices.Read.All")
	devices.Evidence = &snapshot.Evidence{HTTPStatus: 400, Code: "BadRequest", Message: "Request not applicable to target tenant."}
	audits := read(snapshot.Throttled, 0, "GET /auditLogs/directoryAudits", "AuditLog.Read.All")
	audits.Evidence = &snapshot.Evidence{HTTPStatus: 429, Code: "TooManyRequests", Message: "Too many requests", RequestID: "77e3c3e6-6a2a-4c30-b9b3-7b9d8f0d0e55"}
	old := read(snapshot.Complete, 14, "GET /identity/conditionalAccess/policies", "Policy.Read.All")
	old.StartedAt, old.EndedAt = "2026-11-18T08:10:00Z", "2026-11-18T08:11:00Z"
	gdap := read(snapshot.Complete, 1, "GET /tenantRelationships/delegatedAdminRelationships", "DelegatedAdminRelationship.Read.All")
	gdap.SourceTenant = "msp"
	return snapshot.Manifest{
		Schema: snapshot.SchemaName, Client: "fabrikam", TenantID: tenant, CollectedAt: "2026-11-20T08:15:00Z", Tool: "ringfence 0.1.0", Cloud: "public",
		Datasets: map[string]snapshot.Coverage{
			"azure.resources":                   read(snapshot.Complete, 1204, "GET /subscriptions/{id}/resources", reader),
			"azure.subscriptions":               read(snapshot.Complete, 1, "GET /subscriptions", reader),
			"entra.authorization_policy":        read(snapshot.Complete, 1, "GET /policies/authorizationPolicy", "Policy.Read.All"),
			"entra.conditional_access_policies": old,
			"entra.cross_tenant_partners":       partners,
			"entra.directory_audits":            audits,
			"entra.organization":                read(snapshot.Complete, 1, "GET /organization", "Organization.Read.All"),
			"entra.role_assignments":            read(snapshot.Complete, 41, "GET /roleManagement/directory/roleAssignments", "RoleManagement.Read.Directory"),
			"entra.role_eligibility":            eligible,
			"entra.users":                       read(snapshot.Complete, 3127, "GET /users", "User.Read.All"),
			"gdap.relationships":                gdap,
			"intune.sample_devices":             devices,
			"keyvault.vaults":                   vaults,
			"psa.companies":                     {Status: snapshot.Skipped},
			"azure.lighthouse_definitions":      read(snapshot.Complete, 0, "GET /subscriptions/{id}/providers/Microsoft.ManagedServices/registrationDefinitions", reader),
		},
	}
}

// sampleCoverage is the sample's manifest as the engine judges it.
func sampleCoverage(m snapshot.Manifest) map[string]finding.Coverage {
	why := func(e *snapshot.Evidence) string {
		if e == nil {
			return ""
		}
		return fmt.Sprintf("HTTP %d, %s, %s", e.HTTPStatus, e.Code, e.Message)
	}

	all := map[string]finding.Coverage{"psa.contacts": {Status: "skipped", Reason: "not in the snapshot"}, "rmm.organizations": {Status: "skipped", Reason: "not in the snapshot"}}
	for name, c := range m.Datasets {
		judged := finding.Coverage{Status: string(c.Status), Reason: why(c.Evidence)}
		if c.Proof != "" {
			judged.Reason = "proof: " + c.Proof
		}

		for _, s := range c.Scopes {
			judged.Scopes = append(judged.Scopes, finding.ScopeCoverage{Scope: s.Scope, Status: string(s.Status), Reason: why(s.Evidence)})
		}

		all[name] = judged
	}

	all["entra.conditional_access_policies"] = finding.Coverage{Status: "stale", Reason: "stale, read at 2026-11-18T08:11:00Z, more than 24h0m0s before 2026-11-20T09:00:00Z"}
	return all
}

func sampleControls() []finding.Control {
	c := func(id, family, severity, title, description, remediation, limits string) finding.Control {
		return finding.Control{
			ID: id, Family: family, Severity: severity, Title: title, Description: description, Remediation: remediation, Limits: limits, Scope: "client", Since: "0.1.0",
			Maps:      map[string][]string{"nist_800_53": {"AC-20", "CA-3"}, "iso_27001": {"A.5.19"}, "ccm": {"STA-07"}},
			Resources: []finding.Resource{{Ref: "https://learn.microsoft.com/graph/api/resources/authorizationpolicy"}},
		}
	}

	list := []finding.Control{
		c("RF-G-03", "geofence", "high", "Every Azure resource sits in a region of the fence", "Resources outside the agreed regions put data under another law.", "Move the resource, or agree on the region with the client and add it to the fence.", "Where a resource is, not where the data that it sends ends up."),
		c("RF-G-08", "geofence", "high", "Sign-in is blocked from outside the agreed countries", "A conditional access policy must block every other country for all users.", "Add or enable a location policy that blocks all but the named countries.", "Locations by IP address can be evaded with a VPN inside the fence."),
		c("RF-K-01", "keyownership", "critical", "Every vault is homed in the client's own tenant and subscription", "A vault that trusts another tenant lets that tenant's administrators use the keys.", "Set the vault's tenantId to the client's tenant and re-create its access policies.", "Does not look inside the vault: neither at keys nor at who used them."),
		c("RF-K-04", "keyownership", "high", "Keys cannot be destroyed quickly: soft delete and purge protection are on", "", "Turn on purge protection. It cannot be turned off again.", ""),
		c("RF-M-07", "isolation", "critical", "Azure Lighthouse delegations name only the declared service provider", "", "Remove the delegation in the Azure portal under Service providers.", ""),
		c("RF-P-04", "provisioning", "high", "The client keeps two emergency administrators of its own", "", "Create two cloud-only Global Administrators whose credentials only the client holds.", "That the credentials are kept safely is not visible in any API."),
		c("RF-T-07", "isolation", "high", "Every partner organisation in cross-tenant access settings was agreed", "Each partner entry opens the tenant to another organisation.", "Remove the partner entry, or have the client agree to it and add it to the fleet file.", "Says nothing about what guests from that partner can reach."),
		c("RF-T-08", "isolation", "high", "Only administrators and guest inviters may invite guests", "An invitation by any member bypasses every agreement on who may come in.", "Set guest invite restrictions to “Only users assigned to specific admin roles can invite guest users”.", "Guests who are in already stay."),
		c("RF-T-11", "isolation", "critical", "No guest or foreign principal holds a directory role", "", "Remove the role from the guest and from the group that grants it.", ""),
		c("RF-X-01", "mapping", "high", "Company, tenant and device organisation map one to one", "", "Correct the mapping in the service desk system.", ""),
		c("RF-X-03", "mapping", "low", "Contacts filed under this company belong to it", "", "Move the contact.", ""),
	}

	list[7].Params = map[string]finding.Param{"allow_members_to_invite": {Type: "boolean", Default: false, Description: "Whether members may invite guests."}}
	list[3].Params = map[string]finding.Param{"min_retention_days": {Type: "integer", Default: 90, Description: "Soft-delete retention that is long enough."}}
	return list
}

// add appends a control's findings and its summary with the counts that follow.
func add(set *finding.Set, id string, satisfied int, reason string, reads []string, list ...finding.Finding) {
	s := finding.Summary{ID: id, Outcome: finding.Satisfied, Reason: reason, Subjects: finding.Counts{Satisfied: satisfied}}
	for _, m := range set.Metadata {
		if m.ID == id {
			s.Title, s.Family, s.Severity = m.Title, m.Family, m.Severity
		}
	}

	for _, f := range list {
		f.Control, f.Severity = id, s.Severity
		f.UUID = finding.ObservationUUID(set.TenantID, id, f.Subject)
		if f.Outcome == finding.NotSatisfied {
			s.Subjects.NotSatisfied++
		} else {
			s.Subjects.Undetermined++
		}

		set.Findings = append(set.Findings, f)
	}

	switch {
	case s.Subjects.NotSatisfied > 0:
		s.Outcome = finding.NotSatisfied
	case s.Subjects.Undetermined > 0:
		s.Outcome = finding.Undetermined
	case satisfied == 0:
		s.Outcome = finding.NotApplicable
	}

	set.Controls = append(set.Controls, s)
	set.Reads[id] = reads
}

func addVerdicts(set *finding.Set) {
	const sub = "subscriptions/dddddddd-0000-4000-8000-000000000001/resourcegroups/"
	var strays []finding.Finding
	for i := range 63 {
		s := fmt.Sprintf("azure.resources/%srg-analytics-%02d/providers/microsoft.storage/storageaccounts/stfabrikamexport%02d", sub, i/8, i)
		strays = append(strays, finding.Finding{Subject: s, Outcome: finding.NotSatisfied, Message: "The resource is in eastus, outside the fence “eu”.", Observed: "eastus", Expected: []string{"germanynorth", "germanywestcentral", "northeurope", "westeurope"}, Evidence: []string{s + "#/location"}})
	}

	add(set, "RF-G-03", 1141, "", []string{"azure.resources", "azure.subscriptions"}, strays...)
	add(set, "RF-G-08", 0, "entra.conditional_access_policies is stale: read 49 h before as-of, max_age is 24h", []string{"entra.conditional_access_policies"},
		finding.Finding{Subject: "entra.conditional_access_policies/*", Outcome: finding.Undetermined, Message: "The dataset is stale, so that nothing can be concluded from it."})
	vault := "keyvault.vaults/" + sub + "rg-keys/providers/microsoft.keyvault/vaults/kv-fabrikam-payments"
	add(set, "RF-K-01", 2, "", []string{"azure.subscriptions", "keyvault.vaults"},
		finding.Finding{Subject: vault, Outcome: finding.NotSatisfied, Message: "The vault trusts the tenant eeeeeeee-0000-4000-8000-000000000099, which is neither the client's nor agreed.", Observed: map[string]any{"tenantId": "eeeeeeee-0000-4000-8000-000000000099", "location": "westeurope"}, Expected: map[string]any{"tenantId": tenant}, Evidence: []string{vault + "#/properties/tenantId", "azure.subscriptions/dddddddd-0000-4000-8000-000000000001#/tenantId"}},
		finding.Finding{Subject: "keyvault.vaults/dddddddd-0000-4000-8000-000000000002/*", Outcome: finding.Undetermined, Message: "Vaults of this subscription could not be read: 403 AuthorizationFailed."})
	addMore(set, sub)
}

func addMore(set *finding.Set, sub string) {
	old := "keyvault.vaults/" + sub + "rg-old/providers/microsoft.keyvault/vaults/kv-old"
	add(set, "RF-K-04", 2, "", []string{"keyvault.vaults"},
		finding.Finding{Subject: old, Outcome: finding.NotSatisfied, Message: "Purge protection is off.", Observed: nil, Expected: true, Evidence: []string{old + "#/properties/enablePurgeProtection"},
			Excepted: &finding.Excepted{Name: "old-vault", Reason: "Vault is emptied and removed in October", ApprovedBy: "security-lead", Expires: "2026-10-31", Expired: true}})
	add(set, "RF-M-07", 0, "azure.lighthouse_definitions is complete and empty: there is no delegation", []string{"azure.lighthouse_definitions"})
	add(set, "RF-P-04", 1, "", []string{"entra.role_assignments", "entra.users"})
	partner := "entra.cross_tenant_partners/cccccccc-0000-4000-8000-000000000001"
	add(set, "RF-T-07", 1, "", []string{"entra.cross_tenant_partners"},
		finding.Finding{Subject: partner, Outcome: finding.NotSatisfied, Message: "The partner's multi-factor claims are trusted; only b2b was agreed.", Observed: true, Expected: false, Evidence: []string{partner + "#/inboundTrust/isMfaAccepted"},
			Excepted: &finding.Excepted{Name: "fabrikam-tax", Reason: "Tax advisor works in the client's SharePoint until the audit is closed", ApprovedBy: "security-lead", Expires: "2027-01-31"}})
	add(set, "RF-T-08", 0, "", []string{"entra.authorization_policy"},
		finding.Finding{Subject: "entra.authorization_policy/default", Outcome: finding.NotSatisfied, Message: "Everyone may invite guests, including guests.", Observed: "everyone", Expected: []string{"none", "adminsAndGuestInviters"}, Evidence: []string{"entra.authorization_policy/default#/allowInvitesFrom"}})
	guest := "entra.users/5b1e6a0d-7c1a-4f0e-8a34-2f5d1d1a9f77"
	add(set, "RF-T-11", 0, "entra.role_eligibility is denied", []string{"entra.role_assignments", "entra.role_eligibility", "entra.users"},
		finding.Finding{Subject: guest, Outcome: finding.Undetermined, Lead: true, Message: "The guest j.doe_contoso.example#EXT# holds the role User Administrator.", Observed: "User Administrator", Expected: "no role", Evidence: []string{guest + "#/userType", "entra.role_assignments/Lb2X#/principalId"}},
		finding.Finding{Subject: "entra.role_eligibility/*", Outcome: finding.Undetermined, Message: "Eligible roles could not be read: 403 Authorization_RequestDenied."})
	add(set, "RF-X-01", 0, "", []string{"psa.companies", "rmm.organizations"},
		finding.Finding{Subject: "client", Outcome: finding.Undetermined, Message: "psa.companies was not read."})
	set.Errors["RF-X-03"] = "contacts.rego:14: eval_conflict_error: functions must not produce multiple outputs for same inputs"
	add(set, "RF-X-03", 0, "", []string{"psa.contacts"},
		finding.Finding{Subject: "client", Outcome: finding.Undetermined, Message: "The policy failed."})
}

// clean is sample with nothing but satisfied controls and complete evidence.
func clean() Input {
	in := sample()
	in.Ledger = &keyledger.Ledger{Notes: in.Ledger.Notes}
	in.Intent.Exceptions, in.Set.Controls, in.Set.Findings, in.Set.Errors = nil, nil, nil, nil
	for _, m := range in.Set.Metadata {
		add(&in.Set, m.ID, 12, "", []string{"entra.users"})
	}

	in.Manifest.Datasets = map[string]snapshot.Coverage{"entra.users": in.Manifest.Datasets["entra.users"]}
	in.Set.Coverage = map[string]finding.Coverage{"entra.users": {Status: "complete"}}
	return in
}

// hostile is sample with a tenant that tries to break out of every text.
func hostile() Input {
	in := sample()
	evil := "<script>alert(1)</script>\"' onload=alert(1) ]]> <!-- </style></title> \u202Egnp.exe\u2066 \x00\x1b[31m \u200b\xff javascript:alert(1) {{.}} `x`"
	long := strings.Repeat("ab<b>", 2000)
	for i := range in.Ledger.Access.Rows {
		in.Ledger.Access.Rows[i].Name, in.Ledger.Access.Rows[i].Through = evil, long
	}
	in.Ledger.Resources.Rows[0].Owner, in.Ledger.Resources.Missing = evil, []string{evil + long}
	for i := range in.Set.Findings {
		f := &in.Set.Findings[i]
		f.Message, f.Subject, f.Observed = evil+f.Message, f.Subject+evil+long, map[string]any{evil: []any{evil, long}}
		f.Evidence = append(f.Evidence, evil, long)
		if f.Excepted != nil {
			f.Excepted.Reason, f.Excepted.ApprovedBy, f.Excepted.Name, f.Excepted.Expires = evil, evil, long, evil
		}
	}

	for i := range in.Set.Metadata {
		m := &in.Set.Metadata[i]
		m.Remediation, m.Limits, m.Description, m.Maps = evil, evil+long, evil, map[string][]string{evil: {evil, long}}
	}

	for i := range in.Set.Controls {
		in.Set.Controls[i].Reason, in.Set.Controls[i].Title = evil, evil+in.Set.Controls[i].Title
	}

	for name, c := range in.Manifest.Datasets {
		c.Endpoint, c.Proof, c.Permission = evil, evil, long
		c.Evidence = &snapshot.Evidence{HTTPStatus: 403, Code: evil, Message: evil + long, RequestID: evil}
		in.Manifest.Datasets[name] = c
		in.Set.Coverage[name] = finding.Coverage{Status: evil, Reason: evil + long, Scopes: []finding.ScopeCoverage{{Scope: evil, Status: evil, Reason: long}}}
	}

	in.Manifest.Cloud = "unsafe:" + evil
	in.Intent.MSP.Name, in.Intent.Client.Domains, in.Intent.Client.Fence.Name = evil+long, []string{evil, long}, evil
	in.Intent.Reviewers[0].Email, in.Intent.Client.Params["RF-T-08"]["allow_members_to_invite"] = evil, evil
	in.Digests[evil], in.RunID = evil, evil

	return in
}
