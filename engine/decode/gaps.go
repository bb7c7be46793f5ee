package decode

import (
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
)

// Gap is something that a document lacks although its absence could be taken for
// an answer: a user without userType, where a policy asks for "not a guest".
type Gap struct {
	// Document is an index into Documents.Array.
	Document int
	// Path is the place in the schema, with "*" for an element of an array or a
	// value of a map: "identities", "*", "issuer". Gaps share it: do not change it.
	Path []string
	// Pointer is the JSON pointer in the document: "/identities/0/issuer".
	Pointer string
	// Wrong: something is there, but null or of another type than the schema says,
	// so that nothing can be below it.
	Wrong bool
	// Known: the schema describes the place. If it does not, a policy named it.
	Known bool
}

// types is a set of JSON types. The empty set stands for all of them.
type types uint8

const (
	isObject types = 1 << iota
	isArray
	isString
	isNumber
	isBoolean
	isNull
	isDigits // a string of digits: an integer beyond 2^53−1 is carried as one
	isOther  // a type that we do not know, so that the set is not empty
)

var typeNames = map[string]types{
	"object": isObject, "array": isArray, "string": isString | isDigits, "number": isNumber,
	"integer": isNumber | isDigits, "boolean": isBoolean, "null": isNull,
}

// typesOf are the types that a schema allows.
func typesOf(p *snapshot.Property) types {
	var all types
	for _, name := range p.Type {
		all |= typeNames[name] | isOther
	}
	return all
}

func typeOf(v ast.Value) types {
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

// isWrong reports whether a value that is there is a gap.
func (n *node) isWrong(v ast.Value) bool {
	switch {
	case !n.judged:
		return false
	case v == ast.NullValue:
		return n.notNull
	case n.types == 0:
		return false

	case n.types&isString != 0: // the common type, without looking at its digits
		if _, is := v.(ast.String); is {
			return false
		}
	}

	return n.types&typeOf(v) == 0
}

// gaps finds what one document lacks, sorted by pointer. Reading counts what is
// required and compares types on the way, and calls this only for a document that
// lacks something: it is seldom, and may take its time to say what and where.
func (s *Shape) gaps(document int, v ast.Object) []Gap {
	f := gapFinder{document: document}
	f.object(s.root, v, "")
	slices.SortFunc(f.found, func(a, b Gap) int { return strings.Compare(a.Pointer, b.Pointer) })
	return f.found
}

// Lacks lists the JSON pointers of what one document lacks of this shape, sorted.
// The document may have been read with another shape of the same dataset.
func (s *Shape) Lacks(document ast.Object) (pointers []string) {
	for _, gap := range s.gaps(0, document) {
		pointers = append(pointers, gap.Pointer)
	}
	return pointers
}

type gapFinder struct {
	document int
	found    []Gap
}

func (f *gapFinder) add(n *node, pointer string, wrong bool) {
	f.found = append(f.found, Gap{f.document, n.path, pointer, wrong, n.described})
}

// value finds the gaps at and below a value.
func (f *gapFinder) value(n *node, v ast.Value, at string) {
	if n == nil || !n.gapsBelow {
		return
	}
	if n.isWrong(v) {
		f.add(n, at, true)
		return
	}

	switch v := v.(type) {
	case ast.Object:
		f.object(n, v, at)
	case *ast.Array:
		for i := range v.Len() {
			f.value(n.elements, v.Elem(i).Value, at+"/"+strconv.Itoa(i))
		}
	}
}

func (f *gapFinder) object(n *node, v ast.Object, at string) {
	for _, p := range n.properties {
		pointer := at + "/" + pointerToken(p.name)
		if t := v.Get(p.key); t != nil {
			f.value(p.node, t.Value, pointer)
		} else if p.node.required {
			f.add(p.node, pointer, false)
		}
	}

	if n.others == nil || !n.others.gapsBelow {
		return
	}

	v.Foreach(func(key, value *ast.Term) {
		name := string(key.Value.(ast.String))
		if !n.names(name) && (at != "" || !isOurs(name)) {
			f.value(n.others, value.Value, at+"/"+pointerToken(name))
		}
	})
}

// names reports whether a name is one of the node's properties.
func (n *node) names(name string) bool {
	compare := func(p property, name string) int { return strings.Compare(p.name, name) }
	_, found := slices.BinarySearchFunc(n.properties, name, compare)
	return found
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func pointerToken(name string) string { return pointerEscapes.Replace(name) }
