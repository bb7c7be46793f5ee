package snapshot

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

// Inherited says that an API also returns what was made above the scope that it
// is asked at, and where that is documented.
type Inherited struct {
	Page string `json:"page"`
}

// Kind tells the objects of one API from those of others that have the same
// shape. Directory role assignments have directoryScopeId, those of entitlement
// management appScopeId.
type Kind struct {
	Has   []string `json:"has"`   // properties that are texts, and not empty
	Lacks []string `json:"lacks"` // properties that are absent, null or empty
	Page  string   `json:"page"`
}

// CheckKind is an error where the document is an object of another API.
func (s *Schema) CheckKind(doc Document) error {
	if s.Kind == nil {
		return nil
	}

	for _, name := range s.Kind.Has {
		if v, _ := doc.Spec[name].(string); v == "" {
			return fmt.Errorf("%q has no %s: it is no object of %s", doc.ID, name, s.Source.Endpoint)
		}
	}
	for _, name := range s.Kind.Lacks {
		if v := doc.Spec[name]; v != nil && v != "" {
			return fmt.Errorf("%q has %s: it is no object of %s", doc.ID, name, s.Source.Endpoint)
		}
	}
	return nil
}

// CheckPlace is an error where an id of Azure Resource Manager is not what its
// scope can hold: it lies elsewhere (another subscription's vault), or is of
// another type than the endpoint lists. id and scope are a document's; a scope is
// a subscription's GUID or a resource's id. What an API returns from above
// (x-inherited) must be of an ancestor.
//
// A child's id begins with its parent's. Other ids that are no ARM ids have no
// place, and no error.
//
// Example: in the scope S, keyvault.vaults may hold
// /subscriptions/S/resourcegroups/rg/providers/microsoft.keyvault/vaults/v. An id
// with another subscription is an answer that was saved under the wrong name.
func (s *Schema) CheckPlace(id, scope string) error {
	own, isChild := strings.CutPrefix(id, scope+"/")
	switch {
	case s.Hosts != nil && id != scope:
		return fmt.Errorf("%q is not the host %q", id, scope)
	case s.Parent == "":
		return nil
	case s.ID.Child && !isChild:
		return fmt.Errorf("%q does not begin with its scope %q", id, scope)
	case s.ID.Form != ARM:
		return nil
	case s.ID.Child:
		id = "/" + strings.TrimPrefix(own, "/")
	}

	id, root := strings.ToLower(id), strings.ToLower(scope)
	if !strings.HasPrefix(root, "/") {
		root = "/subscriptions/" + root
	}

	listed := cmp.Or(s.ID.Type, s.listedType())
	switch {
	case !isOfType(resourceType(id, 1), listed):
		return fmt.Errorf("%q is not of the type %s", id, listed)
	case strings.HasPrefix(id, root+"/"):
		return nil
	case strings.HasPrefix(namelessSubscription.ReplaceAllString(id, root), root+"/"):
		return nil
	case s.Inherited != nil && isAncestor(extended(id), root):
		return nil
	}
	return fmt.Errorf("%q is not below %s", id, root)
}

// namelessSubscription is a subscription whose id was taken out, as in Microsoft's
// published answers: "/subscriptions/{subscriptionId}/…". It is no other one.
var namelessSubscription = regexp.MustCompile(`^/subscriptions/\{[a-z-]+\}`)

// listedType is the type of the resources that the endpoint lists, in lower case:
// "microsoft.keyvault/deletedvaults". It is "" where the endpoint lists several
// types, or names no provider.
func (s *Schema) listedType() string {
	path, _, _ := strings.Cut(strings.ToLower(s.Source.Endpoint), "?")
	if strings.HasPrefix(path, "/providers/") {
		return "" // a query over all types
	}
	return resourceType(path, 0)
}

// isOfType reports whether a type is the listed one; "" lists any, and the namespace
// "*" stands for any.
func isOfType(typ, listed string) bool {
	name, anyNamespace := strings.CutPrefix(listed, "*")
	return listed == "" || typ == listed || anyNamespace && strings.HasSuffix(typ, name)
}

// resourceType reads …/providers/<namespace>/[…/]<type>, followed by so many
// segments: none in an endpoint, the name in an id. It leaves out what lies between
// namespace and type.
func resourceType(path string, following int) string {
	i := strings.LastIndex(path, "/providers/")
	if i < 0 {
		return ""
	}

	parts := strings.Split(path[i+len("/providers/"):], "/")
	if len(parts) < 2+following {
		return ""
	}
	return parts[0] + "/" + parts[len(parts)-1-following]
}

// extended is what an extension's id names before its own provider, the place that
// it is about: "" for the tenant's root.
func extended(id string) string {
	i := strings.LastIndex(id, "/providers/")
	if i < 0 {
		return id
	}
	return id[:i]
}

// isAncestor reports whether a place is above a scope, or the scope itself: the
// tenant's root, a management group (which one is not said in a scope's id), or
// what the scope's id begins with.
func isAncestor(place, scope string) bool {
	group, isGroup := strings.CutPrefix(place, "/providers/microsoft.management/managementgroups/")
	return place == "" || isGroup && group != "" && !strings.Contains(group, "/") ||
		place == scope || strings.HasPrefix(scope, place+"/")
}
