package run

import (
	"slices"

	"ringfence/engine/finding"
)

// Exit codes, the same for every verb and format.
const (
	ExitOK           = 0
	ExitTool         = 1 // the tool or a policy failed
	ExitUsage        = 2 // usage or configuration
	ExitNotSatisfied = 3
	ExitUndetermined = 4
	ExitEvidence     = 5 // evidence does not verify
	ExitInterrupted  = 130
)

// rank orders exit codes: the first that holds is the program's code.
var rank = []int{ExitUsage, ExitEvidence, ExitNotSatisfied, ExitTool, ExitUndetermined, ExitOK}

// First returns the code that wins among the conditions that hold.
func First(conditions []int) int {
	for _, code := range rank {
		if slices.Contains(conditions, code) {
			return code
		}
	}
	return ExitOK
}

// Floors are the severities from which a finding counts for the exit code.
type Floors struct {
	FailOn, UndeterminedOn string
}

// Conditions lists every exit condition that holds for a set, sorted.
func (f Floors) Conditions(set finding.Set) []int {
	var all []int
	if len(set.Errors) > 0 {
		all = append(all, ExitTool)
	}

	for _, x := range set.Findings {
		switch {
		case x.Accepted():
		case x.Outcome == finding.NotSatisfied && finding.AtLeast(x.Severity, f.FailOn):
			all = append(all, ExitNotSatisfied)
		case x.Outcome == finding.Undetermined && finding.AtLeast(x.Severity, f.UndeterminedOn):
			all = append(all, ExitUndetermined)
		}
	}

	slices.Sort(all)
	return slices.Compact(all)
}
