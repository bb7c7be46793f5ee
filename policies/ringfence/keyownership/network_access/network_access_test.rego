package ringfence.keyownership.network_access_test

import data.ringfence.keyownership.network_access as control

own := "/subscriptions/SUB-1/resourceGroups/rg/providers/Microsoft.Network"

foreign := "/subscriptions/sub-9/resourceGroups/rg/providers/Microsoft.Network"

vault := "keyvault.vaults/kv"

hsm := "keyvault.managed_hsms/hsm"

document(subject, properties) := {"_id": "x", "_scope": "sub-1", "_subject": subject, "properties": properties}

tenant(subject, properties) := {
	"params": {"min_prefix": 8},
	"azure": {"subscriptions": [{"_id": "sub-1"}, {"_id": "sub-2"}]},
	"keyvault": {
		"vaults": [document(vault, properties) | subject == vault],
		"managed_hsms": [document(hsm, properties) | subject == hsm],
	},
}

verdict(subject) := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

closed := {"publicNetworkAccess": "Disabled", "networkAcls": null, "privateEndpointConnections": null}

filtered := {
	"publicNetworkAccess": "Enabled",
	"networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [{"value": "203.0.113.0/24"}, {"value": "198.51.100.7"}], "virtualNetworkRules": [{"id": sprintf("%s/virtualNetworks/v/subnets/s", [own])}]},
	"privateEndpointConnections": [],
}

subnet(at) := {"id": sprintf("%s/virtualNetworks/v/subnets/s", [at])}

with_rules(rules) := object.union(filtered, {"networkAcls": rules})

with_endpoint(base, at, status) := object.union(base, {"privateEndpointConnections": [{"properties": {
	"privateEndpoint": {"id": sprintf("%s/privateEndpoints/pe", [at])},
	"privateLinkServiceConnectionState": {"status": status},
}}]})

cases := {
	"closed": [closed, "pass"],
	"closed, in small letters": [object.union(closed, {"publicNetworkAccess": "disabled"}), "pass"],
	"firewall": [filtered, "pass"],
	"public access left out, firewall on": [object.union(filtered, {"publicNetworkAccess": null}), "pass"],
	"no rules at all": [object.union(closed, {"publicNetworkAccess": "Enabled"}), "fail"],
	"public access and rules left out": [object.union(closed, {"publicNetworkAccess": null}), "fail"],
	"firewall off": [with_rules({"defaultAction": "Allow"}), "fail"],
	"the whole Internet": [with_rules({"ipRules": [{"value": "0.0.0.0/0"}]}), "fail"],
	"the widest network that is agreed": [with_rules({"ipRules": [{"value": "203.0.0.0/8"}]}), "pass"],
	"a narrow network and half of the Internet": [with_rules({"ipRules": [{"value": "203.0.113.0/24"}, {"value": "128.0.0.0/1"}]}), "fail"],
	"half of it": [with_rules({"ipRules": [{"value": "128.0.0.0/1"}]}), "fail"],
	"a stranger's network": [with_rules({"virtualNetworkRules": [{"id": sprintf("%s/virtualNetworks/v/subnets/s", [foreign])}]}), "fail"],
	"a stranger's network beside an own one": [with_rules({"virtualNetworkRules": [subnet(own), subnet(foreign)]}), "fail"],
	"a stranger's private endpoint": [with_endpoint(closed, foreign, "Approved"), "fail"],
	"own private endpoint": [with_endpoint(closed, own, "Approved"), "pass"],
	# False positives: a perimeter decides; what is not approved leads nowhere; rules that sleep.
	"a perimeter": [object.union(closed, {"publicNetworkAccess": "SecuredByPerimeter"}), "pass"],
	"a stranger who asks": [with_endpoint(closed, foreign, "Pending"), "pass"],
	"a stranger who was refused": [with_endpoint(filtered, foreign, "Rejected"), "pass"],
	"a stranger who was cut off": [with_endpoint(filtered, foreign, "Disconnected"), "pass"],
	"a stranger's network in sleeping rules": [object.union(with_rules({"virtualNetworkRules": [subnet(foreign)]}), {"publicNetworkAccess": "Disabled"}), "pass"],
	"sleeping rules": [object.union(with_rules({"defaultAction": "Allow", "ipRules": [{"value": "0.0.0.0/0"}]}), {"publicNetworkAccess": "Disabled"}), "pass"],
	# Unknown.
	"a stranger of unknown status": [with_endpoint(closed, foreign, null), "undetermined"],
	"an endpoint without id": [object.union(closed, {"privateEndpointConnections": [{"properties": {"privateEndpoint": null}}]}), "undetermined"],
	"an access of tomorrow": [object.union(closed, {"publicNetworkAccess": "Sometimes"}), "undetermined"],
	"null default action": [with_rules({"defaultAction": null}), "undetermined"],
	"null IP rules": [with_rules({"ipRules": null}), "undetermined"],
	"null network rules": [with_rules({"virtualNetworkRules": null}), "undetermined"],
	"an address of another kind": [with_rules({"ipRules": [{"value": "::/0"}]}), "undetermined"],
	"a network that is none": [with_rules({"virtualNetworkRules": [{"id": "x"}]}), "undetermined"],
	"a network at another place": [with_rules({"virtualNetworkRules": [{"id": "/elsewhere/sub-1/virtualNetworks/v"}]}), "undetermined"],
	"no properties": [{}, "undetermined"],
	# A known fault counts beside what is unknown.
	"open, endpoints unknown": [{"publicNetworkAccess": "Enabled", "networkAcls": null}, "fail"],
}

test_verdicts[[name, subject]] if {
	some name, c in cases
	some subject in [vault, hsm]
	control.subjects == {subject} with input as tenant(subject, c[0])
	verdict(subject) == c[1] with input as tenant(subject, c[0])
}

test_gaps[property] if {
	some property in ["publicNetworkAccess", "networkAcls", "privateEndpointConnections"]
	open := object.union(closed, {"publicNetworkAccess": "Enabled"})
	verdict(vault) in {"undetermined", "fail"} with input as tenant(vault, object.remove(open, [property]))
	verdict(vault) == "undetermined" with input as tenant(vault, object.remove(with_endpoint(closed, own, "Approved"), ["privateEndpointConnections"]))
}

test_messages if {
	bad := with_endpoint(with_rules({"ipRules": [{"value": "203.0.113.0/24"}, {"value": "0.0.0.0/0"}]}), foreign, "Approved")
	{[f.message, f.observed, f.evidence] | some f in control.fail} == {
		["its firewall lets 0.0.0.0/0 in", "0.0.0.0/0", ["keyvault.vaults/kv#/properties/networkAcls/ipRules/1/value"]],
		[
			"a private endpoint in subscription sub-9, which is none of the client's, leads to it",
			"/subscriptions/sub-9/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe",
			["keyvault.vaults/kv#/properties/privateEndpointConnections/0/properties/privateEndpoint/id"],
		],
	} with input as tenant(vault, bad)
}

test_param if {
	strict := json.patch(tenant(vault, filtered), [{"op": "replace", "path": "/params/min_prefix", "value": 25}])
	{f.observed | some f in control.fail} == {"203.0.113.0/24"} with input as strict
}
