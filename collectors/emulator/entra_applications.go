package emulator

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// graphRoles are facts: application permissions of Microsoft Graph and their ids,
// Microsoft Graph permissions reference.
var graphRoles = map[string]string{
	"Organization.Read.All":         "498476ce-e0fe-48b0-b801-37ba7e2685c6",
	"Policy.Read.All":               "246dd0d5-5bd0-4def-940b-0421030a5b68",
	"User.Read.All":                 "df021288-bdef-4463-88db-98f22de89214",
	"Application.Read.All":          "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
	"Group.Read.All":                "5b567255-7703-4780-807c-7be8301ae99b",
	"GroupMember.Read.All":          "98830695-27a2-44f7-8c18-0c3ebc9698f6",
	"RoleManagement.Read.Directory": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
	"AuditLog.Read.All":             "b0afded3-3588-46d8-8b3d-9842eff778da",
	"Directory.Read.All":            "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
	"Device.Read.All":               "7438b122-aefc-4978-80ed-43db9fcc7715",
	"User.ReadWrite.All":            "741f803b-c850-494e-b5df-cde7c675a1ca",
	"Sites.Selected":                "883ea226-0bf2-4a8f-9f9d-92c9162a727d",
	"Application.ReadWrite.All":     "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
}

// publishedRoles are the roles of Microsoft Graph, as its service principal shows them.
func publishedRoles() (roles []any) {
	for _, value := range slices.Sorted(maps.Keys(graphRoles)) {
		roles = append(roles, object{"id": graphRoles[value], "value": value, "displayName": value,
			"description": value, "isEnabled": true, "origin": "Application",
			"allowedMemberTypes": []any{"Application"}})
	}
	return roles
}

// delegatedUserRead is the id of the delegated permission User.Read.
const delegatedUserRead = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"

