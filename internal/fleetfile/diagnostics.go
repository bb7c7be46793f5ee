package fleetfile

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/hashicorp/hcl/v2"

	"ringfence/internal/terminal"
)

// Diagnostics is what is wrong, or worth knowing, with a fleet file. It is an error only
// if HasErrors says so. A nil *Diagnostics is an empty one.
type Diagnostics struct {
	list  hcl.Diagnostics
	files map[string]*hcl.File // what snippets are cut from, secrets masked
	seen  map[string]bool      // what was said of which place
}

func newDiagnostics(files map[string]*hcl.File) *Diagnostics {
	return &Diagnostics{files: files, seen: map[string]bool{}}
}

// writeLimit is how many diagnostics Write prints. Nobody reads more at once, and the
// snippet of each costs a pass over the file.
const writeLimit = 50

// Join adds the diagnostics of another one, and returns the sum. Either may be nil.
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
func (d *Diagnostics) Warnings() hcl.Diagnostics { return d.of(hcl.DiagWarning) }

func (d *Diagnostics) of(severity hcl.DiagnosticSeverity) hcl.Diagnostics {
	isOther := func(g *hcl.Diagnostic) bool { return g.Severity != severity }
	return slices.DeleteFunc(slices.Clone(d.All()), isOther)
}

// Error is the first error in one line, and how many more there are.
func (d *Diagnostics) Error() string {
	switch errors := d.of(hcl.DiagError); len(errors) {
	case 0:
		return "no errors"
	case 1:
		return oneLine(errors[0])
	default:
		return fmt.Sprintf("%s (and %d more)", oneLine(errors[0]), len(errors)-1)
	}
}

func oneLine(g *hcl.Diagnostic) string {
	text := g.Summary + ": " + terminal.Safe(strings.Join(strings.Fields(g.Detail), " "))
	if g.Subject == nil {
		return text
	}
	return place(*g.Subject) + ": " + text
}

// Write prints the diagnostics for people. Snippets are short and safe for a terminal,
// whatever is in the file. Text is wrapped at width columns; 0 does not wrap it.
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

	if left := len(d.list) - len(shown); left > 0 {
		_, err := fmt.Fprintf(w, "… and %d more.\n", left)
		return err
	}
	return nil
}

func (d *Diagnostics) err(at hcl.Range, summary, format string, args ...any) {
	d.add(hcl.DiagError, &at, summary, fmt.Sprintf(format, args...))
}

func (d *Diagnostics) warn(at hcl.Range, summary, format string, args ...any) {
	d.add(hcl.DiagWarning, &at, summary, fmt.Sprintf(format, args...))
}

// lacks warns of a promise that some clients were not given, at the first of them.
func (d *Diagnostics) lacks(clients []Client, summary, format string, args ...any) {
	before := len(d.list)
	d.warn(clients[0].at, summary, format, args...)
	for _, g := range d.list[before:] {
		g.Extra = unpromised(clients)
	}
}

// unpromised marks a warning that a promise was not made to these clients.
type unpromised []Client

// fewPromises are so many warnings of what is not promised as are worth reading each time.
const fewPromises = 3

// Brief is the same for who did not ask what the fleet file lacks: where more than a few
// promises are not made, as for clients that are just begun with, one warning counts them.
func (d *Diagnostics) Brief() *Diagnostics {
	var rest hcl.Diagnostics
	promises, clients := 0, map[string]bool{}
	for _, g := range d.All() {
		without, isPromise := g.Extra.(unpromised)
		if !isPromise {
			rest = append(rest, g)
			continue
		}

		promises++
		for _, c := range without {
			clients[c.Name] = true
		}
	}
	if promises <= fewPromises {
		return d
	}

	whom := fmt.Sprintf("%d clients", len(clients))
	if len(clients) == 1 {
		whom = "1 client"
	}
	return &Diagnostics{files: d.files, seen: d.seen, list: append(rest, &hcl.Diagnostic{
		Severity: hcl.DiagWarning,
		Summary:  fmt.Sprintf("Not promised: %d promises to %s", promises, whom),
		Detail:   "Controls that need them are not applicable there. \"ringfence fleet check\" names them.",
	})}
}

// add keeps a diagnostic unless the same was said of the same place: the defaults are read
// once for each client.
func (d *Diagnostics) add(severity hcl.DiagnosticSeverity, at *hcl.Range, summary, detail string) {
	detail = shorten(detail)
	key := summary + "\n" + detail
	if at != nil {
		key = fmt.Sprintf("%s\n%s\n%d-%d", summary, at.Filename, at.Start.Byte, at.End.Byte)
	}

	if d.seen[key] {
		return
	}
	d.seen[key] = true

	g := &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail, Subject: at}
	d.list = append(d.list, g)
}

// maxDetail bounds the explanation of one diagnostic, in characters: it may repeat what is
// in the file. A longWord is one that no wrapping would break.
const maxDetail = 1000

var longWord = regexp.MustCompile(`(\S{120})\S+`)

func shorten(detail string) string {
	detail = longWord.ReplaceAllString(detail, "$1…")
	if r := []rune(detail); len(r) > maxDetail {
		detail = string(r[:maxDetail]) + "…"
	}
	return detail
}

// sort orders by file and line what was found in another order. What is about no place
// comes first.
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

func place(r hcl.Range) string { return terminal.Sprintf("%s:%d", r.Filename, r.Start.Line) }

// didYouMean is " Did you mean …?" for the nearest option, or "" if none is near.
func didYouMean(given string, options []string) string {
	const longestSlip = 64 // a longer text is no slip of a finger
	if len(given) > longestSlip {
		return ""
	}

	nearest, limit := "", min(3, len(given)/3)+1
	for _, option := range options {
		if d := levenshtein.ComputeDistance(given, option); d < limit {
			nearest, limit = option, d
		}
	}

	if nearest == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", nearest)
}

// suggest is didYouMean, or else all that there is.
func suggest(given string, options []string) string {
	hint := didYouMean(given, options)
	if hint == "" && len(options) > 0 {
		hint = " It may have: " + strings.Join(options, ", ") + "."
	}
	return hint
}
