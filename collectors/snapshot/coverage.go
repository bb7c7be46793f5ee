package snapshot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Status says how much of a dataset was seen. Only Complete is a fact about
// what is not there.
type Status string

const (
	// Complete: all of it, and something proves that the caller could see all.
	Complete Status = "complete"
	// Partial: some of it, or all of it without a proof.
	Partial Status = "partial"
	// Denied: the caller has no permission.
	Denied Status = "denied"
	// NotLicensed: the API says that the tenant has no licence for it.
	NotLicensed Status = "not_licensed"
	// Throttled: the API asked to come back later, too often.
	Throttled Status = "throttled"
	// Failed: any other error.
	Failed Status = "error"
	// Skipped: it was not asked for, or its parent was not seen.
	Skipped Status = "skipped"
	// Stale: it is too old to judge by. No collector says so; the engine does.
	Stale Status = "stale"
)

var statuses = []Status{Complete, Partial, Denied, NotLicensed, Throttled, Failed, Skipped, Stale}

// VisibilityUnproven is the evidence code of a list that answered, but for
// which nothing proves that the caller may see all of it.
const VisibilityUnproven = "visibility_unproven"

// LicenceContradicted is the evidence code of what a service refused for want of a licence,
// which the tenant's subscribed SKUs do not bear out.
const LicenceContradicted = "licence_contradicted"

// Evidence codes of what nobody wanted to be read: the fleet file did not ask for it,
// or, where it says minimise = true, no control of the policy set reads it.
const (
	NotAsked  = "not_asked"
	NotNeeded = "not_needed"
)

// Evidence of a failure: what the API answered, or what we could not prove. As an
// error it is what clients return, and coverage keeps it.
type Evidence struct {
	HTTPStatus int    `json:"http_status,omitempty"` // 0 where no response is meant
	Code       string `json:"code,omitempty"`        // the API's, or one of ours
	Message    string `json:"message,omitempty"`
	RequestID  string `json:"request_id,omitempty"` // to ask Microsoft about
}

// Unproven is the evidence of what answered, but not provably with everything.
func Unproven(why string) *Evidence { return &Evidence{Code: VisibilityUnproven, Message: why} }

