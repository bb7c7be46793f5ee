package emulator

// authorizationPolicy: https://learn.microsoft.com/graph/api/authorizationpolicy-get.
func authorizationPolicy(*Tenant, *subscription) []object {
	return []object{{
		"id": "authorizationPolicy", "displayName": "Authorization Policy", "deletedDateTime": nil,
		"description":      "Used to manage authorization related settings across the company.",
		"allowInvitesFrom": "adminsAndGuestInviters", "allowEmailVerifiedUsersToJoinOrganization": false,
		"allowedToSignUpEmailBasedSubscriptions": true, "allowedToUseSSPR": true,
		"allowUserConsentForRiskyApps": nil, "blockMsolPowerShell": nil,
		"guestUserRoleId": "2af84b1e-32c8-42b7-82bc-daa82404023b", // restricted guest user
		"defaultUserRolePermissions": object{
			"allowedToCreateApps": false, "allowedToCreateSecurityGroups": true,
			"allowedToCreateTenants":                   false,
			"allowedToReadBitlockerKeysForOwnedDevice": true, "allowedToReadOtherUsers": true,
			"permissionGrantPoliciesAssigned": []any{
				"ManagePermissionGrantsForSelf.microsoft-user-default-low"},
		},
	}}
}

// b2bPolicies: https://learn.microsoft.com/graph/api/policyroot-list-b2bmanagementpolicies.
func b2bPolicies(t *Tenant, _ *subscription) []object {
	return []object{{
		"@odata.type": "#microsoft.graph.b2bManagementPolicy", "id": t.guid("b2b policy"), "deletedDateTime": nil,
		"description": "B2BManagementPolicy", "displayName": "B2BManagementPolicy", "isOrganizationDefault": true,
		"definition": []any{invitationsFrom(pick(t.rand("b2b policy"), partners), "northwind-msp.example")},
	}}
}

// invitationsFrom is the rule that guests may be invited from domains only; from any
// domain, if there is none.
func invitationsFrom(domains ...string) string {
	return `{"B2BManagementPolicy":{"InvitationsAllowedAndBlockedDomainsPolicy":{"AllowedDomains":` +
		quoteList(domains) + `,"BlockedDomains":[]},"AutoRedeemPolicy":{"AdminConsentedForUsersIntoTenantIds":[],` +
		`"NoAADConsentForUsersFromTenantsIds":[]}}}`
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
