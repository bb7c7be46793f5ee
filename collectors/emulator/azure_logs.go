package emulator

import "strings"

const (
	workspacesAt = "/providers/Microsoft.OperationalInsights/workspaces"
	settingsAt   = "/providers/Microsoft.Insights/diagnosticSettings"
	entraLogsAt  = "/providers/microsoft.aadiam/diagnosticSettings"
)

// addWorkspaces makes the log workspaces that the list of resources has.
func (t *Tenant) addWorkspaces(sub *subscription) {
	for _, o := range t.resourcesOf(sub, "Microsoft.OperationalInsights/workspaces") {
		t.put("/arm"+sub.path(workspacesAt), t.workspace(o))
	}
}

// workspace: https://learn.microsoft.com/rest/api/loganalytics/workspaces/list. Its ids are
// in lower case, as the service writes them.
func (t *Tenant) workspace(listed object) object {
	id, r := strings.ToLower(listed["id"].(string)), t.rand("workspace "+listed["id"].(string))
	o := tracked(listed, object{
		"customerId": t.guid("workspace", id), "provisioningState": "Succeeded",
		"sku":             object{"name": "PerGB2018", "lastSkuUpdate": date(r, 2024, 2024) + ".1234567Z"},
		"retentionInDays": []int{30, 90, 365}[r.IntN(3)],
		"features": object{"legacy": 0, "searchVersion": 1,
			"enableLogAccessUsingOnlyResourcePermissions": r.IntN(2) == 0},
		"workspaceCapping": object{"dailyQuotaGb": -1.0, "quotaNextResetTime": "2026-11-30T05:00:00Z",
			"dataIngestionStatus": "RespectQuota"},
		"publicNetworkAccessForIngestion": "Enabled", "publicNetworkAccessForQuery": "Enabled",
		"createdDate": date(r, 2021, 2024) + ".1234567Z", "modifiedDate": date(r, 2025, 2025) + ".7654321Z",
	})
	return with(o, object{"id": id, "etag": `"` + t.guid("etag", id) + `"`})
}

// addSettings says where the logs of a subscription, and of what is in it, go. Half of
// the resources send theirs to the subscription's first workspace; the others keep
// theirs, and show an empty list.
func (t *Tenant) addSettings(sub *subscription) {
	workspaces := t.at("/arm" + sub.path(workspacesAt))
	t.put("/arm" + sub.path(settingsAt))
	if len(workspaces) > 0 {
		t.put("/arm"+sub.path(settingsAt), t.activity(sub, workspaces[0]))
	}

	for _, list := range loggingLists {
		for i, o := range t.at("/arm" + sub.path(list)) {
			id := o["id"].(string)
			t.put("/arm" + id + settingsAt)
			if i%2 == 0 && len(workspaces) > 0 {
				t.put("/arm"+id+settingsAt, t.setting(id, "audit", workspaces[0]))
			}
		}
	}
}

// activity is the setting of a subscription's activity log.
func (t *Tenant) activity(sub *subscription, workspace object) object {
	o := t.setting(sub.path(""), "activity", workspace)
	o["id"] = strings.TrimPrefix(sub.path("/providers/AzureResourceManager/diagnosticSettings/activity"), "/")
	o["type"] = nil
	return o
}

// loggingLists are those of resources whose settings are asked for.
var loggingLists = []string{
	"/providers/Microsoft.KeyVault/vaults", "/providers/Microsoft.KeyVault/managedHSMs",
	"/providers/Microsoft.Sql/servers", "/providers/Microsoft.Storage/storageAccounts", workspacesAt,
}

// setting: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings/list.
func (t *Tenant) setting(of, name string, workspace object) object {
	return object{
		"id":   strings.ToLower(of) + settingsAt + "/" + name,
		"name": name, "type": "Microsoft.Insights/diagnosticSettings",
		"properties": object{
			"storageAccountId": nil, "serviceBusRuleId": nil, "eventHubAuthorizationRuleId": nil,
			"eventHubName": nil, "workspaceId": workspace["id"], "logAnalyticsDestinationType": nil,
			"logs": []any{
				object{"category": nil, "categoryGroup": "audit", "enabled": true,
					"retentionPolicy": noRetention},
				object{"category": nil, "categoryGroup": "allLogs", "enabled": false,
					"retentionPolicy": noRetention},
			},
			"metrics": []any{object{"category": "AllMetrics", "enabled": false, "timeGrain": nil,
				"retentionPolicy": noRetention}},
		},
	}
}

var noRetention = object{"enabled": false, "days": 0}

// addEntraSettings says where the logs of Entra ID go:
// https://learn.microsoft.com/azure/templates/microsoft.aadiam/diagnosticsettings.
func (t *Tenant) addEntraSettings() {
	t.put("/arm" + entraLogsAt)
	for _, sub := range t.subscriptions {
		if workspaces := t.at("/arm" + sub.path(workspacesAt)); len(workspaces) > 0 {
			t.put("/arm"+entraLogsAt, object{
				"id":   "providers/Microsoft.Aadiam/diagnosticSettings/sign-ins",
				"name": "sign-ins", "type": "", "location": "",
				"properties": object{
					"storageAccountId": nil, "serviceBusRuleId": nil, "eventHubAuthorizationRuleId": nil,
					"eventHubName": nil, "workspaceId": workspaces[0]["id"],
					"logs": []any{
						object{"category": "SignInLogs", "enabled": true, "retentionPolicy": noRetention},
						object{"category": "AuditLogs", "enabled": true, "retentionPolicy": noRetention},
					},
				},
			})
			return
		}
	}
}
