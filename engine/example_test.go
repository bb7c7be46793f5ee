package engine_test

import (
	"context"
	"fmt"
	"log"
	"testing/fstest"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/intent"
)

// A policy set of one control judges a tenant of which one document was read, and then one
// that denied it. The policy says nothing about missing evidence: the engine reads off the
// compiled policy what it needs, and a gap makes the verdict undetermined.
func Example() {
	e, err := engine.Load(fstest.MapFS{"example.rego": {Data: []byte(`# METADATA
# title: Only administrators invite guests
# custom: {id: EX-T-01, severity: high}
package example.isolation.inviters

subjects contains p._subject if some p in input.entra.authorization_policy

pass contains p._subject if {
	some p in input.entra.authorization_policy
	p.allowInvitesFrom == "adminsAndGuestInviters"
}
`)}})
	if err != nil {
		log.Fatal(err)
	}

	promise := intent.Intent{Client: intent.Client{
		Name:     "fabrikam",
		TenantID: "aaaaaaaa-0000-4000-8000-000000000010",
		MaxAge:   "24h",
	}}
	judge := func(d snapshot.Dataset) {
		d.Name = "entra.authorization_policy"
		manifest := snapshot.Manifest{Client: "fabrikam", TenantID: promise.Client.TenantID}
		snap, err := snapshot.Seal(manifest, []snapshot.Dataset{d})
		if err != nil {
			log.Fatal(err)
		}

		asOf := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
		set, err := e.Evaluate(context.Background(), snap, promise, asOf)
		if err != nil {
			log.Fatal(err)
		}
		for _, v := range set.Verdicts {
			fmt.Println(v.Control, v.Subject, v.Outcome)
		}
	}

	judge(snapshot.Dataset{
		Documents: []snapshot.Document{{
			ID:   "authorizationPolicy",
			Spec: map[string]any{"allowInvitesFrom": "adminsAndGuestInviters"},
		}},
		Coverage: snapshot.Coverage{
			Status:    snapshot.Complete,
			StartedAt: "2026-11-20T08:00:00Z",
			EndedAt:   "2026-11-20T08:00:01Z",
		},
	})
	judge(snapshot.Dataset{Coverage: snapshot.Coverage{
		Status:   snapshot.Denied,
		EndedAt:  "2026-11-20T08:00:01Z",
		Evidence: &snapshot.Evidence{HTTPStatus: 403, Code: "Authorization_RequestDenied"},
	}})

	// Output:
	// EX-T-01 entra.authorization_policy/authorizationPolicy satisfied
	// EX-T-01 entra.authorization_policy/* undetermined
}
