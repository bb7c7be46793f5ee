package oscal

import (
	"fmt"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// remarks says what the result does not prove. Nothing here is optional: a
// reader who sees only this document must not believe more than it shows.
func (r *resultBuilder) remarks() string {
	paras := []string{}
	if r.unsafeCloud() {
		paras = append(paras, unsafeRemark+" Cloud: "+line(r.in.Manifest.Cloud)+".")
	}

	paras = append(paras,
		"What this result does not prove:",
		"Microsoft does not sign API answers. Whoever controls the collector could have made them up.",
		"The promise was stated by the managed service provider alone; the client has not countersigned it.",
	)

	for _, list := range []struct {
		head  string
		items []string
	}{
		{"Not looked at, or not completely:", r.notLooked()},
		{"Policy errors, which leave the control undetermined:", r.policyErrors()},
		{"What a pass does not prove, by control:", r.limits()},
	} {
		if len(list.items) > 0 {
			paras = append(paras, list.head+"\n\n- "+strings.Join(list.items, "\n- "))
		}
	}

	return strings.Join(paras, "\n\n")
}

// notLooked lists the datasets that are not complete, as judged: those of the
// snapshot and those that a control reads and the snapshot lacks. What is
// complete for another reason than that it was read says so.
func (r *resultBuilder) notLooked() []string {
	names := append(sortedKeys(r.in.Set.Coverage), sortedKeys(r.in.Manifest.Datasets)...)
	for _, c := range r.controls {
		names = append(names, r.in.Set.Reads[c.ID]...)
	}

	slices.Sort(names)
	var list []string
	for _, name := range slices.Compact(names) {
		judged, read := r.judged(name), r.in.Manifest.Datasets[name]
		switch {
		case !judged.Complete():
			list = append(list, line(name)+": "+line(judged.Status)+reason(judged))
		case read.Status == snapshot.NotLicensed:
			list = append(list, line(name)+": complete with nothing in it, because the tenant provably has no licence for it")
		case read.Proof == "declared":
			list = append(list, line(name)+": complete by declaration of the managed service provider; not proven")
		}
	}

	return list
}

// reason says in brackets why a dataset is not complete: its own reason, or the
// first scope that was not seen and how many more there are. "" if nothing says.
func reason(c finding.Coverage) string {
	why, more := c.Reason, -1
	for _, s := range c.Scopes {
		if s.Status == string(snapshot.Complete) {
			continue
		}
		if more++; more > 0 || why != "" && s.Reason == "" {
			continue
		}

		why = "in " + s.Scope + ": " + s.Status

		if s.Reason != "" {
			why += ", " + s.Reason
		}
	}

	if more > 0 {
		why += fmt.Sprintf("; and %d more scopes", more)
	}

	if why == "" {
		return ""
	}

	return " (" + line(why) + ")"
}

func (r *resultBuilder) policyErrors() []string {
	var list []string
	for _, c := range r.controls {
		if c.Error != "" {
			list = append(list, line(c.ID)+": "+line(c.Error))
		}
	}
	return list
}

func (r *resultBuilder) limits() []string {
	var list []string
	for _, c := range r.controls {
		if c.Meta.Limits != "" {
			list = append(list, line(c.ID)+": "+strings.Join(strings.Fields(prose(c.Meta.Limits)), " "))
		}
	}
	return list
}
