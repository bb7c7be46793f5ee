package simulate

import (
	"cmp"
	"slices"
	"strings"

	"ringfence/engine/finding"
)

// SchemaName is the "schema" of a comparison.
const SchemaName = "ringfence.simulation/1"

// Kind says what a change does to one verdict.
type Kind string

const (
	// New: it would not be satisfied, and is not so now.
	New Kind = "new"
	// Resolved: it is not satisfied, and would be satisfied or gone.
	Resolved Kind = "resolved"
	// Unknown: it would be undetermined, and is not so now.
	Unknown Kind = "unknown"
	// Settled: it is undetermined, and would be satisfied or gone.
	Settled Kind = "settled"
	// Added and Gone: a subject that would be satisfied, and is not there now; and one
	// that is, and would not be there.
	Added Kind = "added"
	Gone  Kind = "gone"
	// Unchanged: the same verdict.
	Unchanged Kind = "unchanged"
)

// None stands for the verdict of a subject that is not there.
const None finding.Outcome = "none"

// Comparison is verdicts before and after. It is no result of a tenant.
type Comparison struct {
	Schema string `json:"schema"`
	// Notice says in words what this is not.
	Notice   string `json:"notice"`
	Client   string `json:"client"`
	TenantID string `json:"tenant_id"`
	AsOf     string `json:"as_of"`
	// Before are the digests of what was judged for "before"; what was judged for
	// "after" exists nowhere.
	Before Inputs `json:"before"`

	Counts   map[Kind]int `json:"counts"`
	Controls []Control    `json:"controls"`
	// Subjects are those whose verdict changes.
	Subjects []Subject         `json:"subjects"`
	Errors   map[string]string `json:"errors,omitempty"` // of policies, after the change
}

// Inputs are digests.
type Inputs struct {
	Snapshot string `json:"snapshot"`
	Intent   string `json:"intent"`
	Policies string `json:"policies"`
}

// Control is one control before and after.
type Control struct {
	ID       string          `json:"id"`
	Title    string          `json:"title"`
	Severity string          `json:"severity"`
	Before   finding.Outcome `json:"before"`
	After    finding.Outcome `json:"after"`
	Reason   string          `json:"reason,omitempty"` // after the change, see [finding.Summary]
}

// Subject is one verdict before and after. Message and Accepted are those of the finding
// after the change, or of the one that would be gone.
type Subject struct {
	Control  string          `json:"control"`
	Subject  string          `json:"subject"`
	Severity string          `json:"severity"`
	Change   Kind            `json:"change"`
	Before   finding.Outcome `json:"before"`
	After    finding.Outcome `json:"after"`
	Message  string          `json:"message,omitempty"`
	Accepted bool            `json:"accepted,omitempty"` // by an exception that holds
}

// Notice is what every output of a simulation says.
const Notice = "A simulation: it says what verdicts would be, and is no result of the tenant. " +
	"Nothing of it is signed, published or kept."

// Compare holds the verdicts before a change and after it against each other.
func Compare(before, after finding.Set) Comparison {
	c := Comparison{
		Schema: SchemaName, Notice: Notice, Client: after.Client, TenantID: after.TenantID, AsOf: after.AsOf,
		Before: Inputs{before.Snapshot, before.Intent, before.Policies},
		Counts: map[Kind]int{}, Controls: controls(before, after), Subjects: []Subject{}, Errors: after.Errors,
	}
	for _, kind := range []Kind{New, Resolved, Unknown, Settled, Added, Gone, Unchanged} {
		c.Counts[kind] = 0
	}

	severities := map[string]string{}
	for _, s := range slices.Concat(before.Controls, after.Controls) {
		severities[s.ID] = s.Severity
	}

	was, is := verdicts(before), verdicts(after)
	old, now := findings(before), findings(after)
	for _, k := range subjects(was, is) {
		s := Subject{
			Control: k.control, Subject: k.subject, Severity: severities[k.control],
			Before: cmp.Or(was[k], None), After: cmp.Or(is[k], None),
		}
		s.Change = kindOf(s.Before, s.After)
		c.Counts[s.Change]++
		if s.Change == Unchanged {
			continue
		}

		f, found := now[k]
		if !found {
			f = old[k]
		}
		s.Message, s.Accepted = f.Message, found && f.Accepted()
		c.Subjects = append(c.Subjects, s)
	}

	return c
}

func kindOf(before, after finding.Outcome) Kind {
	switch {
	case before == after:
		return Unchanged
	case after == finding.NotSatisfied:
		return New
	case after == finding.Undetermined:
		return Unknown
	case before == finding.NotSatisfied:
		return Resolved
	case before == finding.Undetermined:
		return Settled
	case before == None:
		return Added
	}
	return Gone
}

// key is a subject of a control.
type key struct{ control, subject string }

func verdicts(s finding.Set) map[key]finding.Outcome {
	all := map[key]finding.Outcome{}
	for _, v := range s.Verdicts {
		all[key{v.Control, v.Subject}] = v.Outcome
	}
	return all
}

func findings(s finding.Set) map[key]finding.Finding {
	all := map[key]finding.Finding{}
	for _, f := range s.Findings {
		all[key{f.Control, f.Subject}] = f
	}
	return all
}

// subjects are those of both sides, by control, then subject.
func subjects(before, after map[key]finding.Outcome) []key {
	var all []key
	for k := range before {
		all = append(all, k)
	}
	for k := range after {
		if _, both := before[k]; !both {
			all = append(all, k)
		}
	}

	slices.SortFunc(all, func(a, b key) int {
		return cmp.Or(strings.Compare(a.control, b.control), strings.Compare(a.subject, b.subject))
	})
	return all
}

func controls(before, after finding.Set) []Control {
	was := map[string]finding.Outcome{}
	for _, s := range before.Controls {
		was[s.ID] = s.Outcome
	}

	all := []Control{}
	for _, s := range after.Controls {
		all = append(all, Control{s.ID, s.Title, s.Severity, cmp.Or(was[s.ID], None), s.Outcome, s.Reason})
	}
	return all
}
