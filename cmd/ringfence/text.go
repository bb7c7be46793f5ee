package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"ringfence/engine/finding"
	"ringfence/internal/run"
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
	failed  []run.Outcome
}

// row is one client's line of the matrix.
type row struct {
	client, dir string
	cells       map[string]string // by family
	other       string            // what every cell says instead: "failed"
}

func (a *app) tally() *tally {
	return &tally{app: a, summary: summary{Schema: "ringfence.summary/1", Conditions: []int{}, Clients: []clientSummary{}, Timings: map[string]time.Duration{}}}
}

// add takes one outcome in. Warnings about it are printed at once.
func (t *tally) add(o run.Outcome) {
	c := clientSummary{Client: o.Client, Run: o.Run, Dir: o.Dir, Skipped: o.Skipped, Conditions: append([]int{}, o.Conditions...), Controls: append([]finding.Summary{}, o.Set.Controls...)}
	if o.Err != nil {
		c.Error = o.Err.Error()
		c.Conditions = append(c.Conditions, outcomeCode(o.Err))
	}
	for _, x := range o.Unmatched {
		fmt.Fprintf(t.app.stderr, "ringfence: warning: exception %q of client %s matches no finding\n", x.Name, o.Client)
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
	if o.Err != nil || o.Skipped != "" {
		t.failed = append(t.failed, o)
	}
}

// finish prints the matrix and the worst findings; the error carries the exit
// code.
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
	for _, o := range t.failed {
		if o.Skipped != "" {
			fmt.Fprintf(a.stderr, "ringfence: warning: %s: %s\n", o.Client, o.Skipped)
		}
		if o.Err != nil {
			report(context.Background(), explained(namely(o)), a.stderr)
		}
	}
	return exit(t.summary.Exit)
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
	w := tabwriter.NewWriter(a.stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "CLIENT\t"+cmp.Or(strings.ToUpper(strings.Join(families, "\t")), "OUTCOME")+"\tRESULTS")
	for _, r := range rows {
		line := []string{r.client}
		for _, f := range families {
			line = append(line, cmp.Or(r.other, r.cells[f], "-"))
		}
		if len(families) == 0 { // no client was judged
			line = append(line, cmp.Or(r.other, "-"))
		}
		fmt.Fprintln(w, strings.Join(append(line, r.dir), "\t"))
	}
	w.Flush()
	if slices.ContainsFunc(rows, row.counts) {
		fmt.Fprintln(a.stdout, "(Numbers count controls; each control judges many subjects.)")
	}
}

// counts reports whether a row shows a number.
func (r row) counts() bool {
	return r.other == "" && slices.ContainsFunc(slices.Collect(maps.Values(r.cells)), func(c string) bool { return strings.Contains(c, "(") })
}

// usedFamilies are ours in their order, then others.
func usedFamilies(rows []row) []string {
	used := map[string]bool{}
	for _, r := range rows {
		for f := range r.cells {
			used[f] = true
		}
	}
	rank := func(f string) int {
		if i := slices.Index(finding.Families, f); i >= 0 {
			return i
		}
		return len(finding.Families)
	}
	return slices.SortedFunc(maps.Keys(used), func(x, y string) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x, y))
	})
}

func newRow(o run.Outcome) row {
	r := row{client: cmp.Or(o.Client, "(unknown)"), dir: o.Dir, cells: map[string]string{}}
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

// table starts an aligned table with a header.
func table(w io.Writer, header ...string) *tabwriter.Writer {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, strings.Join(header, "\t"))
	return t
}
