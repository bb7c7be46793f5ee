package emulator

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxTop is Graph's limit for $top of directory objects.
const maxTop = 999

// Refusals of Microsoft Graph, as it words them.
var (
	badGraphToken   = refusal{401, "InvalidAuthenticationToken", "%s"}
	badGraphVersion = refusal{400, "BadRequest", "Invalid version: %s"}
	unknownSegment  = refusal{400, "BadRequest", "Resource not found for the segment '%s'."}
	notConsented    = refusal{403, "Authorization_RequestDenied",
		"Insufficient privileges to complete the operation."}
	needsP1 = refusal{403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
		"Neither tenant is B2C or tenant doesn't have premium license"}
	needsP2 = refusal{400, "AadPremiumLicenseRequired",
		"The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."}
	needsIntune     = refusal{400, "BadRequest", "Request not applicable to target tenant."}
	needsSharePoint = refusal{400, "BadRequest", "Tenant does not have a SPO license."}
	unknownOption   = refusal{400, "Request_UnsupportedQuery", "The query option '%s' is not supported here."}
	unknownProperty = refusal{400, "BadRequest",
		"Parsing OData Select and Expand failed: Could not find a property named '%s' on type '%s'."}
	badGraphFilter = refusal{400, "BadRequest", "Invalid filter clause"}
	filterMissing  = refusal{400, "BadRequest", "The required filter '%s eq {value}' is missing."}
	badPageSize    = refusal{400, "Request_BadRequest",
		"Invalid page size specified: '%s'. Must be between 1 and %d inclusive."}
	badPageToken = refusal{400, "Directory_ExpiredPageToken",
		"The specified page token value has expired and can no longer be included in your request."}
	notSetUp = refusal{404, "ResourceNotFound",
		`{"_version": 3, "Message": "An error has occurred - Activity ID: %s", "CustomApiErrorPhrase": ""}`}
	unknownObject = refusal{404, "Request_ResourceNotFound",
		"Resource '%s' does not exist or one of its queried reference-property objects are not present."}
)

// unlicensed are the answers to a tenant without a service plan.
var unlicensed = map[string]refusal{
	planP1: needsP1, planP2: needsP2, planIntune: needsIntune, planSharePoint: needsSharePoint,
}

// graphChallenge is what Graph says beside a token that it does not take.
const graphChallenge = `Bearer realm="", ` +
	`authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ` +
	`client_id="00000003-0000-0000-c000-000000000000"`

// graph answers below /graph/{version}: token, version, path, permission,
// licence and options are checked in this order.
func (s *Server) graph(q *call) answer {
	if message := s.graphTokenError(q); message != "" {
		a := s.refuse(q, badGraphToken, message)
		a.header["WWW-Authenticate"] = graphChallenge
		return a
	}

	if q.version != "v1.0" && q.version != "beta" {
		return s.refuse(q, badGraphVersion, q.version)
	}
	if isBatch(q) {
		return s.batch(q)
	}

	e, found := find(graphEndpoints, q.path)
	if !found || e.beta && q.version != "beta" {
		return s.refuse(q, unknownSegment, lastOf(q.path))
	}

	if !slices.ContainsFunc(q.claims.Roles, func(r string) bool { return slices.Contains(e.roles, r) }) {
		return s.refuse(q, notConsented)
	}
	if e.plan != "" && !q.tenant.licensed(e.plan) {
		return s.refuse(q, unlicensed[e.plan])
	}
	if option := unsupportedOption(q, e); option != "" {
		return s.refuse(q, unknownOption, option)
	}

	return s.graphAnswer(q, e)
}

func (s *Server) graphTokenError(q *call) string {
	switch {
	case q.tokenErr == errNoToken:
		return "Access token is empty."
	case q.tokenErr != nil:
		return "CompactToken parsing failed with error code: 80049217"
	case q.tenant == nil:
		return "Access token validation failure."
	case q.claims.Audience != graphAudience:
		return "Access token validation failure. Invalid audience."
	case q.claims.Expires <= s.now().Unix():
		return "Lifetime validation failed, the token is expired."
	}

	return ""
}

// unsupportedOption names a system query option that this emulator would
// ignore: an answer that pretends to have filtered would hide a caller's error.
func unsupportedOption(q *call, e endpoint) string {
	known := []string{"$select", "$top", "$skiptoken"}
	if e.form == changes {
		known = append(known, "$deltatoken")
	}
	if e.filter != "" || e.log != nil {
		known = append(known, "$filter")
	}

	if e.expand != "" && q.query.Get("$expand") == e.expand {
		known = append(known, "$expand")
	}

	for name := range q.query {
		if strings.HasPrefix(name, "$") && !slices.Contains(known, name) {
			return name
		}
	}

	return ""
}

