package emulator

import (
	"encoding/binary"
	"fmt"
	"strings"
)

const (
	policiesPath  = "/graph/identity/conditionalAccess/policies"
	locationsPath = "/graph/identity/conditionalAccess/namedLocations"

	countryPolicy = "国外からのサインインを拒否" // sign-ins from abroad are refused
)

// protectedByDefaults: the smallest tenants have no conditional access.
func (t *Tenant) protectedByDefaults() bool { return t.Size.Tier == "micro" }

// securityDefaults:
// https://learn.microsoft.com/graph/api/identitysecuritydefaultsenforcementpolicy-get.
func securityDefaults(t *Tenant, _ *subscription) []object {
	return []object{{
		"id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults",
		"description": "Security defaults is a set of basic identity security mechanisms.",
		"isEnabled":   t.protectedByDefaults(),
	}}
}

// addConditionalAccess makes the policies of a tenant that has any, and the places
// that they speak of.
func (t *Tenant) addConditionalAccess() {
	t.put(policiesPath)
	t.put(locationsPath)
	home := t.Country
	if t.msp != nil {
		home = fenceOf(t.fence).country
	}
	if t.protectedByDefaults() {
		if t.msp != nil { // who has no conditional access cannot block a country
			t.plant("RF-G-08", "entra.organization", t.at("/graph/organization")[0])
		}
		return
	}

	office, countries := t.guid("location office"), t.guid("location countries")
	t.put(locationsPath,
		t.location(office, "Büro", "ip", object{"isTrusted": true, "ipRanges": t.officeRanges()}),
		t.location(countries, "Где мы работаем", "country", object{"countriesAndRegions": []any{home},
			"includeUnknownCountriesAndRegions": false, "countryLookupMethod": "clientIpAddress"}))

	everybody := targets{"includeUsers": {"All"}, "excludeGroups": {t.guid("group", "empty")}}
	t.addPolicy("Block legacy authentication", everybody, object{"grantControls": controls("block")},
		object{"clientAppTypes": []any{"exchangeActiveSync", "other"}})
	t.addPolicy("Administrators: multifactor authentication",
		targets{"includeRoles": {roleID("Global Administrator"), roleID("User Administrator")}},
		object{"grantControls": controls("mfa")}, nil)
	t.addPolicy(countryPolicy, everybody, object{"grantControls": controls("block")},
		object{"locations": object{"includeLocations": []any{"All"}, "excludeLocations": []any{countries}}})

	if t.Size.Tier != "small" {
		t.addGuestPolicies()
	}
	for i := range or(t.Size.Policies, 0) {
		group := targets{"includeGroups": {t.guid("group", fmt.Sprint(i))}}
		t.addPolicy(fmt.Sprintf("Team %03d: multifactor authentication", i+1), group,
			object{"grantControls": controls("mfa")}, nil)
	}
}

// addGuestPolicies are the policies about guests and applications, one of which
// only reports.
func (t *Tenant) addGuestPolicies() {
	guests := object{"guestOrExternalUserTypes": "b2bCollaborationGuest,serviceProvider",
		"externalTenants": object{"@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
			"membershipKind": "enumerated", "members": []any{mspID(t.seed)}}}
	t.addPolicy("Guests of the provider", nil, object{"grantControls": controls("mfa")},
		object{"users": with(nobodyTargeted(), object{"includeGuestsOrExternalUsers": guests})})
	t.addPolicy("Frequent sign-in (report only)", targets{"includeUsers": {"All"}},
		object{"state": "enabledForReportingButNotEnforced", "grantControls": nil,
			"sessionControls": object{"applicationEnforcedRestrictions": nil, "cloudAppSecurity": nil,
				"persistentBrowser": object{"mode": "never", "isEnabled": true}, "disableResilienceDefaults": nil,
				"signInFrequency": object{"value": 12, "type": "hours", "isEnabled": true,
					"frequencyInterval": "timeBased", "authenticationType": "primaryAndSecondaryAuthentication"}}},
		nil)
	t.addPolicy("Workload identities", targets{"includeUsers": {"None"}},
		object{"state": "disabled", "grantControls": controls("block")},
		object{"clientApplications": object{"includeServicePrincipals": []any{t.dir.apps[0]},
			"excludeServicePrincipals": []any{}, "servicePrincipalFilter": nil}})
}

