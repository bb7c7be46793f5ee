package fleetfile

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/internal/terminal"
)

// Diagnostics is what is wrong, or worth knowing, with a fleet file. A nil
// *Diagnostics is an empty one. It is an error only if HasErrors.
type Diagnostics struct {
	list  hcl.Diagnostics
	files map[string]*hcl.File
	seen  map[string]bool
}

// writeLimit bounds what Write prints; nobody reads more at once, and the
// snippet of each costs a pass over the file.
const writeLimit = 50

// maxDetail bounds the explanation of one diagnostic, in characters, and longWord
// a word of it, which no wrapping breaks: it may repeat what is in the file.
const maxDetail = 1000

var longWord = regexp.MustCompile(`(\S{120})\S+`)

func shorten(detail string) string {
	detail = longWord.ReplaceAllString(detail, "$1…")
	if r := []rune(detail); len(r) > maxDetail {
		detail = string(r[:maxDetail]) + "…"
	}
	return detail
}

// Join adds what another one says, and returns the sum; either may be nil.
func (d *Diagnostics) Join(other *Diagnostics) *Diagnostics {
	if d == nil || other == nil {
		return cmp.Or(d, other)
	}

	d.list = append(d.list, other.list...)
	d.sort()
	return d
}

// All returns the diagnostics by file and line.
func (d *Diagnostics) All() hcl.Diagnostics {
	if d == nil {
		return nil
	}
	return d.list
}

// HasErrors reports whether the fleet file must not be used.
func (d *Diagnostics) HasErrors() bool { return d.All().HasErrors() }

// Warnings returns the diagnostics that are no errors.
func (d *Diagnostics) Warnings() hcl.Diagnostics {
	return slices.DeleteFunc(slices.Clone(d.All()), func(g *hcl.Diagnostic) bool { return g.Severity != hcl.DiagWarning })
}

// Error is the first error in one line, and how many more there are.
func (d *Diagnostics) Error() string {
	var first string
	count := 0
	for _, g := range d.All() {
		if g.Severity == hcl.DiagError {
			if count++; count == 1 {
				first = oneLine(g)
			}
		}
	}

	switch count {
	case 0:
		return "no errors"
	case 1:
		return first
	}

	return fmt.Sprintf("%s (and %d more)", first, count-1)
}

func oneLine(g *hcl.Diagnostic) string {
	text := g.Summary + ": " + terminal.Safe(strings.Join(strings.Fields(g.Detail), " "))
	if g.Subject == nil {
		return text
	}
	return place(*g.Subject) + ": " + text
}

// Write prints the diagnostics for people, with snippets, which are short and
// safe for a terminal whatever is in the file. Width wraps the text; 0 does not.
func (d *Diagnostics) Write(w io.Writer, color bool, width uint) error {
	if d == nil {
		return nil
	}

	shown := d.list[:min(len(d.list), writeLimit)]
	for _, g := range shown {
		g, files := d.shown(g)
		if err := hcl.NewDiagnosticTextWriter(w, files, width, color).WriteDiagnostic(g); err != nil {
			return err
		}
	}

	if more := len(d.list) - len(shown); more > 0 {
		_, err := fmt.Fprintf(w, "… and %d more.\n", more)
		return err
	}

	return nil
}

// add keeps a diagnostic unless the same was said of the same place: defaults
// are read once for each client.
func (d *Diagnostics) add(severity hcl.DiagnosticSeverity, at *hcl.Range, summary, detail string) {
	detail = shorten(detail)
	g := &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail, Subject: at}
	key := summary + "\n" + detail

	if at != nil {
		key = fmt.Sprintf("%s\n%s\n%d-%d", summary, at.Filename, at.Start.Byte, at.End.Byte)
	}

	if !d.seen[key] {
		d.seen[key] = true
		d.list = append(d.list, g)
	}
}

func (d *Diagnostics) err(at hcl.Range, summary, format string, args ...any) {
	d.add(hcl.DiagError, &at, summary, fmt.Sprintf(format, args...))
}

func (d *Diagnostics) warn(at hcl.Range, summary, format string, args ...any) {
	d.add(hcl.DiagWarning, &at, summary, fmt.Sprintf(format, args...))
}

func (d *Diagnostics) sort() {
	at := func(g *hcl.Diagnostic) hcl.Range {
		if g.Subject == nil {
			return hcl.Range{}
		}
		return *g.Subject
	}

	slices.SortStableFunc(d.list, func(a, b *hcl.Diagnostic) int {
		x, y := at(a), at(b)
		return cmp.Or(strings.Compare(x.Filename, y.Filename), x.Start.Byte-y.Start.Byte)
	})
}

func newDiagnostics(files map[string]*hcl.File) *Diagnostics {
	return &Diagnostics{files: files, seen: map[string]bool{}}
}

func place(r hcl.Range) string { return terminal.Sprintf("%s:%d", r.Filename, r.Start.Line) }

// headers are a file's top-level blocks, by which diagnostics say where they
// are ("in client \"fabrikam\""). The parser's own navigation says the same and
// keeps the syntax tree, some 70 times the file, for as long as there is a fleet.
type headers []header

type header struct {
	at   hcl.Range
	text string
}

func headersOf(file *hcl.File) headers {
	var list headers
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		text := b.Type
		for _, label := range b.Labels {
			text += " " + strconv.Quote(label)
		}
		list = append(list, header{b.Range(), text})
	}

	return list
}

// ContextString is the header of the block that an offset is in, or "": what
// hcl's diagnostic writer asks of a file's Nav.
func (h headers) ContextString(offset int) string {
	for _, b := range h {
		if b.at.ContainsOffset(offset) {
			return b.text
		}
	}
	return ""
}

// secretLine finds values that are probably secrets, also on lines that do not
// parse. Group 1 is the rest of the line. userInfo is a password in a URL.
var (
	secretLine = regexp.MustCompile(`(?i)(?:credential|secret|passw|token|api_?key)[\w-]*"?[ \t]*[=:][ \t]*([^\r\n]*)`)
	userInfo   = regexp.MustCompile(`[^/\s"]+:[^/\s"]*@`)
	noSecret   = regexp.MustCompile(`^(?:"(?:azidentity|federated|env:[A-Za-z_][A-Za-z0-9_]*|file:[^"]*)"|(?:true|false|null|[0-9]+)\b)`)
)

// masked is a copy of src in which nothing that looks like a secret is left,
// byte for byte as long, so that ranges still fit.
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

// didYouMean is " Did you mean …?" for the nearest option, or "".
func didYouMean(given string, options []string) string {
	best, at := "", min(3, len(given)/3)+1
	for _, o := range options {
		if d := distance(given, o); d < at {
			best, at = o, d
		}
	}

	if best == "" {
		return ""
	}

	return fmt.Sprintf(" Did you mean %q?", best)
}

// suggest is didYouMean, or else all that there is.
func suggest(given string, options []string) string {
	hint := didYouMean(given, options)
	if hint == "" && len(options) > 0 {
		hint = " It may have: " + strings.Join(options, ", ") + "."
	}
	return hint
}

// distance is Levenshtein's, in bytes. Long texts are no slips of a finger.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}

	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}

	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}

	return row[len(b)]
}
