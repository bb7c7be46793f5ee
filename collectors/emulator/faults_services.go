package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Faults that look different from service to service.

// Refusals of a token endpoint that does not know the application any more, and of pages
// and deltas that are too old.
var (
	noServicePrincipal = tokenRefusal{401, "invalid_client", 7000229,
		"The client application %s is missing service principal in the tenant %s. See instructions here: " +
			"https://go.microsoft.com/fwlink/?linkid=2225119"}
	oldDelta = refusal{410, "syncStateNotFound",
		"The sync state generation is not found; continuing will cause a full synchronization."}
)

func withdrawConsent(s *Server, q *call, f Fault, a *answer) {
	switch {
	case q.api != "login" || q.tenant == nil:
	case f.Value == "7000229":
		*a = s.refuseToken(q, noServicePrincipal, q.tenant.AppID, q.tenant.ID)
	default:
		*a = s.refuseToken(q, unknownApplication, q.tenant.AppID, q.tenant.Name)
	}
}

// denyLicence answers as if the tenant lacked the licence of the endpoint's service.
func denyLicence(s *Server, q *call, _ Fault, a *answer) {
	e, _ := find(graphEndpoints, q.path)
	r, known := unlicensed[e.plan]
	if !known {
		r = needsP2
	}
	*a = s.refuse(q, r)
}

// errorInAnswer puts an error beside the objects of an answer that succeeded.
func errorInAnswer(_ *Server, _ *call, f Fault, a *answer) {
	if a.status != http.StatusOK || a.doc == nil {
		return
	}

	code := f.Value
	if code == "" {
		code = "InternalServerError"
	}
	failure := object{"code": code, "message": "The emulator was told to answer this."}
	a.doc = with(a.doc, object{"error": failure})
}

func nullID(o object) {
	if _, has := o["id"]; !has && o["tenantId"] != nil { // a partner is told apart by its tenant
		o["tenantId"] = nil
	}
	o["id"] = nil
}

// dribbled is how many parts a body comes in.
const dribbled = 8

func dribble(_ *Server, _ *call, f Fault, a *answer) {
	a.pause, _ = time.ParseDuration(f.Value) // check has parsed it
}

// answerFromCache says that a cache on the way gave the answer, and how old it is.
func answerFromCache(_ *Server, _ *call, f Fault, a *answer) {
	age, _ := time.ParseDuration(f.Value) // check has parsed it
	a.header["Age"] = strconv.Itoa(int(age.Seconds()))
}

// expirePage refuses to go on with a list that was begun.
func expirePage(s *Server, q *call, _ Fault, a *answer) {
	if q.query.Get("$skiptoken") != "" {
		*a = s.refuse(q, badPageToken)
	}
}

func expireDelta(s *Server, q *call, _ Fault, a *answer) {
	if q.query.Get("$deltatoken") != "" {
		*a = s.refuse(q, oldDelta)
	}
}

// tellNoChanges leaves out what changed, as if nothing had.
func tellNoChanges(_ *Server, q *call, _ Fault, a *answer) {
	if q.query.Get("$deltatoken") != "" && a.status == http.StatusOK && a.doc != nil {
		a.doc["value"] = []any{}
	}
}

// withdrawPermission answers as if a permission of Graph had not been consented to.
func withdrawPermission(s *Server, q *call, f Fault, a *answer) {
	e, found := find(graphEndpoints, q.path)
	if !found || q.api != "graph" {
		return
	}

	for _, role := range e.roles {
		if !strings.EqualFold(role, f.Value) && slices.Contains(q.claims.Roles, role) {
			return
		}
	}
	*a = s.refuse(q, notConsented)
}

// removeRole answers as Azure does to a caller whose roles are gone: a list of
// subscriptions that is empty, a list of role assignments without the caller's, and 403
// for what names a subscription.
func removeRole(s *Server, q *call, _ Fault, a *answer) {
	if q.api != "arm" || a.status != http.StatusOK {
		return
	}

	e, found := find(armEndpoints, q.path)
	ofCaller := strings.HasPrefix(q.query.Get("$filter"), "assignedTo(")
	lists := e.path == "/subscriptions" || ofCaller || isResourceQuery(q)
	if found && !lists {
		*a = s.refuse(q, deniedAction, q.claims.AppID, q.claims.ObjectID)
		return
	}

	a.doc = with(a.doc, object{})
	for _, name := range []string{"value", "data"} {
		if _, has := a.doc[name].([]any); has {
			a.doc[name] = []any{}
		}
	}
	for _, name := range []string{"count", "totalRecords"} {
		if _, isNumber := a.doc[name].(int); isNumber {
			a.doc[name] = 0
		}
	}
	if _, counts := a.doc["count"].(object); counts {
		a.doc["count"] = object{"type": "Total", "value": 0}
	}
	delete(a.doc, q.nextKey())
}
