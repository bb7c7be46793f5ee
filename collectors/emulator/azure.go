package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// subscription is one Azure subscription while its data are made.
type subscription struct {
	id, name  string
	groups    []string // names; the first is for keys
	locations []string // the client's regions
}

func (s *subscription) path(rest string) string { return "/subscriptions/" + s.id + rest }

// addAzure makes the subscriptions with their groups, resources, vaults and
// HSMs, and gives the application its roles.
func (t *Tenant) addAzure(s story) {
	n := s.subs
	if t.Size.Subscriptions != 0 {
		n = max(t.Size.Subscriptions, 0)
	}
	for i := range n {
		sub := &subscription{
			id:        t.guid("subscription", fmt.Sprint(i)),
			name:      fmt.Sprintf("%s %s", t.Label, []string{"production", "shared", "development", "sandbox", "archive"}[i%5]),
			locations: fenceOf(s.fence).regions,
		}

		if s.hostile {
			sub.name = pick(t.rand("subscription names"), hostileNames)
		}

		t.subs = append(t.subs, sub)
		t.addSubscription(sub, i, n, s)
		t.addAccess(sub, i, s.access)
	}
}

func (t *Tenant) addSubscription(sub *subscription, i, of int, s story) {
	r := t.rand("subscription " + fmt.Sprint(i))
	body := object{
		"id": sub.path(""), "subscriptionId": sub.id, "tenantId": t.ID, "displayName": sub.name, "state": "Enabled",
		"authorizationSource":  "RoleBased",
		"subscriptionPolicies": object{"locationPlacementId": "Public_2014-09-01", "quotaId": "CSP_2015-05-01", "spendingLimit": "Off"},
	}

	if tags := t.tags(r, s.hostile); tags != nil {
		body["tags"] = tags
	}

	if i > 0 {
		s.flaws = nil // deviations are in the first subscription
	}

	t.addDelegations(sub, body, s)
	t.put("/arm/subscriptions", body)
	t.put("/arm"+sub.path(""), body)

	for _, l := range regions {
		t.put("/arm"+sub.path("/locations"), location(sub, l))
	}

	for _, display := range logicalRegions {
		name := strings.ToLower(strings.ReplaceAll(display, " ", ""))
		t.put("/arm"+sub.path("/locations"), object{
			"id": sub.path("/locations/" + name), "name": name, "type": "Region", "displayName": display, "regionalDisplayName": display,
			"metadata": object{"regionType": "Logical", "regionCategory": "Other"}})
	}

	t.addGroups(r, sub, i == 0, s)
	t.addResources(r, sub, t.share(r, i, of), s)

	if i == 0 {
		for k, flaw := range s.vaults {
			t.addVault(r, sub, k, flaw)
		}

		if s.hsm != "" {
			t.addHSM(r, sub, s)
		}

		t.addStrays(r, sub, s)
		t.addFlawedVaults(sub, s)
		t.addEncryption(sub, s)
	}
}

// share is how many resources the i-th of n subscriptions gets.
func (t *Tenant) share(r *rand.Rand, i, n int) int {
	if total := t.Size.Resources; total > 0 {
		return total/n + min(1, max(0, total%n-i))
	}
	base := map[string]int{"micro": 4, "small": 8, "mid": 20, "large": 40}[t.Size.Tier]
	return base + r.IntN(base)
}

func location(sub *subscription, l region) object {
	meta := object{
		"regionType": "Physical", "regionCategory": map[string]string{"R": "Recommended", "O": "Other"}[l.category],
		"geography": l.geography, "geographyGroup": l.group, "longitude": l.longitude, "latitude": l.latitude, "physicalLocation": l.place,
	}

	if l.pair != "-" {
		meta["pairedRegion"] = []any{object{"name": l.pair, "id": sub.path("/locations/" + l.pair)}}
	}

	o := object{
		"id": sub.path("/locations/" + l.name), "name": l.name, "type": "Region", "displayName": l.display,
		"regionalDisplayName": "(" + l.group + ") " + l.display, "metadata": meta,
	}

	if l.category == "R" {
		o["availabilityZoneMappings"] = []any{
			object{"logicalZone": "1", "physicalZone": l.name + "-az2"}, object{"logicalZone": "2", "physicalZone": l.name + "-az3"},
			object{"logicalZone": "3", "physicalZone": l.name + "-az1"}}
	}

	return o
}

