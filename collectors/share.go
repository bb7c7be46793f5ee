package collectors

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// sourceMSP is the source_tenant of a client's datasets that were read in the
// MSP's tenant.
const sourceMSP = "msp"

// Shares is what the MSP's tenant says about its clients, read once. Among the
// datasets are those that are split among clients.
type Shares struct{ datasets []snapshot.Dataset }

// OpenShares reads the MSP's own snapshot for [Shares.Of].
func OpenShares(msp snapshot.Snapshot) (*Shares, error) {
	if msp.Manifest.Client != snapshot.FleetClient {
		return nil, fmt.Errorf("sharing: the snapshot is of client %q, not of the MSP's own tenant",
			msp.Manifest.Client)
	}

	s, none := &Shares{}, true
	for _, u := range sharedUnits() {
		name := u.Schema.Dataset
		c, ok := msp.Manifest.Datasets[name]
		if !ok { // it was made before the dataset was known
			s.datasets = append(s.datasets, snapshot.Dataset{Name: name, Coverage: notShared(u)})
			continue
		}

		none = false
		docs, err := msp.Documents(name)
		if err != nil {
			return nil, fmt.Errorf("sharing: %w", err)
		}

		s.datasets = append(s.datasets, snapshot.Dataset{Name: name, Coverage: c, Documents: docs})
	}

	if none {
		return nil, fmt.Errorf("sharing: the MSP's snapshot has nothing that it says of clients")
	}
	return s, nil
}

// Of is one client's share, for [Config].Shared. It holds nothing of another
// client, nor does it depend on one: rows are the client's own, statuses follow
// from them wherever the MSP's list is complete, and what the MSP's failures say
// is told without the text that may name others.
func (s *Shares) Of(tenantID string) []snapshot.Dataset {
	var shares []snapshot.Dataset
	for _, u := range sharedUnits() {
		all := s.datasets[datasetIndex(s.datasets, u.Schema.Dataset)]
		if u.Schema.Split != nil {
			shares = append(shares, shareOfList(u, all, tenantID))
		} else {
			parents := shares[datasetIndex(shares, u.Schema.Parent)]
			shares = append(shares, shareOfChild(u, all, parents))
		}
	}

	return shares
}

// emptyShare is a client's dataset before anything is known about its rows.
func emptyShare(all snapshot.Dataset) snapshot.Dataset {
	c := all.Coverage
	return snapshot.Dataset{Name: all.Name, Coverage: snapshot.Coverage{
		Status: c.Status, Evidence: discreet(c), SourceTenant: sourceMSP,
		StartedAt: c.StartedAt, EndedAt: c.EndedAt, Endpoint: c.Endpoint, Permission: c.Permission,
	}}
}

// discreet is the evidence of a whole dataset, for one client. Text that may
// come from, or count, another client's rows is left out.
func discreet(c snapshot.Coverage) *snapshot.Evidence {
	e := c.Evidence
	isOfAll := e == nil || e.Code == codeNoFile || e.Code == codeNoMSP
	if isOfAll || c.Pages == 0 && e.HTTPStatus >= http.StatusBadRequest {
		return e
	}

	return &snapshot.Evidence{
		HTTPStatus: e.HTTPStatus, Code: e.Code, RequestID: e.RequestID,
		Message: "the list in the MSP's tenant was not read whole; the MSP's snapshot says why",
	}
}

// shareOfList takes a client's documents out of a list that names the client of
// each. The list of all may lack properties in rows of other clients: only the
// client's own rows, and those of which nobody knows whose they are, lower its
// share.
func shareOfList(u Unit, all snapshot.Dataset, tenantID string) snapshot.Dataset {
	share := emptyShare(all)
	if all.Documents == nil {
		return share
	}

	share.Documents = []snapshot.Document{}
	unclear := false
	for _, d := range all.Documents {
		customer, known := customerOf(u.Schema.Split, d)
		unclear = unclear || !known
		if strings.EqualFold(customer, tenantID) {
			share.Documents = append(share.Documents, d)
		}
	}

	c := &share.Coverage
	if all.Coverage.Status != snapshot.Complete && (c.Evidence == nil || c.Evidence.Code != codeIncomplete) {
		return share
	}

	var lacking lacks
	for _, d := range share.Documents {
		lacking.add(d, u.lacking(d))
	}

	c.Status, c.Evidence = snapshot.Complete, lacking.evidence(len(share.Documents))
	if c.Evidence == nil && unclear {
		c.Evidence = newEvidence(codeIncomplete, "a %s does not say whose it is", u.Schema.Split.Each)
	}
	if c.Evidence != nil {
		c.Status = snapshot.Partial
	}

	return share
}

