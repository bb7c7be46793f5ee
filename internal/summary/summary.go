// Package summary puts the results of many runs beside each other: which clients
// were judged, how many controls of each family are satisfied, and which findings
// are the worst. It takes values and returns values. The terminal, the JSON output
// and the report show its numbers, and a web page or a server can, too:
//
//	fleet := summary.New(20)
//	for _, set := range sets { // a finding.Set per client, for example read from run folders
//		fleet.Add(summary.Client{Client: set.Client, Controls: set.Controls}, set.Findings)
//	}
//	matrix := fleet.Matrix()  // client × family
//	worst := fleet.Worst      // at most 20 findings
//
// A control is counted once, however many subjects it judges.
package summary

import (
	"slices"
	"time"

	"ringfence/engine/finding"
)

// Schema is the "schema" of a [Fleet] as JSON.
const Schema = "ringfence.summary/1"

// Fleet is the summary of several clients. As JSON it is what "ringfence audit"
// and "ringfence evaluate" print with --format json. It keeps a few lines of each
// client and not its findings, of which a fleet may have millions. [New] makes one.
type Fleet struct {
	Schema string `json:"schema"`

	// Exit is the program's exit code: the one of Conditions that comes first in the
	// order of the exit codes. Whoever ends a process with it sets it.
	Exit int `json:"exit"`

	// Conditions are the exit codes that hold for any client, sorted, each once.
	Conditions []int `json:"conditions"`

	// Clients are in the order in which they were added, or as InOrder says.
	Clients []Client `json:"clients"`

	// Timings are nanoseconds by stage, summed over all clients and goroutines.
	Timings map[string]time.Duration `json:"timings,omitempty"`

	// Worst are the worst findings of all clients together.
	Worst Worst `json:"-"`

	rank map[string]int // of a client by its label; nil: as they are added
}

// Client is what became of one client. Where Error or Skipped is set, it has no
// result.
type Client struct {
	Client     string            `json:"client"`              // its label, "" if not known
	Run        string            `json:"run"`                 // the run's id
	Dir        string            `json:"dir"`                 // the published run folder, "" for none
	Conditions []int             `json:"conditions"`          // the exit codes that hold for it
	Error      string            `json:"error,omitempty"`     // why it failed
	Withdrawn  bool              `json:"withdrawn,omitempty"` // an older result is not published any more
	Skipped    string            `json:"skipped,omitempty"`   // why nothing was judged, if no failure
	Controls   []finding.Summary `json:"controls"`

	// Families are those that the policies describe; they say in which order the
	// columns of a [Matrix] are. A family that nobody describes comes last.
	Families []finding.Family `json:"-"`

	// Timings are added to those of the fleet.
	Timings map[string]time.Duration `json:"-"`
}

// New returns the summary of no client. It will list at most limit findings.
func New(limit int) *Fleet {
	return &Fleet{
		Schema:     Schema,
		Conditions: []int{},
		Clients:    []Client{},
		Timings:    map[string]time.Duration{},
		Worst:      Worst{Limit: limit},
	}
}

// InOrder makes the summary the same in whichever order clients are added: they come in
// the order of these labels.
func (f *Fleet) InOrder(labels []string) {
	f.rank = map[string]int{}
	for i, label := range labels {
		f.rank[label] = i
	}
	f.Worst.rank = f.rank
}

// Add adds a client and its findings.
func (f *Fleet) Add(c Client, findings []finding.Finding) {
	c.Conditions = append([]int{}, c.Conditions...) // an empty list, not null, in JSON
	c.Controls = append([]finding.Summary{}, c.Controls...)
	f.Clients = append(f.Clients, c)
	slices.SortStableFunc(f.Clients, func(x, y Client) int { return f.rank[x.Client] - f.rank[y.Client] })

	f.Conditions = append(f.Conditions, c.Conditions...)
	slices.Sort(f.Conditions)
	f.Conditions = slices.Compact(f.Conditions)

	for stage, took := range c.Timings {
		f.Timings[stage] += took
	}

	f.Worst.Add(c.Client, findings)
}
