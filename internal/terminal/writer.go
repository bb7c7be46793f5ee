package terminal

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Writer is the last guard in front of a stream that people read: whatever is
// printed on it, only text, line feeds and tabs get through; the rest is escaped
// as [Safe] does. It cannot stop a line feed inside a name, since a stream does not
// know whose line feed it is: that is for [Printf].
type Writer struct{ To io.Writer }

// Write returns the length of p, also where what it wrote is longer. A character
// must not be cut in two by two calls.
func (w Writer) Write(p []byte) (int, error) {
	out := p
	if hasUnsafe(p) {
		out = escapeUnsafe(p, func(b *bytes.Buffer, _ rune, raw []byte) { b.WriteString(Safe(string(raw))) })
	}

	if n, err := w.To.Write(out); err != nil {
		return min(n, len(p)), err
	}

	return len(p), nil
}

// JSON returns the same JSON value with what [Safe] would escape written as JSON's
// own escapes, so that it can be shown and parses to the same strings: "\x7f" becomes
// the six characters \u007f. Invalid UTF-8 becomes U+FFFD, as JSON demands.
func JSON(data []byte) []byte {
	if !hasUnsafe(data) {
		return data
	}
	return escapeUnsafe(data, func(b *bytes.Buffer, r rune, _ []byte) {
		switch high, low := utf16.EncodeRune(r); {
		case r == utf8.RuneError:
			b.WriteRune(r)
		case high != utf8.RuneError: // beyond U+FFFF: a surrogate pair
			fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
	})
}

// passes reports whether a character of a stream stays as it is: text, and the
// stream's own structure. size is 1 for a byte that is no UTF-8.
func passes(r rune, size int) bool {
	return r == '\n' || r == '\t' || !Unsafe(r) && !(r == utf8.RuneError && size == 1)
}

func hasUnsafe(p []byte) bool {
	for i := 0; i < len(p); {
		r, size := rune(p[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(p[i:])
		}

		if !passes(r, size) {
			return true
		}

		i += size
	}

	return false
}

// escapeUnsafe copies p, and calls escape for each character that does not pass to
// write something in its place.
func escapeUnsafe(p []byte, escape func(b *bytes.Buffer, r rune, raw []byte)) []byte {
	var b bytes.Buffer
	for len(p) > 0 {
		r, size := utf8.DecodeRune(p)
		if passes(r, size) {
			b.Write(p[:size])
		} else {
			escape(&b, r, p[:size])
		}
		p = p[size:]
	}

	return b.Bytes()
}
