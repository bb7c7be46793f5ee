package fleetfile

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/engine/intent"
)

// block is a block of the fleet file while its attributes are read into a struct.
type block struct {
	*loader

	kind   string // of a block at the top level: "client"
	table  intent.Table
	label  string
	what   string // in messages: client "fabrikam", the keys block of client "fabrikam"
	owner  string // what of the outermost block: who claims what nobody else may have
	prefix string // of names in origins: "keys."
	at     hcl.Range

	// layers are the block itself and, for a client, the defaults: the first one
	// that has an attribute wins.
	layers []layer

	// shared is the defaults block, which nobody owns and which need not be
	// complete.
	shared bool

	origins map[string]Origin
	values  map[string]hcl.Range // where the value of an attribute stands
}

// layer is where attributes come from: From of an [Origin], and the block.
type layer struct {
	from string
	body *hclsyntax.Body
}

// read sets the fields of a struct, to which structure points, from the attributes
// of the same names. It reports what is wrong with them, and attributes that the
// table does not have.
func (b *block) read(structure any) {
	v := reflect.ValueOf(structure).Elem()
	for _, a := range b.table {
		b.attribute(a, intent.Field(v, a.Name))
	}

	b.unknown()
}

// attribute reads one attribute into its field.
func (b *block) attribute(a intent.Attribute, field reflect.Value) {
	switch a.Type {
	case intent.Label:
		field.SetString(b.label)
		return
	case intent.Block:
		b.nested(a, field)
		return
	case intent.Blocks:
		b.repeated(a, field)
		return
	case intent.Naming:
		return // the blocks that name this one come later
	case intent.Parameters:
		field.Set(reflect.ValueOf(b.params(a)))
		return
	}

	if e := b.expr(a); e != nil {
		b.value(a, e, field)
	}

	if a.Default != "" && field.String() == "" {
		field.SetString(a.Default)
		b.origins[b.prefix+a.Name] = Origin{From: FromBuiltIn}
	}
}

// expr finds the expression of an attribute, or nil if it is absent or null.
func (b *block) expr(a intent.Attribute) hclsyntax.Expression {
	for _, from := range b.layers {
		given, ok := from.body.Attributes[a.Name]
		if !ok || a.Defaults == intent.Never && from.from == FromDefaults {
			continue
		}

		b.origins[b.prefix+a.Name] = origin(from.from, given.NameRange)
		if !isNull(given.Expr) {
			b.values[a.Name] = given.Expr.Range()
			return given.Expr
		}
		break
	}

	if a.Required && b.mustBeComplete() {
		b.err(b.at, "Missing attribute", "%s needs the attribute %q.", capital(b.what), a.Name)
	}

	return nil
}

func origin(from string, at hcl.Range) Origin {
	return Origin{From: from, File: at.Filename, Line: at.Start.Line, at: at}
}

// mustBeComplete reports whether what is missing is missing. A nested block may be
// completed by the defaults, perhaps in a file that could not be read.
func (b *block) mustBeComplete() bool {
	isNested := b.prefix != ""
	return !b.shared && !(isNested && b.broken)
}

// nested reads a nested block into a struct, or a new struct into a pointer.
func (b *block) nested(a intent.Attribute, field reflect.Value) {
	inner := b.inner(a)
	if inner == nil {
		return
	}

	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
	} else {
		field = field.Addr()
	}

	inner.read(field.Interface())

	if check := blockChecks[a.Name]; check != nil {
		check(inner, field.Interface())
	}
}

