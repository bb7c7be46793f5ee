package finding

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
)

// SchemaName is the "schema" of findings.json.
const SchemaName = "ringfence.findings/1"

// Set is the result of one evaluation: findings.json and verdicts.ndjson. It is a
// pure function of snapshot, intent, policies, engine version and as-of, so that
// anybody who has those can compute it again and compare the bytes.
type Set struct {
	Schema   string `json:"schema"`
	Client   string `json:"client"` // its label, or "fleet"
	TenantID string `json:"tenant_id"`

	// The inputs: the digests of snapshot, intent and policies, and the time for
	// which they were judged, RFC 3339.
	Snapshot string `json:"snapshot"`
	Intent   string `json:"intent"`
	Policies string `json:"policies"`
	AsOf     string `json:"as_of"`
	// Records is the digest of what the store knows of earlier runs, "" if nobody asked.
	Records string `json:"records,omitempty"`
	// FleetFacts is the digest of what the client hears of others, "" if it heard nothing.
	FleetFacts string `json:"fleet_facts,omitempty"`
	// FleetPaths is the digest of who reaches whom, of a fleet result whose clients were compared.
	FleetPaths string `json:"fleet_paths,omitempty"`

	// Controls are sorted by id, Findings and Verdicts by control, then subject.
	Controls []Summary `json:"controls"`
	Findings []Finding `json:"findings"`
	Verdicts []Verdict `json:"-"` // verdicts.ndjson: every one, also of the satisfied

	// Coverage says how complete each dataset is, as judged: of the snapshot, and
	// those that a control reads and the snapshot lacks.
	Coverage map[string]Coverage `json:"coverage"`
	// Errors holds policy errors by control id. A run with one exits 1.
	Errors map[string]string `json:"errors,omitempty"`

	// What follows from the policies and not from the judgement. It is in no file of
	// a set, since the policies themselves are kept beside it.
	Metadata []Control           `json:"-"` // of Controls, in their order
	Families []Family            `json:"-"` // those that the policies describe
	Reads    map[string][]string `json:"-"` // the datasets that each control reads, sorted
}

// Parse reads a set back from the bytes of findings.json and verdicts.ndjson, all but
// Metadata, Families and Reads. Fields that it does not know are skipped; another
// schema, duplicate keys and invalid UTF-8 are errors.
func Parse(findings, verdicts []byte) (Set, error) {
	var s Set
	if err := json.Unmarshal(findings, &s); err != nil {
		return s, fmt.Errorf("reading findings.json: %w", err)
	}
	if s.Schema != SchemaName {
		return s, fmt.Errorf("reading findings.json: schema is %q, not %q", s.Schema, SchemaName)
	}

	for line := range bytes.Lines(verdicts) {
		var v Verdict
		if err := json.Unmarshal(line, &v); err != nil {
			return s, fmt.Errorf("reading verdicts.ndjson, line %d: %w", len(s.Verdicts)+1, err)
		}
		s.Verdicts = append(s.Verdicts, v)
	}

	return s, nil
}

// Summary is a control's line in findings.json.
type Summary struct {
	ID       string  `json:"id"`
	Title    string  `json:"title"`
	Family   string  `json:"family"`
	Severity string  `json:"severity"`
	Outcome  Outcome `json:"outcome"` // see Counts.Outcome
	Subjects Counts  `json:"subjects"`
	// Reason says why the control as a whole is not applicable or undetermined, "" if
	// it is neither.
	Reason string `json:"reason"`
}

// Counts of a control's subjects.
type Counts struct {
	Satisfied    int `json:"satisfied"`
	NotSatisfied int `json:"not-satisfied"`
	Undetermined int `json:"undetermined"`
}

// Add counts one subject.
func (c *Counts) Add(o Outcome) {
	switch o {
	case Satisfied:
		c.Satisfied++
	case NotSatisfied:
		c.NotSatisfied++
	default:
		c.Undetermined++
	}
}

// Outcome is a control's outcome, the worst of its subjects': not-satisfied before
// undetermined before satisfied, and not-applicable where there are none.
func (c Counts) Outcome() Outcome {
	switch {
	case c.NotSatisfied > 0:
		return NotSatisfied
	case c.Undetermined > 0:
		return Undetermined
	case c.Satisfied > 0:
		return Satisfied
	}
	return NotApplicable
}

// Total is the number of subjects.
func (c Counts) Total() int { return c.Satisfied + c.NotSatisfied + c.Undetermined }

// Coverage is the one answer to "how complete is this dataset": its status as
// judged, with age, licences, promises and contradictions applied. It is never
// better than the status in the snapshot.
type Coverage struct {
	Status string `json:"status"` // a snapshot.Status
	Reason string `json:"reason"` // "" where there is nothing to say
	// Scopes are those of a dataset that is read per parent, sorted.
	Scopes []ScopeCoverage `json:"scopes,omitempty"`
}

// ScopeCoverage is the coverage of one parent: a subscription, a group.
type ScopeCoverage struct {
	Scope  string `json:"scope"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// Complete reports whether nothing at all is missing, in any scope.
func (c Coverage) Complete() bool {
	isHole := func(s ScopeCoverage) bool { return s.Status != "complete" }
	return c.Status == "complete" && !slices.ContainsFunc(c.Scopes, isHole)
}
