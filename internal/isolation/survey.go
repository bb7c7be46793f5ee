package isolation

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"ringfence/engine/fleet/fact"
)

// Canonical is a survey as a file: RFC 8785 canonical JSON with an LF at the end.
func (s *Survey) Canonical() ([]byte, error) { return fact.Canonical(s) }

// Parse reads such a file. What [Survey.Canonical] would not have written byte for byte is an
// error, and so is a path without hops.
func Parse(data []byte) (*Survey, error) {
	var s Survey
	if err := json.Unmarshal(data, &s, json.RejectUnknownMembers(true)); err != nil {
		return nil, err
	}
	if s.Schema != SchemaName {
		return nil, fmt.Errorf("schema is %q, not %q", s.Schema, SchemaName)
	}
	for _, p := range s.Paths {
		if len(p.Hops) == 0 {
			return nil, fmt.Errorf("the path from %q to %q has no hops", p.From, p.To)
		}
	}

	if err := s.Radii.Check(); err != nil {
		return nil, err
	}

	written, err := s.Canonical()
	if err == nil && !bytes.Equal(written, data) {
		err = errors.New("it is not in canonical form")
	}
	return &s, err
}

// Sentence says in one line what a survey found, with numbers as the reader is used to them.
func (s *Survey) Sentence(number func(int) string) string {
	p := s.Pairs
	switch p.All {
	case 0:
		return "There is nobody to be kept apart."
	case p.Apart:
		return fmt.Sprintf("Every pair is proven apart (%s).", number(p.All))
	}
	return fmt.Sprintf("Of %s pairs, %s proven apart, %s joined by a path, %s not proven.",
		number(p.All), number(p.Apart), number(p.Joined), number(p.Unproven))
}
