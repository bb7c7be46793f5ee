package collectors

import (
	"net/url"
	"slices"
	"time"

	"ringfence/collectors/arm"
	"ringfence/collectors/azure"
	"ringfence/collectors/defender"
	"ringfence/collectors/entra"
	"ringfence/collectors/gdap"
	"ringfence/collectors/graph"
	"ringfence/collectors/intune"
	"ringfence/collectors/keyvault"
	"ringfence/collectors/sharepoint"
	"ringfence/collectors/snapshot"
)

// Unit is one dataset's collection: its schema, and what the row in its area says
// about how it is asked for.
type Unit struct {
	Schema *snapshot.Schema

	api *api

	// address makes the address of a list's first page below base; params are what
	// the {names} of the schema's endpoint stand for.
	address func(base *url.URL, s *snapshot.Schema, params map[string]string) (*url.URL, error)

	// An answer at one scope may be several lists: one for each of types, which
	// {type} stands for, or one at the parent and one at each document of the
	// dataset within at the same scope, for both of which {scope} stands.
	types  []string
	within string

	// scopesAtOnce is how many scopes one request asks about. More than one are
	// asked about in a batch. isShort: the list is short in most tenants, so that it is
	// asked for in a batch with others.
	scopesAtOnce int
	isShort      bool

	// query is one of Azure Resource Graph, in the place of a list; "" for a list.
	query string

	// unasked are properties that were not asked for, in minimising mode.
	unasked []string

	// check refuses the documents of one scope that together are not what was
	// asked for; nil: there is nothing to refuse.
	check func([]snapshot.Document) error
}

// All lists every unit. A unit comes after those whose documents it is read by.
func All() []Unit {
	return slices.Concat(
		unitsOf(entra.Units, graphUnit),
		unitsOf(intune.Units, graphUnit),
		unitsOf(defender.Units, graphUnit),
		unitsOf(sharepoint.Units, graphUnit),
		unitsOf(gdap.Units, graphUnit),
		unitsOf(azure.Units, armUnit),
		unitsOf(keyvault.Units, armUnit),
		unitsOf(azure.Settings, armUnit),
		[]Unit{vaultOwners()},
	)
}

func unitsOf[Row any](rows []Row, unit func(Row) Unit) []Unit {
	units := make([]Unit, len(rows))
	for i, row := range rows {
		units[i] = unit(row)
	}
	return units
}

func graphUnit(row graph.Unit) Unit {
	u := Unit{Schema: schema(row.Dataset), api: graphAPI, address: row.URL, types: row.Types, scopesAtOnce: 1}
	u.isShort = row.Top == 0
	if row.Batch {
		u.scopesAtOnce = graph.BatchSize
	}
	return u
}

func armUnit(row arm.Unit) Unit {
	return Unit{
		Schema: schema(row.Dataset), api: armAPI, address: row.URL, scopesAtOnce: 1,
		within: row.Within, query: row.Query, check: row.Check,
	}
}

// schema panics on a dataset without a schema: a defect of the build, which the
// package's tests refuse.
func schema(dataset string) *snapshot.Schema {
	s, err := snapshot.SchemaFor(dataset)
	if err != nil {
		panic(err)
	}
	return s
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
// clients, what tells whose tenant it is, and what controls ask of the MSP itself.
//
// compared are what its clients are compared with it by, and what that depends on, in Azure if
// that is read there.
func mspUnits(compared []string, inAzure bool) []Unit {
	all := All()
	wanted := map[string]bool{}
	if inAzure {
		compared = append(snapshot.Guards(snapshot.GuardSubscriptions), compared...)
	}
	for _, name := range compared {
		need(all, name, wanted)
	}

	return slices.DeleteFunc(all, func(u Unit) bool {
		isCompared := wanted[u.Schema.Dataset] && (inAzure || u.api != armAPI)
		return !isCompared && !u.Schema.Shared() && u.Schema.Guard != snapshot.GuardTenant &&
			!slices.Contains(ofMSPItself, u.Schema.Dataset)
	})
}

// ofMSPItself are the datasets of a tenant's own that are read in the MSP's, too: the groups
// that unlock clients, who is in them and where, how they sign in, and what a client leaves
// behind.
var ofMSPItself = []string{
	"entra.users", "entra.groups", "entra.group_members", "entra.group_owners", "entra.group_eligibility",
	"entra.conditional_access_policies", "entra.service_principals", "entra.governance_relationships",
}

// single reports whether an answer is one object instead of a list.
func (u Unit) single() bool { return u.Schema.ID.Form == snapshot.Singleton }

// windowBefore is the part of time that is read at a time; nil: all of it.
func (u Unit) windowBefore(at time.Time) *snapshot.Span {
	if u.Schema.Window == nil {
		return nil
	}
	span := u.Schema.Window.Before(at)
	return &span
}

// listProperty is the property of a page that holds its objects.
func (u Unit) listProperty() string {
	if u.query != "" {
		return "data" // https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results
	}
	return "value"
}

// nextProperty is the property of a page that leads to the next one, as the API
// spells it (a saved page may spell it otherwise: see envelope); "" where one page
// is all that is read.
func (u Unit) nextProperty() string {
	switch {
	case u.single(), u.Schema.Newest != nil:
		return ""
	case u.query != "":
		return skipToken
	}
	return u.api.nextLink
}

// index is -1 for a dataset that is not among the units.
func index(units []Unit, dataset string) int {
	return slices.IndexFunc(units, func(u Unit) bool { return u.Schema.Dataset == dataset })
}
