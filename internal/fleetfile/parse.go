package fleetfile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/engine/intent"
)

// value reads the value of an attribute into its field. After a diagnostic the field
// stays as it is, or has those elements of a list that are right.
func (b *block) value(a intent.Attribute, e hclsyntax.Expression, field reflect.Value) {
	switch a.Type {
	case intent.Text:
		b.text(a, e, field)
	case intent.Texts:
		b.texts(a, e, field)
	case intent.Flag:
		b.flag(a, e, field)
	case intent.Number:
		b.number(a, e, field)
	case intent.Reference:
		b.reference(a, e, field)
	case intent.References:
		b.references(a, e, field)
	case intent.CloudName:
		b.cloudName(a, e, field)
	case intent.Credential:
		field.SetString(b.credential(a, e))
	default:
		panic("fleetfile: no parser for " + string(a.Type))
	}
}

func (b *block) text(a intent.Attribute, e hclsyntax.Expression, field reflect.Value) {
	s, ok := b.formed(e, b.name(a.Name), a.Form)
	if !ok {
		return
	}

	b.claim(a.Unique, s, e.Range())
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.ValueOf(&s))
	} else {
		field.SetString(s)
	}
}

func (b *block) texts(a intent.Attribute, e hclsyntax.Expression, field reflect.Value) {
	want := "a list of strings"
	if a.Word != "" {
		want += fmt.Sprintf(", or %q", a.Word)
		if s, ok := literal(e); ok && s == a.Word {
			field.Set(reflect.ValueOf([]string{a.Word}))
			return
		}
	}

	set := b.set(a, e, want, func(item hclsyntax.Expression, what string) string {
		s, ok := b.formed(item, what, a.Form)
		if !ok {
			return ""
		}
		b.claim(a.Unique, s, item.Range())
		return s
	})
	field.Set(reflect.ValueOf(set))
}

// set reads a list without its repetitions. An element that is wrong is left out: of it,
// read returns "".
func (b *block) set(
	a intent.Attribute, e hclsyntax.Expression, want string, read func(item hclsyntax.Expression, what string) string,
) []string {
	set := []string{}
	for _, item := range b.items(e, b.name(a.Name), want) {
		if s := read(item, "each of "+b.name(a.Name)); s != "" && !slices.Contains(set, s) {
			set = append(set, s)
		}
	}
	return set
}

func (b *block) flag(a intent.Attribute, e hclsyntax.Expression, field reflect.Value) {
	v, ok := boolean(e)
	if !ok {
		b.wrong(e, b.name(a.Name), "true or false")
	}
	field.SetBool(v)
}

func (b *block) number(a intent.Attribute, e hclsyntax.Expression, field reflect.Value) {
	n, ok := integer(e)
	if !ok || n < 1 {
		b.wrong(e, b.name(a.Name), "a whole number of 1 or more")
		return
	}
	field.Set(reflect.ValueOf(&n))
}

// reference resolves fence.eu to the fence, or to its label where the field is a
// string.
func (b *block) reference(a intent.Attribute, e hclsyntax.Expression, field reflect.Value) {
	if a.OrMSP && isMSP(e) {
		field.SetString(intent.FleetLabel)
		return
	}

	label := b.resolve(e, b.name(a.Name), a.To)
	if a.Of == nil {
		field.SetString(label)
	} else if declared, ok := b.declared[a.To][label]; ok {
		field.Set(declared)
	}
}

// isMSP reports whether an expression is the word msp.
func isMSP(e hclsyntax.Expression) bool {
	reference, ok := e.(*hclsyntax.ScopeTraversalExpr)
	return ok && traversal(reference.Traversal) == "msp"
}

func (b *block) references(a intent.Attribute, e hclsyntax.Expression, field reflect.Value) {
	want := "a list of references such as [" + a.To + ".x]"
	labels := b.set(a, e, want, func(item hclsyntax.Expression, what string) string {
		return b.resolve(item, what, a.To)
	})
	if a.Of == nil {
		field.Set(reflect.ValueOf(labels))
		return
	}

	list := reflect.MakeSlice(field.Type(), 0, len(labels))
	for _, label := range labels {
		if declared, ok := b.declared[a.To][label]; ok {
			list = reflect.Append(list, declared.Elem())
		}
	}
	field.Set(list)
}

