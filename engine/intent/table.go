package intent

// MSPTable are the attributes of the service provider that its clients know.
var MSPTable = Table{
	{
		Name: "name", Type: Text, Form: AnyText, Required: true,
		ReadBy: "reports", Doc: "The name of the service provider, as it stands in reports.",
		Example: `"Northwind Managed Services"`,
	},
	{
		Name: "tenant_id", Type: Text, Form: GUID, Required: true, Unique: "tenant id",
		ReadBy:  "controls, the collector",
		Doc:     "The MSP's own tenant. Other attributes may refer to it as `msp.tenant_id`.",
		Example: `"aaaaaaaa-0000-4000-8000-000000000001"`,
	},
	{
		Name: "domains", Type: Texts, Form: Domain, Unique: "domain",
		ReadBy: "controls", Doc: "The domains of the MSP's own tenant.", Example: `["northwind-msp.example"]`,
	},
}

// ClientTable are the attributes of a client.
var ClientTable = Table{
	{Name: "name", Type: Label, ReadBy: "everything", Doc: "The client's name, and the name of its folders."},
	{
		Name: "tenant_id", Type: Text, Form: GUID, Required: true, Defaults: Never, Unique: "tenant id",
		ReadBy: "controls, the collector", Doc: "The client's tenant.", Example: `"aaaaaaaa-0000-4000-8000-000000000010"`,
	},
	{
		Name: "domains", Type: Texts, Form: Domain, Defaults: Never, Unique: "domain", Checked: true,
		ReadBy:  "controls, `fleet check`",
		Doc:     "The client's domains. They tell the tenants of a fleet apart; where they are left out, none is known.",
		Example: `["fabrikam.example"]`,
	},
	{
		Name: "state", Type: Text, Form: OneOf("onboarding", "live", "offboarded"), Default: "live",
		ReadBy:  "audit, `verify`",
		Doc:     "Where the client is in its contract. An off-boarded client is audited only if it is asked for by name.",
		Example: `"live"`,
	},
	{
		Name: "max_age", Type: Text, Form: Age, Default: "24h",
		ReadBy:  "the engine",
		Doc:     "How old a dataset may be when it is judged. An older one is stale, and proves nothing.",
		Example: `"24h"`,
	},
	{
		Name: "cloud", Type: CloudName, Form: cloudName, To: "cloud_unsafe", Default: "public",
		ReadBy:  "the collector, the engine",
		Doc:     "The Microsoft cloud that the tenant is in. It decides which hosts are asked, and no others.",
		Example: `"public"`,
	},
	{
		Name: "cell", Type: Text, Form: Name, Checked: true,
		Null:   "the client is in no cell",
		ReadBy: "controls, `fleet check`", Doc: "The group of clients that this one belongs to. Walls stand between cells.",
		Example: `"banking"`,
	},
	{
		Name: "fence", Type: Reference, To: "fence", Of: FenceTable, Checked: true,
		Null:   "no place was promised",
		ReadBy: "controls", Doc: "Where the client's data, keys and logs may be.", Example: `fence.eu`,
	},
	{
		Name: "service_providers", Type: Texts, Form: GUID, Checked: true,
		Null:    "nothing was promised about service providers; `[]` promises that there is none",
		ReadBy:  "controls",
		Doc:     "The tenants of the service providers that may hold access. `msp.tenant_id` is the MSP itself.",
		Example: `[msp.tenant_id]`,
	},
	{
		Name: "responsible", Type: References, To: "reviewer",
		Null:    "nobody in particular",
		ReadBy:  "reports",
		Doc:     "The people who answer for this client. Their names and key digests become part of its promise.",
		Example: `[reviewer.security-lead]`,
	},
	{
		Name: "partners", Type: References, To: "partner", Of: PartnerTable, Checked: true,
		Null:   "nothing was promised about other organisations; `[]` promises that there is none",
		ReadBy: "controls", Doc: "The organisations that the client works with across tenants.",
		Example: `[partner.tax-advisor]`,
	},
	{
		Name: "vendors", Type: References, To: "vendor", Of: VendorTable, Checked: true,
		Null:   "nothing was promised about software vendors; `[]` promises that there is none",
		ReadBy: "controls", Doc: "The software vendors whose applications the client accepted.",
		Example: `[vendor.backup-co]`,
	},
	{
		Name: "azure", Type: Block, Of: AzureTable, Defaults: AsAWhole,
		Null:   "it is not said what should be visible, so no list of Azure resources is known to be complete",
		ReadBy: "the collector, the engine", Doc: "What must be visible of the client's Azure subscriptions.",
	},
	{
		Name: "keys", Type: Block, Of: KeysTable, Checked: true,
		Null:   "nothing was promised about keys",
		ReadBy: "controls", Doc: "Who owns the keys that protect the client's data, and where they are.",
	},
	{
		Name: "params", Type: Parameters,
		ReadBy:  "controls",
		Doc:     "What this client wants of single controls. A parameter that is left out has the control's own default.",
		Example: `{ "RF-T-08" = { allow_members_to_invite = false } }`,
	},
}

