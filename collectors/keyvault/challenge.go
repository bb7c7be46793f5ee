package keyvault

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Challenge is what a vault answers to a request without a token: where its callers
// sign in, and so which tenant owns it.
type Challenge struct {
	TenantID string // GUID in lower case
	Host     string // of the authority, "login.microsoftonline.com"
	Resource string // what a token is asked for: "https://vault.azure.net", or a scope
}

// ParseChallenge reads the WWW-Authenticate headers of an answer. An error says that
// they do not name one tenant: there is no Bearer challenge with an authority, there
// are two that differ, or a header is malformed (RFC 9110, section 11.6.1).
//
// Example: Bearer authorization="https://login.microsoftonline.com/<tenant>",
// resource="https://vault.azure.net"
// https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses
func ParseChallenge(headers []string) (Challenge, error) {
	var found []Challenge
	for _, header := range headers {
		schemes, err := parseHeader(header)
		if err != nil {
			return Challenge{}, err
		}

		for _, s := range schemes {
			if !strings.EqualFold(s.name, "Bearer") {
				continue
			}
			c, err := s.challenge()
			if err != nil {
				return Challenge{}, err
			}
			found = append(found, c)
		}
	}

	if len(found) == 0 {
		return Challenge{}, errors.New("there is no Bearer challenge")
	}
	for _, c := range found {
		if c.TenantID != found[0].TenantID || c.Host != found[0].Host {
			return Challenge{}, errors.New("two challenges name different tenants")
		}
	}
	return found[0], nil
}

// scheme is one challenge of a header: Bearer with its parameters, whose names are in
// lower case.
type scheme struct {
	name   string
	params map[string]string
}

var tenantPath = regexp.MustCompile(
	`^/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/?$`)

var hostName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*$`)

// challenge reads the authority, which vaults call authorization and other services
// authorization_uri.
func (s scheme) challenge() (Challenge, error) {
	authority, has := s.params["authorization"]
	if !has {
		authority, has = s.params["authorization_uri"]
	}
	if !has {
		return Challenge{}, errors.New("the challenge names no authority")
	}

	u, err := url.Parse(authority)
	plain := err == nil && u.Scheme == "https" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
	if !plain || !hostName.MatchString(u.Hostname()) || u.Opaque != "" {
		return Challenge{}, errors.New("the challenge's authority is no https address")
	}

	tenant := tenantPath.FindStringSubmatch(strings.ToLower(u.Path))
	if tenant == nil {
		return Challenge{}, errors.New("the challenge's authority names no tenant")
	}

	c := Challenge{TenantID: tenant[1], Host: strings.ToLower(u.Hostname()), Resource: s.params["resource"]}
	if c.Resource == "" {
		c.Resource = s.params["scope"]
	}
	return c, nil
}

// parseHeader reads challenges one after the other:
//
//	Negotiate, Bearer authorization="https://…", resource="…"
//
// A comma separates parameters as well as challenges: a name with "=" behind it is a
// parameter, any other name begins a challenge.
func parseHeader(header string) (schemes []scheme, err error) {
	p := headerParser{rest: header}
	for {
		p.skip(" \t,")
		if p.rest == "" {
			return schemes, nil
		}

		name := p.token()
		if name == "" {
			return nil, fmt.Errorf("the challenge is malformed at %.20q", p.rest)
		}

		p.skip(" \t")
		switch {
		case !strings.HasPrefix(p.rest, "="):
			schemes = append(schemes, scheme{name: name, params: map[string]string{}})
			p.skipToken68()
			continue
		case len(schemes) == 0:
			return nil, errors.New("the challenge begins with a parameter")
		}

		value, err := p.value()
		if err != nil {
			return nil, err
		}

		params := schemes[len(schemes)-1].params
		name = strings.ToLower(name)
		if _, twice := params[name]; twice {
			return nil, fmt.Errorf("the challenge has %.20q twice", name)
		}
		params[name] = value
	}
}

// headerParser is the part of a header that is still to be read.
type headerParser struct{ rest string }

func (p *headerParser) skip(chars string) { p.rest = strings.TrimLeft(p.rest, chars) }

// token reads a token (RFC 9110, section 5.6.2), "" if there is none.
func (p *headerParser) token() string {
	end := strings.IndexFunc(p.rest, func(r rune) bool { return !isTokenChar(r) })
	if end < 0 {
		end = len(p.rest)
	}

	token := p.rest[:end]
	p.rest = p.rest[end:]
	return token
}

func isTokenChar(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' ||
		strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

var token68 = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*[ \t]*(,|$)`)

// skipToken68 skips what stands in the place of parameters: Negotiate YII=.
func (p *headerParser) skipToken68() {
	if found := token68.FindString(p.rest); found != "" {
		p.rest = p.rest[len(found):]
	}
}

// value reads "=" and what is behind it, a token or a quoted text.
func (p *headerParser) value() (string, error) {
	p.rest = strings.TrimPrefix(p.rest, "=")
	p.skip(" \t")
	if !strings.HasPrefix(p.rest, `"`) {
		value := p.token()
		if value == "" {
			return "", fmt.Errorf("the challenge is malformed at %.20q", p.rest)
		}
		return value, nil
	}

	var value strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return value.String(), nil
		case c == '\\' && i+1 < len(p.rest):
			i++
			value.WriteByte(p.rest[i])
		default:
			value.WriteByte(c)
		}
	}
	return "", errors.New("a text of the challenge does not end")
}
