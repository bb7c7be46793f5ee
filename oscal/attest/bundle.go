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

// MediaType is that of the only version of bundles that is written and read. It is what
// cosign writes with --new-bundle-format (sigstore_bundle.proto).
const MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// maxBundle is the size of a bundle in bytes that is read: far above any of ours, since
// a statement about 1,024 subjects has 150 KB.
const maxBundle = 16 << 20

var (
	// ErrBundle marks bytes that are not a bundle of the one shape that is read: version
	// 0.3, a plain public key, one DSSE envelope with one signature.
	ErrBundle = errors.New("malformed bundle")
	// ErrSignature marks a bundle that the given key did not sign.
	ErrSignature = errors.New("the signature is not by this key over these bytes")
	// ErrNotMachine marks a predicate that no machine may sign.
	ErrNotMachine = errors.New("not a statement that a machine signs")
)

// Sign signs what a machine says and returns the bytes of the bundle. It refuses a
// predicate type that no machine signs, a review above all ([ErrNotMachine]), and a
// statement that [Verify] would refuse ([ErrStatement]).
func Sign(ctx context.Context, k *Key, s Statement) ([]byte, error) {
	if !machineTypes[s.PredicateType] {
		return nil, fmt.Errorf("signing %q: %w", s.PredicateType, ErrNotMachine)
	}

	payload, err := s.marshal()
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}

	b, err := sign.Bundle(envelope(payload), k, sign.BundleOptions{Context: ctx})
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}

	data, err := Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}

	// The signer may be a remote service: check that it used the key that it showed.
	if _, err := Verify(data, k.public); err != nil {
		return nil, fmt.Errorf("checking the new signature: %w", err)
	}

	return data, nil
}

// envelope is a statement's bytes as DSSE signs them.
func envelope(payload []byte) *sign.DSSEData {
	return &sign.DSSEData{Data: payload, PayloadType: payloadType}
}

// Marshal returns a bundle as RFC 8785 JSON with an LF at the end, so that one bundle
// has one form. (protojson varies its white space on purpose.)
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

// Verify returns the statement of a bundle that a key signed. Nothing of the statement
// is parsed before the signature holds. Log entries and timestamps in the bundle are
// not looked at. Errors: [ErrBundle], [ErrSignature], [ErrStatement].
func Verify(bundle []byte, k *PublicKey) (Statement, error) {
	b, err := openBundle(bundle)
	if err != nil {
		return Statement{}, err
	}

	signed := envelope(b.Envelope.Payload).PreAuthEncoding()
	signature := b.Envelope.Signatures[0].Sig
	if err := k.verifier.VerifySignature(bytes.NewReader(signature), bytes.NewReader(signed)); err != nil {
		return Statement{}, fmt.Errorf("%w (key %s)", ErrSignature, k.SPKI())
	}

	return parseStatement(b.Envelope.Payload)
}

// VerifyMachine is [Verify] for what a machine says: a statement of another predicate
// type is [ErrNotMachine].
func VerifyMachine(bundle []byte, k *PublicKey) (Statement, error) {
	s, err := Verify(bundle, k)
	if err == nil && !machineTypes[s.PredicateType] {
		return Statement{}, fmt.Errorf("%.80q: %w", s.PredicateType, ErrNotMachine)
	}
	return s, err
}

// wireBundle is the JSON form of a bundle, as far as it is read. It takes one spelling
// of each member, where protojson takes two (mediaType and media_type), and its errors
// do not repeat what an attacker wrote.
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
	KeyID string `json:"keyid"` // not signed, and not used
}

// openBundle checks the shape of a bundle: version 0.3, the hint at one public key, one
// DSSE envelope around an in-toto statement, one signature. Nothing of what it returns
// is verified.
func openBundle(data []byte) (wireBundle, error) {
	var b wireBundle
	if len(data) > maxBundle {
		return b, fmt.Errorf("%w: %d bytes, more than %d", ErrBundle, len(data), maxBundle)
	}
	if err := strictJSON(data); err != nil {
		return b, fmt.Errorf("%w: %.200v", ErrBundle, err)
	}
	if err := jsonv2.Unmarshal(data, &b, jsonv2.RejectUnknownMembers(true)); err != nil {
		return b, fmt.Errorf("%w: %.200v", ErrBundle, err)
	}

	kind, n := b.Envelope.PayloadType, len(b.Envelope.Signatures)
	switch {
	case b.MediaType != MediaType:
		return b, fmt.Errorf("%w: its media type is %.80q, not %q", ErrBundle, b.MediaType, MediaType)
	case b.VerificationMaterial.PublicKey == nil:
		return b, fmt.Errorf("%w: it names no plain public key", ErrBundle)
	case kind != payloadType:
		return b, fmt.Errorf("%w: its payload type is %.80q, not %q", ErrBundle, kind, payloadType)
	case n != 1:
		return b, fmt.Errorf("%w: it has %d signatures, not one", ErrBundle, n)
	}

	return b, nil
}