// FenceTable are the attributes of a fence.
var FenceTable = Table{
	{Name: "name", Type: Label, ReadBy: "controls, reports", Doc: "What clients refer to as `fence.<label>`."},
	{
		Name: "regions", Type: Texts, Form: region,
		Null:   "nothing was promised about Azure regions",
		ReadBy: "controls", Doc: "Azure regions by their ARM name; `\"West Europe\"` is read as `westeurope`.",
		Example: `["westeurope", "northeurope", "germanywestcentral"]`,
	},
	{
		Name: "geographies", Type: Texts, Form: geography,
		Null:   "nothing was promised about Microsoft 365",
		ReadBy: "controls", Doc: "Microsoft 365 geographies, for mailboxes, sites and teams.", Example: `["EUR", "DEU"]`,
	},
	{
		Name: "countries", Type: Texts, Form: country,
		Null:   "nothing was promised about countries",
		ReadBy: "controls", Doc: "Countries, for people and sign-ins.", Example: `["DE", "IE", "NL"]`,
	},
}

// PartnerTable are the attributes of an organisation that clients work with.
var PartnerTable = Table{
	{Name: "name", Type: Label, ReadBy: "controls, reports", Doc: "What clients refer to as `partner.<label>`."},
	{
		Name: "tenant_id", Type: Text, Form: GUID, Required: true,
		ReadBy: "controls", Doc: "The organisation's tenant.", Example: `"cccccccc-0000-4000-8000-000000000001"`,
	},
	{
		Name: "allow", Type: Texts, Form: OneOf("b2b", "direct-connect", "mfa-trust", "sync", "mto"),
		Null:   "no kind of cooperation is agreed",
		ReadBy: "controls", Doc: "Which kinds of cooperation across tenants are agreed.", Example: `["b2b"]`,
	},
}

// VendorTable are the attributes of a software vendor.
var VendorTable = Table{
	{Name: "name", Type: Label, ReadBy: "controls, reports", Doc: "What clients refer to as `vendor.<label>`."},
	{
		Name: "tenant_id", Type: Text, Form: GUID, Required: true,
		ReadBy: "controls", Doc: "The tenant that publishes the vendor's applications.",
		Example: `"bbbbbbbb-0000-4000-8000-000000000001"`,
	},
	{
		Name: "app_ids", Type: Texts, Form: GUID,
		Null:   "any application of this tenant",
		ReadBy: "controls", Doc: "The applications that were accepted.",
		Example: `["22222222-0000-4000-8000-000000000001"]`,
	},
}

// AzureTable are the attributes of the azure block.
var AzureTable = Table{
	{
		Name: "subscriptions", Type: Texts, Form: GUID, Unique: "subscription",
		Null:    "none is named; `none = true` must say that there is none",
		ReadBy:  "the collector, the engine",
		Doc:     "Subscriptions that must be seen. One that is seen and not named is read and judged like the others.",
		Example: `["dddddddd-0000-4000-8000-000000000001"]`,
	},
	{
		Name: "none", Type: Flag,
		ReadBy:  "the collector, the engine",
		Doc:     "There is no subscription, instead of `subscriptions`.",
		Example: `false`,
	},
}

// KeysTable are the attributes of the keys block.
var KeysTable = Table{
	{
		Name: "vaults", Type: Texts, Form: vaultID, Unique: "vault", Checked: true,
		Null:   "it was not promised where the keys are",
		ReadBy: "controls, the engine", Doc: "The key vaults and managed HSMs with the client's keys, by ARM id.",
		Example: `["/subscriptions/dddddddd-0000-4000-8000-000000000001/resourceGroups/rg-keys` +
			`/providers/Microsoft.KeyVault/vaults/kv-fabrikam"]`,
	},
	{
		Name: "owner", Type: Text, Form: OneOf("client", "msp"), Checked: true,
		Null:   "it was not promised who owns the keys",
		ReadBy: "controls", Doc: "Who owns the keys.", Example: `"client"`,
	},
	{
		Name: "max_age", Type: Text, Form: Age, Checked: true,
		Null:   "no age was promised",
		ReadBy: "controls", Doc: "How old a key may get before it is rotated.", Example: `"365d"`,
	},
}