// officeRanges are the addresses of a tenant's office, which no other tenant has: in ranges that
// are nobody's on the internet (240.0.0.0/4, and 2001:db8::/32 for documentation).
func (t *Tenant) officeRanges() []any {
	h := digest(t.seed, t.Label, "office")
	return []any{
		object{"@odata.type": "#microsoft.graph.iPv4CidrRange",
			"cidrAddress": fmt.Sprintf("%d.%d.%d.%d/32", 240|h[0]&0x0f, h[1], h[2], h[3])},
		object{"@odata.type": "#microsoft.graph.iPv6CidrRange",
			"cidrAddress": fmt.Sprintf("2001:db8:%x:%x::/64", binary.BigEndian.Uint16(h[4:]),
				binary.BigEndian.Uint16(h[6:]))},
	}
}

// location: https://learn.microsoft.com/graph/api/resources/namedlocation.
func (t *Tenant) location(id, name, kind string, more object) object {
	return with(more, object{"@odata.type": "#microsoft.graph." + kind + "NamedLocation", "id": id,
		"displayName": name, "createdDateTime": "2023-01-02T03:04:05.6789012Z",
		"modifiedDateTime": "2024-01-02T03:04:05.6789012Z"})
}

func controls(builtIn ...any) object {
	return object{"operator": "OR", "builtInControls": builtIn, "customAuthenticationFactors": []any{},
		"termsOfUse": []any{}, "authenticationStrength": nil}
}

// targets are who a policy is about, by property: "includeUsers", "excludeGroups".
type targets map[string][]string

func nobodyTargeted() object {
	o := object{"includeGuestsOrExternalUsers": nil, "excludeGuestsOrExternalUsers": nil}
	for _, way := range []string{"include", "exclude"} {
		for _, what := range []string{"Users", "Groups", "Roles"} {
			o[way+what] = []any{}
		}
	}
	return o
}

// addPolicy: https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy.
// more and conditions are what differs from a policy that is on, about all
// applications.
func (t *Tenant) addPolicy(name string, who targets, more, conditions object) {
	users := nobodyTargeted()
	for property, ids := range who {
		list := []any{}
		for _, id := range ids {
			list = append(list, id)
		}
		users[property] = list
	}

	all := object{
		"users": users, "clientAppTypes": []any{"all"}, "signInRiskLevels": []any{}, "userRiskLevels": []any{},
		"servicePrincipalRiskLevels": []any{}, "platforms": nil, "locations": nil, "devices": nil,
		"clientApplications": nil, "insiderRiskLevels": nil, "authenticationFlows": nil,
		"applications": object{"includeApplications": []any{"All"}, "excludeApplications": []any{},
			"includeUserActions": []any{}, "includeAuthenticationContextClassReferences": []any{},
			"applicationFilter": nil},
	}

	t.put(policiesPath, with(object{
		"id": t.guid("policy", name), "displayName": name, "state": "enabled", "templateId": nil,
		"createdDateTime": "2023-05-06T07:08:09.0123456Z", "modifiedDateTime": nil, "sessionControls": nil,
		"conditions": with(all, conditions),
	}, more))
}

// conditionSet is when a permission may be consented to:
// https://learn.microsoft.com/graph/api/resources/permissiongrantconditionset.
func (t *Tenant) conditionSet(key, kind, classification string, verified bool) object {
	return object{"id": t.guid("condition set", key), "permissionType": kind, "resourceApplication": "any",
		"permissionClassification": classification, "permissions": []any{"all"},
		"clientApplicationIds": []any{"all"}, "clientApplicationTenantIds": []any{"all"},
		"clientApplicationPublisherIds": []any{"all"}, "clientApplicationsFromVerifiedPublisherOnly": verified}
}

