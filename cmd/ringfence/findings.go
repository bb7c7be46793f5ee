package main

import (
	"cmp"
	"fmt"
	"slices"

	"ringfence/engine/finding"
	"ringfence/internal/run"
)

// shown is how many findings the text output lists; all are in the run folder.
const shown = 20

// line is one entry of the list under the matrix.
type line struct {
	client string
	count  int // how many subjects it stands for
	finding.Finding
}

// worst are the findings that the text output lists: what counts for the exit
// code, the worst first; every violation, and what is undetermined once a
// control, since a gap in the evidence hits many subjects for one reason.
type worst struct {
	lines []line // at most shown
	total int
}

func (w *worst) add(o run.Outcome) {
	lines := toList(o)
	w.total += len(lines)
	w.lines = append(w.lines, lines...)
	slices.SortStableFunc(w.lines, func(x, y line) int {
		return cmp.Or(
			slices.Index(finding.Severities, y.Severity)-slices.Index(finding.Severities, x.Severity),
			cmp.Compare(x.Outcome, y.Outcome))
	})

	w.lines = slices.Clone(w.lines[:min(len(w.lines), shown)])
}

func (a *app) listFindings(w worst) {
	if w.total > 0 {
		a.print("\n")
	}
	for _, l := range w.lines {
		subject := l.Subject
		if l.count > 1 {
			subject = fmt.Sprintf("%d subjects, such as %s", l.count, subject)
		}
		a.printf("%s: %s %s, %s: %s\n    %s\n", l.client, l.Control, l.Severity, l.Outcome, subject, l.Message)
	}

	if more := w.total - len(w.lines); more > 0 {
		a.printf("and %d more: findings.json and report.html in the results folder list all\n", more)
	}
}

func toList(o run.Outcome) []line {
	var all []line
	gaps := map[string]int{} // control -> index of its undetermined line
	for _, f := range o.Set.Findings {
		at, grouped := gaps[f.Control]
		switch {
		case f.Accepted():
			continue
		case f.Outcome == finding.Undetermined && grouped:
			all[at].count++
			continue
		case f.Outcome == finding.Undetermined:
			gaps[f.Control] = len(all)
		}

		all = append(all, line{o.Client, 1, f})
	}

	return all
}
