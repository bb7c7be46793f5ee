package emulator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// grant is an Azure role that the application holds, itself or through a
// group, at a scope, a lower-case ARM id.
type grant struct {
	scope string
	role  role

	// below are the subscriptions below a management group, by their lower-case ids;
	// nil: all of the tenant.
	below map[string]bool
}

const managementGroups = "/providers/microsoft.management/managementgroups/"

// Grant gives the application a built-in role ("Reader") at a scope, the ARM
// id of a management group, subscription, resource group or resource.
func (t *Tenant) Grant(scope, roleName string) {
	t.hold(scope, roleName)
	held := t.grants[len(t.grants)-1]
	for _, s := range t.subscriptions {
		if subscriptionOf(scope) == s.id || held.covers(s.path("")) {
			t.assign(s, scope, roleName, t.ObjectID, "ServicePrincipal")
		}
	}
	t.assignToGroups(scope, roleName)
}

// hold lets the application read what a role allows, without listing it.
func (t *Tenant) hold(scope, roleName string) {
	t.grants = append(t.grants, grant{strings.ToLower(scope), azureRole(roleName), t.below(scope)})
}

// below are the subscriptions below the landing zone; nil for any other scope.
func (t *Tenant) below(scope string) map[string]bool {
	if !strings.EqualFold(scope, t.groupPath(t.landingZone())) {
		return nil
	}

	subs := map[string]bool{}
	for _, o := range t.at("/arm" + t.groupPath(t.landingZone()) + "/descendants") {
		subs[o["name"].(string)] = true
	}
	return subs
}

// assignToGroups lists a role assignment of the application at the management groups at
// and below a scope, which may be one of them.
func (t *Tenant) assignToGroups(scope, roleName string) {
	for _, name := range []string{t.ID, t.landingZone()} {
		group := t.groupPath(name)
		if strings.EqualFold(scope, group) || strings.EqualFold(scope, t.groupPath(t.ID)) {
			o := t.roleAssignment(roleDefinitionsAt, scope, roleName, t.ObjectID, "ServicePrincipal")
			t.put("/arm"+group+authorizationAt+"/roleAssignments", o)
		}
	}
}

// mayReadGroup: some role at the management group of a path, or at the root group. Of a
// group that there is not, Azure says that the caller may not read it; but of a root group
// that nobody has begun to use, that there is none.
func (t *Tenant) mayReadGroup(path string) bool {
	place := strings.ToLower(placeOf(path))
	root := strings.ToLower(t.groupPath(t.ID))
	_, exists := t.data["/arm"+place+"/descendants"]
	if !exists {
		return place == root
	}

	return slices.ContainsFunc(t.grants, func(g grant) bool {
		return (g.scope == place || g.scope == root) && g.role.allows("Microsoft.Management/managementGroups/read")
	})
}

// subscriptionOf is the subscription id in an ARM id, "" for a management group.
func subscriptionOf(id string) string {
	rest, ok := strings.CutPrefix(strings.ToLower(id), "/subscriptions/")
	if !ok {
		return ""
	}

	sub, _, _ := strings.Cut(rest, "/")
	return sub
}

// addReadersGroup puts the application into a group, where that has the role.
func (t *Tenant) addReadersGroup() {
	if t.access == "group" {
		t.groups = []string{t.guid("readers group")}
	}
}

// accessKinds are how a story's application reads the i-th subscription.
var accessKinds = map[string]func(t *Tenant, sub *subscription, i int){
	"":     func(t *Tenant, sub *subscription, _ int) { t.assignAndHold(sub, sub.path(""), "Reader") },
	"none": func(*Tenant, *subscription, int) {},
	"half": func(t *Tenant, sub *subscription, i int) {
		if i != 1 {
			t.assignAndHold(sub, sub.path(""), "Reader")
		}
	},
	"group": func(t *Tenant, sub *subscription, _ int) {
		t.assign(sub, sub.path(""), "Reader", t.groups[0], "Group")
		t.hold(sub.path(""), "Reader")
	},
	"management group": func(t *Tenant, sub *subscription, _ int) {
		t.assignAndHold(sub, "/providers/Microsoft.Management/managementGroups/"+t.ID, "Reader")
	},
	"monitoring": func(t *Tenant, sub *subscription, _ int) {
		t.assignAndHold(sub, sub.path(""), "Monitoring Reader")
	},
}

// addAccess lists the role assignments of the i-th subscription, among them the
// application's.
func (t *Tenant) addAccess(sub *subscription, i int) {
	t.assign(sub, sub.path(""), "Owner", t.dir.members[0], "User")
	accessKinds[t.access](t, sub, i)
	if i == 0 {
		t.apply(azureRights, site{sub: sub, rand: t.rand("azure rights")})
	}
}

func (t *Tenant) assignAndHold(sub *subscription, scope, roleName string) {
	t.assign(sub, scope, roleName, t.ObjectID, "ServicePrincipal")
	t.hold(scope, roleName)
}

const roleDefinitionsAt = "/providers/Microsoft.Authorization/roleDefinitions"

// assign lists a role assignment among those of a subscription:
// https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-subscription.
func (t *Tenant) assign(sub *subscription, scope, roleName, principal, principalType string) object {
	o := t.roleAssignment(sub.path(roleDefinitionsAt), scope, roleName, principal, principalType)
	t.put("/arm"+sub.path(authorizationAt+"/roleAssignments"), o)
	return o
}

