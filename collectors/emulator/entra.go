package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// addEntra makes the directory: organization, licences, policies, who is in it
// and who holds which role.
func (t *Tenant) addEntra(s story) {
	if s.hostile {
		t.Name += " " + pick(t.rand("name"), hostileNames)
	}

	if s.has(countryOutside) {
		t.Country = fenceOf(s.fence).foreign
	}

	skus := t.skus()
	t.plans = plansOf(skus)
	organization := t.organization(skus)

	if s.has(countryUnknown) {
		organization["countryLetterCode"] = nil
	}

	t.put("/graph/organization", organization)

	if s.has(countryOutside) {
		t.plant("RF-G-01", "entra.organization", organization)
	}

	for _, k := range skus {
		t.put("/graph/subscribedSkus", t.subscribedSku(k))
	}

	policy := authorizationPolicy(s)
	t.put("/graph/policies/authorizationPolicy", policy)

	if s.emailJoin || s.invites == "everyone" || s.invites == "adminsGuestInvitersAndAllMembers" {
		t.plant("RF-T-08", "entra.authorization_policy", policy)
	}

	t.addCollaboration(s)
	t.addDirectory(s)
	t.addDirectoryRoles(s)
}

// planP2 is the service plan of Entra ID P2.
const planP2 = "AAD_PREMIUM_P2"

// plansOf are the names of all plans. A lapsed product's count: its services
// go on for a while.
func plansOf(skus []sku) map[string]bool {
	names := map[string]bool{}
	for _, k := range skus {
		for _, plan := range k.plans {
			names[firstField(plan)] = true
		}
	}
	return names
}

func (t *Tenant) licensed(plan string) bool { return t.plans[plan] }

// skus by the tenant's tier: small tenants have Business Premium, larger ones
// E3 or E5. Half of all have the free products that users sign up for, a few a
// subscription that has lapsed.
func (t *Tenant) skus() []sku {
	r := t.rand("skus")
	list := []sku{businessPremium}

	switch t.Size.Tier {
	case "mid":
		list = []sku{pick(r, []sku{businessPremium, microsoft365E3})}
	case "large":
		list = []sku{microsoft365E3, microsoft365E5}
	}

	if r.IntN(2) == 0 {
		list = append(list, powerAutomateFree)
	}

	if r.IntN(4) == 0 {
		list = append(list, entraP2)
	}

	return list
}

// organization: https://learn.microsoft.com/graph/api/organization-list. Half
// of the tenants leave out what Graph leaves out at times.
func (t *Tenant) organization(skus []sku) object {
	r := t.rand("organization")
	created := date(r, 2012, 2022) + "Z"
	assigned, provisioned := []any{}, []any{}
	for _, k := range skus {
		for _, plan := range k.plans {
			name, id, _ := strings.Cut(plan, " ")
			assigned = append(assigned, object{"assignedDateTime": created, "capabilityStatus": k.state(), "service": serviceOf(name), "servicePlanId": id})
			provisioned = append(provisioned, object{"capabilityStatus": k.state(), "provisioningStatus": "Success", "service": serviceOf(name)})
		}
	}

	var sync, lastSync any

	if t.Size.Tier == "large" {
		sync, lastSync = true, date(r, 2026, 2026)+"Z"
	}

	o := object{
		"id": t.ID, "deletedDateTime": nil, "businessPhones": []any{fmt.Sprintf("+%d 555 %04d", 1+r.IntN(90), r.IntN(10000))},
		"city": nil, "country": nil, "countryLetterCode": t.Country, "createdDateTime": created, "displayName": t.Name,
		"marketingNotificationEmails": []any{}, "onPremisesLastSyncDateTime": lastSync, "onPremisesSyncEnabled": sync,
		"postalCode": nil, "preferredLanguage": "en", "securityComplianceNotificationMails": []any{},
		"securityComplianceNotificationPhones": []any{}, "state": nil, "street": nil,
		"technicalNotificationMails": []any{"admin@" + t.Domain}, "tenantType": "AAD",
		"directorySizeQuota": object{"used": t.Size.Users*4 + r.IntN(500), "total": 300000},
		"assignedPlans":      assigned, "provisionedPlans": provisioned,
		"privacyProfile": object{"contactEmail": "", "statementUrl": ""},
		"verifiedDomains": []any{
			domain(t.Domain, true, false),
			domain(strings.TrimSuffix(t.Domain, ".example")+".onmicrosoft.example", false, true),
		},
	}

	if r.IntN(2) == 0 {
		o["isMultipleDataLocationsForServicesEnabled"] = nil
		o["privacyProfile"] = nil
	}

	return o
}

