package decode

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
)

// builder makes OPA's values of what a scanner takes apart.
type builder struct {
	scanner
	stack   [][2]*ast.Term // members of the objects in hand
	list    []*ast.Term    // elements of the arrays in hand
	suspect bool           // something is lacking
	seen    int            // needed properties of the document that are there
	arena
	memory []memory // by the number of the node
	err    error    // why a value that JSON allows is none of OPA's
}

// value takes a value that is read; nil is none.
func (b *builder) value(n *node, depth int) *ast.Term {
	if depth > maxDepth {
		return nil
	}

	t := b.any(n, depth)
	if t != nil && n.look && n.lacking(t.Value) {
		b.suspect = true
	}

	return t
}

func (b *builder) any(n *node, depth int) *ast.Term {
	switch b.peek() {
	case '"':
		raw, escaped, ok := b.text()
		if escaped {
			raw = b.scratch
		}

		if !ok {
			return nil
		}

		return b.word(raw)

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

func (b *builder) constant(lit string, t *ast.Term) *ast.Term {
	if !b.literal(lit) {
		return nil
	}
	return t
}

// safeDigits is how long an integer may be, sign included, to be exact in a
// double whatever its digits.
const safeDigits = 15

func (b *builder) numeral() *ast.Term {
	lit, fraction, ok := b.number()
	if !ok {
		return nil
	}

	text := string(lit)
	if !fraction && len(lit) <= safeDigits && text != "-0" {
		if t := ast.InternedIntNumberTermFromString(text); t != nil {
			return t
		}
		return b.term(ast.Number(text))
	}

	v, err := snapshot.ParseNumber(text)
	if err != nil {
		return nil
	}
	if s, is := v.(string); is {
		return b.term(ast.String(s))
	}

	canonical := jsontext.Value(text) // as the input of others has it
	if err := canonical.Canonicalize(); err != nil {
		return nil
	}

	num, err := ast.NumberChecked(string(canonical))
	if err != nil {
		b.err = err
		return nil
	}

	return b.term(num)
}

func (b *builder) object(n *node, depth int) *ast.Term {
	start := len(b.stack)
	seen, ok := b.properties(n, depth+1, nil)
	if !ok {
		return nil
	}

	if seen != n.needs {
		b.suspect = true
	}

	parts := b.stack[start:]
	b.stack = b.stack[:start]
	last := &b.memory[n.number].object
	if t := last.same(parts); t != nil {
		return t
	}

	return last.keep(parts, b.term(ast.NewObject(parts...)))
}

// properties takes an object and puts on the stack what is read of it. depth is
// that of its values. It returns how many of the needed ones are there. names,
// if any, is where all names go: the object is then a document.
func (b *builder) properties(n *node, depth int, names *[][]byte) (seen int, ok bool) {
	b.at++
	if b.peek() == '}' {
		b.at++
		return 0, true
	}

	var last []byte
	for t, i, more := b.table(n), 0, true; more; {
		name, key, to, ok := b.property(n, t, &i, last)
		if !ok {
			return 0, false
		}

		last = name

		if names != nil {
			*names = append(*names, name)
			if len(name) > 0 && name[0] == '_' && isOurs(string(name)) {
				to = nil
			}
		}

		if to == nil {
			ok = b.skip(depth)
		} else {
			ok = b.keep(key, to, name, depth)
			if to.need {
				seen++
			}
		}

		if !ok {
			return 0, false
		}
		if more, ok = b.next('}'); !ok {
			return 0, false
		}
	}

	return seen, true
}

// keep puts a property that is read on the stack.
func (b *builder) keep(key *ast.Term, to *node, name []byte, depth int) bool {
	if key == nil {
		key = b.word(name)
	}

	v := b.value(to, depth)
	b.stack = append(b.stack, [2]*ast.Term{key, v})
	return v != nil
}

func (b *builder) array(n *node, depth int) *ast.Term {
	if n.elem == nil {
		if !b.elements(func() bool { return b.skip(depth + 1) }) {
			return nil
		}
		return ast.InternedEmptyArray
	}

	start := len(b.list)

	ok := b.elements(func() bool {
		v := b.value(n.elem, depth+1)
		b.list = append(b.list, v)
		return v != nil
	})
	if !ok {
		return nil
	}

	parts := b.list[start:]
	b.list = b.list[:start]
	last := &b.memory[n.number].array
	if t := last.same(parts); t != nil {
		return t
	}

	return last.keep(parts, b.term(ast.NewArray(slices.Clone(parts)...)))
}

// memory is what a reader keeps of one node: its names, and the last values.
type memory struct {
	names  table
	object memo[[2]*ast.Term]
	array  memo[*ast.Term]
}

// memo is the last objects or arrays of a node. One of the same terms is the
// same one: since terms of equal strings are mostly shared, that finds what the
// documents of a tenant have in common.
type memo[T comparable] struct {
	last [memos]struct {
		parts []T
		term  *ast.Term
	}
	next int // is replaced
}

const (
	memos    = 4
	maxParts = 16 // more than these are not worth a look
)

func (m *memo[T]) same(parts []T) *ast.Term {
	for i := range m.last {
		if l := &m.last[i]; l.term != nil && slices.Equal(l.parts, parts) {
			return l.term
		}
	}
	return nil
}

func (m *memo[T]) keep(parts []T, t *ast.Term) *ast.Term {
	if len(parts) <= maxParts {
		l := &m.last[m.next]
		l.parts, l.term = append(l.parts[:0], parts...), t
		m.next = (m.next + 1) % memos
	}
	return t
}

// arena makes terms with few allocations: terms and the bytes of strings come
// in blocks, and strings that come again share one term. The table of those has
// a fixed size: a newer string takes the place of an older one.
type arena struct {
	free   []ast.Term
	values []*ast.Term
	chars  strings.Builder
	words  [1 << wordBits]word
}

// word is a shared string. Its tag tells it from nearly all others.
type word struct {
	tag  uint64
	term *ast.Term
}

const (
	wordBits  = 10
	wordLen   = 64 // longer strings are not shared
	textBlock = 8 << 10
	termBlock = 128

	documentBlock = 128
	valueBlock    = 1024
)

func (a *arena) term(v ast.Value) *ast.Term {
	if len(a.free) == 0 {
		a.free = make([]ast.Term, termBlock)
	}

	t := &a.free[0]
	a.free = a.free[1:]
	t.Value = v

	return t
}

// slots is room for a few terms.
func (a *arena) slots(n int) []*ast.Term {
	if len(a.values) < n {
		a.values = make([]*ast.Term, max(n, valueBlock))
	}

	list := a.values[:n:n]
	a.values = a.values[n:]
	return list
}

// word is the term of a string, shared with an equal one before it.
func (a *arena) word(raw []byte) *ast.Term {
	if len(raw) > wordLen {
		return a.term(ast.String(a.copy(raw)))
	}

	tag := hash(raw)
	w := &a.words[tag>>(64-wordBits)]
	if w.tag == tag && w.term != nil && string(w.term.Value.(ast.String)) == string(raw) {
		return w.term
	}

	*w = word{tag, a.term(ast.String(a.copy(raw)))}
	return w.term
}

func (a *arena) copy(raw []byte) string {
	if len(raw) > textBlock/8 {
		return string(raw)
	}

	if a.chars.Cap()-a.chars.Len() < len(raw) {
		a.chars = strings.Builder{}
		a.chars.Grow(textBlock)
	}

	from := a.chars.Len()
	a.chars.Write(raw)
	return a.chars.String()[from:]
}

// hash spreads strings by their length and their first and last eight bytes.
func hash(raw []byte) uint64 {
	var head, tail uint64
	if n := len(raw); n >= 8 {
		head, tail = binary.LittleEndian.Uint64(raw), binary.LittleEndian.Uint64(raw[n-8:])
	} else {
		for _, c := range raw {
			head = head<<8 | uint64(c)
		}
	}

	return (head ^ bits.RotateLeft64(tail, 25) ^ uint64(len(raw))) * 0x9e3779b97f4a7c15
}
