package emulator

import "slices"

// Names of flaws that clients without a story draw by themselves.
const (
	strayGroup     = "a resource group lies outside the fence"
	strayResources = "resources lie outside the fence"
)

// azureFlaws are those of subscriptions, of what lies in them, and of keys in use.
var azureFlaws = []flaw{
	// Who manages a subscription.
	{name: "delegated to the declared service provider", area: delegations,
		clients: "contoso tailspin", odds: odds{18, 12},
		apply: func(s *site) {
			s.delegate(s.sub, "", mspID(s.seed), "Northwind Managed Services")
			s.delegate(s.sub, "/resourceGroups/RG-Data", mspID(s.seed), "Northwind Managed Services")
		}},
	{name: "a subscription is delegated to an undeclared tenant", area: delegations, breaks: "RF-M-07",
		clients: "fabrikam", odds: odds{7, 12},
		apply: func(s *site) { s.delegateToStranger("") }},
	{name: "a resource group is delegated to an undeclared tenant", area: delegations, breaks: "RF-M-07",
		clients: "woodgrove", odds: odds{8, 12},
		apply: func(s *site) { s.delegateToStranger("/resourceGroups/RG-Data") }},

	// What lies outside the fence.
	{name: strayGroup, area: groups, breaks: "RF-G-03", clients: "trey-research woodgrove",
		apply: func(s *site) {
			o := group(s.sub, "rg-migration", pick(s.rand, fenceOf(s.fence).outside), nil)
			s.put("/arm"+s.sub.path("/resourcegroups"), o)
			s.plant("azure.resource_groups", o)
		}},
	{name: strayResources, area: resources, breaks: "RF-G-03", clients: "fabrikam trey-research",
		apply: func(s *site) {
			s.stray(kindOf("st"), "old1", fenceOf(s.fence).outside[0])
			s.stray(kindOf("app"), "old2", fenceOf(s.fence).outside[1])
		}},

	// Where the keys are by which data are encrypted.
	{name: "a storage account's key is at an unknown host", area: encryptedData, breaks: "RF-K-10",
		clients: "fabrikam", odds: odds{13, 12},
		apply: func(s *site) {
			s.plant("azure.storage_accounts", s.addStorage(s.rand, s.sub, "archive", s.unknownVault()))
		}},
	{name: "a storage account's key is in a deleted vault", area: encryptedData, breaks: "RF-K-10",
		clients: "adventure-works", odds: odds{14, 12},
		apply: func(s *site) {
			host := s.deletedVault() + ".vault.azure.net"
			s.plant("azure.storage_accounts", s.addStorage(s.rand, s.sub, "gone", host))
		}},
	{name: "a disk encryption set's earlier key is at an unknown host", area: encryptedData,
		breaks: "RF-K-10", clients: "trey-research", odds: odds{15, 12},
		apply: func(s *site) {
			active := s.keyURL(s.keyHost, "disks-3")
			earlier := []string{s.keyURL(s.keyHost, "disks-2"), s.keyURL(s.unknownVault(), "disks")}
			s.plant("azure.disk_encryption_sets", s.addDisks(s.rand, s.sub, "moved", active, earlier...))
		}},
	{name: "a SQL server's key is at an unknown host", area: encryptedData, breaks: "RF-K-10",
		clients: "woodgrove", odds: odds{16, 12},
		apply: func(s *site) {
			key := s.keyURL(s.unknownVault(), "sql")
			s.plant("azure.sql_encryption_protectors", s.addServer(s.rand, s.sub, "archive", key))
		}},
	{name: "a key is named by a resource of a type that nobody judges", area: encryptedData,
		clients: "lucerne",
		apply:   func(s *site) { s.addWorkspace(s.rand, s.sub) }},

	// The disks of a sovereign cloud are before or after what has the
	// platform's keys: what is drawn for one depends on what was drawn before.
	{name: "a disk encryption set's key is in a sovereign cloud", area: encryptedData, clients: "blue-yonder",
		apply: addSovereignDisks},
	{name: "storage and SQL with the platform's keys", area: encryptedData,
		clients: "fabrikam contoso blue-yonder", odds: odds{21, 12},
		apply: func(s *site) {
			s.addServer(s.rand, s.sub, "platform", "")
			s.addStorage(s.rand, s.sub, "plain", "")
		}},
	{name: "a disk encryption set's key is in a sovereign cloud, too", area: encryptedData,
		clients: "contoso",
		apply:   addSovereignDisks},
}

func (s *site) delegateToStranger(rest string) {
	s.delegate(s.sub, rest, s.undeclared(), "Blue Ridge Hosting")
	s.plant("azure.subscriptions", s.at("/arm" + s.sub.path(""))[0])
}

// stray puts a resource into a region.
func (s *site) stray(k kind, serial, region string) {
	o := s.resource(s.rand, s.sub, k, k.name(s.Label, serial), k.at(region))
	s.put("/arm"+s.sub.path("/resources"), o)
	s.addDetails(s.sub, o)
	s.plant("azure.resources", o)
}

// addSovereignDisks makes disks with a key in a sovereign cloud's vault, and the
// vault if the client has none.
func addSovereignDisks(s *site) {
	name := s.vaultName("gov")
	isThere := func(o object) bool { return o["name"] == name }
	if !slices.ContainsFunc(s.at("/arm"+s.sub.path("/providers/Microsoft.KeyVault/vaults")), isThere) {
		addSovereignVault(s)
	}

	s.addDisks(s.rand, s.sub, "gov", s.keyURL(name+sovereignSuffix, "disks"))
}
