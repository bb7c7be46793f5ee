package exports

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// ScubaGear (https://github.com/cisagov/ScubaGear, read at commit 4d34e9a4) asks Graph
// itself, from beta, and writes all that its policies read into one object: in
// ProviderSettingsExport.json, or under "Raw" in ScubaResults_<id>.json. Its objects
// have Pascal case, and only what the API returned, so that null is null. Commands that
// failed are listed, and what they should have read is empty.

// scubaKey is a member of the object.
type scubaKey struct {
	name, dataset string
	command       string // that reads it, as "aad_unsuccessful_commands" names it
	lacks         string
	objects       func(v any) any // nil: the value is an object or a list of them
}

var scubaKeys = []scubaKey{
	{"tenant_details", "entra.organization", "", "", scubaOrganization},
	{"conditional_access_policies", "entra.conditional_access_policies",
		"Get-MgBetaIdentityConditionalAccessPolicy", "", nil},
	{"authorization_policies", "entra.authorization_policy", "Get-MgBetaPolicyAuthorizationPolicy", "", nil},
	{"domain_settings", "entra.domains", "Get-MgBetaDomain", "", nil},
	{"privileged_roles", "entra.role_assignment_instances", "Get-PrivilegedRole",
		"it lists the assignments of the roles that ScubaGear calls privileged only", scubaAssignments},
}

// scubaUnread are members that hold what a dataset holds, but not enough of it.
var scubaUnread = map[string]string{
	"license_information": "its subscriptions have no id: entra.subscribed_skus cannot be made of them",
	"service_plans":       "they are of no subscription: entra.subscribed_skus cannot be made of them",
	"privileged_users":    "they are joined from several answers",
	"risky_applications":  "they are joined from several answers",
	"SPO_tenant":          "it is SharePoint's own API, and sharepoint.settings is Graph's",
}

// scubaGear reads the exports in the folder.
func (s *Source) scubaGear() error {
	return s.jsonFiles(func(name string) error {
		base := path.Base(name)
		isExport := strings.EqualFold(base, "ProviderSettingsExport.json")
		isResult := strings.HasPrefix(strings.ToLower(base), "scubaresults")
		if !isExport && !isResult {
			s.Ignored(name, "it is neither ProviderSettingsExport.json nor ScubaResults….json")
			return nil
		}

		v, ok, err := s.read(name)
		if err != nil || !ok {
			return err
		}
		all, _ := v.(object)
		if raw, ok := all["Raw"].(object); ok && isResult {
			all = raw
		}
		if all == nil {
			s.Ignored(name, "it holds no object")
			return nil
		}

		return s.scubaExport(name, all)
	})
}

func (s *Source) scubaExport(name string, all object) error {
	failed, _ := unwrap(all["aad_unsuccessful_commands"]).([]any)
	for _, key := range scubaKeys {
		v, ok := all[key.name]
		if !ok {
			continue
		}

		part := Part{Dataset: key.dataset, File: name + " " + key.name, Lacks: "it was read from beta"}
		if key.lacks != "" {
			part.Lacks += "; " + key.lacks
		}
		if slices.Contains(failed, any(key.command)) {
			part.Failed = key.command + " failed, says ScubaGear"
		} else if !s.scubaObjects(&part, key, v) {
			continue
		}

		if err := s.take(part); err != nil {
			return err
		}
	}

	for _, key := range slices.Sorted(maps.Keys(scubaUnread)) {
		if _, ok := all[key]; ok {
			s.Ignored(name+" "+key, scubaUnread[key])
		}
	}
	return nil
}

// scubaObjects fills in the objects of a member; false, and told, where there are none.
func (s *Source) scubaObjects(part *Part, key scubaKey, v any) bool {
	if key.objects != nil {
		v = key.objects(v)
	}

	objects, ok := objectsOf(unwrap(v))
	if !ok {
		s.Ignored(part.File, "it holds neither an object nor a list of objects")
		return false
	}

	part.Objects = []object{}
	for _, o := range objects {
		shell := shell{}
		if o = shell.document(part.Dataset, o); len(o) > 0 { // @(null) is [{}]
			part.Objects = append(part.Objects, o)
		}
		part.Cut = append(part.Cut, shell.cut...)
	}
	return true
}

// scubaOrganization is the organization behind what the report shows of it.
func scubaOrganization(v any) any {
	details, ok := objectsOf(unwrap(v))
	if !ok || len(details) != 1 {
		return nil
	}
	return details[0]["AADAdditionalData"]
}

// scubaAssignments are the assignments of all roles.
func scubaAssignments(v any) any {
	roles, ok := objectsOf(unwrap(v))
	if !ok {
		return nil
	}

	all := []any{}
	for _, role := range roles {
		assignments, _ := objectsOf(unwrap(role["Assignments"]))
		for _, a := range assignments {
			all = append(all, a)
		}
	}
	return all
}
