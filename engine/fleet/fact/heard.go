package fact

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// HeardSchemaName is in each fleet-facts.json.
const HeardSchemaName = "ringfence.fleet-facts/1"

// Heard is all that one client's run folder says of others (fleet-facts.json): what touches
// this client. It says nothing of clients that do not, and not how many there are, so that
// it is the same bytes in a clean fleet of 2 and of 500.
type Heard struct {
	// TenantID is whom it is told to, and Snapshot the digest of the manifest of that client's
	// evidence that others were compared with.
	TenantID string     `json:"tenant_id"`
	Snapshot string     `json:"snapshot"`
	Links    []Shared   `json:"links"`
	Paths    []Path     `json:"paths"`
	Unproven []Unproven `json:"unproven"`
}

// Shared is an identifier of this client that others have, too.
type Shared struct {
	Kind    string  `json:"kind"`
	Subject string  `json:"subject"` // this client's
	Role    string  `json:"role"`
	With    []Other `json:"with"` // sorted, at least one
}

// Other is another client and what it has of a shared identifier.
type Other struct {
	Client string `json:"client"` // a pseudonym, or MSP
	Role   string `json:"role"`
	// TenantID is the other's, where this client's own promise names it; else "".
	TenantID string `json:"tenant_id"`
}

func compareOthers(a, b Other) int {
	return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Role, b.Role),
		cmp.Compare(a.TenantID, b.TenantID))
}

// MSP stands for the MSP's own tenant where others have pseudonyms.
const MSP = "msp"

// Path leads from somebody of another client to a target of this one.
type Path struct {
	Client string `json:"client"` // where it begins: a pseudonym, or MSP
	To     Node   `json:"to"`
	State  State  `json:"state"`
	Hops   []Hop  `json:"hops"` // from the beginning to the end, at least one
}

// Hop is one edge of a path. A node of this client is written in full, one of another
// "<pseudonym>/<kind>". Evidence is this client's own.
type Hop struct {
	From     string   `json:"from"`
	To       string   `json:"to"`
	Kind     string   `json:"kind"`
	State    State    `json:"state"`
	Evidence []string `json:"evidence"`
}

// PathKind is the kind of what could not be concluded about paths; any other one is that of
// links.
const PathKind = "path"

// Unproven is a kind of join that could not be concluded for this client.
type Unproven struct {
	Kind string `json:"kind"`
	Why  string `json:"why"`
}

type heardFile struct {
	Schema string `json:"schema"`
	Heard
}

// Canonical is fleet-facts.json: RFC 8785 canonical JSON with an LF at the end. It puts what
// was heard in order, and refuses what [ParseHeard] would.
func (h *Heard) Canonical() ([]byte, error) {
	h.sort()
	if err := h.check(); err != nil {
		return nil, err
	}
	return Canonical(heardFile{Schema: HeardSchemaName, Heard: *h})
}

// ParseHeard reads a fleet-facts.json, and like [Parse] it is strict.
func ParseHeard(data []byte) (Heard, error) {
	var read heardFile
	if err := parse(data, HeardSchemaName, &read, &read.Schema); err != nil {
		return Heard{}, err
	}

	written, err := read.Heard.Canonical()
	if err != nil {
		return Heard{}, err
	}
	if !bytes.Equal(written, data) {
		return Heard{}, errors.New("not in canonical form: out of order, twice the same, or written otherwise")
	}

	return read.Heard, nil
}

func (h *Heard) sort() {
	for i := range h.Links {
		slices.SortFunc(h.Links[i].With, compareOthers)
		h.Links[i].With = slices.Compact(h.Links[i].With)
	}
	slices.SortFunc(h.Links, func(a, b Shared) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Role, b.Role),
			slices.CompareFunc(a.With, b.With, compareOthers))
	})
	h.Links = slices.CompactFunc(h.Links, func(a, b Shared) bool {
		return a.Kind == b.Kind && a.Subject == b.Subject && a.Role == b.Role && slices.Equal(a.With, b.With)
	})

	slices.SortFunc(h.Paths, func(a, b Path) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.Client, b.Client), cmp.Compare(a.State, b.State))
	})
	slices.SortFunc(h.Unproven, func(a, b Unproven) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Why, b.Why))
	})
	h.Unproven = slices.Compact(h.Unproven)
}

// pseudonymForm: 8 digits, or more where two that are heard of would look the same.
var pseudonymForm = regexp.MustCompile(`^client-[0-9a-f]{8,64}$`)

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

func isOther(name string) bool { return name == MSP || pseudonymForm.MatchString(name) }

func (h Heard) check() error {
	if !isTenant(h.TenantID) || !digestForm.MatchString(h.Snapshot) {
		return fmt.Errorf("it is told to tenant %q of snapshot %q: no GUID, or no digest", h.TenantID, h.Snapshot)
	}

	for _, l := range h.Links {
		if err := l.check(); err != nil {
			return fmt.Errorf("link of %q: %w", l.Subject, err)
		}
	}

	for _, p := range h.Paths {
		if err := p.check(); err != nil {
			return fmt.Errorf("path to %q: %w", p.To, err)
		}
		if p.To.Tenant() != h.TenantID {
			return fmt.Errorf("path to %q: it is told to tenant %s", p.To, h.TenantID)
		}
	}

	for _, u := range h.Unproven {
		if !labelForm.MatchString(u.Kind) || u.Why == "" {
			return fmt.Errorf("unproven %q: no label, or no reason", u.Kind)
		}
	}

	return nil
}

func (s Shared) check() error {
	if !labelForm.MatchString(s.Kind) || s.Subject == "" || s.Role == "" || len(s.With) == 0 {
		return errors.New("it lacks a kind, subject or role, or whom it is shared with")
	}

	for _, o := range s.With {
		switch {
		case !isOther(o.Client) || o.Role == "":
			return fmt.Errorf("%q is neither a pseudonym nor the MSP, or has no role", o.Client)
		case o.TenantID != "" && !isTenant(o.TenantID):
			return fmt.Errorf("the tenant %q is no GUID in lower case", o.TenantID)
		}
	}
	return nil
}

func (p Path) check() error {
	if err := p.To.check(); err != nil {
		return err
	}
	if !isOther(p.Client) || len(p.Hops) == 0 || p.State.Level() == len(States) {
		return errors.New("it lacks where it begins, its hops or its state")
	}

	weakest := 0
	for i, h := range p.Hops {
		if h.Kind == "" || h.State.Level() == len(States) || i > 0 && p.Hops[i-1].To != h.From {
			return fmt.Errorf("hop %d has no kind or state, or does not begin where the one before ends", i+1)
		}
		weakest = max(weakest, h.State.Level())
	}

	begins := strings.HasPrefix(p.Hops[0].From, p.Client+"/")
	if !begins || p.Hops[len(p.Hops)-1].To != string(p.To) || States[weakest] != p.State {
		return errors.New("its hops do not lead from its client to its end, or are not as strong as it is")
	}

	return nil
}
