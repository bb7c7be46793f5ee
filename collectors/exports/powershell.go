package exports

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// What ConvertTo-Json makes of the objects of Microsoft's Graph PowerShell:
//
//   - names are in Pascal case, and what the module's types do not know is in
//     AdditionalProperties, under its own name;
//   - every property of a type is there: null, also where it was not asked for;
//   - below -Depth (2, if nobody said more) an object is its type's name, or "@{a=b}";
//   - an array of one is the one, and in Windows PowerShell some arrays are
//     {"value": […], "Count": n};
//   - times are "/Date(ms)/" in Windows PowerShell.
//
// https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/convertto-json

// cmdlets are the datasets of Get-Mg… cmdlets, without "Get-Mg" or "Get-MgBeta":
// https://learn.microsoft.com/powershell/microsoftgraph/find-mg-graph-command
var cmdlets = map[string]string{
	"Organization":                          "entra.organization",
	"Domain":                                "entra.domains",
	"SubscribedSku":                         "entra.subscribed_skus",
	"User":                                  "entra.users",
	"Group":                                 "entra.groups",
	"GroupMember":                           "entra.group_members",
	"GroupOwner":                            "entra.group_owners",
	"Device":                                "entra.devices",
	"Application":                           "entra.applications",
	"ApplicationOwner":                      "entra.application_owners",
	"ServicePrincipal":                      "entra.service_principals",
	"ServicePrincipalOwner":                 "entra.service_principal_owners",
	"Oauth2PermissionGrant":                 "entra.oauth2_grants",
	"RoleManagementDirectoryRoleDefinition": "entra.role_definitions",
	"RoleManagementDirectoryRoleAssignment": "entra.role_assignments",
	"RoleManagementDirectoryRoleAssignmentScheduleInstance":        "entra.role_assignment_instances",
	"RoleManagementDirectoryRoleEligibilityScheduleInstance":       "entra.role_eligibility",
	"IdentityConditionalAccessPolicy":                              "entra.conditional_access_policies",
	"IdentityConditionalAccessNamedLocation":                       "entra.named_locations",
	"PolicyAuthorizationPolicy":                                    "entra.authorization_policy",
	"PolicyPermissionGrantPolicy":                                  "entra.permission_grant_policies",
	"PolicyIdentitySecurityDefaultEnforcementPolicy":               "entra.security_defaults",
	"PolicyCrossTenantAccessPolicyDefault":                         "entra.cross_tenant_default",
	"PolicyCrossTenantAccessPolicyPartner":                         "entra.cross_tenant_partners",
	"TenantRelationshipDelegatedAdminRelationship":                 "gdap.relationships",
	"TenantRelationshipDelegatedAdminRelationshipAccessAssignment": "gdap.access_assignments",
	"DeviceManagementManagedDevice":                                "intune.managed_devices",
	"DeviceManagementDeviceConfiguration":                          "intune.device_configurations",
	"DeviceManagementDeviceCompliancePolicy":                       "intune.compliance_policies",
	"DeviceManagementRoleDefinition":                               "intune.role_definitions",
	"DeviceManagementRoleAssignment":                               "intune.role_assignments",
}

const shellLoss = "null says nothing, since cmdlets write it for what was not asked for as well"

// powerShell reads <cmdlet>.json or <dataset>.json, and <cmdlet>/<parent id>.json.
func (s *Source) powerShell() error {
	return s.jsonFiles(func(name string) error {
		stem, scope := fileScope(name)
		dataset, ok := cmdletDataset(stem)
		if !ok {
			s.Ignored(name, "it is named for no cmdlet (Get-MgUser.json) and no dataset (entra.users.json)")
			return nil
		}

		v, ok, err := s.read(name)
		if err != nil || !ok {
			return err
		}
		if pages, ok := pagesOf(dataset, v); ok { // Invoke-MgGraphRequest
			return s.take(Part{Dataset: dataset, Scope: scope, File: name, Pages: pages})
		}
		if code := errorIn(v); code != "" {
			return s.takeError(dataset, scope, name, code)
		}

		objects, ok := objectsOf(unwrap(v))
		if !ok {
			s.Ignored(name, "it holds neither an object nor a list of objects")
			return nil
		}

		part := Part{Dataset: dataset, Scope: scope, File: name, Lacks: shellLoss, Objects: []object{}}
		if strings.Contains(stem, "MgBeta") {
			part.Lacks += "; it was read from beta"
		}
		for _, o := range objects {
			shell := shell{dropNull: true}
			part.Objects = append(part.Objects, shell.document(dataset, o))
			part.Cut = append(part.Cut, shell.cut...)
		}

		return s.takeScoped(part)
	})
}

// fileScope takes a path apart: "Get-MgGroupMember/<id>.json" is of one parent, by its
// percent-encoded id.
func fileScope(name string) (stem, scope string) {
	stem = strings.TrimSuffix(name, path.Ext(name))
	dir, file := path.Split(stem)
	if dir == "" {
		return stem, ""
	}
	return path.Base(dir), unescape(file)
}

// takeScoped takes a part whose file said its scope, or whose objects do.
func (s *Source) takeScoped(p Part) error {
	schema := snapshot.Schemas()[p.Dataset]
	if p.Scope != "" || schema == nil {
		return s.take(p)
	}
	return s.byScope(p, placeOf(schema))
}

