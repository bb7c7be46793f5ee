package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"ringfence/engine/finding"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
)

func severity(s string) bool { return slices.Contains(finding.Severities, s) }

func named(keys []string, spki string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, spki) })
}

// summary is what audit and evaluate print with --format json.
type summary struct {
	Schema     string          `json:"schema"`
	Exit       int             `json:"exit"`
	Conditions []int           `json:"conditions"`
	Clients    []clientSummary `json:"clients"`
	// Timings are nanoseconds by stage, over all goroutines.
	Timings map[string]time.Duration `json:"timings,omitempty"`
}

type clientSummary struct {
	Client     string            `json:"client"`
	Run        string            `json:"run"`
	Dir        string            `json:"dir"`
	Conditions []int             `json:"conditions"`
	Error      string            `json:"error,omitempty"`
	Withdrawn  bool              `json:"withdrawn,omitempty"` // an older result was taken out of --out
	Skipped    string            `json:"skipped,omitempty"`
	Controls   []finding.Summary `json:"controls"`
}

// tally is what audit and evaluate print at the end. It keeps some lines of
// each client, not its findings: a fleet may have many.
type tally struct {
	app     *app
	summary summary
	rows    []row
	worst   worst
	// said: each failure was printed when it happened.
	said bool
}

// row is one client's line of the matrix.
type row struct {
	client, dir string
	cells       map[string]string // by family
	described   []finding.Family  // what the policies say about families
	other       string            // what every cell says instead: "failed"
}

func (a *app) tally() *tally {
	return &tally{app: a, summary: summary{Schema: "ringfence.summary/1", Conditions: []int{}, Clients: []clientSummary{}, Timings: map[string]time.Duration{}}}
}

// add takes one outcome in. Warnings about it are printed at once.
func (t *tally) add(o run.Outcome) {
	c := clientSummary{Client: o.Client, Run: o.Run, Dir: o.Dir, Skipped: o.Skipped, Withdrawn: o.Withdrawn, Conditions: append([]int{}, o.Conditions...), Controls: append([]finding.Summary{}, o.Set.Controls...)}
	if o.Err != nil {
		c.Error = o.Err.Error()
		c.Conditions = append(c.Conditions, outcomeCode(o.Err))
	}

	for _, x := range o.Unmatched {
		t.app.warn("exception %q of client %s matches no finding", x.Name, o.Client)
	}

	t.summary.Conditions = append(t.summary.Conditions, c.Conditions...)
	slices.Sort(t.summary.Conditions)
	t.summary.Conditions = slices.Compact(t.summary.Conditions)
	t.summary.Clients = append(t.summary.Clients, c)
	for stage, took := range o.Timings {
		t.summary.Timings[stage] += took
	}

	t.rows = append(t.rows, newRow(o))
	t.worst.add(o)

	if o.Skipped != "" {
		t.app.warn("%s: %s", o.Client, o.Skipped)
	}

	if o.Withdrawn {
		t.app.warn("%s: its earlier result was taken out of --out, so that it does not pass for today's; --data keeps it", o.Client)
	}

	if o.Err != nil && !t.said {
		t.app.reportFailed(o)
	}
}

// reportFailed prints why a client failed, while others may still be worked on.
func (a *app) reportFailed(o run.Outcome) {
	a.report(context.Background(), explained(namely(o)))
}

// finish prints the matrix and the worst findings; the error carries the exit
// code. What failed was printed before, when it did.
func (t *tally) finish() error {
	a := t.app
	t.summary.Exit = run.First(t.summary.Conditions)

	if a.format == "json" {
		if err := a.json(t.summary); err != nil {
			return err
		}
		return exit(t.summary.Exit)
	}

	a.matrix(t.rows)
	a.listFindings(t.worst)
	t.sayHidden()

	return exit(t.summary.Exit)
}

// sayHidden names the conditions that hold beside the one that is the exit code:
// a client that failed must not hide behind another one's violation.
func (t *tally) sayHidden() {
	var also []string
	for _, c := range t.summary.Conditions {
		if c != t.summary.Exit {
			also = append(also, strconv.Itoa(c))
		}
	}
	if len(also) > 0 {
		t.app.warn("the exit code is %d; %s holds, too", t.summary.Exit, strings.Join(also, " and "))
	}
}

