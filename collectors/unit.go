package collectors

import (
	"net/url"
	"slices"

	"ringfence/collectors/arm"
	"ringfence/collectors/azure"
	"ringfence/collectors/entra"
	"ringfence/collectors/gdap"
	"ringfence/collectors/graph"
	"ringfence/collectors/keyvault"
	"ringfence/collectors/snapshot"
)

// Unit is one dataset's collection: what is asked (address and what follows),
// and how answers become documents (read, which is pure).
type Unit struct {
	Schema  *snapshot.Schema
	address func(base *url.URL, params map[string]string) (*url.URL, error)
	types   []string // values of {type}, each a list
	batch   bool     // in $batch
	within  string   // a dataset whose documents are asked as well as the parent
	query   string   // of Resource Graph
	check   func([]snapshot.Document) error
}

// All lists every unit. A unit comes after those whose documents it is read by.
func All() []Unit {
	var all []Unit
	for _, list := range [][]graph.Unit{entra.Units, gdap.Units} {
		for _, u := range list {
			all = append(all, graphUnit(u, schema(u.Dataset)))
		}
	}

	for _, list := range [][]arm.Unit{azure.Units, keyvault.Units} {
		for _, u := range list {
			all = append(all, armUnit(u, schema(u.Dataset)))
		}
	}

	return all
}

// clientUnits are those that are read in a client's own tenant.
func clientUnits() []Unit {
	return slices.DeleteFunc(All(), func(u Unit) bool { return u.Schema.Shared() })
}

// sharedUnits are those that are read in the MSP's tenant and split among its
// clients, each after its parent.
func sharedUnits() []Unit {
	return slices.DeleteFunc(All(), func(u Unit) bool { return !u.Schema.Shared() })
}

// mspUnits are those that are read in the MSP's tenant: what is split among its
// clients, and what tells whose tenant it is.
func mspUnits() []Unit {
	return slices.DeleteFunc(All(), func(u Unit) bool {
		return !u.Schema.Shared() && u.Schema.Guard != snapshot.GuardTenant
	})
}

// ReadInClient reports whether a dataset is read in each client's own tenant,
// ReadInMSP whether it is read in the MSP's. Some are read in both
// (entra.organization: whose tenant is it?).
func ReadInClient(dataset string) bool { return index(clientUnits(), dataset) >= 0 }

// ReadInMSP is explained at [ReadInClient].
func ReadInMSP(dataset string) bool { return index(mspUnits(), dataset) >= 0 }

// schema panics on a unit without a schema: a defect of the build, which the
// package's tests refuse.
func schema(dataset string) *snapshot.Schema {
	s, err := snapshot.SchemaFor(dataset)
	if err != nil {
		panic(err)
	}
	return s
}

func graphUnit(u graph.Unit, s *snapshot.Schema) Unit {
	return Unit{Schema: s, types: u.Types, batch: u.Batch,
		address: func(base *url.URL, params map[string]string) (*url.URL, error) { return u.URL(base, s, params) }}
}

func armUnit(u arm.Unit, s *snapshot.Schema) Unit {
	return Unit{Schema: s, within: u.Within, query: u.Query, check: u.Check,
		address: func(base *url.URL, params map[string]string) (*url.URL, error) { return u.URL(base, s, params) }}
}

// list and next are the properties of a page that hold its objects and what
// leads to the next page, as the API spells them (envelope knows the others):
// https://learn.microsoft.com/graph/paging,
// https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-details.md,
// https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results.
// A singleton has neither.
func (u Unit) list() string {
	if u.query != "" {
		return "data"
	}
	return "value"
}

func (u Unit) next() string {
	switch {
	case u.single():
		return ""
	case u.query != "":
		return skipToken
	case u.Schema.Source.API == "graph":
		return "@odata.nextLink"
	}

	return "nextLink"
}

// find returns a unit that All lists.
func find(units []Unit, dataset string) Unit {
	return units[index(units, dataset)]
}

// index is -1 for a dataset that is not among the units.
func index(units []Unit, dataset string) int {
	return slices.IndexFunc(units, func(u Unit) bool { return u.Schema.Dataset == dataset })
}
