// Package fingerprint is how clients are compared without being shown to each other: a value
// leaves its client as a keyed hash, and a client is called by another name in front of each
// client that hears of it.
//
// What that protects against, and what not, is in docs/fleet-isolation.md. In short: who
// gets fingerprints or pseudonyms learns nothing without the key; who has the key can try
// values, and finds those that can be guessed.
package fingerprint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
)

// Key is the MSP's fleet key. Whoever has it can recognise values and clients.
type Key struct {
	secret []byte
}

// minSecret is the shortest secret, in bytes: as long as what SHA-256 gives.
const minSecret = 32

// NewKey is the key of a secret, which comes out of a file or of a KMS and has to be random.
func NewKey(secret []byte) (Key, error) {
	if len(secret) < minSecret {
		return Key{}, fmt.Errorf("a fleet key has at least %d bytes, this one %d", minSecret, len(secret))
	}
	return Key{secret: slices.Clone(secret)}, nil
}

// ID names the key, and says nothing else of it. Fingerprints of two keys are never equal,
// so that a join of both would find nothing: who keeps fingerprints keeps this beside them,
// and makes them anew when it differs.
func (k Key) ID() string { return hex.EncodeToString(k.mac("ringfence key id\x00"))[:16] }

// Sum is a fingerprint: HMAC-SHA-256 under a key of its kind.
type Sum [sha256.Size]byte

func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// Kind makes the fingerprints of one kind of link.
type Kind struct{ mac hash.Hash }

// Kind is for links of one kind. Each kind has a key of its own, made of the fleet key, so
// that a serial number and a phone number with the same digits do not look the same, and a
// table of guesses for one kind is of no use for another. It is not for use by several
// goroutines at once.
func (k Key) Kind(kind string) Kind {
	return Kind{mac: hmac.New(sha256.New, k.mac("ringfence link\x00"+kind))}
}

// Of is the fingerprint of a value.
func (k Kind) Of(value string) Sum {
	k.mac.Reset()
	k.mac.Write([]byte(value))

	var sum Sum
	k.mac.Sum(sum[:0])
	return sum
}

// pseudonymDigits is how many hexadecimal digits tell others apart.
const pseudonymDigits = 8

// Pseudonyms are what other tenants are called in front of a recipient, by tenant: "client-"
// and 8 digits of an HMAC over both, so that two recipients cannot compare notes. Where two
// of these others begin with the same digits, both have as many more as it takes.
func (k Key) Pseudonyms(recipient string, others []string) map[string]string {
	digits := map[string]string{}
	for _, other := range others {
		digits[other] = hex.EncodeToString(k.mac(recipient + other))
	}

	named := map[string]string{}
	for other, own := range digits {
		length := pseudonymDigits
		for another, theirs := range digits {
			for another != other && strings.HasPrefix(theirs, own[:length]) {
				length++
			}
		}
		named[other] = "client-" + own[:length]
	}

	return named
}

// Object is what an object of another tenant is called in front of a recipient.
func (k Key) Object(recipient, object string) string {
	return hex.EncodeToString(k.mac("ringfence object\x00" + recipient + "\x00" + object))[:32]
}

func (k Key) mac(text string) []byte {
	m := hmac.New(sha256.New, k.secret)
	m.Write([]byte(text))
	return m.Sum(nil)
}
