package emulator

import (
	"math/rand/v2"
	"slices"
)

// flaw is one thing about a client that deviates, or that a careless judge
// takes for a deviation. Each part of the generator asks for those that it
// knows how to make.
type flaw string

const (
	openDefault flaw = "inbound collaboration open, as shipped"
	openChanged flaw = "inbound collaboration open, settings changed"

	guestRole        flaw = "a guest holds a role"
	groupGuestRole   flaw = "a guest is in a group that holds a role"
	eligibleGuest    flaw = "a guest is eligible for a role"
	eligibleInGroup  flaw = "a guest is eligible for a group that holds a role"
	syncedMemberRole flaw = "a member synchronised from another tenant holds a role"
	foreignAppRole   flaw = "another organization's application holds a role"
	strangerRole     flaw = "a principal of an undeclared partner holds a role"

	noRelationship     flaw = "no active delegated admin relationship"
	globalAdmin        flaw = "an active relationship carries Global Administrator"
	expiringRoleAdmin  flaw = "an expiring relationship carries Privileged Role Administrator"
	delegatedSub       flaw = "the first subscription is delegated to an undeclared tenant"
	delegatedGroup     flaw = "a resource group is delegated to an undeclared tenant"
	vaultElsewhere     flaw = "a vault is homed in another tenant"
	hsmElsewhere       flaw = "a managed HSM is homed in another tenant"
	policyOtherTenant  flaw = "an access policy is for another tenant"
	policyGuest        flaw = "an access policy lets a guest use keys"
	policyDeleted      flaw = "an access policy is for a deleted principal"
	storageUnknownKey  flaw = "a storage account's key is at an unknown host"
	storageDeletedKey  flaw = "a storage account's key is in a deleted vault"
	diskEarlierKey     flaw = "a disk encryption set's earlier key is at an unknown host"
	sqlUnknownKey      flaw = "a SQL server's key is at an unknown host"
	declaredDeleted    flaw = "a declared vault is deleted"
	countryOutside     flaw = "the directory's country is outside the fence"
	vaultOutside       flaw = "a vault lies outside the fence"
	pairOutside        flaw = "a vault's region is paired with one outside the fence"
	hsmReplicaOutside  flaw = "a managed HSM was extended to a region outside the fence"
	countryUnknown     flaw = "no country on record: undetermined"
	policyOrphan       flaw = "an access policy is for an object that nobody knows: undetermined"
	holderUnknown      flaw = "a role is held by an object that nobody knows: undetermined"
	otherTypeKey       flaw = "a key is named by a resource of a type that is not covered: undetermined"
	nearOverGlobal     flaw = "a terminated relationship carried Global Administrator"
	nearDelegated      flaw = "delegated to the declared service provider"
	nearPolicies       flaw = "access policies of first-party, managed and harmless principals"
	nearUnpairedRegion flaw = "a vault in a region without a pair"
	nearDisplayRegion  flaw = "a vault whose region is spelt as displayed"
	nearSovereignHost  flaw = "a vault with a sovereign cloud's suffix"
	nearServiceKeys    flaw = "storage and SQL with the platform's keys"
)

func (s story) has(f flaw) bool { return slices.Contains(s.flaws, f) }

// alone are labels of small clients with one deviation each and nothing else:
// one for each control that a single tenant can break.
var alone = map[string]story{
	"alone-rf-t-01": {flaws: []flaw{openDefault}},
	"alone-rf-t-11": {flaws: []flaw{guestRole}},
	"alone-rf-m-01": {flaws: []flaw{noRelationship}},
	"alone-rf-m-02": {flaws: []flaw{globalAdmin}},
	"alone-rf-m-07": {flaws: []flaw{delegatedSub}},
	"alone-rf-k-01": {flaws: []flaw{vaultElsewhere}},
	"alone-rf-k-02": {flaws: []flaw{policyOtherTenant}},
	"alone-rf-k-10": {flaws: []flaw{storageUnknownKey}},
	"alone-rf-k-14": {flaws: []flaw{declaredDeleted}},
	"alone-rf-g-01": {flaws: []flaw{countryOutside}},
	"alone-rf-g-06": {flaws: []flaw{pairOutside}},
}

// drawFlaws gives a client without a story what goes wrong at one client in
// twelve, kind by kind.
func drawFlaws(r *rand.Rand, s story) (flaws []flaw) {
	kinds := []flaw{openDefault, openChanged, guestRole, foreignAppRole, globalAdmin, countryOutside}
	if s.subs > 0 {
		kinds = append(kinds, delegatedSub, delegatedGroup, vaultElsewhere, policyOtherTenant, policyGuest, policyDeleted,
			storageUnknownKey, storageDeletedKey, diskEarlierKey, sqlUnknownKey, vaultOutside,
			nearDelegated, nearPolicies, nearDisplayRegion, nearServiceKeys)
	}

	for _, k := range kinds {
		if r.IntN(12) == 0 {
			flaws = append(flaws, k)
		}
	}

	if r.IntN(20) == 0 {
		flaws = append(flaws, noRelationship)
	}

	return flaws
}