// permissionGrantPolicies are Microsoft's own, and in larger tenants one for the
// help desk: https://learn.microsoft.com/graph/api/permissiongrantpolicy-list.
func permissionGrantPolicies(t *Tenant, _ *subscription) []object {
	policy := func(id, name string, includes ...any) object {
		return object{"id": id, "displayName": name, "description": name + ".", "deletedDateTime": nil,
			"includes": includes, "excludes": []any{}}
	}

	all := []object{
		policy("microsoft-company-admin", "Company Admin Policy",
			t.conditionSet("admin applications", "application", "all", false),
			t.conditionSet("admin delegated", "delegated", "all", false)),
		policy("microsoft-user-default-low", "Default User Low Risk Policy",
			t.conditionSet("user low", "delegated", "low", true)),
		policy("microsoft-user-default-legacy", "Default User Legacy Policy",
			t.conditionSet("user legacy", "delegatedUserConsentable", "all", false)),
	}
	if t.Size.Tier == "large" {
		all = append(all, policy("tier-1", "Tier 1 Help Desk", t.conditionSet("tier 1", "delegated", "low", true)))
	}
	return all
}

// crossTenantPolicy: https://learn.microsoft.com/graph/api/crosstenantaccesspolicy-get.
func crossTenantPolicy(t *Tenant, _ *subscription) []object {
	o := object{"id": t.guid("cross-tenant policy"), "displayName": "CrossTenantAccessPolicy",
		"allowedCloudEndpoints": []any{}}
	if t.Size.Tier == "large" && t.Country == "US" {
		o["allowedCloudEndpoints"] = []any{"microsoftonline.us"}
		t.agreed.clouds = []string{"microsoftonline.us"}
	}
	return []object{o}
}

// addCertificateAuthorities lets users of larger tenants sign in with certificates:
// https://learn.microsoft.com/graph/api/certificatebasedauthconfiguration-list.
func (t *Tenant) addCertificateAuthorities() {
	at := "/graph/organization/" + t.ID + "/certificateBasedAuthConfiguration"
	t.put(at)
	if t.Size.Tier != "large" {
		return
	}

	t.put(at, object{"id": "29728ade-6ae4-4ee9-9103-412912537da5", "certificateAuthorities": []any{
		object{"isRootAuthority": true, "certificate": t.agree(&t.agreed.authorities, "root authority"),
			"certificateRevocationListUrl":      "http://pki." + t.Domain + "/root.crl",
			"deltaCertificateRevocationListUrl": nil, "issuer": "CN=" + t.Label + " Root",
			"issuerSki": strings.ToUpper(t.guid("root ski"))}}})
}

// directorySubscriptions are what was bought of each product, half of it through
// the service provider:
// https://learn.microsoft.com/graph/api/resources/companysubscription.
func directorySubscriptions(t *Tenant, _ *subscription) (all []object) {
	for i, k := range t.skus() {
		owner := any(nil)
		if i%2 == 0 && t.msp != nil {
			owner = mspID(t.seed)
		}
		all = append(all, object{
			"id":                     t.guid("directory subscription", k.part),
			"commerceSubscriptionId": t.guid("commerce subscription", k.part),
			"skuId":                  k.id, "skuPartNumber": k.part, "status": k.state(), "isTrial": false,
			"totalLicenses":   t.Size.Users,
			"createdDateTime": "2022-01-01T00:00:00Z", "nextLifecycleDateTime": "2027-01-01T00:00:00Z",
			"ownerId": nil, "ownerTenantId": owner, "ownerType": nil, "serviceStatus": k.servicePlans("Success"),
		})
	}
	return all
}
