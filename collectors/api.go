package collectors

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"ringfence/collectors/arm"
	"ringfence/collectors/graph"
	"ringfence/collectors/snapshot"
)

// api is one API that tenants are read through, and all by which it differs from
// the others. Nothing in this package compares the names of APIs: what depends on
// the API is a field here. To read another one, write its client in a package of
// its own, as collectors/graph is, and add a value to apis.
type api struct {
	// name is what x-source of the schemas calls the API, and what messages do.
	name string

	// How it is reached. address is the cloud's endpoint, without a version of the
	// API; audience is whom tokens for it are for. connect makes a client, which sends
	// nothing yet. idHeader is the header that carries our id of a request. posts are
	// the only requests beside GET that may be sent. required: without a token for this API there is no snapshot;
	// otherwise its datasets say in their coverage that there is none.
	address  func(Cloud) string
	audience func(Cloud) string
	connect  func(endpointConfig) (client, error)
	idHeader string
	posts    []readOnlyPost
	required bool

	// How fast it may be asked: its workloads, and what counts an application's
	// requests in all tenants (nil: nothing does). versioned: the first segment of a
	// path is a version. priority is the name and value of a header that says that our
	// requests can wait.
	workloads []workload
	total     *workload
	versioned bool
	priority  [2]string

	// How a list is read: nextLink is the property of a page that holds the address
	// of the next one, and root is what each such address must begin with.
	nextLink string
	root     func(base *url.URL, version string) *url.URL

	// What an answer proves. checkContext holds what a page says it is of
	// ("@odata.context") against what was asked. lacking are properties that a
	// document must have and lacks, since we may not read all of it (nil: none of this
	// API is shown in part). prove lowers an answer that was read to its end
	// where the API may have left something out, and proof is what coverage calls
	// the proof that it did not. lacksLicence tells an error that is about a missing
	// licence from any other.
	checkContext func(*snapshot.Schema, string) *snapshot.Evidence
	lacking      func(*snapshot.Schema, snapshot.Document) []string
	prove        func(v visibility, j judgement, scope string) judgement
	proof        string
	lacksLicence func(*snapshot.Evidence) bool

	// How ids are spelt. path is a parent's id as the path of a resource. savedScope
	// reads the name of a saved file: the parent's id, and, where the file is of a
	// document below that parent, its id.
	path       func(parentID string) string
	savedScope func(id string) (parentID, below string)
}

// client asks one API of one tenant.
type client struct {
	// get returns the body of one GET. An error answer is a *snapshot.Evidence, by
	// whatever shape errors have in this API.
	get func(context.Context, *url.URL) ([]byte, error)

	// getBatch asks for several addresses of one version at once, and postQuery
	// posts one query; limited says that the API did not look at everything. nil
	// where the API has no such thing, which no unit may ask for then.
	getBatch  func(ctx context.Context, version string, addresses []*url.URL) ([]graph.Item, error)
	postQuery func(ctx context.Context, to *url.URL, query []byte) (body []byte, limited bool, err error)
}

// endpointConfig is what a client is made of.
type endpointConfig struct {
	base       *url.URL // the API's address
	audience   string   // whom tokens for it are for
	cloud      Cloud
	credential azcore.TokenCredential
	transport  http.RoundTripper // lets reads through, to base alone, and tries again
}

// tokenScope is what a token for an API is asked for.
func tokenScope(audience string) string { return strings.TrimSuffix(audience, "/") + "/.default" }

// apis are those that units may be read through. All are connected to in this
// order, and signed in to where there is a unit.
var apis = []*api{graphAPI, armAPI}

