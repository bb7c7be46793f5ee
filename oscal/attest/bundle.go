package attest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"google.golang.org/protobuf/encoding/protojson"
)

// MediaType is the only bundle version that is written and read.
const MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

var (
	// ErrBundle marks bytes that are not a bundle of the one shape that is
	// read here.
	ErrBundle = errors.New("malformed bundle")
	// ErrSignature marks a bundle that the given key did not sign.
	ErrSignature = errors.New("the signature is not by this key over these bytes")
	// ErrNotMachine marks a predicate that no machine may sign.
	ErrNotMachine = errors.New("not a statement that a machine signs")
)

// machine is the closed set of what Sign signs. A review is not in it: it is
// what a human says.
var machine = map[string]bool{TypeSnapshot: true, TypeAssessmentResults: true, TypeException: true, TypeAuditEvent: true}

// Sign signs what a machine says and returns the bundle's bytes. It refuses
// every predicate type outside the closed set, a review above all
// (ErrNotMachine), and a statement that Verify would refuse (ErrStatement).
func Sign(ctx context.Context, k *Key, s Statement) ([]byte, error) {
	if !machine[s.PredicateType] {
		return nil, fmt.Errorf("signing %q: %w", s.PredicateType, ErrNotMachine)
	}

	payload, err := s.marshal()
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}

	b, err := sign.Bundle(&sign.DSSEData{Data: payload, PayloadType: payloadType}, k, sign.BundleOptions{Context: ctx})
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}

	data, err := Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}

	// A signer may be a remote service: see that it used the key it showed.
	if _, err := Verify(data, k.public); err != nil {
		return nil, fmt.Errorf("checking the new signature: %w", err)
	}

	return data, nil
}

// Marshal returns the bundle as RFC 8785 JSON with a LF at the end. (protojson
// varies its whitespace on purpose.)
func Marshal(b *protobundle.Bundle) ([]byte, error) {
	data, err := protojson.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encoding the bundle: %w", err)
	}

	v := jsontext.Value(data)
	if err := v.Canonicalize(); err != nil {
		return nil, fmt.Errorf("encoding the bundle: %w", err)
	}

	return append(v, '\n'), nil
}

// Verify returns the statement of a bundle that k signed. Nothing of it is
// parsed before the signature holds. Log entries and timestamps in the bundle
// are not looked at here. Errors: ErrBundle, ErrSignature, ErrStatement.
func Verify(bundle []byte, k *PublicKey) (Statement, error) {
	b, err := openBundle(bundle)
	if err != nil {
		return Statement{}, err
	}

	pae := (&sign.DSSEData{Data: b.Envelope.Payload, PayloadType: payloadType}).PreAuthEncoding()
	sig := b.Envelope.Signatures[0].Sig
	if err := k.verifier.VerifySignature(bytes.NewReader(sig), bytes.NewReader(pae)); err != nil {
		return Statement{}, fmt.Errorf("%w (key %s)", ErrSignature, k.SPKI())
	}

	return parseStatement(b.Envelope.Payload)
}

// VerifyMachine is Verify for what a machine says: a statement of another
// predicate type is ErrNotMachine.
func VerifyMachine(bundle []byte, k *PublicKey) (Statement, error) {
	s, err := Verify(bundle, k)
	if err == nil && !machine[s.PredicateType] {
		return Statement{}, fmt.Errorf("%.80q: %w", s.PredicateType, ErrNotMachine)
	}
	return s, err
}

// wireBundle is the part of the bundle's JSON form that is read. It takes one
// spelling of each member, where protojson takes two, and its errors do not
// repeat what an attacker wrote.
type wireBundle struct {
	MediaType            string `json:"mediaType"`
	VerificationMaterial struct {
		PublicKey *struct {
			Hint string `json:"hint"` // which key the bundle claims; never trusted
		} `json:"publicKey"`
		TlogEntries               jsontext.Value `json:"tlogEntries"`
		TimestampVerificationData jsontext.Value `json:"timestampVerificationData"`
	} `json:"verificationMaterial"`
	Envelope struct {
		Payload     []byte          `json:"payload"`
		PayloadType string          `json:"payloadType"`
		Signatures  []wireSignature `json:"signatures"`
	} `json:"dsseEnvelope"`
}

type wireSignature struct {
	Sig   []byte `json:"sig"`
	KeyID string `json:"keyid"` // not signed; not used
}

// openBundle checks the shape of a bundle: version 0.3, one public key hint,
// one DSSE envelope around an in-toto statement, one signature. Nothing of what
// it returns is verified.
func openBundle(data []byte) (wireBundle, error) {
	if len(data) > maxBundle {
		return wireBundle{}, fmt.Errorf("%w: %d bytes, more than %d", ErrBundle, len(data), maxBundle)
	}
	if err := strictJSON(data); err != nil {
		return wireBundle{}, fmt.Errorf("%w: %.200v", ErrBundle, err)
	}

	var b wireBundle
	if err := jsonv2.Unmarshal(data, &b, jsonv2.RejectUnknownMembers(true)); err != nil {
		return wireBundle{}, fmt.Errorf("%w: %.200v", ErrBundle, err)
	}

	switch {
	case b.MediaType != MediaType:
		return wireBundle{}, fmt.Errorf("%w: its media type is %.80q, not %q", ErrBundle, b.MediaType, MediaType)
	case b.VerificationMaterial.PublicKey == nil:
		return wireBundle{}, fmt.Errorf("%w: it names no plain public key", ErrBundle)
	case b.Envelope.PayloadType != payloadType:
		return wireBundle{}, fmt.Errorf("%w: its payload type is %.80q, not %q", ErrBundle, b.Envelope.PayloadType, payloadType)
	case len(b.Envelope.Signatures) != 1:
		return wireBundle{}, fmt.Errorf("%w: it has %d signatures, not one", ErrBundle, len(b.Envelope.Signatures))
	}

	return b, nil
}
