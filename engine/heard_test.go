package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/intent"
)

// comparing is a policy set with one control of scope fleet.
func comparing(t *testing.T, body string) *engine.Engine {
	t.Helper()
	text := strings.Replace(header, "severity: high", "severity: high\n#   scope: fleet", 1)
	e, err := engine.Load(fstest.MapFS{"test/isolation/control/control.rego": {Data: []byte(text + body)}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const sharing = `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; not _shared(g) }
fail contains {"subject": g._subject, "message": "shared"} if {
	some g in input.azure.resource_groups
	_shared(g)
}
_shared(g) if { some l in input.fleet.links["device"]; l.subject == g._subject }`

// unshared asks in fail whether something is not shared.
const unshared = `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; _shared(g) }
fail contains {"subject": g._subject, "message": "alone"} if {
	some g in input.azure.resource_groups
	not _shared(g)
}
_shared(g) if { some l in input.fleet.links["device"]; l.subject == g._subject }`

const unreachable = `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; count(input.fleet.paths) == 0 }`

const subjectsOfLinks = `
subjects contains l.subject if some l in input.fleet.links["device"]
pass contains l.subject if { some l in input.fleet.links["device"]; l.role == "same" }`

func twoGroups(t *testing.T) snapshot.Snapshot {
	t.Helper()
	return seal(t, data(t, "azure.resource_groups", map[string][]string{subA: {
		group(subA, "a", "westeurope"), group(subA, "c", "westeurope")}}))
}

func told(t *testing.T, snap snapshot.Snapshot, change func(*fact.Heard)) []byte {
	t.Helper()
	h := fact.Heard{TenantID: tenant, Snapshot: snap.Digest()}
	change(&h)
	b, err := h.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestHearing: what others have in common with a client is a violation whatever is missing,
// and that there is no more of it is only believed where it could be concluded.
func TestHearing(t *testing.T) {
	snap := twoGroups(t)
	const groupC = "azure.resource_groups/subscriptions/" + subA + "/resourcegroups/c"
	const why = "the evidence of another client is not complete"
	nothing := func(*fact.Heard) {}
	shares := func(h *fact.Heard) {
		h.Links = []fact.Shared{{Kind: "device", Subject: groupA, Role: fact.Same,
			With: []fact.Other{{Client: "client-01234567", Role: fact.Same}}}}
	}
	open := func(kind string) func(*fact.Heard) {
		return func(h *fact.Heard) { h.Unproven = []fact.Unproven{{Kind: kind, Why: why}} }
	}
	both := func(h *fact.Heard) { shares(h); open("device")(h) }
	all := func(o finding.Outcome) map[string]finding.Outcome {
		return map[string]finding.Outcome{groupA: o, groupC: o}
	}

	for name, tc := range map[string]struct {
		policy string
		heard  func(*fact.Heard)
		want   map[string]finding.Outcome
		says   string
	}{
		"nothing in common":         {sharing, nothing, all(finding.Satisfied), ""},
		"one in common":             {sharing, shares, map[string]finding.Outcome{groupA: finding.NotSatisfied, groupC: finding.Satisfied}, "shared"},
		"nothing known":             {sharing, open("device"), all(finding.Undetermined), "not seen: whether it has a device in common with another client (" + why + ")"},
		"another kind is not known": {sharing, open("guest"), all(finding.Satisfied), ""},
		"one in common, no more known": {sharing, both, map[string]finding.Outcome{groupA: finding.NotSatisfied,
			groupC: finding.Undetermined}, "shared"},
		"a lead":                  {unshared, open("device"), all(finding.Undetermined), "alone (a lead: not seen: whether it has"},
		"no lead":                 {unshared, nothing, all(finding.NotSatisfied), "alone"},
		"no path":                 {unreachable, nothing, all(finding.Satisfied), ""},
		"paths are not known":     {unreachable, open("path"), all(finding.Undetermined), "whether a path leads here"},
		"links are, for no paths": {unreachable, open("device"), all(finding.Satisfied), ""},
		"subjects not known": {subjectsOfLinks, both, map[string]finding.Outcome{groupA: finding.Undetermined,
			"fleet/device/*": finding.Undetermined}, "not seen: whether it has a device"},
	} {
		t.Run(name, func(t *testing.T) {
			e := comparing(t, tc.policy)
			heard := told(t, snap, tc.heard)
			set, err := e.Hearing(heard).Evaluate(context.Background(), snap, promise(), asOf)
			if err != nil {
				t.Fatal(err)
			}

			got := map[string]finding.Outcome{}
			for _, v := range set.Verdicts {
				got[v.Subject] = v.Outcome
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
			if tc.says != "" && !strings.Contains(set.Findings[0].Message, tc.says) {
				t.Errorf("says %q", set.Findings[0].Message)
			}
			if set.FleetFacts != snapshot.Digest(heard) {
				t.Errorf("rests on %q", set.FleetFacts)
			}
		})
	}
}

// TestNotCompared: without a fleet key nothing is compared and the control does not apply;
// with one, that nobody gave what was found is missing evidence.
func TestNotCompared(t *testing.T) {
	e, snap, in := comparing(t, sharing), twoGroups(t), promise()
	outcome := func(in intent.Intent) finding.Summary {
		set, err := e.Evaluate(context.Background(), snap, in, asOf)
		if err != nil {
			t.Fatal(err)
		}
		return set.Controls[0]
	}

	if c := outcome(in); c.Outcome != finding.NotApplicable || !strings.Contains(c.Reason, "fleet_key") {
		t.Errorf("without a key: %+v", c)
	}
	in.Compared = true
	if c := outcome(in); c.Outcome != finding.Undetermined {
		t.Errorf("with a key: %+v", c)
	}
}

// TestHearsOfOthers: what another client hears, or what this one heard of another snapshot, is
// refused.
func TestHearsOfOthers(t *testing.T) {
	e, snap := comparing(t, sharing), twoGroups(t)
	for name, change := range map[string]func(*fact.Heard){
		"another client":   func(h *fact.Heard) { h.TenantID = subB },
		"another snapshot": func(h *fact.Heard) { h.Snapshot = strings.Repeat("0", 64) },
	} {
		_, err := e.Hearing(told(t, snap, change)).Evaluate(context.Background(), snap, promise(), asOf)
		if unfit := (*engine.InputError)(nil); !errors.As(err, &unfit) {
			t.Errorf("%s: %v", name, err)
		}
	}

	_, err := e.Hearing([]byte("{}")).Evaluate(context.Background(), snap, promise(), asOf)
	if unfit := (*engine.InputError)(nil); !errors.As(err, &unfit) {
		t.Errorf("something else: %v", err)
	}
}

// TestMemoryOfHeard: what is remembered follows from what was heard.
func TestMemoryOfHeard(t *testing.T) {
	e, snap := comparing(t, sharing), twoGroups(t)
	clean := told(t, snap, func(*fact.Heard) {})
	open := told(t, snap, func(h *fact.Heard) { h.Unproven = []fact.Unproven{{Kind: "device", Why: "who knows"}} })

	_, packed := inMemory(t, e.Hearing(clean), snap, promise(), nil)
	got, _ := inMemory(t, e.Hearing(open), snap, promise(), packed)
	if got.Controls[0].Outcome != finding.Undetermined {
		t.Errorf("%+v", got.Controls[0])
	}
}
