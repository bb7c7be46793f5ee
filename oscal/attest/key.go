package attest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/options"
)

var (
	// ErrNoPassphrase: a private key is never written or read without a passphrase.
	ErrNoPassphrase = errors.New("the passphrase is empty")
	// ErrPassphrase: the key cannot be decrypted. Authenticated encryption cannot tell
	// a wrong passphrase from a damaged file.
	ErrPassphrase = errors.New("wrong passphrase or damaged key")
	// ErrKeyType: only ECDSA P-256 keys are used, since the transparency log and the
	// offline mode of cosign have nothing else in common.
	ErrKeyType = errors.New("not an ECDSA P-256 key")
)

// GenerateKey makes a new key pair. The private key is PKCS #8, encrypted with a key
// that scrypt makes of the passphrase (XSalsa20-Poly1305), in the PEM form that cosign
// reads and writes: "ENCRYPTED SIGSTORE PRIVATE KEY". The public key is a PEM "PUBLIC
// KEY". The only error of the caller's making is [ErrNoPassphrase].
func GenerateKey(passphrase []byte) (privatePEM, publicPEM []byte, err error) {
	if len(passphrase) == 0 {
		return nil, nil, ErrNoPassphrase
	}

	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("generating the key: %w", err)
	}

	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, fmt.Errorf("encoding the private key: %w", err)
	}

	box, err := encrypted.Encrypt(der, passphrase)
	if err != nil {
		return nil, nil, fmt.Errorf("encrypting the private key: %w", err)
	}

	publicPEM, err = cryptoutils.MarshalPublicKeyToPEM(private.Public())
	if err != nil {
		return nil, nil, fmt.Errorf("encoding the public key: %w", err)
	}

	return cryptoutils.PEMEncode(cryptoutils.EncryptedSigstorePrivateKeyPEMType, box), publicPEM, nil
}

// Key signs. The private key may be elsewhere, in a KMS: see [NewKey]. Key implements
// sign.Keypair of sigstore-go, which asks for most of its methods.
type Key struct {
	signer signature.Signer
	public *PublicKey
}

// LoadKey reads an encrypted private key: "ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED
// COSIGN PRIVATE KEY" (cosign 1) or PKCS #8 "ENCRYPTED PRIVATE KEY". Errors:
// [ErrNoPassphrase], [ErrPassphrase], [ErrKeyType].
func LoadKey(privatePEM, passphrase []byte) (*Key, error) {
	if len(passphrase) == 0 {
		return nil, fmt.Errorf("reading the private key: %w", ErrNoPassphrase)
	}

	block, err := onlyBlock(privatePEM)
	if err != nil {
		return nil, fmt.Errorf("reading the private key: %w", err)
	}

	switch block.Type {
	case "ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
	case "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY":
		return nil, errors.New("reading the private key: it is not encrypted: " +
			"`cosign import-key-pair` puts it under a passphrase")
	default:
		return nil, fmt.Errorf("reading the private key: its PEM type is %q", block.Type)
	}

	password := cryptoutils.StaticPasswordFunc(passphrase)
	private, err := cryptoutils.UnmarshalPEMToPrivateKey(privatePEM, password)
	if err != nil {
		return nil, fmt.Errorf("reading the private key: %w (%v)", ErrPassphrase, err)
	}

	ec, ok := private.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("reading the private key: %w but %T", ErrKeyType, private)
	}

	signer, err := signature.LoadECDSASigner(ec, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("reading the private key: %w", err)
	}

	return NewKey(signer)
}

// NewKey takes a signer whose private key is elsewhere: what kms.Get of sigstore returns
// for a reference to a key, with crypto.SHA256. Of another kind of key it is
// [ErrKeyType].
func NewKey(s signature.Signer) (*Key, error) {
	p, err := s.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("asking for the public key: %w", err)
	}

	public, err := newPublicKey(p)
	if err != nil {
		return nil, err
	}

	return &Key{signer: s, public: public}, nil
}