// graphAPI is Microsoft Graph. A list that it answers is taken at its word: there
// is no way to prove that an application permission shows everything. Objects
// that may not be read come back as an id and nulls, though.
var graphAPI = &api{
	name:     "graph",
	address:  func(c Cloud) string { return c.Graph },
	audience: func(c Cloud) string { return c.Graph },
	connect:  connectGraph,
	idHeader: "client-request-id",
	posts: []readOnlyPost{
		// https://learn.microsoft.com/graph/json-batching
		{regexp.MustCompile(`^/(v1\.0|beta)/\$batch$`), checkBatch},
		// https://learn.microsoft.com/graph/api/directoryobject-getbyids
		{regexp.MustCompile(`^/(v1\.0|beta)/directoryObjects/getByIds$`), nil},
	},
	required: true, // without the organization nothing tells whose tenant it is

	workloads: graphWorkloads,
	total:     &graphTotal,
	versioned: true,
	// https://learn.microsoft.com/graph/throttling-limits#request-headers
	priority: [2]string{"x-ms-throttle-priority", "Low"},

	nextLink: "@odata.nextLink", // https://learn.microsoft.com/graph/paging
	root:     func(base *url.URL, version string) *url.URL { return base.JoinPath(version) },

	checkContext: checkGraphContext,
	lacking:      lackingProperties,
	prove:        func(_ visibility, j judgement, _ string) judgement { return j },
	lacksLicence: isGraphLicenceError,

	path:       func(parentID string) string { return parentID },
	savedScope: func(id string) (parentID, below string) { return id, "" },
}

// armAPI is Azure Resource Manager. Its lists leave out what the caller's roles do
// not show, without a word, so that each needs the proof of a role.
var armAPI = &api{
	name:     "arm",
	address:  func(c Cloud) string { return c.ARM },
	audience: func(c Cloud) string { return cmp.Or(c.armAudience, c.ARM) },
	connect:  connectARM,
	idHeader: "x-ms-client-request-id",
	posts: []readOnlyPost{
		// https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
		{regexp.MustCompile(`^/providers/Microsoft\.ResourceGraph/resources$`), nil},
	},

	workloads: armWorkloads,

	// https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-details.md
	nextLink: "nextLink",
	root:     func(base *url.URL, _ string) *url.URL { return base },

	checkContext: func(*snapshot.Schema, string) *snapshot.Evidence { return nil },
	prove:        visibility.prove,
	proof:        proofRole,
	lacksLicence: isARMLicenceError,

	path:       armPath,
	savedScope: savedARMScope,
}

func connectGraph(e endpointConfig) (client, error) {
	c, err := graph.NewClient(graph.Config{
		Base: e.base, Scope: tokenScope(e.audience),
		Credential: e.credential, Transport: e.transport, UserAgent: userAgent,
	})
	return client{get: c.Get, getBatch: c.Batch}, err
}

func connectARM(e endpointConfig) (client, error) {
	c, err := arm.NewClient(arm.Config{
		Base: e.base, Audience: strings.TrimSuffix(e.audience, "/"), Authority: e.cloud.Authority,
		Credential: e.credential, Transport: e.transport, UserAgent: userAgent,
	})
	return client{get: c.Get, postQuery: c.Query}, err
}

const subscriptionPath = "/subscriptions/"

// armPath is the path of a subscription, by its GUID, or of any other resource, which
// is its id.
func armPath(id string) string {
	if strings.HasPrefix(id, "/") {
		return id
	}
	return subscriptionPath + id
}

// savedARMScope reads a subscription's GUID, "/subscriptions/<guid>", or the id of
// a resource below one.
func savedARMScope(id string) (parentID, below string) {
	rest, isPath := strings.CutPrefix(id, subscriptionPath)
	subscription, resource, _ := strings.Cut(rest, "/")
	switch {
	case !isPath:
		return id, ""
	case resource == "":
		return subscription, ""
	}
	return subscription, id
}

// isARMLicenceError: privileged identity management of Azure roles needs a licence of
// Entra ID, and says so in the words of Microsoft Graph.
func isARMLicenceError(e *snapshot.Evidence) bool {
	return e != nil && e.Code == "AadPremiumLicenseRequired"
}
