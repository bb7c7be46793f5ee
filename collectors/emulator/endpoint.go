package emulator

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// endpoint is one GET that the emulator answers. It is a row of a table of its
// area (entraEndpoints and so on). Its data lie in the tenant under the
// request's own path, "/graph" or "/arm" in front (see [Tenant.put]).
type endpoint struct {
	// path is a template below /graph/<version> or /arm, in which {…} takes one
	// segment, or the argument of a function ("find(name='{n}')"), and form how the
	// answer is built from the collection there.
	path string
	form form

	// dataset is the one that the endpoint is the source of, "" if there is none.
	dataset string

	// base makes the collection, of each subscription in Azure; nil where it is
	// made together with others.
	base func(*Tenant, *subscription) []object

	// Of Microsoft Graph.

	entity string   // "microsoft.graph.organization"
	roles  []string // application permissions of which one is needed, the least one first
	extra  []string // properties that the entity has and the dataset's schema does not list
	usual  object   // what an answer without $select has, and what of it tenants leave empty; nil: all
	filter string   // the property that $filter has to compare with a value
	plan   string   // the service plan that the tenant needs
	top    int      // largest $top; 0: maxTop
	expand string   // the property that is shown on $expand alone
	counts bool     // each page says how many objects it has, as those of Intune do
	beta   bool     // v1.0 does not know the path
	// dated: some times of its objects are told from the time at which they are asked for.
	dated bool
	// onlyBeta are the objects that v1.0 leaves out.
	onlyBeta func(object) bool
	// found makes the collection when it is asked for, out of all of the world; nil:
	// it lies in the tenant.
	found func(w *World, argument string) []object
	// log makes the collection out of the events of days, and bounds is the time of
	// an event, by which $filter picks some.
	log    func(t *Tenant, day time.Time) []object
	bounds string

	// Of Azure Resource Manager.

	versions []string // supported api-versions, newest first
	action   string   // what the caller must be allowed to do; "": as readAction says

	// may tells whether the caller may ask for a path of the tenant as a whole; nil:
	// everybody may.
	may func(t *Tenant, path string) bool

	// sees tells whether the caller sees an object of a list of which a role
	// below the subscription shows a part. nil: all of it, or 403.
	sees func(*Tenant, object) bool

	// filtered is the part of a list that $filter asks for; nil: no filter is supported.
	filtered func(t *Tenant, all []object, filter string) (found []object, message string)

	// trim takes away what the query does not ask for.
	trim func(query url.Values, o object)

	// total: the answer also counts the objects.
	total bool
}

// form is how an answer is built from a collection.
type form string

const (
	list      form = ""           // {"value": […]} in pages
	wholeList form = "whole list" // {"value": […]}, never paged
	single    form = "single"     // the collection's only object
	member    form = "member"     // the object of the parent collection that the last segment names
	changes   form = "changes"    // what changed in the parent collection, see changes.go
)

// graphEndpoints and armEndpoints are those of each API.
var (
	graphEndpoints = slices.Concat(entraEndpoints, deviceEndpoints, gdapEndpoints)
	armEndpoints   = slices.Concat(azureEndpoints, keyvaultEndpoints, tenantEndpoints)
)

// find returns the endpoint of a path; segments compare without case.
func find(in []endpoint, path string) (endpoint, bool) {
	if i := slices.IndexFunc(in, func(e endpoint) bool { return e.matches(path) }); i >= 0 {
		return in[i], true
	}
	return endpoint{}, false
}

func (e endpoint) matches(path string) bool {
	want, got := strings.Split(e.path, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool {
		return strings.EqualFold(w, g) || strings.HasPrefix(w, "{") && g != "" || isCall(w, g)
	})
}

// isCall: a segment calls the function of a template, "find(name='{n}')".
func isCall(template, segment string) bool {
	before, after, isFunction := strings.Cut(template, "{n}")
	return isFunction && len(segment) > len(template)-len("{n}") && strings.HasSuffix(segment, after) &&
		strings.EqualFold(segment[:len(before)], before)
}

// argument is what a path gives to the function that its last segment calls.
func argument(path string) string {
	_, after, _ := strings.Cut(lastOf(path), "='")
	return strings.ReplaceAll(strings.TrimSuffix(after, "')"), "''", "'")
}

// parentOf is the path of the collection that a request's object is in.
func parentOf(path string) string { return path[:strings.LastIndexByte(path, '/')] }

// lastOf is the last segment of a path.
func lastOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// has tells whether the endpoint's objects have a property.
func (e endpoint) has(name string) bool {
	schema, err := snapshot.SchemaFor(e.dataset)
	_, isUsual := e.usual[name]
	return err != nil || schema.Properties[name] != nil || isUsual || slices.Contains(e.extra, name)
}

// readAction is what a caller of Azure must be allowed to do: of the types in
// ".../providers/Microsoft.Sql/servers/{n}/encryptionProtector" it is
// "Microsoft.Sql/servers/encryptionProtector/read".
func (e endpoint) readAction() string {
	_, provided, _ := strings.Cut(e.path, "/providers/")
	types := slices.DeleteFunc(strings.Split(provided, "/"),
		func(s string) bool { return strings.HasPrefix(s, "{") })
	return cmp.Or(e.action, strings.Join(types, "/")+"/read")
}

// leastRoles are the least permissions that suffice for some endpoints.
func leastRoles(of []endpoint) (roles []string) {
	for _, e := range of {
		roles = append(roles, e.roles[0])
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}
