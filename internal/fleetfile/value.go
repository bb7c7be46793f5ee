package fleetfile

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ringfence/engine/intent"
)

// The functions of this file read the syntax tree as it stands. Nothing is evaluated, so
// nothing can be computed, and each diagnostic points at the very element that is wrong.
// What they are asked to read is named as in a message: "state" of client "fabrikam".

// formed reads a string, or msp.tenant_id, that must have the form. It returns the normal
// form, or false after a diagnostic.
func (l *loader) formed(e hclsyntax.Expression, what string, f intent.Form) (string, bool) {
	s, ok := literal(e)
	if t, isRef := e.(*hclsyntax.ScopeTraversalExpr); isRef && traversal(t.Traversal) == "msp.tenant_id" {
		if s, ok = l.fleet.MSP.TenantID, true; s == "" {
			return "", false // reported where it is missing
		}
	}

	if !ok {
		l.wrong(e, what, f.Want)
		return "", false
	}

	norm, ok := f.Norm(s)
	if !ok || !clean(norm) {
		l.err(e.Range(), "Invalid value", "%s must be %s, not %s.%s",
			capital(what), f.Want, quoted(s), didYouMean(s, f.Options))
		return "", false
	}

	return norm, true
}

// wrong reports a value of another type than wanted.
func (l *loader) wrong(e hclsyntax.Expression, what, want string) {
	switch kind := describe(e); kind {
	case "a function call":
		l.err(e.Range(), "No functions", "%s must be %s. A fleet file has no functions: it states values. "+
			"(A credential may name its source: \"env:NAME\" or \"file:PATH\".)", capital(what), want)
	case "an expression":
		l.err(e.Range(), "No expressions", "%s must be %s. A fleet file computes nothing: "+
			"no operators, no loops, no ${…}.", capital(what), want)
	default:
		hint := ""
		if strings.HasPrefix(kind, "the reference msp.") {
			hint = " The only one of msp is msp.tenant_id."
		}
		l.err(e.Range(), "Wrong type", "%s must be %s, not %s.%s", capital(what), want, kind, hint)
	}
}

// items are the elements of a list; none after a diagnostic.
func (l *loader) items(e hclsyntax.Expression, what, want string) []hclsyntax.Expression {
	if t, ok := e.(*hclsyntax.TupleConsExpr); ok {
		return t.Exprs
	}
	l.wrong(e, what, want)
	return nil
}

// resolve reads a reference <kind>.<label> and returns the label, or "" after a
// diagnostic.
func (l *loader) resolve(e hclsyntax.Expression, what, kind string) string {
	want := "a reference such as " + kind + ".x"
	known := l.references(kind)

	reference, ok := e.(*hclsyntax.ScopeTraversalExpr)
	if !ok {
		if s, ok := literal(e); ok && slices.Contains(known, kind+"."+s) {
			l.err(e.Range(), "Wrong type",
				"%s must be a reference, not a string: write %s.%s, without quotes.", capital(what), kind, s)
			return ""
		}
		l.wrong(e, what, want)
		return ""
	}

	given := traversal(reference.Traversal)
	root, label, _ := strings.Cut(given, ".")
	if _, ok := l.labels[kind][label]; ok && root == kind {
		return label
	}
	if root == kind && l.broken {
		return "" // perhaps declared in a file that could not be read
	}

	hint := didYouMean(given, known)
	switch {
	case hint != "":
	case len(known) == 0:
		hint = fmt.Sprintf(" The fleet file declares no %s.", kind)
	case len(known) <= 5:
		hint = fmt.Sprintf(" Declared: %s.", strings.Join(known, ", "))
	}

	if root == kind {
		l.err(e.Range(), "Unknown reference", "There is no %s.%s", given, hint)
	} else {
		l.err(e.Range(), "Wrong reference", "%s must be %s, not %s.%s", capital(what), want, given, hint)
	}
	return ""
}

// references are all that may be written for a kind of block, sorted.
func (l *loader) references(kind string) []string {
	var all []string
	for _, label := range slices.Sorted(maps.Keys(l.labels[kind])) {
		all = append(all, kind+"."+label)
	}
	return all
}

