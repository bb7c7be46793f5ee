package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

func TestVerdict(t *testing.T) {
	valid, expired := &finding.Excepted{Name: "e"}, &finding.Excepted{Name: "e", Expired: true}
	no := func(e *finding.Excepted) finding.Finding {
		return finding.Finding{Subject: "x", Outcome: finding.NotSatisfied, Excepted: e}
	}
	gap := func(e *finding.Excepted, lead bool) finding.Finding {
		return finding.Finding{Subject: "y", Outcome: finding.Undetermined, Excepted: e, Lead: lead}
	}
	for name, tc := range map[string]struct {
		satisfied int
		findings  []finding.Finding
		err       string
		want      State
	}{
		"satisfied":                      {3, nil, "", Passed},
		"no subject":                     {0, nil, "", Inapplicable},
		"open deviation":                 {3, []finding.Finding{no(nil)}, "", Failed},
		"expired exception":              {3, []finding.Finding{no(expired)}, "", Failed},
		"one of two accepted":            {3, []finding.Finding{no(valid), no(nil)}, "", Failed},
		"all accepted":                   {3, []finding.Finding{no(valid)}, "", Accepted},
		"gap":                            {3, []finding.Finding{gap(nil, false)}, "", Undetermined},
		"lead":                           {3, []finding.Finding{gap(nil, true)}, "", Undetermined},
		"deviation accepted, gap open":   {3, []finding.Finding{no(valid), gap(nil, false)}, "", Undetermined},
		"gap accepted":                   {3, []finding.Finding{gap(valid, false)}, "", Accepted},
		"gap accepted, lead open":        {3, []finding.Finding{gap(valid, false), gap(nil, true)}, "", Undetermined},
		"policy error without a subject": {0, nil, "conflict", Undetermined},
	} {
		t.Run(name, func(t *testing.T) {
			set := finding.Set{Metadata: []finding.Control{{ID: "C", Family: "isolation", Severity: "high"}},
				Reads: map[string][]string{}, Errors: map[string]string{}}
			if tc.err != "" {
				set.Errors["C"] = tc.err
			}

			add(&set, "C", tc.satisfied, "", nil, tc.findings...)
			var total Tally
			total.add(newControls(set)[0])

			if got := total.State(); got != tc.want {
				t.Errorf("state is %s, want %s", got, tc.want)
			}
		})
	}
}

// TestNothingJudgedIsNoPass: not one word of a pass for a run without verdicts.
func TestNothingJudgedIsNoPass(t *testing.T) {
	in := clean()
	in.Set.Controls = nil
	got := page(t, in)
	if !strings.Contains(got, "Nothing to judge") || strings.Contains(got, "As promised") {
		t.Error("a run that judged nothing reads like a pass")
	}
}

func TestUnsafeCloud(t *testing.T) {
	for cloud, want := range map[string]bool{"public": false, "usgov": false, "china": false,
		"unsafe:lab": true, "unsafe:": true} {
		in := clean()
		in.Manifest.Cloud = cloud
		if got := strings.Contains(page(t, in), "proves nothing about a real tenant"); got != want {
			t.Errorf("cloud %q: banner %v, want %v", cloud, got, want)
		}
	}
}

// TestOneAnswer: the page says of a dataset what the engine judged, in status,
// colour and reason, whatever the manifest's own word is.
func TestOneAnswer(t *testing.T) {
	hole := []finding.ScopeCoverage{{Scope: "a", Status: "complete"}, {Scope: "b", Status: "denied",
		Reason: "HTTP 403"}}
	for name, tc := range map[string]struct {
		manifest snapshot.Coverage
		judged   *finding.Coverage
		word     string
		why      string
		state    State
	}{
		"complete": {snapshot.Coverage{Status: snapshot.Complete},
			&finding.Coverage{Status: "complete"}, "Complete", "", Passed},
		"proven": {snapshot.Coverage{Status: snapshot.Complete, Proof: "p"},
			&finding.Coverage{Status: "complete", Reason: "proof: p"}, "Complete", "", Passed},
		"not read whole": {snapshot.Coverage{Status: snapshot.Complete, WholeAt: "2026-11-20T08:00:00Z"},
			&finding.Coverage{Status: "complete"}, "Complete",
			"Read whole at 2026-11-20T08:00:00Z; since then, what the service said had changed", Passed},
		"not read whole, and stale": {
			snapshot.Coverage{Status: snapshot.Complete, WholeAt: "2026-11-20T08:00:00Z"},
			&finding.Coverage{Status: "stale", Reason: "old"}, "Too old", "old", Undetermined},
		"complete, and stale": {snapshot.Coverage{Status: snapshot.Complete},
			&finding.Coverage{Status: "stale", Reason: "old"}, "Too old", "old", Undetermined},
		"partial, and stale": {snapshot.Coverage{Status: snapshot.Partial}, &finding.Coverage{Status: "stale",
			Reason: "old"}, "Too old", "old", Undetermined},
		"promised, not seen": {snapshot.Coverage{Status: snapshot.Complete},
			&finding.Coverage{Status: "partial", Reason: "visibility_unproven, why"}, "Partial",
			"visibility_unproven, why", Undetermined},
		"contradictory": {snapshot.Coverage{Status: snapshot.Complete},
			&finding.Coverage{Status: "error", Reason: "contradictory, 3 and 4"}, "Error",
			"contradictory, 3 and 4", Undetermined},
		"no licence, so empty": {snapshot.Coverage{Status: snapshot.NotLicensed},
			&finding.Coverage{Status: "complete", Reason: "HTTP 400"}, "Not licensed, so empty", "HTTP 400",
			Passed},
		"no licence, unproven": {snapshot.Coverage{Status: snapshot.NotLicensed},
			&finding.Coverage{Status: "not_licensed", Reason: "licence_unproven"}, "Not licensed",
			"licence_unproven", Undetermined},
		"complete with a hole": {snapshot.Coverage{Status: snapshot.Complete},
			&finding.Coverage{Status: "complete", Scopes: hole}, "Partial", "", Undetermined},
		"not judged": {snapshot.Coverage{Status: snapshot.Complete}, nil, "Not read", "not judged",
			Undetermined},
	} {
		in := clean()
		in.Manifest.Datasets["entra.users"] = tc.manifest
		delete(in.Set.Coverage, "entra.users")

		if tc.judged != nil {
			in.Set.Coverage["entra.users"] = *tc.judged
		}

		d := newDatasets(in, newControls(in.Set))[0]
		if d.Word() != tc.word || d.Why() != tc.why || d.State() != tc.state {
			t.Errorf("%s: %q, %q, %s; want %q, %q, %s", name, d.Word(), d.Why(), d.State(), tc.word, tc.why, tc.state)
		}
	}
}

