package snapshot

import (
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
// shape: Has names properties that are texts there, Lacks those that are absent
// or null. Directory role assignments have directoryScopeId, those of entitlement
// management appScopeId.
type Kind struct {
	Has   []string `json:"has"`
	Lacks []string `json:"lacks"`
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
func (s *Schema) CheckPlace(id, scope string) error {
	own, isChild := strings.CutPrefix(id, scope+"/")
	switch {
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

	if kind := s.resourceType(); kind != "" && typeOf(id) != kind {
		return fmt.Errorf("%q is not of the type %s", id, kind)
	}
	if strings.HasPrefix(id, root+"/") || strings.HasPrefix(unnamed.ReplaceAllString(id, root), root+"/") || s.Inherited != nil && above(holder(id), root) {
		return nil
	}

	return fmt.Errorf("%q is not below %s", id, root)
}

// unnamed is a subscription whose id was taken out, as in Microsoft's published
// answers: "/subscriptions/{subscriptionId}/…". It is no other subscription.
var unnamed = regexp.MustCompile(`^/subscriptions/\{[a-z-]+\}`)

// resourceType is the last type in an endpoint, in lower case and without what
// lies between provider and type: "microsoft.keyvault/deletedvaults". It is ""
// where the endpoint lists several types, or names no provider.
func (s *Schema) resourceType() string {
	path, _, _ := strings.Cut(strings.ToLower(s.Source.Endpoint), "?")
	if strings.HasPrefix(path, "/providers/") {
		return "" // a query over all types
	}
	return lastType(path, 0)
}

func typeOf(id string) string { return lastType(id, 1) }

// lastType reads …/providers/<namespace>/[…/]<type>, followed by so many segments.
func lastType(path string, after int) string {
	i := strings.LastIndex(path, "/providers/")
	if i < 0 {
		return ""
	}

	parts := strings.Split(path[i+len("/providers/"):], "/")
	if len(parts) < 2+after {
		return ""
	}

	return parts[0] + "/" + parts[len(parts)-1-after]
}

// holder is the scope that an extension's id names before its own provider:
// "" for the tenant's root.
func holder(id string) string {
	i := strings.LastIndex(id, "/providers/")
	if i < 0 {
		return id
	}
	return id[:i]
}

// above: an ancestor of a scope is the root, a management group (which one is
// not said in a scope's id), or what the scope's id begins with.
func above(scope, root string) bool {
	group, isGroup := strings.CutPrefix(scope, "/providers/microsoft.management/managementgroups/")
	return scope == "" || isGroup && group != "" && !strings.Contains(group, "/") ||
		scope == root || strings.HasPrefix(root, scope+"/")
}
