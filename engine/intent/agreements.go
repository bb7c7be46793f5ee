package intent

// The tables of this file are of what a client agreed to with the MSP and with others: who may
// administer, which applications and issuers are trusted, where data and logs go. They are
// blocks of [ClientTable], or blocks that it refers to.

// ApplicationTable are the attributes of an application.
var ApplicationTable = Table{
	{
		Name: "name", Type: Label,
		Doc:    "What clients refer to as `application.<label>`.",
		ReadBy: "controls, reports",
	},
	{
		Name: "app_id", Type: Text, Form: GUID, Required: true,
		Doc:     "The application's (client) id.",
		ReadBy:  "controls",
		Example: `"11111111-0000-4000-8000-000000000001"`,
	},
	{
		Name: "tenant_id", Type: Text, Form: GUID,
		Doc:     "The tenant that the application is registered in.",
		Null:    "the MSP's own tenant",
		ReadBy:  "controls",
		Example: `msp.tenant_id`,
	},
	{
		Name: "permissions", Type: Texts, Form: AnyText,
		Doc:     "The application permissions that were approved, by their values.",
		Null:    "no application permission was approved",
		ReadBy:  "controls",
		Example: `["Organization.Read.All", "User.Read.All"]`,
	},
	{
		Name: "delegated", Type: Texts, Form: AnyText,
		Doc:     "The delegated permissions that were approved for all users, by their values.",
		Null:    "no delegated permission was approved",
		ReadBy:  "controls",
		Example: `["User.Read"]`,
	},
}

// ContractTable are the attributes of the contract block.
var ContractTable = Table{
	{
		Name: "start", Type: Text, Form: Date,
		Doc:     "The first day.",
		Null:    "it is not said when it began",
		ReadBy:  "controls",
		Example: `"2026-01-01"`,
	},
	{
		Name: "end", Type: Text, Form: Date,
		Doc:     "The last day.",
		Null:    "no end was agreed",
		ReadBy:  "controls",
		Example: `"2027-12-31"`,
	},
	{
		Name: "grace", Type: Text, Form: Age,
		Doc:     "How long after its end access may remain, for the handover.",
		Null:    "access ends with the contract",
		ReadBy:  "controls",
		Example: `"30d"`,
	},
}

// GDAPTable are the attributes of the gdap block.
var GDAPTable = Table{
	{
		Name: "roles", Type: Texts, Form: AnyText, Checked: true,
		Doc: "The directory roles that the MSP's groups may hold: template ids, or names of built-in " +
			"roles.",
		Null:    "no list of roles was agreed",
		ReadBy:  "controls",
		Example: `["Global Reader", "Helpdesk Administrator"]`,
	},
	{
		Name: "max_duration", Type: Text, Form: duration, Checked: true,
		Doc:     "How long a relationship may be made for.",
		Null:    "no limit was agreed",
		ReadBy:  "controls",
		Example: `"P365D"`,
	},
	{
		Name: "auto_extend", Type: Flag,
		Doc:     "Whether relationships may extend themselves.",
		ReadBy:  "controls",
		Example: `false`,
	},
}

// LighthouseTable are the attributes of the lighthouse block.
var LighthouseTable = Table{
	{
		Name: "roles", Type: Texts, Form: GUID, Checked: true,
		Doc:     "The Azure roles that may be delegated: ids of role definitions.",
		Null:    "no list of roles was agreed",
		ReadBy:  "controls",
		Example: `["acdd72a7-3385-48ef-bd42-f606fba81ae7"]`,
	},
	{
		Name: "standing", Type: Texts, Form: GUID,
		Doc: "The principals in the MSP's tenant that may hold such a role all the time, such as the " +
			"service principal of a backup.",
		Null:    "nobody may",
		ReadBy:  "controls",
		Example: `["33333333-0000-4000-8000-000000000001"]`,
	},
}

