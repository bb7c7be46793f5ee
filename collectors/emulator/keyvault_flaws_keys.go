package emulator

import "time"

// keyFlaws are those of how vaults and managed HSMs may be reached, and of single keys.
var keyFlaws = []flaw{
	{name: "a vault asks its access policies", area: flawedVaults, breaks: "RF-K-03",
		clients: "adventure-works lucerne",
		apply: inVault("legacy", func(s *site) {
			s.set("enableRbacAuthorization", false)
			s.ownerKeepsKeys()
		})},

	// Who reaches a vault.
	{name: "a vault has no firewall", area: flawedVaults, breaks: "RF-K-05", clients: "adventure-works",
		apply: inVault("public", func(s *site) {
			s.unset("networkAcls")
			s.unset("publicNetworkAccess")
		})},
	{name: "a vault's firewall is off", area: flawedVaults, breaks: "RF-K-05", clients: "trey-research",
		apply: inVault("open", func(s *site) { s.filter("Allow", nil, nil) })},
	{name: "a vault's firewall lets the whole Internet in", area: flawedVaults, breaks: "RF-K-05",
		clients: "lucerne",
		apply:   inVault("wide", func(s *site) { s.filter("Deny", []any{object{"value": "0.0.0.0/0"}}, nil) })},
	{name: "a vault lets a stranger's network in", area: flawedVaults, breaks: "RF-K-05", clients: "fabrikam",
		apply: inVault("joined", func(s *site) {
			subnet := s.strangerAt("virtualNetworks/hub") + "/subnets/default"
			s.filter("Deny", nil, []any{object{"id": subnet, "ignoreMissingVnetServiceEndpoint": false}})
		})},
	{name: "a stranger's private endpoint leads to a vault", area: flawedVaults, breaks: "RF-K-05",
		clients: "woodgrove",
		apply:   inVault("tunnel", func(s *site) { s.endpoint(s.strangerAt("privateEndpoints/pe-1"), "Approved") })},
	{name: "a managed HSM's firewall is off", area: managedHSMs, breaks: "RF-K-05", clients: "adventure-works",
		apply: func(s *site) {
			s.pool()["publicNetworkAccess"] = "Enabled"
			s.pool()["networkAcls"] = object{"bypass": "None", "defaultAction": "Allow", "ipRules": []any{},
				"virtualNetworkRules": []any{}}
			s.plant("keyvault.managed_hsms", s.poolOf(s.sub))
		}},
	{name: "a stranger asks for a private endpoint to a vault", area: flawedVaults, clients: "contoso",
		apply: inVault("asked", func(s *site) { s.endpoint(s.strangerAt("privateEndpoints/pe-2"), "Pending") })},
	{name: "a vault is behind a perimeter", area: flawedVaults, clients: "contoso",
		apply: inVault("nsp", func(s *site) {
			s.unset("networkAcls")
			s.set("publicNetworkAccess", "SecuredByPerimeter")
		})},
	{name: "the firewall of a closed vault is off", area: flawedVaults, clients: "tailspin",
		apply: inVault("closed", func(s *site) {
			s.filter("Allow", nil, nil)
			s.set("publicNetworkAccess", "Disabled")
		})},
	{name: "a vault has a private endpoint of its own", area: flawedVaults, clients: "tailspin",
		apply: inVault("local", func(s *site) {
			s.endpoint(s.sub.path("/resourceGroups/rg-network/providers/Microsoft.Network/privateEndpoints/pe-3"),
				"Approved")
		})},

	// Single keys.
	{name: "a key has expired", area: keysInVaults, breaks: "RF-K-08", clients: "fabrikam",
		apply: func(s *site) { s.attribute("storage", "exp", newYear(2020)) }},
	{name: "a key never expires", area: keysInVaults, breaks: "RF-K-08", clients: "adventure-works",
		apply: func(s *site) {
			key := s.keyNamed("spare")
			delete(attributesOf(key), "exp")
			s.plant("keyvault.keys", key)
		}},
	{name: "a key was not rotated", area: keysInVaults, breaks: "RF-K-08", clients: "trey-research",
		apply: func(s *site) { s.attribute("storage", "created", newYear(2014)) }},
	{name: "a key can be exported", area: keysInVaults, breaks: "RF-K-08", clients: "lucerne",
		apply: func(s *site) { s.attribute("storage", "exportable", true) }},
	{name: "a key in use never expires", area: keysInVaults, clients: "contoso tailspin",
		apply: func(s *site) { delete(attributesOf(s.keyNamed("disks")), "exp") }},
	{name: "a disabled key has expired", area: keysInVaults, clients: "contoso",
		apply: func(s *site) { s.attribute("signing", "exp", newYear(2020)) }},
}

// filter gives the vault in question a firewall.
func (s *site) filter(action string, addresses, networks []any) {
	s.set("publicNetworkAccess", "Enabled")
	s.set("networkAcls", object{"bypass": "AzureServices", "defaultAction": action,
		"ipRules": append([]any{}, addresses...), "virtualNetworkRules": append([]any{}, networks...)})
}

// strangerAt is the id of a network resource in a subscription of somebody else.
func (s *site) strangerAt(rest string) string {
	return "/subscriptions/" + guid(s.seed, "vendor", "subscription") +
		"/resourceGroups/rg-network/providers/Microsoft.Network/" + rest
}

// endpoint connects a private endpoint with the vault in question.
func (s *site) endpoint(id, status string) {
	connection := s.vault["id"].(string) + "/privateEndpointConnections/" + s.guid("endpoint", id)
	s.set("privateEndpointConnections", []any{object{"id": connection, "properties": object{
		"provisioningState": "Succeeded", "privateEndpoint": object{"id": id},
		"privateLinkServiceConnectionState": object{"status": status, "description": "", "actionsRequired": "None"},
	}}})
}

// keyNamed is a key of the client's first vault, made if there is none.
func (s *site) keyNamed(name string) object {
	vault := s.at("/arm" + s.sub.path("/providers/Microsoft.KeyVault/vaults"))[0]
	at := "/arm" + vault["id"].(string) + "/keys"
	for _, key := range s.at(at) {
		if key["name"] == name {
			return key
		}
	}

	s.addKeysOf(vault, "https://"+s.keyHost, []string{name})
	keys := s.at(at)
	return keys[len(keys)-1]
}

func attributesOf(key object) object { return key["properties"].(object)["attributes"].(object) }

// attribute changes an attribute of a key of the first vault, which then deviates.
func (s *site) attribute(key, name string, value any) {
	k := s.keyNamed(key)
	attributesOf(k)[name] = value
	s.plant("keyvault.keys", k)
}

// newYear is the beginning of a year in Unix seconds.
func newYear(year int) int64 { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix() }
