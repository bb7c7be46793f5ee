package emulator

// keyHolderFlaws are those of who administers keys, and of keys in other tenants.
var keyHolderFlaws = []flaw{
	{name: "an administrator of keys manages machines, too", area: azureRights, breaks: "RF-K-07",
		clients: "adventure-works",
		apply: func(s *site) {
			s.empower(s.keyGroupPath(), "Key Vault Crypto Officer", s.dir.members[1], "User")
			s.give(azureRole("Virtual Machine Contributor").id, s.sub.path(""), s.dir.members[1], "User")
		}},
	{name: "somebody in a group that administers keys reads blobs", area: azureRights, breaks: "RF-K-07",
		clients: "trey-research",
		apply: func(s *site) {
			keepers := s.addGroup("key keepers", "Key Keepers", "security", s.dir.members[2:3], nil)
			s.empower(s.sub.path(""), "Key Vault Administrator", keepers, "Group")
			s.give(azureRole("Storage Blob Data Reader").id, s.sub.path(""), s.dir.members[2], "User")
		}},
	{name: "keys and machines are in two hands", area: azureRights, clients: "contoso",
		apply: func(s *site) {
			s.give(azureRole("Key Vault Crypto Officer").id, s.keyGroupPath(), s.dir.members[1], "User")
			s.give(azureRole("Virtual Machine Contributor").id, s.sub.path(""), s.dir.members[2], "User")
		}},
	{name: "an administrator of keys may activate another role", area: azureRights, clients: "contoso",
		apply: func(s *site) {
			s.give(azureRole("Key Vault Crypto Officer").id, s.sub.path(""), s.dir.members[3], "User")
			o := s.roleEligibility(s.sub.path(""), "User", s.dir.members[3], "Virtual Machine Contributor", "")
			s.put("/arm"+s.sub.path(authorizationAt+"/roleEligibilityScheduleInstances"), o)
		}},

	// Managed HSMs.
	{name: "a managed HSM is not activated", area: managedHSMs, breaks: "RF-K-09", clients: "adventure-works",
		apply: func(s *site) {
			s.pool()["securityDomainProperties"] = object{"activationStatus": "NotActivated",
				"activationStatusMessage": "Your HSM has been provisioned, but not activated."}
			s.plant("keyvault.managed_hsms", s.poolOf(s.sub))
		}},
	{name: "a guest administers a managed HSM from the start", area: managedHSMs, breaks: "RF-K-09",
		clients: "trey-research",
		apply: func(s *site) {
			s.pool()["initialAdminObjectIds"] = []any{s.dir.members[0], s.dir.guests[0]}
			s.plant("keyvault.managed_hsms", s.poolOf(s.sub))
		}},
	{name: "a group of the client administers a managed HSM", area: managedHSMs, clients: "contoso",
		apply: func(s *site) { s.pool()["initialAdminObjectIds"] = []any{s.dir.keyGroup} }},

	// Keys in other tenants.
	{name: "disks reach a key in another tenant", area: encryptedData, breaks: "RF-K-11",
		clients: "adventure-works",
		apply: func(s *site) {
			disks := s.addDisks(s.rand, s.sub, "federated", s.keyURL(s.keyHost, "disks"))
			disks["properties"].(object)["federatedClientId"] = s.guid("undeclared application")
			s.plant("azure.disk_encryption_sets", disks)
		}},
	{name: "a storage account reaches a key in another tenant", area: encryptedData, breaks: "RF-K-11",
		clients: "fabrikam",
		apply: func(s *site) {
			s.plant("azure.storage_accounts", s.federatedStorage(s.guid("undeclared application")))
		}},
	{name: "a declared application for keys is a stranger's", area: encryptedData, breaks: "RF-K-11",
		clients: "trey-research",
		apply: func(s *site) {
			id := s.guid("application for keys")
			s.addApplication(s.guid("service principal", id), id, "Key Bridge", s.undeclared())
			s.keyPromises = append(s.keyPromises, "cross_tenant = "+quoteList([]string{id}))
			s.plant("azure.storage_accounts", s.federatedStorage(id))
		}},
	{name: "a key in another tenant is used as declared", area: encryptedData, clients: "contoso",
		apply: func(s *site) {
			id := s.dir.byID[s.dir.apps[0]]["appId"].(string)
			s.keyPromises = append(s.keyPromises, "cross_tenant = "+quoteList([]string{id}))
			s.federatedStorage(id)
		}},
	{name: "a federated client was cleared", area: encryptedData, clients: "tailspin",
		apply: func(s *site) {
			disks := s.addDisks(s.rand, s.sub, "cleared", s.keyURL(s.keyHost, "disks"))
			disks["properties"].(object)["federatedClientId"] = "None"
		}},
}

// federatedStorage makes a storage account that reaches its key by an application.
func (s *site) federatedStorage(application string) object {
	account := s.addStorage(s.rand, s.sub, "fed", s.keyHost)
	account["properties"].(object)["encryption"].(object)["identity"] = object{
		"userAssignedIdentity": s.sub.path(appGroup +
			"Microsoft.ManagedIdentity/userAssignedIdentities/id-keys"),
		"federatedIdentityClientId": application}
	return account
}
