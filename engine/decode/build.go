package decode

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
)

// builder makes OPA's values of what a scanner takes apart, as far as a node wants
// to keep it. On the way it counts the required properties and judges types, which
// tells whether a document lacks anything.
type builder struct {
	scanner
	arena
	state []nodeState // by the number of the node

	// Of the document in hand:
	members  [][2]*ast.Term // of the objects that have begun, the innermost's last
	elements []*ast.Term    // of the arrays
	suspect  bool           // there is a gap below the document's own properties, or a wrong type
	required int            // how many of the document's own required properties are there
	err      error          // why a value that JSON allows is none of OPA's
}

// nodeState is what a reader remembers of one node: its names, and the last values.
type nodeState struct {
	names   nameTable
	objects recent[[2]*ast.Term]
	arrays  recent[*ast.Term]
}

// value takes a value that is kept; nil is none.
func (b *builder) value(n *node, depth int) *ast.Term {
	if depth > maxDepth {
		return nil
	}

	t := b.anyValue(n, depth)
	if t != nil && n.judged && n.isWrong(t.Value) {
		b.suspect = true
	}
	return t
}

func (b *builder) anyValue(n *node, depth int) *ast.Term {
	switch b.peek() {
	case '"':
		raw, escaped, ok := b.text()
		if !ok {
			return nil
		}
		if escaped {
			raw = b.unquoted
		}
		return b.stringTerm(raw)

	case '{':
		return b.object(n, depth)
	case '[':
		return b.array(n, depth)
	case 't':
		return b.constant("true", ast.InternedTerm(true))
	case 'f':
		return b.constant("false", ast.InternedTerm(false))
	case 'n':
		return b.constant("null", ast.InternedNullTerm)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return b.numeral()
	}

	return nil
}

func (b *builder) constant(word string, t *ast.Term) *ast.Term {
	if !b.literal(word) {
		return nil
	}
	return t
}

// safeDigits is how long an integer may be, sign included, to be exact in a
// double whatever its digits.
const safeDigits = 15

// numeral takes a number. As elsewhere, an integer beyond 2^53−1 is a string of its
// digits, and any number is in canonical form: 1.50 is 1.5.
func (b *builder) numeral() *ast.Term {
	literal, integer, ok := b.number()
	if !ok {
		return nil
	}

	text := string(literal)
	if integer && len(literal) <= safeDigits && text != "-0" {
		if t := ast.InternedIntNumberTermFromString(text); t != nil {
			return t
		}
		return b.term(ast.Number(text))
	}

	v, err := snapshot.ParseNumber(text)
	if err != nil {
		return nil
	}
	if digits, is := v.(string); is {
		return b.term(ast.String(digits))
	}

	canonical := jsontext.Value(text)
	if err := canonical.Canonicalize(); err != nil {
		return nil
	}

	number, err := ast.NumberChecked(string(canonical))
	if err != nil {
		b.err = err
		return nil
	}
	return b.term(number)
}

func (b *builder) object(n *node, depth int) *ast.Term {
	start := len(b.members)
	required, ok := b.properties(n, depth+1, nil)
	if !ok {
		return nil
	}
	if required != n.requiredBelow {
		b.suspect = true
	}

	parts := b.members[start:]
	b.members = b.members[:start]
	last := &b.state[n.number].objects
	if t := last.find(parts); t != nil {
		return t
	}
	return last.add(parts, b.term(ast.NewObject(parts...)))
}

// properties takes an object and puts what is kept of it on members. depth is that
// of its values. It returns how many required properties are there. names, if it
// is not nil, gets all names: the object is then a document's.
func (b *builder) properties(n *node, depth int, names *[][]byte) (required int, ok bool) {
	table, next := b.table(n), 0
	var last []byte
	for more := !b.open('}'); more; {
		name, key, to, ok := b.property(n, table, &next, last)
		if !ok {
			return 0, false
		}
		last = name

		if names != nil {
			*names = append(*names, name)
			if len(name) > 0 && name[0] == '_' && isOurs(string(name)) {
				to = nil // an API's property of that name is never seen
			}
		}

		if to == nil {
			ok = b.skip(depth)
		} else {
			ok = b.keep(key, to, name, depth)
			if to.required {
				required++
			}
		}

		if !ok {
			return 0, false
		}
		if more, ok = b.next('}'); !ok {
			return 0, false
		}
	}

	return required, true
}

// keep takes the value of a property and puts both on members.
func (b *builder) keep(key *ast.Term, n *node, name []byte, depth int) bool {
	if key == nil {
		key = b.stringTerm(name)
	}

	v := b.value(n, depth)
	b.members = append(b.members, [2]*ast.Term{key, v})
	return v != nil
}

func (b *builder) array(n *node, depth int) *ast.Term {
	if n.elements == nil {
		if !b.scanner.array(func() bool { return b.skip(depth + 1) }) {
			return nil
		}
		return ast.InternedEmptyArray
	}

	start := len(b.elements)
	ok := b.scanner.array(func() bool {
		v := b.value(n.elements, depth+1)
		b.elements = append(b.elements, v)
		return v != nil
	})
	if !ok {
		return nil
	}

	parts := b.elements[start:]
	b.elements = b.elements[:start]
	last := &b.state[n.number].arrays
	if t := last.find(parts); t != nil {
		return t
	}
	return last.add(parts, b.term(ast.NewArray(slices.Clone(parts)...)))
}
