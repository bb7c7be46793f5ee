package collectors

import (
	"crypto/x509"
	"errors"
	"strings"
)

// distrusted says in plain words why a server's certificate is not accepted, ""
// for any other error.
func distrusted(err error) string {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &authority):
		return "its certificate is of an authority that this machine does not trust" +
			" (a proxy that looks into TLS?)"
	case errors.As(err, &host):
		return "its certificate is not for " + host.Host
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired or is not valid yet (is this machine's clock right?)"
	case errors.As(err, &invalid):
		return strings.TrimPrefix(invalid.Error(), "x509: ")
	}

	return ""
}
