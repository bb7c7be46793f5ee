package attest_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/sign"

	"ringfence/oscal/attest"
)

// A machine signs what it found. Whoever has its public key can check that, and which
// bytes it was about.
func ExampleSign() {
	machine := exampleKey("a long passphrase")

	bundle, err := attest.Sign(context.Background(), machine, attest.Statement{
		PredicateType: attest.TypeAssessmentResults,
		Subjects:      []attest.Subject{{Name: "assessment-results.json", SHA256: digest("the results")}},
		Predicate:     []byte(`{"run":"8d7c5a52-3b9f-5d6f-8a52-0f6f3d2d9a10"}`),
	})
	if err != nil {
		log.Fatal(err)
	}

	public, err := attest.LoadPublicKey(machine.Public().PEM())
	if err != nil {
		log.Fatal(err)
	}
	statement, err := attest.Verify(bundle, public)
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(statement.PredicateType)
	for _, s := range statement.Subjects {
		fmt.Println(s.Name, s.SHA256 == digest("the results"), s.SHA256 == digest("edited results"))
	}

	_, err = attest.Verify(bundle, exampleKey("another key").Public())
	fmt.Println(errors.Is(err, attest.ErrSignature))

	// Output:
	// urn:ringfence:attestation:assessment-results:v1
	// assessment-results.json true false
	// true
}

// What a human says, no machine signs.
func ExampleSign_review() {
	_, err := attest.Sign(context.Background(), exampleKey("a long passphrase"), attest.Statement{
		PredicateType: attest.TypeReview,
		Subjects:      []attest.Subject{{Name: "assessment-results.json", SHA256: digest("the results")}},
		Predicate:     []byte(`{}`),
	})
	fmt.Println(err)

	// Output:
	// signing "urn:ringfence:attestation:review:v1": not a statement that a machine signs
}

// A review is prepared, signed by a human, and checked against the run that it is about.
// It does not count for a run with other results, and not under a machine's key.
func ExampleCheckReview() {
	const finding = "0c9c5d52-3b9f-5d6f-8a52-0f6f3d2d9a10"
	files := map[string]string{"assessment-results.json": digest("the results")}
	statement, err := attest.PrepareReview(attest.Review{
		Run:        "8d7c5a52-3b9f-5d6f-8a52-0f6f3d2d9a10",
		Client:     "fabrikam",
		Reviewer:   "alice",
		ReviewedAt: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC),
		Decisions:  []attest.Decision{{UUID: finding, Decision: attest.Disputed, Note: "the guest left yesterday"}},
	}, files, []string{finding})
	if err != nil {
		log.Fatal(err)
	}

	// ringfence-attest does this, after it has asked.
	alice := exampleKey("of alice")
	data := &sign.DSSEData{Data: statement, PayloadType: "application/vnd.in-toto+json"}
	signed, err := sign.Bundle(data, alice, sign.BundleOptions{})
	if err != nil {
		log.Fatal(err)
	}
	bundle, err := attest.Marshal(signed)
	if err != nil {
		log.Fatal(err)
	}

	roster := []attest.ReviewerKey{{Name: "alice", SPKI: alice.Public().SPKI(), Key: alice.Public()}}
	check := func(machines []string, results string) {
		files := map[string]string{"assessment-results.json": digest(results)}
		r, err := attest.CheckReview(bundle, roster, machines, files, []string{finding})
		if err != nil {
			reason, _, _ := strings.Cut(err.Error(), " (sha256")
			fmt.Println(reason)
			return
		}
		fmt.Println(r.Reviewer, "says:", r.Decisions[0].Decision+",", r.Decisions[0].Note)
	}

	check(nil, "the results")
	check(nil, "other results")
	check([]string{alice.Public().SPKI()}, "the results")

	// Output:
	// alice says: disputed, the guest left yesterday
	// the review covers another assessment-results.json
	// the key of reviewer "alice" is a machine key: no machine reviews
}

// exampleKey makes a key, and reads it as a program would from a file.
func exampleKey(passphrase string) *attest.Key {
	private, _, err := attest.GenerateKey([]byte(passphrase))
	if err != nil {
		log.Fatal(err)
	}
	key, err := attest.LoadKey(private, []byte(passphrase))
	if err != nil {
		log.Fatal(err)
	}

	return key
}

func digest(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}