func domain(name string, isDefault, isInitial bool) object {
	return object{"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": isDefault, "isInitial": isInitial, "name": name, "type": "Managed"}
}

// serviceOf maps a service plan to the service that organization's plans name.
func serviceOf(plan string) string {
	for prefix, service := range map[string]string{"AAD": "AADPremiumService", "INTUNE": "SCO", "MFA": "MultiFactorService",
		"EXCHANGE": "exchange", "TEAMS": "TeamspaceAPI", "SHAREPOINT": "SharePoint", "RMS": "RMSOnline", "ADALLOM": "Adallom"} {
		if strings.HasPrefix(plan, prefix) {
			return service
		}
	}

	return "MicrosoftOffice"
}

// subscribedSku: https://learn.microsoft.com/graph/api/subscribedsku-list. The
// id is "<tenant>_<skuId>".
func (t *Tenant) subscribedSku(k sku) object {
	r := t.rand("sku " + k.part)
	plans, provisioning := []any{}, "Success"

	if k.suspended {
		provisioning = "Disabled"
	}

	for _, plan := range k.plans {
		name, id, _ := strings.Cut(plan, " ")
		plans = append(plans, object{"servicePlanId": id, "servicePlanName": name, "provisioningStatus": provisioning, "appliesTo": appliesTo(name)})
	}

	seats := t.Size.Users + r.IntN(t.Size.Users/4+2)
	units := object{"enabled": seats, "suspended": 0, "warning": 0, "lockedOut": 0}

	if k.suspended {
		units["enabled"], units["suspended"] = 0, seats
	}

	return object{
		"accountId": t.ID, "accountName": strings.TrimSuffix(t.Domain, ".example"), "appliesTo": "User",
		"capabilityStatus": k.state(), "consumedUnits": t.Size.Users, "id": t.ID + "_" + k.id,
		"prepaidUnits": units,
		"servicePlans": plans, "skuId": k.id, "skuPartNumber": k.part,
		"subscriptionIds": []any{t.guid("commerce subscription", k.part)},
	}
}

func (k sku) state() string {
	if k.suspended {
		return "Suspended"
	}
	return "Enabled"
}

func appliesTo(plan string) string {
	if plan == "EXCHANGE_S_FOUNDATION" {
		return "Company"
	}
	return "User"
}

// authorizationPolicy: https://learn.microsoft.com/graph/api/authorizationpolicy-get.
func authorizationPolicy(s story) object {
	invites := s.invites
	if invites == "" {
		invites = "adminsAndGuestInviters"
	}
	return object{
		"id": "authorizationPolicy", "displayName": "Authorization Policy", "deletedDateTime": nil,
		"description":      "Used to manage authorization related settings across the company.",
		"allowInvitesFrom": invites, "allowEmailVerifiedUsersToJoinOrganization": s.emailJoin,
		"allowedToSignUpEmailBasedSubscriptions": true, "allowedToUseSSPR": true,
		"allowUserConsentForRiskyApps": nil, "blockMsolPowerShell": nil,
		"guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3", // guest user: limited access, the default
		"defaultUserRolePermissions": object{
			"allowedToCreateApps": false, "allowedToCreateSecurityGroups": true, "allowedToCreateTenants": false,
			"allowedToReadBitlockerKeysForOwnedDevice": true, "allowedToReadOtherUsers": true,
			"permissionGrantPoliciesAssigned": []any{"ManagePermissionGrantsForSelf.microsoft-user-default-low"},
		},
	}
}

// date is a time between two years, "2019-03-04T05:06:07", without zone.
func date(r *rand.Rand, from, to int) string {
	return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d", from+r.IntN(to-from+1), 1+r.IntN(9), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60))
}
