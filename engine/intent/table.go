package intent

// MSPTable are the attributes of the service provider that its clients know.
var MSPTable = Table{
	{
		Name: "name", Type: Text, Form: AnyText, Required: true,
		Doc:     "The name of the service provider, as it stands in reports.",
		ReadBy:  "reports",
		Example: `"Northwind Managed Services"`,
	},
	{
		Name: "tenant_id", Type: Text, Form: GUID, Required: true, Unique: "tenant id",
		Doc:     "The MSP's own tenant. Other attributes may refer to it as `msp.tenant_id`.",
		ReadBy:  "controls, the collector",
		Example: `"aaaaaaaa-0000-4000-8000-000000000001"`,
	},
	{
		Name: "domains", Type: Texts, Form: Domain, Unique: "domain",
		Doc:     "The domains of the MSP's own tenant.",
		ReadBy:  "controls",
		Example: `["northwind-msp.example"]`,
	},
	{
		Name: "max_reach", Type: Number,
		Doc:     "How many clients one person or workload of the MSP may reach.",
		Null:    "no limit was promised",
		ReadBy:  "controls of the fleet",
		Example: `25`,
	},
}

// ClientTable are the attributes of a client.
var ClientTable = Table{
	{
		Name: "name", Type: Label,
		Doc:    "The client's name, and the name of its folders.",
		ReadBy: "everything",
	},
	{
		Name: "tenant_id", Type: Text, Form: GUID, Required: true, Defaults: Never, Unique: "tenant id",
		Doc:     "The client's tenant.",
		ReadBy:  "controls, the collector",
		Example: `"aaaaaaaa-0000-4000-8000-000000000010"`,
	},
	{
		Name: "domains", Type: Texts, Form: Domain, Defaults: Never, Unique: "domain", Checked: true,
		Null:    "it was not promised which domains the tenant has; `[]` promises that there is none",
		Doc:     "The client's domains. They tell the tenants of a fleet apart.",
		ReadBy:  "controls, `fleet check`",
		Example: `["fabrikam.example"]`,
	},
	{
		Name: "state", Type: Text, Form: OneOf("onboarding", "live", "offboarded"), Default: "live",
		Doc: "Where the client is in its contract. An off-boarded client is audited only if it is " +
			"asked for by name.",
		ReadBy:  "audit, `verify`",
		Example: `"live"`,
	},
	{
		Name: "gate", Type: Text, Form: OneOf("attested"),
		Doc: "What there must be before the client is `live`: a preflight at which nothing blocked, and " +
			"which a reviewer attested who had not asked for it.",
		Null:    "nothing was promised about how the client became live",
		ReadBy:  "controls, `audit`",
		Example: `"attested"`,
	},
	{
		Name: "max_age", Type: Text, Form: Age, Default: "24h",
		Doc:     "How old a dataset may be when it is judged. An older one is stale, and proves nothing.",
		ReadBy:  "the engine",
		Example: `"24h"`,
	},
	{
		Name: "cloud", Type: CloudName, Form: cloudName, To: "cloud_unsafe", Default: "public",
		Doc: "The Microsoft cloud that the tenant is in. It decides which hosts are asked, and no " +
			"others.",
		ReadBy:  "the collector, the engine",
		Example: `"public"`,
	},
	{
		Name: "cell", Type: Text, Form: Name, Checked: true,
		Doc:     "The group of clients that this one belongs to. Walls stand between cells.",
		Null:    "the client is in no cell",
		ReadBy:  "controls, `fleet check`",
		Example: `"banking"`,
	},
	{
		Name: "fence", Type: Reference, To: "fence", Of: FenceTable, Checked: true,
		Doc:     "Where the client's data, keys and logs may be.",
		Null:    "no place was promised",
		ReadBy:  "controls",
		Example: `fence.eu`,
	},
	{
		Name: "service_providers", Type: Texts, Form: GUID, Checked: true,
		Doc: "The tenants of the service providers that may hold access. `msp.tenant_id` is the " +
			"MSP itself.",
		Null:    "nothing was promised about service providers; `[]` promises that there is none",
		ReadBy:  "controls",
		Example: `[msp.tenant_id]`,
	},
	{
		Name: "responsible", Type: References, To: "reviewer",
		Doc: "The people who answer for this client. Their names and key digests become part of " +
			"its promise.",
		Null:    "nobody in particular",
		ReadBy:  "reports",
		Example: `[reviewer.security-lead]`,
	},
	{
		Name: "partners", Type: References, To: "partner", Of: PartnerTable, Checked: true,
		Doc:     "The organisations that the client works with across tenants.",
		Null:    "nothing was promised about other organisations; `[]` promises that there is none",
		ReadBy:  "controls",
		Example: `[partner.tax-advisor]`,
	},
	{
		Name: "vendors", Type: References, To: "vendor", Of: VendorTable, Checked: true,
		Doc:     "The software vendors whose applications the client accepted.",
		Null:    "nothing was promised about software vendors; `[]` promises that there is none",
		ReadBy:  "controls",
		Example: `[vendor.backup-co]`,
	},
	{
		Name: "azure", Type: Block, Of: AzureTable, Defaults: AsAWhole,
		Doc: "What must be visible of the client's Azure subscriptions.",
		Null: "it is not said what should be visible, so no list of Azure resources is known to be " +
			"complete",
		ReadBy: "the collector, the engine",
	},
	{
		Name: "keys", Type: Block, Of: KeysTable, Checked: true,
		Doc:    "Who owns the keys that protect the client's data, and where they are.",
		Null:   "nothing was promised about keys",
		ReadBy: "controls",
	},
	{
		Name: "allowed_clouds", Type: Texts, Checked: true,
		Form: OneOf("microsoftonline.com", "microsoftonline.us", "partner.microsoftonline.cn"),
		Doc: "The other Microsoft clouds with whose tenants the client works together, by the names that " +
			"cross-tenant access settings have for them.",
		Null:    "nothing was promised about other clouds; `[]` promises that there is none",
		ReadBy:  "controls",
		Example: `["microsoftonline.us"]`,
	},
	{
		Name: "break_glass", Type: Texts, Form: account, Checked: true,
		Doc: "The client's own emergency accounts, which no policy may lock out and the MSP does not " +
			"control.",
		Null:    "no emergency account was named",
		ReadBy:  "controls",
		Example: `["emergency-1@fabrikam.example", "emergency-2@fabrikam.example"]`,
	},
	{
		Name: "applications", Type: References, To: "application", Of: ApplicationTable, Checked: true,
		Doc:     "The applications of the MSP whose permissions the client approved.",
		Null:    "nothing was promised about applications; `[]` promises that there is none",
		ReadBy:  "controls",
		Example: `[application.monitoring]`,
	},
	{
		Name: "contract", Type: Block, Of: ContractTable,
		Doc:    "How long the contract runs.",
		Null:   "it is not said how long",
		ReadBy: "controls",
	},
	{
		Name: "gdap", Type: Block, Of: GDAPTable, Checked: true,
		Doc:    "What was agreed about granular delegated admin privileges: the role matrix.",
		Null:   "nothing was promised about delegated administration",
		ReadBy: "controls",
	},
	{
		Name: "lighthouse", Type: Block, Of: LighthouseTable, Checked: true,
		Doc:    "What was agreed about Azure Lighthouse.",
		Null:   "nothing was promised about Azure Lighthouse",
		ReadBy: "controls",
	},
	{
		Name: "governance", Type: Block, Of: GovernanceTable, Checked: true,
		Doc:    "What was agreed about Entra Tenant Governance.",
		Null:   "nothing was promised about governing tenants",
		ReadBy: "controls",
	},
	{
		Name: "federation", Type: Block, Of: FederationTable, Checked: true,
		Doc:    "Whom the tenant trusts to say who somebody is.",
		Null:   "nothing was promised about trust in other issuers",
		ReadBy: "controls",
	},
	{
		Name: "data_location", Type: Blocks, Of: DataLocationTable, Checked: true,
		Doc: "Where a person saw, in the admin center, that Microsoft keeps a service's data: no API says " +
			"so.",
		Null:   "nobody recorded where data is kept",
		ReadBy: "controls",
	},
	{
		Name: "shared_sinks", Type: Naming, To: "shared_sink", Of: SharedSinkTable,
		Doc:    "The `shared_sink` blocks that name the client.",
		Null:   "the client's logs go to no place that is shared by agreement",
		ReadBy: "controls",
	},
	{
		Name: "params", Type: Parameters,
		Doc: "What this client wants of single controls. A parameter that is left out has the " +
			"control's own default.",
		ReadBy:  "controls",
		Example: `{ "RF-T-08" = { allow_members_to_invite = false } }`,
	},
}