// namely is an outcome's error with its client, where that could be read.
func namely(o run.Outcome) error {
	if o.Client == "" {
		return o.Err
	}
	return fmt.Errorf("client %s: %w", o.Client, o.Err)
}

// matrix prints client × family, and where the results are. Its numbers are those
// of the report's first page.
func (a *app) matrix(rows []row) {
	families := usedFamilies(rows)
	var heads []string
	for _, f := range families {
		heads = append(heads, strings.ToUpper(f))
	}

	if len(families) == 0 {
		heads = []string{"OUTCOME"}
	}

	w := table(a.stdout)
	tableRow(w, slices.Concat([]string{"CLIENT"}, heads, []string{"RESULTS"})...)

	for _, r := range rows {
		line := []string{r.client}
		for _, f := range families {
			line = append(line, cmp.Or(r.other, r.cells[f], "-"))
		}

		if len(families) == 0 { // no client was judged
			line = append(line, cmp.Or(r.other, "-"))
		}

		tableRow(w, append(line, r.dir)...)
	}

	w.Flush()

	if slices.ContainsFunc(rows, row.counts) {
		a.print("(Numbers count controls; each control judges many subjects.)\n")
	}
}

// counts reports whether a row shows a number.
func (r row) counts() bool {
	return r.other == "" && slices.ContainsFunc(slices.Collect(maps.Values(r.cells)), func(c string) bool { return strings.Contains(c, "(") })
}

// usedFamilies are the families of all controls that were judged.
func usedFamilies(rows []row) []string {
	used := map[string]bool{}
	var described []finding.Family
	for _, r := range rows {
		described = append(described, r.described...)

		for f := range r.cells {
			used[f] = true
		}
	}

	var ids []string
	for _, f := range finding.InReadingOrder(described, maps.Keys(used)) {
		ids = append(ids, f.ID)
	}

	return ids
}

func newRow(o run.Outcome) row {
	r := row{client: cmp.Or(o.Client, "(unknown)"), dir: o.Dir, cells: map[string]string{}, described: o.Set.Families}
	switch {
	case o.Err != nil:
		r.other = "failed"
	case o.Skipped != "":
		r.other = "not judged"
	}

	for f, n := range byFamily(o.Set.Controls) {
		r.cells[f] = cell(n)
	}

	return r
}

// byFamily counts controls by their outcome, as the report's first page does.
func byFamily(controls []finding.Summary) map[string]finding.Counts {
	counts := map[string]finding.Counts{}
	for _, c := range controls {
		n := counts[c.Family]
		switch c.Outcome {
		case finding.Satisfied:
			n.Satisfied++
		case finding.NotSatisfied:
			n.NotSatisfied++
		case finding.Undetermined:
			n.Undetermined++
		}

		counts[c.Family] = n
	}

	return counts
}

// cell is a family's outcome for one client with its numbers of controls.
func cell(n finding.Counts) string {
	text := string(n.Outcome())
	switch n.Outcome() {
	case finding.NotSatisfied:
		text += fmt.Sprintf(" (%d)", n.NotSatisfied)
	case finding.Undetermined:
		text += fmt.Sprintf(" (%d)", n.Undetermined)
	}

	if n.NotSatisfied > 0 && n.Undetermined > 0 {
		text += fmt.Sprintf(", undetermined (%d)", n.Undetermined)
	}

	return text
}

// table starts an aligned table; with a header, that is its first row.
func table(w io.Writer, header ...string) *tabwriter.Writer {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	if len(header) > 0 {
		tableRow(t, header...)
	}
	return t
}

// tableRow prints a row. A cell is safe: neither a tab nor a line feed in it makes another.
func tableRow(t io.Writer, cells ...string) {
	for i, c := range cells {
		cells[i] = terminal.Safe(c)
	}
	io.WriteString(t, strings.Join(cells, "\t")+"\n")
}
