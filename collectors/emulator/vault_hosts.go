package emulator

import (
	"fmt"
	"net/url"
	"strings"
)

// Hosts of key vaults, below /vault/<host>. Each answers anybody with the challenge that
// names its tenant; what is behind that is not served.
// https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses

var (
	noBearer = refusal{401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token."}

	// https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
	byFirewall = refusal{403, "Forbidden",
		"Client address is not authorized and caller is not a trusted service."}
)

// vault answers in the place of a vault's host.
func (s *Server) vault(q *call) answer {
	owner, closed := s.world.vaultOwner(q.vaultHost)
	switch {
	case q.path != "/keys":
		return s.refuse(q, nothingHere)
	case owner == "": // no such name
		return answer{reset: true}
	case closed:
		return s.refuse(q, byFirewall)
	}

	_, suffix, _ := strings.Cut(q.vaultHost, ".")
	a := s.refuse(q, noBearer)
	a.header["WWW-Authenticate"] = fmt.Sprintf(`Bearer authorization="https://%s/%s", resource="https://%s"`,
		q.r.Host, owner, suffix)
	return a
}

// vaultOwner is the tenant that a vault or managed HSM is in, "" where there is none of
// that name. closed: its firewall lets nobody in, as in one of four that are unknown.
func (w *World) vaultOwner(host string) (tenant string, closed bool) {
	for _, t := range w.Clients {
		if host == t.unknownVault() {
			return t.guid("tenant of the unknown vault"), t.rand("firewall").IntN(4) == 0
		}
		for _, sub := range t.subscriptions {
			if tenant := t.ownerIn(sub, host); tenant != "" {
				return tenant, false
			}
		}
	}
	return "", false
}

// ownerIn is the tenant of the vault or managed HSM of a host in a subscription.
func (t *Tenant) ownerIn(sub *subscription, host string) (tenant string) {
	for list, address := range map[string]string{"vaults": "vaultUri", "managedHSMs": "hsmUri"} {
		for _, v := range t.at("/arm" + sub.path("/providers/Microsoft.KeyVault/"+list)) {
			p := v["properties"].(object)
			u, err := url.Parse(fmt.Sprint(p[address]))
			if err == nil && strings.EqualFold(u.Hostname(), host) {
				return fmt.Sprint(p["tenantId"])
			}
		}
	}
	return ""
}
