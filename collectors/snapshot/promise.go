package snapshot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// SubscriptionDataset lists the subscriptions that the caller sees: the root of
// all that is read from Azure Resource Manager.
const SubscriptionDataset = "azure.subscriptions"

// GroupDataset lists what is below the management group that the fleet file names.
const GroupDataset = "azure.management_groups"

// DomainPromise is the parent of what is asked about each domain that the fleet
// file declares, in the place of a dataset: what is asked is whose it is, so that
// the tenant's own list of domains proves nothing.
const DomainPromise = "promise.domains"

// IsPromise reports whether the name of a parent is that of a list in the promise.
func IsPromise(parent string) bool { return parent == DomainPromise }

// Datasets in which a declared vault can be seen.
const (
	vaultDataset        = "keyvault.vaults"
	hsmDataset          = "keyvault.managed_hsms"
	deletedVaultDataset = "keyvault.deleted_vaults"
	deletedHSMDataset   = "keyvault.deleted_managed_hsms"
)

// What ShownBy looks at: where subscriptions are, where vaults are, and where those are
// that were deleted.
var (
	PromisedSubscriptions = []string{SubscriptionDataset, GroupDataset}
	PromisedVaults        = []string{vaultDataset, hsmDataset}
	DeletedVaults         = []string{deletedVaultDataset, deletedHSMDataset}
)

// proofDatasets are the caller's own role assignments, and the definitions of its
// roles: what proves that it sees all of a subscription.
var proofDatasets = []string{"azure.caller_access", "azure.role_definitions"}

// Promise is what a fleet file says must be visible in one tenant. It is held
// against what was seen when a snapshot is made, and again whenever it is
// judged: a promise that was made after collection proves nothing.
type Promise struct {
	Azure   *Azure   // nil: nothing is said about Azure
	Vaults  []string // ARM ids of vaults and managed HSMs, in lower case
	Domains []string // in lower case
}

