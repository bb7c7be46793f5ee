package azure

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// CanReadAll reports whether role assignments of the caller prove that its
// lists at a subscription show everything: one of them grants */read at the
// subscription or above (management group, root), without a condition, and
// its role takes no read away (notActions). assignments and definitions are
// the documents of [CallerAccess] and [RoleDefinitions] at that subscription.
//
// Assignments of several principals prove nothing, see [OneCaller]. It errs
// towards false: permissions put together from several roles, and
// deny assignments (only Azure itself makes those), are not followed.
// https://learn.microsoft.com/azure/role-based-access-control/role-definitions
func CanReadAll(subscription string, assignments, definitions []snapshot.Document) bool {
	return canRead(func(scope any) bool { return covers(scope, subscription) }, assignments, definitions)
}

// CanReadGroup is CanReadAll for a management group of a tenant: the assignment is at
// the group itself, at the root group, whose name is the tenant's id, or at the root.
// That another group lies above is not known here.
// https://learn.microsoft.com/azure/governance/management-groups/overview
func CanReadGroup(group, tenantID string, assignments, definitions []snapshot.Document) bool {
	return canRead(func(scope any) bool {
		s, ok := scope.(string)
		s = strings.TrimSuffix(s, "/")
		return ok && scope != "" && (s == "" || strings.EqualFold(s, snapshot.GroupScope(group)) ||
			strings.EqualFold(s, snapshot.GroupScope(tenantID)))
	}, assignments, definitions)
}

// canRead: the role of one assignment whose scope is covering reads all.
func canRead(covering func(scope any) bool, assignments, definitions []snapshot.Document) bool {
	if OneCaller(assignments) != nil {
		return false
	}

	readsAll := map[string]bool{} // by role; of two definitions of one, both must
	for _, d := range definitions {
		name := roleName(d.Spec["id"])
		other, isSecond := readsAll[name]
		readsAll[name] = definitionReadsAll(d.Spec) && (other || !isSecond)
	}

	for _, a := range assignments {
		p, _ := a.Spec["properties"].(map[string]any)
		name := roleName(p["roleDefinitionId"])
		if name != "" && readsAll[name] && covering(p["scope"]) && blank(p["condition"]) {
			return true
		}
	}

	return false
}

// OneCaller is an error where role assignments are of more than one principal.
// The caller's own are of itself and of the groups that it is in: a list with
// several others was asked for without the filter assignedTo('…'), and says
// nothing about who made the snapshot.
// https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
func OneCaller(assignments []snapshot.Document) error {
	callers := map[string]bool{}
	for _, a := range assignments {
		p, _ := a.Spec["properties"].(map[string]any)
		id, _ := p["principalId"].(string)
		if kind, _ := p["principalType"].(string); !strings.EqualFold(kind, "Group") {
			callers[strings.ToLower(id)] = true
		}
	}

	if len(callers) > 1 {
		return fmt.Errorf("the role assignments are of %d principals, groups aside, not of one caller"+
			" (ask with $filter=assignedTo('{principalId}'))", len(callers))
	}
	return nil
}

// roleName is the trailing GUID of a role definition's id: the same role has
// another prefix at every scope.
func roleName(id any) string {
	s, _ := id.(string)
	if s == "" {
		return ""
	}
	return strings.ToLower(path.Base(s))
}

// covers: scope is the subscription or above it.
func covers(scope any, subscription string) bool {
	s, ok := scope.(string)
	if !ok || s == "" {
		return false
	}

	s = strings.ToLower(strings.TrimSuffix(s, "/"))
	group, isGroup := strings.CutPrefix(s, "/providers/microsoft.management/managementgroups/")
	return s == "" || s == "/subscriptions/"+strings.ToLower(subscription) ||
		isGroup && group != "" && !strings.Contains(group, "/")
}

// blank: null or "". A condition of any other kind may narrow the grant.
func blank(condition any) bool { return condition == nil || condition == "" }

// definitionReadsAll: one permission of the role grants every read, and takes none
// away.
func definitionReadsAll(spec map[string]any) bool {
	p, _ := spec["properties"].(map[string]any)
	permissions, _ := p["permissions"].([]any)
	for _, item := range permissions {
		permission, _ := item.(map[string]any)
		if grantsReads(permission["actions"]) && !takesReads(permission) && blank(permission["condition"]) {
			return true
		}
	}
	return false
}

// grantsReads: some action is every operation, or every read.
func grantsReads(actions any) bool {
	list, _ := actions.([]any)
	return slices.ContainsFunc(list, func(a any) bool {
		s, _ := a.(string)
		return s == "*" || strings.EqualFold(s, "*/read")
	})
}

// takesReads: some notAction matches an operation that ends in "/read". A list
// that we cannot read counts as one.
//
// What a pattern matches is decided by what comes after its last "*":
// "Microsoft.KeyVault/*" may end in "/read", and so may "*/vaults/read", but
// "*/write" may not.
func takesReads(permission map[string]any) bool {
	list, isList := permission["notActions"].([]any)
	if !isList {
		return permission["notActions"] != nil
	}

	return slices.ContainsFunc(list, func(a any) bool {
		s, ok := a.(string)
		tail := strings.ToLower(s[strings.LastIndex(s, "*")+1:])
		return !ok || strings.HasSuffix("/read", tail) || strings.HasSuffix(tail, "/read")
	})
}
