# METADATA
# title: Vaults cannot be reached from the Internet, nor from a stranger's network
# description: >-
#   The data plane of each key vault and managed HSM is closed to the public, by
#   its firewall, by a network security perimeter or altogether. The networks and
#   private endpoints that it lets in are in the client's own subscriptions. A
#   vault that has to be public, such as one for Microsoft 365 Customer Key, is an
#   exception in the fleet file.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/general/network-security
#     description: Configure network security for Azure Key Vault
#   - ref: https://learn.microsoft.com/azure/key-vault/general/private-link-service
#     description: Integrate Key Vault with Azure Private Link
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription
#     description: VaultProperties, publicNetworkAccess overrides the firewall; NetworkRuleSet
# custom:
#   id: RF-K-05
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-4, sc-7, sc-7.5]
#     iso_27001: [A.8.20, A.8.22]
#     ccm: [IVS-03]
#     gdpr: []
#     cis_m365: []
#     nis2: ["6.7.2", "6.8.1"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     min_prefix:
#       type: integer
#       default: 8
#       description: How long the prefix of an allowed IP network must be; a shorter one is a part of the Internet.
#   remediation: >-
#     `az keyvault update --default-action Deny`, or `--public-network-access
#     Disabled` where only private endpoints are used. Take strange networks out
#     (`az keyvault network-rule remove`), and reject strange private endpoints.
#   limits: >-
#     What the vault lets in, not who can sign in to it. The bypass for trusted
#     Microsoft services is allowed. What a network security perimeter lets in is
#     not looked at, nor whether an allowed address is the client's own.
package ringfence.keyownership.network_access

subjects contains vault._subject if some vault in input.keyvault.vaults

subjects contains hsm._subject if some hsm in input.keyvault.managed_hsms

pass contains vault._subject if {
	some vault in input.keyvault.vaults
	_closed(vault.properties)
	_endpoints_ours(vault.properties)
}

pass contains hsm._subject if {
	some hsm in input.keyvault.managed_hsms
	_closed(hsm.properties)
	_endpoints_ours(hsm.properties)
}

# Each kind of violation has a rule of its own, so that a vault that is open to all is one
# whatever could be read of the subscriptions.
fail contains _failure(vault, found) if {
	some vault in input.keyvault.vaults
	some found in _open(vault.properties)
}

fail contains _failure(hsm, found) if {
	some hsm in input.keyvault.managed_hsms
	some found in _open(hsm.properties)
}

fail contains _failure(vault, found) if {
	some vault in input.keyvault.vaults
	some found in _strange(vault.properties)
}

fail contains _failure(hsm, found) if {
	some hsm in input.keyvault.managed_hsms
	some found in _strange(hsm.properties)
}

_closed(properties) if _text(properties.publicNetworkAccess) in {"disabled", "securedbyperimeter"}

_closed(properties) if {
	_text(properties.networkAcls.defaultAction) == "deny"
	_narrow(properties.networkAcls.ipRules)
	_networks_ours(properties.networkAcls.virtualNetworkRules)
}

_narrow(rules) if {
	every rule in rules {
		_prefix(rule.value) >= input.params.min_prefix
	}
}

_networks_ours(rules) if {
	every rule in rules {
		_subscription(rule.id) in _ours
	}
}

_endpoints_ours(properties) if properties.privateEndpointConnections == null # left out: there is none

_endpoints_ours(properties) if {
	every connection in properties.privateEndpointConnections {
		_harmless(connection.properties)
	}
}

_harmless(connection) if _subscription(connection.privateEndpoint.id) in _ours

_harmless(connection) if connection.privateLinkServiceConnectionState.status in {"Pending", "Rejected", "Disconnected"}

# _public holds if the firewall decides who comes in. null means that the property was left
# out, whose documented meaning is that public access is allowed.
_public(properties) if properties.publicNetworkAccess == null

_public(properties) if _text(properties.publicNetworkAccess) == "enabled"

# _open are [pointer, what is there, message] of what lets the Internet in.
_open(properties) := ({x | x := _no_firewall(properties)} | {x | x := _firewall_off(properties)}) | {x | some x in _wide(properties)}

_no_firewall(properties) := ["/properties/networkAcls", null, "it has no firewall: every network may reach it"] if {
	_public(properties)
	properties.networkAcls == null # left out: no rules
}

_firewall_off(properties) := ["/properties/networkAcls/defaultAction", action, "its firewall is off: every network may reach it"] if {
	_public(properties)
	action := properties.networkAcls.defaultAction
	_text(action) == "allow"
}

_wide(properties) := {[pointer, rule.value, message] |
	_public(properties)
	some i, rule in properties.networkAcls.ipRules
	_prefix(rule.value) < input.params.min_prefix
	pointer := sprintf("/properties/networkAcls/ipRules/%d/value", [i])
	message := sprintf("its firewall lets %s in", [rule.value])
}

# _strange are those of networks in subscriptions that are none of the client's.
_strange(properties) := {[pointer, rule.id, message] |
	_public(properties)
	some i, rule in properties.networkAcls.virtualNetworkRules
	subscription := _subscription(rule.id)
	not subscription in _ours
	pointer := sprintf("/properties/networkAcls/virtualNetworkRules/%d/id", [i])
	message := sprintf("its firewall lets in a network of subscription %s, which is none of the client's", [subscription])
} | {[pointer, id, message] |
	some i, connection in properties.privateEndpointConnections
	connection.properties.privateLinkServiceConnectionState.status == "Approved"
	id := connection.properties.privateEndpoint.id
	subscription := _subscription(id)
	not subscription in _ours
	pointer := sprintf("/properties/privateEndpointConnections/%d/properties/privateEndpoint/id", [i])
	message := sprintf("a private endpoint in subscription %s, which is none of the client's, leads to it", [subscription])
}

_ours contains subscription._id if some subscription in input.azure.subscriptions

_subscription(id) := split(_text(id), "/")[2] if startswith(_text(id), "/subscriptions/")

_text(value) := lower(value) if is_string(value)

# _prefix is the length of the prefix of an IPv4 network; an address alone has 32.
_prefix(network) := 32 if regex.match(`^\d+(\.\d+){3}$`, _text(network))

_prefix(network) := to_number(split(network, "/")[1]) if regex.match(`^\d+(\.\d+){3}/\d+$`, _text(network))

_failure(store, [pointer, observed, message]) := {
	"subject": store._subject,
	"message": message,
	"observed": observed,
	"expected": "the client's own networks alone",
	"evidence": [concat("", [store._subject, "#", pointer])],
}
