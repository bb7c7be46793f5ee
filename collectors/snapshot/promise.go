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

// Datasets in which a declared vault can be seen.
const (
	vaultDataset        = "keyvault.vaults"
	hsmDataset          = "keyvault.managed_hsms"
	deletedVaultDataset = "keyvault.deleted_vaults"
)

// Promise is what a fleet file says must be visible in one tenant. It is held
// against what was seen when a snapshot is made, and again whenever it is
// judged: a promise that was made after collection proves nothing.
type Promise struct {
	Azure  *Azure   // nil: nothing is said about Azure
	Vaults []string // ARM ids of vaults and managed HSMs, in lower case
}

// Azure says which subscriptions (GUIDs) must be visible, or that there are none.
type Azure struct {
	Subscriptions []string
	None          bool
}

// Shown are the ids of what a tenant showed of that which can be promised:
// subscriptions; vaults and managed HSMs, deleted ones among them.
type Shown struct {
	Subscriptions []string
	Vaults        []string
}

// PromiseError says that a tenant shows what the fleet file says is not there.
type PromiseError struct{ Problem string }

func (e *PromiseError) Error() string { return e.Problem }

// Settle lowers the coverage of datasets, in place, by what must be there and was
// not seen. A subscription or vault that is declared and not shown, and
// subscriptions of which the fleet file says nothing, are holes; a hole of a
// dataset is one of every dataset that is read by its documents. Nothing is ever
// raised: to settle twice, with the same promise, is to settle once.
//
// Example: subscription S is declared and the list shows only R. Then
// azure.subscriptions is partial with the hole S, and so is keyvault.vaults,
// which was read in R alone.
func (p Promise) Settle(all map[string]Coverage, shown Shown) error {
	if p.Azure != nil && p.Azure.None {
		if seen := anySubscription(all, shown); seen != "" {
			return &PromiseError{fmt.Sprintf(
				"the fleet file says azure { none = true }, but subscription %s was seen: declare it", seen)}
		}
	}

	if list, has := all[SubscriptionDataset]; has {
		all[SubscriptionDataset] = list.listing(p.subscriptionHoles(list, shown))
	}

	settleProofs(all)
	p.settleVaults(all, shown)

	for _, s := range parentsFirst() {
		child, hasChild := all[s.Dataset]
		parent, hasParent := all[s.Parent]
		if hasChild && hasParent {
			all[s.Dataset] = child.Lower(parent.Holes()...)
		}
	}

	return nil
}

// anySubscription is the first that was seen, in the list or as the scope of an
// answer, "" if none was.
func anySubscription(all map[string]Coverage, shown Shown) string {
	seen := slices.Clone(shown.Subscriptions)
	for name, c := range all {
		s := Schemas()[name]
		if s == nil || s.Parent != SubscriptionDataset {
			continue
		}
		for _, scope := range c.Scopes {
			seen = append(seen, scope.Scope)
		}
	}

	seen = slices.DeleteFunc(seen, func(s string) bool { return s == ScopeUnknown })
	if len(seen) == 0 {
		return ""
	}

	return slices.Min(seen)
}

// subscriptionHoles are the subscriptions that must be there, or may be, and
// were not seen.
func (p Promise) subscriptionHoles(list Coverage, shown Shown) (holes []Scope) {
	if p.Azure == nil || !p.Azure.None && len(p.Azure.Subscriptions) == 0 {
		holes = append(holes, list.hole(ScopeUnknown,
			"the fleet file does not say which subscriptions exist: declare them, or none = true"))
	}

	if p.Azure == nil {
		return holes
	}

	for _, s := range p.Azure.Subscriptions {
		if s = strings.ToLower(s); !slices.Contains(shown.Subscriptions, s) {
			holes = append(holes, list.hole(s, "the fleet file declares the subscription and the caller does not see it"))
		}
	}

	return holes
}

// hole is a scope that was not seen: for the reason why the list is not whole,
// if there is one.
func (c Coverage) hole(scope, why string) Scope {
	for _, s := range c.Scopes {
		if s.Scope == ScopeUnknown && s.Evidence != nil && s.Evidence.Code != VisibilityUnproven {
			return Scope{Scope: scope, Status: s.Status, Evidence: s.Evidence}
		}
	}
	return Scope{Scope: scope, Status: Denied, Evidence: Unproven(why)}
}

// Unproven is the evidence of what answered, but not provably with everything.
func Unproven(why string) *Evidence { return &Evidence{Code: VisibilityUnproven, Message: why} }

// listing adds holes to the list of subscriptions itself: what is in it stays
// seen, so that a list that was whole is partial, and another is as it was.
func (c Coverage) listing(holes []Scope) Coverage {
	lowered := c.Lower(holes...)
	if c.Status != Complete {
		lowered.Status, lowered.Evidence = c.Status, c.Evidence
	} else if lowered.Status != Complete {
		lowered.Status = Partial
	}
	return lowered
}

// Lower adds scopes that were not seen, and what follows for the status. A scope
// that is listed as complete is partial then: two answers disagree. A dataset that
// failed as a whole stays as it is.
func (c Coverage) Lower(holes ...Scope) Coverage {
	if c.Status != Complete && len(c.Scopes) == 0 || len(holes) == 0 {
		return c
	}

	holes = append(c.unexplained(), holes...)
	at := map[string]int{}
	c.Scopes = slices.Clone(c.Scopes)
	for i, s := range c.Scopes {
		at[s.Scope] = i
	}

	for _, h := range holes {
		i, listed := at[h.Scope]
		switch {
		case !listed:
			at[h.Scope] = len(c.Scopes)
			c.Scopes = append(c.Scopes, Scope{Scope: h.Scope, Status: h.Status, Evidence: h.Evidence})
		case c.Scopes[i].Status == Complete:
			c.Scopes[i].Status, c.Scopes[i].Evidence = Partial, h.Evidence
		}
	}

	SortScopes(c.Scopes)
	return c.fromScopes()
}