// inner finds a nested block in each layer; nil if it is in none.
func (b *block) inner(a intent.Attribute) *block {
	inner := &block{
		loader: b.loader, table: a.Of, what: "the " + a.Name + " block of " + b.what, owner: b.owner,
		prefix: b.prefix + a.Name + ".", shared: b.shared, origins: b.origins, values: map[string]hcl.Range{},
	}

	for _, from := range b.layers {
		var found *hclsyntax.Block
		for _, candidate := range from.body.Blocks {
			switch {
			case candidate.Type != a.Name:
			case found != nil:
				b.err(candidate.DefRange(), "Duplicate block",
					"%s has more than one %s block.", capital(b.what), a.Name)
			default:
				found = candidate
			}
		}

		if found == nil {
			continue
		}
		b.unlabelled(found)

		if len(inner.layers) == 0 {
			inner.at = found.DefRange()
			b.origins[b.prefix+a.Name] = origin(from.from, inner.at)
		}
		inner.layers = append(inner.layers, layer{from.from, found.Body})
	}

	switch {
	case len(inner.layers) == 0:
		return nil
	case a.Defaults == intent.AsAWhole:
		inner.layers = inner.layers[:1]
	}

	return inner
}

// repeated reads all nested blocks of one name into a list. Those of the first layer that
// has any are all that there are: a client that has its own takes none of the defaults'.
func (b *block) repeated(a intent.Attribute, field reflect.Value) {
	for _, from := range b.layers {
		for _, found := range from.body.Blocks {
			if found.Type != a.Name {
				continue
			}
			b.unlabelled(found)

			inner := &block{
				loader: b.loader, table: a.Of, what: "a " + a.Name + " block of " + b.what, owner: b.owner,
				prefix: b.prefix + a.Name + ".", shared: b.shared, origins: map[string]Origin{},
				values: map[string]hcl.Range{}, at: found.DefRange(), layers: []layer{{from.from, found.Body}},
			}
			value := reflect.New(field.Type().Elem())
			inner.read(value.Interface())

			field.Set(reflect.Append(field, value.Elem()))
			if field.Len() == 1 {
				b.origins[b.prefix+a.Name] = origin(from.from, inner.at)
			}
		}

		if field.Len() > 0 {
			return
		}
	}
}

// unlabelled reports the label of a nested block, none of which has one.
func (b *block) unlabelled(nested *hclsyntax.Block) {
	if len(nested.Labels) > 0 {
		b.err(nested.LabelRanges[0], "Unexpected label", "The %s block has no label.", nested.Type)
	}
}

// unknown reports what the table does not have. The defaults' own block is read by
// itself, so that this is said once.
func (b *block) unknown() {
	attributes, blocks := b.names()
	body := b.layers[0].body

	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		at := body.Attributes[name].NameRange
		switch {
		case slices.Contains(attributes, name):
		case slices.Contains(blocks, name):
			b.err(at, "Unknown attribute",
				"In %s, %s is a block: write %s { … }, without the equals sign.", b.what, name, name)
		default:
			if slices.ContainsFunc(b.table, isCredential) {
				b.hide(body.Attributes[name].Expr.Range()) // perhaps a secret under a misspelt name
			}
			b.err(at, "Unknown attribute",
				"%s has no attribute %q.%s", capital(b.what), name, suggest(name, attributes))
		}
	}

	for _, nested := range body.Blocks {
		switch name, at := nested.Type, nested.DefRange(); {
		case slices.Contains(blocks, name):
		case slices.Contains(attributes, name):
			b.err(at, "Unknown block", "In %s, %s is an attribute: write %s = …", b.what, name, name)
		default:
			b.err(at, "Unknown block", "%s has no block %q.%s", capital(b.what), name, suggest(name, blocks))
		}
	}
}

// names are the attributes and the nested blocks that may be written.
func (b *block) names() (attributes, blocks []string) {
	for _, a := range b.table {
		switch a.Type {
		case intent.Label, intent.Naming:
		case intent.Block, intent.Blocks:
			blocks = append(blocks, a.Name)
		default:
			attributes = append(attributes, a.Name)
		}
	}
	return attributes, blocks
}

func isCredential(a intent.Attribute) bool { return a.Type == intent.Credential }

// hide masks a range in what diagnostics show.
func (l *loader) hide(at hcl.Range) {
	if f := l.files[at.Filename]; f != nil && at.CanSliceBytes(f.Bytes) {
		mask(at.SliceBytes(f.Bytes))
	}
}

// name is an attribute of the block in messages.
func (b *block) name(attribute string) string { return fmt.Sprintf("%q of %s", attribute, b.what) }

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
