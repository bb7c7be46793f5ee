package oscal

import (
	"slices"
	"time"
)

// at reads a time; the zero time when there is none that can be read, which the
// schema reports.
func at(n *node, key string) time.Time {
	s := n.text(key)
	if s == "" {
		return time.Time{}
	}

	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}

	return t
}

// timeOrder: start <= end everywhere; an observation lies in its result's
// window and expires after it was collected and after the result ended.
func timeOrder(_ *document, n *node, report report) {
	start, end := at(n, "start"), at(n, "end")
	if after(start, end) {
		report(n.child("end"), "end %s is before start %s", n.text("end"), n.text("start"))
	}

	collected, expires := at(n, "collected"), at(n, "expires")
	if !expires.IsZero() && !collected.IsZero() && !expires.After(collected) {
		report(n.child("expires"), "expires %s is not after collected %s", n.text("expires"), n.text("collected"))
	}

	if n.kind != "observations" || n.parent == nil {
		return
	}

	start, end = at(n.parent, "start"), at(n.parent, "end")
	if after(start, collected) {
		report(n.child("collected"), "collected %s is before the result's start %s", n.text("collected"), n.parent.text("start"))
	}

	if after(collected, end) {
		report(n.child("collected"), "collected %s is after the result's end %s", n.text("collected"), n.parent.text("end"))
	}

	if !end.IsZero() && !expires.IsZero() && !expires.After(end) {
		report(n.child("expires"), "expires %s is not after the result's end %s", n.text("expires"), n.parent.text("end"))
	}
}

// after reports whether two known times are in the wrong order.
func after(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() && a.After(b) }

// riskLogged: a status that somebody decided needs the entry of the decision.
func riskLogged(_ *document, n *node, report report) {
	status := n.text("status")
	if n.kind != "risks" || status != "closed" && status != "deviation-approved" {
		return
	}
	if !slices.ContainsFunc(children(object(n.value["risk-log"])["entries"]), func(e any) bool {
		return object(e)["status-change"] == status
	}) {
		report(n.child("status"), "status %s, but no log entry says so", status)
	}
}

func targetUnique(_ *document, n *node, report report) {
	if n.kind != "results" {
		return
	}
	seen := map[any]bool{}
	for i, f := range children(n.value["findings"]) {
		id, ok := object(object(f)["target"])["target-id"].(string)
		if ok && seen[id] {
			report(n.child("findings", itoa(i), "target", "target-id"), "a second finding for %q", id)
		}
		seen[id] = true
	}
}

// ownProp is the value of a property of ours.
func ownProp(n *node, name string) string {
	for _, p := range children(n.value["props"]) {
		if m := object(p); m["ns"] == NS && m["name"] == name {
			s, _ := m["value"].(string)
			return s
		}
	}

	return ""
}

// ownOutcome keeps the first promise in the document: what is undetermined is
// never satisfied and never a risk; what is not satisfied leaves one.
func ownOutcome(d *document, n *node, report report) {
	if !d.own || n.kind != "findings" {
		return
	}

	status := object(object(n.value["target"])["status"])
	want := map[string][2]string{
		"satisfied": {"satisfied", "pass"}, "not-satisfied": {"not-satisfied", "fail"}, "undetermined": {"not-satisfied", "other"},
	}
	outcome := ownProp(n, "outcome")
	pair, known := want[outcome]
	if !known || status["state"] != pair[0] || status["reason"] != pair[1] {
		report(n.child("target", "status"), "outcome %q cannot have state %v and reason %v", outcome, status["state"], status["reason"])
	}

	if risks := children(n.value["related-risks"]); (outcome == "not-satisfied") != (len(risks) > 0) {
		report(n.path, "outcome %q with %d risks", outcome, len(risks))
	}

	if len(children(n.value["related-observations"])) == 0 {
		report(n.path, "a finding cites an observation")
	}
}

// ownObservation: nothing is claimed without a subject and something to look
// at, and nothing was observed that no finding cites.
func ownObservation(d *document, n *node, report report) {
	if !d.own {
		return
	}

	if n.kind == "observations" {
		if len(children(n.value["subjects"])) == 0 || len(children(n.value["relevant-evidence"])) == 0 {
			report(n.path, "an observation has at least one subject and one piece of evidence")
		}
	}

	if n.kind != "results" {
		return
	}

	cited := map[any]bool{}
	for _, f := range children(n.value["findings"]) {
		for _, o := range children(object(f)["related-observations"]) {
			id, _ := object(o)["observation-uuid"].(string)
			cited[id] = true
		}
	}

	for i, o := range children(n.value["observations"]) {
		if id, _ := object(o)["uuid"].(string); !cited[id] {
			report(n.child("observations", itoa(i)), "no finding cites this observation")
		}
	}
}
