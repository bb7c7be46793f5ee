package collectors

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"ringfence/collectors/snapshot"
)

// checkGraphContext holds an answer of Graph to what was asked for, where it says
// what it is:
//
//	https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleAssignments
//
// What is read from beta is because v1.0 shows less (it leaves service principals
// out of a group's members); another provider has other roles, and another list
// of those that we read has other objects. It is nil for an answer that may be
// what was asked for.
func checkGraphContext(s *snapshot.Schema, context string) *snapshot.Evidence {
	service, entity, ok := strings.Cut(context, "/$metadata#")
	if !ok {
		return nil
	}
	if path.Base(service) == "v1.0" && s.Source.Version == "beta" {
		return newEvidence(codeOtherVersion, "the answer is of v1.0, which shows less than beta does")
	}

	asked, given := segments(s.Source.Endpoint), segments(entity)
	if !otherProvider(asked, given) && !otherList(s.Source.API, asked, given) {
		return nil
	}
	return newEvidence(codeOtherKind,
		"the answer is of %s, not of %s", strings.Join(given, "/"), strings.Join(asked, "/"))
}

// otherProvider: two paths differ behind the same first segment, as
// "rolemanagement/directory" and "rolemanagement/entitlementmanagement" do.
func otherProvider(asked, given []string) bool {
	return len(asked) > 1 && len(given) > 1 && asked[0] == given[0] &&
		!strings.HasPrefix(asked[1], "{") && asked[1] != given[1]
}

// otherList: two paths end in different lists, both of which we read; or in lists of
// one name below different first segments, both of which we read. The directory and
// Intune each have "roleAssignments".
func otherList(api string, asked, given []string) bool {
	want, got := api+" "+asked[len(asked)-1], api+" "+given[len(given)-1]
	if want == got {
		return len(given) > 1 && given[0] != asked[0] && listNames()[got][given[0]]
	}
	return listNames()[want] != nil && listNames()[got] != nil
}

// listNames are the APIs and last segments of all endpoints that we read, in lower
// case, with their first segments: "graph roleassignments" has "rolemanagement" and
// "devicemanagement".
var listNames = sync.OnceValue(func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, s := range snapshot.Schemas() {
		path := segments(s.Source.Endpoint)
		name := s.Source.API + " " + path[len(path)-1]
		if strings.HasPrefix(path[len(path)-1], "{") {
			continue
		}
		if all[name] == nil {
			all[name] = map[string]bool{}
		}
		all[name][path[0]] = true
	}
	return all
})

// segments are those of a path, in lower case, without keys, selections and a
// query: "users(id,displayName)" is [users].
func segments(of string) []string {
	of, _, _ = strings.Cut(strings.ToLower(of), "?")
	list := strings.Split(strings.Trim(strings.TrimSuffix(of, "/$entity"), "/"), "/")
	for i, s := range list {
		list[i], _, _ = strings.Cut(s, "(")
	}
	return list
}

// lackingProperties tells of a directory object that comes back as an id and nulls,
// or lacks what the API always returns: it is an object that we may not read
// (https://learn.microsoft.com/graph/permissions-overview, "limited
// information returned for inaccessible member objects").
func lackingProperties(s *snapshot.Schema, doc snapshot.Document) []string { return s.Gaps(doc) }

// isGraphLicenceError: what Graph answers where a licence is missing. A saved error
// has no status.
func isGraphLicenceError(e *snapshot.Evidence) bool {
	if e == nil || !slices.Contains([]int{0, http.StatusBadRequest, http.StatusForbidden}, e.HTTPStatus) {
		return false
	}

	switch e.Code {
	case "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "AadPremiumLicenseRequired", "NoLicense":
		return true
	}
	return e.Code == "BadRequest" && slices.ContainsFunc(withoutService, func(text string) bool {
		return strings.HasPrefix(e.Message, text)
	})
}

// withoutService are how messages begin that tell of a tenant without Intune
// (https://github.com/microsoftgraph/msgraph-beta-sdk-go/issues/198) or SharePoint
// (https://github.com/microsoftgraph/microsoft-graph-docs/issues/4233); their code is
// that of any bad request.
var withoutService = []string{"Request not applicable to target tenant", "Tenant does not have a SPO license"}
