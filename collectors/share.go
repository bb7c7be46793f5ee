package collectors

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"ringfence/collectors/gdap"
	"ringfence/collectors/snapshot"
)

// sourceMSP is the source_tenant of a client's datasets that were read in the
// MSP's tenant.
const sourceMSP = "msp"

// Shares is what the MSP's tenant says about its clients, read once.
type Shares struct {
	relationships, access snapshot.Dataset
}

// OpenShares reads the MSP's own snapshot for Shares.Of.
func OpenShares(msp snapshot.Snapshot) (*Shares, error) {
	if msp.Manifest.Client != snapshot.FleetClient {
		return nil, fmt.Errorf("sharing: the snapshot is of client %q, not of the MSP's own tenant", msp.Manifest.Client)
	}

	s := &Shares{}
	for name, d := range map[string]*snapshot.Dataset{gdap.Relationships: &s.relationships, gdap.AccessAssignments: &s.access} {
		c, ok := msp.Manifest.Datasets[name]
		if !ok {
			return nil, fmt.Errorf("sharing: the MSP's snapshot has no %s", name)
		}

		docs, err := msp.Documents(name)
		if err != nil {
			return nil, fmt.Errorf("sharing: %w", err)
		}

		*d = snapshot.Dataset{Name: name, Coverage: c, Documents: docs}
	}

	return s, nil
}

// Of is one client's share, for Config.Shared. It holds nothing of another
// client, nor does it depend on one: rows are the client's own, statuses follow
// from them wherever the MSP's list is whole, and what the MSP's failures say
// is told without the text that may name others.
func (s *Shares) Of(tenantID string) []snapshot.Dataset {
	r := shareOfRelationships(s.relationships, tenantID)
	return []snapshot.Dataset{r, shareOfAccess(s.access, r)}
}

// shareOf is a client's dataset before anything is known about its rows.
func shareOf(d snapshot.Dataset) snapshot.Dataset {
	c := d.Coverage
	return snapshot.Dataset{Name: d.Name, Coverage: snapshot.Coverage{Status: c.Status, StartedAt: c.StartedAt, EndedAt: c.EndedAt,
		Endpoint: c.Endpoint, Permission: c.Permission, SourceTenant: sourceMSP, Evidence: discreet(c)}}
}

// discreet is the evidence of a whole dataset, for one client. Text that may
// come from, or count, another client's rows is left out.
func discreet(c snapshot.Coverage) *snapshot.Evidence {
	e := c.Evidence
	if e == nil || e.Code == codeNoFile || e.Code == codeNoMSP || c.Pages == 0 && e.HTTPStatus >= http.StatusBadRequest {
		return e
	}
	return &snapshot.Evidence{HTTPStatus: e.HTTPStatus, Code: e.Code, RequestID: e.RequestID,
		Message: "the list in the MSP's tenant was not read whole; the MSP's snapshot says why"}
}

func shareOfRelationships(all snapshot.Dataset, tenantID string) snapshot.Dataset {
	share := shareOf(all)
	if all.Documents == nil {
		return share
	}

	share.Documents = []snapshot.Document{}
	unclear := false
	for _, d := range all.Documents {
		customer, known := customerOf(d)
		unclear = unclear || !known
		if strings.EqualFold(customer, tenantID) {
			share.Documents = append(share.Documents, d)
		}
	}

	c := &share.Coverage
	if all.Coverage.Status != snapshot.Complete && (c.Evidence == nil || c.Evidence.Code != codeIncomplete) {
		return share
	}

	c.Status, c.Evidence = snapshot.Complete, Unit{Schema: schema(gdap.Relationships)}.incomplete(share.Documents)
	if c.Evidence == nil && unclear {
		c.Evidence = &snapshot.Evidence{Code: codeIncomplete, Message: "a relationship does not say whose it is"}
	}

	if c.Evidence != nil {
		c.Status = snapshot.Partial
	}

	return share
}

