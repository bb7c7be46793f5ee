package run

import (
	"strings"
	"testing"

	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// brokenView fails for every client that has a user.
const brokenView = `# METADATA
# title: Key ledger
# custom:
#   view: key_ledger
package p.views.ledger

resources contains to_number(u.userType) if some u in input.entra.users
`

// TestBrokenView: a view whose policy fails takes no verdict with it. The report says so, and
// who verifies the folder finds the same.
func TestBrokenView(t *testing.T) {
	in := fabrikam(t)
	in.Engine = load(t, guestsRego, brokenView)

	r, err := Render(t.Context(), in, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Set.Controls) != 1 || r.Set.Controls[0].Outcome != finding.NotSatisfied {
		t.Errorf("%+v", r.Set.Controls)
	}
	if report := string(r.Files[layout.Report]); !strings.Contains(report, "The ledger could not be made") {
		t.Error("the report does not say it")
	}

	dir := folder(t, in, options(machine()))
	if v := verified(t, dir, anchored()); len(v.Problems) > 0 {
		t.Errorf("%v", v.Problems)
	}
}