// customerOf is the tenant that a document is about, "" for one that is about
// nobody yet. known is false where the tenant should be there and is not.
func customerOf(split *snapshot.Split, d snapshot.Document) (tenant string, known bool) {
	v, has := d.Spec[split.Property]
	if v == nil {
		if split.Unowned.Property == "" {
			return "", false
		}
		state, _ := d.Spec[split.Unowned.Property].(string)
		return "", has && slices.Contains(split.Unowned.Values, state)
	}

	if split.Tenant != "" {
		customer, _ := v.(map[string]any)
		v = customer[split.Tenant]
	}

	tenant, _ = v.(string)
	return tenant, tenant != ""
}

// shareOfChild takes the documents of a client's own parents: each parent is a
// scope.
func shareOfChild(u Unit, all, parents snapshot.Dataset) snapshot.Dataset {
	share := emptyShare(all)
	c := &share.Coverage
	failedAsOne := all.Coverage.Status != snapshot.Complete && len(all.Coverage.Scopes) == 0
	if failedAsOne && len(parents.Documents) > 0 {
		return share
	}

	isParent := map[string]bool{}
	for _, d := range parents.Documents {
		isParent[d.ID] = true
		c.Scopes = append(c.Scopes, scopeIn(u, all.Coverage, d.ID))
	}

	c.Scopes = snapshot.SortScopes(append(c.Scopes, parents.Coverage.Holes()...))
	c.Status, c.Evidence = snapshot.Overall(c.Scopes)
	if c.Status != snapshot.Complete && all.Documents == nil {
		return share
	}

	share.Documents = []snapshot.Document{}
	for _, d := range all.Documents {
		if isParent[d.Scope] {
			share.Documents = append(share.Documents, d)
		}
	}

	return share
}

// scopeIn is what the MSP's dataset says of one scope.
func scopeIn(u Unit, c snapshot.Coverage, scope string) snapshot.Scope {
	for _, s := range c.Scopes {
		if s.Scope == scope {
			return s
		}
	}

	parent := "parent"
	if split := schema(u.Schema.Parent).Split; split != nil {
		parent = split.Each
	}
	return snapshot.Scope{
		Scope: scope, Status: snapshot.Skipped,
		Evidence: newEvidence(codeNoMSP, "the %s was not asked about", parent),
	}
}

// sharedDatasets are the datasets of the MSP's tenant in a client's snapshot:
// those given, and word of those that are not.
func (c Config) sharedDatasets() (all []snapshot.Dataset) {
	for _, u := range sharedUnits() {
		if i := datasetIndex(c.Shared, u.Schema.Dataset); i >= 0 {
			all = append(all, c.Shared[i])
			continue
		}

		all = append(all, snapshot.Dataset{Name: u.Schema.Dataset, Coverage: notShared(u)})
	}

	return all
}

// notShared is the coverage of what was not read in the MSP's tenant.
func notShared(u Unit) snapshot.Coverage {
	return snapshot.Coverage{
		Status: snapshot.Skipped, SourceTenant: sourceMSP,
		Endpoint: u.Schema.Source.Endpoint, Permission: u.Schema.Permission,
		Evidence: newEvidence(codeNoMSP, "the MSP's own tenant was not collected, or not for this dataset"),
	}
}

// checkShared refuses datasets that did not come from [Shares.Of].
func checkShared(shared []snapshot.Dataset) error {
	units, seen := sharedUnits(), map[string]bool{}
	for _, d := range shared {
		if index(units, d.Name) < 0 || d.Coverage.SourceTenant != sourceMSP || seen[d.Name] {
			return &ConfigError{fmt.Sprintf("%s is not a share of the MSP's snapshot, or is given twice", d.Name)}
		}
		seen[d.Name] = true
	}

	return nil
}

// splitImported reduces imported files of the MSP's tenant to the client's rows.
func splitImported(all []snapshot.Dataset, tenantID string) {
	given := slices.Clone(all)
	for _, u := range sharedUnits() {
		i := datasetIndex(given, u.Schema.Dataset)
		given[i] = given[i].Loaded()
	}

	for _, share := range (&Shares{given}).Of(tenantID) {
		all[datasetIndex(all, share.Name)] = share
	}
}

// datasetIndex is -1 where none of the datasets has the name.
func datasetIndex(all []snapshot.Dataset, name string) int {
	return slices.IndexFunc(all, func(d snapshot.Dataset) bool { return d.Name == name })
}
