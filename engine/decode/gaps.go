package decode

import (
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
)

// Gap is something that a document lacks although its absence could be taken
// for an answer. Document is an index into Documents.Array. Path is the place
// in the schema, with "*" for an element of an array or a value of a map
// ("identities", "*", "issuer"); gaps share it: do not change it. Pointer is
// the JSON pointer in the document ("/identities/0/issuer"). Wrong: something is
// there, but null or of another type than the schema says, so that nothing can
// be below it. Known: the schema describes the place; of what it does not, a
// policy has named it.
type Gap struct {
	Document int
	Path     []string
	Pointer  string
	Wrong    bool
	Known    bool
}

// kinds is a set of JSON types; the empty set is all of them.
type kinds uint8

const (
	isObject kinds = 1 << iota
	isArray
	isString
	isNumber
	isBoolean
	isNull
	isDigits // an integer beyond 2^53−1 is a string of digits
	isOther
)

var kindNames = map[string]kinds{
	"object": isObject, "array": isArray, "string": isString | isDigits, "number": isNumber,
	"integer": isNumber | isDigits, "boolean": isBoolean, "null": isNull,
}

// kindsOf are the types that a schema allows.
func kindsOf(p *snapshot.Property) kinds {
	var k kinds
	for _, name := range p.Type {
		k |= kindNames[name] | isOther
	}
	return k
}

func kindOf(v ast.Value) kinds {
	switch v := v.(type) {
	case ast.String:
		if s := strings.TrimPrefix(string(v), "-"); s != "" && strings.Trim(s, "0123456789") == "" {
			return isDigits
		}
		return isString

	case ast.Object:
		return isObject
	case *ast.Array:
		return isArray
	case ast.Number:
		return isNumber
	case ast.Boolean:
		return isBoolean
	}

	return isNull
}

// lacking reports whether a value that is there is a gap.
func (n *node) lacking(v ast.Value) bool {
	switch {
	case !n.look:
		return false
	case v == ast.NullValue:
		return n.notNull
	case n.kinds == 0:
		return false

	case n.kinds&isString != 0: // the common one, without looking at the digits
		if _, is := v.(ast.String); is {
			return false
		}
	}

	return n.kinds&kindOf(v) == 0
}

// gaps finds what one document lacks, sorted by pointer. Decoding calls it only
// for a document that lacks something.
func (s *Shape) gaps(document int, v ast.Object) []Gap {
	f := finder{document: document}
	f.object(s.root, v, "")
	slices.SortFunc(f.found, func(a, b Gap) int { return strings.Compare(a.Pointer, b.Pointer) })

	return f.found
}

// Lacks lists the JSON pointers of what one document, of any shape of the same
// dataset, lacks of this one, sorted.
func (s *Shape) Lacks(document ast.Object) (pointers []string) {
	for _, gap := range s.gaps(0, document) {
		pointers = append(pointers, gap.Pointer)
	}
	return pointers
}

type finder struct {
	document int
	found    []Gap
}

func (f *finder) gap(n *node, at string, wrong bool) {
	f.found = append(f.found, Gap{f.document, n.path, at, wrong, n.known})
}

func (f *finder) value(n *node, v ast.Value, at string) {
	if n == nil || !n.deep {
		return
	}
	if n.lacking(v) {
		f.gap(n, at, true)
		return
	}
	switch v := v.(type) {
	case ast.Object:
		f.object(n, v, at)
	case *ast.Array:
		for i := range v.Len() {
			f.value(n.elem, v.Elem(i).Value, at+"/"+strconv.Itoa(i))
		}
	}
}

func (f *finder) object(n *node, v ast.Object, at string) {
	for _, c := range n.children {
		got := v.Get(c.key)
		switch {
		case got != nil:
			f.value(c.node, got.Value, at+"/"+pointerToken(c.name))
		case c.node.need:
			f.gap(c.node, at+"/"+pointerToken(c.name), false)
		}
	}

	if n.other == nil || !n.other.deep {
		return
	}
	v.Foreach(func(key, value *ast.Term) {
		name := string(key.Value.(ast.String))
		if _, named := n.find(name); !named && !(at == "" && isOurs(name)) {
			f.value(n.other, value.Value, at+"/"+pointerToken(name))
		}
	})
}

// find looks a child up by its name.
func (n *node) find(name string) (int, bool) {
	return slices.BinarySearchFunc(n.children, name, func(c child, name string) int { return strings.Compare(c.name, name) })
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func pointerToken(name string) string { return pointerEscapes.Replace(name) }
