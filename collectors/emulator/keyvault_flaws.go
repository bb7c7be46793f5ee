package emulator

import (
	"fmt"
	"strings"

	"ringfence/collectors/snapshot"
)

// Names of flaws of which stories choose the client's own vaults.
const (
	purgeProtectionAbsent = "a vault lacks purge protection"
	softDeleteOff         = "a vault's soft delete is off"
	retention7            = "a vault keeps what was deleted for 7 days"
	retention89           = "a vault keeps what was deleted for 89 days"
	developmentVault      = "an excepted vault lacks purge protection"
	softDeleteAbsent      = "a vault says nothing of soft delete"
	retentionAbsent       = "a vault says nothing of its retention"
	tagsNull              = "a vault has no tags, and an unknown property"
)

// keyvaultFlaws are those of vaults and managed HSMs.
var keyvaultFlaws = []flaw{
	// The client's own vaults. Purge protection that is off is absent: the API
	// has no false for it.
	{name: purgeProtectionAbsent, area: ownVaults, breaks: "RF-K-04",
		apply: func(s *site) { s.unset("enablePurgeProtection") }},
	{name: softDeleteOff, area: ownVaults, breaks: "RF-K-04",
		apply: func(s *site) { s.set("enableSoftDelete", false) }},
	{name: retention7, area: ownVaults, breaks: "RF-K-04",
		apply: func(s *site) { s.set("softDeleteRetentionInDays", 7) }},
	{name: retention89, area: ownVaults, breaks: "RF-K-04",
		apply: func(s *site) { s.set("softDeleteRetentionInDays", 89) }},
	{name: developmentVault, area: ownVaults, breaks: "RF-K-04",
		apply: func(s *site) {
			s.renameVault("dev")
			s.vault["tags"] = object{"environment": "development"}
			s.except("dev-vault", s.unset("enablePurgeProtection"),
				"Development vault: holds test keys only, is rebuilt every night")
		}},
	{name: softDeleteAbsent, area: ownVaults,
		apply: func(s *site) { s.unset("enableSoftDelete") }},
	{name: retentionAbsent, area: ownVaults,
		apply: func(s *site) { s.unset("softDeleteRetentionInDays") }},
	{name: tagsNull, area: ownVaults,
		apply: func(s *site) {
			s.vault["tags"] = nil
			s.set("serviceRevision", int64(1<<53+1)) // beyond what a double holds
		}},

	// A vault more, for each.
	{name: "a vault is homed in another tenant", area: flawedVaults, breaks: "RF-K-01",
		clients: "adventure-works", odds: odds{9, 12},
		apply: inVault("moved", func(s *site) { s.set("tenantId", s.undeclared()) })},
	{name: "an access policy is for another tenant", area: flawedVaults, breaks: "RF-K-02",
		clients: "fabrikam", odds: odds{10, 12},
		apply: inVault("shared", func(s *site) {
			s.letIn(accessPolicy(s.undeclared(), s.guid("stranger's app"), "get", "wrapKey", "unwrapKey"))
		})},
	{name: "an access policy lets a guest use keys", area: flawedVaults, breaks: "RF-K-02",
		clients: "adventure-works", odds: odds{11, 12},
		apply: inVault("guest", func(s *site) {
			s.letIn(accessPolicy(s.ID, s.dir.keyGroup, "get", "unwrapKey"),
				accessPolicy(s.ID, s.dir.guests[0], "get", "unwrapKey"))
		})},
	{name: "an access policy is for a deleted principal", area: flawedVaults, breaks: "RF-K-02",
		clients: "trey-research", odds: odds{12, 12},
		apply: inVault("former", func(s *site) {
			s.letIn(accessPolicy(s.ID, s.dir.deleted, "get", "list"))
		})},
	{name: "a vault lies outside the fence", area: flawedVaults, breaks: "RF-G-06",
		clients: "trey-research", odds: odds{17, 12},
		apply: inVault("abroad", func(s *site) {
			s.vault["location"] = fenceOf(s.fence).outside[0]
			s.Tenant.plant("RF-G-03", "azure.resources", s.vault) // it is a resource, too
		})},
	{name: "a vault's region is paired with one outside the fence", area: flawedVaults, breaks: "RF-G-06",
		clients: "adventure-works lucerne",
		apply:   inVault("pair", func(s *site) { s.vault["location"] = s.leaking() })},
	{name: "an access policy is for an object that nobody knows", area: flawedVaults, clients: "lucerne",
		apply: inVault("orphan", func(s *site) {
			s.letIn(accessPolicy(s.ID, s.guid("orphan"), "get",
				"unwrapKey"))
		})},
	{name: "access policies of harmless principals", area: flawedVaults,
		clients: "contoso tailspin blue-yonder", odds: odds{19, 12},
		apply: inVault("apps", func(s *site) {
			s.letIn(accessPolicy(s.ID, s.dir.firstParty[2], "get", "wrapKey", "unwrapKey"),
				accessPolicy(s.ID, s.dir.managed[0], "get", "unwrapKey"),
				accessPolicy(s.ID, s.dir.members[0], "all"),
				accessPolicy(s.ID, s.dir.providerApp, "get", "list"),
				accessPolicy(s.ID, s.dir.guests[0], "list"))
		})},
	{name: "a vault is in a region without a pair", area: flawedVaults,
		clients: "adventure-works trey-research relecloud",
		apply:   inVault("single", func(s *site) { s.vault["location"] = "polandcentral" })},
	{name: "a vault's region is spelt as displayed", area: flawedVaults,
		clients: "tailspin relecloud", odds: odds{20, 12},
		apply: inVault("shown", func(s *site) {
			s.vault["location"] = displayRegion(s.vault["location"].(string))
		})},
	{name: "a vault has a sovereign cloud's suffix", area: flawedVaults, clients: "contoso blue-yonder",
		apply: addSovereignVault},
	{name: "a declared vault is deleted", area: flawedVaults, breaks: "RF-K-14", clients: "adventure-works",
		apply: func(s *site) {
			id := s.deletedVaultID(s.sub)
			s.declared = append(s.declared, id)
			s.deviates(s.flaw.breaks, snapshot.Subject("keyvault.vaults", strings.ToLower(id)))
		}},

	// The managed HSM.
	{name: "a managed HSM lacks purge protection", area: managedHSMs, breaks: "RF-K-04",
		clients: "adventure-works",
		apply: func(s *site) {
			delete(s.pool(), "enablePurgeProtection")
			s.plant("keyvault.managed_hsms", s.poolOf(s.sub))
		}},
	{name: "a managed HSM is homed in another tenant", area: managedHSMs, breaks: "RF-K-01",
		clients: "trey-research",
		apply: func(s *site) {
			s.pool()["tenantId"] = s.undeclared()
			s.plant("keyvault.managed_hsms", s.poolOf(s.sub))
		}},
	{name: "a managed HSM was extended to a region outside the fence", area: managedHSMs, breaks: "RF-G-06",
		clients: "trey-research",
		apply: func(s *site) {
			s.pool()["regions"].([]any)[1] = hsmRegion(fenceOf(s.fence).outside[0], false)
			s.plant("keyvault.managed_hsms", s.poolOf(s.sub))
		}},
}

