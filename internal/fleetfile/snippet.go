package fleetfile

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/internal/terminal"
)

// Bounds of what a diagnostic shows of a file: a terminal is no place for a line of 60,000
// characters, nor for a list of 1,000 lines.
const (
	snippetLine   = 160 // bytes of one line
	snippetBefore = 60  // of them, at most, in front of what is wrong
	snippetLines  = 8
)

// shown is a diagnostic as it may be printed, and the file that it is about: a snippet
// instead of the file, and no character that steers a terminal.
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

	headers, _ := file.Nav.([]header)
	short := &hcl.File{Nav: blockHeader(headerAt(headers, g.Subject.Start.Byte))}
	short.Bytes, at = snippet(file.Bytes, at)
	return &out, map[string]*hcl.File{at.Filename: short}
}

// safeLines keeps line feeds, which hcl's own details have. Values in details are quoted.
func safeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = terminal.Safe(l)
	}
	return strings.Join(lines, "\n")
}

// snippet is a file up to the lines that a diagnostic is about, and the range in it. What
// lies before is left for its line numbers. Long lines are cut around the range, further
// lines are left out, and no character steers a terminal.
func snippet(src []byte, at hcl.Range) ([]byte, hcl.Range) {
	start, end := min(at.Start.Byte, len(src)), min(at.End.Byte, len(src))
	line := bytes.LastIndexByte(src[:start], '\n') + 1
	w := &snippetWriter{from: start, to: max(start, end), out: bytes.Clone(src[:line])}

	for n := 0; n < snippetLines && (n == 0 || line < end); n++ {
		length := bytes.IndexByte(src[line:], '\n') + 1
		if length == 0 {
			length = len(src) - line
		}

		w.line(src, line, line+length)
		line += length
	}

	at.Start.Byte, at.End.Byte = w.start, max(w.start, w.end)
	return w.out, at
}

// snippetWriter collects the lines of a snippet. From and to are the range in the source,
// start and end where it is in what was written.
type snippetWriter struct {
	from, to   int
	out        []byte
	start, end int
}

// line adds src[begin:next], a line with its line feed.
func (w *snippetWriter) line(src []byte, begin, next int) {
	first, last := begin, len(bytes.TrimRight(src[:next], "\r\n"))
	if last-first > snippetLine {
		if w.from >= begin && w.from < next {
			first = max(begin, w.from-snippetBefore)
		}
		last = min(last, first+snippetLine)
	}

	first, last = runeStart(src, first), runeStart(src, last)
	if first > begin {
		w.out = append(w.out, "…"...)
	}

	for i := first; i < last; {
		w.mark(i)

		_, size := utf8.DecodeRune(src[i:])
		if src[i] == '\t' {
			w.out = append(w.out, '\t')
		} else {
			w.out = append(w.out, terminal.Safe(string(src[i:i+size]))...)
		}
		i += size
	}

	w.mark(last)
	if rest := bytes.TrimRight(src[last:next], "\r\n"); len(rest) > 0 {
		w.out = append(w.out, "…"...)
	}
	w.out = append(w.out, '\n')
}

// mark notes where in the snippet an offset of the source is that is written next.
func (w *snippetWriter) mark(offset int) {
	if offset <= w.from {
		w.start = len(w.out)
	}
	if offset <= w.to {
		w.end = len(w.out)
	}
}

// runeStart is the start of the character that an offset is in.
func runeStart(src []byte, i int) int {
	for i > 0 && i < len(src) && !utf8.RuneStart(src[i]) {
		i--
	}
	return i
}

// header is the first line of a top-level block, by which a diagnostic says where it is:
// in client "fabrikam". The parser's own navigation says the same and keeps the syntax
// tree, some 70 times the file, for as long as there is a fleet.
type header struct {
	at   hcl.Range
	text string
}

func headersOf(file *hcl.File) []header {
	var list []header
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		text := b.Type
		for _, label := range b.Labels {
			text += " " + strconv.Quote(label)
		}
		list = append(list, header{b.Range(), text})
	}
	return list
}

// headerAt is that of the block that an offset is in, or "".
func headerAt(headers []header, offset int) string {
	for _, h := range headers {
		if h.at.ContainsOffset(offset) {
			return terminal.Safe(h.text)
		}
	}
	return ""
}

// blockHeader is the header of the block that a diagnostic is in. As the Nav of a file it
// answers what hcl's diagnostic writer asks, wherever in the snippet that is.
type blockHeader string

func (h blockHeader) ContextString(int) string { return string(h) }

var (
	// secretLine finds values that are probably secrets, also on lines that do not
	// parse. Group 1 is the rest of the line.
	secretLine = regexp.MustCompile(
		`(?i)(?:credential|secret|passw|token|api_?key)[\w-]*"?[ \t]*[=:][ \t]*([^\r\n]*)`)

	// noSecret finds those of them that are none: where a secret is, or no text.
	noSecret = regexp.MustCompile(
		`^(?:"(?:azidentity|federated|env:[A-Za-z_][A-Za-z0-9_]*|file:[^"]*)"|(?:true|false|null|[0-9]+)\b)`)

	// userInfo is the name and the password in a URL.
	userInfo = regexp.MustCompile(`[^/\s"]+:[^/\s"]*@`)
)

// masked is a copy of a file in which nothing is left that looks like a secret. It is as
// long, byte for byte, so that ranges still fit.
func masked(src []byte) []byte {
	out := slices.Clone(src)
	for _, m := range userInfo.FindAllIndex(src, -1) {
		mask(out[m[0]:m[1]])
	}

	for _, m := range secretLine.FindAllSubmatchIndex(src, -1) {
		if !noSecret.Match(src[m[2]:m[3]]) {
			mask(out[m[2]:m[3]])
		}
	}
	return out
}

func mask(b []byte) {
	for i, c := range b {
		if c > ' ' && c != '"' {
			b[i] = '*'
		}
	}
}
