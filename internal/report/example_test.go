package report_test

import (
	"fmt"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/report"
)

// A view is usable without the page: here for a line of text about each control
// that needs a decision.
func ExampleNewView() {
	promise := intent.Intent{Client: intent.Client{Name: "fabrikam"}}
	set := finding.Set{
		Client: "fabrikam",
		Controls: []finding.Summary{
			{ID: "RF-T-01", Title: "Guests see little", Family: "isolation", Severity: "high",
				Outcome: finding.NotSatisfied},
			{ID: "RF-T-02", Title: "Users cannot consent", Family: "isolation", Severity: "low",
				Outcome: finding.Satisfied},
		},
		Findings: []finding.Finding{
			{Control: "RF-T-01", Subject: "entra.authorization_policy/1", Outcome: finding.NotSatisfied,
				Severity: "high"},
		},
	}

	view, err := report.NewView(report.Input{
		Set: set, Intent: promise, Kind: intent.ClientKind, Manifest: snapshot.Manifest{Client: "fabrikam"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	fmt.Printf("%s. %s\n", view.Total.Word(), view.Total.Sentence())
	for _, control := range view.Urgent {
		fmt.Printf("%s %s: %d open\n", control.ID, control.Title, control.Findings.Open)
	}

	// Output:
	// Not as promised. Of 2 controls that apply, 1 shows a deviation that nobody has accepted (1 high).
	// RF-T-01 Guests see little: 1 open
}
