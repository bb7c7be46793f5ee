package collectors

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/google/uuid"

	"ringfence/collectors/snapshot"
)

// Config says what [Run] collects.
type Config struct {
	// Whose tenant it is. Client is a label, required. MSP says that it is the
	// MSP's own tenant, of which little is collected: Client is "" or "fleet" then.
	Client   string
	TenantID string // GUID, required
	MSP      bool

	// How it is reached.
	Cloud      Cloud                  // zero: public
	Credential azcore.TokenCredential // required; see NewCredential
	Retry      Retry                  // zero: defaults

	// Limits paces the requests. Clients that are read with one application share
	// them. nil: new ones, or none in a cloud that is not Microsoft's, which has not
	// published any.
	Limits *Limits

	// What the fleet file says must be visible. Azure is nil if it says nothing
	// about Azure; Vaults are ARM ids of the vaults that it declares, Domains the
	// client's domains.
	Azure   *Azure
	Vaults  []string
	Domains []string

	// Only are the datasets that are needed, and of each the properties that are (nil:
	// all). Others are skipped, but for those that these depend on. nil: everything is
	// collected.
	Only map[string][]string

	// Compared are the datasets by which the MSP's own tenant is compared with its clients', which
	// are read there beside what is read anyway. Those of Azure are, if Azure is not nil.
	Compared []string

	// VaultOwners: hosts of vaults that are none of the client's are asked which tenant
	// they belong to. Otherwise that is skipped.
	VaultOwners bool

	// Shared are the client's datasets of the MSP's tenant, from [Shares.Of].
	Shared []snapshot.Dataset

	// Resume is a folder of the client for what was read so far: a collection that is
	// killed is taken up there, answer by answer, for ResumeFor (0: [ResumeFor]). What
	// was read lies there, and not in memory, until the snapshot is released. "": it
	// lies in memory, and nothing is resumed.
	Resume    string
	ResumeFor time.Duration

	// Changes is a file of the client that remembers of which lists the service tells what
	// changed (delta query), from where on, and Before the client's last snapshot. A list of
	// which no more than FullEvery ago all was read is then not read again: only what
	// changed in it is. "" or 0: every list is read whole. Missed learns of documents that
	// had changed, and the service had not told; nil: nobody does.
	Changes   string
	FullEvery time.Duration
	Before    *snapshot.Snapshot
	Missed    func(dataset string, documents int)

	// For the manifest: our name and version, and the digest of the previous
	// manifest ("": there is none).
	Tool, Prev string

	// Sources of what differs between two runs. RequestID is the id of each
	// request, sent to the API.
	Now       func() time.Time // nil: time.Now
	RequestID func() string    // nil: random UUIDs

	// Progress learns how far the collection is, one call at a time; nil: nobody.
	Progress func(Progress)
	progress *progress

	budget *budget // of all waits
}

// Azure is what the fleet file says must be visible.
type Azure = snapshot.Azure

// Cloud names the endpoints. Name "" or "public", "usgov" and "china" are
// built in; any other name needs Graph, ARM and Authority (https, each may
// have a path). Vault is where all hosts of vaults are asked, in the path, instead of at
// themselves; a cloud of another name without it asks none. RootCAs are PEM certificates
// to trust instead of the system's.
type Cloud struct {
	Name                  string
	Graph, ARM, Authority string
	Vault                 string
	RootCAs               []byte
	Limits                bool // Microsoft's published limits hold, as in its own clouds

	armAudience string // of tokens for ARM; "": its address
}

// clouds are those that are built in:
// https://learn.microsoft.com/graph/deployments,
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud and,
// for the audience of Azure Resource Manager's tokens, azcore's cloud configurations.
var clouds = map[string]Cloud{
	"public": {
		Name:      "public",
		Graph:     "https://graph.microsoft.com",
		ARM:       "https://management.azure.com",
		Authority: "https://login.microsoftonline.com",
	},
	"usgov": {
		Name:      "usgov",
		Graph:     "https://graph.microsoft.us",
		ARM:       "https://management.usgovcloudapi.net",
		Authority: "https://login.microsoftonline.us",

		armAudience: "https://management.core.usgovcloudapi.net",
	},
	"china": {
		Name:      "china",
		Graph:     "https://microsoftgraph.chinacloudapi.cn",
		ARM:       "https://management.chinacloudapi.cn",
		Authority: "https://login.chinacloudapi.cn",

		armAudience: "https://management.core.chinacloudapi.cn",
	},
}

// ConfigError says that the fleet file contradicts itself or the tenant.
type ConfigError struct{ Problem string }

func (e *ConfigError) Error() string { return e.Problem }

// isBuiltIn reports whether it is one of Microsoft's clouds.
func (c Cloud) isBuiltIn() bool {
	_, isBuiltIn := clouds[cmp.Or(c.Name, "public")]
	return isBuiltIn
}

// PublishesLimits reports whether it says how fast its services may be asked: one of
// Microsoft's clouds, or an emulator that takes after them.
func (c Cloud) PublishesLimits() bool { return c.Limits || c.isBuiltIn() }

// resolve fills in the endpoints of a built-in cloud. Any other is as it was.
func (c Cloud) resolve() Cloud {
	known, isBuiltIn := clouds[cmp.Or(c.Name, "public")]
	if !isBuiltIn {
		return c
	}

	known.RootCAs = c.RootCAs
	return known
}

// endpoint parses one of a cloud's addresses.
func endpoint(name, address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(address, "/"))
	isPlain := err == nil && u.User == nil && u.RawQuery == "" && u.Fragment == ""
	if !isPlain || u.Scheme != "https" || u.Host == "" {
		return nil, &ConfigError{fmt.Sprintf("the cloud's %s endpoint %q is not an https address", name, address)}
	}
	return u, nil
}

// checkMSP: the MSP's own tenant has a label of its own, and less than a client's.
func (c Config) checkMSP() error {
	azureOfMSP := c.MSP && c.Azure != nil && c.Compared == nil
	if c.MSP != (c.Client == snapshot.FleetClient) || azureOfMSP || c.MSP && c.Shared != nil {
		return &ConfigError{fmt.Sprintf("%q is the label of the MSP's own tenant, which has nothing shared,"+
			" and no Azure unless it is compared with clients", snapshot.FleetClient)}
	}
	return nil
}

// defaults checks a config and fills in what may be left out.
func (c Config) defaults() (Config, error) {
	if c.MSP {
		c.Client = cmp.Or(c.Client, snapshot.FleetClient)
	}

	if err := c.checkMSP(); err != nil {
		return c, err
	}
	if err := checkShared(c.Shared); err != nil {
		return c, err
	}
	if c.Client == "" || c.TenantID == "" || c.Credential == nil {
		return c, &ConfigError{"collecting needs a client, a tenant id and a credential"}
	}

	if c.Now == nil {
		c.Now = time.Now
	}
	if c.RequestID == nil {
		c.RequestID = randomID
	}

	c.ResumeFor = cmp.Or(c.ResumeFor, ResumeFor)
	c.RequestID = serialized(c.RequestID)
	if c.Limits == nil && c.Cloud.PublishesLimits() {
		c.Limits = NewLimits(nil, nil)
	}

	c.budget = newBudget(c.Retry.defaults().Budget)
	c.watch()
	c.Cloud = c.Cloud.resolve()
	c.TenantID = strings.ToLower(c.TenantID)
	return c, nil
}

func randomID() string {
	return uuid.Must(uuid.NewRandomFromReader(rand.Reader)).String()
}

// serialized lets an injected, stateful source be called from every worker.
func serialized(f func() string) func() string {
	var mu sync.Mutex
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return f()
	}
}
