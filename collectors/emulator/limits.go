package emulator

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"
)

// The limits that Microsoft publishes, as [Options.Limits] turns them on:
//
//	https://learn.microsoft.com/graph/throttling-limits
//	https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
//	https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
//
// Each is a bucket of tokens that fills up evenly. What a request costs, and whose bucket
// it is taken from, depends on the service behind the path.

// limit is one published limit: so many tokens within a time, for each holder.
type limit struct {
	name   string
	tokens float64
	within time.Duration
	holder func(q *call) string

	// cost of a request, in tokens; nil: one.
	cost func(q *call) float64

	// How a refusal looks: with or without Retry-After, its error, and other headers.
	waits   bool
	refusal refusal
	headers func(q *call, l limit, left float64) map[string]string
}

// Holders of a limit.
func ofTenant(q *call) string      { return q.tenantID }
func ofApplication(q *call) string { return q.claims.AppID + " in " + q.tenantID }
func ofAll(q *call) string         { return q.claims.AppID }
func ofPrincipal(q *call) string   { return q.claims.ObjectID }
func ofSubscription(q *call) string {
	rest := strings.TrimPrefix(strings.ToLower(q.path), "/subscriptions/")
	subscription, _, _ := strings.Cut(rest, "/")
	return q.claims.ObjectID + " at " + subscription
}

// Refusals of a service that is asked too often.
var (
	throttledIdentity = refusal{429, "Request_ThrottledTemporarily",
		"This request is throttled. Please try again after the value specified in the Retry-After header."}
	throttledService = refusal{429, "TooManyRequests", "Too many requests. Please retry later."}
	throttledGraph   = refusal{429, "RateLimiting",
		"Please provide below info when asking for support: the query was throttled."}
	throttledReads = refusal{429, "SubscriptionRequestsThrottled",
		"Number of 'read' requests for the subscription exceeded the limit. Please try again later."}
)

// anyGraph counts every request to Graph, whatever the service behind it.
var anyGraph = limit{name: "graph", tokens: 130_000, within: 10 * time.Second, holder: ofAll, waits: true,
	refusal: throttledService}

// Limits of the services behind Graph.
var (
	// Conditional access shares one request a second among all applications of a tenant,
	// and does not say how long to wait. Half a second is for what a network delays.
	conditionalAccess = limit{name: "conditional access", tokens: 1.5, within: 1500 * time.Millisecond,
		holder: ofTenant, refusal: throttledService}
	reports = limit{name: "reports", tokens: 5, within: 10 * time.Second, holder: ofApplication, waits: true,
		refusal: throttledService}
	deviceManagement = limit{name: "intune", tokens: 2000, within: 20 * time.Second, holder: ofApplication,
		refusal: throttledService}
	deviceManagementTotal = limit{name: "intune, all applications", tokens: 4000, within: 20 * time.Second,
		holder: ofTenant, refusal: throttledService}
	alerts = limit{name: "alerts", tokens: 150, within: time.Minute, holder: ofApplication, waits: true,
		refusal: throttledService}
	scores = limit{name: "secure score", tokens: 10_000, within: 10 * time.Minute, holder: ofApplication,
		waits: true, refusal: throttledService}
)

// identityTotal is the directory's limit of an application over all tenants.
var identityTotal = limit{name: "identity, all tenants", tokens: 150_000, within: 20 * time.Second,
	holder: ofAll, cost: resourceUnits, waits: true, refusal: throttledIdentity}

// identity10s is the directory's limit: resource units by the size of the tenant.
func identity10s(t *Tenant) limit {
	l := limit{name: "identity", within: 10 * time.Second, holder: ofApplication, cost: resourceUnits,
		waits: true, refusal: throttledIdentity, headers: identityHeaders}
	switch users := t.Size.Users; {
	case users < 50:
		l.tokens = 3500
	case users <= 500:
		l.tokens = 5000
	default:
		l.tokens = 8000
	}
	return l
}

// Limits of Azure Resource Manager.
var (
	resourceQueries = limit{name: "resource graph", tokens: 15, within: 5 * time.Second, holder: ofPrincipal,
		refusal: throttledGraph, headers: quotaHeaders}

	// 250 reads at once, 25 more each second, for each principal and subscription.
	subscriptionReads = limit{name: "reads", tokens: 250, within: 10 * time.Second, holder: ofSubscription,
		waits: true, refusal: throttledReads, headers: readHeaders}
)

// services429 are the services behind paths of Graph. Whatever is not here is the directory.
var services429 = []struct {
	path   string
	limits []limit
}{
	{"/identity/conditionalaccess", []limit{conditionalAccess}},
	{"/identityprotection", []limit{conditionalAccess}},
	{"/auditlogs", []limit{reports}},
	{"/reports", []limit{reports}},
	{"/devicemanagement", []limit{deviceManagement, deviceManagementTotal}},
	{"/deviceappmanagement", []limit{deviceManagement, deviceManagementTotal}},
	{"/security/securescore", []limit{alerts, scores}},
	{"/security", []limit{alerts}},
}