// FenceTable are the attributes of a fence.
var FenceTable = Table{
	{
		Name: "name", Type: Label,
		Doc:    "What clients refer to as `fence.<label>`.",
		ReadBy: "controls, reports",
	},
	{
		Name: "regions", Type: Texts, Form: region,
		Doc:     "Azure regions by their ARM name; `\"West Europe\"` is read as `westeurope`.",
		Null:    "nothing was promised about Azure regions",
		ReadBy:  "controls",
		Example: `["westeurope", "northeurope", "germanywestcentral"]`,
	},
	{
		Name: "geographies", Type: Texts, Form: geography,
		Doc:     "Microsoft 365 geographies, for mailboxes, sites and teams.",
		Null:    "nothing was promised about Microsoft 365",
		ReadBy:  "controls",
		Example: `["EUR", "DEU"]`,
	},
	{
		Name: "countries", Type: Texts, Form: country,
		Doc:     "Countries, for the directory and sign-ins, and for people.",
		Null:    "nothing was promised about countries",
		ReadBy:  "controls",
		Example: `["DE", "IE", "NL"]`,
	},
	{
		Name: "people", Type: Texts, Form: country,
		Doc:     "Countries in which people of the MSP may be who act on the client.",
		Null:    "those of `countries`",
		ReadBy:  "controls",
		Example: `["DE", "IE", "NL", "PL"]`,
	},
}

