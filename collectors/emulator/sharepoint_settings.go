package emulator

import "math/rand/v2"

// sharePointDefaults: https://learn.microsoft.com/graph/api/sharepointsettings-get
var sharePointDefaults = object{
	"allowedDomainGuidsForSyncApp":                 []any{},
	"availableManagedPathsForSiteCreation":         []any{"/sites/", "/teams/"},
	"deletedUserPersonalSiteRetentionPeriodInDays": 30, "excludedFileExtensionsForSyncApp": []any{},
	"idleSessionSignOut": object{"isEnabled": false, "warnAfterInSeconds": 0, "signOutAfterInSeconds": 0},
	"imageTaggingOption": "basic", "isCommentingOnSitePagesEnabled": true,
	"isFileActivityNotificationEnabled": true, "isLegacyAuthProtocolsEnabled": false, "isLoopEnabled": true,
	"isMacSyncAppEnabled": true, "isRequireAcceptingUserToMatchInvitedUserEnabled": true,
	"isResharingByExternalUsersEnabled": false, "isSharePointMobileNotificationEnabled": true,
	"isSharePointNewsfeedEnabled": true, "isSiteCreationEnabled": true, "isSiteCreationUIEnabled": true,
	"isSitePagesCreationEnabled": true, "isSitesStorageLimitAutomatic": true,
	"isSyncButtonHiddenOnPersonalSite": false, "isUnmanagedSyncAppForTenantRestricted": false,
	"personalSiteDefaultStorageLimitInMB": 1048576, "sharingAllowedDomainList": []any{},
	"sharingBlockedDomainList": []any{}, "sharingDomainRestrictionMode": "none",
	"siteCreationDefaultManagedPath": "/sites/", "siteCreationDefaultStorageLimitInMB": 26214400,
	"tenantDefaultTimezone": "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
}

// addSharePoint makes the settings of file sharing: some clients share with the domains
// of a list, some with nobody new.
func (t *Tenant) addSharePoint(r *rand.Rand) {
	o := with(sharePointDefaults, object{
		"sharingCapability": pick(r, []string{"externalUserSharingOnly", "externalUserSharingOnly",
			"existingExternalUserSharingOnly", "disabled"})})
	if r.IntN(2) == 0 || o["sharingCapability"] == "externalUserSharingOnly" {
		o["sharingDomainRestrictionMode"] = "allowList"
		o["sharingAllowedDomainList"] = []any{pick(r, partners), "northwind-msp.example"}
	}

	t.put("/graph/admin/sharepoint/settings", o)
}
