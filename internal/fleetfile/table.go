package fleetfile

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"ringfence/engine/intent"
)

// kind is a kind of block at the top level of a fleet file.
type kind struct {
	name    string
	table   intent.Table
	decode  func(*loader, *block)
	example string // a label; "" for a block that has none
	doc     string
}

// kinds are in the order in which they are decoded: what others refer to comes
// before them.
var kinds = []kind{
	{
		"msp", mspTable, (*loader).msp, "",
		"The service provider itself: whose clients these are. There is exactly one.",
	},
	{
		"cloud_unsafe", cloudTable, (*loader).cloud, "lab",
		"Where the APIs of an emulator are. Its name is written into every signed result that used it.",
	},
	{"fence", intent.FenceTable, declare[intent.Fence], "eu", "A set of places. A client refers to it."},
	{
		"reviewer", reviewerTable, (*loader).reviewer, "security-lead",
		"A person whose review counts. See [reviewing.md](reviewing.md).",
	},
	{
		"vendor", intent.VendorTable, declare[intent.Vendor], "backup-co",
		"A software vendor. A client refers to it.",
	},
	{
		"partner", intent.PartnerTable, declare[intent.Partner], "tax-advisor",
		"Another organisation. A client refers to it.",
	},
	{
		"application", intent.ApplicationTable, declare[intent.Application], "monitoring",
		"An application of the MSP, and the permissions that clients approved. A client refers to it.",
	},
	{
		"defaults", defaultsTable(), (*loader).defaultsBlock, "",
		"What every client is promised that does not say otherwise. It has the attributes of a client but " +
			"`tenant_id` and `domains`; `fleet show` says where each value comes from.",
	},
	{
		"client", clientTable, (*loader).client, "fabrikam",
		"A client: what it was promised, and how its tenant is reached.",
	},
	{"wall", wallTable, (*loader).wall, "banks", "Cells of clients that nobody may bridge."},
	{
		"shared_sink", sharedSinkTable, (*loader).sharedSink, "soc",
		"A place that receives the logs of several clients, by agreement with each of them.",
	},
	{
		"exception", exceptionTable, (*loader).exception, "fabrikam-guest-invites",
		"A deviation that was accepted for a while. See [reviewing.md](reviewing.md).",
	},
	{
		"gate", gateTable, (*loader).gate, "open_ticket",
		"How much human consent an action needs. `attest` is always L3: only a person attests.",
	},
}

// mspTable is what clients know of the MSP, and how its own tenant is reached.
var mspTable = slices.Concat(intent.MSPTable, intent.Table{
	clientsOwn("cloud"),
	{
		Name: "machine_keys", Type: intent.Texts, Form: digest, Unique: machineKey,
		Doc: "The keys that may sign results: the SHA-256 digest of each public key, as `keys " +
			"init` prints it.",
		ReadBy:  "`verify`",
		Example: `["6b1f000000000000000000000000000000000000000000000000000000000001"]`,
	},
	{
		Name: "fleet_key", Type: intent.Text, Form: intent.AnyText,
		Doc: "The file of the key under which clients are compared with each other: 32 random bytes " +
			"or more, as `ringfence fleet key` makes them. A relative path starts at the fleet file's " +
			"folder. What is in the file is in no output. See [fleet-isolation.md](fleet-isolation.md).",
		Null:    "clients are not compared, and controls across clients do not apply",
		ReadBy:  "`audit`",
		Example: `"fleet.key"`,
	},
	{
		Name: "azure", Type: intent.Block, Of: intent.AzureTable,
		Doc: "What must be visible in the MSP's own tenant.",
		Null: "it is not said what should be visible, so no list of Azure resources is known to be " +
			"complete",
		ReadBy:  "the collector, the engine",
		Example: `none = true`,
	},
	{
		Name: "graph", Type: intent.Block, Of: graphTable,
		Doc:    "How to sign in to the MSP's own tenant. Left out, the fleet as a whole is not judged.",
		ReadBy: "the collector",
	},
})

// clientTable is a client's promise, and how its tenant is reached.
var clientTable = slices.Concat(intent.ClientTable, intent.Table{
	{
		Name: "graph", Type: intent.Block, Of: graphTable,
		Doc:    "How to sign in to the client's tenant. Only collecting needs it.",
		ReadBy: "the collector",
	},
	{
		Name: "collect", Type: intent.Block, Of: collectTable,
		Doc:    "How the client's tenant is read.",
		Null:   "everything that there is a dataset for is asked for",
		ReadBy: "the collector",
	},
})

