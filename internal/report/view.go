package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/summary"
)

// View is what there is to show of a run, in the order in which it is read. Texts
// that come from a tenant or a fleet file are as they are there: who shows them
// makes them safe for where they go.
type View struct {
	Input

	// The first screen: the verdict on everything and on each family, and the first
	// of the controls that fail.
	Total    Tally
	Families []Family
	Urgent   []*Control

	Controls     []*Control // all, by id
	WithFindings []*Control // not satisfied, or leads; the most severe first
	Unjudged     []*Control // undetermined subjects, or a failed policy; the most severe first

	Ledger *Ledger // as much of the key ledger as a page shows; hides that of Input

	Isolation *Isolation // who reaches whom, nil where nobody was joined; hides that of Input

	Datasets []Dataset // all that the snapshot has or a control reads, by name
	Gaps     []Dataset // those that are not complete and hold back a control
	Files    []File    // by path
}

// maxUrgent is how many controls are on the first screen.
const maxUrgent = 5

// NewView makes the view of a run. Inputs that name different clients or tenants
// are an error.
func NewView(in Input) (*View, error) {
	if err := in.check(); err != nil {
		return nil, err
	}

	v := &View{Input: in, Controls: newControls(in.Set)}
	for _, c := range v.Controls {
		v.Total.add(c)
	}

	v.Families = newFamilies(in.Set.Families, v.Controls)
	v.Urgent = bySeverity(v.Controls, func(c *Control) bool { return c.State == Failed })
	v.Urgent = v.Urgent[:min(len(v.Urgent), maxUrgent)]
	v.WithFindings = bySeverity(v.Controls, func(c *Control) bool { return c.Findings.Total > 0 })
	v.Unjudged = bySeverity(v.Controls, (*Control).leftOpen)

	v.Ledger = newLedger(in.Ledger)
	v.Isolation = newIsolation(in.Isolation)
	v.Datasets = newDatasets(in, v.Controls)
	for _, d := range v.Datasets {
		if !d.Complete() && len(d.HoldsBack) > 0 {
			v.Gaps = append(v.Gaps, d)
		}
	}

	for _, path := range slices.Sorted(maps.Keys(in.Digests)) {
		v.Files = append(v.Files, File{path, in.Digests[path]})
	}

	return v, nil
}

// File is a file of the run folder and its SHA-256 in hex.
type File struct{ Path, SHA256 string }

// Family is a group of controls that answer one question.
type Family struct {
	ID, Name, Question string

	Tally Tally
}

func newFamilies(described []finding.Family, controls []*Control) []Family {
	tallies := map[string]*Tally{}
	for _, c := range controls {
		if tallies[c.Family] == nil {
			tallies[c.Family] = &Tally{}
		}
		tallies[c.Family].add(c)
	}

	var families []Family
	for _, f := range finding.InReadingOrder(described, maps.Keys(tallies)) {
		families = append(families, Family{f.ID, f.Name, f.Question, *tallies[f.ID]})
	}

	return families
}

// Unsafe is the label of a cloud_unsafe block, "" for a real cloud.
func (v *View) Unsafe() string {
	label, ok := strings.CutPrefix(v.Manifest.Cloud, "unsafe:")
	if !ok {
		return ""
	}

	return cmp.Or(label, "unnamed")
}

var cloudNames = map[string]string{
	"public": "Microsoft public cloud",
	"usgov":  "Microsoft US Government cloud",
	"china":  "Microsoft cloud in China (21Vianet)",
}

// CloudName is the Microsoft cloud in words.
func (v *View) CloudName() string { return cmp.Or(cloudNames[v.Manifest.Cloud], v.Manifest.Cloud) }

