package fleetfile

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"ringfence/internal/terminal"
)

// Bounds of what a diagnostic shows of a file: a terminal is no place for a line
// of 60,000 characters, nor for a list of 1,000 lines.
const (
	snippetLine   = 160 // bytes of one line
	snippetBefore = 60  // of them, at most, in front of what is wrong
	snippetLines  = 8
)

// snippet is a file up to the lines that a diagnostic is about, and the range in
// it: what lies before is left for its line numbers, long lines are cut around
// the range, further lines are left out, and no character steers a terminal.
func snippet(src []byte, at hcl.Range) ([]byte, hcl.Range) {
	start, end := min(at.Start.Byte, len(src)), min(at.End.Byte, len(src))
	line := bytes.LastIndexByte(src[:start], '\n') + 1
	s := &snip{from: start, to: max(start, end), out: bytes.Clone(src[:line])}
	for n := 0; n < snippetLines && (n == 0 || line < end); n++ {
		length := bytes.IndexByte(src[line:], '\n') + 1
		if length == 0 {
			length = len(src) - line
		}

		s.line(src, line, line+length)
		line += length
	}

	at.Start.Byte, at.End.Byte = s.start, max(s.start, s.end)
	return s.out, at
}

// snip collects the lines of a snippet; start and end follow from and to.
type snip struct {
	from, to   int
	out        []byte
	start, end int
}

// line adds src[a:b], a line.
func (s *snip) line(src []byte, a, b int) {
	first, last := a, len(bytes.TrimRight(src[:b], "\r\n"))
	if last-first > snippetLine {
		if s.from >= a && s.from < b {
			first = max(a, s.from-snippetBefore)
		}
		last = min(last, first+snippetLine)
	}

	first, last = onRune(src, first), onRune(src, last)
	if first > a {
		s.out = append(s.out, "…"...)
	}

	for i := first; i < last; {
		_, size := utf8.DecodeRune(src[i:])
		s.mark(i)

		if src[i] == '\t' {
			s.out = append(s.out, '\t')
		} else {
			s.out = append(s.out, terminal.Safe(string(src[i:i+size]))...)
		}

		i += size
	}

	s.mark(last)

	if rest := bytes.TrimRight(src[last:b], "\r\n"); len(rest) > 0 {
		s.out = append(s.out, "…"...)
	}

	s.out = append(s.out, '\n')
}

// mark says where what stands at an offset of the source is in the snippet.
func (s *snip) mark(offset int) {
	if offset <= s.from {
		s.start = len(s.out)
	}
	if offset <= s.to {
		s.end = len(s.out)
	}
}

// onRune is the start of the character that an offset is in.
func onRune(src []byte, i int) int {
	for i > 0 && i < len(src) && !utf8.RuneStart(src[i]) {
		i--
	}
	return i
}

// shown is a diagnostic as it may be printed, and the file that it is about.
func (d *Diagnostics) shown(g *hcl.Diagnostic) (*hcl.Diagnostic, map[string]*hcl.File) {
	out := *g
	out.Summary, out.Detail = terminal.Safe(g.Summary), safeLines(g.Detail)

	if g.Subject == nil {
		return &out, nil
	}

	at := *g.Subject
	at.Filename = terminal.Safe(at.Filename)
	out.Subject, out.Context = &at, nil
	file := d.files[g.Subject.Filename]
	if file == nil {
		return &out, nil
	}

	short := &hcl.File{Nav: here(file, g.Subject.Start.Byte)}
	short.Bytes, at = snippet(file.Bytes, at)
	return &out, map[string]*hcl.File{at.Filename: short}
}

// safeLines keeps line feeds, which hcl's own details have; values in details
// are quoted.
func safeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = terminal.Safe(l)
	}
	return strings.Join(lines, "\n")
}

// inBlock is the header of the block that a diagnostic is in, wherever in the
// snippet that is: what hcl's diagnostic writer asks of a file's Nav.
type inBlock string

func (b inBlock) ContextString(int) string { return string(b) }

func here(file *hcl.File, offset int) inBlock {
	h, _ := file.Nav.(headers)
	return inBlock(terminal.Safe(h.ContextString(offset)))
}
