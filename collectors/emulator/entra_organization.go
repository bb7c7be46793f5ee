package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// addEntra makes the directory: organization, licences, policies, who is in it
// and who holds which role.
func (t *Tenant) addEntra() {
	if t.hostile {
		t.Name += " " + pick(t.rand("name"), hostileNames)
	}

	t.plans = plansOf(t.skus())
	t.fill("/graph", entraEndpoints, nil)
	t.apply(policies, site{})

	t.addPartners()
	t.addFederation()
	t.addCertificateAuthorities()
	t.apply(trusts, site{})
	t.addDirectory()
	t.addConditionalAccess()
	t.holdRoles()
	t.apply(roles, site{})
	t.putRoles()
}

// organizationDefaults are what an organization has unless something is said about it.
var organizationDefaults = object{
	"deletedDateTime": nil, "city": nil, "country": nil, "postalCode": nil, "state": nil, "street": nil,
	"preferredLanguage": "en", "tenantType": "AAD", "marketingNotificationEmails": []any{},
	"onPremisesLastSyncDateTime": nil, "onPremisesSyncEnabled": nil,
	"securityComplianceNotificationMails": []any{}, "securityComplianceNotificationPhones": []any{},
	"privacyProfile": object{"contactEmail": "", "statementUrl": ""},
}

// organization: https://learn.microsoft.com/graph/api/organization-list. Half
// of the tenants leave out what Graph leaves out at times.
func organization(t *Tenant, _ *subscription) []object {
	r := t.rand("organization")
	created := date(r, 2012, 2022) + "Z"
	o := with(organizationDefaults, object{
		"id": t.ID, "displayName": t.Name, "countryLetterCode": t.Country, "createdDateTime": created,
		"technicalNotificationMails": []any{"admin@" + t.Domain},
		"verifiedDomains": []any{domain(t.Domain, true, false),
			domain(t.initialDomain(), false, true)},
	})

	if t.Size.Tier == "large" {
		o["onPremisesSyncEnabled"], o["onPremisesLastSyncDateTime"] = true, date(r, 2026, 2026)+"Z"
	}

	o["businessPhones"] = []any{fmt.Sprintf("+%d 555 %04d", 1+r.IntN(90), r.IntN(10000))}
	o["directorySizeQuota"] = object{"used": t.Size.Users*4 + r.IntN(500), "total": 300000}
	o["assignedPlans"], o["provisionedPlans"] = t.organizationPlans(created)

	if r.IntN(2) == 0 {
		o["isMultipleDataLocationsForServicesEnabled"], o["privacyProfile"] = nil, nil
	}

	return []object{o}
}

// organizationPlans are the service plans of all products, since a date.
func (t *Tenant) organizationPlans(since string) (assigned, provisioned []any) {
	for _, k := range t.skus() {
		for _, plan := range k.plans {
			name, id, _ := strings.Cut(plan, " ")
			service := serviceOf(name)
			assigned = append(assigned, object{"assignedDateTime": since, "capabilityStatus": k.state(),
				"service": service, "servicePlanId": id})
			provisioned = append(provisioned, object{"capabilityStatus": k.state(), "service": service,
				"provisioningStatus": "Success"})
		}
	}
	return assigned, provisioned
}

func domain(name string, isDefault, isInitial bool) object {
	return object{"name": name, "isDefault": isDefault, "isInitial": isInitial, "type": "Managed",
		"capabilities": "Email, OfficeCommunicationsOnline"}
}

// initialDomain is the one that a tenant is born with.
func (t *Tenant) initialDomain() string {
	return strings.TrimSuffix(t.Domain, ".example") + ".onmicrosoft.example"
}

// date is a time between two years, "2019-03-04T05:06:07", without zone.
func date(r *rand.Rand, from, to int) string {
	return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d",
		from+r.IntN(to-from+1), 1+r.IntN(9), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60))
}
