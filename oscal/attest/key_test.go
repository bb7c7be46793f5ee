package attest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
)

var passphrase = []byte("correct horse")

// sealed puts any private key under the passphrase, as GenerateKey does.
func sealed(t *testing.T, private crypto.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}

	box, err := encrypted.Encrypt(der, passphrase)
	if err != nil {
		t.Fatal(err)
	}

	return pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED SIGSTORE PRIVATE KEY", Bytes: box})
}

func TestGenerateLoad(t *testing.T) {
	private, public, err := GenerateKey(passphrase)
	if err != nil {
		t.Fatal(err)
	}

	if !strings.HasPrefix(string(private), "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n") {
		t.Errorf("private key starts %.60q", private)
	}

	k, err := LoadKey(private, passphrase)
	if err != nil {
		t.Fatal(err)
	}

	p, err := LoadPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}

	block, _ := pem.Decode(public)
	sum := sha256.Sum256(block.Bytes)
	if want := hex.EncodeToString(sum[:]); k.Public().SPKI() != want || p.SPKI() != want {
		t.Errorf("SPKI %s and %s, want %s", k.Public().SPKI(), p.SPKI(), want)
	}

	if string(p.PEM()) != string(public) || string(k.Public().PEM()) != string(public) {
		t.Error("PEM() is not the public key's file")
	}

	bundle, err := Sign(context.Background(), k, results())
	if err != nil {
		t.Fatal(err)
	}

	if _, err := Verify(bundle, p); err != nil {
		t.Error(err)
	}
}

func TestPassphrase(t *testing.T) {
	if _, _, err := GenerateKey(nil); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("generate without: %v", err)
	}

	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	key := sealed(t, ec)
	if _, err := LoadKey(key, []byte{}); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("load without: %v", err)
	}

	if _, err := LoadKey(key, []byte("wrong")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("load with a wrong one: %v", err)
	}
}

func TestLoadKeyRefuses(t *testing.T) {
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	plain, _ := x509.MarshalPKCS8PrivateKey(ec)
	good := sealed(t, ec)
	block := func(kind string, b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}) }
	for name, c := range map[string]struct {
		pem  []byte
		want string
	}{
		"p-384":       {sealed(t, p384), "not an ECDSA P-256 key"},
		"ed25519":     {sealed(t, ed), "not an ECDSA P-256 key"},
		"unencrypted": {block("PRIVATE KEY", plain), "not encrypted"},
		"certificate": {block("CERTIFICATE", plain), `PEM type is "CERTIFICATE"`},
		"damaged":     {block("ENCRYPTED SIGSTORE PRIVATE KEY", []byte("{}")), "damaged"},
		"not pem":     {[]byte("hello"), "not PEM"},
		"two keys":    {append(good[:len(good):len(good)], good...), "more than one"},
	} {
		if _, err := LoadKey(c.pem, passphrase); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestLoadPublicKeyRefuses(t *testing.T) {
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	rs, _ := rsa.GenerateKey(rand.Reader, 2048)

	block := func(kind string, p any) []byte {
		der, err := x509.MarshalPKIXPublicKey(p)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}

	good := newKey(t).public.PEM()
	for name, c := range map[string]struct {
		pem  []byte
		want string
	}{
		"p-384":    {block("PUBLIC KEY", p384.Public()), "on curve P-384"},
		"rsa":      {block("PUBLIC KEY", rs.Public()), "not an ECDSA P-256 key"},
		"type":     {block("RSA PUBLIC KEY", rs.Public()), `PEM type is "RSA PUBLIC KEY"`},
		"garbage":  {pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")}), "asn1"},
		"not pem":  {nil, "not PEM"},
		"two keys": {append(good[:len(good):len(good)], good...), "more than one"},
	} {
		if _, err := LoadPublicKey(c.pem); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzLoadPublicKey(f *testing.F) {
	f.Add(newKey(f).public.PEM())
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := LoadPublicKey(data); err == nil && len(p.SPKI()) != 64 {
			t.Fatal("no SPKI")
		}
	})
}