// TestEmptyFrameworks: a mapping to nothing is not printed.
func TestEmptyFrameworks(t *testing.T) {
	c := Control{Meta: finding.Control{Maps: map[string][]string{"ccm": {}, "gdpr": {""}, "iso_27001": {" "},
		"nist_800_53": {"AC-4", ""}}}}
	if diff := cmp.Diff([]Mapping{{"NIST SP 800-53", "AC-4"}}, c.Supports()); diff != "" {
		t.Error(diff)
	}
}

// TestGroupNeverHidesOpen: the bound cuts accepted findings before open ones.
func TestGroupNeverHidesOpen(t *testing.T) {
	var list []finding.Finding
	for range maxItems + 5 {
		list = append(list, finding.Finding{Outcome: finding.NotSatisfied, Excepted: &finding.Excepted{}})
	}

	list = append(list, finding.Finding{Outcome: finding.Undetermined, Lead: true},
		finding.Finding{Outcome: finding.NotSatisfied, Subject: "open"})
	g := newGroup(list)
	if g.First[0].Subject != "open" || !g.First[1].Lead {
		t.Errorf("first are %+v", g.First[:2])
	}

	if diff := cmp.Diff([]int{maxItems + 7, 2, 1, 7, maxItems + 5}, []int{g.Total, g.Open, g.Leads, g.Hidden(),
		g.Accepted()}); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestPieces(t *testing.T) {
	for in, want := range map[string][]piece{
		"plain é 中":   {{"plain é 中", false}},
		"":            nil,
		"a\u202Eb":    {{"a", false}, {"U+202E", true}, {"b", false}},
		"\x00":        {{"U+0000", true}},
		"a\nb":        {{"a", false}, {"U+000A", true}, {"b", false}},
		"\xff":        {{`\xFF`, true}},
		"\uFFFD":      {{"\uFFFD", false}},
		"a\u00A0b":    {{"a", false}, {"U+00A0", true}, {"b", false}},
		"\U000E0041":  {{"U+E0041", true}},
		"0123456789x": {{"0123456789", false}, {"… cut, 11 characters in all", true}},
	} {
		if diff := cmp.Diff(want, pieces(in, 10)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

func FuzzPieces(f *testing.F) {
	f.Add("a\u202E\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range pieces(s, 50) {
			for _, r := range p.Text {
				if hidden(r) {
					t.Fatalf("U+%04X of %q stays", r, s)
				}
			}
		}
	})
}

func TestWhen(t *testing.T) {
	for in, want := range map[string]string{
		"2026-11-20T09:00:00+01:00": "20 November 2026, 08:00:00 UTC",
		"2027-01-31":                "31 January 2027",
		"soon":                      "soon",
	} {
		if got := when(in); got != want {
			t.Errorf("when(%q) = %q, want %q", in, got, want)
		}
	}

	if got := between("2026-11-20T23:59:00Z",
		"2026-11-21T00:01:00Z"); got != "2026-11-20 23:59:00 to 2026-11-21 00:01:00 UTC" {
		t.Errorf("between = %q", got)
	}
}

// TestSaysWhatItMust: the sentences that a report never goes without.
func TestSaysWhatItMust(t *testing.T) {
	got := page(t, sample())
	for _, want := range []string{
		"Microsoft does not sign API answers", "Not yet reviewed by a human",
		"ringfence-attest RUN --key REF --fleet F",
		"ringfence verify DIR --key machine.pub",
		"cosign verify-blob-attestation --key machine.pub --bundle assessment-results.json.sigstore.json --type urn:ringfence:attestation:assessment-results:v1 --insecure-ignore-tlog assessment-results.json",
		"4f6f1c94-5c3a-4d52-8a8c-0e6e3f1b6d1a", "0b7c5c1e-8a53-4a8e-9a0d-3f6f1ef2a9c4", // request ids
		"Exception expired", "Accepted by an exception", "Lead.</b>", "The policy failed",
		"Guests who are in already stay.",
		digestOf("findings.json") + "  findings.json", "RoleEligibilitySchedule.Read.Directory",
		"over the sorted list of the policy files",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
