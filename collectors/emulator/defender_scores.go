package emulator

import (
	"fmt"
	"math/rand/v2"
)

// scoreControls are some of what Microsoft Secure Score counts: name, category,
// title, and the points that it gives.
var scoreControls = []struct {
	name, category, service, title string
	points                         float64
}{
	{"AdminMFAV2", "Identity", "AzureAD", "Ensure multifactor authentication is enabled for all users in " +
		"administrative roles", 10},
	{"BlockLegacyAuthentication", "Identity", "AzureAD", "Enable policies to block legacy authentication", 8},
	{"DLPEnabled", "Data", "MIP", "Ensure DLP policies are enabled", 5},
	{"mip_sensitivitylabelspolicies", "Data", "MIP", "Publish M365 sensitivity label policies", 4},
	{"exo_mailboxaudit", "Apps", "EXO", "Ensure mailbox auditing for all users is Enabled", 3},
}

var scoreVendor = object{"provider": "SecureScore", "providerVersion": nil, "subProvider": nil,
	"vendor": "Microsoft"}

// addScores makes three days of scores, the newest first, and the controls that are
// counted. https://learn.microsoft.com/graph/api/resources/securescore
func (t *Tenant) addScores(r *rand.Rand) {
	most := 0.0
	for i, c := range scoreControls {
		most += c.points
		t.put("/graph/security/secureScoreControlProfiles", t.scoreProfile(i, c.name, c.category, c.service,
			c.title, c.points))
	}

	for day := 22; day > 19; day-- {
		scores, sum := []any{}, 0.0
		for _, c := range scoreControls {
			points := c.points * float64(r.IntN(3)) / 2
			sum += points
			scores = append(scores, object{"controlCategory": c.category, "controlName": c.name,
				"description": c.title, "score": points})
		}

		at := fmt.Sprintf("2026-11-%d", day)
		t.put("/graph/security/secureScores", object{
			"id": t.ID + "_" + at, "azureTenantId": t.ID, "activeUserCount": t.Size.Users,
			"createdDateTime": at + "T00:00:00Z", "currentScore": sum, "maxScore": most,
			"enabledServices":   []any{"HasExchange", "HasSharePoint"},
			"licensedUserCount": t.Size.Users, "controlScores": scores, "vendorInformation": scoreVendor,
			"averageComparativeScores": []any{object{"basis": "AllTenants", "averageScore": 37.5},
				object{"basis": "TotalSeats", "averageScore": 41}},
		})
	}
}

// scoreProfile: https://learn.microsoft.com/graph/api/resources/securescorecontrolprofile
func (t *Tenant) scoreProfile(rank int, name, category, service, title string, points float64) object {
	return object{
		"id": name, "azureTenantId": t.ID, "actionType": "Config",
		"actionUrl":       "https://security.microsoft.com/securescore?viewid=actions",
		"controlCategory": category, "title": title, "deprecated": false, "implementationCost": "Moderate",
		"lastModifiedDateTime": nil, "maxScore": points, "rank": rank + 1, "remediation": title + ".",
		"remediationImpact": "This change has a moderate impact on users.", "service": service,
		"threats": []any{"Account Breach", "Data Exfiltration"}, "tier": "Core", "userImpact": "Moderate",
		"complianceInformation": []any{object{"certificationName": "ISO 27001:2013",
			"certificationControls": []any{object{"name": "A.9.4.2", "url": ""}}}},
		"controlStateUpdates": []any{object{"assignedTo": nil, "comment": nil, "state": "Default",
			"updatedBy": nil, "updatedDateTime": "2026-03-19T22:37:14.628799Z"}},
		"vendorInformation": scoreVendor,
	}
}
