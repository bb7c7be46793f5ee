package exports

import (
	"path"
	"strings"
)

// EntraExporter (https://github.com/microsoft/EntraExporter, read at commit ce0d04c)
// writes a file for each object: <path>/<id>/<id>.json, and <path>.json where there is
// one. What it could not read is not there, and nothing says so. Names are the API's;
// Windows PowerShell writes UTF-16.

// entraPath is a folder of the tree. Below a parent, "*" stands for the parent's id,
// which is the scope.
type entraPath struct {
	path, dataset, lacks string
}

const (
	fromBeta = "it was read from beta"
	fewProps = "of each object it asks for id, userPrincipalName and displayName"
)

// entraPaths are the folders that a dataset is made of.
var entraPaths = []entraPath{
	{"Organization/Organization.json", "entra.organization", ""},
	{"Domains", "entra.domains", ""},
	{"SubscribedSkus", "entra.subscribed_skus", ""},
	{"Users", "entra.users", fromBeta + "; -CloudUsersAndGroupsOnly leaves out synchronised ones"},
	{"Groups", "entra.groups", fromBeta + "; without -All it has dynamic groups only"},
	{"Groups/*/Members", "entra.group_members", fewProps + ", from v1.0, which leaves out service principals"},
	{"Groups/*/Owners", "entra.group_owners", fewProps},
	{"Devices", "entra.devices", fromBeta},
	{"Applications", "entra.applications", ""},
	{"Applications/*/Owners", "entra.application_owners", fewProps},
	{"ServicePrincipals", "entra.service_principals", ""},
	{"ServicePrincipals/*/Owners", "entra.service_principal_owners", fewProps},
	{"ServicePrincipals/*/AppRoleAssignedTo", "entra.app_role_assignments", ""},
	{"Policies/AuthorizationPolicy", "entra.authorization_policy", ""},
	{"Policies/IdentitySecurityDefaultsEnforcementPolicy", "entra.security_defaults", ""},
	{"Policies/PermissionGrantPolicies", "entra.permission_grant_policies", ""},
	{"Policies/CrossTenantAccessPolicy/Default", "entra.cross_tenant_default", fromBeta},
	{"Policies/CrossTenantAccessPolicy/Partners", "entra.cross_tenant_partners",
		fromBeta + "; partners have no id, so that each overwrites the one before it and the last is left"},
	{"Identity/Conditional/AccessPolicies", "entra.conditional_access_policies", fromBeta},
	{"Identity/Conditional/NamedLocations", "entra.named_locations", ""},
	{"RoleManagement/Directory/RoleDefinitions", "entra.role_definitions", fromBeta},
	{"RoleManagement/Directory/RoleAssignments", "entra.role_assignments", fromBeta},
	{"RoleManagement/Directory/RoleAssignmentScheduleInstances", "entra.role_assignment_instances",
		fromBeta + "; it leaves out activated roles"},
	{"Admin/Sharepoint/settings.json", "sharepoint.settings", fromBeta},
}

// entraExporter reads the tree.
func (s *Source) entraExporter() error {
	others := map[string]bool{} // folders that were told of
	return s.jsonFiles(func(name string) error {
		p, scope, ok := entraDataset(name)
		if !ok {
			if dir := entraFolder(name); !others[dir] {
				others[dir] = true
				s.Ignored(dir, "no dataset is made of this folder")
			}
			return nil
		}

		v, ok, err := s.read(name)
		if err != nil || !ok {
			return err
		}
		o, ok := v.(object)
		if !ok {
			s.Ignored(name, "it holds no object")
			return nil
		}

		for _, expanded := range []string{"extensions@odata.context", "extensions", "principal"} {
			delete(o, expanded)
		}
		shell := shell{} // for what ConvertTo-Json does to times and depths
		o = shell.document(p.dataset, o)
		return s.take(Part{
			Dataset: p.dataset, Scope: scope, File: name, Objects: []object{o}, Lacks: p.lacks, Cut: shell.cut,
		})
	})
}

// entraDataset is the folder of the table that a file lies in: Users/<id>/<id>.json in
// Users, Groups/<group>/Members/<id>/<id>.json in Groups/*/Members.
func entraDataset(name string) (found entraPath, scope string, ok bool) {
	for _, p := range entraPaths {
		if strings.HasSuffix(p.path, ".json") {
			if strings.EqualFold(p.path, name) {
				return p, "", true
			}
			continue
		}

		if scope, ok := inFolder(strings.Split(p.path, "/"), strings.Split(name, "/")); ok {
			return p, scope, true
		}
	}
	return entraPath{}, "", false
}

// inFolder: the segments of a file are those of a folder, then <id>/<id>.json.
func inFolder(folder, file []string) (scope string, ok bool) {
	if len(file) != len(folder)+2 || !strings.EqualFold(file[len(file)-2]+".json", file[len(file)-1]) {
		return "", false
	}

	for i, segment := range folder {
		if segment == "*" {
			scope = strings.ToLower(file[i])
		} else if !strings.EqualFold(segment, file[i]) {
			return "", false
		}
	}
	return scope, true
}

// entraFolder is the folder of a kind of objects: the path without ids and names.
func entraFolder(name string) string {
	dir := path.Dir(path.Dir(name))
	if dir == "." {
		return name
	}
	parts := strings.Split(dir, "/")
	if len(parts) > 2 { // <kind>/<id>/<kind>
		return parts[0] + "/*/" + parts[len(parts)-1]
	}
	return dir
}
