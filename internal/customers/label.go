package customers

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxLabel is the longest label, in characters.
const maxLabel = 63

// letters are what other alphabets' letters are written as, where taking the accent
// away is not enough.
var letters = map[rune]string{
	'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'æ': "ae", 'ø': "oe", 'å': "aa", 'œ': "oe",
	'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", '&': "-and-", '+': "-plus-",
}

// label is made of the name, or else of the domain, or of the tenant id.
func (c Customer) label() string {
	domain, _, _ := strings.Cut(c.Domain, ".")
	for _, text := range []string{c.Name, domain} {
		if label := labelOf(text); label != "" {
			return label
		}
	}
	return "client-" + c.TenantID[:min(len(c.TenantID), 8)]
}

// labelOf is the label that a text reads like, "" where nothing of it can be in one.
//
//	"Müller & Söhne GmbH" → "mueller-and-soehne-gmbh"
func labelOf(text string) string {
	var plain strings.Builder
	for _, r := range norm.NFC.String(strings.ToLower(text)) {
		if written, ok := letters[r]; ok {
			plain.WriteString(written)
			continue
		}
		plain.WriteString(norm.NFKD.String(string(r)))
	}

	var label strings.Builder
	gap := false
	for _, r := range plain.String() {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if gap && label.Len() > 0 {
				label.WriteByte('-')
			}
			label.WriteRune(r)
			gap = false
		case r == '\'' || unicode.In(r, unicode.Mn): // Sam's is sams, and accents are dropped
		default:
			gap = true
		}
	}

	out := label.String()
	if out == "" || strings.Trim(out, "0123456789-") == "" && len(out) < 2 {
		return ""
	}
	if out[0] < 'a' {
		out = "c-" + out
	}
	return strings.TrimRight(out[:min(len(out), maxLabel)], "-")
}

// maxComment bounds a name in a comment, in characters.
const maxComment = 80

// comment is a name as one line that a fleet file may hold and nobody is misled by:
// without control characters, and without those that nobody sees.
func comment(name string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(name, "") {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.IsPrint(r) && !unicode.In(r, unicode.Cf, unicode.Co, unicode.Variation_Selector):
			b.WriteRune(r)
		}
	}

	fields := []rune(strings.Join(strings.Fields(b.String()), " "))
	return string(fields[:min(len(fields), maxComment)])
}
