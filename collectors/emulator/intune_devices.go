package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

const devicesPath = "/graph/deviceManagement"

// platform is a kind of device, as Intune tells of it.
type platform struct {
	os, version, maker, model string
	agent, enrollment         string
}

var platforms = []platform{
	{"Windows", "10.0.22631.4169", "Dell Inc.", "Latitude 5440", "mdm", "windowsAzureADJoin"},
	{"Windows", "10.0.26100.1742", "LENOVO", "21HES0VM00", "mdm", "windowsAutoEnrollment"},
	{"iOS", "18.1.1", "Apple", "iPhone 15", "mdm", "appleBulkWithUser"},
	{"Android", "14", "samsung", "SM-S911B", "googleCloudDevicePolicyController", "userEnrollment"},
	{"macOS", "15.1 (24B83)", "Apple", "MacBook Air", "mdm", "appleBulkWithUser"},
}

// addDevices makes what Intune, Defender and SharePoint have.
func (t *Tenant) addDevices() {
	if t.licensed(planIntune) {
		t.addManagedDevices(t.rand("managed devices"))
		t.addProfiles(t.rand("profiles"))
		t.addDeviceRoles()
		t.addBindings(t.rand("bindings"))
	}

	t.addScores(t.rand("scores"))
	t.addSharePoint(t.rand("sharepoint"))
	t.put(defenderRolesPath, t.defenderRole("Security operators", t.dir.roleGroup))
	t.apply(workloads, site{})
}

// devices is how many devices are managed: one for each user of a small tenant. In
// larger ones it is fewer than in reality, unless Size says how many.
func (t *Tenant) devices() int {
	return or(t.Size.Devices, min(t.Size.Users, 30)+t.Size.Users/20)
}

func (t *Tenant) addManagedDevices(r *rand.Rand) {
	t.put(devicesPath + "/managedDevices")
	t.put(devicesPath + "/windowsAutopilotDeviceIdentities")
	for i := range t.devices() {
		p, user := pick(r, platforms), t.dir.byID[t.dir.members[i%len(t.dir.members)]]
		o := t.managedDevice(r, fmt.Sprint(i), p, user)
		t.put(devicesPath+"/managedDevices", o)

		if p.os == "Windows" && i%3 == 0 {
			t.put(devicesPath+"/windowsAutopilotDeviceIdentities", t.autopilotDevice(o))
		}
	}
}

// deviceDefaults are what most devices have: Intune leaves nothing out.
// https://learn.microsoft.com/graph/api/intune-devices-manageddevice-list
var deviceDefaults = object{
	"managedDeviceOwnerType": "company", "deviceActionResults": []any{}, "jailBroken": "Unknown",
	"easActivated": false, "easDeviceId": nil, "easActivationDateTime": "0001-01-01T00:00:00Z",
	"azureADRegistered": true, "activationLockBypassCode": nil, "deviceRegistrationState": "registered",
	"deviceCategoryDisplayName": "Unknown", "isSupervised": false,
	"exchangeLastSuccessfulSyncDateTime": "0001-01-01T00:00:00Z", "exchangeAccessState": "none",
	"exchangeAccessStateReason": "none", "remoteAssistanceSessionUrl": nil,
	"remoteAssistanceSessionErrorDetails": nil, "isEncrypted": true, "imei": "", "meid": "",
	"complianceGracePeriodExpirationDateTime": "9999-12-31T23:59:59Z", "phoneNumber": "",
	"androidSecurityPatchLevel": "", "configurationManagerClientEnabledFeatures": nil,
	"deviceHealthAttestationState": nil, "subscriberCarrier": "", "iccid": nil, "udid": nil, "notes": nil,
	"partnerReportedThreatState": "unknown", "requireUserEnrollmentApproval": nil,
	"enrollmentProfileName": nil, "ethernetMacAddress": nil, "physicalMemoryInBytes": 0,
	"managementCertificateExpirationDate": "2027-08-01T00:00:00Z", "managementState": "managed",
}

var complianceStates = []string{"compliant", "compliant", "compliant", "noncompliant", "inGracePeriod"}

func (t *Tenant) managedDevice(r *rand.Rand, n string, p platform, user object) object {
	serial := strings.ToUpper(t.guid("serial", n)[:8])
	free := r.Int64N(1 << 38)
	o := with(deviceDefaults, object{
		"id": t.guid("managed device", n), "deviceName": p.os + "-" + serial,
		"managedDeviceName": fmt.Sprintf("%s_%s_11/22/2026_7:00 AM", user["id"], p.os),
		"userId":            user["id"], "userDisplayName": user["displayName"],
		"userPrincipalName": user["userPrincipalName"], "emailAddress": user["mail"],
		"azureADDeviceId": t.guid("device id", n), "serialNumber": serial,
		"operatingSystem": p.os, "osVersion": p.version, "manufacturer": p.maker, "model": p.model,
		"managementAgent": p.agent, "deviceEnrollmentType": p.enrollment,
		"complianceState":         pick(r, complianceStates),
		"enrolledDateTime":        date(r, 2023, 2025) + "Z",
		"lastSyncDateTime":        fmt.Sprintf("2026-11-22T%02d:10:00Z", r.IntN(10)),
		"wiFiMacAddress":          strings.ReplaceAll(t.guid("mac", n)[24:], "-", ""),
		"freeStorageSpaceInBytes": free, "totalStorageSpaceInBytes": free + 1<<37,
	})

	if p.os == "Android" { // somebody was locked out
		o["deviceActionResults"] = []any{object{"@odata.type": "#microsoft.graph.resetPasscodeActionResult",
			"actionName": "resetPasscode", "actionState": "done", "startDateTime": "2026-11-20T08:00:00Z",
			"lastUpdatedDateTime": "2026-11-20T08:01:00Z", "passcode": SecretMark + serial}}
	}
	if p.maker == "Apple" {
		o["isSupervised"], o["udid"] = true, t.guid("udid", n)
		o["activationLockBypassCode"] = SecretMark + serial
		o["enrollmentProfileName"] = "Corporate"
	}
	if t.hostile && r.IntN(4) == 0 {
		o["deviceName"] = pick(r, hostileNames)
	}

	return o
}