// limitsOf are the limits that a request is counted by.
func limitsOf(q *call) []limit {
	switch {
	case q.tenant == nil, isBatch(q):
		return nil
	case q.api == "graph":
		for _, service := range services429 {
			if strings.HasPrefix(strings.ToLower(q.path), service.path) {
				return append([]limit{anyGraph}, service.limits...)
			}
		}
		return []limit{anyGraph, identity10s(q.tenant), identityTotal}
	case isResourceQuery(q):
		return []limit{resourceQueries}
	case q.api == "arm":
		return []limit{subscriptionReads}
	}
	return nil
}

// bucket is what is left of a holder's limit.
type bucket struct {
	left float64
	at   time.Time
}

// throttle counts a request. refused is the limit that it exceeds, nil for none; headers
// are those that answers carry while limits are on.
func (s *Server) throttle(q *call) (refused *answer, headers map[string]string) {
	if !s.opts.Limits {
		return nil, nil
	}

	headers = map[string]string{}
	for _, l := range limitsOf(q) {
		left, wait := s.spend(l, q)
		if l.headers != nil {
			maps.Copy(headers, l.headers(q, l, left))
		}
		if wait > 0 {
			a := s.refuse(q, l.refusal)
			if l.waits {
				a.header["Retry-After"] = strconv.Itoa(int(math.Ceil(wait.Seconds())))
			}
			return &a, headers
		}
	}

	return nil, headers
}

// spend takes a request's cost from its bucket. wait is how long the bucket needs to hold
// it, where it does not: then nothing is taken.
func (s *Server) spend(l limit, q *call) (left float64, wait time.Duration) {
	cost := 1.0
	if l.cost != nil {
		cost = l.cost(q)
	}

	key, now, perSecond := l.name+"\n"+l.holder(q), s.opts.Now(), l.tokens/l.within.Seconds()
	s.mu.Lock()
	defer s.mu.Unlock()

	b, known := s.buckets[key]
	if !known {
		b = bucket{l.tokens, now}
	}
	b.left = min(l.tokens, b.left+perSecond*now.Sub(b.at).Seconds())
	b.at = now
	if b.left < cost {
		wait = time.Duration((cost - b.left) / perSecond * float64(time.Second))
	} else {
		b.left -= cost
	}
	s.buckets[key] = b

	return b.left, wait
}

// baseUnits are the resource units of requests that cost more than one.
var baseUnits = []struct {
	endpoint string
	units    float64
}{
	{"/groups/{id}/members", 3},
	{"/groups/{id}/transitiveMembers", 5},
	{"/servicePrincipals/{id}/appRoleAssignments", 2},
	{"/servicePrincipals/{id}/appRoleAssignedTo", 2},
	{"/applications", 2},
	{"/users", 2},
	{"/oauth2PermissionGrants", 2},
	{"/subscribedSkus", 3},
	{"/contracts", 3},
}

// resourceUnits are what a request to the directory costs: less if it selects properties or
// asks for few objects, more if it expands.
func resourceUnits(q *call) float64 {
	units := 1.0
	for _, b := range baseUnits {
		if (endpoint{path: b.endpoint}).matches(q.path) {
			units = b.units
		}
	}

	if q.query.Get("$select") != "" {
		units--
	}
	if q.query.Get("$expand") != "" {
		units++
	}
	if top, err := strconv.Atoi(q.query.Get("$top")); err == nil && top < 20 {
		units--
	}
	return max(units, 1)
}

func identityHeaders(q *call, l limit, left float64) map[string]string {
	headers := map[string]string{"x-ms-resource-unit": fmt.Sprint(l.cost(q))}
	if used := 1 - left/l.tokens; used > 0.8 {
		headers["x-ms-throttle-limit-percentage"] = fmt.Sprintf("%.2f", used)
	}
	if left < l.cost(q) {
		headers["x-ms-throttle-scope"] = "Tenant_Application/ReadWrite/" + q.claims.AppID + "/" + q.tenantID
		headers["x-ms-throttle-information"] = "ResourceUnitLimitExceeded"
	}
	return headers
}

// quotaHeaders: how many queries are left, and until when that counts.
func quotaHeaders(_ *call, l limit, left float64) map[string]string {
	return map[string]string{
		"x-ms-user-quota-remaining":    strconv.Itoa(int(left)),
		"x-ms-user-quota-resets-after": fmt.Sprintf("00:00:%02d", int(math.Ceil(l.within.Seconds()))),
	}
}

func readHeaders(_ *call, _ limit, left float64) map[string]string {
	return map[string]string{"x-ms-ratelimit-remaining-subscription-reads": strconv.Itoa(int(left))}
}

// answerWithinLimits answers a request unless it comes too often.
func (s *Server) answerWithinLimits(q *call) answer {
	refused, headers := s.throttle(q)
	if refused == nil {
		own := s.answer(q)
		refused = &own
	}

	a := *refused
	if a.header == nil {
		a.header = map[string]string{}
	}
	maps.Copy(a.header, headers)
	return a
}
