package snapshot

import (
	"fmt"
	"slices"
	"time"
)

// ParentWhere says which documents of its parent a dataset is read at: those whose
// property has one of the values, texts or booleans.
//
// Example: entra.domain_federation is read at domains whose authenticationType is
// "Federated"; of any other domain the API has nothing to say.
type ParentWhere struct {
	Property string `json:"property"`
	Values   []any  `json:"values"`
}

// NotFound says what it means that the API answers 404: "empty", there is nothing
// of the kind. Codes are the error codes of which it has to be one; nil: no code is
// documented, and any will do.
//
// Example: a partner without identity synchronization.
type NotFound struct {
	Means string   `json:"means"`
	Codes []string `json:"codes"`
	Page  string   `json:"page"`
}

const notFound = 404 // the HTTP status

// Says reports whether an error answer is the one that means that there is nothing.
// A saved one has lost its HTTP status, so that only a documented code tells it.
func (n *NotFound) Says(e *Evidence) bool {
	if n == nil || n.Means != "empty" || e == nil || e.Code == "" {
		return false
	}

	isKnown := slices.Contains(n.Codes, e.Code)
	switch e.HTTPStatus {
	case notFound:
		return isKnown || n.Codes == nil
	case 0:
		return isKnown
	}
	return false
}

// Window says that a dataset is read for the last Days only, by the time in
// Property of its documents. What is not there may have been before: nobody may
// take it for a proof.
type Window struct {
	Days     int    `json:"days"`
	Property string `json:"property"`
	Page     string `json:"page"`
}

// Span is the part of time that a dataset was read for, both ends included, in RFC
// 3339 UTC.
type Span struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Before is the window that ends at a time, which is cut to the second.
func (w *Window) Before(end time.Time) Span {
	to := end.UTC().Truncate(time.Second)
	return Span{From: to.AddDate(0, 0, -w.Days).Format(time.RFC3339), To: to.Format(time.RFC3339)}
}

// contradiction says why a dataset that was read in so much of time is not what its
// schema says; "" if it is. started is when it was read.
func (w *Window) contradiction(read *Span, started string) string {
	switch {
	case w == nil && read == nil:
		return ""
	case w == nil:
		return fmt.Sprintf("it was read from %s to %s only", read.From, read.To)
	case read == nil:
		return "it does not say for which time it was read"
	}

	from, err1 := parseTime(read.From)
	to, err2 := parseTime(read.To)
	at, err3 := parseTime(started)
	if err1 != nil || err2 != nil || err3 != nil {
		return fmt.Sprintf("it was read from %q to %q at %q, which are no times", read.From, read.To, started)
	}
	if from.After(at.AddDate(0, 0, -w.Days)) || to.Before(at.Truncate(time.Second)) {
		return fmt.Sprintf("it was read from %s to %s, not for the %d days before %s",
			read.From, read.To, w.Days, started)
	}
	return ""
}

// DelegatedOnly says that the API answers only where a person is signed in, and
// where that is documented. It is never asked. Answers that a person saved are as
// good as any.
type DelegatedOnly struct {
	Page string `json:"page"`
}

// Asks reports whether a dataset is read at a document of its parent. known is
// false where the document does not say: whoever takes that for "no" has lost a
// list that may hold anything.
func (s *Schema) Asks(parent Document) (asks, known bool) {
	if s.ParentWhere == nil {
		return true, true
	}

	v, has := parent.lookup(s.ParentWhere.Property)
	p := s.parentProperty()
	switch {
	case v == nil && p != nil && p.Absence != nil && (has || p.Presence == Absent):
		return false, true
	case v == nil || p != nil && !p.fits(v):
		return false, false
	}

	switch v.(type) {
	case string, bool:
		return slices.Contains(s.ParentWhere.Values, v), true
	}
	return false, false
}

// Unanswered are the documents of a parent of which the API shows nothing, whatever
// they have: those whose property has one of the values, and where that is
// documented.
//
// Example: of a group that an on-premises directory synchronises Microsoft shows no
// owners.
type Unanswered struct {
	ParentWhere
	Page string `json:"page"`
}

// CheckEmpty is the evidence of why an empty answer at a document of the parent
// proves nothing, nil where it does. A document that does not say is one of those.
func (s *Schema) CheckEmpty(parent Document) *Evidence {
	for _, u := range s.UnprovenWhere {
		is := &Schema{Parent: s.Parent, ParentWhere: &u.ParentWhere}
		if asked, known := is.Asks(parent); asked || !known {
			return Unproven(fmt.Sprintf("it is empty, and of such as this one the API shows nothing (%s; %s)",
				u.Property, u.Page))
		}
	}
	return nil
}

// decidedBy are the properties of a parent that decide whether a dataset is read at it
// and what an empty answer means.
func (s *Schema) decidedBy() (names []string) {
	if s.ParentWhere != nil {
		names = append(names, s.ParentWhere.Property)
	}
	for _, u := range s.UnprovenWhere {
		names = append(names, u.Property)
	}
	return names
}

// parentProperty is the schema of the property that decides whether a parent is
// asked about; nil where none is known.
func (s *Schema) parentProperty() *Property {
	parent := Schemas()[s.Parent]
	if parent == nil {
		return nil
	}
	return parent.Properties[s.ParentWhere.Property]
}