// Public returns the public half.
func (k *Key) Public() *PublicKey { return k.public }

// GetHashAlgorithm returns SHA-256.
func (k *Key) GetHashAlgorithm() protocommon.HashAlgorithm {
	return protocommon.HashAlgorithm_SHA2_256
}

// GetSigningAlgorithm returns ECDSA P-256 with SHA-256.
func (k *Key) GetSigningAlgorithm() protocommon.PublicKeyDetails {
	return protocommon.PublicKeyDetails_PKIX_ECDSA_P256_SHA_256
}

// GetHint returns the digest of the public key ([PublicKey.SPKI]) in base64, as cosign
// does. It helps a reader to find the key, and proves nothing.
func (k *Key) GetHint() []byte { return []byte(hint(k.public.SPKI())) }

// GetKeyAlgorithm returns "ECDSA".
func (k *Key) GetKeyAlgorithm() string { return "ECDSA" }

// GetPublicKey returns the public half as *ecdsa.PublicKey.
func (k *Key) GetPublicKey() crypto.PublicKey { return k.public.key }

// GetPublicKeyPem returns the public half as PEM.
func (k *Key) GetPublicKeyPem() (string, error) { return string(k.public.PEM()), nil }

// SignData signs the SHA-256 of data. It returns the signature in ASN.1, and the digest.
func (k *Key) SignData(ctx context.Context, data []byte) (sig, digest []byte, err error) {
	sum := sha256.Sum256(data)
	sig, err = k.signer.SignMessage(bytes.NewReader(data), options.WithContext(ctx))
	return sig, sum[:], err
}

// PublicKey checks signatures.
type PublicKey struct {
	key      *ecdsa.PublicKey
	der      []byte // SubjectPublicKeyInfo
	verifier signature.Verifier
}

// LoadPublicKey reads a PEM "PUBLIC KEY". Of another key than an ECDSA P-256 one it is
// [ErrKeyType].
func LoadPublicKey(publicPEM []byte) (*PublicKey, error) {
	block, err := onlyBlock(publicPEM)
	if err != nil {
		return nil, fmt.Errorf("reading the public key: %w", err)
	}
	if block.Type != "PUBLIC KEY" {
		return nil, fmt.Errorf("reading the public key: its PEM type is %q", block.Type)
	}

	p, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading the public key: %w", err)
	}

	return newPublicKey(p)
}

func newPublicKey(p crypto.PublicKey) (*PublicKey, error) {
	key, ok := p.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w but %T", ErrKeyType, p)
	}
	if key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w but on curve %s", ErrKeyType, key.Params().Name)
	}

	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding the public key: %w", err)
	}

	verifier, err := signature.LoadECDSAVerifier(key, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("reading the public key: %w", err)
	}

	return &PublicKey{key, der, verifier}, nil
}

// SPKI returns the SHA-256 of the key's SubjectPublicKeyInfo (DER) in lower-case hex:
// what a fleet file names the key by (key_sha256).
func (p *PublicKey) SPKI() string {
	sum := sha256.Sum256(p.der)
	return hex.EncodeToString(sum[:])
}

// hint is the form that an SPKI digest has in a bundle; "" for what is no digest.
func hint(spki string) string {
	raw, err := hex.DecodeString(spki)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// PEM returns the key as a PEM "PUBLIC KEY".
func (p *PublicKey) PEM() []byte {
	return cryptoutils.PEMEncode(cryptoutils.PublicKeyPEMType, p.der)
}

// onlyBlock returns the PEM block of data, which must hold no other: of two keys in one
// file nobody could say which of them counts.
func onlyBlock(data []byte) (*pem.Block, error) {
	block, rest := pem.Decode(data)
	if block == nil {
		return nil, errors.New("it is not PEM")
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("there is more than one PEM block in it")
	}

	return block, nil
}