// customerOf is the tenant that a relationship is with, "" for one that nobody
// has approved: customer is null until then. known is false where it should be
// there and is not
// (https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship).
func customerOf(d snapshot.Document) (tenant string, known bool) {
	v, has := d.Spec["customer"]
	if v == nil {
		status, _ := d.Spec["status"].(string)
		return "", has && slices.Contains([]string{"created", "approvalPending", "approved", "expired", "terminated"}, status)
	}

	customer, _ := v.(map[string]any)
	tenant, _ = customer["tenantId"].(string)
	return tenant, tenant != ""
}

// shareOfAccess follows the client's relationships: each is a scope.
func shareOfAccess(all, relationships snapshot.Dataset) snapshot.Dataset {
	share := shareOf(all)
	c := &share.Coverage
	holes := relationships.Coverage.Holes()

	if len(relationships.Documents) > 0 && all.Coverage.Status != snapshot.Complete && len(all.Coverage.Scopes) == 0 {
		return share // one failure for all
	}

	own := map[string]bool{}
	for _, d := range relationships.Documents {
		own[d.ID] = true
		c.Scopes = append(c.Scopes, scopeIn(all.Coverage, d.ID))
	}

	c.Scopes = snapshot.SortScopes(append(c.Scopes, holes...))
	if c.Status, c.Evidence = snapshot.Overall(c.Scopes); c.Status != snapshot.Complete && all.Documents == nil {
		return share
	}

	share.Documents = []snapshot.Document{}
	for _, d := range all.Documents {
		if own[d.Scope] {
			share.Documents = append(share.Documents, d)
		}
	}

	return share
}

func scopeIn(c snapshot.Coverage, scope string) snapshot.Scope {
	if i := slices.IndexFunc(c.Scopes, func(s snapshot.Scope) bool { return s.Scope == scope }); i >= 0 {
		return c.Scopes[i]
	}
	return snapshot.Scope{Scope: scope, Status: snapshot.Skipped, Evidence: notCollected("the relationship was not asked about")}
}

func notCollected(message string) *snapshot.Evidence {
	return &snapshot.Evidence{Code: codeNoMSP, Message: message}
}

// shared are the datasets of the MSP's tenant in a client's snapshot: those
// given, and word of those that are not.
func (c Config) shared() (all []snapshot.Dataset) {
	for _, u := range All() {
		if !u.shared() {
			continue
		}

		i := slices.IndexFunc(c.Shared, func(d snapshot.Dataset) bool { return d.Name == u.Schema.Dataset })
		if i >= 0 {
			all = append(all, c.Shared[i])
			continue
		}

		all = append(all, snapshot.Dataset{Name: u.Schema.Dataset, Coverage: snapshot.Coverage{Status: snapshot.Skipped,
			Endpoint: u.Schema.Source.Endpoint, Permission: u.Schema.Permission, SourceTenant: sourceMSP,
			Evidence: notCollected("the MSP's own tenant was not collected")}})
	}

	return all
}

// checkShared refuses datasets that did not come from Split.
func checkShared(shared []snapshot.Dataset) error {
	units, seen := All(), map[string]bool{}
	for _, d := range shared {
		i := index(units, d.Name)
		if i < 0 || !units[i].shared() || d.Coverage.SourceTenant != sourceMSP || seen[d.Name] {
			return &ConfigError{fmt.Sprintf("%s is not a share of the MSP's snapshot, or is given twice", d.Name)}
		}
		seen[d.Name] = true
	}

	return nil
}

// splitImported reduces imported files of the MSP's tenant to the client's rows.
func splitImported(all []snapshot.Dataset, tenantID string) {
	at := func(name string) int {
		return slices.IndexFunc(all, func(d snapshot.Dataset) bool { return d.Name == name })
	}
	r, a := at(gdap.Relationships), at(gdap.AccessAssignments)
	shares := (&Shares{all[r], all[a]}).Of(tenantID)
	all[r], all[a] = shares[0], shares[1]
}