// unexplained is the hole of a status that the scopes do not explain: partial, with
// every scope complete. It must not get lost when others are added.
func (c Coverage) unexplained() []Scope {
	for _, h := range c.Holes() {
		if h.Scope == ScopeUnknown && !slices.ContainsFunc(c.Scopes, func(s Scope) bool { return s.Scope == ScopeUnknown }) {
			return []Scope{h}
		}
	}
	return nil
}

// fromScopes is the coverage with the status that its scopes give it.
func (c Coverage) fromScopes() Coverage {
	c.Status, c.Evidence = Overall(c.Scopes)
	if c.Status != Complete {
		c.Proof = ""
	}
	return c
}

// SortScopes sorts scopes in place, and returns them.
func SortScopes(scopes []Scope) []Scope {
	slices.SortFunc(scopes, func(a, b Scope) int { return cmp.Compare(a.Scope, b.Scope) })
	return scopes
}

// Overall is the status of a dataset with these scopes, and the first hole's
// evidence: complete without any hole, partial as soon as anything was read,
// else the worst failure.
func Overall(scopes []Scope) (status Status, first *Evidence) {
	has := map[Status]bool{}
	for _, s := range scopes {
		has[s.Status] = true
		if first == nil {
			first = s.Evidence
		}
	}

	if len(has) == 0 || has[Complete] && len(has) == 1 {
		return Complete, nil
	}
	if has[Complete] || has[Partial] {
		return Partial, first
	}

	for _, s := range []Status{Failed, Throttled, Denied} {
		if has[s] {
			return s, first
		}
	}

	return Skipped, first
}

// settleProofs makes a hole of every subscription that says complete where the
// datasets that would prove it show nothing: what the caller may do there, and
// what its roles are. Azure lists are filtered by role.
func settleProofs(all map[string]Coverage) {
	for _, s := range parentsFirst() {
		c, has := all[s.Dataset]
		if !has || s.Parent != SubscriptionDataset {
			continue
		}

		for _, scope := range slices.Clone(c.Scopes) {
			for _, proof := range proofDatasets {
				if scope.Status == Complete && !all[proof].proves(scope.Scope) {
					c = c.unseen(scope.Scope, "nothing proves that the caller sees everything there: "+proof+" does not show its role")
				}
			}
		}

		all[s.Dataset] = c
	}
}

// proofDatasets are the caller's own role assignments, and the definitions of its
// roles.
var proofDatasets = []string{"azure.caller_access", "azure.role_definitions"}

// proves reports whether something that was seen in a subscription may be a proof.
// A list that is cut may hold the grant all the same.
func (c Coverage) proves(subscription string) bool {
	i := slices.IndexFunc(c.Scopes, func(s Scope) bool { return s.Scope == subscription })
	if i < 0 || c.Scopes[i].Count == 0 || c.Status != Complete && c.Status != Partial {
		return false
	}

	e := c.Scopes[i].Evidence
	return e == nil || e.Code != VisibilityUnproven
}

// settleVaults makes a declared vault that nobody saw a hole in the list where it
// would be.
func (p Promise) settleVaults(all map[string]Coverage, shown Shown) {
	for _, id := range p.Vaults {
		id = strings.ToLower(id)
		dataset, subscription := vaultPlace(id)
		c, has := all[dataset]
		if !has || slices.Contains(shown.Vaults, id) {
			continue
		}

		all[dataset] = c.unseen(subscription, "the fleet file declares "+id+" and it was not seen")
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

// unseen makes a hole of a scope that answered without something that must be
// there.
func (c Coverage) unseen(scope, why string) Coverage {
	return c.Lower(Scope{Scope: scope, Status: Denied, Evidence: Unproven(why)})
}

// parentsFirst are the schemas of datasets that are read per parent, each after
// its parent.
var parentsFirst = sync.OnceValue(func() (all []*Schema) {
	for _, s := range Schemas() {
		if s.Parent != "" {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b *Schema) int {
		return cmp.Or(cmp.Compare(a.depth(), b.depth()), cmp.Compare(a.Dataset, b.Dataset))
	})
	return all
})

// depth is how many datasets are above one.
func (s *Schema) depth() (n int) {
	for ; s != nil && s.Parent != ""; s = Schemas()[s.Parent] {
		n++
	}
	return n
}

// PromisedDatasets are those that ShownBy looks at: subscriptions first, then where
// vaults are.
var PromisedDatasets = []string{SubscriptionDataset, vaultDataset, hsmDataset, deletedVaultDataset}

// ShownBy finds what can be promised in the documents of a tenant.
func ShownBy(documents func(dataset string) []Document) (s Shown) {
	for _, d := range documents(SubscriptionDataset) {
		s.Subscriptions = append(s.Subscriptions, d.ID)
	}

	for _, dataset := range []string{vaultDataset, hsmDataset} {
		for _, d := range documents(dataset) {
			s.Vaults = append(s.Vaults, d.ID)
		}
	}

	for _, d := range documents(deletedVaultDataset) {
		properties, _ := d.Spec["properties"].(map[string]any)
		id, _ := properties["vaultId"].(string)
		s.Vaults = append(s.Vaults, strings.ToLower(id))
	}

	return s
}
