package run

import (
	"slices"
	"testing"

	"ringfence/engine/finding"
)

// TestFirst: which condition is the program's exit code.
func TestFirst(t *testing.T) {
	for _, tc := range []struct {
		conditions []int
		want       int
	}{
		{nil, ExitOK},
		{[]int{ExitOK}, ExitOK},
		{[]int{ExitUndetermined}, ExitUndetermined},
		{[]int{ExitTool, ExitUndetermined}, ExitTool},
		{[]int{ExitTool, ExitNotSatisfied, ExitUndetermined}, ExitNotSatisfied},
		{[]int{ExitNotSatisfied, ExitEvidence}, ExitEvidence},
		{[]int{ExitTool, ExitUsage, ExitNotSatisfied, ExitUndetermined, ExitEvidence}, ExitUsage},
	} {
		if got := First(tc.conditions); got != tc.want {
			t.Errorf("%v: %d, want %d", tc.conditions, got, tc.want)
		}
	}
}

// TestConditions: what counts for the exit code.
func TestConditions(t *testing.T) {
	accepted, expired := &finding.Excepted{}, &finding.Excepted{Expired: true}
	for name, tc := range map[string]struct {
		floors Floors
		set    finding.Set
		want   []int
	}{
		"nothing":              {lowest, finding.Set{}, nil},
		"a policy's error":     {lowest, finding.Set{Errors: map[string]string{"RF-Z-01": "x"}}, []int{ExitTool}},
		"a violation":          {lowest, found(finding.NotSatisfied, "low", nil), []int{ExitNotSatisfied}},
		"a gap":                {lowest, found(finding.Undetermined, "low", nil), []int{ExitUndetermined}},
		"an accepted one":      {lowest, found(finding.NotSatisfied, "low", accepted), nil},
		"accepted in the past": {lowest, found(finding.NotSatisfied, "low", expired), []int{ExitNotSatisfied}},
		"below the floor":      {Floors{"high", "low"}, found(finding.NotSatisfied, "medium", nil), nil},
		"at the floor": {Floors{"high", "low"}, found(finding.NotSatisfied, "high", nil),
			[]int{ExitNotSatisfied}},
		"a gap below its own": {Floors{"low", "critical"}, found(finding.Undetermined, "high", nil), nil},
	} {
		if got := tc.floors.Conditions(tc.set); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// found is a set with two findings of a kind.
func found(o finding.Outcome, severity string, excepted *finding.Excepted) finding.Set {
	f := finding.Finding{Outcome: o, Severity: severity, Excepted: excepted}
	return finding.Set{Findings: []finding.Finding{f, f}}
}
