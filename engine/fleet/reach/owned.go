package reach

import (
	"slices"

	"ringfence/engine/fleet/fact"
)

// apart are bridges of which those of kinds that are [Owning] are cut: from what one tenant controls
// to what others have. What a tenant has of its own is no edge of a bridge, so that it follows from
// that tenant's evidence alone what others may reach of it.
func (f Fleet) apart() []Bridge {
	owning := map[string]bool{}
	for _, k := range f.Kinds {
		owning[k.Name] = k.Rule == Owning
	}

	var all []Bridge
	for _, b := range f.Bridges {
		if !owning[b.Kind] {
			all = append(all, b)
			continue
		}
		for _, tenant := range b.owners() {
			cut := Bridge{Kind: b.Kind}
			for _, e := range b.Ends {
				if e.Role == fact.Controls && e.Node.Tenant() == tenant ||
					e.Role == fact.Controlled && e.Node.Tenant() != tenant {
					cut.Ends = append(cut.Ends, e)
				}
			}
			all = append(all, cut)
		}
	}
	return all
}

// owners are the tenants that control a value, sorted.
func (b Bridge) owners() (all []string) {
	for _, e := range b.Ends {
		if e.Role == fact.Controls {
			all = append(all, e.Node.Tenant())
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