// PartnerTable are the attributes of an organisation that clients work with.
var PartnerTable = Table{
	{
		Name: "name", Type: Label,
		Doc:    "What clients refer to as `partner.<label>`.",
		ReadBy: "controls, reports",
	},
	{
		Name: "tenant_id", Type: Text, Form: GUID, Required: true,
		Doc:     "The organisation's tenant.",
		ReadBy:  "controls",
		Example: `"cccccccc-0000-4000-8000-000000000001"`,
	},
	{
		Name: "allow", Type: Texts, Form: OneOf("b2b", "direct-connect", "mfa-trust", "sync", "mto"),
		Doc:     "Which kinds of cooperation across tenants are agreed.",
		Null:    "no kind of cooperation is agreed",
		ReadBy:  "controls",
		Example: `["b2b"]`,
	},
}

// VendorTable are the attributes of a software vendor.
var VendorTable = Table{
	{
		Name: "name", Type: Label,
		Doc:    "What clients refer to as `vendor.<label>`.",
		ReadBy: "controls, reports",
	},
	{
		Name: "tenant_id", Type: Text, Form: GUID, Required: true,
		Doc:     "The tenant that publishes the vendor's applications.",
		ReadBy:  "controls",
		Example: `"bbbbbbbb-0000-4000-8000-000000000001"`,
	},
	{
		Name: "app_ids", Type: Texts, Form: GUID,
		Doc:     "The applications that were accepted.",
		Null:    "any application of this tenant",
		ReadBy:  "controls",
		Example: `["22222222-0000-4000-8000-000000000001"]`,
	},
}

// AzureTable are the attributes of the azure block.
var AzureTable = Table{
	{
		Name: "subscriptions", Type: Texts, Form: GUID, Unique: "subscription", Word: AllSubscriptions,
		Doc: "Subscriptions that must be seen; `\"all\"` are those below the tenant's root management " +
			"group, which the application must be able to read. One that is seen and not named is read " +
			"and judged like the others.",
		Null:    "none is named; `none = true` must say that there is none",
		ReadBy:  "the collector, the engine",
		Example: `["dddddddd-0000-4000-8000-000000000001"]`,
	},
	{
		Name: "management_group", Type: Text, Form: managementGroup,
		Doc: "All subscriptions below this management group must be seen. The application needs the " +
			"role Reader at the group, or at the tenant's root group.",
		Null:    "no management group is named",
		ReadBy:  "the collector, the engine",
		Example: `"mg-fabrikam"`,
	},
	{
		Name: "none", Type: Flag,
		Doc:     "There is no subscription, instead of `subscriptions`.",
		ReadBy:  "the collector, the engine",
		Example: `false`,
	},
}

// KeysTable are the attributes of the keys block.
var KeysTable = Table{
	{
		Name: "vaults", Type: Texts, Form: vaultID, Unique: "vault", Checked: true,
		Doc:    "The key vaults and managed HSMs with the client's keys, by ARM id.",
		Null:   "it was not promised where the keys are",
		ReadBy: "controls, the engine",
		Example: `["/subscriptions/dddddddd-0000-4000-8000-000000000001/resourceGroups/rg-keys` +
			`/providers/Microsoft.KeyVault/vaults/kv-fabrikam"]`,
	},
	{
		Name: "owner", Type: Text, Form: OneOf("client", "msp"), Checked: true,
		Doc:     "Who owns the keys.",
		Null:    "it was not promised who owns the keys",
		ReadBy:  "controls",
		Example: `"client"`,
	},
	{
		Name: "max_age", Type: Text, Form: Age, Checked: true,
		Doc:     "How old a key may get before it is rotated.",
		Null:    "no age was promised",
		ReadBy:  "controls",
		Example: `"365d"`,
	},
	{
		Name: "operated_vaults", Type: Texts, Form: vaultID,
		Doc:    "Those of them that the MSP operates by contract, and whose keys it may use.",
		Null:   "the MSP operates none",
		ReadBy: "controls",
		Example: `["/subscriptions/dddddddd-0000-4000-8000-000000000001/resourceGroups/rg-backup` +
			`/providers/Microsoft.KeyVault/vaults/kv-backup"]`,
	},
	{
		Name: "external_hosts", Type: Texts, Form: host,
		Doc:     "The hosts of key managers outside of Azure that managed HSMs may use.",
		Null:    "none may be used",
		ReadBy:  "controls",
		Example: `["ekm.fabrikam.example"]`,
	},
	{
		Name: "cross_tenant", Type: Texts, Form: GUID,
		Doc: "The applications with which services of the client may use keys of another tenant, by their " +
			"(client) ids.",
		Null:    "no key of another tenant may be used",
		ReadBy:  "controls",
		Example: `["44444444-0000-4000-8000-000000000001"]`,
	},
}
