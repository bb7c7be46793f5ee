// Package finding holds what an evaluation says: a verdict for each subject of
// each control. It is a leaf: plain types, no I/O, no OPA.
package finding

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// SchemaName is the "schema" of findings.json.
const SchemaName = "ringfence.findings/1"

// Outcome is a verdict.
type Outcome string

const (
	Satisfied     Outcome = "satisfied"
	NotSatisfied  Outcome = "not-satisfied"
	Undetermined  Outcome = "undetermined"
	NotApplicable Outcome = "not-applicable"
)

// Severities from the least to the most severe.
var Severities = []string{"low", "medium", "high", "critical"}

// AtLeast reports whether severity is floor or above.
func AtLeast(severity, floor string) bool {
	return slices.Index(Severities, severity) >= slices.Index(Severities, floor)
}

// Families in the order in which people read them.
var Families = []string{"isolation", "keyownership", "geofence", "provisioning", "mapping"}

// Control is a control's METADATA: the only home of its title, severity,
// mappings and help.
type Control struct {
	ID          string              `json:"id"`
	Package     string              `json:"package"`
	Title       string              `json:"title"`
	Description string              `json:"description"`
	Family      string              `json:"family"`
	Severity    string              `json:"severity"`
	Scope       Scope               `json:"scope"`
	Since       string              `json:"since"`
	Maps        map[string][]string `json:"maps"`
	Params      map[string]Param    `json:"params"`
	Remediation string              `json:"remediation"`
	Limits      string              `json:"limits"`
	Resources   []Resource          `json:"related_resources"`
	File        string              `json:"-"` // the policy file, for messages
}

// Param is a parameter of a control: type is boolean, integer, string or
// strings (a list).
type Param struct {
	Type        string `json:"type"`
	Default     any    `json:"default"`
	Description string `json:"description"`
}

// Resource is a page to read.
type Resource struct {
	Ref         string `json:"ref"`
	Description string `json:"description"`
}

// Verdict is one line of verdicts.ndjson.
type Verdict struct {
	Control string  `json:"control"`
	Subject string  `json:"subject"`
	Outcome Outcome `json:"outcome"`
}

// Finding is a subject that is not satisfied. Evidence is a list of
// "<subject>#/json/pointer". Lead marks a violation that was seen although not
// everything that the judgement needs was.
type Finding struct {
	UUID     string    `json:"uuid"`
	Control  string    `json:"control"`
	Subject  string    `json:"subject"`
	Outcome  Outcome   `json:"outcome"`
	Lead     bool      `json:"lead,omitempty"`
	Severity string    `json:"severity"`
	Message  string    `json:"message"`
	Observed any       `json:"observed"`
	Expected any       `json:"expected"`
	Evidence []string  `json:"evidence"`
	Excepted *Excepted `json:"excepted,omitempty"`
}

// Excepted says which exception matches a finding. Whole: the exception names
// no subject, so it accepts the whole control. Expired exceptions stay visible
// and accept nothing.
type Excepted struct {
	Name       string `json:"name"`
	Reason     string `json:"reason"`
	ApprovedBy string `json:"approved_by"`
	Expires    string `json:"expires"`
	Whole      bool   `json:"whole"`
	Expired    bool   `json:"expired"`
}

// Accepted reports whether a valid exception covers the finding.
func (f Finding) Accepted() bool { return f.Excepted != nil && !f.Excepted.Expired }

// Counts of a control's subjects.
type Counts struct {
	Satisfied    int `json:"satisfied"`
	NotSatisfied int `json:"not-satisfied"`
	Undetermined int `json:"undetermined"`
}

// Summary is a control's line in findings.json. Reason says why an outcome is
// not-applicable or undetermined as a whole, or "".
type Summary struct {
	ID       string  `json:"id"`
	Title    string  `json:"title"`
	Family   string  `json:"family"`
	Severity string  `json:"severity"`
	Outcome  Outcome `json:"outcome"`
	Subjects Counts  `json:"subjects"`
	Reason   string  `json:"reason"`
}

