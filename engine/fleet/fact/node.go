package fact

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Node is something that can control, or be controlled: "<tenant>/<kind>/<id>". The tenant
// is a GUID in lower case, the kind a label, and the id whatever the tenant calls it.
type Node string

// Kinds of nodes that mean something to the engine. Policies may use others.
const (
	// Tier0 is the control of a tenant: a role that can give itself all others, an owner of a
	// subscription.
	Tier0 = "tier0"
	// Key is the use, purge or policy of a vault's keys.
	Key = "key"
	// Log is a place where a tenant's logs are kept.
	Log = "log"
	// Scope is a role over a part of the tenant, such as an administrative unit. It controls
	// what is in that part, and is never the role itself.
	Scope = "scope"
)

// Targets are the kinds of nodes that nobody of another tenant may reach.
var Targets = []string{Tier0, Key, Log}

// Principals are the kinds of nodes that act by themselves: an application by who has its
// credentials, in each tenant that consented to it.
var Principals = []string{"application", "service-principal", "technician", "user", "workload"}

// NewNode puts a node together.
func NewNode(tenant, kind, id string) Node { return Node(tenant + "/" + kind + "/" + id) }

// Tenant is the tenant that the node belongs to.
func (n Node) Tenant() string {
	tenant, _, _ := strings.Cut(string(n), "/")
	return tenant
}

// Kind is what the node is.
func (n Node) Kind() string {
	_, rest, _ := strings.Cut(string(n), "/")
	kind, _, _ := strings.Cut(rest, "/")
	return kind
}

// ID is what the node's tenant calls it.
func (n Node) ID() string {
	_, rest, _ := strings.Cut(string(n), "/")
	_, id, _ := strings.Cut(rest, "/")
	return id
}

// IsTarget reports whether nobody of another tenant may reach the node.
func (n Node) IsTarget() bool { return slices.Contains(Targets, n.Kind()) }

// IsPrincipal reports whether the node acts by itself.
func (n Node) IsPrincipal() bool { return slices.Contains(Principals, n.Kind()) }

var labelForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

func (n Node) check() error {
	parts := strings.SplitN(string(n), "/", 3)
	if len(parts) != 3 || parts[2] == "" {
		return fmt.Errorf("%q is not <tenant>/<kind>/<id>", n)
	}
	if !isTenant(parts[0]) {
		return fmt.Errorf("%q: the tenant is not a GUID in lower case", n)
	}
	if !labelForm.MatchString(parts[1]) {
		return fmt.Errorf("%q: the kind is not a label", n)
	}

	return nil
}

// isTenant is quick, as it is asked of each end of each edge.
func isTenant(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}

	return true
}
