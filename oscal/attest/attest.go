// Package attest signs and checks statements about files.
//
// A statement says something about files that it names by SHA-256 digest. On
// the wire it is an in-toto Statement v1 in a DSSE envelope in a Sigstore
// bundle v0.3, signed with ECDSA P-256 and SHA-256, so that stock cosign can
// check and make the same files.
//
// The package works on bytes: it opens no file and knows no OSCAL. Sign signs
// what machines say. What a human says, a review, is only prepared and checked
// here: PrepareReview and CheckReview.
//
// Sources: in-toto attestation spec v1 (statement.md), DSSE v1 (protocol.md),
// sigstore protobuf-specs (sigstore_bundle.proto).
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

// Predicate types. A predicate type is bound to a role: machines sign all but
// TypeReview.
const (
	TypeSnapshot          = "urn:ringfence:attestation:snapshot:v1"
	TypeAssessmentResults = "urn:ringfence:attestation:assessment-results:v1"
	TypeReview            = "urn:ringfence:attestation:review:v1"
	TypeException         = "urn:ringfence:attestation:exception:v1"
	TypeAuditEvent        = "urn:ringfence:attestation:audit-event:v1"
)

const (
	statementType = "https://in-toto.io/Statement/v1"
	payloadType   = "application/vnd.in-toto+json"

	// maxSubjects is what sigstore-go and cosign accept.
	maxSubjects = 1024
	// maxBundle is far above any statement of ours (1024 subjects are 150 KB),
	// and maxDepth above any predicate.
	maxBundle = 16 << 20
	maxDepth  = 64
)

// ErrStatement marks a statement that breaks a rule of this package.
var ErrStatement = errors.New("malformed statement")

// Statement says something of one type about files. Subjects are sorted by
// name. Predicate is a JSON object.
type Statement struct {
	PredicateType string
	Subjects      []Subject
	Predicate     json.RawMessage
}

// Subject is a file: its path (relative, with slashes) and the SHA-256 of its
// bytes, lower-case hex.
type Subject struct {
	Name   string
	SHA256 string
}

// The wire form. Field order is the order of the specification.
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

// marshal returns the statement's bytes: a function of the statement alone.
func (s Statement) marshal() ([]byte, error) {
	w := wireStatement{Type: statementType, PredicateType: s.PredicateType, Predicate: jsontext.Value(s.Predicate)}
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

// parseStatement reads a statement's bytes. Unknown, repeated and differently
// cased members are errors: two readers must not see two statements.
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
			return fmt.Errorf("%w: subject %q has no SHA-256 of 64 lower-case hex digits", ErrStatement, s.Name)
		}

		seen[s.Name] = true
	}

	return nil
}

func isDigest(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// strictJSON reads the tokens of data and refuses invalid UTF-8, repeated
// member names and deep nesting, before any parser builds something of it.
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
