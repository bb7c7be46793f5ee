package attest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore/pkg/signature"
)

var update = flag.Bool("update", false, "write the golden files")

// newKey makes a key without the cost of scrypt.
func newKey(t testing.TB) *Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}

	s, err := signature.LoadECDSASigner(private, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}

	k, err := NewKey(s)
	if err != nil {
		t.Fatal(err)
	}

	return k
}

// signRaw signs any payload, as an attacker with a key would.
func signRaw(t testing.TB, k *Key, payload, kind string) []byte {
	t.Helper()
	b, err := sign.Bundle(&sign.DSSEData{Data: []byte(payload), PayloadType: kind}, k, sign.BundleOptions{})
	if err != nil {
		t.Fatal(err)
	}

	data, err := Marshal(b)
	if err != nil {
		t.Fatal(err)
	}

	return data
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

var (
	hexA = strings.Repeat("a", 64)
	hexB = strings.Repeat("b", 64)
)

func results() Statement {
	return Statement{
		PredicateType: TypeAssessmentResults,
		Subjects:      []Subject{{"snapshot/manifest.json", hexB}, {"assessment-results.json", hexA}},
		Predicate:     []byte(`{ "run": "r-1", "client": "a<b>&c" }`),
	}
}

func TestStatementGolden(t *testing.T) {
	data, err := results().marshal()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/statement.json", data)
}

func TestSignVerify(t *testing.T) {
	k := newKey(t)
	for _, kind := range []string{TypeSnapshot, TypeAssessmentResults, TypeException, TypeResidue, TypeAuditEvent} {
		s := results()
		s.PredicateType = kind
		bundle, err := Sign(context.Background(), k, s)
		if err != nil {
			t.Fatal(err)
		}

		got, err := Verify(bundle, k.Public())
		if err != nil {
			t.Fatal(err)
		}

		subjects := []Subject{{"assessment-results.json", hexA}, {"snapshot/manifest.json", hexB}}
		want := Statement{kind, subjects, []byte(`{"run":"r-1","client":"a<b>&c"}`)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}

		if err := sigstoreVerify(bundle, k.Public()); err != nil {
			t.Errorf("%s: sigstore-go refuses: %v", kind, err)
		}

		if _, err := Verify(bundle, newKey(t).Public()); !errors.Is(err, ErrSignature) {
			t.Errorf("%s with another key: %v", kind, err)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	k := newKey(t)
	edit := func(f func(*Statement)) Statement { s := results(); f(&s); return s }

	many := make([]Subject, maxSubjects+1)
	for i := range many {
		many[i] = Subject{strings.Repeat("x", i+1), hexA}
	}

	for name, c := range map[string]struct {
		s    Statement
		want error
		text string
	}{
		"review": {edit(func(s *Statement) { s.PredicateType = TypeReview }), ErrNotMachine, TypeReview},
		"foreign type": {
			edit(func(s *Statement) { s.PredicateType = "https://slsa.dev/provenance/v1" }),
			ErrNotMachine, "slsa",
		},
		"no subjects":  {edit(func(s *Statement) { s.Subjects = nil }), ErrStatement, "no subjects"},
		"many":         {edit(func(s *Statement) { s.Subjects = many }), ErrStatement, "1025 subjects"},
		"predicate":    {edit(func(s *Statement) { s.Predicate = []byte(`"x"`) }), ErrStatement, "not an object"},
		"no predicate": {edit(func(s *Statement) { s.Predicate = nil }), ErrStatement, "not an object"},
		"bad json": {
			edit(func(s *Statement) { s.Predicate = []byte(`{"a":1,"a":2}`) }),
			ErrStatement, "duplicate",
		},
		"digest": {
			edit(func(s *Statement) { s.Subjects[0].SHA256 = strings.ToUpper(hexA) }),
			ErrStatement, "lower-case hex",
		},
	} {
		bundle, err := Sign(context.Background(), k, c.s)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || bundle != nil {
			t.Errorf("%s: %v, want %v with %q", name, err, c.want, c.text)
		}
	}
}

// A review is no machine's word, whatever key is on it.
func TestVerifyMachine(t *testing.T) {
	k := newKey(t)
	if _, err := VerifyMachine(signed(t, k), k.Public()); err != nil {
		t.Error(err)
	}

	s := results()
	s.PredicateType = TypeReview
	payload, _ := s.marshal()
	bundle := signRaw(t, k, string(payload), payloadType)
	if _, err := Verify(bundle, k.Public()); err != nil {
		t.Error(err)
	}

	if _, err := VerifyMachine(bundle, k.Public()); !errors.Is(err, ErrNotMachine) {
		t.Errorf("got %v", err)
	}
}

// A signer that shows one key and signs with another must not go unnoticed.
func TestSignWithAnotherKeyThanShown(t *testing.T) {
	k := newKey(t)
	k.public = newKey(t).public
	if _, err := Sign(context.Background(), k, results()); !errors.Is(err, ErrSignature) {
		t.Fatalf("got %v", err)
	}
}

// Each statement is correctly signed and still refused.
func TestVerifyRefusesStatements(t *testing.T) {
	k := newKey(t)
	sub := `{"name":"a","digest":{"sha256":"` + hexA + `"}}`
	st := func(typ, subjects, rest string) string {
		return `{"_type":"` + typ + `","subject":[` + subjects + `],"predicateType":"urn:x"` + rest + `}`
	}
	digest := func(d string) string { return st(statementType, `{"name":"a","digest":`+d+`}`, `,"predicate":{}`) }
	name := func(n string) string {
		return st(statementType, `{"name":`+n+`,"digest":{"sha256":"`+hexA+`"}}`, `,"predicate":{}`)
	}

	good := signRaw(t, k, st(statementType, sub, `,"predicate":{}`), payloadType)
	if _, err := Verify(good, k.Public()); err != nil {
		t.Fatalf("the honest one: %v", err)
	}

	for label, c := range map[string]struct{ payload, want string }{
		"v0.1":            {st("https://in-toto.io/Statement/v0.1", sub, `,"predicate":{}`), "Statement/v0.1"},
		"same name twice": {st(statementType, sub+","+sub, `,"predicate":{}`), "two subjects"},
		"no subjects":     {st(statementType, "", `,"predicate":{}`), "no subjects"},
		"null subjects": {
			`{"_type":"` + statementType + `","subject":null,"predicateType":"urn:x","predicate":{}}`,
			"no subjects",
		},
		"no predicate":   {st(statementType, sub, ""), "not an object"},
		"null predicate": {st(statementType, sub, `,"predicate":null`), "not an object"},
		"no type": {
			`{"_type":"` + statementType + `","subject":[` + sub + `],"predicate":{}}`,
			"no predicate type",
		},
		"duplicate member": {st(statementType, sub, `,"predicate":{},"predicateType":"urn:y"`), "duplicate"},
		"duplicate inside": {st(statementType, sub, `,"predicate":{"a":1,"a":2}`), "duplicate"},
		"other case":       {st(statementType, sub, `,"predicate":{},"Subject":[]`), "unknown"},
		"unknown member":   {st(statementType, sub, `,"predicate":{},"extra":1`), "unknown"},
		"trailing":         {st(statementType, sub, `,"predicate":{}`) + `{}`, "after top-level"},
		"bad utf-8":        {st(statementType, sub, `,"predicate":{"a":"`+"\xff"+`"}`), "UTF-8"},
		"deep": {
			st(statementType, sub, `,"predicate":{"a":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`}`),
			"deeper",
		},
		"not json":       {"hello", "invalid"},
		"empty":          {"", "EOF"},
		"digest upper":   {digest(`{"sha256":"` + strings.ToUpper(hexA) + `"}`), "64 lower-case"},
		"digest short":   {digest(`{"sha256":"abcd"}`), "64 lower-case"},
		"digest not hex": {digest(`{"sha256":"` + strings.Repeat("g", 64) + `"}`), "64 lower-case"},
		"digest none":    {digest(`{}`), "64 lower-case"},
		"digest other":   {digest(`{"sha256":"` + hexA + `","sha1":"00"}`), "unknown"},
		"name empty":     {name(`""`), "relative path"},
		"name up":        {name(`"../../etc/passwd"`), "relative path"},
		"name absolute":  {name(`"/etc/passwd"`), "relative path"},
		"name windows":   {name(`"..\\x"`), "relative path"},
	} {
		_, err := Verify(signRaw(t, k, c.payload, payloadType), k.Public())
		if !errors.Is(err, ErrStatement) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", label, err, c.want)
		}
	}
}
