package collectors

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// certificate is one that an application signs in with, the issuing ones behind it,
// and its private key.
type certificate struct {
	chain []*x509.Certificate
	key   crypto.PrivateKey
}

// isCertificate tells a certificate from a client secret. PKCS #12 is DER: a sequence
// with a length of two bytes or more, which no secret begins with.
func isCertificate(secret string) bool {
	return strings.HasPrefix(strings.TrimSpace(secret), "-----BEGIN ") || isDER(secret)
}

func isDER(secret string) bool {
	return len(secret) > 4 && secret[0] == 0x30 && secret[1] >= 0x81 && secret[1] <= 0x84
}

// readCertificate reads PEM or PKCS #12 and says what to do where azidentity cannot:
// its key is encrypted, or the certificate is not valid at a time.
func readCertificate(secret, password string, now time.Time) (certificate, error) {
	if !isDER(secret) {
		if strings.Contains(secret, "ENCRYPTED") {
			return certificate{}, errors.New("the private key in the PEM file is encrypted: " +
				"keep it unencrypted with mode 0600, or as PKCS #12 with a password")
		}
		secret, password = strings.TrimSpace(secret), ""
	}

	chain, key, err := azidentity.ParseCertificates([]byte(secret), []byte(password))
	if err != nil {
		return certificate{}, explainCertificate(err, isDER(secret))
	}

	leaf := chain[0]
	switch day := leaf.NotAfter.UTC().Format(time.DateOnly); {
	case now.After(leaf.NotAfter):
		return certificate{}, fmt.Errorf("the certificate expired on %s: make a new one, "+
			"and add it to the application", day)
	case now.Before(leaf.NotBefore):
		return certificate{}, fmt.Errorf("the certificate is not valid before %s: check this machine's clock",
			leaf.NotBefore.UTC().Format(time.DateOnly))
	}

	return certificate{chain, key}, nil
}

// explainCertificate adds the next step to what azidentity says of a file. Of PKCS #12
// it reads the older encryption alone.
func explainCertificate(err error, isPKCS12 bool) error {
	if !isPKCS12 {
		return fmt.Errorf("reading the certificate: %w", err)
	}
	return fmt.Errorf("reading PKCS #12: %w: is %s its password? "+
		"If it was made with AES, convert it: openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem",
		err, PasswordVariable)
}

// PasswordVariable holds the password of a PKCS #12 file.
const PasswordVariable = "RINGFENCE_PFX_PASSWORD"

// Expiry is when what an application signs in with ends, as far as the file itself
// says so: a certificate does, a secret does not. ok is false where it is not known.
func (a Auth) Expiry() (at time.Time, ok bool) {
	if !isCertificate(a.Secret) {
		return at, false
	}

	text := a.Secret
	if !isDER(text) {
		text = strings.TrimSpace(text)
	}
	chain, _, err := azidentity.ParseCertificates([]byte(text), []byte(a.Password))
	if err != nil {
		return at, false
	}
	return chain[0].NotAfter, true
}
