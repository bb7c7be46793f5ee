package oscal

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A tenant's names and settings are an attacker's to choose, and OSCAL's texts are
// CommonMark that somebody's program renders. Each function here makes one of OSCAL's
// kinds of text:
//
//	line, text, code   of a tenant's text: CommonMark in which nothing is active
//	title, prose       of METADATA, whose Markdown is meant
//	value              a StringDatatype: ids and values, exact as far as possible
//	token              a TokenDatatype: ids of OSCAL

// Limits, in characters. The complete text is in findings.json and the snapshot.
const (
	lineLimit  = 200
	textLimit  = 1500
	valueLimit = 1000
)

// line makes one line of CommonMark: Markdown is escaped, control and bidirectional
// characters are gone, and it is never empty.
func line(s string) string { return inert(s, lineLimit) }

// text is a longer [line], for descriptions. It is still one paragraph.
func text(s string) string { return inert(s, textLimit) }

// code is a value as a CommonMark code span; as text, if the value could end the span
// or means something to OSCAL inside of it.
func code(s string) string {
	s = shorten(visible(s), textLimit)
	if s == "" || strings.ContainsAny(s, "`<") || strings.Contains(s, "{{") {
		return text(s)
	}
	return "`" + s + "`"
}

const (
	// markdownActive are characters that mean something to CommonMark anywhere.
	markdownActive = "*[]<>`\\{}&~^"
	// markdownLeading are those that do at the start of a line.
	markdownLeading = "#-+=|!"
)

// inert escapes Markdown.
func inert(s string, limit int) string {
	s = shorten(visible(s), limit)
	if s == "" {
		return "(empty)"
	}

	var b strings.Builder
	runes := []rune(s)
	inWord := func(i int) bool { // CommonMark has no emphasis by "_" inside of a word
		return i > 0 && i < len(runes)-1 && isWord(runes[i-1]) && isWord(runes[i+1])
	}
	for i, r := range runes {
		leading := i == 0 && strings.ContainsRune(markdownLeading, r)
		if leading || strings.ContainsRune(markdownActive, r) || r == '_' && !inWord(i) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}

	return b.String()
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// title makes one line of CommonMark of METADATA.
func title(s string) string {
	if s = shorten(visible(s), lineLimit); s == "" {
		return "(untitled)"
	}
	return noInsert(s)
}

// prose makes CommonMark of several lines of METADATA.
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

var inserts = strings.NewReplacer("{{", `{\{`, "<", `\<`)

// noInsert breaks OSCAL's insertion of parameters ("{{ insert: param, x }}"), and
// HTML, which CommonMark hands on.
func noInsert(s string) string { return inserts.Replace(s) }

const (
	lineSeparator, paragraphSeparator = '\u2028', '\u2029'
	zeroWidthNonJoiner                = '\u200c'
	zeroWidthJoiner                   = '\u200d'
	replacement                       = "\uFFFD" // of what is no UTF-8
)

// visible replaces every run of white space by one blank, and drops what is invisible
// or reorders text: controls, bidirectional controls, tags. It keeps the joiners, which
// emoji and some scripts need.
func visible(s string) string {
	s = strings.ToValidUTF8(s, replacement)
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == lineSeparator || r == paragraphSeparator:
			return ' '
		case r == zeroWidthNonJoiner || r == zeroWidthJoiner:
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

// value makes a StringDatatype, which has no line break and no blank at either end.
// Ids stay exact: what may not stand there is percent-encoded. Of an empty text it
// makes "-", because OSCAL has no empty values.
func value(s string) string {
	if s = shorten(strings.ToValidUTF8(s, replacement), valueLimit); s == "" {
		return "-"
	}

	var b strings.Builder
	for i, r := range s {
		atEnd := i == 0 || i+utf8.RuneLen(r) == len(s)
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || atEnd && unicode.IsSpace(r) {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}

		b.WriteRune(r)
	}

	return b.String()
}

// token makes a TokenDatatype of an id: an XML name without a colon.
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

// controlToken is a control's id in the catalog: rf-t-08 for RF-T-08.
func controlToken(id string) string { return token(strings.ToLower(id)) }

// fileHref is a path of the run folder as a relative URI reference.
func fileHref(path string) string {
	return (&url.URL{Path: path}).EscapedPath()
}

// webHref reports whether the address of a page can stand in a link.
func webHref(ref string) bool {
	u, err := url.Parse(ref)
	odd := func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }
	isWeb := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""

	return isWeb && !strings.ContainsFunc(ref, odd)
}

// Limits of an address: RFC 5321, section 4.5.3.1 (a path of 256 has two brackets).
const (
	maxAddress   = 254
	maxLocalPart = 64
)

// plainEmail is what every reader of OSCAL's schema takes for an address: a local part
// without quotes, and a domain of at least two labels.
var plainEmail = regexp.MustCompile(`^` +
	`[A-Za-z0-9_%+-]+(\.[A-Za-z0-9_%+-]+)*` +
	`@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$`)

// emails is the address list of a party: none, if the schema might refuse the address.
func emails(address string) []string {
	local, _, _ := strings.Cut(address, "@")
	if len(address) > maxAddress || len(local) > maxLocalPart || !plainEmail.MatchString(address) {
		return nil
	}
	return []string{address}
}

// prop is a property of ours.
func prop(name, v string) property { return property{Name: name, NS: NS, Value: value(v)} }

// classProp is a property of ours that is there for several classes of things.
func classProp(name, class, v string) property {
	return property{Name: name, NS: NS, Class: token(class), Value: value(v)}
}