// GovernanceTable are the attributes of the governance block.
var GovernanceTable = Table{
	{
		Name: "tenants", Type: Texts, Form: GUID, Checked: true,
		Doc:     "The tenants that may govern the client's.",
		Null:    "no list of tenants was agreed",
		ReadBy:  "controls",
		Example: `[msp.tenant_id]`,
	},
	{
		Name: "roles", Type: Texts, Form: GUID, Checked: true,
		Doc:     "The directory roles that they may hold: template ids.",
		Null:    "no list of roles was agreed",
		ReadBy:  "controls",
		Example: `["f2ef992c-3afb-46b9-b7cf-a126ee74c451"]`,
	},
	{
		Name: "applications", Type: Texts, Form: GUID, Checked: true,
		Doc:     "The applications that they may bring along, by their (client) ids.",
		Null:    "no list of applications was agreed",
		ReadBy:  "controls",
		Example: `["11111111-0000-4000-8000-000000000001"]`,
	},
}

// FederationTable are the attributes of the federation block.
var FederationTable = Table{
	{
		Name: "issuers", Type: Texts, Form: AnyText, Checked: true,
		Doc:     "The identity providers of the client's domains, by their issuer URIs.",
		Null:    "no list of identity providers was agreed",
		ReadBy:  "controls",
		Example: `["http://sts.fabrikam.example/adfs/services/trust"]`,
	},
	{
		Name: "certificates", Type: Texts, Form: Digest, Checked: true,
		Doc:     "The certificates that they sign with: the SHA-256 digest of each, in DER.",
		Null:    "no list of certificates was agreed",
		ReadBy:  "controls",
		Example: `["c3ab000000000000000000000000000000000000000000000000000000000001"]`,
	},
	{
		Name: "workload_issuers", Type: Texts, Form: AnyText, Checked: true,
		Doc:     "The issuers of tokens that applications may sign in with.",
		Null:    "no list of such issuers was agreed",
		ReadBy:  "controls",
		Example: `["https://token.actions.githubusercontent.com"]`,
	},
	{
		Name: "authorities", Type: Texts, Form: Digest, Checked: true,
		Doc:     "The certificate authorities that users may sign in with: the SHA-256 digest of each, in DER.",
		Null:    "no list of authorities was agreed",
		ReadBy:  "controls",
		Example: `["c3ab000000000000000000000000000000000000000000000000000000000002"]`,
	},
}

// DataLocationTable are the attributes of a data_location block.
var DataLocationTable = Table{
	{
		Name: "service", Type: Text, Required: true,
		Form:    OneOf("exchange", "sharepoint", "onedrive", "teams", "copilot", "viva-engage"),
		Doc:     "The service.",
		ReadBy:  "controls",
		Example: `"exchange"`,
	},
	{
		Name: "geo", Type: Text, Form: geography, Required: true,
		Doc:     "The Microsoft 365 geography that the admin center names.",
		ReadBy:  "controls",
		Example: `"EUR"`,
	},
	{
		Name: "seen_by", Type: Reference, To: "reviewer", Required: true,
		Doc:     "Who looked.",
		ReadBy:  "controls, reports",
		Example: `reviewer.security-lead`,
	},
	{
		Name: "seen_on", Type: Text, Form: Date, Required: true,
		Doc:     "On which day.",
		ReadBy:  "controls",
		Example: `"2026-11-30"`,
	},
}

// SharedSinkTable are the attributes of a shared sink that a client's promise has.
var SharedSinkTable = Table{
	{
		Name: "name", Type: Label,
		Doc:    "The sink's name in messages.",
		ReadBy: "controls, reports",
	},
	{
		Name: "resource_id", Type: Text, Form: resourceID, Required: true,
		Doc:    "The log workspace, storage account or event hub, by ARM id.",
		ReadBy: "nothing yet",
		Example: `"/subscriptions/dddddddd-0000-4000-8000-000000000009/resourceGroups/rg-soc` +
			`/providers/Microsoft.OperationalInsights/workspaces/law-soc"`,
	},
}