func (e *Evidence) Error() string {
	var parts []string
	if e.HTTPStatus != 0 {
		parts = append(parts, fmt.Sprintf("status %d", e.HTTPStatus))
	}
	for _, s := range []string{e.Code, e.Message} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// ScopeUnknown is the scope of "parents that may exist and were not seen".
const ScopeUnknown = "*"

// Scope is the coverage of one parent of a dataset that is read per parent.
type Scope struct {
	Scope    string    `json:"scope"` // the parent's id: a subscription's GUID, a vault, a group
	Status   Status    `json:"status"`
	Count    int       `json:"count"` // of documents
	Evidence *Evidence `json:"evidence,omitempty"`
}

// WasAsked is false for a dataset that nobody wanted to be read: that it was not is no
// failure.
func (c Coverage) WasAsked() bool {
	return c.Status != Skipped || c.Evidence == nil ||
		c.Evidence.Code != NotAsked && c.Evidence.Code != NotNeeded
}

func (s Scope) isHole() bool { return s.Status != Complete }

// SortScopes sorts scopes in place, and returns them.
func SortScopes(scopes []Scope) []Scope {
	slices.SortFunc(scopes, func(a, b Scope) int { return cmp.Compare(a.Scope, b.Scope) })
	return scopes
}

// Coverage says how a dataset was read and how far it can be trusted.
type Coverage struct {
	Status   Status `json:"status"`
	Count    int    `json:"count"` // of documents
	Pages    int    `json:"pages,omitempty"`
	Requests int    `json:"requests,omitempty"` // that asked for it, alone or in a batch

	// When it was read, RFC 3339 UTC, from where (a path template without host or
	// ids), and with which permission.
	StartedAt  string `json:"started_at,omitempty"`
	EndedAt    string `json:"ended_at,omitempty"`
	Endpoint   string `json:"endpoint,omitempty"`
	Permission string `json:"permission,omitempty"`

	// Lower-case hex SHA-256: of the file, "" where there is none, and of the file
	// without what its documents observed.
	Digest     string `json:"digest,omitempty"`
	SpecDigest string `json:"spec_digest,omitempty"`

	// Proof names what proves that all is seen ("role_assignment", "declared", …),
	// Evidence why not all was seen.
	Proof    string    `json:"proof,omitempty"`
	Evidence *Evidence `json:"evidence,omitempty"`

	// Scopes are those of a dataset that is read per parent, sorted.
	Scopes []Scope `json:"scopes,omitempty"`
	// Window is the part of time that was read, where the schema bounds it
	// (x-window). Complete is a fact about that part alone.
	Window *Span `json:"window,omitempty"`
	// WholeAt is when the list was last read whole, where it was not this time: of what was
	// read then, only those documents were read again of which the service said that they
	// changed since.
	WholeAt string `json:"whole_at,omitempty"`
	// SourceTenant is the tenant that it was read in, where that is the MSP's.
	SourceTenant string `json:"source_tenant,omitempty"`
}

// Holds reports whether the snapshot has a file for the dataset: a dataset
// that was read at all has one, even with no documents in it.
func (c Coverage) Holds() bool { return c.Digest != "" }

// CompleteScopes lists the scopes in which the dataset is complete. Only a
// partial status with an incomplete scope is about some scopes and not others;
// a scope that is not listed is not complete.
func (c Coverage) CompleteScopes() (scopes []string) {
	if c.Status != Complete && !c.explained() {
		return nil
	}
	for _, s := range c.Scopes {
		if !s.isHole() {
			scopes = append(scopes, s.Scope)
		}
	}
	return scopes
}

// CompleteEverywhere reports whether nothing at all is missing.
func (c Coverage) CompleteEverywhere() bool {
	return c.Status == Complete && !slices.ContainsFunc(c.Scopes, Scope.isHole)
}

// explained reports whether the coverage is partial because some scope is a hole.
func (c Coverage) explained() bool {
	return c.Status == Partial && slices.ContainsFunc(c.Scopes, Scope.isHole)
}

// Holes are the scopes that are not complete. A status that its scopes do not
// explain is a hole with the name "*".
//
// Example: partial with the scopes a (complete) and b (denied) has the hole b.
// Stale with the scope a (complete) has the hole *: what is too old is so anywhere.
func (c Coverage) Holes() []Scope {
	holes := slices.DeleteFunc(slices.Clone(c.Scopes), func(s Scope) bool { return !s.isHole() })
	allGone := len(holes) > 0 && len(holes) == len(c.Scopes)
	if c.Status != Complete && !c.explained() && !allGone {
		holes = append(holes, Scope{Scope: ScopeUnknown, Status: c.Status, Evidence: c.Evidence})
	}
	return holes
}

// Lower adds scopes that were not seen, and what follows for the status. A scope
// that is listed as complete is partial then: two answers disagree. A dataset that
// failed as a whole stays as it is, and one that failed keeps its status: what its
// scopes say does not make it better.
func (c Coverage) Lower(holes ...Scope) Coverage {
	if c.Status != Complete && len(c.Scopes) == 0 || len(holes) == 0 {
		return c
	}

	holes = append(c.unexplained(), holes...)
	c.Scopes = slices.Clone(c.Scopes)
	index := map[string]int{}
	for i, s := range c.Scopes {
		index[s.Scope] = i
	}

	for _, hole := range holes {
		i, listed := index[hole.Scope]
		switch {
		case !listed:
			index[hole.Scope] = len(c.Scopes)
			hole.Count = 0
			c.Scopes = append(c.Scopes, hole)
		case !c.Scopes[i].isHole():
			c.Scopes[i].Status, c.Scopes[i].Evidence = Partial, hole.Evidence
		}
	}

	SortScopes(c.Scopes)
	if c.Status == Complete || c.Status == Partial {
		c.Status, c.Evidence = Overall(c.Scopes)
	}
	if c.Status != Complete {
		c.Proof = ""
	}
	return c
}

// unexplained is the hole of a status that the scopes do not explain: partial, with
// every scope complete. It must not get lost when others are added.
func (c Coverage) unexplained() []Scope {
	isUnknown := func(s Scope) bool { return s.Scope == ScopeUnknown }
	if slices.ContainsFunc(c.Scopes, isUnknown) {
		return nil
	}
	return slices.DeleteFunc(c.Holes(), func(s Scope) bool { return !isUnknown(s) })
}

// Overall is the status of a dataset with these scopes, and the first hole's
// evidence: complete without any hole, partial as soon as anything was read,
// else the worst failure.
func Overall(scopes []Scope) (status Status, first *Evidence) {
	has := map[Status]bool{}
	for _, s := range scopes {
		has[s.Status] = true
		if first == nil {
			first = s.Evidence
		}
	}

	if len(has) == 0 || has[Complete] && len(has) == 1 {
		return Complete, nil
	}
	if has[Complete] || has[Partial] {
		return Partial, first
	}
	for _, s := range []Status{Failed, Throttled, Denied} {
		if has[s] {
			return s, first
		}
	}
	return Skipped, first
}

// check refuses a coverage that no collection has.
func (c Coverage) check() error {
	switch {
	case !slices.Contains(statuses, c.Status):
		return fmt.Errorf("status %q is not one of %v", c.Status, statuses)
	case c.Digest != "" && !hexDigest.MatchString(c.Digest):
		return fmt.Errorf("digest %q is not 64 hex digits", c.Digest)
	case c.Digest == "" && c.Status == Complete:
		return fmt.Errorf("complete, but without a digest")
	}

	for _, at := range []struct{ name, value string }{{"started_at", c.StartedAt}, {"ended_at", c.EndedAt}} {
		if _, err := parseTime(at.value); err != nil && (at.value != "" || c.Holds()) {
			return fmt.Errorf("%s %q is not an RFC 3339 time", at.name, at.value)
		}
	}

	if c.Count < 0 {
		return fmt.Errorf("count is %d", c.Count)
	}

	seen := map[string]bool{}
	for _, s := range c.Scopes {
		if seen[s.Scope] {
			return fmt.Errorf("scope %q is there twice", s.Scope)
		}
		if !slices.Contains(statuses, s.Status) {
			return fmt.Errorf("scope %q: status %q is not one of %v", s.Scope, s.Status, statuses)
		}
		seen[s.Scope] = true
	}

	return nil
}