// traversal is a reference as written, a.b.c.
func traversal(t hcl.Traversal) string {
	var out strings.Builder
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			out.WriteString(s.Name)
		case hcl.TraverseAttr:
			out.WriteString("." + s.Name)
		default:
			out.WriteString("[…]")
		}
	}

	return out.String()
}

// literal is the text of a quoted string or heredoc without interpolation.
func literal(e hclsyntax.Expression) (string, bool) {
	t, ok := e.(*hclsyntax.TemplateExpr)
	if !ok {
		return "", false
	}

	var out strings.Builder
	for _, part := range t.Parts {
		v, ok := part.(*hclsyntax.LiteralValueExpr)
		if !ok || v.Val.Type() != cty.String {
			return "", false
		}
		out.WriteString(v.Val.AsString())
	}

	return out.String(), true
}

// boolean reads true or false.
func boolean(e hclsyntax.Expression) (value, ok bool) {
	v, ok := e.(*hclsyntax.LiteralValueExpr)
	if !ok || v.Val.Type() != cty.Bool {
		return false, false
	}
	return v.Val.True(), true
}

// integer reads a number that JSON carries exactly: ±(2^53-1), RFC 7493.
func integer(e hclsyntax.Expression) (int64, bool) {
	sign := int64(1)
	if u, ok := e.(*hclsyntax.UnaryOpExpr); ok && u.Op == hclsyntax.OpNegate {
		e, sign = u.Val, -1
	}

	v, ok := e.(*hclsyntax.LiteralValueExpr)
	if !ok || v.Val.Type() != cty.Number {
		return 0, false
	}

	f := v.Val.AsBigFloat()
	if !f.IsInt() || f.Cmp(big.NewFloat(1<<53)) >= 0 {
		return 0, false
	}

	n, _ := f.Int64()
	return sign * n, true
}

func isNull(e hclsyntax.Expression) bool {
	v, ok := e.(*hclsyntax.LiteralValueExpr)
	return ok && v.Val.IsNull()
}

// describe names for messages what was written.
func describe(e hclsyntax.Expression) string {
	if s, ok := literal(e); ok {
		if !clean(s) {
			return "a string with control characters"
		}
		return "a string"
	}

	switch v := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		switch {
		case v.Val.IsNull():
			return "null"
		case v.Val.Type() == cty.Bool:
			return "a boolean"
		}

		if _, ok := integer(e); !ok {
			return "a number that is a fraction or beyond ±(2^53-1)"
		}
		return "a number"

	case *hclsyntax.ObjectConsKeyExpr:
		return describe(v.Wrapped)

	case *hclsyntax.UnaryOpExpr:
		if _, ok := integer(e); ok {
			return "a number"
		}

	case *hclsyntax.ScopeTraversalExpr:
		return "the reference " + traversal(v.Traversal)
	case *hclsyntax.TupleConsExpr:
		return "a list"
	case *hclsyntax.ObjectConsExpr:
		return "an object"
	case *hclsyntax.FunctionCallExpr:
		return "a function call"
	}

	return "an expression"
}

// clean reports whether a text may be a value. An escape such as "\u001b" puts a control
// character into a string, and "\u202e" reverses the text after it.
func clean(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || hidden(r))
	})
}

// hidden reports whether a character is one that nobody sees and that reorders or hides
// what stands around it: a bidirectional control, a zero width space, a C1 control, a tag,
// a line separator. The joiners and marks that scripts and emoji need are no such.
func hidden(r rune) bool {
	switch r {
	case 0x200c, 0x200d, 0x200e, 0x200f, 0x061c:
		return false
	}
	return r >= 0x80 && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// key is the name of an object's item: quoted or bare.
func key(e hclsyntax.Expression) (string, bool) {
	if k, ok := e.(*hclsyntax.ObjectConsKeyExpr); ok {
		e = k.Wrapped
	}

	if s, ok := literal(e); ok {
		return s, true
	}

	word := hcl.ExprAsKeyword(e)
	return word, word != ""
}

// quoted is a value for a message: shortened, and without the password of a URL.
func quoted(s string) string {
	s = userInfo.ReplaceAllString(s, "…@")
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
