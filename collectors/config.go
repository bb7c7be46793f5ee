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

	// What the fleet file says must be visible. Azure is nil if it says nothing
	// about Azure; Vaults are ARM ids of the vaults that it declares, Domains the
	// client's domains.
	Azure   *Azure
	Vaults  []string
	Domains []string

	// Shared are the client's datasets of the MSP's tenant, from [Shares.Of].
	Shared []snapshot.Dataset

	// For the manifest: our name and version, and the digest of the previous
	// manifest ("": there is none).
	Tool, Prev string

	// Sources of what differs between two runs. RequestID is the id of each
	// request, sent to the API.
	Now       func() time.Time // nil: time.Now
	RequestID func() string    // nil: random UUIDs
}

// Azure is what the fleet file says must be visible.
type Azure = snapshot.Azure

// Cloud names the endpoints. Name "" or "public", "usgov" and "china" are
// built in; any other name needs Graph, ARM and Authority (https, each may
// have a path). RootCAs are PEM certificates to trust instead of the system's.
type Cloud struct {
	Name                  string
	Graph, ARM, Authority string
	RootCAs               []byte
}

// clouds are those that are built in:
// https://learn.microsoft.com/graph/deployments and
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
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
	},
	"china": {
		Name:      "china",
		Graph:     "https://microsoftgraph.chinacloudapi.cn",
		ARM:       "https://management.chinacloudapi.cn",
		Authority: "https://login.chinacloudapi.cn",
	},
}

// ConfigError says that the fleet file contradicts itself or the tenant.
type ConfigError struct{ Problem string }

func (e *ConfigError) Error() string { return e.Problem }

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

// defaults checks a config and fills in what may be left out.
func (c Config) defaults() (Config, error) {
	if c.MSP {
		c.Client = cmp.Or(c.Client, snapshot.FleetClient)
	}

	if c.MSP != (c.Client == snapshot.FleetClient) || c.MSP && (c.Azure != nil || c.Shared != nil) {
		return c, &ConfigError{fmt.Sprintf("%q is the label of the MSP's own tenant,"+
			" which has neither Azure nor anything shared", snapshot.FleetClient)}
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

	c.RequestID = serialized(c.RequestID)
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
