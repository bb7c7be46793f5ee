package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ringfence/engine/plan"
)

// TestNested: a plan is made in time also where objects hold objects that hold
// the same ones.
func TestNested(t *testing.T) {
	var rules strings.Builder
	rules.WriteString("pass contains u.id if {\n\tsome u in input.entra.users\n\to0 := {\"a\": u.a}\n")
	for i := range 60 {
		fmt.Fprintf(&rules, "\to%d := {\"a\": o%d, \"b\": o%d}\n", i+1, i, i)
	}
	rules.WriteString("\tf(o60, u.b)\n}\n\nf(x, y) if x.a.b == y\n")

	planned := make(chan plan.Plan, 1)
	c := compiled(t, rules.String())
	go func() { planned <- analysed(c) }()

	select {
	case p := <-planned:
		if got := p.Pass.Datasets["entra.users"].Document; got.Names["a"] == nil || got.Names["b"] == nil {
			t.Errorf("%+v", got)
		}
	case <-time.After(5 * time.Minute): // it takes milliseconds
		t.Fatal("no plan after five minutes")
	}
}
