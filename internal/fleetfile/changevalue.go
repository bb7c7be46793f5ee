package fleetfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ringfence/collectors/snapshot"
)

// anything is the schema of what no schema describes.
var anything = &snapshot.Property{}

// json reads a value of a document as snapshots hold it, and holds it to its schema. After
// a diagnostic it is nil.
func (l *loader) json(e hclsyntax.Expression, p *snapshot.Property, what string) any {
	if isNull(e) {
		if p.Presence == snapshot.Always {
			l.err(e.Range(), "Wrong type", "%s is never null.", what)
		}
		return nil
	}

	v, kind := l.plain(e, p, what)
	if kind == "" {
		l.wrong(e, what, wanted(p))
		return nil
	}
	if len(p.Type) > 0 && !takes(p, kind) {
		l.err(e.Range(), "Wrong type", "%s must be %s, not %s.", what, wanted(p), describe(e))
		return nil
	}

	return v
}

// plain is a value and the name of its JSON type, "" for what is no value.
func (l *loader) plain(e hclsyntax.Expression, p *snapshot.Property, what string) (v any, kind string) {
	if s, ok := literal(e); ok {
		if !clean(s) {
			return nil, ""
		}
		return s, "string"
	}
	if b, ok := boolean(e); ok {
		return b, "boolean"
	}
	if n, ok := number(e); ok {
		return n, "number"
	}

	switch e := e.(type) {
	case *hclsyntax.TupleConsExpr:
		items, list := p.Items, []any{}
		if items == nil {
			items = anything
		}
		for _, item := range e.Exprs {
			list = append(list, l.json(item, items, "each of "+what))
		}
		return list, "array"
	case *hclsyntax.ObjectConsExpr:
		return l.members(e, p, what), "object"
	}

	return nil, ""
}

// members reads an object, and refuses properties that its schema does not know.
func (l *loader) members(e *hclsyntax.ObjectConsExpr, p *snapshot.Property, what string) map[string]any {
	object := map[string]any{}
	l.object(e, what, func(name string, at hcl.Range, e hclsyntax.Expression) {
		of := what + "." + name
		switch known := p.Properties[name]; {
		case known != nil && known.Secret:
			l.hide(e.Range())
			l.err(at, "Secret", "%s is a secret, which no snapshot holds.", of)
		case known != nil:
			object[name] = l.json(e, known, of)
		case p.Values != nil:
			object[name] = l.json(e, p.Values, of)
		case len(p.Properties) > 0:
			l.err(at, "Unknown property", "%s has no property %s.%s", what, quoted(name),
				didYouMean(name, slices.Sorted(maps.Keys(p.Properties))))
		default:
			object[name] = l.json(e, anything, of)
		}
	})

	return object
}

// takes reports whether a property may have a value of a JSON type.
func takes(p *snapshot.Property, kind string) bool {
	return slices.Contains(p.Type, kind) || kind == "number" && slices.Contains(p.Type, "integer")
}

// wanted names in messages what a property may be.
func wanted(p *snapshot.Property) string {
	if len(p.Type) == 0 {
		return "a JSON value"
	}
	return "of type " + strings.Join(p.Type, " or ")
}

// number reads a number as JSON writes it.
func number(e hclsyntax.Expression) (json.Number, bool) {
	if n, ok := integer(e); ok {
		return json.Number(fmt.Sprint(n)), true
	}

	v, ok := e.(*hclsyntax.LiteralValueExpr)
	if !ok || v.Val.Type() != cty.Number {
		return "", false
	}
	f, _ := v.Val.AsBigFloat().Float64()
	text, err := json.Marshal(f)
	return json.Number(text), err == nil
}
