package emulator

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
)

// Targets of an assignment:
// https://learn.microsoft.com/graph/api/resources/intune-shared-deviceandappmanagementassignmenttarget
var (
	allUsers   = object{"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}
	allDevices = object{"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}
)

func groupTarget(kind, id string) object {
	return object{"@odata.type": "#microsoft.graph." + kind + "AssignmentTarget", "groupId": id}
}

// assigned is the list of a profile's assignments. An assignment's id is the
// profile's and the target's.
func assigned(profile string, targets ...object) []any {
	list := []any{}
	for i, target := range targets {
		id, isGroup := target["groupId"].(string)
		if !isGroup {
			id = []string{"acacacac-9df4-4c7d-9d50-4ef0226f57a9", "adadadad-808e-44e2-905a-0b7873a8a531"}[i%2]
		}
		list = append(list, object{"id": profile + "_" + id, "target": target})
	}
	return list
}

// addProfiles makes configurations and compliance policies. One configuration holds
// a password, as somebody's always does.
func (t *Tenant) addProfiles(r *rand.Rand) {
	pilot, readers := groupTarget("group", t.dir.keyGroup), groupTarget("exclusionGroup", t.dir.roleGroup)

	t.addProfile(r, "deviceConfigurations", "windows10GeneralConfiguration", "Windows restrictions", object{
		"passwordRequired": true, "passwordMinimumLength": 12, "passwordExpirationDays": nil,
		"storageRequireMobileDeviceEncryption": true, "usbBlocked": r.IntN(2) == 0,
		"defenderMonitorFileActivity": "monitorAllFiles", "edgeBlocked": false,
	}, allDevices)
	t.addProfile(r, "deviceConfigurations", "windows10CustomConfiguration", "Wi-Fi "+t.Domain, object{
		"omaSettings": []any{object{
			"@odata.type": "#microsoft.graph.omaSettingString", "displayName": "Wi-Fi",
			"description": nil, "omaUri": "./Vendor/MSFT/WiFi/Profile/" + t.Label + "/WlanXml",
			"value": "<WLANProfile><keyMaterial>" + t.wifiKey() + "</keyMaterial></WLANProfile>",
		}},
	}, pilot, readers)
	t.addProfile(r, "deviceConfigurations", "iosCustomConfiguration", "iOS Wi-Fi", object{
		"payloadName": "Wi-Fi", "payloadFileName": "wifi.mobileconfig",
		"payload": base64.StdEncoding.EncodeToString([]byte(t.wifiKey())),
	}, pilot)
	t.addProfile(r, "deviceConfigurations", "windowsUpdateForBusinessConfiguration", "Update ring", object{
		"automaticUpdateMode": "autoInstallAtMaintenanceTime", "qualityUpdatesDeferralPeriodInDays": r.IntN(14),
		"featureUpdatesPaused": false,
	})

	t.addProfile(r, "deviceCompliancePolicies", "windows10CompliancePolicy", "Windows", object{
		"passwordRequired": true, "passwordMinimumLength": 8, "bitLockerEnabled": r.IntN(4) > 0,
		"secureBootEnabled": true, "codeIntegrityEnabled": true, "storageRequireEncryption": true,
		"osMinimumVersion": "10.0.22621.0", "osMaximumVersion": nil,
	}, allUsers)
	t.addProfile(r, "deviceCompliancePolicies", "iosCompliancePolicy", "iOS", object{
		"passcodeRequired": true, "passcodeMinimumLength": 6, "securityBlockJailbrokenDevices": true,
		"osMinimumVersion": "17.0", "managedEmailProfileRequired": false,
	}, pilot)
	t.addProfile(r, "deviceCompliancePolicies", "androidWorkProfileCompliancePolicy", "Android", object{
		"passwordRequired": true, "securityBlockJailbrokenDevices": true, "osMinimumVersion": "13",
		"deviceThreatProtectionEnabled": false, "storageRequireEncryption": true,
	}, allUsers, readers)
}

// wifiKey is a password that no snapshot may hold.
func (t *Tenant) wifiKey() string { return SecretMark + t.guid("wi-fi key") }

// SecretMark begins every secret that the emulator serves within a body, so that a
// test can look for it in what was kept.
const SecretMark = "emulated-secret-"

func (t *Tenant) addProfile(r *rand.Rand, list, kind, name string, settings object, targets ...object) {
	id := t.guid(list, kind)
	if t.hostile && r.IntN(3) == 0 {
		name = pick(r, hostileNames)
	}

	created := date(r, 2021, 2024)
	t.put(devicesPath+"/"+list, with(settings, object{
		"@odata.type": "#microsoft.graph." + kind, "id": id, "displayName": name, "description": nil,
		"createdDateTime": created + ".5775965Z", "lastModifiedDateTime": created + ".9329464Z",
		"version": 1 + r.IntN(9), "assignments": assigned(id, targets...),
	}))
}

// deviceRole is a role of Intune:
// https://learn.microsoft.com/intune/intune-service/fundamentals/role-based-access-control-reference
type deviceRole struct {
	name, id string
	actions  []any
}

var deviceRoles = []deviceRole{
	{"Help Desk Operator", "9e0cc482-82df-4ab2-a24c-0c23a3f52e1e",
		[]any{"Microsoft.Intune_RemoteTasks_RebootNow", "Microsoft.Intune_ManagedDevices_Read"}},
	{"Read Only Operator", "fa1d7878-e8cb-41a1-8254-0253355d8e39",
		[]any{"Microsoft.Intune_ManagedDevices_Read", "Microsoft.Intune_Organization_Read"}},
	{"Policy and Profile manager", "0bd113fe-6be5-400c-a28f-ae5553f9c0be",
		[]any{"Microsoft.Intune_DeviceConfigurations_Create", "Microsoft.Intune_DeviceConfigurations_Assign"}},
}

// addDeviceRoles makes roles, their assignments, and the tags that divide what their
// holders see. The list of assignments does not say which role each is of: that is
// said by the list below each role, which leaves the members out.
// https://learn.microsoft.com/graph/api/intune-rbac-roleassignment-list
func (t *Tenant) addDeviceRoles() {
	roles := append([]deviceRole{{"Kiosk operators", t.guid("intune role"),
		[]any{"Microsoft.Intune_ManagedDevices_Read", "Microsoft.Intune_RemoteTasks_Wipe"}}}, deviceRoles...)
	for i, role := range roles {
		permissions := []any{object{"actions": role.actions, "resourceActions": []any{object{
			"allowedResourceActions": role.actions, "notAllowedResourceActions": []any{}}}}}
		t.put(devicesPath+"/roleDefinitions", object{
			"@odata.type": "#microsoft.graph.deviceAndAppManagementRoleDefinition", "id": role.id,
			"displayName": role.name, "description": role.name, "isBuiltIn": i > 0,
			"isBuiltInRoleDefinition": i > 0, "roleScopeTagIds": []any{"0"},
			"permissions": permissions, "rolePermissions": permissions,
		})
		t.put(devicesPath + "/roleDefinitions/" + role.id + "/roleAssignments")
	}

	t.assignDeviceRole(deviceRoles[0], t.dir.roleGroup, "resourceScope", t.dir.keyGroup)
	t.assignDeviceRole(deviceRoles[1], t.dir.keyGroup, "allDevicesAndLicensedUsers")

	t.put(devicesPath+"/roleScopeTags",
		object{"id": "0", "displayName": "Default", "description": "Built-in scope tag", "isBuiltIn": true},
		object{"id": "1", "displayName": t.Country, "description": nil, "isBuiltIn": false})
}

// assignDeviceRole makes a group the holder of a role, and returns the assignment.
func (t *Tenant) assignDeviceRole(role deviceRole, holders, scope string, over ...string) object {
	scopes := []any{}
	for _, group := range over {
		scopes = append(scopes, group)
	}

	o := object{"id": t.guid("intune assignment", role.id), "displayName": fmt.Sprint(role.name, " of ", t.Name),
		"description": nil, "resourceScopes": scopes}
	t.put(devicesPath+"/roleDefinitions/"+role.id+"/roleAssignments",
		with(o, object{"@odata.type": "#microsoft.graph.deviceAndAppManagementRoleAssignment"}))

	assignment := with(o, object{"members": []any{holders}, "scopeType": scope, "scopeMembers": scopes,
		"roleScopeTagIds": []any{"0"}})
	t.put(devicesPath+"/roleAssignments", assignment)
	return assignment
}

const defenderRolesPath = "/graph/roleManagement/defender/roleAssignments"

// defenderRole is an assignment of a role of Defender:
// https://learn.microsoft.com/graph/api/resources/unifiedroleassignmentmultiple.
func (t *Tenant) defenderRole(name string, holders ...string) object {
	return object{"@odata.type": "#microsoft.graph.unifiedRoleAssignmentMultiple",
		"id": t.guid("defender assignment", name), "displayName": name, "description": nil,
		"roleDefinitionId": t.guid("defender role", name), "principalIds": anys(holders),
		"directoryScopeIds": []any{"/"}, "appScopeIds": []any{}}
}
