package collectors

import (
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// licences makes a failed dataset "not_licensed" where there are two proofs:
// the API says so, and no subscribed SKU has one of the plans. Either alone is
// not enough: the API also says so at random, or where a permission is missing
// (https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/3581).
//
// Where the SKUs cannot be read, the dataset is "denied": there is one proof. Where they have
// one of the plans, or might, it stays what it is, and the evidence says that one answer
// contradicts the other.
func (m material) licences(all []snapshot.Dataset) {
	plans, known := subscribedPlans(all)
	for i, u := range m.units {
		c, need := &all[i].Coverage, u.Schema.WithoutLicence
		if need == nil || len(need.Plans) == 0 || !u.unlicensed(*c) || !m.wasTold(u, all) {
			continue
		}

		switch {
		case !known:
			c.Status = snapshot.Denied
		case need.Lacking(plans):
			told := *c.Evidence
			told.Message += " (no subscribed SKU has " + strings.Join(need.Plans, " or ") + ")"
			c.Status, c.Evidence, c.Scopes = snapshot.NotLicensed, &told, nil
			all[i].Documents, all[i].Piles = nil, nil
		default:
			told := *c.Evidence
			told.Code, told.Message = snapshot.LicenceContradicted, contradiction(c.Evidence, need.Plans)
			c.Evidence = &told
		}
	}
}

func contradiction(e *snapshot.Evidence, plans []string) string {
	return e.Code + ": " + e.Message + " (a subscribed SKU may have " + strings.Join(plans, " or ") + ")"
}

// unlicensed: the API says so, and at every scope.
func (u Unit) unlicensed(c snapshot.Coverage) bool {
	if c.Status != snapshot.Failed && c.Status != snapshot.Denied || !u.api.lacksLicence(c.Evidence) {
		return false
	}
	return !slices.ContainsFunc(c.Scopes, func(s snapshot.Scope) bool { return !u.api.lacksLicence(s.Evidence) })
}

// wasTold: the API said so when the dataset itself was asked for, or there was nothing to ask
// at, since its parent is without a licence. Else the words are about something else.
//
// Example: the list of subscriptions fails with the words for a missing licence. It needs none,
// so that it is an error; and so is who can activate a role at each of them, which nobody asked.
func (m material) wasTold(u Unit, all []snapshot.Dataset) bool {
	if len(m.answers[u.Schema.Dataset]) > 0 {
		return true
	}

	parent := index(m.units, u.Schema.Parent)
	return parent >= 0 && all[parent].Coverage.Status == snapshot.NotLicensed
}

// subscribedPlans are the service plans that the tenant may use; known is false
// where its SKUs were not read completely.
func subscribedPlans(all []snapshot.Dataset) (plans map[string]bool, known bool) {
	i := datasetIndex(all, snapshot.SKUDataset)
	if i < 0 || all[i].Coverage.Status != snapshot.Complete {
		return nil, false
	}
	return snapshot.ServicePlans(all[i].Loaded().Documents), true
}
