package report

import (
	"fmt"
	"slices"
	"strings"

	"ringfence/engine/finding"
)

// state is an outcome as a reader must tell it apart: shape, word, colour.
// accepted means that every deviation and gap is covered by a valid exception.
type state string

const (
	passed       state = "passed"
	failed       state = "failed"
	undetermined state = "undetermined"
	accepted     state = "accepted"
	inapplicable state = "inapplicable"
)

// tally counts controls by outcome, and by the state that remains once valid
// exceptions are taken into account.
type tally struct {
	Satisfied, NotSatisfied, Undetermined, NotApplicable int

	open, unknown, accepted int
	severities              map[string]int // of those that are open
}

// Applicable is the number of controls that had something to judge.
func (t tally) Applicable() int { return t.Satisfied + t.NotSatisfied + t.Undetermined }

func (t *tally) add(c *control) {
	switch c.Outcome {
	case finding.Satisfied:
		t.Satisfied++
	case finding.NotSatisfied:
		t.NotSatisfied++
	case finding.Undetermined:
		t.Undetermined++
	case finding.NotApplicable:
		t.NotApplicable++
	}

	switch c.State {
	case failed:
		if t.severities == nil {
			t.severities = map[string]int{}
		}
		t.severities[c.Severity]++
		t.open++

	case undetermined:
		t.unknown++
	case accepted:
		t.accepted++
	}
}

// State is the verdict: one open deviation fails, one open gap leaves all
// undetermined, and nothing judged is not a pass.
func (t tally) State() state {
	switch {
	case t.open > 0:
		return failed
	case t.unknown > 0:
		return undetermined
	case t.accepted > 0:
		return accepted
	case t.Satisfied > 0:
		return passed
	}

	return inapplicable
}

// Word is the verdict in two or three words.
func (t tally) Word() string {
	return map[state]string{
		failed:       "Not as promised",
		undetermined: "Not proven",
		accepted:     "Exceptions accepted",
		passed:       "As promised",
		inapplicable: "Nothing to judge",
	}[t.State()]
}

// Sentence says the verdict to somebody who reads nothing else.
func (t tally) Sentence() string {
	all := plural(t.Applicable(), "control that applies", "controls that apply")
	switch t.State() {
	case failed:
		s := fmt.Sprintf("Of %s, %s a deviation that nobody has accepted (%s).", all, plural(t.open, "shows", "show"), t.bySeverity())
		if t.unknown > 0 {
			s += fmt.Sprintf(" %s more could not be judged for lack of evidence.", num(t.unknown))
		}
		return s

	case undetermined:
		return fmt.Sprintf("No open deviation was found, but of %s, %s could not be judged for lack of evidence. That is not a pass.", all, num(t.unknown))
	case accepted:
		return fmt.Sprintf("Of %s, %s a deviation or a gap in the evidence, each covered by an exception that is still valid. All others are satisfied on complete evidence.", all, plural(t.accepted, "shows", "show"))

	case passed:
		if t.Applicable() == 1 {
			return "The one control that applies is satisfied, on complete evidence."
		}
		return fmt.Sprintf("All %s are satisfied, on complete evidence.", all)
	}

	return "No control applied to what was promised and seen. That is not a pass."
}

func (t tally) bySeverity() string {
	var parts []string
	for _, s := range slices.Backward(finding.Severities) {
		if n := t.severities[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", num(n), s))
		}
	}
	return strings.Join(parts, ", ")
}

// segment is a part of a family's bar, in hundredths of its width.
type segment struct {
	Class string
	X, W  string
}

// Bar draws the tally; the numbers beside it say the same in words.
func (t tally) Bar() []segment {
	total := t.Applicable() + t.NotApplicable
	var out []segment
	x := 0.0
	for _, p := range []struct {
		class string
		n     int
	}{{"failed", t.NotSatisfied}, {"undetermined", t.Undetermined}, {"passed", t.Satisfied}, {"inapplicable", t.NotApplicable}} {
		if p.n == 0 {
			continue
		}

		w := 100 * float64(p.n) / float64(total)
		out = append(out, segment{p.class, fmt.Sprintf("%.2f", x), fmt.Sprintf("%.2f", w)})
		x += w
	}

	return out
}

func outcomeName(o finding.Outcome) string {
	return map[finding.Outcome]string{
		finding.Satisfied:     "Satisfied",
		finding.NotSatisfied:  "Not satisfied",
		finding.Undetermined:  "Undetermined",
		finding.NotApplicable: "Not applicable",
	}[o]
}

func outcomeState(o finding.Outcome) state {
	switch o {
	case finding.Satisfied:
		return passed
	case finding.NotSatisfied:
		return failed
	case finding.NotApplicable:
		return inapplicable
	}

	return undetermined // also of an outcome that this page does not know
}
