package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

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

// finish prints the outcomes of audit or evaluate; the error carries the exit
// code.
func (a *app) finish(outcomes []run.Outcome) error {
	s := summary{Schema: "ringfence.summary/1", Conditions: []int{}, Clients: []clientSummary{}}
	for _, o := range outcomes {
		c := clientSummary{Client: o.Client, Run: o.Run, Dir: o.Dir, Skipped: o.Skipped, Conditions: slices.Concat([]int{}, o.Conditions), Controls: slices.Concat([]finding.Summary{}, o.Set.Controls)}
		if o.Err != nil {
			c.Error = o.Err.Error()
			c.Conditions = append(c.Conditions, outcomeCode(o.Err))
		}
		for _, x := range o.Unmatched {
			fmt.Fprintf(a.stderr, "ringfence: warning: exception %q of client %s matches no finding\n", x.Name, o.Client)
		}
		s.Conditions = append(s.Conditions, c.Conditions...)
		s.Clients = append(s.Clients, c)
	}
	slices.Sort(s.Conditions)
	s.Conditions = slices.Compact(s.Conditions)
	s.Exit = run.First(s.Conditions)
	if a.format == "json" {
		if err := a.json(s); err != nil {
			return err
		}
		return exit(s.Exit)
	}
	a.matrix(outcomes)
	a.listFindings(outcomes)
	for _, o := range outcomes {
		if o.Skipped != "" {
			fmt.Fprintf(a.stderr, "ringfence: warning: %s: %s\n", o.Client, o.Skipped)
		}
		if o.Err != nil {
			report(context.Background(), explained(fmt.Errorf("client %s: %w", o.Client, o.Err)), a.stderr)
		}
	}
	return exit(s.Exit)
}

// matrix prints client × family, and where the results are.
func (a *app) matrix(outcomes []run.Outcome) {
	families := usedFamilies(outcomes)
	w := tabwriter.NewWriter(a.stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "CLIENT\t"+strings.ToUpper(strings.Join(families, "\t"))+"\tRESULTS")
	for _, o := range outcomes {
		row := []string{o.Client}
		for _, f := range families {
			row = append(row, cell(o, f))
		}
		fmt.Fprintln(w, strings.Join(append(row, o.Dir), "\t"))
	}
	w.Flush()
}

func usedFamilies(outcomes []run.Outcome) []string {
	used := map[string]bool{}
	for _, o := range outcomes {
		for _, c := range o.Set.Controls {
			used[c.Family] = true
		}
	}
	var all []string
	for _, f := range finding.Families {
		if used[f] {
			all = append(all, f)
			delete(used, f)
		}
	}
	var others []string
	for f := range used {
		others = append(others, f)
	}
	slices.Sort(others)
	return append(all, others...)
}

// cell is a family's outcome for one client with its numbers of subjects.
func cell(o run.Outcome, family string) string {
	if o.Err != nil {
		return "failed"
	}
	if o.Skipped != "" {
		return "not judged"
	}
	var n finding.Counts
	judged := false
	for _, c := range o.Set.Controls {
		if c.Family == family {
			judged = true
			n.Satisfied += c.Subjects.Satisfied
			n.NotSatisfied += c.Subjects.NotSatisfied
			n.Undetermined += c.Subjects.Undetermined
		}
	}
	if !judged {
		return "-"
	}
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
