package engine

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// evidenceRule turns a manifest's coverage into evidence as of a time: what is
// too old is stale, and a missing licence that means "nothing of the kind can
// exist" counts as complete where both proofs are there. plans are those that
// the tenant may use, nil where its SKUs are not complete.
type evidenceRule struct {
	asOf   time.Time
	maxAge time.Duration
	plans  map[string]bool
}

// evidence is a dataset's coverage as the gate sees it. A dataset that the
// manifest does not name is skipped.
func (r evidenceRule) evidence(m snapshot.Manifest, name string) snapshot.Coverage {
	c, ok := m.Datasets[name]
	if !ok {
		return snapshot.Coverage{Status: snapshot.Skipped, Evidence: &snapshot.Evidence{Message: "not in the snapshot"}}
	}

	if c.Status == snapshot.NotLicensed {
		c = r.unlicensed(c, snapshot.Schemas()[name])
	}

	if r.stale(c) {
		c.Status, c.Scopes = snapshot.Stale, nil
		c.Evidence = &snapshot.Evidence{Code: "stale", Message: fmt.Sprintf("read at %s, more than %s before %s",
			cmp.Or(c.EndedAt, "an unknown time"), r.maxAge, r.asOf.Format(time.RFC3339))}
	}

	return c
}

// unlicensed asks for the second proof: no subscribed SKU has the licence.
func (r evidenceRule) unlicensed(c snapshot.Coverage, s *snapshot.Schema) snapshot.Coverage {
	switch {
	case s == nil || s.WithoutLicence == nil || s.WithoutLicence.Means != "empty":
	case r.plans == nil:
		c.Evidence = &snapshot.Evidence{Code: "licence_unproven", Message: snapshot.SKUDataset + ", the second proof, is not complete"}
	case !s.WithoutLicence.Lacking(r.plans):
		c.Evidence = &snapshot.Evidence{Code: "licence_unproven", Message: snapshot.SKUDataset + " shows the licence"}
	default:
		c.Status, c.Scopes, c.Proof = snapshot.Complete, nil, "no licence ("+strings.Join(s.WithoutLicence.Plans, ", ")+")"
	}

	return c
}

func (r evidenceRule) stale(c snapshot.Coverage) bool {
	if c.Status != snapshot.Complete && c.Status != snapshot.Partial {
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

	return permitted(name, s.Status, text)
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
