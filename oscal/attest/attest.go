// Package attest signs and checks statements about files: what a machine says of a
// run, and what a human decided about it.
//
// # What a statement is
//
// A statement says something (its predicate, a JSON object) about files (its subjects,
// each a path and a SHA-256 digest). It is wrapped three times, in formats that other
// people's tools read and write:
//
//	in-toto Statement v1     {"_type", "subject": [{"name", "digest"}], "predicateType", "predicate"}
//	DSSE envelope            the statement as bytes, and an ECDSA P-256 signature of them
//	Sigstore bundle v0.3     the envelope, and a hint at the key
//
// Stock cosign checks and makes the same files:
//
//	cosign verify-blob-attestation --key machine.pub --insecure-ignore-tlog \
//	    --bundle assessment-results.json.sigstore.json \
//	    --type urn:ringfence:attestation:assessment-results:v1 assessment-results.json
//
// What is signed is not the JSON of the bundle but DSSE's pre-authentication encoding of
// payload type and payload, so nothing of a payload has to be parsed before its
// signature holds; and [Verify] parses nothing before.
//
// # Who says what
//
// The predicate type decides who may sign. [Sign] signs what a machine says, and refuses
// everything else. A review ([TypeReview]) is what a human says: this package only
// prepares and checks it, and the one program that signs it is ringfence-attest.
//
// That no machine can review does not depend on that. Whoever holds a machine's key can
// sign any bytes with other tools; [CheckReview] does not count them, because a review
// counts only under the key of a reviewer of the fleet file that is no machine's key.
//
// # What counts as a review
//
// A review counts if all of this holds:
//
//   - exactly one reviewer of the roster signed it, with the key that the fleet file
//     names, and that key is no machine's
//   - it is a review, in the name of that reviewer
//   - it is about exactly the files that a review is about, with the digests of this run
//   - it has one decision for each finding of the run, and no other; to dispute a finding
//     or to accept its risk takes a note
//
// The caller adds what only it knows: which run and client it must be, and whether the
// time is possible ([Review.CheckTime]).
//
// # Rules of the package
//
// It works on bytes: it opens no file and knows no OSCAL. Everything that it reads was
// written by somebody else, so it takes one spelling of everything: unknown, repeated
// and differently cased members are errors, since two readers must not see two
// statements in the same bytes.
//
// Sources: in-toto attestation spec v1 (statement.md), DSSE v1 (protocol.md), sigstore
// protobuf-specs (sigstore_bundle.proto).
package attest

// Predicate types. Machines sign all but [TypeReview].
const (
	// TypeSnapshot: these files are a snapshot as it was collected. Not written yet.
	TypeSnapshot = "urn:ringfence:attestation:snapshot:v1"
	// TypeAssessmentResults: these files are a run's inputs and results.
	TypeAssessmentResults = "urn:ringfence:attestation:assessment-results:v1"
	// TypeReview: this human has decided each finding of the run.
	TypeReview = "urn:ringfence:attestation:review:v1"
	// TypeException: this exception is in force. Not written yet.
	TypeException = "urn:ringfence:attestation:exception:v1"
	// TypeResidue: this is what still joins a client that left with the MSP, or with others.
	TypeResidue = "urn:ringfence:attestation:residue:v1"
	// TypeAuditEvent: this happened (a run, a withdrawal). Not written yet.
	TypeAuditEvent = "urn:ringfence:attestation:audit-event:v1"
)

// machineTypes is the closed set of what machines say.
var machineTypes = map[string]bool{
	TypeSnapshot:          true,
	TypeAssessmentResults: true,
	TypeException:         true,
	TypeResidue:           true,
	TypeAuditEvent:        true,
}
