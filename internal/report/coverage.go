package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// shownHoles bounds the scopes that are listed under one dataset.
const shownHoles = 10

// dataset is one line of the coverage: what the manifest says of the reading
// (when, how many, from where), and how complete that is as the engine judged it.
// Status, colour and reason are the judgement's alone.
type dataset struct {
	Name string
	snapshot.Coverage
	Judged finding.Coverage
	Absent bool     // the snapshot does not mention it
	Holes  []hole   // scopes that are not complete
	More   int      // holes left out
	Needed []string // ids of the controls that read it
	Held   []string // those of them that are undetermined
}

// hole is a scope that was not seen. Count and RequestID are the manifest's.
type hole struct {
	finding.ScopeCoverage
	Count     int
	RequestID string
}

// Word is the hole's status in words.
func (h hole) Word() string { return statusWord(snapshot.Status(h.Status)) }

// Complete reports whether the dataset is a fact about what is not there.
func (d dataset) Complete() bool { return d.Judged.Complete() }

// State is the status as a shape: only complete passes.
func (d dataset) State() state {
	if d.Complete() {
		return passed
	}
	return undetermined
}

// Word is the status in words.
func (d dataset) Word() string {
	switch status := snapshot.Status(d.Judged.Status); {
	case d.Complete() && d.Status == snapshot.NotLicensed:
		return "Not licensed, so empty"
	case d.Absent && status == snapshot.Skipped:
		return "Not in the snapshot"
	case status == snapshot.Complete && !d.Complete():
		return statusWord(snapshot.Partial)
	default:
		return statusWord(status)
	}
}

func statusWord(s snapshot.Status) string {
	word := map[snapshot.Status]string{
		snapshot.Complete: "Complete", snapshot.Partial: "Partial", snapshot.Denied: "Denied",
		snapshot.NotLicensed: "Not licensed", snapshot.Throttled: "Throttled", snapshot.Failed: "Error",
		snapshot.Skipped: "Not read", snapshot.Stale: "Too old",
	}[s]
	if word == "" {
		return "Unknown"
	}
	return word
}

// Why is the judgement's reason, unless it only repeats the proof or the status.
func (d dataset) Why() string {
	if d.Judged.Reason == "proof: "+d.Proof || d.Absent && d.Judged.Reason == "not in the snapshot" {
		return ""
	}
	return d.Judged.Reason
}

// RequestID is that of the answer that failed, "" if there is none.
func (d dataset) RequestID() string {
	if d.Evidence == nil {
		return ""
	}
	return d.Evidence.RequestID
}

func newDatasets(in Input, controls []*control) []dataset {
	needed, held := map[string][]string{}, map[string][]string{}
	for _, c := range controls {
		for _, name := range c.Reads {
			needed[name] = append(needed[name], c.ID)
			if c.Subjects.Undetermined > 0 || c.State == undetermined {
				held[name] = append(held[name], c.ID)
			}
		}
	}

	names := maps.Clone(needed)
	for name := range in.Manifest.Datasets {
		names[name] = nil
	}

	for name := range in.Set.Coverage {
		names[name] = nil
	}

	var out []dataset
	for _, name := range slices.Sorted(maps.Keys(names)) {
		d := newDataset(in, name)
		d.Needed, d.Held = needed[name], held[name]
		out = append(out, d)
	}

	return out
}

// newDataset takes a dataset of which the judgement says nothing as not judged:
// that is not complete.
func newDataset(in Input, name string) dataset {
	c, read := in.Manifest.Datasets[name]
	judged, known := in.Set.Coverage[name]
	if !known {
		judged = finding.Coverage{Status: string(snapshot.Skipped), Reason: "not judged"}
	}

	d := dataset{Name: name, Coverage: c, Judged: judged, Absent: !read}
	for _, s := range judged.Scopes {
		if s.Status == string(snapshot.Complete) {
			continue
		}
		if len(d.Holes) == shownHoles {
			d.More++
			continue
		}
		d.Holes = append(d.Holes, newHole(c, s))
	}

	return d
}

func newHole(c snapshot.Coverage, s finding.ScopeCoverage) hole {
	h := hole{ScopeCoverage: s}
	for _, have := range c.Scopes {
		if have.Scope != s.Scope {
			continue
		}
		h.Count = have.Count
		if have.Evidence != nil {
			h.RequestID = have.Evidence.RequestID
		}
	}

	return h
}

// Advice is what a person would do to close the gap.
func (d dataset) Advice() string {
	grant := "what “ringfence access plan” names"
	if d.Permission != "" {
		grant = d.Permission
	}

	switch snapshot.Status(d.Judged.Status) {
	case snapshot.Denied:
		return fmt.Sprintf("Grant the audit application: %s. Then collect again.", grant)
	case snapshot.Partial, snapshot.Complete: // complete with a hole is partial
		if d.unproven() {
			return fmt.Sprintf("The API answered, but nothing proves that the audit application may see all of it. Grant it: %s. Then collect again.", grant)
		}
		return fmt.Sprintf("In what section 5 lists as not read, grant the audit application: %s. Then collect again.", grant)

	case snapshot.NotLicensed:
		return "The tenant has no licence for this API. Nothing to grant; the question stays open until there is another source."

	case snapshot.Throttled, snapshot.Failed:
		if strings.HasPrefix(d.Judged.Reason, "contradictory") {
			return "The snapshot contradicts itself about this dataset, so that it proves nothing. Collect again, or import every answer."
		}
		return "Collect again. If the same answer returns, take its request id to Microsoft support."

	case snapshot.Stale:
		return "Collect again: the answer is older than the agreed maximum age."
	case snapshot.Skipped:
		return fmt.Sprintf("Collect or import this dataset. Reading it needs: %s.", grant)
	}

	return ""
}

// unproven: there was an answer, and nothing shows that it holds everything.
func (d dataset) unproven() bool {
	says := func(reason string) bool { return strings.Contains(reason, snapshot.VisibilityUnproven) }
	return says(d.Judged.Reason) || slices.ContainsFunc(d.Judged.Scopes, func(s finding.ScopeCoverage) bool { return says(s.Reason) })
}
