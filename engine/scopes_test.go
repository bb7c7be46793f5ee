package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

const perGroup = `
subjects contains m._subject if some m in input.entra.group_members
pass contains m._subject if {
	some m in input.entra.group_members
	some e in input.entra.group_eligibility
	e.principalId == "p"
}`

// deniedGroups has one member in each of n groups, and of who is eligible one
// group alone was seen.
func deniedGroups(t testing.TB, n int) snapshot.Snapshot {
	t.Helper()
	times := snapshot.Coverage{Status: snapshot.Complete, StartedAt: "2026-11-23T11:59:00Z", EndedAt: "2026-11-23T11:59:30Z"}
	members := snapshot.Dataset{Name: "entra.group_members", Coverage: times}
	eligible := snapshot.Dataset{Name: "entra.group_eligibility", Coverage: times}
	eligible.Coverage.Status = snapshot.Partial
	for i := range n {
		group := fmt.Sprintf("g%06d", i)
		members.Documents = append(members.Documents, snapshot.Document{ID: group + "/m", Scope: group, Spec: map[string]any{"id": "m"}})
		members.Coverage.Scopes = append(members.Coverage.Scopes, snapshot.Scope{Scope: group, Status: snapshot.Complete, Count: 1})
		seen := snapshot.Scope{Scope: group, Status: snapshot.Denied}

		if i == 0 {
			seen.Status, seen.Count = snapshot.Complete, 1
			eligible.Documents = []snapshot.Document{{ID: group + "/e", Scope: group, Spec: map[string]any{"id": "e", "principalId": "p"}}}
		}

		eligible.Coverage.Scopes = append(eligible.Coverage.Scopes, seen)
	}

	return seal(t, members, eligible)
}

// TestScopes: each subject is told of its own scope.
func TestScopes(t *testing.T) {
	set, err := pack(t, perGroup).Evaluate(context.Background(), deniedGroups(t, 5), promise(), asOf)
	if err != nil {
		t.Fatal(err)
	}

	for i, v := range set.Verdicts {
		if want := map[bool]finding.Outcome{true: finding.Satisfied, false: finding.Undetermined}[i == 0]; v.Outcome != want {
			t.Errorf("%s is %s", v.Subject, v.Outcome)
		}
	}

	for i, f := range set.Findings {
		if want := fmt.Sprintf("g%06d: denied", i+1); !strings.Contains(f.Message, want) {
			t.Errorf("%q, not %q", f.Message, want)
		}
	}
}

// BenchmarkScopes: what one of many scopes that were not seen costs.
func BenchmarkScopes(b *testing.B) {
	for _, n := range []int{300, 3000, 30000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e, snap := pack(b, perGroup), deniedGroups(b, n)
			for b.Loop() {
				if _, err := e.Evaluate(context.Background(), snap, promise(), asOf); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/scope")
		})
	}
}
