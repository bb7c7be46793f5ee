package emulator

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var guidShape = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Refusals of Azure Resource Manager, as it words them.
var (
	noBearerToken = refusal{401, "AuthenticationFailed",
		"Authentication failed. The 'Authorization' header is missing."}
	badBearerToken = refusal{401, "InvalidAuthenticationToken", "The access token is invalid."}
	otherAudience  = refusal{401, "InvalidAuthenticationTokenAudience",
		"The access token has been obtained for wrong audience or resource '%s'. It should exactly match " +
			"with one of the allowed audiences " +
			"'https://management.core.windows.net/','https://management.core.windows.net'," +
			"'https://management.azure.com/','https://management.azure.com'."}
	tokenExpired = refusal{401, "ExpiredAuthenticationToken",
		"The access token expiry UTC time '%s' is earlier than current UTC time '%s'."}
	otherTenant = refusal{401, "InvalidAuthenticationTokenTenant",
		"The access token is from the wrong issuer 'https://sts.windows.net/%s/'. It must match the " +
			"tenant 'https://sts.windows.net/%s/' associated with this subscription. Please use the " +
			"authority (URL) 'https://login.windows.net/%[2]s' to get the token."}
	notAuthorized = refusal{403, "AuthorizationFailed",
		"The client '%s' with object id '%s' does not have authorization to perform action '%s' over " +
			"scope '%s' or the scope is invalid. If access was recently granted, please refresh your " +
			"credentials."}
	noVersion = refusal{400, "MissingApiVersionParameter",
		"The api-version query parameter (?api-version=) is required for all requests."}
	badVersion = refusal{400, "InvalidApiVersionParameter",
		"The api-version '%s' is invalid. The supported versions are '%s'."}
	badTypeVersion = refusal{404, "InvalidResourceType",
		"The resource type '%s' could not be found in the namespace '%s' for api version '%s'. The " +
			"supported api-versions are '%s'."}
	unknownType = refusal{404, "InvalidResourceType",
		"The resource type '%s' could not be found in the namespace '%s' for api version '%s'."}
	unknownProvider = refusal{404, "InvalidResourceNamespace", "The resource namespace '%s' is invalid."}
	unknownPath     = refusal{404, "NotFound", "The resource '%s' could not be found."}
	unknownResource = refusal{404, "ResourceNotFound",
		"The Resource '%s' was not found. For more details please go to " +
			"https://aka.ms/ARMResourceNotFoundFix"}
	unknownManagementGroup = refusal{404, "NotFound", "'%s' not found"}
	needsPremium           = refusal{400, "AadPremiumLicenseRequired",
		"The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."}
	unknownGroup = refusal{404, "ResourceGroupNotFound", "Resource group '%s' could not be found."}
	malformedSub = refusal{400, "InvalidSubscriptionId",
		"The provided subscription identifier '%s' is malformed or invalid."}
	unknownSub      = refusal{404, "SubscriptionNotFound", "The subscription '%s' could not be found."}
	badFilter       = refusal{400, "UnsupportedQuery", "%s"}
	badARMTop       = refusal{400, "InvalidTopParameter", "The $top value '%s' is not valid."}
	badARMSkipToken = refusal{400, "InvalidSkipToken", "The provided skip token is not valid or has expired."}
)

// armChallenge is what ARM says beside a token that it does not take.
const armChallenge = `Bearer authorization_uri="https://login.windows.net/", ` +
	`error="invalid_token", error_description="%s"`

