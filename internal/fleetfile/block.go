package fleetfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// loader is one run of Load: what was found so far.
type loader struct {
	*Diagnostics
	fleet    *Fleet
	decls    []decl
	labels   map[string]map[string]hcl.Range // kind -> label -> where
	claims   map[string]claim
	broken   bool // a file could not be read as HCL: blocks may be missing
	defaults *hclsyntax.Body
	fences   map[string]*fence
	partners map[string]partner
	vendors  map[string]vendor
}

// decl is a block at the top level.
type decl struct {
	kind, label string
	block       *hclsyntax.Block
}

// block reads the attributes of one block. Every attribute that is asked for
// is thereby known; done reports the others. Layers are the block itself and,
// for a client, the defaults: the first that has an attribute wins.
type block struct {
	*loader
	what    string // for messages: client "fabrikam"
	shared  bool   // the defaults themselves, which may be incomplete
	prefix  string // of names in origins: "keys."
	at      hcl.Range
	layers  []layer
	known   []string
	nested  []string
	origins map[string]Origin
}

type layer struct {
	from string
	body *hclsyntax.Body
}

// text is a string and where it stands.
type text struct {
	s  string
	at hcl.Range
}

func (l *loader) err(at hcl.Range, summary, format string, args ...any) {
	l.add(hcl.DiagError, &at, summary, fmt.Sprintf(format, args...))
}

// expr finds an attribute's expression, or nil if it is absent or null.
func (b *block) expr(name string, need bool) hclsyntax.Expression {
	b.known = append(b.known, name)
	for _, ly := range b.layers {
		a, ok := ly.body.Attributes[name]
		if !ok {
			continue
		}

		b.origins[b.prefix+name] = origin(ly.from, a.NameRange)

		if !isNull(a.Expr) {
			return a.Expr
		}

		break
	}

	if need {
		b.err(b.at, "Missing attribute", "%s needs the attribute %q.", capital(b.what), name)
	}

	return nil
}

func origin(from string, at hcl.Range) Origin {
	return Origin{From: from, File: at.Filename, Line: at.Start.Line, at: at}
}

// text reads a string of the given form; .s is "" if it is absent or wrong.
func (b *block) text(name string, need bool, f form) text {
	e := b.expr(name, need)
	if e == nil {
		return text{}
	}

	s, _ := b.formed(e, b.name(name), f)
	return text{s, e.Range()}
}

// optional is text for attributes that may be absent: nil.
func (b *block) optional(name string, f form) *string {
	if t := b.text(name, false, f); t.s != "" {
		return &t.s
	}
	return nil
}

// texts reads a set of strings without its repetitions: nil if absent.
func (b *block) texts(name string, f form) []text {
	e := b.expr(name, false)
	if e == nil {
		return nil
	}

	out := []text{}
	for _, item := range b.items(e, b.name(name), "a list of strings") {
		s, ok := b.formed(item, "each of "+b.name(name), f)
		if ok && !slices.ContainsFunc(out, func(t text) bool { return t.s == s }) {
			out = append(out, text{s, item.Range()})
		}
	}

	return out
}

func (b *block) strings(name string, f form) []string { return plain(b.texts(name, f)) }

func plain(in []text) []string {
	if in == nil {
		return nil
	}

	out := []string{}
	for _, t := range in {
		out = append(out, t.s)
	}

	return out
}

// ref reads a reference to a block of the kind: its label, or "".
func (b *block) ref(name, kind string, need bool) text {
	e := b.expr(name, need)
	if e == nil {
		return text{}
	}
	return text{b.label(e, b.name(name), kind), e.Range()}
}

// refs reads a list of references: labels, nil if absent.
func (b *block) refs(name, kind string) []string {
	e := b.expr(name, false)
	if e == nil {
		return nil
	}

	out := []string{}
	for _, item := range b.items(e, b.name(name), "a list of references such as ["+kind+".x]") {
		if label := b.label(item, "each of "+b.name(name), kind); label != "" && !slices.Contains(out, label) {
			out = append(out, label)
		}
	}

	return out
}

// sub finds a nested block in each layer, or nil if there is none.
func (b *block) sub(kind string) *block {
	b.nested = append(b.nested, kind)
	out := &block{loader: b.loader, what: "the " + kind + " block of " + b.what, prefix: b.prefix + kind + ".", origins: b.origins}
	for _, ly := range b.layers {
		first := true
		for _, n := range ly.body.Blocks {
			switch {
			case n.Type != kind:
			case !first:
				b.err(n.DefRange(), "Duplicate block", "%s has more than one %s block.", capital(b.what), kind)
			default:
				if first = false; len(n.Labels) > 0 {
					b.err(n.LabelRanges[0], "Unexpected label", "The %s block has no label.", kind)
				}
				if len(out.layers) == 0 {
					out.at = n.DefRange()
					b.origins[b.prefix+kind] = origin(ly.from, n.DefRange())
				}
				out.layers = append(out.layers, layer{ly.from, n.Body})
			}
		}
	}

	if len(out.layers) == 0 {
		return nil
	}

	return out
}

// done reports what nobody asked for.
func (b *block) done() {
	body := b.layers[0].body
	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		a := body.Attributes[name]
		switch {
		case slices.Contains(b.known, name):
		case slices.Contains(b.nested, name):
			b.err(a.NameRange, "Unknown attribute", "In %s, %s is a block: write %s { … }, without the equals sign.", b.what, name, name)
		default:
			if slices.Contains(b.known, "credential") {
				b.hide(a.Expr.Range()) // perhaps a secret under a misspelt name
			}
			b.err(a.NameRange, "Unknown attribute", "%s has no attribute %q.%s", capital(b.what), name, suggest(name, b.known))
		}
	}

	for _, n := range body.Blocks {
		switch {
		case slices.Contains(b.nested, n.Type):
		case slices.Contains(b.known, n.Type):
			b.err(n.DefRange(), "Unknown block", "In %s, %s is an attribute: write %s = …", b.what, n.Type, n.Type)
		default:
			b.err(n.DefRange(), "Unknown block", "%s has no block %q.%s", capital(b.what), n.Type, suggest(n.Type, b.nested))
		}
	}
}

// hide masks a range in what diagnostics show.
func (l *loader) hide(at hcl.Range) {
	if f := l.files[at.Filename]; f != nil && at.CanSliceBytes(f.Bytes) {
		mask(at.SliceBytes(f.Bytes))
	}
}

func (b *block) name(attr string) string { return fmt.Sprintf("%q of %s", attr, b.what) }

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
