// Package terminal makes text from outside (names that a tenant chose, file
// names, other programs' errors) safe to print: it cannot move the cursor,
// recolour or erase what is there, turn the writing direction, hide characters, or
// start a line of its own.
//
//	terminal.Printf(os.Stdout, "%s is foreign\n", name) // one line, whatever the name is
//	os.Stdout.Write(terminal.JSON(data))                // the same value, harmless to look at
//
// [Writer] guards a whole stream, for what is printed without the two.
package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe returns s as text for one line of a terminal. What is not visible is
// written as one of Go's escapes: an escape character becomes the four characters
// `\x1b`, a line feed `\n`, a right-to-left override `\u202e`, a byte that is no
// UTF-8 `\xff`. All other text, of any script, stays as it is. A backslash is not
// doubled, so that Safe(Safe(s)) is Safe(s) and a Windows path stays readable.
func Safe(s string) string {
	at := firstUnsafe(s)
	if at == len(s) {
		return s
	}

	var b strings.Builder
	b.WriteString(s[:at])

	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[at])
		case Unsafe(r):
			b.WriteString(escape(r))
		default:
			b.WriteString(s[at : at+size])
		}

		at += size
	}

	return b.String()
}

// firstUnsafe is the index of the first character that Safe changes, or len(s).
func firstUnsafe(s string) int {
	for i, r := range s {
		if Unsafe(r) {
			return i
		}
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			return i
		}
	}

	return len(s)
}

// Unsafe reports whether a character is not text to read: a control character
// (C0 with line feed and tab, DEL, C1), a format control (bidi, zero width,
// byte order mark, tags), a line or paragraph separator, a filler that shows
// nothing, or no character at all. Spaces, marks and emoji are text.
func Unsafe(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return !unicode.IsGraphic(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || selector(r)
}

// selector reports whether a character is a supplementary variation selector. These
// are 240 invisible characters that can carry any text behind a visible one. The
// sixteen common selectors, which choose between an emoji and its black and white
// form, are text.
func selector(r rune) bool { return r >= 0xE0100 && r <= 0xE01EF }

// escape is how Go writes a character in a string.
func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}

	return fmt.Sprintf(`\U%08x`, r)
}
