package run

import (
	"testing"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// TestVerdictLines: a line is the verdict's canonical JSON.
func TestVerdictLines(t *testing.T) {
	for _, subject := range []string{"", "entra.users/1", "a\"b\\c/\u2028\u00fc\U0001f600\x7f<&>", "a%0Ab"} {
		v := finding.Verdict{Control: "RF-T-01", Subject: subject, Outcome: finding.Undetermined}
		want, err := snapshot.CanonicalFile(v)
		if err != nil {
			t.Fatal(err)
		}

		got, err := verdictLines(finding.Set{Verdicts: []finding.Verdict{v, v}})
		if err != nil || string(got) != string(want)+string(want) {
			t.Errorf("%q: %s %v", subject, got, err)
		}
	}

	if _, err := verdictLines(finding.Set{Verdicts: []finding.Verdict{{Subject: "\xff"}}}); err == nil {
		t.Error("invalid UTF-8 is written")
	}
}
