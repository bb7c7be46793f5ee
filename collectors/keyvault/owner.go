package keyvault

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// VaultOwners is the dataset of the tenants of foreign vaults.
const VaultOwners = "keyvault.vault_owners"

// Cloud is what is known of vaults in one of Microsoft's clouds: the suffixes of their
// hosts, and the hosts at which their callers sign in.
type Cloud struct{ Suffixes, Authorities []string }

// Clouds are those that are built in, by name. The suffixes:
// https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates
// (DNS suffixes for object identifiers). The first authority is that of
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud, the
// other one is what Microsoft's own library takes for the same (MSAL for Go 1.10.1,
// oauth/ops/authority/known_metadata.go).
var Clouds = map[string]Cloud{
	"public": {
		Suffixes:    []string{"vault.azure.net", "managedhsm.azure.net"},
		Authorities: []string{"login.microsoftonline.com", "login.windows.net"},
	},
	"usgov": {
		Suffixes:    []string{"vault.usgovcloudapi.net", "managedhsm.usgovcloudapi.net"},
		Authorities: []string{"login.microsoftonline.us"},
	},
	"china": {
		Suffixes:    []string{"vault.azure.cn", "managedhsm.azure.cn"},
		Authorities: []string{"login.chinacloudapi.cn", "login.partner.microsoftonline.cn"},
	},
}

// Host is the host of an address, in lower case, and whether it is one that may be asked:
// https, the default port, a vault's name directly below one of the cloud's suffixes.
//
// Example: https://KV-1.vault.azure.net/keys/disks/0123 is at kv-1.vault.azure.net.
func (c Cloud) Host(address string) (host string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Opaque != "" || !isASCII(u.Host) {
		return "", false
	}

	host = strings.ToLower(u.Hostname())
	if u.Host != u.Hostname() && u.Port() != "443" {
		return host, false
	}
	return host, c.IsVault(host)
}

// vaultName: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftkeyvault.
var vaultName = regexp.MustCompile(`^[a-z][a-z0-9-]{1,22}[a-z0-9]$`)

// IsVault reports whether a host, in lower case, is a vault's or managed HSM's.
func (c Cloud) IsVault(host string) bool {
	name, suffix, _ := strings.Cut(host, ".")
	return vaultName.MatchString(name) && slices.Contains(c.Suffixes, suffix)
}

// isASCII: some letters that are none of ASCII's have one in lower case that is.
func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > '~' }) < 0 }

// Owner is who a vault's challenge says that it belongs to. An error says why it is
// not believed: it cannot be read, or sends callers to somebody who is not this cloud's
// authority, or with a token for something else.
func (c Cloud) Owner(host string, headers []string) (Challenge, error) {
	found, err := ParseChallenge(headers)
	if err != nil {
		return Challenge{}, err
	}

	_, suffix, _ := strings.Cut(host, ".")
	resource := strings.TrimSuffix(strings.TrimSuffix(found.Resource, "/.default"), "/")
	switch {
	case !slices.Contains(c.Authorities, found.Host):
		return Challenge{}, fmt.Errorf("the challenge's authority %q is not the cloud's", found.Host)
	case !strings.EqualFold(resource, "https://"+suffix):
		return Challenge{}, errors.New("the challenge is for another resource than https://" + suffix)
	}
	return found, nil
}
