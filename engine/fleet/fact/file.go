package fact

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// SchemaName is in each file of a tenant's facts.
const SchemaName = "ringfence.facts/1"

// file is how facts are written.
type file struct {
	Schema string `json:"schema"`
	Facts
}

// Canonical is the file of a tenant's facts: RFC 8785 canonical JSON with an LF at the end.
// It puts the facts in order, and refuses those that [Parse] would.
func (f *Facts) Canonical() ([]byte, error) {
	f.Sort()
	if err := f.check(); err != nil {
		return nil, err
	}

	return Canonical(file{Schema: SchemaName, Facts: *f})
}

// Parse reads a file of facts. It is strict: whatever [Facts.Canonical] would not have
// written byte for byte is an error. Something in the file that this program does not know
// might be a fact, and a fact that is overlooked would be a pass.
func Parse(data []byte) (Facts, error) {
	var read file
	if err := parse(data, SchemaName, &read, &read.Schema); err != nil {
		return Facts{}, err
	}

	written, err := read.Facts.Canonical()
	if err != nil {
		return Facts{}, err
	}
	if !bytes.Equal(written, data) {
		return Facts{}, errors.New("not in canonical form: out of order, twice the same, or written otherwise")
	}

	return read.Facts, nil
}

func parse(data []byte, schema string, into any, found *string) error {
	if err := json.Unmarshal(data, into, json.RejectUnknownMembers(true)); err != nil {
		return err
	}
	if *found != schema {
		return fmt.Errorf("schema is %q, not %q", *found, schema)
	}
	return nil
}

// Canonical is a value as canonical JSON (RFC 8785) with an LF at the end, the form of all files
// of the fleet.
func Canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}

	text := jsontext.Value(b)
	if err := text.Canonicalize(); err != nil {
		return nil, err
	}

	return append(text, '\n'), nil
}

// check says what is wrong with facts that are in order.
func (f Facts) check() error {
	if !isTenant(f.Tenant) {
		return fmt.Errorf("tenant %q is not a GUID in lower case", f.Tenant)
	}
	if err := f.checkCoverage(); err != nil {
		return err
	}

	for _, l := range f.Links {
		if err := l.check(f.Tenant); err != nil {
			return fmt.Errorf("link of %q: %w", l.Subject, err)
		}
	}

	for _, e := range f.Edges {
		if err := e.check(); err != nil {
			return err
		}
		if e.From.Tenant() != f.Tenant && e.To.Tenant() != f.Tenant {
			return fmt.Errorf("edge from %q to %q: neither is in tenant %s", e.From, e.To, f.Tenant)
		}
	}

	return nil
}

func (f Facts) checkCoverage() error {
	for i, c := range f.Coverage {
		if !labelForm.MatchString(c.Kind) {
			return fmt.Errorf("coverage: the kind %q is not a label", c.Kind)
		}
		if i > 0 && f.Coverage[i-1].Kind == c.Kind {
			return fmt.Errorf("coverage: the kind %q is there twice", c.Kind)
		}

		for j, u := range c.Units {
			if u.Name == "" || u.Status == "" || j > 0 && c.Units[j-1].Name == u.Name {
				return fmt.Errorf("coverage of %q: the unit %q has no name or status, or is there twice",
					c.Kind, u.Name)
			}
			if u.Status == Complete && u.EndedAt.IsZero() {
				return fmt.Errorf("coverage of %q: nobody says when the unit %q was complete", c.Kind, u.Name)
			}
			if !u.EndedAt.Equal(u.EndedAt.UTC().Truncate(time.Second)) || u.EndedAt.Location() != time.UTC {
				return fmt.Errorf("coverage of %q: the unit %q ended at %s: not UTC and whole seconds",
					c.Kind, u.Name, u.EndedAt.Format(time.RFC3339Nano))
			}
		}
	}

	return nil
}

func (l Link) check(tenant string) error {
	switch {
	case !labelForm.MatchString(l.Kind):
		return fmt.Errorf("the kind %q is not a label", l.Kind)
	case l.Value == "" || l.Subject == "":
		return errors.New("it has no value or no subject")
	case !slices.Contains([]string{Same, Controls, Controlled}, l.Role):
		return fmt.Errorf("the role %q is not same, controls or controlled", l.Role)
	case l.State.Level() == len(States):
		return fmt.Errorf("the state %q is not live, jit or potential", l.State)
	case l.Node == "":
		return nil
	case l.Node.Tenant() != tenant:
		return fmt.Errorf("the node %q is not in tenant %s", l.Node, tenant)
	}

	return l.Node.check()
}

func (e Edge) check() error {
	for _, n := range []Node{e.From, e.To} {
		if err := n.check(); err != nil {
			return fmt.Errorf("edge: %w", err)
		}
	}

	wrong := ""
	switch {
	case !labelForm.MatchString(e.Kind):
		wrong = fmt.Sprintf("the kind %q is not a label", e.Kind)
	case e.State.Level() == len(States):
		wrong = fmt.Sprintf("the state %q is not live, jit or potential", e.State)
	case len(e.Evidence) == 0 || slices.Contains(e.Evidence, ""):
		wrong = "it rests on no evidence"
	case e.Kind == ScopedRole && e.To.Kind() != Scope:
		wrong = "a role over a part of the tenant has to end at a scope, not at the role"
	case e.From.Kind() == Scope && (e.To.IsTarget() || e.To.Tenant() != e.From.Tenant()):
		wrong = "what is in a part of a tenant is neither its control nor another's"
	}
	if wrong != "" {
		return fmt.Errorf("edge from %q to %q: %s", e.From, e.To, wrong)
	}

	return nil
}

// ScopedRole is the kind of edge from a principal to a [Scope].
const ScopedRole = "scoped-role"
