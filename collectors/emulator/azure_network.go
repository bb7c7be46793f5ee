package emulator

import (
	"fmt"
	"strings"
)

const networksAt = "/providers/Microsoft.Network/virtualNetworks"

// addNetworks makes the virtual networks that the list of resources of a subscription
// has. Each is peered with the next one, and the first one of a later subscription
// with the first one of all. A client with a vault has a private endpoint to it.
func (t *Tenant) addNetworks(sub *subscription) {
	var networks []object
	for _, o := range t.resourcesOf(sub, "Microsoft.Network/virtualNetworks") {
		networks = append(networks, t.network(o, len(networks)))
	}
	if len(networks) == 0 {
		return
	}

	for i := range len(networks) - 1 {
		t.peer(networks[i], networks[i+1], "Connected")
		t.peer(networks[i+1], networks[i], "Connected")
	}
	if first := t.subscriptions[0]; first != sub && len(t.at("/arm"+first.path(networksAt))) > 0 {
		t.peer(networks[0], t.at("/arm" + first.path(networksAt))[0], "Disconnected")
	}

	t.put("/arm"+sub.path(networksAt), networks...)
	t.addPrivateEndpoints(sub, networks[0])
}

// resourcesOf are those of a type in the list of a subscription's resources.
func (t *Tenant) resourcesOf(sub *subscription, typ string) (all []object) {
	for _, o := range t.at("/arm" + sub.path("/resources")) {
		if o["type"] == typ {
			all = append(all, o)
		}
	}
	return all
}

// tracked is what a list of one type shows of a resource, beside its properties.
func tracked(listed, properties object) object {
	o := object{"id": listed["id"], "name": listed["name"], "type": listed["type"],
		"location": listed["location"], "properties": properties}
	if tags, has := listed["tags"]; has {
		o["tags"] = tags
	}
	return o
}

// network: https://learn.microsoft.com/rest/api/virtualnetwork/virtual-networks/list-all.
func (t *Tenant) network(listed object, i int) object {
	id, prefix := listed["id"].(string), fmt.Sprintf("10.%d", 16+i)
	etag := `W/"` + t.guid("etag", id) + `"`
	return with(tracked(listed, object{
		"provisioningState": "Succeeded", "resourceGuid": t.guid("network", id),
		"addressSpace": object{"addressPrefixes": []any{prefix + ".0.0/16"}},
		"dhcpOptions":  object{"dnsServers": []any{}},
		"subnets": []any{object{
			"id": id + "/subnets/default", "name": "default", "type": "Microsoft.Network/virtualNetworks/subnets",
			"etag": etag,
			"properties": object{
				"provisioningState": "Succeeded", "addressPrefix": prefix + ".0.0/24",
				"delegations": []any{}, "privateEndpointNetworkPolicies": "Disabled",
				"privateLinkServiceNetworkPolicies": "Enabled",
			},
		}},
		"virtualNetworkPeerings": []any{}, "enableDdosProtection": false,
	}), object{"etag": etag})
}

// peer lets a network reach another one. A peering has two sides, each of which is
// only seen where its network is.
// https://learn.microsoft.com/rest/api/virtualnetwork/virtual-network-peerings/list
func (t *Tenant) peer(from, to object, state string) {
	p := from["properties"].(object)
	remote := to["properties"].(object)["addressSpace"]
	id, name := from["id"].(string), "to-"+to["name"].(string)

	p["virtualNetworkPeerings"] = append(p["virtualNetworkPeerings"].([]any), object{
		"id": id + "/virtualNetworkPeerings/" + name, "name": name,
		"type": "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "etag": from["etag"],
		"properties": object{
			"provisioningState": "Succeeded", "peeringState": state, "peeringSyncLevel": "FullyInSync",
			"remoteVirtualNetwork":      object{"id": to["id"]},
			"allowVirtualNetworkAccess": true, "allowForwardedTraffic": false,
			"allowGatewayTransit": false, "useRemoteGateways": false, "doNotVerifyRemoteGateways": false,
			"remoteAddressSpace": remote, "remoteVirtualNetworkAddressSpace": remote,
		},
	})
}

// addPrivateEndpoints makes one to the first vault, approved by itself, and one to a
// service of somebody else who has not approved it yet.
func (t *Tenant) addPrivateEndpoints(sub *subscription, network object) {
	vaults := t.at("/arm" + sub.path("/providers/Microsoft.KeyVault/vaults"))
	if len(vaults) == 0 {
		return
	}

	r, subnet := t.rand("private endpoints"), network["id"].(string)+"/subnets/default"
	own := t.privateEndpoint(sub, "vault", subnet)
	own["properties"].(object)["privateLinkServiceConnections"] = []any{
		connection(own, vaults[0]["id"].(string), []any{"vault"}, "Approved", "Auto-Approved"),
	}

	service := "/subscriptions/" + guid(t.seed, "vendor", "subscription") +
		"/resourceGroups/rg-saas/providers/Microsoft.Network/privateLinkServices/pls-proware"
	other := t.privateEndpoint(sub, "proware", subnet)
	other["properties"].(object)["manualPrivateLinkServiceConnections"] = []any{
		connection(other, service, []any{}, "Pending", "Awaiting approval"),
	}

	for _, o := range []object{own, other} {
		o["location"] = network["location"]
		t.put("/arm"+sub.path("/providers/Microsoft.Network/privateEndpoints"), o)
		t.listAsResource(r, sub, o)
	}
}

// privateEndpoint:
// https://learn.microsoft.com/rest/api/virtualnetwork/private-endpoints/list-by-subscription.
func (t *Tenant) privateEndpoint(sub *subscription, what, subnet string) object {
	const at = "/resourceGroups/rg-network/providers/Microsoft.Network/"
	name := "pe-" + t.Label + "-" + what
	return object{
		"id":   sub.path(at + "privateEndpoints/" + name),
		"name": name, "type": "Microsoft.Network/privateEndpoints",
		"etag": `W/"` + t.guid("etag", name) + `"`,
		"properties": object{
			"provisioningState": "Succeeded", "privateLinkServiceConnections": []any{},
			"manualPrivateLinkServiceConnections": []any{}, "subnet": object{"id": subnet},
			"networkInterfaces":          []any{object{"id": sub.path(at + "networkInterfaces/" + name + ".nic")}},
			"customDnsConfigs":           []any{object{"fqdn": name + ".example", "ipAddresses": []any{"10.16.0.4"}}},
			"ipConfigurations":           []any{},
			"customNetworkInterfaceName": "",
		},
	}
}

func connection(endpoint object, service string, groups []any, status, description string) object {
	id, name := endpoint["id"].(string), endpoint["name"].(string)
	return object{
		"id": id + "/privateLinkServiceConnections/" + name, "name": name,
		"type": "Microsoft.Network/privateEndpoints/privateLinkServiceConnections", "etag": endpoint["etag"],
		"properties": object{
			"privateLinkServiceId": service, "groupIds": groups, "provisioningState": "Succeeded",
			"requestMessage": strings.ToUpper(name[:1]) + name[1:] + " asks for a connection",
			"privateLinkServiceConnectionState": object{
				"status": status, "description": description, "actionsRequired": "None",
			},
		},
	}
}