// set and unset change a property of the vault in question, which then deviates.

func (s *site) set(property string, value any) (subject string) {
	s.vault["properties"].(object)[property] = value
	return s.plant("keyvault.vaults", s.vault)
}

func (s *site) unset(property string) (subject string) {
	delete(s.vault["properties"].(object), property)
	return s.plant("keyvault.vaults", s.vault)
}

// renameVault gives the vault in question a name that ends with a word.
func (s *site) renameVault(word string) {
	old, name := s.vault["name"].(string), fmt.Sprintf("kv-%.17s-%s", s.Label, word)
	properties := s.vault["properties"].(object)

	s.vault["name"] = name
	s.vault["id"] = strings.TrimSuffix(s.vault["id"].(string), old) + name
	properties["vaultUri"] = strings.Replace(properties["vaultUri"].(string), old, name, 1)
}

// except accepts a subject's deviation in the fleet file.
func (s *site) except(name, subject, reason string) {
	s.exceptions = append(s.exceptions, exception{s.Label + "-" + name, s.flaw.breaks, subject, reason})
}

// letIn replaces the vault's access policies. Azure RBAC is on: they sleep, and wake by one
// switch.
func (s *site) letIn(policies ...any) {
	s.vault["properties"].(object)["accessPolicies"] = policies
}

// inVault makes a vault of its own for a flaw, which then deviates.
func inVault(what string, change func(*site)) func(*site) {
	return func(s *site) {
		s.vault = s.Tenant.vault(s.rand, s.sub, "rg-keys", s.vaultName(what))
		change(s)
		s.putVault(s.rand, s.sub, s.vault)
		s.plant("keyvault.vaults", s.vault)
	}
}

var addSovereignVault = inVault("gov", func(s *site) {
	s.set("vaultUri", "https://"+s.vault["name"].(string)+sovereignSuffix+"/")
})

// pool are the properties of the client's managed HSM.
func (s *site) pool() object { return s.poolOf(s.sub)["properties"].(object) }
