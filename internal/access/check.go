package access

import (
	"cmp"
	"maps"
	"slices"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
)

// Check is what one tenant grants, held against what a policy set needs of it.
type Check struct {
	Client   string    `json:"client"` // "fleet" for the MSP's own tenant
	TenantID string    `json:"tenant_id"`
	Datasets []Checked `json:"datasets"`
	// Missing are the grants that are missing, the one first that would decide most.
	Missing []Missing `json:"missing"`
	// Blind are all controls that what is missing, or gave no answer, leaves
	// undetermined at least in part.
	Blind []string `json:"blind"`
	// Subscriptions are those of Azure that the application sees, whether the fleet file
	// declares them or not.
	Subscriptions []string `json:"subscriptions"`
	// Error says why nothing could be asked, "" where it could.
	Error string `json:"error,omitempty"`
}

// Checked is the access to one dataset. Controls are all that it unblocks.
type Checked struct {
	collectors.Probed
	Permissions []string `json:"permissions"`
	Controls    []string `json:"controls"`
}

// Missing is a grant that is missing. Decides are the controls that nothing else stands
// in the way of.
type Missing struct {
	Permission string   `json:"permission"`
	Datasets   []string `json:"datasets"`
	Controls   []string `json:"controls"`
	Decides    []string `json:"decides"`
}

// NewCheck holds what was found against the needs.
func NewCheck(client, tenant string, wanted []Need, found collectors.Probes) Check {
	c := Check{Client: client, TenantID: tenant, Datasets: []Checked{}, Missing: []Missing{}, Blind: []string{}}
	c.Subscriptions = append([]string{}, found.Subscriptions...)
	unblocks := unblocked(wanted)
	for _, p := range found.Datasets {
		i := slices.IndexFunc(wanted, func(n Need) bool { return n.Dataset == p.Dataset })
		c.Datasets = append(c.Datasets, Checked{p, wanted[i].Permissions, unblocks[p.Dataset]})
	}

	c.addMissing(found.Roles)
	return c
}

// unblocked are the controls that each dataset unblocks: those that read it, or what is
// read per document of it, or all where no snapshot is made without it.
func unblocked(wanted []Need) map[string][]string {
	all := map[string][]string{}
	for _, n := range wanted {
		for _, name := range append(snapshot.Schemas()[n.Dataset].Above(), n.Dataset) {
			all[name] = merge(all[name], n.Controls)
		}
	}

	for _, n := range wanted {
		schema := snapshot.Schemas()[n.Dataset]
		switch {
		case n.Dataset == snapshot.OrganizationDataset:
			for _, other := range wanted {
				all[n.Dataset] = merge(all[n.Dataset], other.Controls)
			}
		case schema.Guard == snapshot.GuardSubscriptions: // what proves that the others are complete
			all[n.Dataset] = merge(all[n.Dataset], all[snapshot.SubscriptionDataset])
		}
	}
	return all
}

// addMissing finds out which grants are missing. Of a dataset that needs several, it is
// those that the token does not hold.
func (c *Check) addMissing(roles []string) {
	byName := map[string]*Missing{}
	blockers := map[string]map[string]bool{} // of each control: permissions, and datasets without an answer
	block := func(controls []string, by string) {
		for _, id := range controls {
			if blockers[id] == nil {
				blockers[id] = map[string]bool{}
			}
			blockers[id][by] = true
		}
	}

	for _, d := range c.Datasets {
		switch d.Access {
		case collectors.Denied:
			for _, name := range lacking(d.Permissions, roles) {
				m := byName[name]
				if m == nil {
					m = &Missing{Permission: name, Datasets: []string{}, Controls: []string{}, Decides: []string{}}
					byName[name] = m
				}
				m.Datasets = merge(m.Datasets, []string{d.Dataset})
				m.Controls = merge(m.Controls, d.Controls)
				block(d.Controls, name)
			}
		case collectors.Unreachable:
			block(d.Controls, "dataset "+d.Dataset)
		}
	}

	for _, id := range slices.Sorted(maps.Keys(blockers)) {
		c.Blind = append(c.Blind, id)
		for by := range blockers[id] {
			if m := byName[by]; m != nil && len(blockers[id]) == 1 {
				m.Decides = append(m.Decides, id)
			}
		}
	}

	for _, m := range byName {
		c.Missing = append(c.Missing, *m)
	}
	slices.SortFunc(c.Missing, func(a, b Missing) int {
		return cmp.Or(len(b.Decides)-len(a.Decides), len(b.Controls)-len(a.Controls),
			cmp.Compare(a.Permission, b.Permission))
	})
}

// lacking are the permissions that the token does not hold; all of them, where it holds
// each and was refused nevertheless.
func lacking(permissions, roles []string) []string {
	missing := slices.DeleteFunc(slices.Clone(permissions), func(p string) bool { return slices.Contains(roles, p) })
	if len(missing) == 0 {
		return permissions
	}
	return missing
}

// Complete reports whether nothing is missing. What cannot be licensed or has nothing to
// ask about is not.
func (c Check) Complete() bool {
	isGap := func(d Checked) bool { return d.Access == collectors.Denied || d.Access == collectors.Unreachable }
	return c.Error == "" && !slices.ContainsFunc(c.Datasets, isGap)
}
