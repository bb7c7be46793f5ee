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

// scanner takes one line of JSON apart, from left to right. Each method takes one
// thing from the line, and reports false where that is not there, or is nothing
// that this scanner knows to read. The line then has to be read in another way.
//
// It checks all that I-JSON (RFC 7493) asks for, with one restriction: the names of
// an object must be in ascending order of their bytes, and free of escapes. That
// proves, without a table of names, that none is there twice. All that ringfence
// writes is so, since RFC 8785 wants names sorted; but for names with escapes, or
// with characters beyond U+FFFF, which it sorts by UTF-16.
type scanner struct {
	line []byte
	at   int // of the next byte
	// valid: jsontext has found the line valid, so that its names may have any order.
	valid bool
	// unquoted is the meaning of the last string with escapes.
	unquoted []byte
}

// reset starts a line.
func (s *scanner) reset(line []byte, valid bool) bool {
	s.line, s.at, s.valid = line, 0, valid
	return valid || utf8.Valid(line)
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

// take takes a byte, if it is the very next one.
func (s *scanner) take(c byte) bool {
	if s.at >= len(s.line) || s.line[s.at] != c {
		return false
	}
	s.at++
	return true
}

// Eight equal bytes in a word.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// text takes a string and returns what is between its quotes. If it has escapes,
// unquoted is what it means.
//
// Eight bytes are looked at together: (x - ones) &^ x has the high bit of each byte
// that is 0 in x, and maybe of bytes after it. So the lowest high bit of stop is at
// the first byte that is a quote, a backslash or a control character.
func (s *scanner) text() (raw []byte, escaped, ok bool) {
	start := s.at + 1
	i := start
	for {
		for i+8 <= len(s.line) {
			word := binary.LittleEndian.Uint64(s.line[i:])
			quote, slash := word^(ones*'"'), word^(ones*'\\')
			stop := ((quote - ones) &^ quote) | ((slash - ones) &^ slash) | ((word - ones*0x20) &^ word)
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
			i++ // one of the last bytes of a line
		}
	}
}

func (s *scanner) unquote(from, to int) bool {
	var err error
	s.unquoted, err = jsontext.AppendUnquote(s.unquoted[:0], s.line[from:to])
	return err == nil
}

// name takes a property's name and its colon. last is the name before it, nil for
// the first one.
func (s *scanner) name(last []byte) (name []byte, ok bool) {
	if s.peek() != '"' {
		return nil, false
	}

	name, escaped, ok := s.text()
	if !ok {
		return nil, false
	}
	if escaped {
		name = bytes.Clone(s.unquoted)
	}
	if !s.valid && (escaped || last != nil && bytes.Compare(last, name) >= 0) {
		return nil, false
	}

	return name, s.peek() == ':' && s.take(':')
}

// number takes a number. integer: it has neither a fraction nor an exponent. One
// that does not fit a double is not taken.
func (s *scanner) number() (literal []byte, integer, ok bool) {
	start := s.at
	s.take('-')

	first := s.at
	if n := s.digits(); n == 0 || n > 1 && s.line[first] == '0' {
		return nil, false, false
	}

	end := s.at // of what can be an integer
	if s.take('.') && s.digits() == 0 {
		return nil, false, false
	}
	if s.take('e') || s.take('E') {
		_ = s.take('+') || s.take('-')
		if s.digits() == 0 {
			return nil, false, false
		}
	}

	literal = s.line[start:s.at]
	if s.at == end {
		return literal, true, true
	}

	_, err := snapshot.ParseNumber(string(literal))
	return literal, false, err == nil
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
func (s *scanner) literal(word string) bool {
	if end := s.at + len(word); end <= len(s.line) && string(s.line[s.at:end]) == word {
		s.at = end
		return true
	}
	return false
}

// skip takes a value that nobody reads, and checks it all the same.
func (s *scanner) skip(depth int) bool {
	if depth > maxDepth {
		return false
	}

	switch s.peek() {
	case '"':
		_, _, ok := s.text()
		return ok
	case '{':
		return s.object(func([]byte) bool { return s.skip(depth + 1) })
	case '[':
		return s.array(func() bool { return s.skip(depth + 1) })
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

// object takes an object; member takes the value of each name.
func (s *scanner) object(member func(name []byte) bool) bool {
	empty := s.open('}')
	var last []byte
	for more := !empty; more; {
		name, ok := s.name(last)
		if !ok || !member(name) {
			return false
		}
		if more, ok = s.next('}'); !ok {
			return false
		}
		last = name
	}

	return true
}

// array takes an array; element takes each value of it.
func (s *scanner) array(element func() bool) bool {
	empty := s.open(']')
	for more := !empty; more; {
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

// open takes the first byte of an object or array, and the last one where it is
// empty.
func (s *scanner) open(end byte) (empty bool) {
	s.at++
	return s.peek() == end && s.take(end)
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