// addGroups makes the resource groups. NetworkWatcherRG is what Azure makes by
// itself; it lies where the first network is, so inside the fence.
func (t *Tenant) addGroups(r *rand.Rand, sub *subscription, first bool, s story) {
	sub.groups = []string{"rg-keys", "rg-app-prod", "RG-Data", "rg-network", "NetworkWatcherRG"}
	for i, name := range sub.groups {
		t.put("/arm"+sub.path("/resourcegroups"), group(sub, name, pick(r, sub.locations), t.tags(r, s.hostile && i < 3)))
	}
	if first && (s.outside == "group" || s.outside == "both") {
		stray := group(sub, "rg-migration", pick(r, fenceOf(s.fence).outside), nil)
		t.put("/arm"+sub.path("/resourcegroups"), stray)
		t.plant("RF-G-03", "azure.resource_groups", stray)
	}
}

func group(sub *subscription, name, location string, tags object) object {
	o := object{
		"id": sub.path("/resourceGroups/" + name), "name": name, "type": "Microsoft.Resources/resourceGroups",
		"location": location, "properties": object{"provisioningState": "Succeeded"},
	}
	if tags != nil {
		o["tags"] = tags
	}
	return o
}

// kind is a type of resource as the ARM list shows it. In location, "" is the
// region's name and "display" its display name, which some providers return.
type kind struct {
	typ, group, prefix, kind, location string
	sku                                object
}

var kinds = []kind{
	{typ: "Microsoft.Compute/virtualMachines", group: "rg-app-prod", prefix: "vm"},
	{typ: "Microsoft.Compute/disks", group: "RG-APP-PROD", prefix: "disk", sku: object{"name": "Premium_LRS", "tier": "Premium"}},
	{typ: "Microsoft.Network/networkInterfaces", group: "rg-network", prefix: "nic", kind: "Regular"},
	{typ: "Microsoft.Network/virtualNetworks", group: "rg-network", prefix: "vnet"},
	{typ: "Microsoft.Network/networkSecurityGroups", group: "rg-network", prefix: "nsg"},
	{typ: "Microsoft.Network/publicIPAddresses", group: "rg-network", prefix: "pip", sku: object{"name": "Standard", "tier": "Regional"}},
	{typ: "Microsoft.Storage/storageAccounts", group: "RG-Data", prefix: "st", kind: "StorageV2", sku: object{"name": "Standard_ZRS", "tier": "Standard"}},
	{typ: "Microsoft.Web/serverFarms", group: "rg-app-prod", prefix: "plan", kind: "linux", location: "display", sku: object{"name": "P1v3", "tier": "PremiumV3", "size": "P1v3", "family": "Pv3", "capacity": 2}},
	{typ: "Microsoft.Web/sites", group: "rg-app-prod", prefix: "app", kind: "app,linux", location: "display"},
	{typ: "Microsoft.Sql/servers", group: "RG-Data", prefix: "sql", kind: "v12.0"},
	{typ: "Microsoft.OperationalInsights/workspaces", group: "rg-app-prod", prefix: "log"},
	{typ: "Microsoft.RecoveryServices/vaults", group: "RG-Data", prefix: "rsv", sku: object{"name": "RS0", "tier": "Standard"}},
	{typ: "microsoft.insights/components", group: "rg-app-prod", prefix: "appi", kind: "web"},
	{typ: "Microsoft.Network/networkWatchers", group: "NetworkWatcherRG", prefix: "NetworkWatcher"},
	{typ: "Microsoft.Network/dnszones", group: "rg-network", prefix: "zone", location: "global"},
	{typ: "Microsoft.Network/trafficManagerProfiles", group: "rg-network", prefix: "traf", location: "global"},
	{typ: "Microsoft.Cdn/profiles", group: "rg-app-prod", prefix: "cdn", kind: "cdn", location: "Global", sku: object{"name": "Standard_Microsoft"}},
	{typ: "Microsoft.Network/frontDoors", group: "rg-network", prefix: "fd", location: "Global"},
}