// cmdletDataset is the dataset that a file is named for.
func cmdletDataset(stem string) (string, bool) {
	if snapshot.Schemas()[stem] != nil {
		return stem, true
	}

	lower := strings.ToLower(stem)
	for _, prefix := range []string{"get-mgbeta", "get-mg"} {
		rest, ok := strings.CutPrefix(lower, prefix)
		if !ok {
			continue
		}
		for cmdlet, dataset := range cmdlets {
			if strings.ToLower(cmdlet) == rest {
				return dataset, true
			}
		}
	}
	return "", false
}

// isPowerShellArray is {"value": […], "Count": n}, an array of Windows PowerShell.
func isPowerShellArray(o object) bool {
	list, isList := o["value"].([]any)
	count, isNumber := o["Count"].(json.Number)
	return len(o) == 2 && isList && isNumber && count.String() == strconv.Itoa(len(list))
}

// unwrap is the array in such an object, or the value as it is.
func unwrap(v any) any {
	if o, ok := v.(object); ok && isPowerShellArray(o) {
		return o["value"]
	}
	return v
}

// shell turns objects of PowerShell back into the API's, by the schema of their
// dataset.
type shell struct {
	dropNull bool     // null may stand for what was not asked for
	cut      []string // pointers of what ConvertTo-Json cut off
}

// document turns back a whole object.
func (c *shell) document(dataset string, o object) object {
	var root *snapshot.Property
	if s := snapshot.Schemas()[dataset]; s != nil {
		root = &s.Property
	}
	return c.object(root, o, "")
}

// object turns back an object. p is its schema, nil where nobody knows it.
func (c *shell) object(p *snapshot.Property, in object, at string) object {
	out := object{}
	for name, v := range in {
		if more, ok := v.(object); ok && name == "AdditionalProperties" {
			for name, v := range more { // as the API writes it
				c.put(p, out, name, v, at)
			}
			continue
		}
		c.put(p, out, apiName(p, name), v, at)
	}
	return out
}

// put turns back one property, and leaves it out where nothing is known of it.
func (c *shell) put(p *snapshot.Property, out object, name string, v any, at string) {
	child := p.Child(name)
	at += "/" + name
	v = unwrap(v)
	if text, isText := v.(string); isText && isCut(child, text) {
		c.cut = append(c.cut, at)
		return
	}

	wantsList := child != nil && slices.Contains(child.Type, "array")
	list, isList := v.([]any)
	switch {
	case v == nil && c.dropNull:
		return
	case wantsList && v != nil && !isList: // an array of one
		list, isList = []any{v}, true
	}

	if isList {
		if list, isWhole := c.list(child, list, at); isWhole {
			out[name] = list
		}
		return
	}
	if o, isObject := v.(object); isObject {
		o = c.object(child, o, at)
		if len(o) > 0 || !c.dropNull {
			out[name] = o
		}
		return
	}

	out[name] = apiTime(v)
}

// list turns back the elements of an array. One that was cut makes all of it unknown.
func (c *shell) list(p *snapshot.Property, in []any, at string) (out []any, isWhole bool) {
	var items *snapshot.Property
	if p != nil {
		items = p.Items
	}

	out = []any{}
	for _, v := range in {
		switch v := unwrap(v).(type) {
		case object:
			out = append(out, c.object(items, v, at+"/-"))
		case string:
			if isCut(items, v) {
				c.cut = append(c.cut, at)
				return nil, false
			}
			out = append(out, apiTime(v))
		default:
			out = append(out, v)
		}
	}
	return out, true
}

// apiName is a property's name as the API writes it: the schema's, or else with a small
// first letter ("OnPremisesSyncEnabled" is "onPremisesSyncEnabled").
func apiName(p *snapshot.Property, name string) string {
	if p != nil {
		if _, ok := p.Properties[name]; ok {
			return name
		}
		for known := range p.Properties {
			if strings.EqualFold(known, name) {
				return known
			}
		}
		if p.Values != nil { // the keys of a map, such as tags, are not the API's
			return name
		}
	}
	if name == "" {
		return name
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// typeName is what ConvertTo-Json writes for an object below its depth: a .NET type, or
// "@{name=value; …}" for an object of PowerShell's own.
var typeName = regexp.MustCompile(`^(@\{.*\}|(System|Microsoft)(\.[A-Za-z0-9_+` + "`" + `]+)+(\[\])?)$`)

// isCut reports whether a text stands for an object or a list that was cut off. Where
// the schema says that there is a text, it is one.
func isCut(p *snapshot.Property, text string) bool {
	isText := p != nil && (slices.Contains(p.Type, "string") || len(p.Type) == 0)
	isScalar := p != nil && !slices.Contains(p.Type, "object") && !slices.Contains(p.Type, "array")
	return !isText && !isScalar && typeName.MatchString(text)
}

var shellDate = regexp.MustCompile(`^/Date\((-?[0-9]{1,14})([+-][0-9]{4})?\)/$`)

// apiTime is a time as Graph writes it; other values are as they were. The offset
// behind the milliseconds is that of the machine which wrote it, and changes nothing.
func apiTime(v any) any {
	text, _ := v.(string)
	m := shellDate.FindStringSubmatch(text)
	if m == nil {
		return v
	}

	ms, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return v
	}
	at := time.UnixMilli(ms).UTC()
	if ms%1000 == 0 {
		return at.Format("2006-01-02T15:04:05Z")
	}
	return at.Format("2006-01-02T15:04:05.000Z")
}
