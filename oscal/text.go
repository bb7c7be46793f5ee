package oscal

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits, in characters, of what a tenant can put into a document. The whole
// text is in findings.json and in the snapshot.
const (
	lineLimit  = 200
	textLimit  = 1500
	valueLimit = 1000
)

// line makes a markup-line (one line of CommonMark) of text that a tenant may
// have chosen: Markdown is inert, control and bidirectional characters are gone,
// it is never empty.
func line(s string) string { return inert(s, lineLimit) }

// text is line for descriptions: longer, still one paragraph.
func text(s string) string { return inert(s, textLimit) }

// code is a value as a CommonMark code span, or as text if the value could end
// the span or mean something to OSCAL inside it.
func code(s string) string {
	if s = shorten(visible(s), textLimit); s == "" || strings.ContainsAny(s, "`<") || strings.Contains(s, "{{") {
		return text(s)
	}
	return "`" + s + "`"
}

// inert: a tenant's display names are an attacker's to choose.
func inert(s string, limit int) string {
	s = shorten(visible(s), limit)
	if s == "" {
		return "(empty)"
	}

	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		if strings.ContainsRune("*[]<>`\\{}&~^", r) ||
			r == '_' && !(i > 0 && i < len(runes)-1 && wordRune(runes[i-1]) && wordRune(runes[i+1])) ||
			i == 0 && strings.ContainsRune("#-+=|!", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}

	return b.String()
}

// wordRune: CommonMark has no emphasis by "_" inside a word.
func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// title makes a markup-line of METADATA, whose Markdown is meant.
func title(s string) string {
	if s = shorten(visible(s), lineLimit); s == "" {
		return "(untitled)"
	}
	return noInsert(s)
}

// prose makes a markup-multiline of METADATA: lines and Markdown stay.
func prose(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		indent := l[:len(l)-len(strings.TrimLeft(l, " "))]
		lines[i] = indent + visible(l)
		if strings.TrimSpace(lines[i]) == "" {
			lines[i] = ""
		}
	}

	if s = strings.TrimSpace(strings.Join(lines, "\n")); s == "" {
		return "(not given)"
	}

	return noInsert(s)
}

// noInsert breaks OSCAL's parameter insertion ("{{ insert: param, x }}") and
// HTML, which CommonMark would pass on.
func noInsert(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "{{", `{\{`), "<", `\<`)
}

// visible replaces every run of white space by one blank, drops what is
// invisible or reorders text (controls, bidirectional controls, tags), and
// keeps the joiners that emoji and some scripts need.
func visible(s string) string {
	s = strings.ToValidUTF8(s, "�")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case r == '\u200c' || r == '\u200d':
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Bidi_Control):
			return -1
		}

		return r
	}, s)

	return strings.Join(strings.Fields(s), " ")
}

func shorten(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:limit])) + "…"
}

// value makes a StringDatatype (no line break, no blank at either end), keeping
// ids exact: what may not stand there is percent-encoded. The result of an
// empty string is "-", because OSCAL has no empty values.
func value(s string) string {
	if s = shorten(strings.ToValidUTF8(s, "�"), valueLimit); s == "" {
		return "-"
	}

	var b strings.Builder
	last := len(s) - 1
	for i, r := range s {
		edge := i == 0 || i+utf8.RuneLen(r)-1 == last
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || edge && unicode.IsSpace(r) {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}

		b.WriteRune(r)
	}

	return b.String()
}

// token makes a TokenDatatype (NCName without colon) of an id.
func token(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, s)
	if r, _ := utf8.DecodeRuneInString(s); s == "" || r != '_' && !unicode.IsLetter(r) {
		s = "_" + s
	}
	return s
}

// controlToken is a control's id in our catalog: "RF-T-08" is rf-t-08.
func controlToken(id string) string { return token(strings.ToLower(id)) }

// fileHref is a path of the run folder as a relative URI reference.
func fileHref(path string) string {
	return (&url.URL{Path: path}).EscapedPath()
}

// webHref reports whether a page's address can stand in a link.
func webHref(ref string) bool {
	u, err := url.Parse(ref)
	odd := func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.ContainsFunc(ref, odd)
}

var plainEmail = regexp.MustCompile(`^[A-Za-z0-9_%+-]+(\.[A-Za-z0-9_%+-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$`)

// emails is the address list of a party: the schema refuses odd addresses.
func emails(address string) []string {
	local, _, _ := strings.Cut(address, "@")
	if len(address) > 254 || len(local) > 64 || !plainEmail.MatchString(address) {
		return nil
	}
	return []string{address}
}

func prop(name, v string) property { return property{Name: name, NS: NS, Value: value(v)} }

func classProp(name, class, v string) property {
	return property{Name: name, NS: NS, Class: token(class), Value: value(v)}
}
