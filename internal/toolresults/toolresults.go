// Package toolresults reads what other checkers say of a tenant, and holds what they
// passed to the evidence of a snapshot: a pass is worth as much as what was seen.
//
//	report, err := toolresults.Parse("maester", data)
//	compared := toolresults.Compare(report, snap, controls)
//
// Which of their checks correspond to which control of ours, and which datasets show
// what a check is about, is a table with a source in each row (crosswalk.csv).
package toolresults

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Outcome is what a check says.
type Outcome string

// The outcomes. A check that has several results has the first of these that one of
// them has, so that no pass hides a failure.
const (
	Fail    Outcome = "fail"
	Failed  Outcome = "error"   // the check itself failed
	Manual  Outcome = "manual"  // a person has to look
	Skipped Outcome = "skipped" // not run, not licensed, muted, omitted
	Pass    Outcome = "pass"
)

// Outcomes are all outcomes, the worst first.
var Outcomes = []Outcome{Fail, Failed, Manual, Skipped, Pass}

// Check is one check of a tool, with all of its results as one.
type Check struct {
	ID      string  `json:"id"` // the tool's own: "EIDSCA.AP04"
	Title   string  `json:"title"`
	Outcome Outcome `json:"outcome"`
	Results int     `json:"results"` // how many there are
}

// Report is a file of a tool.
type Report struct {
	Tool     string  `json:"tool"`    // one of Tools
	Version  string  `json:"version"` // as it says, "" where it does not
	TenantID string  `json:"tenant_id"`
	At       string  `json:"at"` // when it ran, as it says
	Checks   []Check `json:"checks"`

	// Absent are the parts of the tool's own evidence, in the same file, that are not
	// there, by name: of scuba those of its settings export. nil where it holds none.
	Absent func(part string) bool `json:"-"`
}

// parsers are those of the tools whose files are known.
var parsers = map[string]func([]byte) (*builder, error){
	"maester": parseMaester,
	"prowler": parseProwler,
	"scuba":   parseScuba,
	"zta":     parseZTA,
}

// Tools are the tools whose files are known, sorted.
func Tools() []string { return slices.Sorted(maps.Keys(parsers)) }

// Parse reads the file of a tool.
func Parse(tool string, data []byte) (Report, error) {
	parse := parsers[tool]
	if parse == nil {
		return Report{}, fmt.Errorf("%q is none of %s", tool, strings.Join(Tools(), ", "))
	}

	b, err := parse(bytes.TrimPrefix(data, []byte("\ufeff")))
	if err != nil {
		return Report{}, err
	}
	if len(b.checks) == 0 {
		return Report{}, fmt.Errorf("holds no result of %s", tool)
	}

	b.report.Tool = tool
	for _, id := range slices.Sorted(maps.Keys(b.checks)) {
		b.report.Checks = append(b.report.Checks, *b.checks[id])
	}
	return b.report, nil
}

// builder collects results by check.
type builder struct {
	report Report
	checks map[string]*Check
}

func newBuilder() *builder { return &builder{checks: map[string]*Check{}} }

// add adds one result.
func (b *builder) add(id, title string, outcome Outcome) error {
	if id == "" || len(id) > 200 {
		return fmt.Errorf("result %d has no id of a check", len(b.checks)+1)
	}

	c := b.checks[id]
	if c == nil {
		c = &Check{ID: id, Title: title, Outcome: outcome}
		b.checks[id] = c
	}
	c.Results++
	if slices.Index(Outcomes, outcome) < slices.Index(Outcomes, c.Outcome) {
		c.Outcome = outcome
	}
	return nil
}

// tenant notes whose results these are. A file about several tenants is refused: a
// pass of one would be taken for one of the other.
func (b *builder) tenant(id string) error {
	id = strings.ToLower(id)
	if b.report.TenantID != "" && id != "" && id != b.report.TenantID {
		return fmt.Errorf("is about two tenants, %s and %s: split it", b.report.TenantID, id)
	}
	b.report.TenantID = cmp.Or(b.report.TenantID, id)
	return nil
}

// outcomeOf is the outcome for a tool's own word. What is not known is no pass.
func outcomeOf(word string, known map[string]Outcome) Outcome {
	return cmp.Or(known[strings.ToLower(word)], Failed)
}