// collectTable is how a client's tenant is read.
var collectTable = intent.Table{
	{
		Name: "minimise", Type: intent.Flag,
		Doc: "Ask only for what the policy set reads: its datasets and, where an API lets us name " +
			"them, their properties, with what proves that they are complete. The rest is `skipped` in " +
			"the snapshot, and undetermined for a policy set that reads more.",
		ReadBy:  "the collector",
		Example: `true`,
	},
	{
		Name: "vault_owners", Type: intent.Flag,
		Doc: "Ask which tenant a key vault belongs to that holds keys for the client's data and is none " +
			"of its own. Each such host gets one request without a token, which the vault's owner finds " +
			"in its log; only hosts of the cloud's key vaults and managed HSMs are asked.",
		ReadBy:  "the collector",
		Example: `true`,
	},
	{
		Name: "full_every", Type: intent.Text, Form: intent.Age,
		Doc: "Read the long lists of the directory (users, groups) whole only so often. In between, " +
			"Microsoft Graph is asked what changed in them (delta query), and only that is read. Each " +
			"whole reading is held against what was told: where the service left a change out, that list " +
			"is read whole each time from then on.",
		Null:    "everything is read whole each time",
		ReadBy:  "the collector",
		Example: `"7d"`,
	},
}

// clientsOwn is a row of the clients' table that the msp block has, too.
func clientsOwn(name string) intent.Attribute {
	a, _ := intent.ClientTable.Row(name)
	return a
}

// defaultsTable is what the defaults block may give to clients.
func defaultsTable() intent.Table {
	own := func(a intent.Attribute) bool {
		return a.Type == intent.Label || a.Type == intent.Naming || a.Defaults == intent.Never
	}
	return slices.DeleteFunc(slices.Clone(clientTable), own)
}

var graphTable = intent.Table{
	{
		Name: "app_id", Type: intent.Text, Form: intent.GUID,
		Doc: "The application to sign in as; in `defaults` the MSP's multi-tenant one, to which each " +
			"client consents. Only `azidentity` does without.",
		ReadBy:  "the collector",
		Example: `"11111111-0000-4000-8000-000000000001"`,
	},
	{
		Name: "credential", Type: intent.Credential, Form: credential, Required: true,
		Doc: "Where the proof is, never the secret itself. `federated` takes an identity token of GitHub " +
			"Actions, Azure Pipelines or the file that AZURE_FEDERATED_TOKEN_FILE names; a file holds a " +
			"certificate with its key (PEM or PFX) or a client secret, a variable PEM or a secret; " +
			"`azidentity` takes what the machine has: environment variables, a managed identity, or the " +
			"Azure CLI. A relative path starts at the fleet file's folder. See " +
			"[many-clients.md](many-clients.md).",
		ReadBy:  "the collector",
		Example: `"azidentity"`,
	},
}

var cloudTable = intent.Table{
	{
		Name: "name", Type: intent.Label,
		Doc:    "What `cloud` refers to as `cloud_unsafe.<label>`.",
		ReadBy: "the collector",
	},
	{
		Name: "graph", Type: intent.Text, Form: endpoint, Required: true,
		Doc:     "Microsoft Graph.",
		ReadBy:  "the collector",
		Example: `"https://127.0.0.1:8443/graph"`,
	},
	{
		Name: "arm", Type: intent.Text, Form: endpoint, Required: true,
		Doc:     "Azure Resource Manager.",
		ReadBy:  "the collector",
		Example: `"https://127.0.0.1:8443/arm"`,
	},
	{
		Name: "authority", Type: intent.Text, Form: endpoint, Required: true,
		Doc:     "Where tokens come from.",
		ReadBy:  "the collector",
		Example: `"https://127.0.0.1:8443/login"`,
	},
	{
		Name: "vault", Type: intent.Text, Form: endpoint,
		Doc: "Where hosts of key vaults are asked, each in the path: `<vault>/<host>/keys`. Without it " +
			"none is.",
		ReadBy:  "the collector",
		Example: `"https://127.0.0.1:8443/vault"`,
	},
	{
		Name: "ca_file", Type: intent.Text, Form: intent.AnyText,
		Doc:     "A PEM file of the authorities to trust instead of the system's.",
		ReadBy:  "the collector",
		Example: `"ca.pem"`,
	},
	{
		Name: "limits", Type: intent.Flag,
		Doc: "Microsoft's published limits hold there, as with `limits = true` in the plan of an emulator: " +
			"requests are paced. Elsewhere than in Microsoft's clouds they are not.",
		ReadBy:  "the collector",
		Example: `true`,
	},
}

