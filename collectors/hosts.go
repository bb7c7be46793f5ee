package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/keyvault"
	"ringfence/collectors/snapshot"
)

// hostAPI is what hosts of vaults answer to anybody: not an API of the tenant's, but of
// whoever owns the host. So nothing of the tenant's goes there, no token above all, and
// it is only asked where the fleet file wants it.
var hostAPI = &api{
	name:         "vault",
	address:      func(c Cloud) string { return cmp.Or(c.Vault, "https://"+noHosts) },
	root:         func(base *url.URL, _ string) *url.URL { return base },
	checkContext: func(*snapshot.Schema, string) *snapshot.Evidence { return nil },
	prove:        func(_ visibility, j judgement, _ string) judgement { return j },
	lacksLicence: func(*snapshot.Evidence) bool { return false },
	path:         func(host string) string { return host },
	savedScope:   func(id string) (parentID, below string) { return id, "" },
}

// vaultOwners is read at the hosts of vaults.
func vaultOwners() Unit {
	return Unit{
		Schema: schema(keyvault.VaultOwners), api: hostAPI, address: vaultAddress, scopesAtOnce: 1,
		check: oneOwner,
	}
}

// oneOwner refuses an answer that names nobody: there is no vault without an owner.
func oneOwner(owners []snapshot.Document) error {
	if len(owners) != 1 {
		return malformed("a host has %d owners", len(owners))
	}
	return nil
}

// vaultAddress is where a host is asked: at itself, or below the address that an
// emulator's cloud has for all of them.
func vaultAddress(base *url.URL, s *snapshot.Schema, params map[string]string) (*url.URL, error) {
	to := &url.URL{Scheme: "https", Host: params["scope"]}
	if base.Host != noHosts {
		to = base.JoinPath(params["scope"])
	}

	to = to.JoinPath(s.Source.Endpoint)
	to.RawQuery = "api-version=" + s.Source.Version
	return to, nil
}

// noHosts stands for the address of all hosts, where each has its own. It never resolves
// (RFC 6761).
const noHosts = "vault.invalid"

// vaultCloud is what is known of vaults in a cloud. Any that is not Microsoft's has the
// hosts of the public one, and its own authority.
func vaultCloud(name, authority string) keyvault.Cloud {
	known, isBuiltIn := keyvault.Clouds[cmp.Or(name, "public")]
	if isBuiltIn {
		return known
	}

	known.Suffixes = keyvault.Clouds["public"].Suffixes
	if u, err := url.Parse(authority); err == nil {
		known.Authorities = []string{strings.ToLower(u.Hostname())}
	}
	return known
}

// optIn takes out the units that the fleet file did not ask for.
func (c Config) optIn(units []Unit) (asked, not []Unit) {
	for _, u := range units {
		if u.Schema.Hosts != nil && !c.VaultOwners {
			not = append(not, u)
		} else {
			asked = append(asked, u)
		}
	}
	return asked, not
}

// foreignHosts are the hosts that are asked, sorted: those that documents name and that
// are not the client's own. holes are addresses that lead to no host that may be asked,
// and documents that do not say whether they name one.
func (m material) foreignHosts(h *snapshot.Hosts) (asked []string, holes []snapshot.Scope) {
	own, found := map[string]bool{}, map[string]bool{}
	for _, n := range h.Own {
		for d := range m.documentsOf(n.Dataset) {
			addresses, _ := n.Addresses(d) // what is not known to be the client's own is asked
			for _, a := range addresses {
				host, _ := m.vaults.Host(a)
				own[host] = true
			}
		}
	}

	for _, n := range h.Named {
		for d := range m.documentsOf(n.Dataset) {
			addresses, clear := n.Addresses(d)
			if !clear {
				holes = append(holes, hostHole(d.ID, codeParentUnclear,
					"%s does not say %s, which may name a vault", n.Dataset, n.Property))
			}
			for _, a := range addresses {
				switch host, isVault := m.vaults.Host(a); {
				case own[host] && host != "":
				case isVault:
					found[host] = true
				default:
					holes = append(holes, hostHole(d.ID, codeNoVault,
						"%s is not asked: %q is not the address of a vault in this cloud", n.Dataset, a))
				}
			}
		}
	}

	for host := range found {
		asked = append(asked, host)
	}
	slices.Sort(asked)
	return asked, holes
}

