package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ringfence/engine/finding"
	"ringfence/internal/summary"
)

// State is an outcome as a reader must tell it apart: shape, word, colour. Other
// than a [finding.Outcome] it takes valid exceptions into account.
type State string

// The states. Their texts are also classes of the page's style sheet.
const (
	Passed       State = "passed"
	Failed       State = "failed" // a deviation that nobody accepted
	Undetermined State = "undetermined"
	Accepted     State = "accepted" // a valid exception covers every deviation and gap
	Inapplicable State = "inapplicable"
)

var outcomeNames = map[finding.Outcome]string{
	finding.Satisfied:     "Satisfied",
	finding.NotSatisfied:  "Not satisfied",
	finding.Undetermined:  "Undetermined",
	finding.NotApplicable: "Not applicable",
}

var outcomeStates = map[finding.Outcome]State{
	finding.Satisfied:     Passed,
	finding.NotSatisfied:  Failed,
	finding.Undetermined:  Undetermined,
	finding.NotApplicable: Inapplicable,
}

func outcomeName(o finding.Outcome) string { return outcomeNames[o] }

// outcomeState is an outcome's state where no exception is in play. An outcome that
// is not known here is undetermined.
func outcomeState(o finding.Outcome) State { return cmp.Or(outcomeStates[o], Undetermined) }

// Tally counts controls: by outcome, and by the state that remains once valid
// exceptions are taken into account.
type Tally struct {
	summary.Counts
	states     map[State]int
	severities map[string]int // of those that fail
}

func (t *Tally) add(c *Control) {
	if t.states == nil {
		t.states, t.severities = map[State]int{}, map[string]int{}
	}

	t.Counts.Add(c.Outcome)
	t.states[c.State]++
	if c.State == Failed {
		t.severities[c.Severity]++
	}
}

// State is the verdict: one open deviation fails, one open gap leaves all
// undetermined, and nothing judged is not a pass.
func (t Tally) State() State {
	for _, state := range []State{Failed, Undetermined, Accepted} {
		if t.states[state] > 0 {
			return state
		}
	}

	if t.Satisfied > 0 {
		return Passed
	}

	return Inapplicable
}

var stateWords = map[State]string{
	Failed:       "Not as promised",
	Undetermined: "Not proven",
	Accepted:     "Exceptions accepted",
	Passed:       "As promised",
	Inapplicable: "Nothing to judge",
}

// Word is the verdict in two or three words.
func (t Tally) Word() string { return stateWords[t.State()] }

const (
	failedSentence = "Of %s, %s a deviation that nobody has accepted (%s)."
	alsoUnjudged   = " %s more could not be judged for lack of evidence."

	undeterminedSentence = "No open deviation was found, but of %s, %s could not be judged " +
		"for lack of evidence. That is not a pass."
	acceptedSentence = "Of %s, %s a deviation or a gap in the evidence, each covered by an exception " +
		"that is still valid. All others are satisfied on complete evidence."

	passedSentence       = "All %s are satisfied, on complete evidence."
	onePassedSentence    = "The one control that applies is satisfied, on complete evidence."
	inapplicableSentence = "No control applied to what was promised and seen. That is not a pass."
)

// Sentence says the verdict to somebody who reads nothing else.
func (t Tally) Sentence() string {
	all := plural(t.Total(), "control that applies", "controls that apply")
	show := func(state State) string { return plural(t.states[state], "shows", "show") }
	unjudged := num(t.states[Undetermined])

	switch t.State() {
	case Failed:
		sentence := fmt.Sprintf(failedSentence, all, show(Failed), t.bySeverity())
		if t.states[Undetermined] > 0 {
			sentence += fmt.Sprintf(alsoUnjudged, unjudged)
		}
		return sentence

	case Undetermined:
		return fmt.Sprintf(undeterminedSentence, all, unjudged)
	case Accepted:
		return fmt.Sprintf(acceptedSentence, all, show(Accepted))
	case Inapplicable:
		return inapplicableSentence
	}

	if t.Total() == 1 {
		return onePassedSentence
	}

	return fmt.Sprintf(passedSentence, all)
}

// bySeverity counts what fails: "1 critical, 2 high".
func (t Tally) bySeverity() string {
	var parts []string
	for _, severity := range slices.Backward(finding.Severities) {
		if n := t.severities[severity]; n > 0 {
			parts = append(parts, num(n)+" "+severity)
		}
	}

	return strings.Join(parts, ", ")
}

// Segment is a part of a family's bar. X and Width are in hundredths of the bar's
// width, with two decimals.
type Segment struct {
	State    State
	X, Width string
}

// Bar draws the tally; the numbers beside it say the same in words.
func (t Tally) Bar() []Segment {
	total := t.Total() + t.NotApplicable
	var bar []Segment
	x := 0.0
	for _, part := range []struct {
		state State
		n     int
	}{
		{Failed, t.NotSatisfied}, {Undetermined, t.Undetermined},
		{Passed, t.Satisfied}, {Inapplicable, t.NotApplicable},
	} {
		if part.n == 0 {
			continue
		}

		width := 100 * float64(part.n) / float64(total)
		bar = append(bar, Segment{part.state, fmt.Sprintf("%.2f", x), fmt.Sprintf("%.2f", width)})
		x += width
	}

	return bar
}
