package attest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// statementType is the "_type" of an in-toto statement (statement.md).
	statementType = "https://in-toto.io/Statement/v1"
	// payloadType is what a DSSE envelope calls an in-toto statement (envelope.md of
	// in-toto's attestation spec).
	payloadType = "application/vnd.in-toto+json"

	// maxSubjects is how many subjects sigstore-go, and so cosign, accepts.
	maxSubjects = 1024
	// maxDepth is how deep JSON may be nested: far above any predicate of ours, and far
	// below what would exhaust a parser's stack.
	maxDepth = 64
)

// ErrStatement marks a statement that breaks a rule of in-toto or of this package: no
// subjects or too many, a subject that is no relative path or has no SHA-256, a
// predicate that is no object, a member that is unknown or repeated.
var ErrStatement = errors.New("malformed statement")

// Statement says something about files.
type Statement struct {
	// PredicateType is what kind of thing is said: [TypeReview].
	PredicateType string
	// Subjects are the files, at least one, each once. A statement that was read has
	// them sorted by name.
	Subjects []Subject
	// Predicate is what is said: a JSON object.
	Predicate json.RawMessage
}

// Subject is a file.
type Subject struct {
	Name   string // path in the run folder: relative, with slashes
	SHA256 string // of its bytes, 64 lower-case hex digits
}

// The wire form. The order of the fields is that of the specification.
type (
	wireStatement struct {
		Type          string         `json:"_type"`
		Subject       []wireSubject  `json:"subject"`
		PredicateType string         `json:"predicateType"`
		Predicate     jsontext.Value `json:"predicate"`
	}
	wireSubject struct {
		Name   string     `json:"name"`
		Digest wireDigest `json:"digest"`
	}
	wireDigest struct {
		SHA256 string `json:"sha256"`
	}
)

// marshal returns the statement's bytes, which follow from the statement alone.
func (s Statement) marshal() ([]byte, error) {
	predicate := jsontext.Value(s.Predicate)
	w := wireStatement{Type: statementType, PredicateType: s.PredicateType, Predicate: predicate}
	for _, sub := range s.Subjects {
		w.Subject = append(w.Subject, wireSubject{sub.Name, wireDigest{sub.SHA256}})
	}
	slices.SortFunc(w.Subject, func(a, b wireSubject) int { return strings.Compare(a.Name, b.Name) })

	if err := w.check(); err != nil {
		return nil, err
	}

	data, err := jsonv2.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("%w: %.200v", ErrStatement, err)
	}

	return data, strictJSON(data)
}

// parseStatement reads a statement's bytes. Unknown, repeated and differently cased
// members are errors: two readers must not see two statements.
func parseStatement(data []byte) (Statement, error) {
	if err := strictJSON(data); err != nil {
		return Statement{}, fmt.Errorf("%w: %.200v", ErrStatement, err)
	}

	var w wireStatement
	if err := jsonv2.Unmarshal(data, &w, jsonv2.RejectUnknownMembers(true)); err != nil {
		return Statement{}, fmt.Errorf("%w: %.200v", ErrStatement, err)
	}
	if w.Type != statementType {
		return Statement{}, fmt.Errorf("%w: its type is %q, not %q", ErrStatement, w.Type, statementType)
	}
	if err := w.check(); err != nil {
		return Statement{}, err
	}

	s := Statement{PredicateType: w.PredicateType, Predicate: json.RawMessage(w.Predicate)}
	for _, sub := range w.Subject {
		s.Subjects = append(s.Subjects, Subject{sub.Name, sub.Digest.SHA256})
	}
	slices.SortFunc(s.Subjects, func(a, b Subject) int { return strings.Compare(a.Name, b.Name) })

	return s, nil
}

// check holds the rules that writing and reading share.
func (w wireStatement) check() error {
	switch {
	case w.PredicateType == "":
		return fmt.Errorf("%w: no predicate type", ErrStatement)
	case w.Predicate.Kind() != '{':
		return fmt.Errorf("%w: the predicate is not an object", ErrStatement)
	case len(w.Subject) == 0:
		return fmt.Errorf("%w: no subjects", ErrStatement)
	case len(w.Subject) > maxSubjects:
		return fmt.Errorf("%w: %d subjects, more than %d", ErrStatement, len(w.Subject), maxSubjects)
	}

	seen := map[string]bool{}
	for _, s := range w.Subject {
		switch {
		case !fs.ValidPath(s.Name) || s.Name == "." || strings.Contains(s.Name, `\`):
			return fmt.Errorf("%w: subject %q is not a relative path", ErrStatement, s.Name)
		case seen[s.Name]:
			return fmt.Errorf("%w: two subjects are named %q", ErrStatement, s.Name)
		case !isDigest(s.Digest.SHA256):
			const noDigest = "%w: subject %q has no SHA-256 of 64 lower-case hex digits"
			return fmt.Errorf(noDigest, ErrStatement, s.Name)
		}

		seen[s.Name] = true
	}

	return nil
}

func isDigest(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// strictJSON reads the tokens of data and refuses invalid UTF-8, repeated names of
// members and deep nesting, before a parser builds something of it.
func strictJSON(data []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		if _, err := d.ReadToken(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if d.StackDepth() > maxDepth {
			return fmt.Errorf("json is nested deeper than %d", maxDepth)
		}
	}
}