// arm answers below /arm: token, version, subscription, path and role are
// checked in this order.
func (s *Server) arm(q *call) answer {
	if a, refused := s.armTokenRefusal(q); refused {
		message := a.doc["error"].(object)["message"].(string)
		a.header["WWW-Authenticate"] = fmt.Sprintf(armChallenge, strings.ReplaceAll(message, `"`, `'`))

		return a
	}

	e, found := find(armEndpoints, q.path)
	if a, refused := s.armVersionRefusal(q, e.versions, found); refused {
		return a
	}

	sub := subscriptionOf(q.path)
	if strings.HasPrefix(strings.ToLower(q.path), "/subscriptions/") {
		if a, refused := s.subscriptionRefusal(q, sub); refused {
			return a
		}
	}

	if !found {
		return s.unknownARMPath(q)
	}

	if a, refused := s.accessRefusal(q, e, sub); refused {
		return a
	}

	return s.armAnswer(q, e)
}

// accessRefusal: the caller's roles do not allow it, the tenant has no licence for it, or
// there is no such resource group.
func (s *Server) accessRefusal(q *call, e endpoint, sub string) (a answer, refused bool) {
	scope := scopeOf(q.path)
	seesPart := e.sees != nil && q.tenant.seesSubscription(sub)
	group := strings.Split(scope, "/")
	switch action := e.readAction(); {
	case sub != "" && !q.tenant.mayRead(action, scope) && !seesPart:
		return s.refuse(q, notAuthorized, q.claims.AppID, q.claims.ObjectID, action, scope), true
	case e.may != nil && !e.may(q.tenant, q.path):
		return s.refuse(q, notAuthorized, q.claims.AppID, q.claims.ObjectID, action, placeOf(q.path)), true
	case e.plan != "" && !q.tenant.licensed(e.plan):
		return s.refuse(q, needsPremium), true
	case len(group) == 5 && !q.tenant.hasGroup(sub, group[4]):
		return s.refuse(q, unknownGroup, group[4]), true
	}

	return answer{}, false
}

// scopeOf is the resource group, else the subscription, that a path is in.
func scopeOf(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) > 4 && strings.EqualFold(parts[3], "resourceGroups") {
		return strings.Join(parts[:5], "/")
	}
	return strings.Join(parts[:min(3, len(parts))], "/")
}

// placeOf is the provider's object that a path of the tenant as a whole is about:
// "/providers/Microsoft.Management/managementGroups/x".
func placeOf(path string) string {
	parts := strings.Split(path, "/")
	return strings.Join(parts[:min(5, len(parts))], "/")
}

func (t *Tenant) hasGroup(sub, name string) bool {
	return slices.ContainsFunc(t.at("/arm/subscriptions/"+sub+"/resourcegroups"), func(o object) bool {
		return strings.EqualFold(o["name"].(string), name)
	})
}

func (s *Server) armTokenRefusal(q *call) (a answer, refused bool) {
	switch {
	case q.tokenErr == errNoToken:
		return s.refuse(q, noBearerToken), true
	case q.tokenErr != nil, q.tenant == nil:
		return s.refuse(q, badBearerToken), true
	case q.claims.Audience != armAudience:
		return s.refuse(q, otherAudience, q.claims.Audience), true
	case q.claims.Expires <= s.now().Unix():
		const form = "1/2/2006 3:04:05 PM"
		return s.refuse(q, tokenExpired, unix(q.claims.Expires).Format(form), s.now().Format(form)), true
	}

	return answer{}, false
}

// armVersionRefusal checks the api-version, where the path is known.
func (s *Server) armVersionRefusal(q *call, supported []string, known bool) (a answer, refused bool) {
	version := q.query.Get("api-version")
	if version == "" {
		return s.refuse(q, noVersion), true
	}
	if !known || slices.Contains(supported, version) {
		return answer{}, false
	}

	versions := strings.Join(supported, ", ")
	if namespace, typ, ok := provider(q.path); ok {
		return s.refuse(q, badTypeVersion, typ, namespace, version, versions), true
	}

	return s.refuse(q, badVersion, version, versions), true
}

