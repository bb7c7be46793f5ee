package memory

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/finding"
)

// TestPack: an opinion comes back as it was.
func TestPack(t *testing.T) {
	c := finding.Control{ID: "RF-T-01", Severity: "high"}
	want := &finding.Opinion{
		Reason: "why", Error: "what",
		Verdicts: []finding.Verdict{{Control: "RF-T-01", Subject: "a/1", Outcome: finding.Satisfied}, {Control: "RF-T-01", Subject: "a/2", Outcome: finding.NotSatisfied}},
		Findings: []finding.Finding{
			{UUID: "u", Control: "RF-T-01", Subject: "a/2", Outcome: finding.NotSatisfied, Severity: "high", Message: "no", Evidence: []string{"a/2#/x"},
				Observed: map[string]any{"a": []any{nil, true, false, json.Number("1.50"), "ü"}, "b": map[string]any{}}, Expected: "x"},
			{UUID: "v", Control: "RF-T-01", Subject: "a/3", Outcome: finding.Undetermined, Lead: true, Severity: "high", Evidence: []string{}},
		},
	}

	p := &packer{}
	p.opinion(want)

	u := &unpacker{rest: string(p.data)}
	if diff := cmp.Diff(want, u.opinion(c)); diff != "" || u.broken || u.rest != "" {
		t.Error(diff, u.broken, u.rest)
	}

	for n := range p.data {
		if u := (&unpacker{rest: string(p.data[:n])}); u.opinion(c) != nil && !u.broken {
			t.Errorf("the first %d bytes are read as a whole opinion", n)
		}
	}
}

// FuzzReadMemory: whatever is read packs again to what is read again.
func FuzzReadMemory(f *testing.F) {
	m := Read(nil, "1")
	m.opinions["RF-T-01"] = keyed[string]{"k", "p"}
	f.Add(m.Pack())

	f.Fuzz(func(t *testing.T, data []byte) {
		m := Read(data, "1")
		again := Read(m.Pack(), "1")
		if !bytes.Equal(m.Pack(), again.Pack()) {
			t.Error("what was packed reads differently")
		}

		u := &unpacker{rest: string(data)}
		u.opinion(finding.Control{})
	})
}

// TestDamage: a damaged memory is forgotten as a whole.
func TestDamage(t *testing.T) {
	m := Read(nil, "1")
	m.opinions["RF-T-01"] = keyed[string]{"k", "p"}
	packed := m.Pack()
	for i := range packed {
		broken := bytes.Clone(packed)
		broken[i] ^= 1
		if len(Read(broken, "1").opinions) != 0 {
			t.Errorf("byte %d is wrong and nobody sees it", i)
		}
	}

	if len(Read(packed, "1").opinions) != 1 {
		t.Error("it does not read what it wrote")
	}
}
