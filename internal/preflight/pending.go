package preflight

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/internal/fleetfile"
)

// Offer is access that somebody asked for and nobody has accepted yet.
type Offer struct {
	Kind    string   `json:"kind"`
	Subject string   `json:"subject"` // the document that shows it, or the file that it is in
	Name    string   `json:"name"`
	From    string   `json:"from"`   // the tenant that would receive access
	Grants  []string `json:"grants"` // roles and applications, as the offer names them

	// Accepted is what of the tenant would change.
	Accepted []fleetfile.DocumentChange `json:"-"`
}

// The kinds of offers.
const (
	Relationship = "delegated admin relationship"
	Governance   = "tenant governance request"
	Lighthouse   = "Lighthouse offer"
)

// The datasets that show what is pending.
const (
	relationships = "gdap.relationships"
	requests      = "entra.governance_requests"
	governance    = "entra.governance_relationships"
)

// PendingDatasets are those that show what nobody has accepted yet. Where one is not
// complete there may be more.
func PendingDatasets() []string { return []string{requests, relationships} }

// Pending are the offers that a snapshot shows, with what accepting each would change.
func Pending(snap snapshot.Snapshot, msp string, asOf time.Time) ([]Offer, error) {
	offers := []Offer{}
	docs, err := snap.Documents(relationships)
	if err != nil {
		return nil, err
	}
	for _, doc := range docs {
		if slices.Contains(unaccepted, text(doc.Spec["status"])) {
			offers = append(offers, relationshipOffer(doc, msp, asOf))
		}
	}

	if docs, err = snap.Documents(requests); err != nil {
		return nil, err
	}
	for _, doc := range docs {
		if isPending(doc, asOf) {
			offers = append(offers, governanceOffer(doc, asOf))
		}
	}
	return offers, nil
}

// unaccepted are the states of a relationship that no customer has approved:
// https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship
var unaccepted = []string{"created", "approvalPending"}

// relationshipOffer: an approved relationship is active from then on, for as long as it was
// asked for. Its access assignments are made later, by the MSP.
func relationshipOffer(doc snapshot.Document, msp string, asOf time.Time) Offer {
	set := map[string]any{"status": "active", "activatedDateTime": written(asOf)}
	if days, ok := inDays(text(doc.Spec["duration"])); ok {
		set["endDateTime"] = written(asOf.AddDate(0, 0, days))
	}

	var roles []string
	for _, role := range list(member(doc.Spec, "accessDetails", "unifiedRoles")) {
		roles = append(roles, text(member(role, "roleDefinitionId")))
	}
	return Offer{
		Kind: Relationship, Subject: snapshot.Subject(relationships, doc.ID), Name: text(doc.Spec["displayName"]),
		From: msp, Grants: roles, Accepted: []fleetfile.DocumentChange{
			{Kind: fleetfile.PatchDocument, Dataset: relationships, ID: doc.ID, Set: set},
		},
	}
}

// isPending: a status that is not known here may be one that can still be accepted.
func isPending(doc snapshot.Document, asOf time.Time) bool {
	if slices.Contains([]string{"accepted", "rejected"}, text(doc.Spec["status"])) {
		return false
	}
	end, err := time.Parse(time.RFC3339, text(doc.Spec["expirationDateTime"]))
	return err != nil || end.After(asOf)
}

// governanceOffer: an accepted request is a relationship with the policy of the request.
// Its id is the service's to give; the request's stands for it.
// https://learn.microsoft.com/graph/api/resources/tenantgovernanceservices-governancerequest
func governanceOffer(doc snapshot.Document, asOf time.Time) Offer {
	body := map[string]any{
		"id": doc.Spec["id"], "status": "active", "createdType": "approvedByAdmin", "creationDateTime": written(asOf),
	}
	for _, name := range []string{
		"governingTenantId", "governingTenantName", "governedTenantId", "governedTenantName", "policySnapshot",
	} {
		body[name] = doc.Spec[name]
	}

	var grants []string
	for _, access := range list(member(doc.Spec, "policySnapshot", "delegatedAdministrationRoleAssignments")) {
		for _, role := range list(member(access, "roleTemplates")) {
			grants = append(grants, first(text(member(role, "name")), text(member(role, "id"))))
		}
	}
	for _, app := range list(member(doc.Spec, "policySnapshot", "multiTenantApplicationsToProvision")) {
		grants = append(grants, "application "+first(text(member(app, "displayName")), text(member(app, "appId"))))
	}

	return Offer{
		Kind: Governance, Subject: snapshot.Subject(requests, doc.ID), Grants: grants,
		Name: first(text(doc.Spec["governingTenantName"]), text(doc.Spec["governingTenantId"])),
		From: text(doc.Spec["governingTenantId"]), Accepted: []fleetfile.DocumentChange{
			{Kind: fleetfile.PatchDocument, Dataset: requests, ID: doc.ID, Set: map[string]any{"status": "accepted"}},
			{Kind: fleetfile.AddDocument, Dataset: governance, Body: body},
		},
	}
}

// written is a time as Graph writes it.
func written(t time.Time) string { return t.UTC().Format(time.RFC3339) }

var isoDays = regexp.MustCompile(`^P(\d{1,5})D$`)

// inDays reads the duration of a relationship, "P730D".
func inDays(duration string) (int, bool) {
	m := isoDays.FindStringSubmatch(duration)
	if m == nil {
		return 0, false
	}
	days, err := strconv.Atoi(m[1])
	return days, err == nil
}

// member follows names into nested objects; nil where there is none.
func member(v any, names ...string) any {
	for _, name := range names {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

func list(v any) []any {
	items, _ := v.([]any)
	return items
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return fmt.Sprint(v)
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return "(no name)"
}
