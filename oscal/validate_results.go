package oscal

import (
	"slices"
	"strconv"
	"time"

	"ringfence/engine/finding"
)

// Rules about what a result says: times, risks, and in our own documents that state,
// outcome and evidence agree.

// timeAt is a member that is a time; the zero time if there is none that can be read,
// which the schema reports.
func timeAt(n *node, key string) time.Time {
	t, err := time.Parse(time.RFC3339, n.text(key))
	if err != nil {
		return time.Time{}
	}
	return t
}

// timeOrder: a thing does not end before it starts. An observation lies in the window
// of its result, and expires after it was collected and after the result ended.
func timeOrder(_ *document, n *node, report reporter) {
	check := func(key, relation string, other *node, otherKey string, wrong func(a, b time.Time) bool) {
		a, b := timeAt(n, key), timeAt(other, otherKey)
		if !a.IsZero() && !b.IsZero() && wrong(a, b) {
			report(n.child(key), "%s %s is %s %s", key, n.text(key), relation, other.text(otherKey))
		}
	}
	notAfter := func(a, b time.Time) bool { return !a.After(b) }

	check("end", "before start", n, "start", time.Time.Before)
	check("expires", "not after collected", n, "collected", notAfter)

	if result := n.parent; n.kind == "observations" && result != nil {
		check("collected", "before the result's start", result, "start", time.Time.Before)
		check("collected", "after the result's end", result, "end", time.Time.After)
		check("expires", "not after the result's end", result, "end", notAfter)
	}
}

// riskLogged: a status that somebody decided needs an entry of the log that says so.
func riskLogged(_ *document, n *node, report reporter) {
	status := n.text("status")
	if n.kind != "risks" || status != "closed" && status != deviationApproved {
		return
	}

	entries := asArray(asObject(n.value["risk-log"])["entries"])
	if !slices.ContainsFunc(entries, func(e any) bool { return asObject(e)["status-change"] == status }) {
		report(n.child("status"), "status %s, but no log entry says so", status)
	}
}

// targetUnique: two findings for one target would be two verdicts.
func targetUnique(_ *document, n *node, report reporter) {
	if n.kind != "results" {
		return
	}

	seen := map[string]bool{}
	for i, f := range asArray(n.value["findings"]) {
		id, ok := asObject(asObject(f)["target"])["target-id"].(string)
		if ok && seen[id] {
			report(n.child("findings", strconv.Itoa(i), "target", "target-id"), "a second finding for %q", id)
		}
		seen[id] = true
	}
}

// ourProp is the value of a property of ours, "" if there is none.
func ourProp(n *node, name string) string {
	for _, p := range asArray(n.value["props"]) {
		if m := asObject(p); m["ns"] == NS && m["name"] == name {
			s, _ := m["value"].(string)
			return s
		}
	}

	return ""
}

// ownOutcome holds our findings to the first promise: what is undetermined is never
// satisfied, and what is not satisfied, and only that, leaves a risk.
func ownOutcome(d *document, n *node, report reporter) {
	if !d.ours || n.kind != "findings" {
		return
	}

	outcome := ourProp(n, "outcome")
	status := asObject(asObject(n.value["target"])["status"])
	state, reason := status["state"], status["reason"]
	want, known := stateOf[finding.Outcome(outcome)]
	if !known || state != want.State || reason != want.Reason {
		at := n.child("target", "status")
		report(at, "outcome %q cannot have state %v and reason %v", outcome, state, reason)
	}

	risks := asArray(n.value["related-risks"])
	if leavesRisk := outcome == string(finding.NotSatisfied); leavesRisk != (len(risks) > 0) {
		report(n.path, "outcome %q with %d risks", outcome, len(risks))
	}

	if len(asArray(n.value["related-observations"])) == 0 {
		report(n.path, "a finding cites an observation")
	}
}

// ownObservation: nothing is said without a subject and something to look at, and
// nothing was observed that no finding cites.
func ownObservation(d *document, n *node, report reporter) {
	switch {
	case !d.ours:
	case n.kind == "observations":
		if len(asArray(n.value["subjects"])) == 0 || len(asArray(n.value["relevant-evidence"])) == 0 {
			report(n.path, "an observation has at least one subject and one piece of evidence")
		}
	case n.kind == "results":
		cited := citedObservations(n)
		for i, o := range asArray(n.value["observations"]) {
			if id, _ := asObject(o)["uuid"].(string); !cited[id] {
				report(n.child("observations", strconv.Itoa(i)), "no finding cites this observation")
			}
		}
	}
}

// citedObservations are the uuids of the observations that a result's findings cite.
func citedObservations(result *node) map[string]bool {
	cited := map[string]bool{}
	for _, f := range asArray(result.value["findings"]) {
		for _, o := range asArray(asObject(f)["related-observations"]) {
			id, _ := asObject(o)["observation-uuid"].(string)
			cited[id] = true
		}
	}
	return cited
}
