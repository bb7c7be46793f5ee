package evidence

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
)

// Rule is what the age and the licences of a tenant do to the manifest's word.
type Rule struct {
	AsOf   time.Time
	MaxAge time.Duration

	// plans are the service plans that the tenant may use; nil where the list of
	// its SKUs is not complete, so that nobody knows.
	plans map[string]bool
}

// coverage is a dataset's coverage after age and licences. A dataset that the
// manifest does not name is skipped.
func (r Rule) coverage(m snapshot.Manifest, name string) snapshot.Coverage {
	c, ok := m.Datasets[name]
	if !ok {
		return snapshot.Coverage{
			Status:   snapshot.Skipped,
			Evidence: &snapshot.Evidence{Message: "not in the snapshot"},
		}
	}

	if c.Status == snapshot.NotLicensed {
		c = r.unlicensed(c, snapshot.Schemas()[name])
	}

	if r.stale(c) {
		c.Status, c.Scopes = snapshot.Stale, nil
		c.Evidence = &snapshot.Evidence{
			Code: "stale",
			Message: fmt.Sprintf("read at %s, more than %s before %s",
				cmp.Or(c.EndedAt, "an unknown time"), r.MaxAge, r.AsOf.Format(time.RFC3339)),
		}
	}

	return c
}

// unlicensed turns "the service says that there is no licence" into complete,
// with nothing in it, where two proofs agree: the service's answer, and a complete
// list of SKUs without the licence. Without the second one it stays a gap.
func (r Rule) unlicensed(c snapshot.Coverage, s *snapshot.Schema) snapshot.Coverage {
	unproven := func(message string) snapshot.Coverage {
		c.Evidence = &snapshot.Evidence{Code: "licence_unproven", Message: message}
		return c
	}

	switch {
	case s == nil || s.WithoutLicence == nil || s.WithoutLicence.Means != "empty":
		return c
	case r.plans == nil:
		return unproven(snapshot.SKUDataset + ", the second proof, is not complete")
	case !s.WithoutLicence.Lacking(r.plans):
		return unproven(snapshot.SKUDataset + " shows the licence")
	}

	c.Status, c.Scopes = snapshot.Complete, nil
	c.Proof = "no licence (" + strings.Join(s.WithoutLicence.Plans, ", ") + ")"
	return c
}

// licence says whether the tenant has one that a dataset needs: true, false, or nil where
// nobody knows.
func (r Rule) licence(w *snapshot.WithoutLicence) any {
	if r.plans == nil || len(w.Plans) == 0 {
		return nil
	}
	return !w.Lacking(r.plans)
}

func (r Rule) stale(c snapshot.Coverage) bool {
	if c.Status != snapshot.Complete && c.Status != snapshot.Partial {
		return false
	}
	ended, err := time.Parse(time.RFC3339, c.EndedAt)
	return err != nil || r.AsOf.Sub(ended) > r.MaxAge
}
