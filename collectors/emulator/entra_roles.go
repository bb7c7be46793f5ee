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
	principal, role string // ids
	home            string // principalOrganizationId; "": left out
	breaks          string // the control of the flaw by which it is held
}

// roleDefinitions: https://learn.microsoft.com/graph/api/resources/unifiedroledefinition.
func roleDefinitions(*Tenant, *subscription) (all []object) {
	for _, d := range directoryRoles {
		action := object{"allowedResourceActions": []any{d.action}, "condition": nil}
		inherits := []any{}
		if d.name != "Directory Readers" {
			inherits = append(inherits, object{"id": roleID("Directory Readers")})
		}

		all = append(all, object{
			"id": d.id, "displayName": d.name, "description": d.description, "isBuiltIn": true,
			"isEnabled":  true,
			"templateId": d.id, "version": "1", "resourceScopes": []any{"/"},
			"inheritsPermissionsFrom": inherits,
			"rolePermissions":         []any{action},
		})
	}

	return all
}

func roleID(name string) string {
	i := slices.IndexFunc(directoryRoles, func(d directoryRole) bool { return d.name == name })
	if i < 0 {
		panic("no directory role " + name)
	}
	return directoryRoles[i].id
}

// holdRoles says who holds roles in every tenant, and who may activate one.
func (t *Tenant) holdRoles() {
	d := &t.dir
	d.hold(d.members[0], "Global Administrator")
	d.hold(d.roleGroup, "Helpdesk Administrator")
	d.hold(d.apps[0], "Directory Readers")
	d.hold(d.providerApp, "Security Reader")
	d.hold(d.firstParty[0], "Directory Readers")

	if len(d.members) > 3 {
		d.hold(d.members[2], "User Administrator")
		d.hold(d.members[3], "Global Reader")
	}

	last := d.members[len(d.members)-1]
	d.eligible = []holding{{principal: last, role: roleID("Global Administrator")}}
	d.eligibleForGroup = []string{d.members[0]}
}

func (d *directory) hold(principal, role string) {
	d.holdings = append(d.holdings, holding{principal: principal, role: roleID(role)})
}

// putRoles lists who holds roles. Where Privileged Identity Management is
// licensed, every active assignment is an instance there, too.
func (t *Tenant) putRoles() {
	for _, h := range slices.Concat(sortedByID(t.dir.holdings), sortedByID(t.partnerHoldings())) {
		a := object{"id": h.id(), "principalId": h.principal, "roleDefinitionId": h.role,
			"directoryScopeId": "/", "resourceScope": "/"}
		if h.home != "" {
			a["principalOrganizationId"] = h.home
		}

		t.putHolding(h, "roleAssignments", "entra.role_assignments", a)

		if t.licensed(planP2) && h.home == "" { // principals of other organizations are not managed there
			t.putHolding(h, "roleAssignmentScheduleInstances", "entra.role_assignment_instances",
				t.scheduled(h, object{"id": h.id(), "assignmentType": "Assigned",
					"roleAssignmentOriginId":   h.id(),
					"roleAssignmentScheduleId": t.guid("schedule", h.principal, h.role)}))
		}
	}

	if t.licensed(planP2) {
		t.putEligibility()
	}
}

func sortedByID(holdings []holding) []holding {
	return slices.SortedFunc(slices.Values(holdings),
		func(a, b holding) int { return strings.Compare(a.id(), b.id()) })
}

func (t *Tenant) putHolding(h holding, list, dataset string, o object) {
	t.put("/graph/roleManagement/directory/"+list, o)
	if h.breaks != "" {
		t.plant(h.breaks, dataset, o)
	}
}

// scheduled: https://learn.microsoft.com/graph/api/resources/unifiedroleassignmentscheduleinstance
// and https://learn.microsoft.com/graph/api/resources/unifiedroleeligibilityscheduleinstance.
func (t *Tenant) scheduled(h holding, more object) object {
	return with(more, object{
		"principalId": h.principal, "roleDefinitionId": h.role, "directoryScopeId": "/", "appScopeId": nil,
		"startDateTime": "2024-03-01T09:00:00Z", "endDateTime": nil, "memberType": "Direct"})
}

const groupEligibility = "/graph/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"

// putEligibility lists what may be activated, of roles and of membership in the
// group that holds one.
func (t *Tenant) putEligibility() {
	for _, h := range t.dir.eligible {
		t.putHolding(h, "roleEligibilityScheduleInstances", "entra.role_eligibility",
			t.scheduled(h, object{"id": h.id() + "-e",
				"roleEligibilityScheduleId": t.guid("eligibility", h.principal, h.role)}))
	}

	for _, principal := range t.dir.eligibleForGroup {
		t.putGroupEligibility(t.dir.roleGroup, principal)
	}
}

// putGroupEligibility lets somebody activate the membership in a group.
func (t *Tenant) putGroupEligibility(group, principal string) {
	id := group + "_member_" + t.guid("group eligibility", principal)
	t.put(groupEligibility, object{
		"id": id, "eligibilityScheduleId": id, "groupId": group, "principalId": principal,
		"accessId": "member", "memberType": "direct",
		"startDateTime": "2024-03-01T09:00:00Z", "endDateTime": "2027-03-01T09:00:00Z"})
}

// id is how Entra makes one of an assignment: role and principal in base64url,
// as the bytes of a GUID lie in memory there, and a version.
func (h holding) id() string {
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
