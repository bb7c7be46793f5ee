package report

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// view is what the templates see.
type view struct {
	Input
	CSP   template.HTMLAttr
	Style template.CSS

	Total    tally
	Families []family
	Urgent   []*control // the first of those that fail
	Controls []*control
	Deviant  []*control // with findings
	Unjudged []*control // undetermined subjects, or a failed policy
	Datasets []dataset
	Gaps     []dataset // not complete, and an undetermined control reads them
	Files    []digest
}

// shownUrgent bounds the list on the first screen.
const shownUrgent = 5

func newView(in Input) *view {
	v := &view{Input: in, CSP: policy(), Style: template.CSS(style), Controls: newControls(in.Set)}
	for _, c := range v.Controls {
		v.Total.add(c)
	}

	v.Families = newFamilies(in.Set.Families, v.Controls)
	v.Urgent = bySeverity(v.Controls, func(c *control) bool { return c.State == failed })
	v.Urgent = v.Urgent[:min(len(v.Urgent), shownUrgent)]
	v.Deviant = bySeverity(v.Controls, func(c *control) bool { return c.Findings.Total > 0 })
	v.Unjudged = bySeverity(v.Controls, func(c *control) bool {
		return c.Unjudged.Total > 0 || c.Error != "" || c.Outcome == finding.Undetermined && c.Findings.Total == 0
	})
	v.Datasets = newDatasets(in, v.Controls)
	for _, d := range v.Datasets {
		if !d.Complete() && len(d.Held) > 0 {
			v.Gaps = append(v.Gaps, d)
		}
	}

	for _, path := range slices.Sorted(maps.Keys(in.Digests)) {
		v.Files = append(v.Files, digest{path, in.Digests[path]})
	}

	return v
}

type digest struct{ Path, SHA256 string }

// family is a tile of the first screen.
type family struct {
	ID, Name, Question string
	Tally              tally
}

func newFamilies(described []finding.Family, controls []*control) []family {
	tallies := map[string]*tally{}
	for _, c := range controls {
		if tallies[c.Family] == nil {
			tallies[c.Family] = &tally{}
		}
		tallies[c.Family].add(c)
	}

	var out []family
	for _, f := range finding.InReadingOrder(described, maps.Keys(tallies)) {
		out = append(out, family{f.ID, f.Name, f.Question, *tallies[f.ID]})
	}

	return out
}

// Unsafe is the label of a cloud_unsafe block, "" for a real cloud.
func (v *view) Unsafe() string {
	label, ok := strings.CutPrefix(v.Manifest.Cloud, "unsafe:")
	switch {
	case !ok:
		return ""
	case label == "":
		return "unnamed"
	}

	return label
}

// CloudName is the Microsoft cloud in words.
func (v *view) CloudName() string {
	if name := map[string]string{"public": "Microsoft public cloud", "usgov": "Microsoft US Government cloud", "china": "Microsoft cloud in China (21Vianet)"}[v.Manifest.Cloud]; name != "" {
		return name
	}
	return v.Manifest.Cloud
}

// Age is the time between the collection and the judgement, "" if either time
// cannot be read.
func (v *view) Age() string {
	asOf, err := time.Parse(time.RFC3339, v.Set.AsOf)
	collected, err2 := time.Parse(time.RFC3339, v.Manifest.CollectedAt)
	if err != nil || err2 != nil {
		return ""
	}

	d := asOf.Sub(collected)
	switch {
	case d < time.Minute:
		return plural(int(d.Seconds()), "second", "seconds")
	case d < 2*time.Hour:
		return plural(int(d.Minutes()), "minute", "minutes")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour", "hours")
	}

	return plural(int(d.Hours()/24), "day", "days")
}

// Subjects is the number of single verdicts behind the page.
func (v *view) Subjects() int {
	n := 0
	for _, c := range v.Controls {
		n += c.Subjects.Satisfied + c.Subjects.NotSatisfied + c.Subjects.Undetermined
	}
	return n
}

// CompleteDatasets counts those that are complete.
func (v *view) CompleteDatasets() int {
	n := 0
	for _, d := range v.Datasets {
		if d.Complete() {
			n++
		}
	}
	return n
}

// Unseen are the datasets that were not read at all.
func (v *view) Unseen() []dataset {
	return slices.DeleteFunc(slices.Clone(v.Datasets), func(d dataset) bool { return d.Judged.Status != string(snapshot.Skipped) })
}

// Unused are the datasets that were read and that no control reads.
func (v *view) Unused() []string {
	var out []string
	for _, d := range v.Datasets {
		if len(d.Needed) == 0 && d.Holds() {
			out = append(out, d.Name)
		}
	}
	return out
}

// Limited are the controls that say what a pass does not prove.
func (v *view) Limited() []*control {
	return slices.DeleteFunc(slices.Clone(v.Controls), func(c *control) bool { return c.Meta.Limits == "" })
}

// param is the effective value of a control's parameter.
type param struct {
	Control, Name, Description string
	Value                      any
	Agreed                     bool // set in the fleet file; else the control's default
}

// Params lists the parameters of all controls, by control and name.
func (v *view) Params() []param {
	var out []param
	for _, c := range v.Controls {
		set := v.Intent.Client.Params[c.ID]
		for _, name := range slices.Sorted(maps.Keys(c.Meta.Params)) {
			p := c.Meta.Params[name]
			value, agreed := set[name]
			if !agreed {
				value = p.Default
			}

			out = append(out, param{c.ID, name, flow(p.Description), value, agreed})
		}
	}

	return out
}

// exception is one of the promise's exceptions and what it covers in this run.
type exception struct {
	intent.Exception
	Expired bool
	Covers  int
}

// Exceptions lists the client's exceptions with the number of findings that
// each matches.
func (v *view) Exceptions() []exception {
	covers, expired := map[string]int{}, map[string]bool{}
	for _, f := range v.Set.Findings {
		if f.Excepted != nil {
			covers[f.Excepted.Name]++
			expired[f.Excepted.Name] = f.Excepted.Expired
		}
	}

	var out []exception
	for _, e := range v.Intent.Exceptions {
		out = append(out, exception{e, expired[e.Name] || over(e.Expires, v.Set.AsOf), covers[e.Name]})
	}

	return out
}

// over reports whether as-of is past the end of the day, UTC.
func over(day, asOf string) bool {
	t, err := time.Parse(time.RFC3339, asOf)
	return err == nil && t.UTC().Format(time.DateOnly) > day
}

// Sums is the digest table as sha256sum reads it.
func (v *view) Sums() string {
	var b strings.Builder
	for _, d := range v.Files {
		fmt.Fprintf(&b, "%s  %s\n", plain(d.SHA256), plain(d.Path))
	}
	return b.String()
}
