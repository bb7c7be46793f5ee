package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/memory"
	"ringfence/engine/policyset"
)

// judgesItself is a control about how datasets were read, and a second one, so that
// something is read: a pass of it rests on resource groups, and a violation on resources.
const judgesItself = `
subjects contains d._subject if some d in input.snapshot.datasets
pass contains d._subject if { some d in input.snapshot.datasets; d.status == "complete" }
fail contains {"subject": d._subject, "message": d.reason} if { some d in input.snapshot.datasets; d.code == "contradictory" }
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if some g in input.azure.resource_groups
fail contains {"subject": r._subject, "message": "elsewhere"} if { some r in input.azure.resources; r.location == "nowhere" }`

const groupsAccount = "snapshot/azure.resource_groups"

// accountsOf is input.snapshot.datasets of a snapshot, as it is exported.
func accountsOf(t *testing.T, e *engine.Engine, snap snapshot.Snapshot) []any {
	t.Helper()
	var text bytes.Buffer
	if err := e.AsInput(&text, snap, promise(), asOf, ""); err != nil {
		t.Fatal(err)
	}

	var input struct {
		Snapshot struct{ Datasets []any }
	}
	if err := json.Unmarshal(text.Bytes(), &input); err != nil {
		t.Fatal(err)
	}
	return input.Snapshot.Datasets
}

// TestAccounts: what input.snapshot tells is as its schema says, and of those datasets
// that a pass rests on. What only adds violations changes nothing.
func TestAccounts(t *testing.T) {
	e := pack(t, judgesItself)
	snap := seal(t, groupsOf(t, 3, "eastus"), other(t))
	got := accountsOf(t, e, snap)
	if len(got) != 1 {
		t.Fatalf("%d accounts: %v", len(got), got)
	}

	fields := map[string]bool{}
	for _, f := range policyset.AccountFields {
		name, _, _ := strings.Cut(f.Path, ".")
		fields[strings.TrimSuffix(name, "[_]")] = true
	}
	about := got[0].(map[string]any)
	for name := range about {
		if !fields[name] {
			t.Errorf("%s is in no schema", name)
		}
		delete(fields, name)
	}
	if len(fields) > 0 || about["_subject"] != groupsAccount || about["status"] != "complete" {
		t.Errorf("%v, without %v", about, fields)
	}
}

// TestAccountsSayWhatIsMissing: the verdict about a gap is the policy's, and its words are
// those of the gap.
func TestAccountsSayWhatIsMissing(t *testing.T) {
	e := pack(t, judgesItself)
	for name, tc := range map[string]struct {
		lower   func(*snapshot.Coverage)
		want    finding.Outcome
		message string
	}{
		"complete": {func(*snapshot.Coverage) {}, finding.Satisfied, ""},
		"denied": {func(c *snapshot.Coverage) {
			c.Status, c.Scopes, c.Evidence = snapshot.Denied, nil, &snapshot.Evidence{HTTPStatus: 403}
		}, finding.Undetermined, "not seen: azure.resource_groups: denied (HTTP 403), needs "},
		"contradictory": {func(c *snapshot.Coverage) { c.EndedAt = "2000-01-01T00:00:00Z" },
			finding.NotSatisfied, "contradictory, it ended before it started"},
	} {
		groups := groupsOf(t, 3, "eastus")
		tc.lower(&groups.Coverage)
		set, err := e.Evaluate(context.Background(), seal(t, groups, other(t)), promise(), asOf)
		if err != nil {
			t.Fatal(err)
		}

		outcome, message := finding.Outcome(""), ""
		for _, v := range set.Verdicts {
			if v.Subject == groupsAccount {
				outcome = v.Outcome
			}
		}
		for _, f := range set.Findings {
			if f.Subject == groupsAccount {
				message = f.Message
			}
		}
		if outcome != tc.want || !strings.HasPrefix(message, tc.message) {
			t.Errorf("%s: %s %q, not %s %q", name, outcome, message, tc.want, tc.message)
		}
	}
}

// TestAccountsAreKeyed: what is remembered of a control that reads input.snapshot is
// forgotten when that says something else, if it is only when reading began.
func TestAccountsAreKeyed(t *testing.T) {
	e := pack(t, judgesItself)
	groups := groupsOf(t, 3, "eastus")
	_, packed := inMemory(t, e, seal(t, groups, other(t)), promise(), nil)

	groups.Coverage.StartedAt = "2026-11-23T11:59:01Z"
	snap := seal(t, groups, other(t))
	m := memory.Read(packed, engine.Version)
	got, err := e.With(engine.Options{Memory: m}).Evaluate(context.Background(), snap, promise(), asOf)
	if err != nil {
		t.Fatal(err)
	}

	want, err := e.Evaluate(context.Background(), snap, promise(), asOf)
	if diff := cmp.Diff(want, got); err != nil || diff != "" || !m.Changed() {
		t.Errorf("%v, computed anew: %v %s", err, m.Changed(), diff)
	}
}