var reviewerTable = intent.Table{
	{
		Name: "name", Type: intent.Label,
		Doc:    "The person's name everywhere.",
		ReadBy: "`verify`, reports",
	},
	{
		Name: "key_sha256", Type: intent.Text, Form: digest, Required: true, Unique: personsKey,
		Doc:     "The SHA-256 digest of the person's public key. It may be no machine's key.",
		ReadBy:  "`verify`",
		Example: `"a0c4000000000000000000000000000000000000000000000000000000000002"`,
	},
	{
		Name: "email", Type: intent.Text, Form: email, Required: true,
		Doc:     "The person's address.",
		ReadBy:  "reports",
		Example: `"security-lead@northwind-msp.example"`,
	},
	{
		Name: "org", Type: intent.Text, Form: intent.OneOf("msp", "client"), Required: true,
		Doc:     "Whose side the person is on.",
		ReadBy:  "`verify`, reports",
		Example: `"msp"`,
	},
}

var wallTable = intent.Table{
	{
		Name: "name", Type: intent.Label,
		Doc:    "The wall's name in messages.",
		ReadBy: "controls of the fleet, `fleet check`",
	},
	{
		Name: "cells", Type: intent.Texts, Form: intent.Name, Required: true,
		Doc:     "The cells that it stands between, two at least.",
		ReadBy:  "controls of the fleet",
		Example: `["banking", "insurance"]`,
	},
}

// sharedSinkTable is a shared sink as its clients know it, and who they are.
var sharedSinkTable = slices.Concat(intent.SharedSinkTable, intent.Table{
	{
		Name: "clients", Type: intent.References, To: "client", Required: true,
		Doc:     "The clients that agreed.",
		ReadBy:  "controls",
		Example: `[client.fabrikam]`,
	},
})

// The values of an exception's kind.
const (
	kindFinding = "finding"
	kindGap     = "evidence-gap"
)

var exceptionTable = intent.Table{
	{
		Name: "name", Type: intent.Label,
		Doc:    "The exception's name in every document that it is in.",
		ReadBy: "reports",
	},
	{
		Name: "control", Type: intent.Text, Form: intent.AnyText, Required: true,
		Doc:     "Of which control. `ringfence policy list` lists them.",
		ReadBy:  "the engine",
		Example: `"RF-T-08"`,
	},
	{
		Name: "expires", Type: intent.Text, Form: date, Required: true,
		Doc:     "The last day on which it holds, UTC.",
		ReadBy:  "the engine",
		Example: `"2027-01-31"`,
	},
	{
		Name: "client", Type: intent.Reference, To: "client", OrMSP: true, Required: true,
		Doc:     "For which client; `msp` for the MSP's own tenant and what the fleet's result says of it.",
		ReadBy:  "the engine",
		Example: `client.fabrikam`,
	},
	{
		Name: "subject", Type: intent.Text, Form: intent.AnyText,
		Doc:     "About which object, as the finding names it.",
		Null:    "all subjects of the control",
		ReadBy:  "the engine",
		Example: `"entra.authorization_policy/default"`,
	},
	{
		Name: "reason", Type: intent.Text, Form: intent.AnyText, Required: true,
		Doc:     "Why it was accepted.",
		ReadBy:  "reports",
		Example: `"The project office invites its suppliers until the move is over"`,
	},
	{
		Name: "approved_by", Type: intent.Reference, To: "reviewer", Required: true,
		Doc:     "Who accepted it.",
		ReadBy:  "reports",
		Example: `reviewer.security-lead`,
	},
	{
		Name: "kind", Type: intent.Text, Form: intent.OneOf(kindFinding, kindGap), Default: kindFinding,
		Doc:     "What it accepts: that something is not satisfied, or that it is undetermined.",
		ReadBy:  "the engine",
		Example: `"finding"`,
	},
}

var gateTable = intent.Table{
	{
		Name: "name", Type: intent.Label,
		Doc:    "The action.",
		ReadBy: "nothing yet",
	},
	{
		Name: "level", Type: intent.Text, Form: intent.OneOf("L0", "L1", "L2", "L3"), Required: true,
		Doc:     "From L0, no consent, to L3, a person does it.",
		ReadBy:  "nothing yet",
		Example: `"L2"`,
	},
}

// What no two owners may share, beside what [intent.ClientTable] names. A key is a
// person's or the machines', and never both.
const (
	personsKey = "key"
	machineKey = "machine key"
)

var gateName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

// The forms of texts that no promise has.
var (
	digest = intent.Digest

	credential = intent.Pattern(`one of "azidentity", "federated", "env:NAME", "file:PATH"`, verbatim,
		`azidentity|federated|env:[A-Za-z_][A-Za-z0-9_]*|file:[^\x00-\x1f\x7f]+`)

	date = intent.Date

	email = intent.Form{
		Want: "an email address",
		Norm: func(s string) (string, bool) {
			a, err := mail.ParseAddress(s)
			return s, err == nil && a.Address == s
		},
	}

	endpoint = intent.Form{
		Want: `a base URL such as "https://127.0.0.1:8443/graph"`,
		Norm: func(s string) (string, bool) { return strings.TrimRight(s, "/"), isBaseURL(s) },
	}
)

func isBaseURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func verbatim(s string) string { return s }
