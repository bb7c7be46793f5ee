package snapshot

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What a manifest says must fit together, whoever wrote it. The engine asks these
// before it believes a status.

// OrganizationDataset holds one document, the tenant's own: it says whose tenant it is.
const OrganizationDataset = "entra.organization"

// Contradiction says how the coverage of a dataset contradicts itself, or the
// documents of its parents, whose ids are parents; "" for not at all. What
// contradicts itself proves nothing, whatever its status says.
//
// Example: keyvault.vaults says complete and lists one subscription, and
// azure.subscriptions holds two: nobody knows what is in the other.
func (c Coverage) Contradiction(s *Schema, parents []string) string {
	if c.Status != Complete && c.Status != Partial {
		return ""
	}

	partialAsAWhole := c.Status == Partial && len(c.Scopes) == 0
	switch {
	case c.Status == Complete && c.Count == 0 && s.neverEmpty():
		return "it says complete and holds nothing, and there is always one"
	case s.Window.contradiction(c.Window, c.StartedAt) != "":
		return s.Window.contradiction(c.Window, c.StartedAt)
	case !s.PerScope(), partialAsAWhole:
		return ""
	}

	total, listed := 0, map[string]bool{}
	for _, scope := range c.Scopes {
		if scope.Status == Complete && scope.Count == 0 && s.oneEach() {
			return fmt.Sprintf("%s says complete and holds nothing, and there is always one", scope.Scope)
		}
		total += scope.Count
		listed[scope.Scope] = true
	}

	missing := slices.IndexFunc(parents, func(id string) bool { return !listed[id] })
	root, hasRoot := s.Root.In("")
	switch {
	case missing >= 0:
		above := strings.Join(s.Parents(), " or ")
		return fmt.Sprintf("%s holds %s, of which it says nothing", above, parents[missing])
	case hasRoot && !listed[root]:
		return "it says nothing of " + root
	case total != c.Count:
		return fmt.Sprintf("it counts %d documents, and %d in its scopes", c.Count, total)
	}
	return ""
}

// neverEmpty: there is always a document of the dataset. A singleton may be missing where
// an answer says so (x-not-found).
func (s *Schema) neverEmpty() bool {
	return s.NeverEmpty || s.Parent == "" && s.ID.Form == Singleton && s.NotFound == nil
}

// oneEach: there is a document at every parent that is asked, unless the API says that
// there is none.
func (s *Schema) oneEach() bool {
	return s.Parent != "" && s.ID.Form == Singleton && s.NotFound == nil
}

// Backwards reports whether a dataset ended before it started.
func (c Coverage) Backwards() bool {
	started, err1 := parseTime(c.StartedAt)
	ended, err2 := parseTime(c.EndedAt)
	return err1 == nil && err2 == nil && ended.Before(started)
}

// CheckScopes holds the scopes of a dataset's documents, one for each, to the
// coverage: a document of a scope that is not listed, or another number of
// documents in a scope than is said, is a *DigestError.
func (c Coverage) CheckScopes(s *Schema, documents []string) error {
	if s == nil || !s.PerScope() || c.Status != Complete && len(c.Scopes) == 0 {
		return nil
	}

	counts := map[string]int{}
	for _, scope := range documents {
		counts[scope]++
	}

	for _, scope := range c.Scopes {
		if n := counts[scope.Scope]; n != scope.Count {
			const problem = "holds %d documents of %s, the manifest says %d"
			return &DigestError{s.Dataset, fmt.Sprintf(problem, n, scope.Scope, scope.Count)}
		}
		delete(counts, scope.Scope)
	}

	if len(counts) == 0 {
		return nil
	}
	unlisted := slices.Min(slices.Collect(maps.Keys(counts)))
	problem := fmt.Sprintf("holds documents of %q, of which the manifest says nothing", unlisted)
	return &DigestError{s.Dataset, problem}
}
