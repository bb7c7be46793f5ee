package summary

import (
	"cmp"
	"slices"

	"ringfence/engine/finding"
)

// Worst is a list of the worst findings: the most severe first, of one severity
// violations before what is undetermined. A finding that a valid exception covers
// is not listed.
//
// A violation has a line of its own. What is undetermined has one per control and
// client, since one gap in the evidence leaves many subjects undetermined: "412
// subjects, such as entra.users/…".
type Worst struct {
	Limit int    // how many lines are kept
	Lines []Line // the first Limit of them
	Total int    // how many lines there are, with those that are not kept

	rank map[string]int // of a client by its label, where lines are equally bad
}

// Line is one entry of [Worst].
type Line struct {
	Client   string
	Subjects int // how many subjects it stands for; Finding is that of the first
	finding.Finding
}

// Add adds the findings of one client.
func (w *Worst) Add(client string, findings []finding.Finding) {
	lines := newLines(client, findings)
	w.Total += len(lines)

	w.Lines = append(w.Lines, lines...)
	slices.SortStableFunc(w.Lines, func(x, y Line) int {
		return cmp.Or(
			slices.Index(finding.Severities, y.Severity)-slices.Index(finding.Severities, x.Severity),
			cmp.Compare(x.Outcome, y.Outcome),
			w.rank[x.Client]-w.rank[y.Client])
	})
	w.Lines = slices.Clone(w.Lines[:min(len(w.Lines), w.Limit)])
}

func newLines(client string, findings []finding.Finding) []Line {
	var lines []Line
	undetermined := map[string]int{} // control -> index of its line
	for _, f := range findings {
		if f.Accepted() {
			continue
		}

		if f.Outcome == finding.Undetermined {
			if i, ok := undetermined[f.Control]; ok {
				lines[i].Subjects++
				continue
			}
			undetermined[f.Control] = len(lines)
		}

		lines = append(lines, Line{Client: client, Subjects: 1, Finding: f})
	}

	return lines
}
