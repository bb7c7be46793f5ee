package emulator

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"
)

// retention is how long logs are kept:
// https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention.
const retention = 30 * 24 * time.Hour

// between is the filter that logs understand here.
var between = regexp.MustCompile(`^(\w+) ge (\S+) and (\w+) le (\S+)$`)

// events are those of a log that $filter asks for, or of as long as it is kept,
// the newest first. Those of a day follow from the day alone, so that a log has no
// beginning. ok is false for a filter that is not understood.
func (s *Server) events(q *call, e endpoint) (all []object, ok bool) {
	from, to := s.now().Add(-retention), s.now()
	if filter := q.query.Get("$filter"); filter != "" {
		m := between.FindStringSubmatch(filter)
		if m == nil || m[1] != e.bounds || m[3] != e.bounds {
			return nil, false
		}

		var err1, err2 error
		from, err1 = time.Parse(time.RFC3339, m[2])
		to, err2 = time.Parse(time.RFC3339, m[4])
		if err1 != nil || err2 != nil || to.Sub(from) > 2*retention {
			return nil, false
		}
	}

	for day := from.UTC().Truncate(24 * time.Hour); !day.After(to); day = day.AddDate(0, 0, 1) {
		for _, o := range e.log(q.tenant, day) {
			at, err := time.Parse(time.RFC3339, o[e.bounds].(string))
			if err == nil && !at.Before(from) && !at.After(to) {
				all = append(all, o)
			}
		}
	}

	slices.SortFunc(all, func(a, b object) int {
		return cmp.Or(strings.Compare(b[e.bounds].(string), a[e.bounds].(string)),
			strings.Compare(a["id"].(string), b["id"].(string)))
	})
	return all, true
}

// during is some time of a day, as logs write it.
func during(r *rand.Rand, day time.Time) string {
	at := day.Add(time.Duration(r.Int64N(int64(24 * time.Hour))))
	return at.UTC().Format("2006-01-02T15:04:05.0000000Z")
}

// activity is a kind of change that the log of changes has.
type activity struct{ name, category, operation, service, target string }

// activities are facts: Microsoft Entra audit log categories and activities,
// Microsoft Learn.
var activities = []activity{
	{"Update user", "UserManagement", "Update", "Core Directory", "User"},
	{"Add member to group", "GroupManagement", "Assign", "Core Directory", "Group"},
	{"Update application", "ApplicationManagement", "Update", "Core Directory", "Application"},
	{"Consent to application", "ApplicationManagement", "Assign", "Core Directory", "ServicePrincipal"},
	{"Reset password (self-service)", "UserManagement", "Update", "Self-service Password Management", "User"},
	{"Update conditional access policy", "Policy", "Update", "Conditional Access", "Policy"},
	{"Add eligible member to role in PIM completed (permanent)", "RoleManagement", "Assign", "PIM", "Role"},
}

// directoryAudits are the changes of a day:
// https://learn.microsoft.com/graph/api/resources/directoryaudit.
func directoryAudits(t *Tenant, day time.Time) (all []object) {
	r := t.rand("audits " + day.Format(time.DateOnly))
	for i := range 2 + min(t.Size.Users/40, 10) {
		a := pick(r, activities)
		target := pick(r, t.dir.members)
		name := t.dir.byID[target]["displayName"]

		all = append(all, object{
			"id":               "Directory_" + t.guid("audit", day.Format(time.DateOnly), fmt.Sprint(i)),
			"activityDateTime": during(r, day), "activityDisplayName": a.name, "category": a.category,
			"operationType": a.operation, "loggedByService": a.service, "result": pick(r, auditResults),
			"resultReason":  "",
			"correlationId": t.guid("correlation", day.Format(time.DateOnly), fmt.Sprint(i)),
			"initiatedBy":   t.initiator(r),
			"targetResources": []any{object{"id": target, "displayName": name, "type": a.target,
				"userPrincipalName": nil, "groupType": nil, "modifiedProperties": []any{object{
					"displayName": "DisplayName", "oldValue": nil, "newValue": fmt.Sprintf("[%q]", name)}}}},
			"additionalDetails": []any{object{"key": "User-Agent", "value": "Mozilla/5.0"}},
		})
	}

	return all
}

