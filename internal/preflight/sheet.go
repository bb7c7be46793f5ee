package preflight

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"ringfence/internal/simulate"
	"ringfence/internal/terminal"
)

// mostShown is how many subjects of a control, and reasons, a sheet names: it is one page,
// and findings.json of an audit has all.
const mostShown = 3

// longest is how many characters of a text from outside are shown.
const longest = 400

//go:embed sheet.gohtml
var page string

//go:embed sheet.css
var style string

var htmlPage = template.Must(template.New("sheet").Funcs(template.FuncMap{"safe": shown}).Parse(page))

// shown is text from outside: invisible characters spelt out, and cut.
func shown(v any) string {
	s := terminal.Safe(fmt.Sprint(v))
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return s
}

// HTML is the sheet as one file that fetches nothing.
func (s Sheet) HTML() ([]byte, error) {
	sum := sha256.Sum256([]byte(style))
	policy := fmt.Sprintf(`content="default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'"`,
		base64.StdEncoding.EncodeToString(sum[:]))

	var out bytes.Buffer
	err := htmlPage.Execute(&out, struct {
		view
		CSP   template.HTMLAttr
		Style template.CSS
	}{s.view(), template.HTMLAttr(policy), template.CSS(style)})
	return out.Bytes(), err
}

// view is a sheet in the words of a page, for both forms of it.
type view struct {
	Sheet
	Class    string // of the decision
	Sections []section
	Passed   []Line
}

// section is a list of controls under one heading.
type section struct {
	Heading string
	Lines   []entry
}

// entry is a control with what is shown of it.
type entry struct {
	Line
	Said []said
	More int // findings that are not shown
}

// said is a subject and what was found there.
type said struct{ Subject, Message string }

func (s Sheet) view() view {
	v := view{Sheet: s, Class: "unknown", Passed: s.Of(Satisfied, Nothing)}
	switch {
	case s.Open():
		v.Class = "open"
	case len(s.Of(Failed)) > 0:
		v.Class = "blocked"
	}

	for _, part := range []struct {
		heading string
		states  []State
	}{
		{"What blocks", []State{Failed}},
		{"What is unknown", []State{Broken, Undetermined}},
		{"What nobody promised", []State{Unpromised}},
		{"What is accepted for a while", []State{Excepted}},
	} {
		sec := section{Heading: part.heading}
		for _, l := range s.Of(part.states...) {
			sec.Lines = append(sec.Lines, l.entry())
		}
		if len(sec.Lines) > 0 {
			v.Sections = append(v.Sections, sec)
		}
	}
	return v
}

func (l Line) entry() entry {
	e := entry{Line: l}
	for i, f := range l.Findings {
		if i == mostShown {
			e.More = len(l.Findings) - i
			break
		}
		e.Said = append(e.Said, said{f.Subject, f.Message})
	}
	return e
}

// Markdown is the sheet for a ticket or a wiki.
func (s Sheet) Markdown() []byte {
	v := s.view()
	var b strings.Builder
	line := func(format string, args ...any) {
		for i, a := range args {
			args[i] = escaped(a)
		}
		fmt.Fprintf(&b, format+"\n", args...)
	}

	line("# Before onboarding: %s\n", s.Client)
	line("**%s.**\n", s.Decision())
	line("Tenant %s, as of %s, collected at %s. State in the fleet file: %s.",
		s.TenantID, s.AsOf, s.CollectedAt, s.State)
	line("%s", s.Notice)
	for _, sec := range v.Sections {
		line("\n## %s\n", sec.Heading)
		for _, e := range sec.Lines {
			e.markdown(line)
		}
	}

	s.markdownPending(line)
	line("\n## Who must do what next\n")
	for _, step := range s.Steps {
		line("- [ ] **%s** (%s): %s", step.Who, step.For, step.What)
	}

	line("\n## What is as it should be\n")
	for _, l := range v.Passed {
		line("- %s %s: %s", l.ID, l.Title, string(l.State))
	}
	for _, id := range s.Elsewhere {
		line("- %s judges the service provider's own tenant: see the fleet's result", id)
	}
	line("\n## Decision\n\nOnboard: yes / no. Name, date, signature:\n")
	line("Snapshot %s, promise %s, policies %s, engine %s.", s.Snapshot, s.Intent, s.Policies, s.Engine)
	return []byte(b.String())
}

func (e entry) markdown(line func(string, ...any)) {
	predicted := ""
	if e.Predicted() {
		predicted = ", once what is pending is accepted (now: " + string(e.State) + ")"
	}
	line("- **%s** %s (%s): %s%s", e.ID, e.Title, e.Severity, string(e.Worse()), predicted)
	if e.Reason != "" {
		line("  - %s", e.Reason)
	}
	for _, said := range e.Said {
		line("  - %s: %s", said.Subject, said.Message)
	}
	if e.More > 0 {
		line("  - and %d more", e.More)
	}
	for _, x := range e.Accepted {
		line("  - accepted by %s until %s (%s): %s", x.ApprovedBy, x.Expires, x.Name, x.Reason)
	}
}

func (s Sheet) markdownPending(line func(string, ...any)) {
	line("\n## What waits to be accepted\n")
	for _, o := range s.Offers {
		line("- %s %s of tenant %s (%s): %s", o.Kind, o.Name, o.From, o.Subject, strings.Join(o.Grants, ", "))
	}
	for _, gap := range s.Unseen {
		line("- unknown: %s is %s (%s)", gap.Dataset, gap.Status, gap.Reason)
	}
	if len(s.Offers)+len(s.Unseen) == 0 {
		line("Nothing.")
	}
	if s.Simulation != nil {
		line("\n%s", s.Prediction())
	}
}

// Prediction says what accepting everything that is pending would do to verdicts of all
// controls; "" where nothing is pending.
func (s Sheet) Prediction() string {
	if s.Simulation == nil {
		return ""
	}
	n := s.Simulation.Counts
	return fmt.Sprintf("Accepted, it would add %d violations, make %d verdicts undetermined, "+
		"and resolve %d violations. This is predicted, not measured.",
		n[simulate.New], n[simulate.Unknown], n[simulate.Resolved])
}

// special are the characters that Markdown and HTML give a meaning.
const special = "\\`*_{}[]<>()#+!|~&"

// escaped is text from outside in Markdown: one line in which nothing has a meaning.
func escaped(v any) any {
	if _, isNumber := v.(int); isNumber {
		return v
	}
	var b strings.Builder
	for _, r := range shown(v) {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