// autopilotDevice: https://learn.microsoft.com/graph/api/intune-enrollment-windowsautopilotdeviceidentity-list
func (t *Tenant) autopilotDevice(device object) object {
	return object{
		"id": t.guid("autopilot", device["id"].(string)), "groupTag": "", "purchaseOrderIdentifier": "",
		"serialNumber": device["serialNumber"], "productKey": "", "manufacturer": device["manufacturer"],
		"model": device["model"], "enrollmentState": "enrolled",
		"lastContactedDateTime": device["lastSyncDateTime"], "addressableUserName": "",
		"userPrincipalName": "", "resourceName": "", "skuNumber": "", "systemFamily": "",
		"azureActiveDirectoryDeviceId": device["azureADDeviceId"], "managedDeviceId": device["id"],
		"displayName": "",
	}
}

// addBindings: what ties two of three tenants to Apple, and half of them to Google.
func (t *Tenant) addBindings(r *rand.Rand) {
	t.put(devicesPath + "/depOnboardingSettings")
	t.put("/graph/deviceAppManagement/vppTokens")
	t.put(devicesPath + "/applePushNotificationCertificate")
	if t.minimal || r.IntN(3) > 0 {
		t.addApple(r)
	}

	owner, status, organization := any("android@"+t.Domain), "boundAndValidated", any(t.Name)
	if r.IntN(2) == 0 {
		owner, status, organization = nil, "notBound", nil
	}

	// Read from beta, as .../intune-androidforwork-androidmanagedstoreaccountenterprisesettings-get says.
	t.put(devicesPath+"/androidManagedStoreAccountEnterpriseSettings", object{
		"id": "androidManagedStoreAccountEnterpriseSettings", "bindStatus": status,
		"lastAppSyncDateTime": "2026-11-22T05:00:00Z", "lastAppSyncStatus": "success",
		"ownerUserPrincipalName": owner, "ownerOrganizationName": organization,
		"lastModifiedDateTime": date(r, 2022, 2024) + "Z", "enrollmentTarget": "none", "targetGroupIds": []any{},
		"deviceOwnerManagementEnabled": status != "notBound", "companyCodes": []any{
			object{"enrollmentToken": SecretMark + t.guid("enrollment"), "qrCodeContent": nil, "qrCodeImage": nil}},
		"androidDeviceOwnerFullyManagedEnrollmentEnabled": status != "notBound",
	})
}

func (t *Tenant) addApple(r *rand.Rand) {
	apple, expires := "apple@"+t.Domain, "2027-0"+fmt.Sprint(1+r.IntN(9))+"-15T12:00:00Z"
	changed := date(r, 2025, 2025) + "Z"

	// https://learn.microsoft.com/graph/api/intune-enrollment-deponboardingsetting-list?view=graph-rest-beta
	t.put(devicesPath+"/depOnboardingSettings", object{
		"id": t.guid("dep token"), "appleIdentifier": apple, "tokenExpirationDateTime": expires,
		"lastModifiedDateTime": changed, "lastSuccessfulSyncDateTime": "2026-11-22T03:00:00Z",
		"lastSyncTriggeredDateTime": "2026-11-22T03:00:00Z", "shareTokenWithSchoolDataSyncService": false,
		"lastSyncErrorCode": 0, "tokenType": "dep", "tokenName": t.Name + " ABM", "syncedDeviceCount": r.IntN(90),
		"dataSharingConsentGranted": true, "roleScopeTagIds": []any{"0"},
	})

	// https://learn.microsoft.com/graph/api/intune-onboarding-vpptoken-list
	t.put("/graph/deviceAppManagement/vppTokens", object{
		"id": t.guid("vpp token"), "organizationName": t.Name, "vppTokenAccountType": "business",
		"appleId": apple, "expirationDateTime": expires, "lastSyncDateTime": "2026-11-22T04:00:00Z",
		"token": SecretMark + t.guid("vpp"), "lastModifiedDateTime": changed, "state": "valid",
		"lastSyncStatus":          "completed",
		"automaticallyUpdateApps": true, "countryOrRegion": strings.ToLower(t.Country),
	})

	// https://learn.microsoft.com/graph/api/intune-devices-applepushnotificationcertificate-get
	t.put(devicesPath+"/applePushNotificationCertificate", object{
		"id": t.guid("push certificate"), "appleIdentifier": apple,
		"topicIdentifier":      "com.apple.mgmt.External." + t.guid("push topic"),
		"lastModifiedDateTime": changed, "expirationDateTime": expires, "certificateUploadStatus": nil,
		"certificateUploadFailureReason": nil,
		"certificate":                    SecretMark + t.guid("certificate"),
		"certificateSerialNumber":        strings.ToUpper(strings.ReplaceAll(t.guid("push serial"), "-", ""))[:16],
	})
}
