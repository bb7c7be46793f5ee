package terminal_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"ringfence/internal/terminal"
)

// grid is a terminal as far as Screen uses one: rows that scroll, a cursor, and lines
// that are too long go on in the next row.
type grid struct {
	t        *testing.T
	width    int
	rows     [][]rune
	row, col int
}

func (g *grid) Write(p []byte) (int, error) {
	for s := string(p); s != ""; {
		var up int
		switch {
		case strings.HasPrefix(s, "\x1b[J"):
			g.rows = append(g.rows[:g.row], g.rows[g.row][:g.col])
			s = s[len("\x1b[J"):]
			continue
		case strings.HasPrefix(s, "\x1b["):
			if n, err := fmt.Sscanf(s, "\x1b[%dA", &up); n != 1 || err != nil || up > g.row {
				g.t.Fatalf("an escape that is not known, or leads out: %q", s)
			}
			g.row -= up
			s = s[strings.IndexByte(s, 'A')+1:]
			continue
		}

		c, size := utf8.DecodeRuneInString(s)
		g.put(c)
		s = s[size:]
	}
	return len(p), nil
}

func (g *grid) put(c rune) {
	switch {
	case c == '\r':
		g.col = 0
		return
	case c == '\n':
		g.next()
		return
	case g.col == g.width:
		g.next()
	}

	g.rows[g.row] = append(g.rows[g.row][:g.col], c)
	g.col++
}

func (g *grid) next() {
	g.row, g.col = g.row+1, 0
	if g.row == len(g.rows) {
		g.rows = append(g.rows, nil)
	}
}

func (g *grid) String() string {
	var rows []string
	for _, r := range g.rows {
		rows = append(rows, string(r))
	}
	return strings.Join(rows, "|")
}

func TestScreen(t *testing.T) {
	g := &grid{t: t, width: 12, rows: [][]rune{nil}}
	height := 5
	s := &terminal.Screen{To: g, Size: func() (int, int) { return g.width, height }}
	see := func(want string) {
		t.Helper()
		if g.String() != want {
			t.Errorf("got  %s\nwant %s", g, want)
		}
	}

	io.WriteString(s, "before\n")
	s.Show("one", "two")
	see("before|one|two")

	io.WriteString(s, "news\n")
	see("before|news|one|two")

	io.WriteString(s, "half ")
	see("before|news|one|two")
	io.WriteString(s, "a line\n")
	see("before|news|half a line|one|two")

	s.Show("a line that is too long", "\x1b[2Jx")
	see(`before|news|half a line|a line tha…|\x1b[2Jx`)

	s.Show("1", "2", "3", "4", "5", "6")
	see("before|news|half a line|3|4|5|6")

	io.WriteString(s, "end")
	s.Show()
	see("before|news|half a line|end")
}

// TestScreenNarrowed: a terminal that became narrower has broken the lines.
func TestScreenNarrowed(t *testing.T) {
	var b bytes.Buffer
	width := 20
	s := &terminal.Screen{To: &b, Size: func() (int, int) { return width, 10 }}
	s.Show("0123456789012345678", "short")
	width, b = 10, bytes.Buffer{}
	s.Show()
	if b.String() != "\r\x1b[2A\x1b[J" {
		t.Errorf("%q", b.String())
	}
}

func TestColors(t *testing.T) {
	for _, tc := range []struct {
		env        string
		isTerminal bool
		want       bool
	}{
		{"TERM=xterm", true, true},
		{"TERM=xterm", false, false},
		{"TERM=dumb", true, false},
		{"TERM=xterm NO_COLOR=1", true, false},
		{"TERM=xterm NO_COLOR=", true, true},
		{"TERM=xterm CLICOLOR=0", true, false},
		{"TERM=xterm CLICOLOR=1", true, true},
		{"CLICOLOR_FORCE=1", false, true},
		{"CLICOLOR_FORCE=0", false, false},
		{"TERM=dumb CLICOLOR_FORCE=1 CLICOLOR=0", true, true},
		{"CLICOLOR_FORCE=1 NO_COLOR=1", true, false},
	} {
		getenv := func(name string) string {
			for _, pair := range strings.Fields(tc.env) {
				if k, v, _ := strings.Cut(pair, "="); k == name {
					return v
				}
			}
			return ""
		}
		if got := terminal.Colors(tc.isTerminal, getenv); got != tc.want {
			t.Errorf("%s, terminal %v: %v", tc.env, tc.isTerminal, got)
		}
	}
}
