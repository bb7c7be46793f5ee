package collectors

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// workload is a part of an API whose requests a service counts together, and how fast
// it takes them. It follows from what is asked, so that a dataset says nothing about
// it: the addresses of its pages do.
type workload struct {
	name   string
	rate   rate
	counts scope
	page   string // that says so

	// What belongs to it: the path below the API's version, in lower case.
	paths *regexp.Regexp

	// alone: its requests are never put into a batch with others, since a batch asks
	// for all of them at once.
	alone bool

	// cost is what one request uses up; nil: 1.
	cost func(path string, query url.Values) float64
}

// scope is whose requests a service counts together.
type scope int

const (
	byTenant       scope = iota // the application's, in one tenant
	bySubscription              // the application's, in one subscription
	byApplication               // the application's, in all tenants
)

// rate is how much may be used at once, and how much comes back in a second.
//
// Services count in windows, so that burst and what comes back within a window are
// together no more than its limit: 15 in 5 s are 4 at once and 2 a second.
type rate struct{ burst, perSecond float64 }

const (
	graphLimits = "https://learn.microsoft.com/graph/throttling-limits"
	armLimits   = "https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling"
	queryLimits = "https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests"
)

// graphWorkloads are those of Microsoft Graph. The first that fits is meant; the last
// one fits everything.
var graphWorkloads = []workload{
	{
		// 1 request a second for all applications of a tenant, and no Retry-After.
		name: "conditional access", rate: rate{1, 0.9}, alone: true, page: graphLimits,
		paths: regexp.MustCompile(`^/(identity/conditionalaccess|policies/conditionalaccess|identityprotection)`),
	},
	{
		// 5 in 10 s.
		name: "identity reports", rate: rate{1, 0.4}, alone: true, page: graphLimits,
		paths: regexp.MustCompile(`^/(auditlogs|reports)/`),
	},
	{
		// Secure scores: 150 a minute, of which never more than 4 at once.
		name: "security", rate: rate{4, 2.4}, alone: true, page: graphLimits,
		paths: regexp.MustCompile(`^/security/`),
	},
	{
		// Intune: 2,000 in 20 s.
		name: "intune", rate: rate{400, 80}, page: graphLimits,
		paths: regexp.MustCompile(`^/(devicemanagement|deviceappmanagement)/`),
	},
	{
		// Directory objects: 3,500 resource units in 10 s in the smallest tenants. Others
		// of the application share them, so that half is left to those.
		name: "identity", rate: rate{500, 125}, page: graphLimits, cost: resourceUnits,
		paths: regexp.MustCompile(``),
	},
}

// graphTotal is for all of an application's requests to directories, wherever they
// are: 150,000 units in 20 s.
var graphTotal = workload{
	name: "all tenants", rate: rate{25_000, 5_000}, counts: byApplication, page: graphLimits, cost: resourceUnits,
}

// armWorkloads are those of Azure Resource Manager.
var armWorkloads = []workload{
	{
		// 15 queries in 5 s.
		name: "resource graph", rate: rate{4, 2}, page: queryLimits,
		paths: regexp.MustCompile(`^/providers/microsoft\.resourcegraph/`),
	},
	{
		// Reads at a subscription: a bucket of 250 into which 25 come a second.
		name: "subscription reads", rate: rate{200, 20}, counts: bySubscription, page: armLimits,
		paths: regexp.MustCompile(`^/subscriptions/[^/]+/`),
	},
	{
		// Reads at the tenant: the same.
		name: "tenant reads", rate: rate{200, 20}, page: armLimits,
		paths: regexp.MustCompile(``),
	},
}

// unitCosts are the resource units of directory requests that cost more than one.
var unitCosts = []struct {
	path  *regexp.Regexp
	units float64
}{
	{regexp.MustCompile(`^/applications$`), 2},
	{regexp.MustCompile(`^/applications/[^/]+/extensionproperties$`), 2},
	{regexp.MustCompile(`^/contracts$`), 3},
	{regexp.MustCompile(`^/directoryobjects/getbyids$`), 3},
	{regexp.MustCompile(`^/domains/[^/]+/domainnamereferences$`), 4},
	{regexp.MustCompile(`^/groups/[^/]+/members$`), 3},
	{regexp.MustCompile(`^/groups/[^/]+/transitivemembers$`), 5},
	{regexp.MustCompile(`^/oauth2permissiongrants`), 2},
	{regexp.MustCompile(`^/serviceprincipals/[^/]+/approleassignments$`), 2},
	{regexp.MustCompile(`^/subscribedskus$`), 3},
	{regexp.MustCompile(`^/users$`), 2},
}

// resourceUnits is what a directory request costs by Graph's table. The answer tells
// what it did cost.
func resourceUnits(path string, query url.Values) float64 {
	units := 1.0
	for _, c := range unitCosts {
		if c.path.MatchString(path) {
			units = c.units
			break
		}
	}

	top, err := strconv.Atoi(query.Get("$top"))
	switch {
	case query.Has("$select"):
		units--
	case query.Has("$expand"):
		units++
	}
	if err == nil && top < 20 {
		units--
	}
	return max(units, 1)
}

// workloadOf is what a path below the API's version belongs to.
func workloadOf(all []workload, path string) *workload {
	path = strings.ToLower(path)
	for i := range all {
		if all[i].paths.MatchString(path) {
			return &all[i]
		}
	}
	return nil
}

// asked is one request as a service counts it: a request of its own, or one of a
// batch.
type asked struct {
	path  string // below the API's version, as it was sent
	query url.Values
}

// askedBy are the requests in a request. base is the API's address.
func (a *api) askedBy(req *http.Request, payload []byte, base *url.URL) []asked {
	path := a.below(req.URL.Path, base)
	if path != "/$batch" {
		return []asked{{path, req.URL.Query()}}
	}

	var batch struct{ Requests []struct{ URL string } }
	if json.Unmarshal(payload, &batch) != nil {
		return nil // nobody sends that: see checkBatch
	}

	var all []asked
	for _, item := range batch.Requests {
		if to, err := url.Parse(item.URL); err == nil {
			all = append(all, asked{to.Path, to.Query()})
		}
	}
	return all
}

// below is a path below the API's version. base is the API's address.
func (a *api) below(path string, base *url.URL) string {
	path = strings.TrimPrefix(path, base.Path)
	if !a.versioned {
		return path
	}
	_, path, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + path
}

// inSubscription is the subscription in a path, in lower case, or "".
func inSubscription(path string) string {
	rest, ok := strings.CutPrefix(strings.ToLower(path), subscriptionPath)
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}