// signIns are the interactive sign-ins of a day:
// https://learn.microsoft.com/graph/api/resources/signin.
func signIns(t *Tenant, day time.Time) (all []object) {
	r := t.rand("sign-ins " + day.Format(time.DateOnly))
	for i := range 3 + min(t.Size.Users/10, 30) {
		user := t.dir.byID[pick(r, t.dir.members)]
		o := with(usualSignIn, object{
			"id": t.guid("sign-in", day.Format(time.DateOnly), fmt.Sprint(i)), "createdDateTime": during(r, day),
			"userId": user["id"], "userDisplayName": user["displayName"],
			"userPrincipalName":     user["userPrincipalName"],
			"correlationId":         t.guid("sign-in correlation", day.Format(time.DateOnly), fmt.Sprint(i)),
			"ipAddress":             fmt.Sprintf("203.0.113.%d", 1+r.IntN(254)),
			"crossTenantAccessType": "none", "homeTenantId": t.ID, "resourceTenantId": t.ID, "userType": "member",
			"location": object{"city": "", "state": "", "countryOrRegion": t.Country,
				"geoCoordinates": object{"altitude": nil, "latitude": 47.68050003051758, "longitude": 8.5}},
		})
		if i%7 == 6 {
			o["status"] = object{"errorCode": 50126, "failureReason": "Invalid username or password",
				"additionalDetails": nil}
		}
		all = append(all, o)
	}
	return append(all, t.providerSignIns(day)...)
}

// providerSignIns are those of the MSP's people in a client's tenant: one every six hours, so
// that each day of the log has some. They come from the MSP's country, where no flaw says
// otherwise.
func (t *Tenant) providerSignIns(day time.Time) (all []object) {
	if t.msp == nil {
		return nil
	}

	for hour := 0; hour < 24; hour += 6 {
		key := day.Format(time.DateOnly) + " " + fmt.Sprint(hour)
		all = append(all, with(with(usualSignIn, object{
			"id":              t.guid("provider's sign-in", key),
			"createdDateTime": day.Add(time.Duration(hour) * time.Hour).UTC().Format(time.RFC3339),
			"userId":          guid(t.seed, "msp#", "user", "0"), "userDisplayName": "Kim Technician",
			"userPrincipalName": "kim.technician@" + t.msp.Domain,
			"correlationId":     t.guid("provider's sign-in correlation", key),
			"ipAddress":         "198.51.100.7",
			"location": object{"city": "", "state": "", "countryOrRegion": t.msp.Country,
				"geoCoordinates": object{"altitude": nil, "latitude": 50.11, "longitude": 8.68}},
			"crossTenantAccessType": "serviceProvider", "homeTenantId": t.msp.ID, "resourceTenantId": t.ID,
			"userType": "member",
		}), t.visit))
	}
	return all
}

// usualSignIn is what most sign-ins have in common.
var usualSignIn = object{
	"appId": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "appDisplayName": "Azure Portal",
	"resourceId": graphAppID, "resourceDisplayName": "Microsoft Graph", "clientAppUsed": "Browser",
	"isInteractive": true, "conditionalAccessStatus": "success", "riskDetail": "none", "riskState": "none",
	"riskLevelAggregated": "none", "riskLevelDuringSignIn": "none",
	"riskEventTypes_v2": []any{}, "appliedConditionalAccessPolicies": []any{},
	"status": object{"errorCode": 0, "failureReason": nil, "additionalDetails": nil},
	"deviceDetail": object{"deviceId": "", "displayName": nil, "operatingSystem": "Windows 10",
		"browser": "Edge 131.0.0", "isCompliant": nil, "isManaged": nil, "trustType": nil},
}

var auditResults = []string{"success", "success", "success", "failure"}

// initiator is who made a change: a person in three of four, else an application.
func (t *Tenant) initiator(r *rand.Rand) object {
	if r.IntN(4) == 0 {
		app := t.dir.byID[t.dir.apps[0]]
		return object{"user": nil, "app": object{"appId": app["appId"], "displayName": app["displayName"],
			"servicePrincipalId": app["id"], "servicePrincipalName": nil}}
	}

	user := t.dir.byID[pick(r, t.dir.members)]
	return object{"app": nil, "user": object{"id": user["id"], "displayName": user["displayName"],
		"userPrincipalName": user["userPrincipalName"], "ipAddress": fmt.Sprintf("203.0.113.%d", 1+r.IntN(254)),
		"userType": user["userType"], "homeTenantId": nil, "homeTenantName": nil}}
}