// cloudName reads the name of a cloud of Microsoft's, or cloud_unsafe.x.
func (b *block) cloudName(a intent.Attribute, e hclsyntax.Expression, field reflect.Value) {
	if _, isReference := e.(*hclsyntax.ScopeTraversalExpr); !isReference {
		b.text(a, e, field)
		return
	}

	if label := b.resolve(e, b.name(a.Name), a.To); label != "" {
		field.SetString(unsafePrefix + label)
	}
}

// credential reads where a secret is. Perhaps it is the secret itself, so a value
// that is refused is never shown, neither in the message nor in the snippet.
func (b *block) credential(a intent.Attribute, e hclsyntax.Expression) string {
	s, ok := literal(e)
	if ok {
		s, ok = a.Form.Norm(s)
	}

	if !ok {
		b.hide(e.Range())
		b.err(e.Range(), "Literal secret",
			"%s must be %s. No secret belongs in a fleet file: if this was one, replace it in the tenant, "+
				"since it may be in the file's history.", capital(b.name(a.Name)), a.Form.Want)
		return ""
	}

	if path, isFile := strings.CutPrefix(s, "file:"); isFile {
		return "file:" + b.join(path)
	}

	return s
}

// params merges the client's over the defaults', parameter by parameter, so that a
// client that sets one does not lose the fleet's others.
func (b *block) params(a intent.Attribute) map[string]map[string]any {
	var params map[string]map[string]any
	for _, from := range slices.Backward(b.layers) {
		given, ok := from.body.Attributes[a.Name]
		if !ok || isNull(given.Expr) {
			continue
		}

		if params == nil {
			params = map[string]map[string]any{}
		}

		b.object(given.Expr, b.name(a.Name), func(id string, at hcl.Range, e hclsyntax.Expression) {
			b.origins[a.Name+"."+id] = origin(from.from, at)
			if params[id] == nil {
				params[id] = map[string]any{}
			}

			b.object(e, "the params of "+quoted(id), func(name string, at hcl.Range, e hclsyntax.Expression) {
				if v := b.param(e, quoted(name)+" of "+quoted(id)); v != nil {
					params[id][name] = v
					b.origins[a.Name+"."+id+"."+name] = origin(from.from, at)
				}
			})
		})
	}

	return params
}

// object calls item for each key of an object.
func (l *loader) object(
	e hclsyntax.Expression, what string, item func(key string, at hcl.Range, e hclsyntax.Expression),
) {
	o, ok := e.(*hclsyntax.ObjectConsExpr)
	if !ok {
		l.wrong(e, what, "an object: { name = value }")
		return
	}

	seen := map[string]bool{}
	for _, it := range o.Items {
		name, ok := key(it.KeyExpr)
		switch at := it.KeyExpr.Range(); {
		case !ok || !clean(name):
			l.wrong(it.KeyExpr, "a key in "+what, "a plain name")
		case seen[name]:
			l.err(at, "Duplicate key", "%s is set twice in %s.", capital(quoted(name)), what)
		default:
			seen[name] = true
			item(name, at, it.ValueExpr)
		}
	}
}

// param reads a parameter: bool, int64, string, or a list of strings ([]any); nil
// after a diagnostic. [Fleet.Check] compares it with the control's type.
func (l *loader) param(e hclsyntax.Expression, what string) any {
	if s, ok := literal(e); ok && clean(s) {
		return s
	}
	if v, ok := boolean(e); ok {
		return v
	}
	if n, ok := integer(e); ok {
		return n
	}

	list, ok := e.(*hclsyntax.TupleConsExpr)
	if !ok {
		l.wrong(e, what, "a boolean, an integer, a string or a list of strings")
		return nil
	}

	out := []any{}
	for _, item := range list.Exprs {
		s, ok := literal(item)
		if !ok || !clean(s) {
			l.wrong(item, "each of "+what, "a string")
			return nil
		}
		out = append(out, s)
	}

	return out
}
