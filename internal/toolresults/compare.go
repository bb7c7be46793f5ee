package toolresults

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"

	_ "embed" // crosswalk.csv

	"ringfence/collectors/snapshot"
)

//go:embed crosswalk.csv
var crosswalkFile string

// Row says what a check of a tool corresponds to.
type Row struct {
	Tool, Check string
	// Control is ours, "" where none asks the same. Relation: "same", or "part" where
	// the check asks a part of what the control asks.
	Control, Relation string
	// Evidence are the datasets that show what the check is about, Parts those of the
	// tool's own evidence.
	Evidence, Parts []string
	Source          string // the page of the check
}

// Crosswalk is the table, by tool and check.
var Crosswalk = sync.OnceValues(readCrosswalk)

func readCrosswalk() ([]Row, error) {
	r := csv.NewReader(strings.NewReader(crosswalkFile))
	r.Comment, r.FieldsPerRecord = '#', 7
	records, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("crosswalk.csv: %w", err)
	}

	var rows []Row
	for _, f := range records[1:] { // after the header
		rows = append(rows, Row{
			Tool: f[0], Check: f[1], Control: f[2], Relation: f[3],
			Evidence: strings.Fields(f[4]), Parts: strings.Fields(f[5]), Source: f[6],
		})
	}
	return rows, nil
}

// Conclusion is what a check's result is worth.
type Conclusion string

// The conclusions.
const (
	// NoPass: the tool itself does not say that all is well.
	NoPass Conclusion = "no-pass"
	// Seen: a pass, and all datasets that show it are complete in the snapshot.
	Seen Conclusion = "seen"
	// NotSeen: a pass, and something that would show it is not there.
	NotSeen Conclusion = "not-seen"
	// NotCompared: a pass of which nothing was held to anything.
	NotCompared Conclusion = "not-compared"
)

// Line is a check beside what is known of its evidence.
type Line struct {
	Check
	Control    string     `json:"control"` // of ours, "" for none
	Relation   string     `json:"relation,omitempty"`
	Ours       string     `json:"ours,omitempty"` // what our own result says of the control
	Conclusion Conclusion `json:"conclusion"`
	Missing    []string   `json:"missing,omitempty"` // what is not there, with its reason
	Evidence   []string   `json:"evidence,omitempty"`
	Source     string     `json:"source,omitempty"`
}

// Comparison is a report held to a snapshot.
type Comparison struct {
	Schema string `json:"schema"`
	Report
	Lines []Line `json:"results"`

	// Snapshot is the digest of what it was compared with, "" where nothing was.
	Snapshot  string             `json:"snapshot"`
	Client    string             `json:"client"`
	Collected string             `json:"collected_at"`
	Counts    map[Conclusion]int `json:"counts"`
	Outcomes  map[Outcome]int    `json:"outcomes"`
}

// SchemaName is the "schema" of a comparison.
const SchemaName = "ringfence.imported-results/1"

// Compare holds a report to a snapshot, nil where there is none. ours are the
// outcomes of our own controls, by id; nil where nobody judged.
func Compare(r Report, snap *snapshot.Snapshot, ours map[string]string) (Comparison, error) {
	rows, err := Crosswalk()
	if err != nil {
		return Comparison{}, err
	}

	c := Comparison{
		Schema: SchemaName, Report: r, Lines: []Line{},
		Counts: map[Conclusion]int{}, Outcomes: map[Outcome]int{},
	}
	if snap != nil {
		c.Snapshot, c.Client, c.Collected = snap.Digest(), snap.Manifest.Client, snap.Manifest.CollectedAt
	}

	for _, check := range r.Checks {
		line := Line{Check: check, Conclusion: NoPass}
		isIts := func(row Row) bool { return row.Tool == r.Tool && row.Check == bare(r.Tool, check.ID) }
		if i := slices.IndexFunc(rows, isIts); i >= 0 {
			row := rows[i]
			line.Control, line.Relation, line.Ours = row.Control, row.Relation, ours[row.Control]
			line.Source, line.Evidence = row.Source, row.Evidence
			line.Missing = missing(row, r, snap)
		}
		if check.Outcome == Pass {
			line.Conclusion = conclude(line, snap != nil)
		}

		c.Lines = append(c.Lines, line)
		c.Counts[line.Conclusion]++
		c.Outcomes[check.Outcome]++
	}

	// Checks that ask for one control of ours are beside each other.
	slices.SortStableFunc(c.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(none(a.Control), none(b.Control)), cmp.Compare(a.Control, b.Control),
			cmp.Compare(a.ID, b.ID))
	})
	return c, nil
}

// none puts checks without a control of ours last.
func none(control string) int {
	if control == "" {
		return 1
	}
	return 0
}

// bare is a check's id as the table has it: scuba's without its revision.
func bare(tool, id string) string {
	if tool == "scuba" {
		return revision.ReplaceAllString(id, "")
	}
	return id
}

func conclude(line Line, compared bool) Conclusion {
	switch {
	case len(line.Missing) > 0:
		return NotSeen
	case compared && len(line.Evidence) > 0:
		return Seen
	}
	return NotCompared
}

// missing says what is not there of that which shows what a check is about: in the
// tool's own file, and in the snapshot.
func missing(row Row, r Report, snap *snapshot.Snapshot) (all []string) {
	for _, part := range row.Parts {
		if r.Absent != nil && r.Absent(part) {
			all = append(all, part+": not in the tool's own evidence")
		}
	}
	if snap == nil {
		return all
	}

	for _, name := range row.Evidence {
		c, there := snap.Manifest.Datasets[name]
		if there && c.CompleteEverywhere() {
			continue
		}

		text := name + ": not in the snapshot"
		if there {
			text = name + ": " + string(c.Status)
			if c.Status == snapshot.Complete {
				text = name + ": " + string(snapshot.Partial)
			}
		}
		if c.Evidence != nil {
			text += " (" + c.Evidence.Error() + ")"
		}
		all = append(all, text)
	}

	return all
}