// name of a resource; storage accounts may have lower-case letters and digits alone.
func (k kind) name(label, serial string) string {
	name := k.prefix + "-" + label + "-" + serial
	if k.prefix == "st" {
		name = strings.ReplaceAll(name, "-", "")
	}
	return name
}

// addResources lists n resources, at least one of each kind in turn.
func (t *Tenant) addResources(r *rand.Rand, sub *subscription, n int, s story) {
	for i := range n {
		k, region := kinds[i%len(kinds)], pick(r, sub.locations)
		switch k.location {
		case "":
		case "display":
			region = displayRegion(region)
		default:
			region = k.location
		}

		if i == 3 {
			region = strings.ToUpper(region) // providers have returned this form, too
		}

		o := t.resource(r, sub, k, k.name(t.Label, fmt.Sprintf("%03d", i+1)), region)

		if tags := t.tags(r, s.hostile && i%5 == 0); tags != nil {
			o["tags"] = tags
		}

		t.put("/arm"+sub.path("/resources"), o)
		t.addDetails(sub, o)
	}
}

// resource is an item of https://learn.microsoft.com/rest/api/resources/resources/list.
// createdTime, changedTime and provisioningState are shown on $expand alone.
func (t *Tenant) resource(r *rand.Rand, sub *subscription, k kind, name, location string) object {
	o := object{
		"id":   sub.path("/resourceGroups/" + k.group + "/providers/" + k.typ + "/" + name),
		"name": name, "type": k.typ, "location": location,
		"createdTime": date(r, 2019, 2025) + ".1234567Z", "changedTime": date(r, 2026, 2026) + ".7654321Z", "provisioningState": "Succeeded",
	}

	if k.kind != "" {
		o["kind"] = k.kind
	}

	if k.sku != nil {
		o["sku"] = k.sku
	}

	if k.prefix == "disk" {
		o["managedBy"] = sub.path("/resourceGroups/rg-app-prod/providers/Microsoft.Compute/virtualMachines/vm-" + t.Label + "-001")
		o["zones"] = []any{"1"}
	}

	if k.prefix == "vm" || k.prefix == "app" {
		o["identity"] = object{"type": "SystemAssigned", "principalId": t.guid("identity", sub.id, name), "tenantId": t.ID}
	}

	return o
}

// addStrays puts resources outside of the client's fence.
func (t *Tenant) addStrays(r *rand.Rand, sub *subscription, s story) {
	if s.outside != "resource" && s.outside != "both" {
		return
	}
	out := fenceOf(s.fence).outside
	for i, k := range []kind{kinds[6], kinds[8]} { // a storage account; a site, with its location as a display name
		region := out[i%len(out)]
		if k.location == "display" {
			region = displayRegion(region)
		}

		o := t.resource(r, sub, k, k.name(t.Label, fmt.Sprintf("old%d", i+1)), region)
		t.put("/arm"+sub.path("/resources"), o)
		t.addDetails(sub, o)
		t.plant("RF-G-03", "azure.resources", o)
	}
}

// tags are absent, empty, ordinary or hostile.
func (t *Tenant) tags(r *rand.Rand, hostile bool) object {
	n := r.IntN(3)
	switch {
	case hostile:
		return object{"owner": pick(r, hostileNames), "note": "first\nsecond\tthird\r\n", "hidden-link:/app": "Resource"}
	case n == 0:
		return nil
	case n == 1:
		return object{}
	}

	return object{"environment": pick(r, []string{"production", "staging", "development"}), "cost-centre": fmt.Sprint(1000 + r.IntN(9000))}
}