func (s *Server) graphAnswer(q *call, e endpoint) answer {
	properties, unknown := e.selected(q.query.Get("$select"))
	if unknown != "" {
		return s.refuse(q, unknownProperty, unknown, e.entity)
	}

	collection := q.path
	if e.form == member || e.form == changes {
		collection = parentOf(q.path)
	}

	all, refused := s.collected(q, e, collection)
	if refused != nil {
		return *refused
	}

	context := s.URL + "/graph/" + q.version + "/$metadata#" + strings.TrimPrefix(collection, "/")
	if properties != nil {
		context += "(" + strings.Join(properties, ",") + ")"
	}

	switch e.form {
	case single:
		if e.plan == planIntune {
			return s.first(q, all, notSetUp, q.id, properties, context)
		}
		return s.first(q, all, unknownObject, lastOf(q.path), properties, context)
	case member:
		return s.first(q, matching(all, "id", lastOf(q.path)), unknownObject, lastOf(q.path), properties, context)
	}

	if e.form == changes {
		return s.changed(q, e, all, properties, context)
	}

	return s.graphList(q, e, all, properties, context)
}

// collected are the objects that an endpoint has, those alone that $filter asks for
// and the version shows. refused is why there are none, nil if there are.
func (s *Server) collected(q *call, e endpoint, collection string) (all []object, refused *answer) {
	refuse := func(r refusal, args ...any) ([]object, *answer) {
		a := s.refuse(q, r, args...)
		return nil, &a
	}

	switch {
	case e.found != nil:
		return e.found(s.world, argument(q.path)), nil
	case e.log != nil:
		all, understood := s.events(q, e)
		if !understood {
			return refuse(badGraphFilter)
		}
		return all, nil
	}

	all, known := q.tenant.data["/graph"+strings.ToLower(collection)]
	if parent, _, isBelow := strings.Cut(e.path, "{"); e.form == list && !known && isBelow {
		return refuse(unknownObject, strings.Split(q.path, "/")[strings.Count(parent, "/")])
	}

	if e.dated {
		all = dated(all, s.now())
	}
	if q.version == "v1.0" && e.onlyBeta != nil {
		all = slices.DeleteFunc(slices.Clone(all), e.onlyBeta)
	}
	if e.filter == "" {
		return all, nil
	}

	m := equals.FindStringSubmatch(q.query.Get("$filter"))
	if m == nil || m[1] != e.filter {
		return refuse(filterMissing, e.filter)
	}
	return matching(all, e.filter, m[2]), nil
}

// first answers with the first of some objects, or refuses where there is none.
func (s *Server) first(
	q *call, of []object, none refusal, what string, properties []string, context string,
) answer {
	if len(of) == 0 {
		return s.refuse(q, none, what)
	}
	return one(of[0], properties, context, q)
}

func (s *Server) graphList(q *call, e endpoint, all []object, properties []string, context string) answer {
	size, largest := s.opts.PageSize, cmp.Or(e.top, maxTop)
	if top := q.query.Get("$top"); top != "" {
		n, err := strconv.Atoi(top)
		if err != nil || n < 1 || n > largest {
			return s.refuse(q, badPageSize, top, largest)
		}
		size = n
	}

	doc, p, valid := s.paged(q, all, size)
	if !valid {
		return s.refuse(q, badPageToken)
	}

	doc["@odata.context"] = context
	a := ok(doc)
	a.page = p
	if e.counts {
		doc["@odata.count"] = len(doc["value"].([]any))
	}
	a.items(func(o object) {
		e.show(o, properties)
		if q.query.Get("$expand") == "" {
			delete(o, e.expand)
		}
	})

	return a
}

// equals is the one comparison that filters may have here.
var equals = regexp.MustCompile(`^(\w+) eq '([^']*)'$`)

// matching are the objects with a value at a property, whatever its case.
func matching(all []object, property, value string) []object {
	return slices.DeleteFunc(slices.Clone(all), func(o object) bool {
		return !strings.EqualFold(fmt.Sprint(o[property]), value)
	})
}

// one is an answer with a single entity. Without $select, Graph adds a hint.
func one(o object, properties []string, context string, q *call) answer {
	doc := clone(o)
	keep(doc, properties)
	doc["@odata.context"] = context + "/$entity"

	if properties == nil {
		doc["@microsoft.graph.tips"] = fmt.Sprintf(tip, strings.TrimPrefix(q.path, "/"))
	}

	return ok(doc)
}

const tip = "Use $select to choose only the properties your app needs, " +
	"as this can lead to performance improvements. For example: GET %s?$select=id"

// keep deletes the properties of an object that are not in a list; nil keeps all.
func keep(o object, properties []string) {
	for name := range o {
		if properties != nil && !slices.Contains(properties, name) && name[0] != '@' {
			delete(o, name)
		}
	}
}

// show leaves what was asked for, or what is usual, of an object.
func (e endpoint) show(o object, properties []string) {
	if properties == nil && e.usual != nil {
		properties = slices.Collect(maps.Keys(e.usual))
	}

	keep(o, properties)

	for _, name := range properties {
		if v, usual := e.usual[name]; usual {
			if _, has := o[name]; !has {
				o[name] = v
			}
		}
	}
}

// selected parses $select; unknown is a property that the entity does not have.
func (e endpoint) selected(option string) (properties []string, unknown string) {
	if option == "" || option == "*" {
		return nil, ""
	}

	for name := range strings.SplitSeq(option, ",") {
		name = strings.TrimSpace(name)
		if !e.has(name) {
			return nil, name
		}
		properties = append(properties, name)
	}

	return properties, ""
}
