package emulator

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// holding is one directory role that a principal has, or may activate.
type holding struct {
	principal, role string
	home            string // principalOrganizationId; "": left out
	broken          bool   // planted
}

// addDirectoryRoles makes role definitions, and who holds which role. Where
// Privileged Identity Management is licensed, every active assignment is an
// instance there, too.
func (t *Tenant) addDirectoryRoles(s story) {
	for _, d := range directoryRoles {
		t.put("/graph/roleManagement/directory/roleDefinitions", roleDefinitionOf(d))
	}
	for _, h := range t.holdings(s) {
		a := object{"id": roleAssignmentID(h), "principalId": h.principal, "roleDefinitionId": h.role, "directoryScopeId": "/", "resourceScope": "/"}
		if h.home != "" {
			a["principalOrganizationId"] = h.home
		}

		t.put("/graph/roleManagement/directory/roleAssignments", a)

		if h.broken {
			t.plant("RF-T-11", "entra.role_assignments", a)
		}

		if t.licensed(planP2) && h.home == "" { // principals of other organizations are not managed there
			t.addInstance(h)
		}
	}

	t.addEligibility(s)
}

// holdings are the active assignments.
func (t *Tenant) holdings(s story) []holding {
	d := t.dir
	all := []holding{
		{principal: d.members[0], role: roleID("Global Administrator")},
		{principal: d.roleGroup, role: roleID("Helpdesk Administrator"), broken: s.has(groupGuestRole) || s.has(eligibleInGroup) && t.licensed(planP2)},
		{principal: d.apps[0], role: roleID("Directory Readers")},
		{principal: d.providerApp, role: roleID("Security Reader")},
		{principal: d.firstParty[0], role: roleID("Directory Readers")},
	}

	if len(d.members) > 3 {
		all = append(all, holding{principal: d.members[2], role: roleID("User Administrator")}, holding{principal: d.members[3], role: roleID("Global Reader")})
	}

	if s.has(groupGuestRole) {
		t.addMembers(d.roleGroup, "#microsoft.graph.user", d.guests[:1])
	}

	for f, principal := range map[flaw]string{guestRole: d.guests[0], foreignAppRole: d.foreignApp} {
		if s.has(f) {
			all = append(all, holding{principal: principal, role: roleID("Application Administrator"), broken: true})
		}
	}

	if s.has(syncedMemberRole) {
		all = append(all, holding{principal: d.synced[0], role: roleID("Exchange Administrator"), broken: true})
	}

	if s.has(strangerRole) {
		all = append(all, holding{principal: t.guid("stranger"), role: roleID("Global Reader"), home: t.undeclared(), broken: true})
	}

	if s.has(holderUnknown) {
		all = append(all, holding{principal: t.guid("unknown holder"), role: roleID("Reports Reader")})
	}

	slices.SortFunc(all, func(a, b holding) int { return strings.Compare(roleAssignmentID(a), roleAssignmentID(b)) })

	if t.Label == "" { // nobody manages the MSP
		return all
	}

	return append(all, t.partnerHoldings(s)...)
}

// undeclared is a tenant that is nobody's declared service provider.
func (t *Tenant) undeclared() string { return t.guid("undeclared tenant") }

// addInstance: https://learn.microsoft.com/graph/api/resources/unifiedroleassignmentscheduleinstance.
func (t *Tenant) addInstance(h holding) {
	i := object{
		"id": roleAssignmentID(h), "principalId": h.principal, "roleDefinitionId": h.role, "directoryScopeId": "/", "appScopeId": nil,
		"startDateTime": "2024-03-01T09:00:00Z", "endDateTime": nil, "memberType": "Direct", "assignmentType": "Assigned",
		"roleAssignmentOriginId": roleAssignmentID(h), "roleAssignmentScheduleId": t.guid("schedule", h.principal, h.role),
	}
	t.put("/graph/roleManagement/directory/roleAssignmentScheduleInstances", i)
	if h.broken {
		t.plant("RF-T-11", "entra.role_assignment_instances", i)
	}
}

// addEligibility makes what may be activated, of roles and of membership in the
// group that holds one. Without the licence there is nothing.
func (t *Tenant) addEligibility(s story) {
	if !t.licensed(planP2) {
		return
	}

	all := []holding{{principal: t.dir.members[len(t.dir.members)-1], role: roleID("Global Administrator")}}

	if s.has(eligibleGuest) {
		all = append(all, holding{principal: t.dir.guests[0], role: roleID("Privileged Role Administrator"), broken: true})
	}

	for _, h := range all {
		e := object{
			"id": roleAssignmentID(h) + "-e", "principalId": h.principal, "roleDefinitionId": h.role, "directoryScopeId": "/", "appScopeId": nil,
			"startDateTime": "2024-03-01T09:00:00Z", "endDateTime": nil, "memberType": "Direct", "roleEligibilityScheduleId": t.guid("eligibility", h.principal, h.role),
		}
		t.put("/graph/roleManagement/directory/roleEligibilityScheduleInstances", e)
		if h.broken {
			t.plant("RF-T-11", "entra.role_eligibility", e)
		}
	}

	eligible := t.dir.members[:1]

	if s.has(eligibleInGroup) {
		eligible = append(slices.Clone(eligible), t.dir.guests[0])
	}

	for _, principal := range eligible {
		schedule := t.guid("group eligibility", principal)
		t.put(groupEligibility, object{
			"id": t.dir.roleGroup + "_member_" + schedule, "groupId": t.dir.roleGroup, "principalId": principal, "accessId": "member", "memberType": "direct",
			"startDateTime": "2024-03-01T09:00:00Z", "endDateTime": "2027-03-01T09:00:00Z", "eligibilityScheduleId": t.dir.roleGroup + "_member_" + schedule,
		})
	}
}

const groupEligibility = "/graph/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"

// roleAssignmentID is how Entra makes one: role and principal in base64url, as
// the bytes of a GUID lie in memory there, and a version.
func roleAssignmentID(h holding) string {
	return base64.RawURLEncoding.EncodeToString(append(guidBytes(h.role), guidBytes(h.principal)...)) + "-1"
}

// guidBytes is the mixed-endian form of a GUID: its first three groups are
// turned round.
func guidBytes(id string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(b) != 16 {
		panic(fmt.Sprintf("%q is no GUID", id)) // made here
	}

	slices.Reverse(b[:4])
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])

	return b
}

// roleDefinitionOf: https://learn.microsoft.com/graph/api/resources/unifiedroledefinition.
func roleDefinitionOf(d directoryRole) object {
	inherits := []any{}
	if d.name != "Directory Readers" {
		inherits = append(inherits, object{"id": roleID("Directory Readers")})
	}
	return object{
		"id": d.id, "displayName": d.name, "description": d.description, "isBuiltIn": true, "isEnabled": true, "templateId": d.id, "version": "1",
		"resourceScopes":          []any{"/"},
		"rolePermissions":         []any{object{"allowedResourceActions": []any{d.action}, "condition": nil}},
		"inheritsPermissionsFrom": inherits,
	}
}

func roleID(name string) string {
	for _, d := range directoryRoles {
		if d.name == name {
			return d.id
		}
	}
	panic("no directory role " + name)
}
