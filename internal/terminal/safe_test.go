package terminal_test

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"ringfence/internal/terminal"
)

func TestSafe(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"Fabrikam GmbH & Co. KG": "Fabrikam GmbH & Co. KG",
		"Žluťoučký kůň, 日本語　株式":     "Žluťoučký kůň, 日本語　株式",
		"שלום עולם":                 "שלום עולם",
		"⚠️ e\u0301 a\u00a0b":       "⚠️ e\u0301 a\u00a0b",
		`C:\new\tenant`:             `C:\new\tenant`,
		"\ufffd":                    "\ufffd", // a character like others
		"red \x1b[31mnot satisfied": `red \x1b[31mnot satisfied`,
		"\x1b]0;title\x07":          `\x1b]0;title\x07`,
		"a\rb\nc\td\x00\b\x7f":      `a\rb\nc\td\x00\x08\x7f`,
		"\u009b2J\u0085\u0080":      `\u009b2J\u0085\u0080`,
		"\x9b2J":                    `\x9b2J`, // C1 as a byte, as some terminals read it
		"\xff\xc3":                  `\xff\xc3`,
		"\xed\xa0\x80":              `\xed\xa0\x80`, // a surrogate
		"exe\u202etxt.\u202a\u202c": `exe\u202etxt.\u202a\u202c`,
		"\u2066\u2069\u200e\u200f":  `\u2066\u2069\u200e\u200f`,
		"a\u200bb\u200cc\u200dd":    `a\u200bb\u200cc\u200dd`,
		"\u061c\ufeff\u00ad\u2060":  `\u061c\ufeff\u00ad\u2060`,
		"\u2028\u2029":              `\u2028\u2029`,
		"\U000e0041\U000e0001":      `\U000e0041\U000e0001`,
		"\U000e0100\U0001d173":      `\U000e0100\U0001d173`,
		"\u3164\u115f\u034f":        `\u3164\u115f\u034f`, // fillers
		"\ue000\uffff":              `\ue000\uffff`,
	} {
		if got := terminal.Safe(in); got != want {
			t.Errorf("Safe(%+q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[2J\r\n", "\u202e\u009b", "\xff\xc2", "\U000e0041", "\ufffd\\x1b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := terminal.Safe(s)
		if !utf8.ValidString(out) {
			t.Fatalf("Safe(%+q) = %+q is not UTF-8", s, out)
		}

		for _, r := range out {
			if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Fatalf("Safe(%+q) = %+q holds %U", s, out, r)
			}
		}

		if again := terminal.Safe(out); again != out {
			t.Fatalf("Safe twice of %+q: %+q, then %+q", s, out, again)
		}

		if len(out) < len(s) || out != s && len(out) == len(s) {
			t.Fatalf("Safe(%+q) = %+q lost something", s, out)
		}
	})
}