func hostHole(scope, code, form string, args ...any) snapshot.Scope {
	e := clip(newEvidence(code, form, args...))
	return snapshot.Scope{Scope: scope, Status: statusOf(e), Evidence: e}
}

// Bounds of what a host that somebody else owns can make us wait for and read.
const (
	hostTimeout = 30 * time.Second
	maxHostBody = 64 << 10
)

// hosts asks hosts who they belong to: one GET each, without a token, a cookie or
// anything else that says who asks. It is not tried again: each attempt leaves a trace
// in the log of somebody else's vault.
type hosts struct {
	cloud   keyvault.Cloud
	base    *url.URL // see vaultAddress
	next    http.RoundTripper
	timeout time.Duration
}

// connectHosts makes the connection to hosts of vaults. It sends nothing yet, and never
// has a credential.
func (c Config) connectHosts(outbound *http.Transport) (*connection, error) {
	if outbound == nil {
		return nil, nil // the caller knows why
	}
	once := outbound.Clone()
	once.DisableKeepAlives = true // on a connection that was used before, net/http asks again

	base, err := endpoint(hostAPI.name, hostAPI.address(c.Cloud))
	if err != nil {
		return nil, err
	}

	h := &hosts{
		cloud: vaultCloud(c.Cloud.Name, c.Cloud.Authority), base: base,
		next: once, timeout: min(hostTimeout, c.Retry.defaults().Timeout),
	}
	if !c.Cloud.isBuiltIn() && c.Cloud.Vault == "" {
		h.next = refusing("the cloud has no address for vaults (cloud_unsafe { vault })")
	}
	return &connection{client: client{get: h.get}, base: base}, nil
}

// refusing sends nothing, for this reason.
type refusing string

func (r refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &refusedError{string(r)}
}

// host is the host that an address is about, or why it is refused: it is not exactly
// where a vault of the cloud is asked.
func (h *hosts) host(u *url.URL) (string, error) {
	host := u.Host
	if h.base.Host != noHosts {
		host, _, _ = strings.Cut(strings.TrimPrefix(u.Path, h.base.Path+"/"), "/")
	}

	want, err := vaultAddress(h.base, schema(keyvault.VaultOwners), map[string]string{"scope": host})
	if err != nil || !h.cloud.IsVault(host) || u.String() != want.String() {
		return "", &refusedError{fmt.Sprintf("%q is not where a vault of this cloud is asked", u.Redacted())}
	}
	return host, nil
}

// get asks one host. What it returns is the page that its answer amounts to.
func (h *hosts) get(ctx context.Context, u *url.URL) ([]byte, error) {
	host, err := h.host(u)
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}

	if n, ok := ctx.Value(tallyKey{}).(*tally); ok {
		n.n.Add(1)
	}
	req.Header.Set("User-Agent", userAgent)
	resp, err := h.next.RoundTrip(req) // and no client, which would follow a redirect
	if err != nil {
		return nil, h.failed(err)
	}
	defer resp.Body.Close()

	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxHostBody)) // for its words about an error
	if resp.StatusCode != http.StatusUnauthorized {
		return nil, hostEvidence(resp, body)
	}
	owner, err := h.cloud.Owner(host, resp.Header.Values("WWW-Authenticate"))
	if err != nil {
		e := newEvidence(codeChallenge, "%s", err)
		e.HTTPStatus = resp.StatusCode
		return nil, e
	}

	return json.Marshal(page{"value": []page{
		{"host": host, "tenantId": owner.TenantID, "resource": owner.Resource},
	}})
}

func (h *hosts) failed(err error) error {
	if refused, ok := err.(*refusedError); ok {
		return refused
	}
	return failure(err, h.timeout)
}

// hostEvidence is what an answer says that is no challenge. A firewall answers 403
// (https://learn.microsoft.com/azure/key-vault/general/rest-error-codes).
func hostEvidence(resp *http.Response, body []byte) *snapshot.Evidence {
	e := newEvidence(codeUnexpected, "the host did not answer with a challenge")
	e.HTTPStatus, e.RequestID = resp.StatusCode, resp.Header.Get("x-ms-request-id")

	object, err := snapshot.ParseObject(body)
	detail, isError := object["error"].(map[string]any)
	if err == nil && isError && resp.StatusCode >= http.StatusBadRequest {
		code, _ := detail["code"].(string)
		message, _ := detail["message"].(string)
		e.Code, e.Message = cmp.Or(code, e.Code), cmp.Or(message, e.Message)
	}
	return clip(e)
}
