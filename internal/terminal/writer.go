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
// as Safe does. A line feed inside a name is for Printf to stop, since a stream
// cannot know whose line feed it is.
type Writer struct{ To io.Writer }

// Write returns the length of p, also where what it wrote is longer. A character
// must not be cut in two by two calls.
func (w Writer) Write(p []byte) (int, error) {
	out := p
	if hasUnsafe(p) {
		out = escaped(p, func(b *bytes.Buffer, r rune, raw []byte) { b.WriteString(Safe(string(raw))) })
	}

	if n, err := w.To.Write(out); err != nil {
		return min(n, len(p)), err
	}

	return len(p), nil
}

// JSON is the same JSON value with what Safe would escape written as JSON's own
// escapes, so that it can be shown and parses to the same strings. Invalid UTF-8
// becomes U+FFFD, as JSON demands.
func JSON(data []byte) []byte {
	if !hasUnsafe(data) {
		return data
	}
	return escaped(data, func(b *bytes.Buffer, r rune, _ []byte) {
		switch high, low := utf16.EncodeRune(r); {
		case r == utf8.RuneError:
			b.WriteRune(r)
		case high != utf8.RuneError:
			fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
	})
}

// passes: a stream's own structure, beside text.
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

// escaped copies p and lets write stand in for every character that does not
// pass.
func escaped(p []byte, write func(b *bytes.Buffer, r rune, raw []byte)) []byte {
	var b bytes.Buffer
	for len(p) > 0 {
		r, size := utf8.DecodeRune(p)
		if passes(r, size) {
			b.Write(p[:size])
		} else {
			write(&b, r, p[:size])
		}
		p = p[size:]
	}

	return b.Bytes()
}
