package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
)

// shownHoles bounds the scopes that are listed under one dataset.
const shownHoles = 10

// dataset is one line of the coverage: how it was read and what is missing.
type dataset struct {
	Name string
	snapshot.Coverage
	Status snapshot.Status // as of the judgement: also stale, partial by scope, and unlicensedEmpty
	Holes  []snapshot.Scope
	More   int      // holes left out
	Needed []string // ids of the controls that read it
	Held   []string // those of them that are undetermined
}

// Complete reports whether the dataset is a fact about what is not there.
func (d dataset) Complete() bool {
	return d.Status == snapshot.Complete || d.Status == unlicensedEmpty
}

// State is the status as a shape: only complete passes.
func (d dataset) State() state {
	if d.Complete() {
		return passed
	}
	return undetermined
}

// Word is the status in words.
func (d dataset) Word() string { return statusWord(d.Status) }

func statusWord(s snapshot.Status) string {
	word := map[snapshot.Status]string{
		snapshot.Complete: "Complete", snapshot.Partial: "Partial", snapshot.Denied: "Denied",
		snapshot.NotLicensed: "Not licensed", snapshot.Throttled: "Throttled", snapshot.Failed: "Error",
		snapshot.Skipped: "Not read", snapshot.Stale: "Too old", missing: "Not in the snapshot", unlicensedEmpty: "Not licensed, so empty",
	}[s]
	if word == "" {
		return string(s)
	}
	return word
}

const (
	// missing: a control reads the dataset and the snapshot does not mention it.
	missing snapshot.Status = "missing"
	// unlicensedEmpty: without the licence nothing of the kind can exist, which
	// the schema says with the vendor's page. It counts as complete with 0.
	unlicensedEmpty snapshot.Status = "unlicensed-empty"
)

func newDatasets(in Input, controls []*control) []dataset {
	needed, held := map[string][]string{}, map[string][]string{}
	for _, c := range controls {
		for _, name := range c.Reads {
			needed[name] = append(needed[name], c.ID)
			if c.Subjects.Undetermined > 0 || c.State == undetermined {
				held[name] = append(held[name], c.ID)
			}
		}
	}
	names := maps.Clone(needed)
	for name := range in.Manifest.Datasets {
		names[name] = nil
	}
	limit, _ := intent.ParseAge(in.Intent.Client.MaxAge) // 0: none
	proven := in.Manifest.Datasets[snapshot.SKUDataset].CompleteEverywhere()
	var out []dataset
	for _, name := range slices.Sorted(maps.Keys(names)) {
		c, ok := in.Manifest.Datasets[name]
		if !ok {
			c = snapshot.Coverage{Status: missing}
		}
		schema := snapshot.Schemas()[name]
		if !proven {
			schema = nil // a licence that is missing needs a second proof
		}
		d := dataset{Name: name, Coverage: c, Status: statusAsOf(c, schema, in.Set.AsOf, limit), Needed: needed[name], Held: held[name]}
		d.Holes = incomplete(c.Scopes)
		if n := len(d.Holes); n > shownHoles {
			d.Holes, d.More = d.Holes[:shownHoles], n-shownHoles
		}
		out = append(out, d)
	}
	return out
}

func incomplete(scopes []snapshot.Scope) []snapshot.Scope {
	return slices.DeleteFunc(slices.Clone(scopes), func(s snapshot.Scope) bool { return s.Status == snapshot.Complete })
}

// statusAsOf is the status that the judgement had to take: a dataset that says
// complete is partial with an incomplete scope, and stale beyond max_age.
func statusAsOf(c snapshot.Coverage, schema *snapshot.Schema, asOf string, limit time.Duration) snapshot.Status {
	if c.Status == snapshot.NotLicensed && schema != nil && schema.WithoutLicence != nil && schema.WithoutLicence.Means == "empty" {
		return unlicensedEmpty
	}
	if c.Status != snapshot.Complete {
		return c.Status
	}
	if !c.CompleteEverywhere() {
		return snapshot.Partial
	}
	now, err := time.Parse(time.RFC3339, asOf)
	ended, err2 := time.Parse(time.RFC3339, c.EndedAt)
	if err == nil && err2 == nil && limit > 0 && now.Sub(ended) > limit {
		return snapshot.Stale
	}
	return c.Status
}

// Advice is what a person would do to close the gap.
func (d dataset) Advice() string {
	grant := "what “ringfence access plan” names"
	if d.Permission != "" {
		grant = d.Permission
	}
	switch d.Status {
	case snapshot.Denied:
		return fmt.Sprintf("Grant the audit application: %s. Then collect again.", grant)
	case snapshot.Partial:
		if d.unproven() {
			return fmt.Sprintf("The API answered, but nothing proves that the audit application may see all of it. Grant it: %s. Then collect again.", grant)
		}
		return fmt.Sprintf("In what section 5 lists as not read, grant the audit application: %s. Then collect again.", grant)
	case snapshot.NotLicensed:
		return "The tenant has no licence for this API. Nothing to grant; the question stays open until there is another source."
	case snapshot.Throttled, snapshot.Failed:
		return "Collect again. If the same answer returns, take its request id to Microsoft support."
	case snapshot.Stale:
		return "Collect again: the answer is older than the agreed maximum age."
	case snapshot.Skipped, missing:
		return fmt.Sprintf("Collect or import this dataset. Reading it needs: %s.", grant)
	}
	return ""
}

func (d dataset) unproven() bool {
	is := func(e *snapshot.Evidence) bool { return e != nil && e.Code == snapshot.VisibilityUnproven }
	return is(d.Evidence) || slices.ContainsFunc(d.Holes, func(s snapshot.Scope) bool { return is(s.Evidence) })
}
