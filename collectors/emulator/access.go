package emulator

import (
	"fmt"
	"slices"
	"strings"
)

// grant is an Azure role that the application holds, itself or through a
// group, at a scope (a lower-case ARM id; a management group covers all
// subscriptions of its tenant).
type grant struct {
	scope string
	role  role
}

const managementGroups = "/providers/microsoft.management/managementgroups/"

// Grant gives the application a built-in role ("Reader") at a scope, the ARM
// id of a management group, subscription, resource group or resource.
func (t *Tenant) Grant(scope, roleName string) {
	t.grants = append(t.grants, grant{strings.ToLower(scope), roleNamed(roleName)})
	sub := subscriptionOf(scope)
	for _, s := range t.subs {
		if sub == "" || s.id == sub {
			t.assign(s, scope, roleName, t.ObjectID, "ServicePrincipal")
		}
	}
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

// setAccess says which groups the application is in.
func (t *Tenant) setAccess(s story) {
	if s.access == "group" {
		t.groups = []string{t.guid("readers group")}
	}
}

// addAccess lists the role definitions and assignments of a subscription and
// gives the application what the story says.
func (t *Tenant) addAccess(sub *subscription, i int, access string) {
	for _, r := range roles {
		t.put("/arm"+sub.path("/providers/Microsoft.Authorization/roleDefinitions"), roleDefinition(sub, r))
	}

	t.assign(sub, sub.path(""), "Owner", t.guid("subscription owner"), "User")
	reader := grant{sub.path(""), roleNamed("Reader")}
	switch {
	case access == "none", access == "half" && i == 1:
	case access == "group":
		t.grants = append(t.grants, reader)
		t.assign(sub, sub.path(""), "Reader", t.groups[0], "Group")

	case access == "management group":
		scope := managementGroups + t.ID
		t.grants = append(t.grants, grant{scope, reader.role})
		t.assign(sub, "/providers/Microsoft.Management/managementGroups/"+t.ID, "Reader", t.ObjectID, "ServicePrincipal")

	case access == "monitoring":
		t.grants = append(t.grants, grant{sub.path(""), roleNamed("Monitoring Reader")})
		t.assign(sub, sub.path(""), "Monitoring Reader", t.ObjectID, "ServicePrincipal")
	default:
		t.grants = append(t.grants, reader)
		t.assign(sub, sub.path(""), "Reader", t.ObjectID, "ServicePrincipal")
	}
}

// assign lists a role assignment among those of a subscription:
// https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-subscription.
func (t *Tenant) assign(sub *subscription, scope, roleName, principal, principalType string) {
	name := t.guid("role assignment", scope, roleName, principal)
	t.put("/arm"+sub.path("/providers/Microsoft.Authorization/roleAssignments"), object{
		"id": scope + "/providers/Microsoft.Authorization/roleAssignments/" + name, "name": name, "type": "Microsoft.Authorization/roleAssignments",
		"properties": object{
			"roleDefinitionId": sub.path("/providers/Microsoft.Authorization/roleDefinitions/" + roleNamed(roleName).id),
			"principalId":      principal, "principalType": principalType, "scope": scope,
			"condition": nil, "conditionVersion": nil, "delegatedManagedIdentityResourceId": nil, "description": nil,
			"createdOn": "2024-02-29T08:15:30.1234567Z", "updatedOn": "2024-02-29T08:15:30.1234567Z",
			"createdBy": t.guid("subscription owner"), "updatedBy": t.guid("subscription owner"),
		}})
}

func roleDefinition(sub *subscription, r role) object {
	list := func(of []string) []any {
		out := []any{}
		for _, s := range of {
			out = append(out, s)
		}
		return out
	}

	return object{
		"id":   sub.path("/providers/Microsoft.Authorization/roleDefinitions/" + r.id),
		"name": r.id, "type": "Microsoft.Authorization/roleDefinitions",
		"properties": object{
			"roleName": r.name, "type": "BuiltInRole", "description": r.description, "assignableScopes": []any{"/"},
			"permissions": []any{object{"actions": list(r.actions), "notActions": list(r.notActions), "dataActions": list(r.dataActions), "notDataActions": []any{}}},
			"createdOn":   "2015-02-02T21:55:09.8806423Z", "updatedOn": "2024-01-25T00:00:00.0000000Z", "createdBy": nil, "updatedBy": nil,
		}}
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
		return g.covers("/subscriptions/"+sub) && slices.Contains(g.role.actions, "*/read") && len(g.role.notActions) == 0
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
		strings.HasPrefix(g.scope, managementGroups) && strings.HasPrefix(id, "/subscriptions/")
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

// actionOf is the read action of an item of a list of resources.
func actionOf(item object) string { return fmt.Sprint(item["type"]) + "/read" }
