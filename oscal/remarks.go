package oscal

import (
	"fmt"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// remarks says what the result does not prove. None of it is optional: a reader who
// sees only this document must not believe more than it shows.
func (r *resultBuilder) remarks() string {
	var paragraphs []string
	if r.unsafeCloud() {
		paragraphs = append(paragraphs, unsafeRemark+" Cloud: "+line(r.in.Manifest.Cloud)+".")
	}

	paragraphs = append(paragraphs,
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
			paragraphs = append(paragraphs, list.head+"\n\n- "+strings.Join(list.items, "\n- "))
		}
	}

	return strings.Join(paragraphs, "\n\n")
}

// notLooked lists the datasets that are not complete as judged: of the snapshot, and
// those that a control reads and the snapshot lacks. It also lists those that are
// complete for another reason than that they were read.
func (r *resultBuilder) notLooked() []string {
	names := append(sortedKeys(r.in.Set.Coverage), sortedKeys(r.in.Manifest.Datasets)...)
	for _, c := range r.controls {
		names = append(names, r.in.Set.Reads[c.ID]...)
	}
	slices.Sort(names)

	var list []string
	for _, name := range slices.Compact(names) {
		judged, collected := r.judged(name), r.in.Manifest.Datasets[name]
		about := ""
		switch {
		case !judged.Complete():
			about = line(judged.Status) + incompleteness(judged)
		case collected.Status == snapshot.NotLicensed:
			about = "complete with nothing in it, because the tenant provably has no licence for it"
		case collected.Proof == "declared":
			about = "complete by declaration of the managed service provider; not proven"
		case collected.WholeAt != "":
			about = "read whole at " + line(collected.WholeAt) + "; since then what the service said had changed"
		default:
			continue
		}

		list = append(list, line(name)+": "+about)
	}

	return list
}

// incompleteness says in brackets why a dataset is not complete: the reason of the
// dataset, or the first scope that was not seen, and how many other scopes were not. ""
// if nothing says why. Example: " (in b: denied, HTTP 403; and 1 more scopes)".
func incompleteness(c finding.Coverage) string {
	why, others := c.Reason, -1
	for _, s := range c.Scopes {
		if s.Status == string(snapshot.Complete) {
			continue
		}

		others++
		if others > 0 || why != "" && s.Reason == "" {
			continue
		}

		why = "in " + s.Scope + ": " + s.Status
		if s.Reason != "" {
			why += ", " + s.Reason
		}
	}

	if others > 0 {
		why += fmt.Sprintf("; and %d more scopes", others)
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
