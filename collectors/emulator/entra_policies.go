package emulator

// authorizationPolicy: https://learn.microsoft.com/graph/api/authorizationpolicy-get.
func authorizationPolicy(*Tenant, *subscription) []object {
	return []object{{
		"id": "authorizationPolicy", "displayName": "Authorization Policy", "deletedDateTime": nil,
		"description":      "Used to manage authorization related settings across the company.",
		"allowInvitesFrom": "adminsAndGuestInviters", "allowEmailVerifiedUsersToJoinOrganization": false,
		"allowedToSignUpEmailBasedSubscriptions": true, "allowedToUseSSPR": true,
		"allowUserConsentForRiskyApps": nil, "blockMsolPowerShell": nil,
		"guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3", // guest user: limited access, the default
		"defaultUserRolePermissions": object{
			"allowedToCreateApps": false, "allowedToCreateSecurityGroups": true,
			"allowedToCreateTenants":                   false,
			"allowedToReadBitlockerKeysForOwnedDevice": true, "allowedToReadOtherUsers": true,
			"permissionGrantPoliciesAssigned": []any{
				"ManagePermissionGrantsForSelf.microsoft-user-default-low"},
		},
	}}
}

// Settings of cross-tenant access: who may, and with what.
var (
	everyone   = access("allowed", "AllUsers", "user")
	nobody     = access("blocked", "AllUsers", "user")
	everything = access("allowed", "AllApplications", "application")
	nothing    = access("blocked", "AllApplications", "application")
	officeOnly = access("allowed", "Office365", "application")

	openToAll   = object{"usersAndGroups": everyone, "applications": everything}
	closedToAll = object{"usersAndGroups": nobody, "applications": nothing}
)

// crossTenantDefault makes the default cross-tenant access settings. Microsoft
// ships them open; our clients have closed them, in one of three ways.
// https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationdefault-get
func crossTenantDefault(t *Tenant, _ *subscription) []object {
	return []object{{
		"isServiceDefault": false,
		"inboundTrust": object{"isMfaAccepted": false, "isCompliantDeviceAccepted": false,
			"isHybridAzureADJoinedDeviceAccepted": false},
		"b2bCollaborationInbound": pick(t.rand("collaboration"), []object{
			closedToAll,
			{"usersAndGroups": access("allowed", t.guid("partner's users"), "group"),
				"applications": everything},
			{"usersAndGroups": everyone, "applications": officeOnly},
		}),
		"b2bCollaborationOutbound": object{"usersAndGroups": everyone, "applications": officeOnly},
		"b2bDirectConnectInbound":  closedToAll, "b2bDirectConnectOutbound": closedToAll,
	}}
}

func access(typ, target, targetType string) object {
	return object{"accessType": typ, "targets": []any{object{"target": target, "targetType": targetType}}}
}
