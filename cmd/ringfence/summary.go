package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"ringfence/engine/finding"
	"ringfence/internal/run"
	"ringfence/internal/summary"
	"ringfence/internal/terminal"
)

// shownFindings is how many findings the text output lists; all are in the run
// folder.
const shownFindings = 20

// tally takes in what became of each client, warns about it at once, and prints
// the summary of all of them at the end.
type tally struct {
	app   *app
	fleet *summary.Fleet
}

func (a *app) newTally() *tally {
	return &tally{app: a, fleet: summary.New(shownFindings)}
}

func (t *tally) add(o run.Outcome) {
	t.fleet.Add(newClient(o), o.Set.Findings)

	for _, x := range o.Unmatched {
		t.app.warn("exception %q of client %s matches no finding", x.Name, o.Client)
	}

	if o.Skipped != "" {
		t.app.warn("%s: %s", o.Client, o.Skipped)
	}

	if o.Withdrawn {
		t.app.warn("%s: its earlier result was taken out of --out, so that it does not pass for today's; "+
			"--data keeps it", o.Client)
	}

	if o.Err != nil {
		t.app.reportFailed(o)
	}
}

func newClient(o run.Outcome) summary.Client {
	c := summary.Client{
		Client:     o.Client,
		Run:        o.Run,
		Dir:        o.Dir,
		Conditions: o.Conditions,
		Withdrawn:  o.Withdrawn,
		Skipped:    o.Skipped,
		Controls:   o.Set.Controls,
		Families:   o.Set.Families,
		Timings:    o.Timings,
	}

	if o.Err != nil {
		c.Error = o.Err.Error()
		c.Conditions = append(slices.Clip(c.Conditions), outcomeCode(o.Err))
	}

	return c
}

// reportFailed prints why a client failed, while others may still be worked on.
func (a *app) reportFailed(o run.Outcome) {
	err := o.Err
	if o.Client != "" {
		err = fmt.Errorf("client %s: %w", o.Client, err)
	}
	a.report(context.Background(), explained(err))
}

// finish prints the matrix and the worst findings, or all as JSON. Its error
// carries the exit code.
func (t *tally) finish() error {
	t.fleet.Exit = run.First(t.fleet.Conditions)

	if t.app.format == "json" {
		if err := t.app.json(t.fleet); err != nil {
			return err
		}
		return exit(t.fleet.Exit)
	}

	t.app.printMatrix(t.fleet.Matrix())
	t.app.printWorst(t.fleet.Worst)
	t.warnHidden()

	return exit(t.fleet.Exit)
}

// warnHidden names the conditions that hold beside the one that is the exit code:
// a client that failed must not hide behind another one's violation.
func (t *tally) warnHidden() {
	var hidden []string
	for _, code := range t.fleet.Conditions {
		if code != t.fleet.Exit {
			hidden = append(hidden, strconv.Itoa(code))
		}
	}

	if len(hidden) > 0 {
		t.app.warn("the exit code is %d; %s holds, too", t.fleet.Exit, strings.Join(hidden, " and "))
	}
}

// printMatrix prints client × family, and where the results are.
func (a *app) printMatrix(m summary.Matrix) {
	families, header := m.Families, []string{"CLIENT"}
	for _, family := range families {
		header = append(header, strings.ToUpper(family.ID))
	}

	if len(families) == 0 { // no client was judged: a column says so
		families, header = []finding.Family{{}}, append(header, "OUTCOME")
	}

	rows := [][]string{append(header, "RESULTS")}
	numbers := false
	for _, r := range m.Rows {
		cells := []string{r.Client.Client}
		if r.Client.Client == "" {
			cells[0] = "(unknown)"
		}

		for _, family := range families {
			text := cell(r, family.ID)
			numbers = numbers || strings.HasSuffix(text, ")")
			cells = append(cells, text)
		}

		rows = append(rows, append(cells, r.Client.Dir))
	}

	a.printColored(rows)

	if numbers {
		a.print("(Numbers count controls; each control judges many subjects.)\n")
	}
}

// outcomeColors are the colours of the cells that begin with these words.
var outcomeColors = []struct {
	word  string
	color terminal.Color
}{
	{string(finding.NotSatisfied), terminal.Red},
	{"failed", terminal.Red},
	{string(finding.Undetermined), terminal.Yellow},
	{string(finding.Satisfied), terminal.Green},
}

// printColored prints an aligned table: the first row is its header, the first and the
// last column are names, and the cells between them outcomes.
func (a *app) printColored(rows [][]string) {
	const gap = 3
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i := range row {
			row[i] = terminal.Safe(row[i])
			widths[i] = max(widths[i], terminal.Width(row[i]))
		}
	}

	for n, row := range rows {
		var line strings.Builder
		for i, text := range row {
			isOutcome := n > 0 && i > 0 && i < len(row)-1
			line.WriteString(a.paint(text, isOutcome))
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-terminal.Width(text)+gap))
			}
		}
		io.WriteString(a.painted, line.String()+"\n") // all cells are safe
	}
}

// paint is an outcome in its colour, where stdout has colours.
func (a *app) paint(text string, isOutcome bool) string {
	if !isOutcome || !a.colored {
		return text
	}
	for _, o := range outcomeColors {
		if strings.HasPrefix(text, o.word) {
			return o.color.Paint(text)
		}
	}
	return text
}

// cell is a family's outcome for one client, with the numbers of controls that are
// not satisfied: "not-satisfied (2), undetermined (1)".
func cell(r summary.Row, family string) string {
	n, ok := r.Families[family]
	switch {
	case r.Client.Error != "":
		return "failed"
	case r.Client.Skipped != "":
		return "not judged"
	case !ok:
		return "-"
	}

	var parts []string
	if n.NotSatisfied > 0 {
		parts = append(parts, fmt.Sprintf("%s (%d)", finding.NotSatisfied, n.NotSatisfied))
	}
	if n.Undetermined > 0 {
		parts = append(parts, fmt.Sprintf("%s (%d)", finding.Undetermined, n.Undetermined))
	}
	if len(parts) == 0 {
		return string(n.Outcome())
	}

	return strings.Join(parts, ", ")
}

func (a *app) printWorst(w summary.Worst) {
	if w.Total > 0 {
		a.print("\n")
	}

	for _, l := range w.Lines {
		subject := l.Subject
		if l.Subjects > 1 {
			subject = fmt.Sprintf("%d subjects, such as %s", l.Subjects, subject)
		}
		a.printf("%s: %s %s, %s: %s\n", l.Client, l.Control, l.Severity, l.Outcome, subject)
		a.printf("    %s\n", l.Message)
	}

	if hidden := w.Total - len(w.Lines); hidden > 0 {
		a.printf("and %d more: findings.json and report.html in the results folder list all\n", hidden)
	}
}
