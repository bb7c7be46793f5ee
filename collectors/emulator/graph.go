package emulator

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ringfence/collectors/snapshot"
)

// maxTop is Graph's limit for $top of directory objects.
const maxTop = 999

// graph answers below /graph/{version}.
func (s *Server) graph(q *call) answer {
	if message := s.graphTokenError(q); message != "" {
		a := s.failure(q, http.StatusUnauthorized, "InvalidAuthenticationToken", message)
		a.header["WWW-Authenticate"] = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`
		return a
	}

	if q.version != "v1.0" && q.version != "beta" {
		return s.failure(q, http.StatusBadRequest, "BadRequest", "Invalid version: "+q.version)
	}
	if isBatch(q) {
		return s.batch(q)
	}

	e, found := find(graphEndpoints, q.path)
	if !found {
		segment := q.path[strings.LastIndexByte(q.path, '/')+1:]
		return s.failure(q, http.StatusBadRequest, "BadRequest", fmt.Sprintf("Resource not found for the segment '%s'.", segment))
	}

	if !slices.ContainsFunc(q.claims.Roles, func(r string) bool { return slices.Contains(e.roles, r) }) {
		return s.failure(q, http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	}
	if e.plan != "" && !q.tenant.licensed(e.plan) {
		return s.unlicensed(q)
	}
	if option := unsupportedOption(q, e); option != "" {
		return s.failure(q, http.StatusBadRequest, "Request_UnsupportedQuery", fmt.Sprintf("The query option '%s' is not supported here.", option))
	}

	return s.graphAnswer(q, e)
}

func (s *Server) unlicensed(q *call) answer {
	return s.failure(q, http.StatusBadRequest, "AadPremiumLicenseRequired", "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.")
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
	if e.filter != "" {
		known = append(known, "$filter")
	}

	for name := range q.query {
		if strings.HasPrefix(name, "$") && !slices.Contains(known, name) {
			return name
		}
	}

	return ""
}

func (s *Server) graphAnswer(q *call, e endpoint) answer {
	properties, message := e.selected(q.query.Get("$select"))
	if message != "" {
		return s.failure(q, http.StatusBadRequest, "BadRequest", message)
	}

	collection := q.path

	if e.form == member {
		collection = q.path[:strings.LastIndexByte(q.path, '/')]
	}

	all, known := q.tenant.data["/graph"+strings.ToLower(collection)]
	if e.form == list && !known && strings.Contains(e.path, "{") {
		return s.notFound(q, strings.Split(q.path, "/")[strings.Count(e.path[:strings.Index(e.path, "{")], "/")])
	}
	if all, message = e.filtered(q, all); message != "" {
		return s.failure(q, http.StatusBadRequest, "BadRequest", message)
	}

	context := s.URL + "/graph/" + q.version + "/$metadata#" + strings.TrimPrefix(collection, "/")

	if properties != nil {
		context += "(" + strings.Join(properties, ",") + ")"
	}

	switch e.form {
	case single:
		return one(all[0], properties, context, q)
	case member:
		return s.graphMember(q, all, properties, context)
	}

	size, message := s.graphPageSize(q, e)
	if message != "" {
		return s.failure(q, http.StatusBadRequest, "Request_BadRequest", message)
	}

	doc, p, valid := s.paged(q, all, size)
	if !valid {
		return s.failure(q, http.StatusBadRequest, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request.")
	}

	doc["@odata.context"] = context
	a := ok(doc)
	a.page = p
	a.items(func(o object) { e.show(o, properties) })

	return a
}

// filtered is a list without what $filter excludes. Where a service demands
// one, it compares one property with a value.
func (e endpoint) filtered(q *call, all []object) (found []object, message string) {
	if e.dataset == "entra.group_members" && q.version == "v1.0" {
		return withoutApplications(all), "" // a documented gap of v1.0
	}
	if e.filter == "" {
		return all, ""
	}

	m := equals.FindStringSubmatch(q.query.Get("$filter"))
	if m == nil || m[1] != e.filter {
		return nil, fmt.Sprintf("The required filter '%s eq {value}' is missing.", e.filter)
	}

	for _, o := range all {
		if strings.EqualFold(fmt.Sprint(o[e.filter]), m[2]) {
			found = append(found, o)
		}
	}

	return found, ""
}

func withoutApplications(members []object) []object {
	return slices.DeleteFunc(slices.Clone(members), func(o object) bool { return o["@odata.type"] == "#microsoft.graph.servicePrincipal" })
}

var equals = regexp.MustCompile(`^(\w+) eq '([^']*)'$`)

func (s *Server) graphMember(q *call, all []object, properties []string, context string) answer {
	id := q.path[strings.LastIndexByte(q.path, '/')+1:]
	for _, o := range all {
		if strings.EqualFold(fmt.Sprint(o["id"]), id) {
			return one(o, properties, context, q)
		}
	}
	return s.notFound(q, id)
}

func (s *Server) notFound(q *call, id string) answer {
	return s.failure(q, http.StatusNotFound, "Request_ResourceNotFound", fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", id))
}

// one is an answer with a single entity. Without $select, Graph adds a hint.
func one(o object, properties []string, context string, q *call) answer {
	doc := clone(o)
	keep(doc, properties)
	doc["@odata.context"] = context + "/$entity"

	if properties == nil {
		doc["@microsoft.graph.tips"] = "Use $select to choose only the properties your app needs, as this can lead to performance improvements. For example: GET " + strings.TrimPrefix(q.path, "/") + "?$select=id"
	}

	return ok(doc)
}

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

// selected parses $select; a property that the entity does not have is an error.
func (e endpoint) selected(option string) (properties []string, message string) {
	if option == "" || option == "*" {
		return nil, ""
	}

	schema, err := snapshot.SchemaFor(e.dataset)
	for _, name := range strings.Split(option, ",") {
		name = strings.TrimSpace(name)
		if err == nil && schema.Properties[name] == nil && !slices.Contains(e.extra, name) {
			return nil, fmt.Sprintf("Parsing OData Select and Expand failed: Could not find a property named '%s' on type '%s'.", name, e.entity)
		}
		properties = append(properties, name)
	}

	return properties, ""
}

func (s *Server) graphPageSize(q *call, e endpoint) (size int, message string) {
	largest := maxTop
	if e.top > 0 {
		largest = e.top
	}

	top := q.query.Get("$top")
	if top == "" {
		return s.opts.PageSize, ""
	}

	n, err := strconv.Atoi(top)
	if err != nil || n < 1 || n > largest {
		return 0, fmt.Sprintf("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", top, largest)
	}

	return n, ""
}
