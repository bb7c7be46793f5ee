package fingerprint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

func key(t *testing.T, secret string) Key {
	t.Helper()
	k, err := NewKey([]byte(strings.Repeat(secret, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestShortKey(t *testing.T) {
	if _, err := NewKey(make([]byte, minSecret-1)); err == nil {
		t.Error("a key that can be guessed is taken")
	}
}

// TestFingerprint: equal for the same value, kind and key, and for nothing else.
func TestFingerprint(t *testing.T) {
	k, other := key(t, "k"), key(t, "o")
	devices := k.Kind("device")
	first := devices.Of("1234")

	for name, sum := range map[string]Sum{
		"another value": devices.Of("1235"),
		"another kind":  k.Kind("phone").Of("1234"),
		"another key":   other.Kind("device").Of("1234"),
	} {
		if sum == first {
			t.Errorf("%s has the same fingerprint", name)
		}
	}
	if k.Kind("device").Of("1234") != first {
		t.Error("the same value has another fingerprint the second time")
	}
	if k.ID() == other.ID() || k.ID() != key(t, "k").ID() || len(k.ID()) != 16 {
		t.Errorf("a key's id does not tell keys apart: %s, %s", k.ID(), other.ID())
	}
}

// TestPseudonym is the form that contracts promise: anybody with the key can compute it.
func TestPseudonym(t *testing.T) {
	const a, b = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
	mac := hmac.New(sha256.New, []byte(strings.Repeat("k", 32)))
	mac.Write([]byte(a + b))
	want := "client-" + hex.EncodeToString(mac.Sum(nil))[:8]

	k := key(t, "k")
	if got := k.Pseudonyms(a, []string{b})[b]; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	if k.Pseudonyms(b, []string{a})[a] == want {
		t.Error("two recipients can compare notes")
	}
}

// TestPseudonymsDiffer: 8 digits are not enough for everybody; 200,000 others hold some
// pairs that begin alike, and each of those gets more.
func TestPseudonymsDiffer(t *testing.T) {
	k := key(t, "k")
	seen, pair := map[string]string{}, []string{}
	for i := 0; len(pair) == 0; i++ {
		other := fmt.Sprintf("%08x-0000-4000-8000-000000000000", i)
		short := hex.EncodeToString(k.mac("recipient" + other))[:pseudonymDigits]
		if first := seen[short]; first != "" {
			pair = []string{first, other}
		}
		seen[short] = other
	}

	named := k.Pseudonyms("recipient", append(pair, "another"))
	if named[pair[0]] == named[pair[1]] || len(named["another"]) != len("client-")+pseudonymDigits {
		t.Errorf("pseudonyms %v", named)
	}
}

func BenchmarkFingerprint(b *testing.B) {
	k, err := NewKey(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	devices := k.Kind("device")
	for b.Loop() {
		devices.Of("lenovo/pf3k1234")
	}
}
