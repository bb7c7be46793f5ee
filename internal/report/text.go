package report

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ringfence/collectors/snapshot"
	"ringfence/engine/fleet/fact"
)

// Limits of one text on the page, in characters. An ARM id has about 200.
const (
	shortText = 320
	longText  = 900
)

var funcs = template.FuncMap{
	"flag":    yesOrNo,
	"short":   func(s string) []piece { return pieces(s, shortText) },
	"long":    func(s string) []piece { return pieces(s, longText) },
	"plain":   plain,
	"value":   value,
	"when":    when,
	"between": between,
	"num":     num,
	"plural":  plural,
	"anchor":  anchor,
	"node":    func(n fact.Node) string { return n.Kind() + "/" + n.ID() },
	"outcome": outcomeName,
	"stateOf": outcomeState,
	"class":   func(s any) string { return fmt.Sprint(s) },
}

// piece is a run of text, or a character that cannot be seen, spelt out.
type piece struct {
	Text  string
	Spelt bool
}

// pieces prepares text from outside: invisible, bidi and control characters are
// spelt out, and what is longer than max characters is cut, which it says.
// "a\u202Eb" becomes "a", "U+202E" spelt out, "b".
func pieces(s string, max int) []piece {
	var all []piece
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			all = append(all, piece{Text: plain.String()})
			plain.Reset()
		}
	}

	n := 0
	for i, r := range s {
		if n++; n > max {
			flush()
			cut := fmt.Sprintf("… cut, %s characters in all", num(utf8.RuneCountInString(s)))
			return append(all, piece{Text: cut, Spelt: true})
		}

		if name := spelling(r, s[i:]); name != "" {
			flush()
			all = append(all, piece{Text: name, Spelt: true})
		} else {
			plain.WriteRune(r)
		}
	}

	flush()
	return all
}

// spelling is how the character that s begins with is spelt out, "" for one that
// can be seen.
func spelling(r rune, s string) string {
	if r == utf8.RuneError {
		if _, size := utf8.DecodeRuneInString(s); size == 1 { // no UTF-8
			return fmt.Sprintf("\\x%02X", s[0])
		}
	} else if hidden(r) {
		return fmt.Sprintf("U+%04X", r)
	}

	return ""
}

// plain is a short text where no markup can be.
func plain(s string) string {
	var b strings.Builder
	for _, p := range pieces(s, shortText) {
		b.WriteString(p.Text)
	}
	return b.String()
}

// hidden reports whether a reader would not see the character: controls,
// format characters (bidi overrides, zero width), odd spaces and fillers.
func hidden(r rune) bool {
	switch r {
	case ' ':
		return false
	case 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0:
		return true
	}

	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Zs)
}

// value shows an observed or expected value as JSON, one way for one value: as it
// is in findings.json, so that a page made from the file is the same page.
func value(v any) []piece {
	data, err := snapshot.Canonical(v)
	if err != nil { // invalid UTF-8, which no file has
		data, err = json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	}

	if err == nil {
		data, err = jsontext.AppendFormat(nil, data, jsontext.AllowInvalidUTF8(true),
			jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true))
	}

	if err != nil {
		return pieces(fmt.Sprintf("no JSON: %v", err), longText)
	}

	return pieces(string(data), longText)
}

// when writes an RFC 3339 time, or a date, for people. What is neither stays as
// it is.
func when(s string) string {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC().Format("2 January 2006, 15:04:05 UTC")
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Format("2 January 2006")
	}
	return s
}

// between writes when a dataset was read, short enough for a table.
func between(started, ended string) string {
	from, errFrom := time.Parse(time.RFC3339, started)
	to, errTo := time.Parse(time.RFC3339, ended)
	if errFrom != nil || errTo != nil {
		return when(ended)
	}

	from, to = from.UTC(), to.UTC()
	layout := time.TimeOnly
	if from.Format(time.DateOnly) != to.Format(time.DateOnly) {
		layout = time.DateTime
	}

	return from.Format(time.DateTime) + " to " + to.Format(layout) + " UTC"
}

// num groups thousands.
func num(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural is "1 control", "2,000 controls".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return num(n) + " " + many
}

// anchor makes an id attribute of a control or family.
func anchor(s string) string {
	return "c-" + strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-') {
			return r
		}
		return '-'
	}, s)
}

// oneLine joins the lines of a METADATA text.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// yesOrNo is yes or no for what the evidence says, "" for what it does not say.
func yesOrNo(b *bool, yes, no string) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return yes
	}
	return no
}
