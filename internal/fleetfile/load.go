package fleetfile

import (
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/internal/terminal"
)

// Load reads a fleet file, or all *.hcl of a folder as one. The fleet is never nil; it must
// not be used if the diagnostics have errors.
func Load(path string) (*Fleet, *Diagnostics) {
	l := newLoader(path)
	if err := l.parseAll(path); err != nil {
		l.add(hcl.DiagError, nil, "Cannot read the fleet file", terminal.Safe(err.Error()))
	}

	l.decode()
	return l.fleet, l.Diagnostics
}

// parseAll parses the file, or the folder's files up to one that cannot be read.
func (l *loader) parseAll(path string) error {
	files, err := l.sources(path)
	if err != nil {
		return err
	}

	total := 0
	for _, f := range files {
		src, err := f.read()
		if err != nil {
			return err
		}
		if total += len(src); total > maxFolder {
			return fmt.Errorf("the files of the folder are larger than %d MiB together", maxFolder>>20)
		}
		l.parse(f.name, src)
	}
	return nil
}

func newLoader(dir string) *loader {
	files := map[string]*hcl.File{}
	return &loader{
		Diagnostics: newDiagnostics(files),
		fleet:       &Fleet{Dir: dir, files: files},
		labels:      map[string]map[string]hcl.Range{},
		declared:    map[string]map[string]reflect.Value{},
		claims:      map[claimed]claim{},
	}
}

// parse reads one file's blocks. Nothing that could hurt the parser or a terminal gets past
// the two guards.
func (l *loader) parse(name string, src []byte) {
	body, ok := l.syntax(name, src)
	if body == nil {
		return
	}

	l.broken = l.broken || !ok
	l.register(body, !ok)
}

// syntax parses a file into its blocks; ok is false where it has errors, and the body nil
// where it is nothing that can be parsed.
func (l *loader) syntax(name string, src []byte) (body *hclsyntax.Body, ok bool) {
	if problem, at := badText(name, src); problem != "" {
		l.broken = true
		l.err(at, "Not a fleet file", "%s", problem)
		return nil, false
	}

	shown := &hcl.File{Bytes: masked(src)}
	l.files[name] = shown
	if problem, at := tooComplex(name, src); problem != "" {
		l.broken = true
		l.err(at, "Too complex for a fleet file", "%s", problem)
		return nil, false
	}

	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	shown.Nav = headersOf(file)

	for i, g := range diags {
		if i > 0 && g.Summary == diags[i-1].Summary && g.Summary == "Invalid multi-line string" {
			continue // an unclosed quote is reported again for each line to the end
		}
		l.add(g.Severity, g.Subject, g.Summary, g.Detail)
	}

	return file.Body.(*hclsyntax.Body), !diags.HasErrors()
}

// Bounds on what is handed to the HCL parser, which recurses. A real fleet file nests five
// levels and has no operators but a minus.
const (
	maxFile      = 4 << 20  // bytes
	maxFolder    = 64 << 20 // bytes of all its files
	maxLine      = 64 << 10 // characters
	maxDepth     = 64       // brackets within brackets
	maxOperators = 1000
	maxParts     = 1000 // lines of one heredoc: the parser is quadratic in them
)

// badText finds what no text has: bytes that are not UTF-8, control characters, invisible
// characters, endless lines. It says what is wrong, or "".
func badText(name string, src []byte) (problem string, at hcl.Range) {
	pos := hcl.InitialPos
	for pos.Byte < len(src) {
		r, size := utf8.DecodeRune(src[pos.Byte:])
		switch {
		case r == utf8.RuneError && size == 1:
			problem = fmt.Sprintf("Line %d, column %d is not UTF-8. Save the file as UTF-8.",
				pos.Line, pos.Column)
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f:
			problem = fmt.Sprintf("Line %d, column %d holds the control character 0x%02x. "+
				"Is it a text file, and saved as UTF-8?", pos.Line, pos.Column, r)
		case hidden(r):
			problem = fmt.Sprintf("Line %d, column %d holds the invisible character U+%04X, "+
				"which can make a promise read differently from what it is. Remove it.",
				pos.Line, pos.Column, r)
		case pos.Column > maxLine:
			problem = fmt.Sprintf("Line %d is longer than %d characters.", pos.Line, maxLine)
		}

		if problem != "" {
			return problem, hcl.Range{Filename: name, Start: pos, End: pos}
		}

		pos.Byte += size
		if pos.Column++; r == '\n' {
			pos.Line, pos.Column = pos.Line+1, 1
		}
	}

	return "", hcl.Range{}
}

// load is what a token adds to the nesting of brackets and to the number of operators.
type load struct{ depth, operators int }

// loads of tokens. A token that is not among them is an operator: a chain of those makes
// the parser recurse without any bracket.
var loads = map[hclsyntax.TokenType]load{
	hclsyntax.TokenOBrace:          {depth: 1},
	hclsyntax.TokenOBrack:          {depth: 1},
	hclsyntax.TokenOParen:          {depth: 1},
	hclsyntax.TokenTemplateInterp:  {depth: 1},
	hclsyntax.TokenTemplateControl: {depth: 1, operators: 1},
	hclsyntax.TokenCBrace:          {depth: -1},
	hclsyntax.TokenCBrack:          {depth: -1},
	hclsyntax.TokenCParen:          {depth: -1},
	hclsyntax.TokenTemplateSeqEnd:  {depth: -1},

	hclsyntax.TokenIdent:     {},
	hclsyntax.TokenEqual:     {},
	hclsyntax.TokenNewline:   {},
	hclsyntax.TokenComma:     {},
	hclsyntax.TokenDot:       {},
	hclsyntax.TokenColon:     {},
	hclsyntax.TokenComment:   {},
	hclsyntax.TokenNumberLit: {},
	hclsyntax.TokenQuotedLit: {},
	hclsyntax.TokenStringLit: {},
	hclsyntax.TokenOQuote:    {},
	hclsyntax.TokenCQuote:    {},
	hclsyntax.TokenOHeredoc:  {},
	hclsyntax.TokenCHeredoc:  {},
	hclsyntax.TokenEOF:       {},
}

// tooComplex bounds everything that makes the parser recurse or linger. It says what is too
// much, or "".
func tooComplex(name string, src []byte) (string, hcl.Range) {
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	depth, operators, parts := 0, 0, 0

	for _, t := range tokens {
		if parts++; t.Type != hclsyntax.TokenStringLit && t.Type != hclsyntax.TokenQuotedLit {
			parts = 0
		}

		added, known := loads[t.Type]
		if !known {
			added.operators = 1
		}
		depth, operators = max(depth+added.depth, 0), operators+added.operators

		switch {
		case depth > maxDepth:
			return fmt.Sprintf("Brackets are nested more than %d levels deep.", maxDepth), t.Range
		case parts > maxParts:
			return fmt.Sprintf("A text has more than %d lines.", maxParts), t.Range
		case operators > maxOperators:
			return fmt.Sprintf("More than %d operators. A fleet file states values; it does not compute.",
				maxOperators), t.Range
		}
	}

	return "", hcl.Range{}
}