// Of are the scopes that a list of the promise makes, sorted, each once: what a
// dataset is read at whose parent is that list.
func (p Promise) Of(parent string) (scopes []string) {
	if parent != DomainPromise {
		return nil
	}

	for _, d := range p.Domains {
		scopes = append(scopes, strings.ToLower(d))
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// Azure says which subscriptions (GUIDs) must be visible, or that there are none.
// ManagementGroup is the name of a group, in lower case, below which all must be; that
// of the root group is the tenant's id.
type Azure struct {
	Subscriptions   []string
	None            bool
	ManagementGroup string
}

// Group is the management group that is promised, "" for none.
func (p Promise) Group() string {
	if p.Azure == nil {
		return ""
	}
	return strings.ToLower(p.Azure.ManagementGroup)
}

// Shown are the ids of what a tenant showed of that which can be promised.
type Shown struct {
	Subscriptions []string
	Vaults        []string // and managed HSMs, deleted ones among them

	// Below are the subscriptions below management groups, by the groups' scopes.
	Below map[string][]string
}

// ShownBy finds what can be promised in the documents of a tenant.
func ShownBy(documents func(dataset string) []Document) (s Shown) {
	for _, d := range documents(SubscriptionDataset) {
		s.Subscriptions = append(s.Subscriptions, d.ID)
	}
	s.Below = map[string][]string{}
	for _, d := range documents(GroupDataset) {
		if id, isSubscription := strings.CutPrefix(d.ID, d.Scope+"/subscriptions/"); isSubscription {
			s.Below[d.Scope] = append(s.Below[d.Scope], id)
		}
	}

	for _, dataset := range PromisedVaults {
		for _, d := range documents(dataset) {
			s.Vaults = append(s.Vaults, d.ID)
		}
	}
	for _, dataset := range DeletedVaults {
		for _, d := range documents(dataset) {
			if id := formerID(d); id != "" {
				s.Vaults = append(s.Vaults, id)
			}
		}
	}
	return s
}

// formerID is the id that a deleted vault or managed HSM had.
func formerID(d Document) string {
	properties, _ := d.Spec["properties"].(map[string]any)
	for _, name := range []string{"vaultId", "mhsmId"} {
		if id, ok := properties[name].(string); ok {
			return strings.ToLower(id)
		}
	}
	return ""
}

// PromiseError says that a tenant shows what the fleet file says is not there.
type PromiseError struct{ Problem string }

func (e *PromiseError) Error() string { return e.Problem }

// Settle lowers the coverage of datasets, in place, by what must be there and was
// not seen. A subscription or vault that is declared and not shown, and
// subscriptions of which the fleet file says nothing, are holes; a hole of a
// dataset is one of every dataset that is read by its documents. Nothing is ever
// raised: to settle twice, with the same promise, is to settle once. The error is a
// *PromiseError.
//
// Example: subscription S is declared and the list shows only R. Then
// azure.subscriptions is partial with the hole S, and so is keyvault.vaults,
// which was read in R alone.
func (p Promise) Settle(all map[string]Coverage, shown Shown) error {
	if p.Azure != nil && p.Azure.None {
		if seen := firstSubscription(all, shown); seen != "" {
			return &PromiseError{"the fleet file says azure { none = true }, but subscription " + seen +
				" was seen: declare it"}
		}
	}

	settleProofs(all)
	if list, has := all[SubscriptionDataset]; has {
		holes := append(p.subscriptionHoles(list, shown), p.groupHoles(all, shown)...)
		all[SubscriptionDataset] = list.lowerList(holes)
	}
	p.settleVaults(all, shown)
	p.settlePromised(all)

	for _, s := range parentsFirst() {
		for _, above := range s.Before() {
			child, hasChild := all[s.Dataset]
			parent, hasParent := all[above]
			if hasChild && hasParent {
				all[s.Dataset] = child.Lower(parent.Holes()...)
			}
		}
	}

	return nil
}

// firstSubscription is the least of those that were seen, in the list or as the
// scope of an answer; "" if none was.
func firstSubscription(all map[string]Coverage, shown Shown) string {
	seen := slices.Clone(shown.Subscriptions)
	for name, c := range all {
		if s := Schemas()[name]; s != nil && s.Parent == SubscriptionDataset {
			for _, scope := range c.Scopes {
				seen = append(seen, scope.Scope)
			}
		}
	}

	isSubscription := func(s string) bool { return s != ScopeUnknown && !strings.HasPrefix(s, "/") }
	seen = slices.DeleteFunc(seen, func(s string) bool { return !isSubscription(s) })
	if len(seen) == 0 {
		return ""
	}
	return slices.Min(seen)
}

// subscriptionHoles are the subscriptions that must be there, or may be, and
// were not seen. list is the coverage of their list.
func (p Promise) subscriptionHoles(list Coverage, shown Shown) (holes []Scope) {
	if p.Azure == nil || !p.Azure.None && len(p.Azure.Subscriptions) == 0 && p.Group() == "" {
		const why = "the fleet file does not say which subscriptions exist: declare them, or none = true"
		holes = append(holes, list.hole(ScopeUnknown, why))
	}
	if p.Azure == nil {
		return holes
	}

	const why = "the fleet file declares the subscription and the caller does not see it"
	return append(holes, list.unseen(lowered(p.Azure.Subscriptions), shown.Subscriptions, why)...)
}

// unseen are those of some subscriptions that are not among the seen ones, as holes.
func (c Coverage) unseen(subscriptions, seen []string, why string) (holes []Scope) {
	isSeen, hole := setOf(seen), c.hole("", why)
	for _, s := range subscriptions {
		if !isSeen[s] {
			hole.Scope = s
			holes = append(holes, hole)
		}
	}
	return holes
}

func setOf(texts []string) map[string]bool {
	set := make(map[string]bool, len(texts))
	for _, text := range texts {
		set[text] = true
	}
	return set
}

func lowered(texts []string) []string {
	low := make([]string, len(texts))
	for i, text := range texts {
		low[i] = strings.ToLower(text)
	}
	return low
}

// groupHoles are the subscriptions below the promised management group that were not
// seen; any may be where that group was not read as a whole, or nothing proves that it
// was.
func (p Promise) groupHoles(all map[string]Coverage, shown Shown) (holes []Scope) {
	if p.Group() == "" {
		return nil
	}

	scope, walked, list := GroupScope(p.Group()), all[GroupDataset], all[SubscriptionDataset]
	i := slices.IndexFunc(walked.Scopes, func(s Scope) bool { return s.Scope == scope })
	switch {
	case i >= 0 && walked.Scopes[i].isHole():
		holes = append(holes, Scope{
			Scope: ScopeUnknown, Status: walked.Scopes[i].Status, Evidence: walked.Scopes[i].Evidence,
		})
	case i < 0 || walked.Status != Complete && walked.Status != Partial:
		why := "the fleet file names the management group " + p.Group() + ", and it was not read"
		holes = append(holes, Scope{Scope: ScopeUnknown, Status: Denied, Evidence: Unproven(why)})
	}

	const why = "the subscription is below the management group, and the caller does not see it"
	return append(holes, list.unseen(shown.Below[scope], shown.Subscriptions, why)...)
}

// hole is a scope that was not seen. If the list says itself that it was cut, and
// by what, that is the evidence; else it is why.
func (c Coverage) hole(scope, why string) Scope {
	for _, s := range c.Scopes {
		if s.Scope == ScopeUnknown && s.Evidence != nil && s.Evidence.Code != VisibilityUnproven {
			return Scope{Scope: scope, Status: s.Status, Evidence: s.Evidence}
		}
	}
	return Scope{Scope: scope, Status: Denied, Evidence: Unproven(why)}
}

// lowerList is Lower for the list of subscriptions itself. What is in it stays
// seen, so that a list that was complete is partial, whatever its holes are, and
// any other is as it was.
func (c Coverage) lowerList(holes []Scope) Coverage {
	lowered := c.Lower(holes...)
	if c.Status != Complete {
		lowered.Status, lowered.Evidence = c.Status, c.Evidence
	} else if lowered.Status != Complete {
		lowered.Status = Partial
	}
	return lowered
}

// settleProofs makes a hole of every subscription that says complete where the
// datasets that would prove it show nothing: what the caller may do there, and
// what its roles are. Azure lists only what the caller may see, and says nothing of
// the rest.
func settleProofs(all map[string]Coverage) {
	const why = "nothing proves that the caller sees everything there: %s does not show its role"
	proven := map[string]map[string]bool{} // by proof dataset
	for _, s := range parentsFirst() {
		c, has := all[s.Dataset]
		if !has || s.Parent != SubscriptionDataset && s.Dataset != GroupDataset {
			continue
		}

		var holes []Scope
		for _, proof := range proofDatasets {
			if proven[proof] == nil {
				proven[proof] = all[proof].proven()
			}
			unproven := Scope{Status: Denied, Evidence: Unproven(fmt.Sprintf(why, proof))}
			for _, scope := range c.Scopes {
				if at := ProvenAt(scope.Scope); at != "" && !scope.isHole() && !proven[proof][at] {
					unproven.Scope = scope.Scope
					holes = append(holes, unproven)
				}
			}
		}

		all[s.Dataset] = c.Lower(holes...)
		delete(proven, s.Dataset) // what it proves may be less now
	}
}

// proven are the subscriptions in which something was seen that may be a proof. A list that is
// cut may hold the grant all the same.
func (c Coverage) proven() map[string]bool {
	proven := make(map[string]bool, len(c.Scopes))
	isRead := c.Status == Complete || c.Status == Partial
	for _, s := range c.Scopes {
		if _, has := proven[s.Scope]; !has {
			isUnproven := s.Evidence != nil && s.Evidence.Code == VisibilityUnproven
			proven[s.Scope] = isRead && s.Count > 0 && !isUnproven
		}
	}
	return proven
}

// settleVaults makes a declared vault that nobody saw a hole in the list where it
// would be.
func (p Promise) settleVaults(all map[string]Coverage, shown Shown) {
	isShown, holes := setOf(shown.Vaults), map[string][]Scope{}
	for _, id := range lowered(p.Vaults) {
		dataset, subscription := vaultPlace(id)
		if _, has := all[dataset]; has && !isShown[id] {
			why := Unproven("the fleet file declares " + id + " and it was not seen")
			holes[dataset] = append(holes[dataset], Scope{Scope: subscription, Status: Denied, Evidence: why})
		}
	}

	for dataset, unseen := range holes {
		all[dataset] = all[dataset].Lower(unseen...)
	}
}

// settlePromised makes a hole of what is declared where a dataset that is read at
// each of it says nothing about it: it was promised after the reading.
func (p Promise) settlePromised(all map[string]Coverage) {
	for _, s := range parentsFirst() {
		c, has := all[s.Dataset]
		if !has || !IsPromise(s.Parent) {
			continue
		}

		isAsked := make(map[string]bool, len(c.Scopes))
		for _, scope := range c.Scopes {
			isAsked[scope.Scope] = true
		}

		var holes []Scope
		for _, scope := range p.Of(s.Parent) {
			if !isAsked[scope] {
				holes = append(holes, Scope{Scope: scope, Status: Skipped, Evidence: &Evidence{
					Code: "not_asked", Message: "the fleet file declares it and it was not asked about",
				}})
			}
		}

		all[s.Dataset] = c.Lower(holes...)
	}
}

// vaultPlace is the dataset that would list a vault or managed HSM, and the
// subscription in its id ("*" where the id names none).
func vaultPlace(id string) (dataset, subscription string) {
	dataset, subscription = vaultDataset, ScopeUnknown
	if strings.Contains(id, "/providers/microsoft.keyvault/managedhsms/") {
		dataset = hsmDataset
	}

	rest, isARM := strings.CutPrefix(id, "/subscriptions/")
	if guid, _, _ := strings.Cut(rest, "/"); isARM && guid != "" {
		subscription = guid
	}
	return dataset, subscription
}

// parentsFirst are the schemas of datasets that are read at scopes, each after
// its parents.
var parentsFirst = sync.OnceValue(func() (all []*Schema) {
	for _, s := range Schemas() {
		if s.PerScope() {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b *Schema) int {
		return cmp.Or(cmp.Compare(a.depth(), b.depth()), cmp.Compare(a.Dataset, b.Dataset))
	})
	return all
})

// depth is how many datasets are above one, along the longest way.
func (s *Schema) depth() (n int) {
	for _, above := range s.Before() {
		if parent := Schemas()[above]; parent != nil {
			n = max(n, 1+parent.depth())
		}
	}
	return n
}
