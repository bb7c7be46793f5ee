package emulator

import (
	"fmt"
	"time"
)

// alertKind is something that Defender warns of.
type alertKind struct{ title, category, severity, technique, source string }

var alertKinds = []alertKind{
	{"Suspicious execution of hidden file", "DefenseEvasion", "low", "T1564.001",
		"microsoftDefenderForEndpoint"},
	{"Unfamiliar sign-in properties", "InitialAccess", "medium", "T1078", "azureAdIdentityProtection"},
	{"Email messages containing malicious URL removed after delivery", "InitialAccess", "informational",
		"T1566.002", "microsoftDefenderForOffice365"},
	{"Suspicious inbox manipulation rule", "Persistence", "high", "T1564.008", "microsoftDefenderForCloudApps"},
}

// alertsOf are the alerts of a day, of which most days have none:
// https://learn.microsoft.com/graph/api/security-list-alerts_v2.
func alertsOf(t *Tenant, day time.Time) (all []object) {
	date := day.Format(time.DateOnly)
	r := t.rand("alerts " + date)
	if r.IntN(6) > 0 {
		return nil
	}

	kind, user := pick(r, alertKinds), t.dir.byID[pick(r, t.dir.members)]
	at, id := during(r, day), "da"+t.guid("alert", date)
	status := pick(r, []string{"new", "inProgress", "resolved"})
	o := object{
		"id": id, "providerAlertId": id, "incidentId": fmt.Sprint(1000 + r.IntN(9000)), "status": status,
		"severity": kind.severity, "classification": nil, "determination": nil, "serviceSource": kind.source,
		"detectionSource": "microsoft365Defender", "detectorId": t.guid("detector", kind.title),
		"tenantId": t.ID, "title": kind.title, "description": kind.title + ".", "recommendedActions": "",
		"category": kind.category, "assignedTo": nil, "actorDisplayName": nil, "threatDisplayName": nil,
		"threatFamilyName": nil, "mitreTechniques": []any{kind.technique}, "createdDateTime": at,
		"lastUpdateDateTime": at, "resolvedDateTime": nil, "firstActivityDateTime": at,
		"lastActivityDateTime": at, "comments": []any{}, "systemTags": []any{},
		"alertWebUrl":    "https://security.microsoft.com/alerts/" + id + "?tid=" + t.ID,
		"incidentWebUrl": "https://security.microsoft.com/incidents/1?tid=" + t.ID,
		"evidence": []any{object{
			"@odata.type": "#microsoft.graph.security.userEvidence", "createdDateTime": at, "verdict": "suspicious",
			"remediationStatus": "none", "remediationStatusDetails": nil, "roles": []any{"compromised"},
			"detailedRoles": []any{}, "tags": []any{},
			"userAccount": object{"accountName": "x", "domainName": t.Domain, "userSid": nil,
				"azureAdUserId": user["id"], "userPrincipalName": user["userPrincipalName"],
				"displayName": user["displayName"]},
		}},
	}

	if status == "resolved" {
		o["resolvedDateTime"], o["classification"], o["determination"] = at, "falsePositive", "notMalicious"
	}
	return []object{o}
}
