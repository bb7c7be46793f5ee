package emulator

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var guidShape = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// arm answers below /arm.
func (s *Server) arm(q *call) answer {
	if code, message := s.armTokenError(q); code != "" {
		a := s.failure(q, http.StatusUnauthorized, code, message)
		a.header["WWW-Authenticate"] = fmt.Sprintf(`Bearer authorization_uri="https://login.windows.net/", error="invalid_token", error_description="%s"`, strings.ReplaceAll(message, `"`, `'`))
		return a
	}

	e, found := find(armEndpoints, q.path)
	if a, bad := s.armVersionError(q, e, found); bad {
		return a
	}

	sub := subscriptionOf(q.path)

	if strings.HasPrefix(strings.ToLower(q.path), "/subscriptions/") {
		if a, bad := s.subscriptionError(q, sub); bad {
			return a
		}
	}

	if !found {
		return s.unknownResource(q)
	}

	scope := scopeOf(q.path)
	if e.action != "" && !q.tenant.mayRead(e.action, scope) && !(e.item != nil && q.tenant.seesSubscription(sub)) {
		return s.failure(q, http.StatusForbidden, "AuthorizationFailed", fmt.Sprintf(
			"The client '%s' with object id '%s' does not have authorization to perform action '%s' over scope '%s' or the scope is invalid. If access was recently granted, please refresh your credentials.",
			q.claims.AppID, q.claims.ObjectID, e.action, scope))
	}

	if group := strings.Split(scope, "/"); len(group) == 5 && !q.tenant.hasGroup(sub, group[4]) {
		return s.failure(q, http.StatusNotFound, "ResourceGroupNotFound", fmt.Sprintf("Resource group '%s' could not be found.", group[4]))
	}

	return s.armAnswer(q, e)
}

// scopeOf is the resource group, else the subscription, that a path is in.
func scopeOf(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) > 4 && strings.EqualFold(parts[3], "resourceGroups") {
		return strings.Join(parts[:5], "/")
	}
	return strings.Join(parts[:min(3, len(parts))], "/")
}

func (t *Tenant) hasGroup(sub, name string) bool {
	return slices.ContainsFunc(t.data["/arm/subscriptions/"+sub+"/resourcegroups"], func(o object) bool { return strings.EqualFold(fmt.Sprint(o["name"]), name) })
}

func (s *Server) armTokenError(q *call) (code, message string) {
	switch {
	case q.tokenErr == errNoToken:
		return "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
	case q.tokenErr != nil, q.tenant == nil:
		return "InvalidAuthenticationToken", "The access token is invalid."
	case q.claims.Audience != armAudience:
		return "InvalidAuthenticationTokenAudience", fmt.Sprintf("The access token has been obtained for wrong audience or resource '%s'. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'.", q.claims.Audience)
	case q.claims.Expires <= s.now().Unix():
		const form = "1/2/2006 3:04:05 PM"
		return "ExpiredAuthenticationToken", fmt.Sprintf("The access token expiry UTC time '%s' is earlier than current UTC time '%s'.", unix(q.claims.Expires).Format(form), s.now().Format(form))
	}

	return "", ""
}

func (s *Server) armVersionError(q *call, e endpoint, found bool) (answer, bool) {
	version := q.query.Get("api-version")
	if version == "" {
		return s.failure(q, http.StatusBadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests."), true
	}
	if !found || slices.Contains(e.versions, version) {
		return answer{}, false
	}

	supported := strings.Join(e.versions, ", ")

	if namespace, typ, ok := provider(q.path); ok {
		return s.failure(q, http.StatusNotFound, "InvalidResourceType", fmt.Sprintf("The resource type '%s' could not be found in the namespace '%s' for api version '%s'. The supported api-versions are '%s'.", typ, namespace, version, supported)), true
	}

	return s.failure(q, http.StatusBadRequest, "InvalidApiVersionParameter", fmt.Sprintf("The api-version '%s' is invalid. The supported versions are '%s'.", version, supported)), true
}

// provider takes namespace and type out of "…/providers/<namespace>/<type>".
func provider(path string) (namespace, typ string, ok bool) {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.EqualFold(p, "providers") && i+2 < len(parts) {
			return parts[i+1], parts[i+2], true
		}
	}
	return "", "", false
}

// subscriptionError: malformed, unknown, or another tenant's.
func (s *Server) subscriptionError(q *call, sub string) (answer, bool) {
	if !guidShape.MatchString(sub) {
		return s.failure(q, http.StatusBadRequest, "InvalidSubscriptionId", fmt.Sprintf("The provided subscription identifier '%s' is malformed or invalid.", sub)), true
	}

	owner := s.world.ownerOf(sub)
	switch {
	case owner == nil:
		return s.failure(q, http.StatusNotFound, "SubscriptionNotFound", fmt.Sprintf("The subscription '%s' could not be found.", sub)), true
	case owner != q.tenant:
		return s.failure(q, http.StatusUnauthorized, "InvalidAuthenticationTokenTenant", fmt.Sprintf("The access token is from the wrong issuer 'https://sts.windows.net/%s/'. It must match the tenant 'https://sts.windows.net/%s/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/%[2]s' to get the token.", q.tenant.ID, owner.ID)), true
	}

	return answer{}, false
}

func (w *World) ownerOf(sub string) *Tenant {
	for _, t := range w.Clients {
		for _, s := range t.subs {
			if s.id == sub {
				return t
			}
		}
	}

	return nil
}

