package exports

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// What "az … list" prints. The Azure CLI (https://github.com/Azure/azure-cli) reads all
// pages, and passes the objects through its own types:
//
//   - for many types what the API has under "properties" is beside them (client_flatten:
//     storage accounts, SQL servers, disk encryption sets, role assignments; not key
//     vaults, whose list without a resource group has no properties at all);
//   - what a type does not know is gone, and what the answer does not have is null;
//   - "resourceGroup" is added to every resource.

// azCommands are the datasets of commands, without "az" and with "-" for spaces.
var azCommands = map[string]string{
	"account-list":                         "azure.subscriptions",
	"account-list-locations":               "azure.locations",
	"account-subscription-list":            "azure.subscriptions",
	"group-list":                           "azure.resource_groups",
	"resource-list":                        "azure.resources",
	"role-assignment-list":                 "azure.role_assignments",
	"role-definition-list":                 "azure.role_definitions",
	"keyvault-list":                        "keyvault.vaults",
	"keyvault-list-deleted":                "keyvault.deleted_vaults",
	"keyvault-list-hsm":                    "keyvault.managed_hsms",
	"storage-account-list":                 "azure.storage_accounts",
	"disk-encryption-set-list":             "azure.disk_encryption_sets",
	"sql-server-list":                      "azure.sql_servers",
	"network-private-endpoint-list":        "azure.private_endpoints",
	"network-vnet-list":                    "azure.virtual_networks",
	"monitor-log-analytics-workspace-list": "azure.log_workspaces",
	"policy-assignment-list":               "azure.policy_assignments",
	"policy-exemption-list":                "azure.policy_exemptions",
	"managedservices-assignment-list":      "azure.lighthouse_assignments",
	"managedservices-definition-list":      "azure.lighthouse_definitions",
	"ad-user-list":                         "entra.users",
	"ad-group-list":                        "entra.groups",
	"ad-sp-list":                           "entra.service_principals",
	"ad-app-list":                          "entra.applications",
}

const azLoss = "null says nothing, since the Azure CLI writes it for what its API version does not know as well"

// azNotes are what else is known of a command's output.
var azNotes = map[string]string{
	"account-list":         "it lists the subscriptions of the last sign-in, as they were then",
	"keyvault-list":        "without --resource-group it has no properties",
	"role-assignment-list": "without --all it lists those at the subscription's scope only",
	"ad-user-list":         "it asks for the default properties",
	"ad-group-list":        "it asks for the default properties",
}

// azCLI reads <command>.json or <dataset>.json, and the same below <subscription>/ or
// <command>/<subscription>.json. Lists of subscriptions come first: they say which are of
// other tenants.
func (s *Source) azCLI() error {
	s.foreign = map[string]bool{}
	for _, isFirst := range []bool{true, false} {
		err := s.jsonFiles(func(name string) error {
			command, scope := fileScope(name)
			dataset := azDataset(command)
			if isFirst != (dataset == snapshot.SubscriptionDataset) {
				return nil
			}
			return s.azFile(name, command, dataset, strings.ToLower(scope))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// azDataset is the dataset of a command, or of a file that is named for one; "" is none.
func azDataset(command string) string {
	if snapshot.Schemas()[command] != nil {
		return command
	}
	return azCommands[strings.ToLower(strings.TrimPrefix(command, "az-"))]
}

// azFile reads one file.
func (s *Source) azFile(name, command, dataset, scope string) error {
	if dataset == "" {
		s.Ignored(name, "it is named for no command (storage-account-list.json)"+
			" and no dataset (azure.storage_accounts.json)")
		return nil
	}
	if s.foreign[scope] {
		s.Ignored(name, "it is of a subscription of another tenant")
		return nil
	}

	v, ok, err := s.read(name)
	if err != nil || !ok {
		return err
	}
	if pages, ok := pagesOf(dataset, v); ok { // az rest
		return s.take(Part{Dataset: dataset, Scope: scope, File: name, Pages: pages})
	}
	if code := errorIn(v); code != "" {
		return s.takeError(dataset, scope, name, code)
	}

	objects, ok := objectsOf(v)
	if !ok {
		s.Ignored(name, "it holds neither an object nor a list of objects")
		return nil
	}

	part := Part{
		Dataset: dataset, Scope: scope, File: name, Objects: s.azObjects(name, dataset, objects), Lacks: azLoss,
	}
	if note := azNotes[strings.TrimPrefix(command, "az-")]; note != "" {
		part.Lacks += "; " + note
	}
	return s.takeScoped(part)
}

// azObjects turns objects back. Those of another tenant, which an account that is in
// several sees, are left out.
func (s *Source) azObjects(file, dataset string, in []object) []object {
	schema := snapshot.Schemas()[dataset]
	out, strangers := []object{}, 0
	for _, o := range in {
		if dataset == snapshot.SubscriptionDataset {
			if o = subscription(o); !s.ours(o) {
				s.foreign[scopeOf(o)] = true
				strangers++
				continue
			}
		}
		if schema != nil {
			o = unflatten(&schema.Property, o)
		}
		out = append(out, o)
	}

	if strangers > 0 {
		s.Ignored(file, fmt.Sprintf("%d subscriptions are of other tenants", strangers))
	}
	return out
}

func (s *Source) ours(o object) bool {
	tenant, _ := o["tenantId"].(string)
	return strings.EqualFold(tenant, s.TenantID)
}

// subscription is one of "az account list", whose id is the bare GUID and whose name is
// the display name, as the API returns it.
func subscription(o object) object {
	id, _ := o["id"].(string)
	if o["subscriptionId"] != nil || id == "" || strings.HasPrefix(id, "/") {
		return o
	}

	out := object{"id": "/subscriptions/" + id, "subscriptionId": id, "displayName": o["name"]}
	for _, name := range []string{"state", "tenantId", "managedByTenants"} {
		out[name] = o[name]
	}
	return out
}

// unflatten puts what the schema knows below "properties" back there, and takes away
// what the Azure CLI adds, and null.
func unflatten(p *snapshot.Property, o object) object {
	out := object{}
	inner := p.Properties["properties"]
	isFlat := inner != nil && o["properties"] == nil
	nested := object{}
	for name, v := range o {
		v = withoutNull(v)
		switch {
		case v == nil, name == "resourceGroup" && p.Properties[name] == nil:
		case isFlat && p.Properties[name] == nil && inner.Properties[name] != nil:
			nested[name] = v
		default:
			out[name] = v
		}
	}

	if len(nested) > 0 {
		out["properties"] = nested
	}
	return out
}

// withoutNull is a value without the members that are null, at any depth.
func withoutNull(v any) any {
	switch v := v.(type) {
	case object:
		for name, value := range v {
			if value = withoutNull(value); value == nil {
				delete(v, name)
			} else {
				v[name] = value
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutNull(v[i])
		}
		return slices.DeleteFunc(v, func(item any) bool { return item == nil })
	}
	return v
}

func unescape(name string) string {
	if id, err := url.PathUnescape(name); err == nil {
		return id
	}
	return name
}
