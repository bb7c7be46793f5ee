// Package access says what a human must grant so that a policy set can be judged, and
// what is granted.
//
// Both follow from the compiled policies, as everything does that is read: [NeedsOf] are
// the datasets that they read in a client's tenant and in the MSP's own, with the
// permission that shows each. [NewPlan] turns them into commands for people, tenant by
// tenant. [Checked] holds them against what a tenant answered, and says which grant would
// decide most.
package access

import (
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/plan"
)

// Need is a dataset that is read in a tenant.
type Need struct {
	Dataset string `json:"dataset"`
	// Permissions are what shows it, all of them.
	Permissions []string `json:"permissions"`
	// Controls are the ids of those that read it, sorted; none where it is read whatever
	// the controls ask, or only because other datasets are read by it.
	Controls []string `json:"controls"`
}

// Needs are what a policy set reads in a client's tenant and in the MSP's own, sorted by
// dataset.
type Needs struct{ Client, MSP []Need }

// NeedsOf are the needs of a compiled policy set. Where clients are compared, that takes the
// evidence of its facts, too, in each client's tenant and in the MSP's own.
func NeedsOf(e *engine.Engine, compared bool) Needs {
	client, msp := map[string][]string{}, map[string][]string{}
	for _, c := range applying(e, compared) {
		p, _ := e.Plan(c.ID)
		reads := p.Datasets()
		if p.Reads("snapshot") { // what is denied leaves it undetermined, too
			reads = slices.Compact(slices.Sorted(slices.Values(append(reads, e.Accounts(c.Scope)...))))
		}

		inClient, inMSP := Split(c.Scope, reads)
		for _, name := range inClient {
			client[name] = append(client[name], c.ID)
		}
		for _, name := range inMSP {
			msp[name] = append(msp[name], c.ID)
		}
	}

	if compared {
		for _, name := range e.FactReads("") {
			schema := snapshot.Schemas()[name]
			if schema.Source.API != "arm" { // in Azure it is read what the MSP says is there
				msp[name] = append([]string{}, msp[name]...)
			}
			if !schema.Shared() {
				client[name] = append([]string{}, client[name]...)
			}
		}
	}

	addOthers(client, snapshot.GuardTenant, snapshot.GuardSubscriptions)
	if len(msp) > 0 { // where nothing is read, nothing is asked
		addOthers(msp, snapshot.GuardTenant)
	}

	return Needs{needs(client), needs(msp)}
}

// applying are the controls that can apply: where clients are not compared, those that compare
// them do not.
func applying(e *engine.Engine, compared bool) []finding.Control {
	notNeeded := func(c finding.Control) bool { return !compared && e.Compares(c.ID) }
	return slices.DeleteFunc(e.Controls(), notNeeded)
}

// Properties are the datasets that a policy set reads in a client's own tenant, and of each
// the properties of the API that it reads: nil where all may be. Where clients are compared, that
// is what its facts read, too.
func Properties(e *engine.Engine, compared bool) map[string][]string {
	fields := map[string]*plan.Field{}
	for _, c := range applying(e, compared) {
		p, _ := e.Plan(c.ID)
		inClient, _ := Split(c.Scope, p.Datasets())
		for _, name := range inClient {
			if fields[name] == nil {
				fields[name] = &plan.Field{}
			}
			fields[name].Add(p.Document(name))
		}
	}

	if compared {
		for name, field := range e.FactFields() {
			if !snapshot.Schemas()[name].Shared() {
				if fields[name] == nil {
					fields[name] = &plan.Field{}
				}
				fields[name].Add(field)
			}
		}
	}

	all := map[string][]string{}
	for name, field := range fields {
		all[name] = Selected(field)
	}
	return all
}

// Selected are the API's properties that are read, sorted; nil where all may be.
func Selected(f *plan.Field) []string {
	if f.Whole != 0 || f.Any != nil {
		return nil
	}

	ours := func(name string) bool { return strings.HasPrefix(name, "_") }
	return append([]string{}, slices.DeleteFunc(slices.Sorted(maps.Keys(f.Names)), ours)...)
}

// Split sorts the datasets that a control reads by the tenant in which they are
// collected. A client's snapshot also holds its share of what only the MSP's tenant has,
// such as gdap.relationships; a control of the MSP's own tenant reads nothing else.
func Split(scope finding.Scope, datasets []string) (client, msp []string) {
	for _, name := range datasets {
		if scope == finding.MSPScope || snapshot.Schemas()[name].Shared() {
			msp = append(msp, name)
		} else {
			client = append(client, name)
		}
	}
	return client, msp
}

// addOthers adds what no control reads by itself: the guards, and the datasets that
// those in the map are read per document of.
func addOthers(controls map[string][]string, guards ...snapshot.Guard) {
	names := append(snapshot.Guards(guards...), slices.Sorted(maps.Keys(controls))...)
	for _, name := range names {
		for _, above := range append(snapshot.Schemas()[name].Above(), name) {
			controls[above] = append([]string{}, controls[above]...)
		}
	}
}

func needs(controls map[string][]string) []Need {
	all := []Need{}
	for _, name := range slices.Sorted(maps.Keys(controls)) {
		ids := append([]string{}, slices.Sorted(slices.Values(controls[name]))...)
		all = append(all, Need{name, permissionsOf(name), ids})
	}
	return all
}

// permissionsOf are those that one dataset needs, all of them.
func permissionsOf(dataset string) []string {
	return snapshot.Schemas()[dataset].Permissions()
}

// Permissions are those that needs have together, sorted.
func Permissions(all []Need) []string {
	names := []string{}
	for _, n := range all {
		names = append(names, n.Permissions...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// azurePrefix begins a permission that is a role in Azure: "Azure role Reader on the
// subscription".
const azurePrefix = "Azure role "

// AzureRole is the role that a permission of Azure names, such as "Reader", and the place
// at which it is needed; ok is false for a permission of Microsoft Graph.
func AzureRole(permission string) (role, place string, ok bool) {
	rest, ok := strings.CutPrefix(permission, azurePrefix)
	role, place, _ = strings.Cut(rest, " on ")
	return role, place, ok
}