// Coverage is the one answer to "how complete is this dataset": its status as
// judged, with age, licences, promises and contradictions applied, and why it is
// that ("" where there is nothing to say). Scopes are those of a dataset that is
// read per parent, sorted. Statuses are those of the snapshot's coverage.
type Coverage struct {
	Status string          `json:"status"`
	Reason string          `json:"reason"`
	Scopes []ScopeCoverage `json:"scopes,omitempty"`
}

// Complete reports whether nothing at all is missing, in any scope.
func (c Coverage) Complete() bool {
	return c.Status == "complete" && !slices.ContainsFunc(c.Scopes, func(s ScopeCoverage) bool { return s.Status != "complete" })
}

// ScopeCoverage is the coverage of one parent: a subscription, a group.
type ScopeCoverage struct {
	Scope  string `json:"scope"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// Set is findings.json (ringfence.findings/1): a pure function of snapshot,
// intent, policies, engine version and as-of. Controls are sorted by id,
// findings by control, then subject. Snapshot, Intent and Policies are the
// inputs' digests.
//
// On disk a set is whole: Parse reads it back from findings.json and
// verdicts.ndjson. What is of the policies and not of the judgement, Metadata and
// Reads, is in the policies.
type Set struct {
	Schema   string    `json:"schema"`
	Client   string    `json:"client"`
	TenantID string    `json:"tenant_id"`
	Snapshot string    `json:"snapshot"`
	Intent   string    `json:"intent"`
	Policies string    `json:"policies"`
	AsOf     string    `json:"as_of"`
	Controls []Summary `json:"controls"`
	Findings []Finding `json:"findings"`
	// Coverage says how complete each dataset is, as judged: of the snapshot, and
	// those that a control reads and the snapshot lacks.
	Coverage map[string]Coverage `json:"coverage"`

	// Errors holds policy errors by control id. A run with one exits 1.
	Errors map[string]string `json:"errors,omitempty"`

	// Verdicts holds every (control, subject, outcome) in the same order:
	// verdicts.ndjson.
	Verdicts []Verdict `json:"-"`
	// Metadata holds the METADATA of each control of Controls, in their order.
	Metadata []Control `json:"-"`
	// Reads holds, per control id, the datasets that the control reads, sorted.
	Reads map[string][]string `json:"-"`
}

// Namespace is the UUIDv5 namespace of every uuid that ringfence makes.
var Namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:ringfence"))

// UUID is the v5 uuid of the parts, joined by LF.
func UUID(parts ...string) string {
	return uuid.NewSHA1(Namespace, []byte(strings.Join(parts, "\n"))).String()
}

// ObservationUUID is the uuid of one subject's observation under a control,
// the same from run to run; subject "*" is the summary of all satisfied ones.
func ObservationUUID(tenant, control, subject string) string {
	return UUID("observation", tenant, control, subject)
}

// RunID is the id of a run: a function of its inputs.
func RunID(snapshot, intent, policies, engine, asOf string) string {
	return UUID("run", snapshot, intent, policies, engine, asOf)
}

// Check reports whether a value has the parameter's type. Numbers may come as
// json.Number, int or float64, lists as []any or []string.
func (p Param) Check(v any) error {
	ok := false
	switch p.Type {
	case "boolean":
		_, ok = v.(bool)
	case "string":
		_, ok = v.(string)
	case "integer":
		ok = isInteger(v)
	case "strings":
		ok = isStrings(v)
	default:
		return fmt.Errorf("type %q is not boolean, integer, string or strings", p.Type)
	}

	if !ok {
		return fmt.Errorf("%v is not of type %s", v, p.Type)
	}

	return nil
}

func isInteger(v any) bool {
	switch v := v.(type) {
	case int, int64:
		return true
	case float64:
		return v == math.Trunc(v)
	case json.Number:
		_, err := v.Int64()
		return err == nil
	}

	return false
}

func isStrings(v any) bool {
	switch v := v.(type) {
	case []string:
		return true
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { _, ok := e.(string); return !ok })
	}

	return false
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

// Outcome is a control's outcome: not-satisfied before undetermined before
// satisfied before not-applicable.
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
