package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// maxHoles is how many scopes are listed under one dataset.
const maxHoles = 10

// Dataset is one line of the coverage: what the manifest says of the reading
// (when, how many, from where), and how complete that is as the engine judged it.
// Status, colour and reason are the judgement's alone.
type Dataset struct {
	Name string
	snapshot.Coverage

	Judged finding.Coverage
	Absent bool // the snapshot does not mention it

	Holes       []Hole // scopes that are not complete
	HolesHidden int    // holes left out

	ReadBy    []string // ids of the controls that read it
	HoldsBack []string // those of them that are undetermined
}

// Hole is a scope that was not seen. Count and RequestID are the manifest's.
type Hole struct {
	finding.ScopeCoverage

	Count     int
	RequestID string
}

var statusWords = map[snapshot.Status]string{
	snapshot.Complete:    "Complete",
	snapshot.Partial:     "Partial",
	snapshot.Denied:      "Denied",
	snapshot.NotLicensed: "Not licensed",
	snapshot.Throttled:   "Throttled",
	snapshot.Failed:      "Error",
	snapshot.Skipped:     "Not read",
	snapshot.Stale:       "Too old",
}

func statusWord(s snapshot.Status) string { return cmp.Or(statusWords[s], "Unknown") }

// Word is the hole's status in words.
func (h Hole) Word() string { return statusWord(snapshot.Status(h.Status)) }

// Complete reports whether the dataset is a fact about what is not there.
func (d Dataset) Complete() bool { return d.Judged.Complete() }

// State is the status as a shape: only complete passes.
func (d Dataset) State() State {
	if d.Complete() {
		return Passed
	}

	return Undetermined
}

// Word is the status in words.
func (d Dataset) Word() string {
	status := snapshot.Status(d.Judged.Status)
	switch {
	case d.Complete() && d.Status == snapshot.NotLicensed:
		return "Not licensed, so empty"
	case d.Absent && status == snapshot.Skipped:
		return "Not in the snapshot"
	case status == snapshot.Complete && !d.Complete():
		return statusWord(snapshot.Partial)
	}

	return statusWord(status)
}

// Why is the judgement's reason, unless it only repeats the proof or the status; of a list that
// was not read whole this time, when it was.
func (d Dataset) Why() string {
	reason := d.Judged.Reason
	if d.WholeAt != "" && d.Complete() {
		return "Read whole at " + d.WholeAt + "; since then, what the service said had changed"
	}
	if reason == "proof: "+d.Proof || d.Absent && reason == "not in the snapshot" {
		return ""
	}

	return reason
}

// RequestID is that of the answer that failed, "" if there is none.
func (d Dataset) RequestID() string {
	if d.Evidence == nil {
		return ""
	}

	return d.Evidence.RequestID
}

// newDatasets lists what the snapshot has, the engine judged, or a control reads.
func newDatasets(in Input, controls []*Control) []Dataset {
	readBy, holdsBack := map[string][]string{}, map[string][]string{}
	for _, c := range controls {
		for _, name := range c.Reads {
			readBy[name] = append(readBy[name], c.ID)
			if c.Subjects.Undetermined > 0 || c.State == Undetermined {
				holdsBack[name] = append(holdsBack[name], c.ID)
			}
		}
	}

	names := slices.Collect(maps.Keys(readBy))
	names = slices.AppendSeq(names, maps.Keys(in.Manifest.Datasets))
	names = slices.AppendSeq(names, maps.Keys(in.Set.Coverage))
	slices.Sort(names)

	var datasets []Dataset
	for _, name := range slices.Compact(names) {
		d := newDataset(in, name)
		d.ReadBy, d.HoldsBack = readBy[name], holdsBack[name]
		datasets = append(datasets, d)
	}

	return datasets
}

// newDataset takes a dataset of which the judgement says nothing as not judged:
// that is not complete.
func newDataset(in Input, name string) Dataset {
	coverage, inSnapshot := in.Manifest.Datasets[name]
	judged, isJudged := in.Set.Coverage[name]
	if !isJudged {
		judged = finding.Coverage{Status: string(snapshot.Skipped), Reason: "not judged"}
	}

	d := Dataset{Name: name, Coverage: coverage, Judged: judged, Absent: !inSnapshot}
	for _, s := range judged.Scopes {
		if s.Status != string(snapshot.Complete) {
			d.Holes = append(d.Holes, newHole(coverage, s))
		}
	}

	shown := min(len(d.Holes), maxHoles)
	d.Holes, d.HolesHidden = d.Holes[:shown], len(d.Holes)-shown

	return d
}

func newHole(coverage snapshot.Coverage, judged finding.ScopeCoverage) Hole {
	hole := Hole{ScopeCoverage: judged}
	for _, s := range coverage.Scopes {
		if s.Scope != judged.Scope {
			continue
		}

		hole.Count = s.Count
		if s.Evidence != nil {
			hole.RequestID = s.Evidence.RequestID
		}
	}

	return hole
}

// What a person would do to close a gap; %s is what to grant.
var advices = map[snapshot.Status]string{
	snapshot.Denied:      "Grant the audit application: %s. Then collect again.",
	snapshot.Partial:     grantInScopes,
	snapshot.Complete:    grantInScopes, // complete with a hole is partial
	snapshot.NotLicensed: waitForSource,
	snapshot.Throttled:   askAgain,
	snapshot.Failed:      askAgain,
	snapshot.Stale:       "Collect again: the answer is older than the agreed maximum age.",
	snapshot.Skipped:     "Collect or import this dataset. Reading it needs: %s.",
}

const (
	grantInScopes = "In what section 5 lists as not read, grant the audit application: %s. " +
		"Then collect again."
	grantToSeeAll = "The API answered, but nothing proves that the audit application may see all of it. " +
		"Grant it: %s. Then collect again."
	waitForSource = "The tenant has no licence for this API. Nothing to grant; " +
		"the question stays open until there is another source."
	askAgain      = "Collect again. If the same answer returns, take its request id to Microsoft support."
	contradictory = "The snapshot contradicts itself about this dataset, so that it proves nothing. " +
		"Collect again, or import every answer."
)

// Advice is what a person would do to close the gap, "" where nothing is known.
func (d Dataset) Advice() string {
	status := snapshot.Status(d.Judged.Status)
	advice := advices[status]

	switch {
	case advice == grantInScopes && d.unproven():
		advice = grantToSeeAll
	case advice == askAgain && strings.HasPrefix(d.Judged.Reason, "contradictory"):
		advice = contradictory
	}

	grant := cmp.Or(d.Permission, "what “ringfence policy plan” names")
	return strings.ReplaceAll(advice, "%s", grant)
}

// unproven reports whether there was an answer, and nothing shows that it holds
// everything.
func (d Dataset) unproven() bool {
	says := func(reason string) bool { return strings.Contains(reason, snapshot.VisibilityUnproven) }
	inScope := func(s finding.ScopeCoverage) bool { return says(s.Reason) }

	return says(d.Judged.Reason) || slices.ContainsFunc(d.Judged.Scopes, inScope)
}
