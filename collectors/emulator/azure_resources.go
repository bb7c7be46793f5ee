package emulator

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// appGroup is where most resources lie.
const appGroup = "/resourceGroups/rg-app-prod/providers/"

// kind is a type of resource as the ARM list shows it. In location, "" is the
// region's name and "display" its display name, which some providers return.
type kind struct {
	typ, group, prefix, kind, location string
	sku                                object
}

var kinds = []kind{
	{typ: "Microsoft.Compute/virtualMachines", group: "rg-app-prod", prefix: "vm"},
	{typ: "Microsoft.Compute/disks", group: "RG-APP-PROD", prefix: "disk",
		sku: object{"name": "Premium_LRS", "tier": "Premium"}},
	{typ: "Microsoft.Network/networkInterfaces", group: "rg-network", prefix: "nic", kind: "Regular"},
	{typ: "Microsoft.Network/virtualNetworks", group: "rg-network", prefix: "vnet"},
	{typ: "Microsoft.Network/networkSecurityGroups", group: "rg-network", prefix: "nsg"},
	{typ: "Microsoft.Network/publicIPAddresses", group: "rg-network", prefix: "pip",
		sku: object{"name": "Standard", "tier": "Regional"}},
	{typ: "Microsoft.Storage/storageAccounts", group: "RG-Data", prefix: "st", kind: "StorageV2",
		sku: object{"name": "Standard_ZRS", "tier": "Standard"}},
	{typ: "Microsoft.Web/serverFarms", group: "rg-app-prod", prefix: "plan", kind: "linux",
		location: "display",
		sku: object{"name": "P1v3", "tier": "PremiumV3", "size": "P1v3", "family": "Pv3",
			"capacity": 2}},
	{typ: "Microsoft.Web/sites", group: "rg-app-prod", prefix: "app", kind: "app,linux", location: "display"},
	{typ: "Microsoft.Sql/servers", group: "RG-Data", prefix: "sql", kind: "v12.0"},
	{typ: "Microsoft.OperationalInsights/workspaces", group: "rg-app-prod", prefix: "log"},
	{typ: "Microsoft.RecoveryServices/vaults", group: "RG-Data", prefix: "rsv",
		sku: object{"name": "RS0", "tier": "Standard"}},
	{typ: "microsoft.insights/components", group: "rg-app-prod", prefix: "appi", kind: "web"},
	{typ: "Microsoft.Network/networkWatchers", group: "NetworkWatcherRG", prefix: "NetworkWatcher"},
	{typ: "Microsoft.Network/dnszones", group: "rg-network", prefix: "zone", location: "global"},
	{typ: "Microsoft.Network/trafficManagerProfiles", group: "rg-network", prefix: "traf",
		location: "global"},
	{typ: "Microsoft.Cdn/profiles", group: "rg-app-prod", prefix: "cdn", kind: "cdn", location: "Global",
		sku: object{"name": "Standard_Microsoft"}},
	{typ: "Microsoft.Network/frontDoors", group: "rg-network", prefix: "fd", location: "Global"},
}

func kindOf(prefix string) kind {
	return kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.prefix == prefix })]
}

// name of a resource; storage accounts may have lower-case letters and digits alone.
func (k kind) name(label, serial string) string {
	name := k.prefix + "-" + label + "-" + serial
	if k.prefix == "st" {
		name = strings.ReplaceAll(name, "-", "")
	}
	return name
}

// at is how a resource of the kind spells the region it is in.
func (k kind) at(region string) string {
	switch k.location {
	case "":
		return region
	case "display":
		return displayRegion(region)
	}
	return k.location
}

// addResources lists n resources, at least one of each kind in turn.
func (t *Tenant) addResources(r *rand.Rand, sub *subscription, n int) {
	for i := range n {
		k := kinds[i%len(kinds)]
		region := k.at(pick(r, sub.locations))
		if i == 3 {
			region = strings.ToUpper(region) // providers have returned this form, too
		}

		o := t.resource(r, sub, k, k.name(t.Label, fmt.Sprintf("%03d", i+1)), region)
		if tags := t.tags(r, t.hostile && i%5 == 0); tags != nil {
			o["tags"] = tags
		}

		t.put("/arm"+sub.path("/resources"), o)
		t.addDetails(sub, o)
	}
}

// resource is an item of https://learn.microsoft.com/rest/api/resources/resources/list.
// createdTime, changedTime and provisioningState are shown on $expand alone.
func (t *Tenant) resource(r *rand.Rand, sub *subscription, k kind, name, location string) object {
	o := with(history(r), object{
		"id":   sub.path("/resourceGroups/" + k.group + "/providers/" + k.typ + "/" + name),
		"name": name, "type": k.typ, "location": location,
	})

	if k.kind != "" {
		o["kind"] = k.kind
	}
	if k.sku != nil {
		o["sku"] = k.sku
	}

	switch k.prefix {
	case "disk":
		o["managedBy"] = sub.path(appGroup + "Microsoft.Compute/virtualMachines/vm-" + t.Label + "-001")
		o["zones"] = []any{"1"}
	case "vm", "app":
		o["identity"] = t.systemAssigned(sub.id, name)
	}

	return o
}

// history is when a resource was made and changed.
func history(r *rand.Rand) object {
	return object{"createdTime": date(r, 2019, 2025) + ".1234567Z",
		"changedTime":       date(r, 2026, 2026) + ".7654321Z",
		"provisioningState": "Succeeded"}
}

// systemAssigned is the managed identity of a resource.
func (t *Tenant) systemAssigned(parts ...string) object {
	principal := t.guid(append([]string{"identity"}, parts...)...)
	return object{"type": "SystemAssigned", "principalId": principal, "tenantId": t.ID}
}

// listAsResource puts what the list of resources shows of an object.
func (t *Tenant) listAsResource(r *rand.Rand, sub *subscription, full object) {
	o := history(r)
	for _, name := range []string{"id", "name", "type", "location", "tags", "sku"} {
		if v, has := full[name]; has {
			o[name] = v
		}
	}
	t.put("/arm"+sub.path("/resources"), o)
}