// provider takes namespace and type out of "…/providers/<namespace>/<type>".
func provider(path string) (namespace, typ string, ok bool) {
	parts := strings.Split(path, "/")
	i := slices.IndexFunc(parts, func(p string) bool { return strings.EqualFold(p, "providers") })
	if i < 0 || i+2 >= len(parts) {
		return "", "", false
	}
	return parts[i+1], parts[i+2], true
}

// subscriptionRefusal: the subscription is malformed, unknown, or another tenant's.
func (s *Server) subscriptionRefusal(q *call, sub string) (a answer, refused bool) {
	owner := s.world.ownerOf(sub)
	switch {
	case !guidShape.MatchString(sub):
		return s.refuse(q, malformedSub, sub), true
	case owner == nil:
		return s.refuse(q, unknownSub, sub), true
	case owner != q.tenant:
		return s.refuse(q, otherTenant, q.tenant.ID, owner.ID), true
	}

	return answer{}, false
}

// unknownARMPath says what of a path is unknown: its type, its provider, or all of it.
func (s *Server) unknownARMPath(q *call) answer {
	namespace, typ, ok := provider(q.path)
	if !ok {
		return s.refuse(q, unknownPath, q.path)
	}

	for _, e := range armEndpoints {
		if known, _, _ := provider(e.path); strings.EqualFold(known, namespace) {
			return s.refuse(q, unknownType, typ, namespace, q.query.Get("api-version"))
		}
	}

	return s.refuse(q, unknownProvider, namespace)
}

func (s *Server) armAnswer(q *call, e endpoint) answer {
	if e.form == member {
		return s.armMember(q)
	}

	all, known := q.tenant.data["/arm"+strings.ToLower(q.path)]
	switch {
	case e.form == single && len(all) > 0:
		return ok(clone(all[0]))
	case !known && strings.Contains(e.path, "{group}"):
		return s.refuse(q, unknownManagementGroup, placeOf(q.path))
	case !known && strings.Contains(e.path, "{n}"), e.form == single:
		return s.noSuchResource(q)
	}

	return s.armList(q, e, all)
}

func (s *Server) armList(q *call, e endpoint, all []object) answer {
	all, message := q.tenant.visible(e, q.path, all, q.query.Get("$filter"))
	if message != "" {
		return s.refuse(q, badFilter, message)
	}

	size := s.opts.PageSize
	if e.form == wholeList {
		size = len(all) + 1
	}
	if top := q.query.Get("$top"); top != "" {
		n, err := strconv.Atoi(top)
		if err != nil || n < 1 {
			return s.refuse(q, badARMTop, top)
		}
		size = n
	}

	doc, p, valid := s.paged(q, all, size)
	if !valid {
		return s.refuse(q, badARMSkipToken)
	}
	if e.total {
		doc["count"] = object{"type": "Total", "value": len(all)}
	}

	a := ok(doc)
	a.page = p
	if e.trim != nil {
		a.items(func(o object) { e.trim(q.query, o) })
	}

	return a
}

// armMember is the object of the list above whose name is the last segment.
func (s *Server) armMember(q *call) answer {
	for _, o := range q.tenant.at("/arm" + parentOf(q.path)) {
		if strings.EqualFold(o["name"].(string), lastOf(q.path)) {
			return ok(clone(o))
		}
	}
	return s.noSuchResource(q)
}

func (s *Server) noSuchResource(q *call) answer {
	return s.refuse(q, unknownResource, strings.TrimPrefix(q.path, "/"))
}

// visible is the part of a list that the caller sees and asks for, or why the
// filter is refused.
func (t *Tenant) visible(e endpoint, path string, all []object, filter string) ([]object, string) {
	switch {
	case e.filtered != nil:
		return e.filtered(t, all, filter)
	case filter != "":
		return nil, fmt.Sprintf("The filter '%s' is not supported.", filter)
	case e.sees == nil || t.readsAll(path):
		return all, ""
	}

	return slices.DeleteFunc(slices.Clone(all), func(o object) bool { return !e.sees(t, o) }), ""
}