// registration is what every application registration has, as the API shows it
// when all of it is selected: https://learn.microsoft.com/graph/api/resources/application.
var registration = object{
	"deletedDateTime": nil, "description": nil, "disabledByMicrosoftStatus": nil, "signInAudience": "AzureADMyOrg",
	"identifierUris": []any{}, "isFallbackPublicClient": nil, "isDeviceOnlyAuthSupported": nil,
	"groupMembershipClaims": nil, "applicationTemplateId": nil, "notes": nil, "serviceManagementReference": nil,
	"samlMetadataUrl": nil, "defaultRedirectUri": nil, "tokenEncryptionKeyId": nil, "tags": []any{},
	"keyCredentials": []any{}, "passwordCredentials": []any{}, "requiredResourceAccess": []any{},
	"appRoles": []any{}, "addIns": []any{}, "optionalClaims": nil, "certification": nil,
	"requestSignatureVerification": nil,
	"api": object{"acceptMappedClaims": nil, "knownClientApplications": []any{}, "oauth2PermissionScopes": []any{},
		"preAuthorizedApplications": []any{}, "requestedAccessTokenVersion": 2},
	"web": object{"homePageUrl": nil, "logoutUrl": nil, "redirectUris": []any{}, "redirectUriSettings": []any{},
		"implicitGrantSettings": object{"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false}},
	"spa": object{"redirectUris": []any{}}, "publicClient": object{"redirectUris": []any{}},
	"verifiedPublisher": object{"displayName": nil, "verifiedPublisherId": nil, "addedDateTime": nil},
	"info": object{"logoUrl": nil, "marketingUrl": nil, "privacyStatementUrl": nil, "supportUrl": nil,
		"termsOfServiceUrl": nil},
	"parentalControlSettings": object{"countriesBlockedForMinors": []any{}, "legalAgeGroupRule": "Allow"},
	"servicePrincipalLockConfiguration": object{"isEnabled": true, "allProperties": true,
		"credentialsWithUsageSign": nil, "credentialsWithUsageVerify": nil, "tokenEncryptionKeyId": nil},
}

// addRegistrations makes the registrations behind the tenant's own applications,
// who owns them, whose tokens they take, and what they and others are granted.
func (t *Tenant) addRegistrations(r *rand.Rand) {
	for i, id := range append([]string{t.ObjectID}, t.dir.apps...) {
		t.addRegistration(r, t.dir.byID[id], i)
	}

	t.putDirectoryObjects("/graph/servicePrincipals/"+t.dir.apps[0]+"/owners", "#microsoft.graph.user", t.some(r, 1))
	t.putDirectoryObjects("/graph/servicePrincipals/"+t.dir.managed[0]+"/owners",
		"#microsoft.graph.servicePrincipal", t.dir.apps[:1])
	t.addGrants(r)
}

// addRegistration makes the registration of a service principal. The first one has
// a certificate, others a secret, every third one trusts a pipeline's tokens.
func (t *Tenant) addRegistration(r *rand.Rand, principal object, i int) {
	id := t.guid("registration", principal["appId"].(string))
	o := with(registration, object{
		"id": id, "appId": principal["appId"], "displayName": principal["displayName"],
		"createdDateTime": date(r, 2019, 2025) + "Z", "publisherDomain": t.initialDomain(),
		"requiredResourceAccess": []any{object{"resourceAppId": graphAppID, "resourceAccess": []any{
			object{"id": delegatedUserRead, "type": "Scope"},
			object{"id": graphRoles["User.Read.All"], "type": "Role"}}}},
	})

	secretOrCertificate := func(kind string, more object) []any {
		return []any{with(more, object{"keyId": t.guid(kind, fmt.Sprint(i)), "displayName": kind,
			"startDateTime": date(r, 2025, 2025) + "Z", "endDateTime": date(r, 2027, 2027) + "Z"})}
	}
	if i == 0 {
		o["keyCredentials"] = secretOrCertificate("certificate", object{"type": "AsymmetricX509Cert",
			"usage": "Verify", "key": nil, "customKeyIdentifier": t.certificate("thumbprint")})
	} else {
		o["passwordCredentials"] = secretOrCertificate("secret", object{"hint": "ab~", "secretText": nil,
			"customKeyIdentifier": nil})
		o["web"] = with(registration["web"].(object), object{
			"redirectUris": []any{"https://app" + fmt.Sprint(i) + "." + t.Domain + "/signin-oidc"}})
	}

	t.put("/graph/applications", o)
	t.put("/graph/applications/" + id + "/owners")
	t.put("/graph/applications/" + id + "/federatedIdentityCredentials")
	if i%2 == 1 {
		t.putDirectoryObjects("/graph/applications/"+id+"/owners", "#microsoft.graph.user", t.some(r, 2))
	}
	if i%3 == 1 {
		t.put("/graph/applications/"+id+"/federatedIdentityCredentials", object{
			"id": t.guid("federated", fmt.Sprint(i)), "name": "pipeline", "description": "Déploiement",
			"issuer":    "https://token.actions.githubusercontent.com",
			"subject":   "repo:" + t.Label + "/app" + fmt.Sprint(i) + ":ref:refs/heads/main",
			"audiences": []any{"api://AzureADTokenExchange"},
		})
	}
}

// addGrants makes what applications may do at Microsoft Graph, for everybody, for
// one user, and by themselves.
func (t *Tenant) addGrants(r *rand.Rand) {
	graph := t.dir.firstParty[0]
	t.put("/graph/oauth2PermissionGrants")
	for i, client := range append([]string{t.dir.foreignApp, t.dir.providerApp}, t.dir.apps...) {
		o := object{"clientId": client, "consentType": "AllPrincipals", "principalId": nil, "resourceId": graph,
			"scope": "openid profile User.Read"}
		id := append(guidBytes(client), guidBytes(graph)...)
		if i%3 == 2 {
			user := t.some(r, 1)[0]
			o["consentType"], o["principalId"], o["scope"] = "Principal", user, " Calendars.Read offline_access"
			id = append(id, guidBytes(user)...)
		}
		o["id"] = base64.RawURLEncoding.EncodeToString(id)
		t.put("/graph/oauth2PermissionGrants", o)
	}

	for _, role := range []string{"Directory.Read.All", "User.Read.All", "AuditLog.Read.All"} {
		t.assignRole(t.ObjectID, graph, "Microsoft Graph", role)
	}
	t.assignRole(t.dir.providerApp, graph, "Microsoft Graph", "Device.Read.All")
	t.assignRole(t.dir.foreignApp, graph, "Microsoft Graph", "Sites.Selected")
	t.assignRole(t.dir.managed[0], graph, "Microsoft Graph", "GroupMember.Read.All")
}

// assignRole: https://learn.microsoft.com/graph/api/resources/approleassignment.
func (t *Tenant) assignRole(principal, resource, name, role string) {
	id := append(guidBytes(principal), guidBytes(t.guid("assignment", principal, role))...)
	t.put("/graph/servicePrincipals/"+resource+"/appRoleAssignedTo", object{
		"id": base64.RawURLEncoding.EncodeToString(id), "deletedDateTime": nil, "appRoleId": graphRoles[role],
		"createdDateTime": "2024-05-06T07:08:09.1234567Z", "principalId": principal,
		"principalType":        "ServicePrincipal",
		"principalDisplayName": t.dir.byID[principal]["displayName"], "resourceId": resource,
		"resourceDisplayName": name,
	})
}

// operatingSystems of devices, in turn, with who made them and how they joined.
var operatingSystems = []struct{ name, version, maker, model, trust string }{
	{"Windows", "10.0.26100.2314", "LENOVO", "21HM", "AzureAd"},
	{"iOS", "18.1", "Apple", "iPhone 15", "Workplace"},
	{"Windows", "10.0.22631.4460", "Dell Inc.", "Latitude 5450", "ServerAd"},
	{"AndroidForWork", "15", "Google", "Pixel 8", "Workplace"},
	{"MacMDM", "15.1.0", "Apple", "MacBook Air", "AzureAd"},
}

// maxRegistered bounds the devices of a tenant: more show nothing new.
const maxRegistered = 60

// addRegisteredDevices: https://learn.microsoft.com/graph/api/resources/device.
func (t *Tenant) addRegisteredDevices(r *rand.Rand) {
	t.put("/graph/devices")

	for i := range min(t.Size.Users, maxRegistered) {
		system := operatingSystems[i%len(operatingSystems)]
		isOurs := system.trust != "Workplace"
		o := object{
			"id": t.guid("device", fmt.Sprint(i)), "deviceId": t.guid("device id", fmt.Sprint(i)),
			"displayName": fmt.Sprintf("PC-%04d", r.IntN(10000)), "accountEnabled": i%9 != 8,
			"trustType": system.trust, "profileType": "RegisteredDevice", "deviceOwnership": "Company",
			"enrollmentType": nil, "enrollmentProfileName": nil, "managementType": "MDM", "isManaged": isOurs,
			"isCompliant": isOurs && i%4 != 3, "isRooted": nil, "deviceCategory": nil,
			"mdmAppId":     "0000000a-0000-0000-c000-000000000000",
			"manufacturer": system.maker, "model": system.model, "operatingSystem": system.name,
			"operatingSystemVersion": system.version, "onPremisesSyncEnabled": nil,
			"onPremisesLastSyncDateTime": nil, "complianceExpirationDateTime": nil,
			"approximateLastSignInDateTime": date(r, 2026, 2026) + "Z",
			"registrationDateTime":          date(r, 2023, 2025) + "Z", "systemLabels": []any{},
		}

		switch system.trust {
		case "Workplace":
			o["deviceOwnership"], o["displayName"] = "Personal", pick(r, givenNames)+"のiPhone"
		case "ServerAd":
			o["onPremisesSyncEnabled"], o["onPremisesLastSyncDateTime"] = true, date(r, 2026, 2026)+"Z"
		}

		t.put("/graph/devices", o)
	}
}
