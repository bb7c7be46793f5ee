package attest

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	sgbundle "github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
)

// sigstoreVerify is the second opinion: sigstore-go's own verifier, with the
// one key trusted and neither log nor timestamp demanded.
func sigstoreVerify(data []byte, k *PublicKey) error {
	var b sgbundle.Bundle
	if err := b.UnmarshalJSON(data); err != nil {
		return err
	}

	trusted := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return root.NewExpiringKey(k.verifier.(signature.Verifier), time.Time{}, time.Time{}), nil
	})
	v, err := verify.NewVerifier(trusted, verify.WithNoObserverTimestamps())
	if err != nil {
		return err
	}

	_, err = v.Verify(&b, verify.NewPolicy(verify.WithoutArtifactUnsafe(), verify.WithKey()))
	return err
}

// The bytes of a bundle are a function of statement, key and signature.
func TestMarshalGolden(t *testing.T) {
	key := &protobundle.VerificationMaterial_PublicKey{PublicKey: &protocommon.PublicKeyIdentifier{Hint: hexA}}
	data, err := Marshal(&protobundle.Bundle{
		MediaType:            MediaType,
		VerificationMaterial: &protobundle.VerificationMaterial{Content: key},
		Content: &protobundle.Bundle_DsseEnvelope{DsseEnvelope: &protodsse.Envelope{
			Payload: []byte("{}"), PayloadType: payloadType,
			Signatures: []*protodsse.Signature{{Sig: []byte("sig")}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/bundle.json", data)
}

// edited returns the bundle with old replaced by new once; the test fails if
// there is nothing to replace.
func edited(t testing.TB, bundle []byte, old, new string) []byte {
	t.Helper()
	s := string(bundle)
	if !strings.Contains(s, old) {
		t.Fatalf("no %q in %s", old, s)
	}

	return []byte(strings.Replace(s, old, new, 1))
}

func signed(t testing.TB, k *Key) []byte {
	t.Helper()
	b, err := Sign(context.Background(), k, results())
	if err != nil {
		t.Fatal(err)
	}

	return b
}

// material is a bundle up to what is signed.
const material = `{"mediaType":"` + MediaType + `","verificationMaterial":{"publicKey":{}},`

func TestVerifyRefusesBundles(t *testing.T) {
	k := newKey(t)
	good := signed(t, k)
	payload, _ := results().marshal()
	forged := strings.Replace(string(payload), hexA, hexB, 1)
	b64 := base64.StdEncoding.EncodeToString
	asText := signRaw(t, k, string(payload), "text/plain")
	publicKey := `"publicKey":{"hint":"` + string(k.GetHint()) + `"}`
	const open = `{"dsseEnvelope":`

	for label, c := range map[string]struct {
		bundle []byte
		err    error
		want   string
	}{
		"empty":            {nil, ErrBundle, "EOF"},
		"null":             {[]byte("null"), ErrBundle, "media type"},
		"array":            {[]byte("[]"), ErrBundle, "array"},
		"truncated":        {good[:len(good)/2], ErrBundle, "EOF"},
		"twice":            {append(good[:len(good):len(good)], good...), ErrBundle, "after top-level"},
		"v0.2":             {edited(t, good, "bundle.v0.3+json", "bundle+json;version=0.2"), ErrBundle, "version=0.2"},
		"v0.4":             {edited(t, good, "v0.3", "v0.4"), ErrBundle, "v0.4"},
		"no signature":     {signatures(t, good, 0), ErrBundle, "0 signatures"},
		"two signatures":   {signatures(t, good, 2), ErrBundle, "2 signatures"},
		"empty signature":  {edited(t, good, `"sig":"`, `"sig":"","keyid":"`), ErrSignature, "signature"},
		"certificate":      {edited(t, good, publicKey, `"certificate":{"rawBytes":"MA=="}`), ErrBundle, "unknown"},
		"no material":      {edited(t, good, publicKey, ``), ErrBundle, "plain public key"},
		"message":          {[]byte(material + `"messageSignature":{"signature":"MA=="}}`), ErrBundle, "unknown"},
		"payload type":     {edited(t, good, payloadType, "text/plain"), ErrBundle, "text/plain"},
		"signed as text":   {edited(t, asText, "text/plain", payloadType), ErrSignature, "signature"},
		"edited payload":   {edited(t, good, b64(payload), b64([]byte(forged))), ErrSignature, "signature"},
		"bad base64":       {edited(t, good, `"payload":"`, `"payload":"!`), ErrBundle, "base64"},
		"url base64":       {edited(t, good, `"sig":"`, `"sig":"_-`), ErrBundle, "base64"},
		"duplicate member": {edited(t, good, open, `{"dsseEnvelope":{},"dsseEnvelope":`), ErrBundle, "duplicate"},
		"both names":       {edited(t, good, open, `{"dsse_envelope":{},"dsseEnvelope":`), ErrBundle, "unknown"},
		"unknown member":   {edited(t, good, `{"dsse`, `{"x":1,"dsse`), ErrBundle, "unknown"},
		"long name":        {[]byte(`{"` + strings.Repeat("x", 5000) + `":1}`), ErrBundle, "unknown"},
		"deep":             {[]byte(strings.Repeat(`{"a":`, 100000)), ErrBundle, "deeper"},
		"huge":             {make([]byte, maxBundle+1), ErrBundle, "16777217 bytes"},
	} {
		_, err := Verify(c.bundle, k.Public())
		if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %v with %q", label, err, c.err, c.want)
		}
		if len(err.Error()) > 300 {
			t.Errorf("%s: the error repeats %d bytes of the input", label, len(err.Error()))
		}
	}
}

// signatures returns the bundle with its signature repeated n times.
func signatures(t testing.TB, bundle []byte, n int) []byte {
	t.Helper()
	_, rest, ok := strings.Cut(string(bundle), `"signatures":[`)
	one, _, ok2 := strings.Cut(rest, "]")
	if !ok || !ok2 {
		t.Fatalf("no signatures in %s", bundle)
	}

	many := strings.TrimSuffix(strings.Repeat(one+",", n), ",")
	return edited(t, bundle, one, many)
}

// Whatever the bytes: no panic, no statement with an error, and nothing
// accepted that sigstore-go would refuse.
func FuzzVerify(f *testing.F) {
	k := newKey(f)
	good := signed(f, k)
	f.Add(good)
	f.Add(signatures(f, good, 2))
	f.Add(edited(f, good, "v0.3", "v0.2"))
	f.Add([]byte(material + `"dsseEnvelope":{"payload":"_-8","payloadType":"` + payloadType + `","signatures":[{}]}}`))
	f.Add([]byte(strings.Repeat("[", 200)))

	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Verify(data, k.Public())
		if err != nil {
			if s.PredicateType != "" || s.Subjects != nil || s.Predicate != nil {
				t.Fatalf("a statement with an error: %v", err)
			}
			return
		}

		if bytes.Contains(data, []byte("tlogEntries")) || bytes.Contains(data, []byte("timestampVer")) {
			return // not read here; sigstore-go parses them
		}

		if err := sigstoreVerify(data, k.Public()); err != nil {
			t.Fatalf("accepted here, refused by sigstore-go: %v", err)
		}
	})
}

// The payload is what anyone with a key can choose: it must never panic, and
// what is accepted must mean the same when written again.
func FuzzParseStatement(f *testing.F) {
	data, _ := results().marshal()
	f.Add(data)
	f.Add([]byte(fmt.Sprintf(`{"_type":%q,"subject":[{"name":"a","digest":{"sha256":%q}}],`+
		`"predicateType":"x","predicate":{"n":1e400}}`, statementType, hexA)))

	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseStatement(data)
		if err != nil {
			return
		}

		again, err := s.marshal()
		if err != nil {
			t.Fatalf("accepted but cannot be written: %v", err)
		}

		if _, err := parseStatement(again); err != nil {
			t.Fatalf("written but cannot be read: %v", err)
		}
	})
}
