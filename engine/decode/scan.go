package decode

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"ringfence/collectors/snapshot"
)

// maxDepth is snapshot.Parse's bound on nesting.
const maxDepth = 128

// scanner takes one line of JSON apart. A method that reports false has met
// something that it does not take; the line is then to be read another way.
//
// It checks all that I-JSON asks for, with one restriction: the names of an
// object must be in ascending order of their bytes and free of escapes, which
// proves without a table that none is there twice. RFC 8785 text is so, but for
// rare names. With checked, jsontext has found the line valid and any names do.
type scanner struct {
	line    []byte
	at      int
	checked bool
	scratch []byte
}

// reset starts a line.
func (s *scanner) reset(line []byte, checked bool) bool {
	s.line, s.at, s.checked = line, 0, checked
	return checked || utf8.Valid(line)
}

// peek skips white space and returns the byte that follows, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.line) {
		switch c := s.line[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}

	return 0
}

// eat takes one byte of punctuation.
func (s *scanner) eat(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// text takes a string and returns what is between its quotes. Eight bytes are
// looked at together: the lowest high bit of stop is at the first byte that is
// a quote, a backslash or a control character.
func (s *scanner) text() (raw []byte, escaped, ok bool) {
	i := s.at + 1
	start := i
	for {
		for i+8 <= len(s.line) {
			w := binary.LittleEndian.Uint64(s.line[i:])
			quote, slash := w^(ones*'"'), w^(ones*'\\')
			stop := ((quote - ones) &^ quote) | ((slash - ones) &^ slash) | ((w - ones*0x20) &^ w)
			if stop &= highs; stop != 0 {
				i += bits.TrailingZeros64(stop) / 8
				break
			}

			i += 8
		}

		if i >= len(s.line) {
			return nil, false, false
		}
		switch c := s.line[i]; {
		case c == '"':
			s.at = i + 1
			return s.line[start:i], escaped, !escaped || s.unquote(start-1, i+1)
		case c == '\\':
			escaped = true
			i += 2
		case c < 0x20:
			return nil, false, false
		default:
			i++ // the last bytes of a line
		}
	}
}

// unquote leaves the meaning of a string with escapes in scratch.
func (s *scanner) unquote(from, to int) bool {
	var err error
	s.scratch, err = jsontext.AppendUnquote(s.scratch[:0], s.line[from:to])
	return err == nil
}

// name takes a property's name and its colon. last is the name before it, nil
// for the first one.
func (s *scanner) name(last []byte) (name []byte, ok bool) {
	if s.peek() != '"' {
		return nil, false
	}

	name, escaped, ok := s.text()
	if !ok {
		return nil, false
	}

	if escaped {
		name = bytes.Clone(s.scratch)
	}

	if !s.checked && (escaped || last != nil && bytes.Compare(last, name) >= 0) {
		return nil, false
	}

	return name, s.eat(':')
}

// number takes a number and reports whether it is more than an integer. One
// that does not fit a double is not taken.
func (s *scanner) number() (lit []byte, fraction, ok bool) {
	start := s.at
	if s.line[s.at] == '-' {
		s.at++
	}

	zero := s.at < len(s.line) && s.line[s.at] == '0'
	if n := s.digits(); n == 0 || zero && n > 1 {
		return nil, false, false
	}

	if s.at < len(s.line) && s.line[s.at] == '.' {
		s.at++
		if fraction = true; s.digits() == 0 {
			return nil, false, false
		}
	}

	if s.at < len(s.line) && s.line[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.line) && (s.line[s.at] == '+' || s.line[s.at] == '-') {
			s.at++
		}
		if fraction = true; s.digits() == 0 {
			return nil, false, false
		}
	}

	lit = s.line[start:s.at]

	if fraction {
		_, err := snapshot.ParseNumber(string(lit))
		return lit, true, err == nil
	}

	return lit, false, true
}

// digits takes digits and returns how many.
func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.line) && s.line[s.at]-'0' <= 9 {
		s.at++
	}
	return s.at - start
}

// literal takes true, false or null.
func (s *scanner) literal(lit string) bool {
	if end := s.at + len(lit); end <= len(s.line) && string(s.line[s.at:end]) == lit {
		s.at = end
		return true
	}
	return false
}

// skip takes a value that nobody reads.
func (s *scanner) skip(depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch s.peek() {
	case '"':
		_, _, ok := s.text()
		return ok
	case '{':
		return s.members(func([]byte) bool { return s.skip(depth + 1) })
	case '[':
		return s.elements(func() bool { return s.skip(depth + 1) })
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		_, _, ok := s.number()
		return ok
	}

	return false
}

// members takes an object; member takes the value of one name.
func (s *scanner) members(member func(name []byte) bool) bool {
	s.at++
	if s.peek() == '}' {
		s.at++
		return true
	}

	var last []byte
	for more := true; more; {
		name, ok := s.name(last)
		if !ok || !member(name) {
			return false
		}

		last = name

		if more, ok = s.next('}'); !ok {
			return false
		}
	}

	return true
}

// elements takes an array; element takes one value of it.
func (s *scanner) elements(element func() bool) bool {
	s.at++
	if s.peek() == ']' {
		s.at++
		return true
	}

	for more := true; more; {
		if !element() {
			return false
		}
		var ok bool
		if more, ok = s.next(']'); !ok {
			return false
		}
	}

	return true
}

// next takes a comma, after which there is more, or the end.
func (s *scanner) next(end byte) (more, ok bool) {
	c := s.peek()
	if c != ',' && c != end {
		return false, false
	}

	s.at++
	return c == ',', true
}
