package oscal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// What the documents claim beyond the verdicts, and must not.

func TestObservationTypes(t *testing.T) {
	for _, o := range resultOf(t, sample()).Observations {
		want := observedFinding
		if propOf(o.Props, "subject") == "*" {
			want = observedDiscovery
		}
		if !slices.Equal(o.Types, []string{want}) {
			t.Errorf("%s: types %v, want %s", o.Title, o.Types, want)
		}
	}
}

// TestNobodyHasReviewed: who is to review is a promise; until somebody has, no
// document lists a reviewer in any role, or as a party.
func TestNobodyHasReviewed(t *testing.T) {
	in := sample()
	for i := range in.Set.Findings {
		in.Set.Findings[i].Excepted = nil
	}

	for name, data := range mustDocuments(t, in) {
		for _, s := range []string{"responsible-reviewer", "security-lead"} {
			if strings.Contains(string(data), s) {
				t.Errorf("%s has %q", name, s)
			}
		}
	}

	approved := string(mustDocuments(t, sample())[layout.Results])
	isParty := strings.Contains(approved, `"name":"security-lead"`)
	if !isParty || strings.Contains(approved, "responsible-reviewer") {
		t.Error("who approved an exception is a party, and in no other role")
	}
}

// TestPlanIsMadeWithTheResults: it is no evidence that anybody planned before.
func TestPlanIsMadeWithTheResults(t *testing.T) {
	unsafe := sample()
	unsafe.Manifest.Cloud = "unsafe:lab"
	for name, in := range map[string]Input{"plain": sample(), "unsafe": unsafe} {
		var p planFile
		if err := json.Unmarshal(mustDocuments(t, in)[layout.Plan], &p); err != nil {
			t.Fatal(err)
		}

		m := p.Plan.Metadata
		if !strings.HasPrefix(m.Remarks, madeWithResults) || propOf(m.Props, "made") != "with-the-results" {
			t.Errorf("%s: %q %v", name, m.Remarks, m.Props)
		}

		if name == "unsafe" && !strings.Contains(m.Remarks, "UNSAFE CLOUD") {
			t.Errorf("%s: %q", name, m.Remarks)
		}
	}
}

// TestCatalogIsOfThePolicies: the same policies make the same catalog for every
// client and run, and other policies another one.
func TestCatalogIsOfThePolicies(t *testing.T) {
	uuidOf := func(in Input) (string, string) {
		data := mustDocuments(t, in)[layout.Catalog]
		var c catalogFile
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatal(err)
		}

		return c.Catalog.UUID, string(data)
	}

	first, data := uuidOf(sample())

	other := sample()
	other.RunID = finding.RunID("other", "i", "p", "1", "t")
	other.Set.Client = "contoso"
	other.Set.Snapshot, other.Set.Intent = strings.Repeat("9", 64), strings.Repeat("8", 64)
	other.Intent.Client.Name, other.Manifest.Cloud = "contoso", "unsafe:lab"
	if got, same := uuidOf(other); got != first || same != data {
		t.Error("another client's run has another catalog of the same policies")
	}

	other.AsOf = other.AsOf.Add(1)
	if got, _ := uuidOf(other); got != first {
		t.Error("the catalog's uuid depends on the time")
	}

	for name, change := range map[string]func(*Input){
		"title": func(in *Input) { in.Set.Metadata[0].Title = "Another" },
		"less":  clearedInput,
	} {
		in := sample()
		change(&in)
		if got, _ := uuidOf(in); got == first {
			t.Errorf("%s: another catalog has the same uuid", name)
		}
	}
}

func clearedInput(in *Input) { clearSet(&in.Set) }

// TestNormalizedIsNotRaw: a snapshot's documents are not the API's bytes.
func TestNormalizedIsNotRaw(t *testing.T) {
	data := string(mustDocuments(t, sample())[layout.Results])
	const claim = "normalized from what the API answered"
	if strings.Contains(data, "as the API returned") || !strings.Contains(data, claim) {
		t.Error("the evidence is said to be the API's own bytes")
	}
}

// TestEmptyFrameworks: a mapping to nothing is not printed, and one that nobody checked
// is said to be one.
func TestEmptyFrameworks(t *testing.T) {
	in := sample()
	in.Set.Metadata[0].Maps = map[string][]string{
		"ccm": {"X-1"}, "gdpr": {""}, "iso_27001": {" "}, "nist_800_53": {"AC-4", ""},
	}
	in.Set.Metadata[0].Unverified = []string{"ccm"}
	in.Set.Metadata = in.Set.Metadata[:1]
	var c catalogFile
	if err := json.Unmarshal(mustDocuments(t, in)[layout.Catalog], &c); err != nil {
		t.Fatal(err)
	}

	var got []string
	for _, g := range c.Catalog.Groups {
		for _, control := range g.Controls {
			for _, p := range control.Props {
				if p.Name == "supports" {
					unchecked := strings.Contains(p.Remarks, "not checked")
					got = append(got, fmt.Sprint(p.Class, " ", p.Value, " ", unchecked))
				}
			}
		}
	}

	if !slices.Equal(got, []string{"ccm X-1 true", "nist_800_53 AC-4 false"}) {
		t.Errorf("supports %q", got)
	}
}
