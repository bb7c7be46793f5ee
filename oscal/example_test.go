package oscal_test

import (
	"encoding/json"
	"fmt"
	"log"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal"
)

// The result of a run on one client whose only control is not satisfied: what the
// engine says goes in, three OSCAL documents come out, and one of them is read as any
// OSCAL tool would.
func ExampleDocuments() {
	docs, err := oscal.Documents(exampleRun())
	if err != nil {
		log.Fatal(err)
	}

	for _, problem := range oscal.Validate(docs[layout.Results]) {
		fmt.Println(problem)
	}

	var document struct {
		Results struct {
			Results []struct {
				Findings []struct {
					Title  string
					Target struct {
						Status struct{ State, Reason string }
					}
				}
				Risks []struct{ Statement, Status string }
			}
		} `json:"assessment-results"`
	}
	if err := json.Unmarshal(docs[layout.Results], &document); err != nil {
		log.Fatal(err)
	}

	result := document.Results.Results[0]
	for _, f := range result.Findings {
		fmt.Printf("%s: %s (%s)\n", f.Title, f.Target.Status.State, f.Target.Status.Reason)
	}
	for _, r := range result.Risks {
		fmt.Printf("%s Status: %s.\n", r.Statement, r.Status)
	}

	// Output:
	// RF-T-08 Only administrators invite guests: not-satisfied (fail)
	// Subjects that are not as promised: 1. Status: open.
}

// A document whose end is before its start is valid by NIST's JSON schema.
func ExampleValidate() {
	docs, err := oscal.Documents(exampleRun())
	if err != nil {
		log.Fatal(err)
	}

	document, err := snapshot.ParseObject(docs[layout.Results])
	if err != nil {
		log.Fatal(err)
	}
	result := document["assessment-results"].(map[string]any)["results"].([]any)[0].(map[string]any)
	result["end"] = "2026-11-20T07:00:00Z"

	edited, err := snapshot.CanonicalFile(document)
	if err != nil {
		log.Fatal(err)
	}
	for _, problem := range oscal.Validate(edited) {
		if problem.Path == "/assessment-results/results/0/end" {
			fmt.Println(problem)
		}
	}

	// Output:
	// /assessment-results/results/0/end: end 2026-11-20T07:00:00Z is before start 2026-11-20T08:00:00Z [time-order]
}

// exampleRun is what the engine hands over: one control that judged one document.
func exampleRun() oscal.Input {
	const (
		tenant  = "aaaaaaaa-0000-4000-8000-000000000010"
		control = "RF-T-08"
		subject = "entra.authorization_policy/authorizationPolicy"
		title   = "Only administrators invite guests"
	)

	files := map[string]string{}
	for _, path := range []string{layout.Intent, layout.Manifest, layout.Policies, layout.Findings, layout.Verdicts} {
		files[path] = snapshot.Digest([]byte("the bytes of " + path))
	}

	return oscal.Input{
		RunID:         finding.RunID("snapshot", "intent", "policies", "1", "2026-11-20T09:00:00Z"),
		AsOf:          time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
		EngineVersion: "1",
		Files:         files,
		Intent: intent.Intent{
			MSP:    intent.MSP{Name: "Northwind", TenantID: "aaaaaaaa-0000-4000-8000-000000000001"},
			Client: intent.Client{Name: "fabrikam", TenantID: tenant},
		},
		Manifest: snapshot.Manifest{TenantID: tenant, CollectedAt: "2026-11-20T08:00:00Z", Cloud: "public"},
		Set: finding.Set{
			Client:   "fabrikam",
			TenantID: tenant,
			Metadata: []finding.Control{{ID: control, Title: title, Family: "isolation", Severity: "high"}},
			Controls: []finding.Summary{{
				ID: control, Title: title, Family: "isolation", Severity: "high",
				Outcome: finding.NotSatisfied, Subjects: finding.Counts{NotSatisfied: 1},
			}},
			Findings: []finding.Finding{{
				UUID:    finding.ObservationUUID(tenant, control, subject),
				Control: control, Subject: subject, Severity: "high",
				Outcome: finding.NotSatisfied,
				Message: "everyone, guests included, may invite guests",
			}},
		},
	}
}