func (t *Tenant) roleAssignment(definitions, scope, roleName, principal, principalType string) object {
	const kind = "Microsoft.Authorization/roleAssignments"
	name, owner := t.guid("role assignment", scope, roleName, principal), t.guid("subscription owner")
	return object{
		"id": scope + "/providers/" + kind + "/" + name, "name": name, "type": kind,
		"properties": with(unconditional, object{
			"roleDefinitionId": definitions + "/" + azureRole(roleName).id, "scope": scope,
			"principalId": principal, "principalType": principalType, "createdBy": owner, "updatedBy": owner,
		})}
}

// unconditional is what all role assignments have.
var unconditional = object{
	"condition": nil, "conditionVersion": nil, "delegatedManagedIdentityResourceId": nil, "description": nil,
	"createdOn": "2024-02-29T08:15:30.1234567Z", "updatedOn": "2024-02-29T08:15:30.1234567Z",
}

// azureRoleDefinitions: https://learn.microsoft.com/rest/api/authorization/role-definitions/list.
func azureRoleDefinitions(_ *Tenant, sub *subscription) []object {
	return roleDefinitionsBelow(sub.path(""))
}

// roleDefinitionsBelow are the built-in roles, whose ids begin with the scope that is
// asked; that of a management group shows none.
func roleDefinitionsBelow(scope string) (all []object) {
	for _, r := range azureRoles {
		all = append(all, object{
			"id": scope + roleDefinitionsAt + "/" + r.id, "name": r.id,
			"type": "Microsoft.Authorization/roleDefinitions",
			"properties": object{
				"roleName": r.name, "type": "BuiltInRole", "description": r.description,
				"assignableScopes": []any{"/"},
				"permissions": []any{object{"actions": anys(r.actions), "notActions": anys(r.notActions),
					"dataActions": anys(r.dataActions), "notDataActions": []any{}}},
				"createdOn": "2015-02-02T21:55:09.8806423Z", "updatedOn": "2024-01-25T00:00:00.0000000Z",
				"createdBy": nil, "updatedBy": nil,
			}})
	}
	return all
}

func anys(texts []string) []any {
	list := []any{}
	for _, text := range texts {
		list = append(list, text)
	}
	return list
}

// mayRead reports whether the application may do an action ("…/read") on an
// ARM id: some role at the id or above it has the action.
func (t *Tenant) mayRead(action, id string) bool {
	return slices.ContainsFunc(t.grants, func(g grant) bool { return g.covers(id) && g.role.allows(action) })
}

// readsAll: some role at the subscription or above grants */read, so that no
// item of a long list need be looked at.
func (t *Tenant) readsAll(path string) bool {
	sub := subscriptionOf(path)
	return sub != "" && slices.ContainsFunc(t.grants, func(g grant) bool {
		return g.covers("/subscriptions/"+sub) && slices.Contains(g.role.actions,
			"*/read") && len(g.role.notActions) == 0
	})
}

// seesSubscription: a subscription is listed for whoever holds any role at it,
// above it or anywhere in it.
func (t *Tenant) seesSubscription(id string) bool {
	scope := "/subscriptions/" + strings.ToLower(id)
	return slices.ContainsFunc(t.grants, func(g grant) bool {
		return g.covers(scope) || strings.HasPrefix(g.scope, scope+"/")
	})
}

func (g grant) covers(id string) bool {
	id = strings.ToLower(id)
	return id == g.scope || strings.HasPrefix(id, g.scope+"/") ||
		strings.HasPrefix(g.scope, managementGroups) && strings.HasPrefix(id, "/subscriptions/") &&
			(g.below == nil || g.below[subscriptionOf(id)])
}

func (r role) allows(action string) bool {
	matches := func(pattern string) bool { return glob(strings.ToLower(pattern), strings.ToLower(action)) }
	return slices.ContainsFunc(r.actions, matches) && !slices.ContainsFunc(r.notActions, matches)
}

// glob matches s against a pattern in which "*" stands for anything.
func glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == s
	}

	rest, ok := strings.CutPrefix(s, parts[0])
	for _, part := range parts[1:last] {
		if !ok {
			return false
		}
		_, rest, ok = strings.Cut(rest, part)
	}

	return ok && strings.HasSuffix(rest, parts[last])
}

// readActionOf is the read action of an item of a list of resources.
func readActionOf(item object) string { return item["type"].(string) + "/read" }

var (
	assignedTo  = regexp.MustCompile(`^assignedTo\('([^']*)'\)$`)
	principalEq = regexp.MustCompile(`^principalId eq '([^']*)'$`)
)

// unknownFilter is why a filter of role assignments is refused.
const unknownFilter = "The filter '%s' is not supported. " +
	"Supported filters are either 'atScope()' or 'principalId eq '{value}' or assignedTo('{value}')'."

// filterAssignments: assignedTo finds what a principal has by itself and
// through its groups, principalId only the former, atScope nothing from below.
func (t *Tenant) filterAssignments(all []object, filter string) (found []object, message string) {
	var principals []string
	to, eq := assignedTo.FindStringSubmatch(filter), principalEq.FindStringSubmatch(filter)
	switch {
	case filter == "" || filter == "atScope()":
		return all, ""
	case to != nil && strings.EqualFold(to[1], t.ObjectID):
		principals = append([]string{t.ObjectID}, t.groups...)
	case to != nil:
		principals = to[1:]
	case eq != nil:
		principals = eq[1:]
	default:
		return nil, fmt.Sprintf(unknownFilter, filter)
	}

	return slices.DeleteFunc(slices.Clone(all), func(o object) bool {
		id := o["properties"].(object)["principalId"].(string)
		return !slices.ContainsFunc(principals, func(p string) bool { return strings.EqualFold(p, id) })
	}), ""
}
