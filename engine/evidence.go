package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// skuDataset is the second proof of a missing licence.
const skuDataset = "entra.subscribed_skus"

// ageRule turns a manifest's coverage into evidence as of a time: what is too
// old is stale, and a proven missing licence that means "nothing of the kind
// can exist" counts as complete.
type ageRule struct {
	asOf   time.Time
	maxAge time.Duration
}

// evidence is a dataset's coverage as the gate sees it. A dataset that the
// manifest does not name is skipped.
func (r ageRule) evidence(m snapshot.Manifest, name string) snapshot.Coverage {
	c, ok := m.Datasets[name]
	if !ok {
		return snapshot.Coverage{Status: snapshot.Skipped, Evidence: &snapshot.Evidence{Message: "not in the snapshot"}}
	}
	schema := snapshot.Schemas()[name]
	if c.Status == snapshot.NotLicensed && schema != nil && schema.WithoutLicence != nil && schema.WithoutLicence.Means == "empty" {
		c.Status, c.Scopes, c.Proof = snapshot.Complete, nil, "no licence ("+strings.Join(schema.WithoutLicence.Plans, ", ")+")"
	}
	if r.stale(c) {
		c.Status, c.Scopes = snapshot.Stale, nil
		c.Evidence = &snapshot.Evidence{Code: "stale", Message: fmt.Sprintf("read at %s, more than %s before %s",
			c.EndedAt, r.maxAge, r.asOf.Format(time.RFC3339))}
	}
	return c
}

func (r ageRule) stale(c snapshot.Coverage) bool {
	if c.EndedAt == "" || !slices.Contains([]snapshot.Status{snapshot.Complete, snapshot.Partial}, c.Status) {
		return false
	}
	ended, err := time.Parse(time.RFC3339, c.EndedAt)
	return err != nil || r.asOf.Sub(ended) > r.maxAge
}

// holeText says why a scope of a dataset is not complete.
func holeText(name string, s snapshot.Scope) string {
	text := name
	if s.Scope != snapshot.ScopeUnknown {
		text += " in " + s.Scope
	}
	text += ": " + string(s.Status)
	if e := s.Evidence; e != nil {
		text += evidenceText(*e)
	}
	return text
}

func evidenceText(e snapshot.Evidence) string {
	var parts []string
	if e.HTTPStatus != 0 {
		parts = append(parts, fmt.Sprint("HTTP ", e.HTTPStatus))
	}
	for _, p := range []string{e.Code, e.Message} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