// Age is the time between the collection and the judgement, "" if either time
// cannot be read.
func (v *View) Age() string {
	asOf, errAsOf := time.Parse(time.RFC3339, v.Set.AsOf)
	collected, errCollected := time.Parse(time.RFC3339, v.Manifest.CollectedAt)
	if errAsOf != nil || errCollected != nil {
		return ""
	}

	age := asOf.Sub(collected)
	switch {
	case age < time.Minute:
		return plural(int(age.Seconds()), "second", "seconds")
	case age < 2*time.Hour:
		return plural(int(age.Minutes()), "minute", "minutes")
	case age < 48*time.Hour:
		return plural(int(age.Hours()), "hour", "hours")
	}

	return plural(int(age.Hours()/24), "day", "days")
}

// Subjects is the number of single verdicts behind the view.
func (v *View) Subjects() int { return summary.Subjects(v.Set.Controls).Total() }

// CompleteDatasets counts those that are complete.
func (v *View) CompleteDatasets() int {
	n := 0
	for _, d := range v.Datasets {
		if d.Complete() {
			n++
		}
	}

	return n
}

// AskedDatasets counts those that somebody wanted to be read.
func (v *View) AskedDatasets() int { return len(v.Datasets) - v.UnaskedDatasets() }

// UnaskedDatasets counts the others: the fleet file did not ask for them, or no control
// needs them.
func (v *View) UnaskedDatasets() int {
	n := 0
	for _, d := range v.Datasets {
		if !d.WasAsked() {
			n++
		}
	}

	return n
}

// Unseen are the datasets that were not read at all.
func (v *View) Unseen() []Dataset {
	seen := func(d Dataset) bool { return d.Judged.Status != string(snapshot.Skipped) }
	return slices.DeleteFunc(slices.Clone(v.Datasets), seen)
}

// Unused are the datasets that were read and that no control reads, by name.
func (v *View) Unused() []string {
	var names []string
	for _, d := range v.Datasets {
		if len(d.ReadBy) == 0 && d.Holds() {
			names = append(names, d.Name)
		}
	}

	return names
}

// Limited are the controls that say what a pass does not prove.
func (v *View) Limited() []*Control {
	unlimited := func(c *Control) bool { return c.Meta.Limits == "" }
	return slices.DeleteFunc(slices.Clone(v.Controls), unlimited)
}

// Param is the effective value of a control's parameter.
type Param struct {
	Control, Name, Description string

	Value  any
	Agreed bool // set in the fleet file; else the control's default
}

// Params lists the parameters of all controls, by control and name.
func (v *View) Params() []Param {
	var params []Param
	for _, c := range v.Controls {
		promised := v.Intent.Client.Params[c.ID]
		for _, name := range slices.Sorted(maps.Keys(c.Meta.Params)) {
			declared := c.Meta.Params[name]
			value, agreed := promised[name]
			if !agreed {
				value = declared.Default
			}

			params = append(params, Param{c.ID, name, oneLine(declared.Description), value, agreed})
		}
	}

	return params
}

// Exception is one of the promise's exceptions and what it covers in this run.
type Exception struct {
	intent.Exception

	Expired bool
	Covers  int // findings
}

// Exceptions lists the client's exceptions with the number of findings that
// each matches.
func (v *View) Exceptions() []Exception {
	covers, expired := map[string]int{}, map[string]bool{}
	for _, f := range v.Set.Findings {
		if f.Excepted != nil {
			covers[f.Excepted.Name]++
			expired[f.Excepted.Name] = f.Excepted.Expired
		}
	}

	var exceptions []Exception
	for _, e := range v.Intent.Exceptions {
		over := expired[e.Name] || isOver(e.Expires, v.Set.AsOf)
		exceptions = append(exceptions, Exception{e, over, covers[e.Name]})
	}

	return exceptions
}

// isOver reports whether as-of is past the end of the day, UTC.
func isOver(day, asOf string) bool {
	t, err := time.Parse(time.RFC3339, asOf)
	return err == nil && t.UTC().Format(time.DateOnly) > day
}

// Sums is the digest table as sha256sum reads it.
func (v *View) Sums() string {
	var b strings.Builder
	for _, f := range v.Files {
		fmt.Fprintf(&b, "%s  %s\n", plain(f.SHA256), plain(f.Path))
	}

	return b.String()
}
