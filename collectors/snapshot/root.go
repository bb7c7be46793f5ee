package snapshot

import (
	"regexp"
	"strings"
)

// Root is a place of the tenant as a whole at which a dataset is read beside the
// documents of its parents.
//
// Scope is what its documents' scope is called, in lower case. {managementGroup} in
// it stands for the group that the fleet file names; where it names none, the dataset
// is not read there. Version, Endpoint and Page are as in [Source].
//
// Example: diagnostic settings are read at subscriptions and resources, and those of
// Entra ID at "/providers/microsoft.aadiam", with an API version of its own.
type Root struct {
	Scope    string `json:"scope"`
	Version  string `json:"version"`
	Endpoint string `json:"endpoint"`
	Page     string `json:"page"`
}

// managementGroups is the path of a management group, without its name.
const managementGroups = "/providers/microsoft.management/managementgroups/"

// GroupScope is the scope of a management group by its name.
func GroupScope(name string) string { return managementGroups + strings.ToLower(name) }

const groupName = "{managementGroup}"

// In is the scope of the root where the fleet file names a management group ("":
// none). ok is false where there is no such place then.
func (r *Root) In(group string) (scope string, ok bool) {
	if r == nil || group == "" && strings.Contains(r.Scope, groupName) {
		return "", false
	}
	return strings.ReplaceAll(r.Scope, groupName, strings.ToLower(group)), true
}

// IsScope reports whether a scope is this root, whatever group it names.
func (r *Root) IsScope(scope string) bool {
	before, after, named := strings.Cut(r.Scope, groupName)
	if !named {
		return scope == r.Scope
	}

	name, begins := strings.CutPrefix(scope, before)
	return begins && after == "" && name != "" && !strings.Contains(name, "/")
}

// At is the schema as it is asked at a scope: at its root, with the root's address.
func (s *Schema) At(scope string) *Schema {
	if s.Root == nil || !s.Root.IsScope(scope) {
		return s
	}

	at := *s
	at.Source.Version, at.Source.Endpoint, at.Source.Page = s.Root.Version, s.Root.Endpoint, s.Root.Page
	return &at
}

var subscriptionPath = regexp.MustCompile(`^/subscriptions/([^/]+)`)

// ProvenAt is the place at which a role of the caller proves that it sees all of a
// scope: the subscription that the scope is or lies in, or the management group that
// it is. It is "" for other places of the tenant, whose answers no role filters: they
// are given as a whole, or refused.
func ProvenAt(scope string) string {
	switch match := subscriptionPath.FindStringSubmatch(scope); {
	case match != nil:
		return match[1]
	case strings.HasPrefix(scope, managementGroups), !strings.HasPrefix(scope, "/"):
		return scope
	}
	return ""
}