func (s *Server) unknownResource(q *call) answer {
	namespace, typ, ok := provider(q.path)
	if !ok {
		return s.failure(q, http.StatusNotFound, "NotFound", fmt.Sprintf("The resource '%s' could not be found.", q.path))
	}

	for _, e := range armEndpoints {
		if known, _, _ := provider(e.path); strings.EqualFold(known, namespace) {
			return s.failure(q, http.StatusNotFound, "InvalidResourceType", fmt.Sprintf("The resource type '%s' could not be found in the namespace '%s' for api version '%s'.", typ, namespace, q.query.Get("api-version")))
		}
	}

	return s.failure(q, http.StatusNotFound, "InvalidResourceNamespace", fmt.Sprintf("The resource namespace '%s' is invalid.", namespace))
}

func (s *Server) armAnswer(q *call, e endpoint) answer {
	if e.form == member {
		return s.armMember(q)
	}

	all, known := q.tenant.data["/arm"+strings.ToLower(q.path)]

	if e.form == single {
		return ok(clone(all[0]))
	}
	if !known && strings.Contains(e.path, "{n}") {
		return s.unknownObject(q, q.path)
	}

	all, message := q.tenant.filtered(e, q.path, all, q.query.Get("$filter"))
	if message != "" {
		return s.failure(q, http.StatusBadRequest, "UnsupportedQuery", message)
	}

	size := s.opts.PageSize

	if e.form == wholeList {
		size = len(all) + 1
	}

	if top := q.query.Get("$top"); top != "" {
		n, err := strconv.Atoi(top)
		if err != nil || n < 1 {
			return s.failure(q, http.StatusBadRequest, "InvalidTopParameter", fmt.Sprintf("The $top value '%s' is not valid.", top))
		}
		size = n
	}

	doc, p, valid := s.paged(q, all, size)
	if !valid {
		return s.failure(q, http.StatusBadRequest, "InvalidSkipToken", "The provided skip token is not valid or has expired.")
	}

	if e.path == "/subscriptions" {
		doc["count"] = object{"type": "Total", "value": len(all)}
	}

	a := ok(doc)
	a.page = p
	hideUnexpanded(q, e, &a)

	return a
}

// hideUnexpanded takes away what the request did not ask to expand.
func hideUnexpanded(q *call, e endpoint, a *answer) {
	switch {
	case e.dataset == "azure.resources":
		hidden := unexpanded(q.query.Get("$expand"))
		a.items(func(o object) { drop(o, hidden) })
	case e.dataset == "azure.lighthouse_assignments" && q.query.Get("$expandRegistrationDefinition") != "true":
		a.items(func(o object) {
			p := clone(o["properties"].(object))
			delete(p, "registrationDefinition")
			o["properties"] = p
		})
	}
}

// armMember is the object of the list above whose name is the last segment.
func (s *Server) armMember(q *call) answer {
	at := strings.LastIndexByte(q.path, '/')
	for _, o := range q.tenant.data["/arm"+strings.ToLower(q.path[:at])] {
		if strings.EqualFold(fmt.Sprint(o["name"]), q.path[at+1:]) {
			return ok(clone(o))
		}
	}
	return s.unknownObject(q, q.path)
}

func (s *Server) unknownObject(q *call, path string) answer {
	return s.failure(q, http.StatusNotFound, "ResourceNotFound", fmt.Sprintf("The Resource '%s' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix", strings.TrimPrefix(path, "/")))
}

// filtered is the part of a list that the caller sees and asks for.
func (t *Tenant) filtered(e endpoint, path string, all []object, filter string) (seen []object, message string) {
	if e.dataset == "azure.caller_access" {
		return t.filterAssignments(all, filter)
	}
	if filter != "" {
		return nil, fmt.Sprintf("The filter '%s' is not supported.", filter)
	}
	if e.item == nil && e.path != "/subscriptions" || t.readsAll(path) {
		return all, ""
	}

	for _, o := range all {
		switch {
		case e.path == "/subscriptions" && !t.seesSubscription(o["subscriptionId"].(string)):
		case e.item != nil && !t.mayRead(e.item(o), o["id"].(string)):
		default:
			seen = append(seen, o)
		}
	}

	return seen, ""
}

var (
	assignedTo  = regexp.MustCompile(`^assignedTo\('([^']*)'\)$`)
	principalEq = regexp.MustCompile(`^principalId eq '([^']*)'$`)
)

// filterAssignments: assignedTo finds what a principal has by itself and
// through its groups, principalId only the former, atScope nothing from below.
func (t *Tenant) filterAssignments(all []object, filter string) (found []object, message string) {
	principals := []string(nil)
	switch m, p := assignedTo.FindStringSubmatch(filter), principalEq.FindStringSubmatch(filter); {
	case filter == "" || filter == "atScope()":
		return all, ""
	case m != nil && strings.EqualFold(m[1], t.ObjectID):
		principals = append([]string{t.ObjectID}, t.groups...)
	case m != nil:
		principals = m[1:]
	case p != nil:
		principals = p[1:]
	default:
		return nil, fmt.Sprintf("The filter '%s' is not supported. Supported filters are either 'atScope()' or 'principalId eq '{value}' or assignedTo('{value}')'.", filter)
	}

	for _, o := range all {
		id := o["properties"].(object)["principalId"].(string)
		if slices.ContainsFunc(principals, func(p string) bool { return strings.EqualFold(p, id) }) {
			found = append(found, o)
		}
	}

	return found, ""
}

// unexpanded are the properties of a resource that $expand did not ask for.
func unexpanded(expand string) []string {
	asked := strings.Split(expand, ",")
	return slices.DeleteFunc([]string{"createdTime", "changedTime", "provisioningState"}, func(name string) bool {
		return slices.Contains(asked, name)
	})
}

func drop(o object, names []string) {
	for _, name := range names {
		delete(o, name)
	}
}
