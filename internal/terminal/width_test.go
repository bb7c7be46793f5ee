package terminal_test

import (
	"testing"

	"ringfence/internal/terminal"
)

func TestFit(t *testing.T) {
	for _, tc := range []struct {
		in    string
		width int // of in
		cells int
		want  string
	}{
		{"", 0, 0, ""},
		{"plain", 5, 5, "plain"},
		{"plain", 5, 4, "pla…"},
		{"plain", 5, 1, "…"},
		{"plain", 5, 0, ""},
		{"株式会社", 8, 8, "株式会社"},
		{"株式会社", 8, 7, "株式会…"},
		{"株式会社", 8, 6, "株式…"}, // half a character does not fit
		{"e\u0301te\u0301", 3, 3, "e\u0301te\u0301"},
		{"e\u0301te\u0301", 3, 2, "e\u0301…"},
		{"🚀 up", 5, 4, "🚀 …"},
	} {
		if got := terminal.Width(tc.in); got != tc.width {
			t.Errorf("Width(%q) = %d, want %d", tc.in, got, tc.width)
		}
		if got := terminal.Fit(tc.in, tc.cells); got != tc.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", tc.in, tc.cells, got, tc.want)
		}
	}
}

// FuzzFit: what fits never takes more cells than there are.
func FuzzFit(f *testing.F) {
	f.Add("株a\u0301🚀", 3)
	f.Fuzz(func(t *testing.T, s string, cells int) {
		if got := terminal.Fit(s, cells); terminal.Width(got) > max(cells, 0) {
			t.Errorf("Fit(%q, %d) = %q takes %d cells", s, cells, got, terminal.Width(got))
		}
	})
}
