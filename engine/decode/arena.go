package decode

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// arena makes terms with few allocations: terms and the bytes of strings come in
// blocks, and strings that come again share one term. The table of those has a
// fixed size: a newer string takes the place of an older one with the same slot.
type arena struct {
	terms  []ast.Term
	slots  []*ast.Term
	chars  strings.Builder
	shared [1 << sharedBits]sharedString
}

// sharedString is a string that may come again. Its tag tells it from nearly all
// others without looking at its characters.
type sharedString struct {
	tag  uint64
	term *ast.Term
}

// How much comes at once.
const (
	termBlock = 128     // terms
	slotBlock = 1024    // pointers to terms
	textBlock = 8 << 10 // bytes of strings

	// sharedBits is the logarithm of how many strings are remembered, of at most
	// sharedLen bytes each: longer ones seldom come again, and take time to hash.
	sharedBits = 10
	sharedLen  = 64
)

func (a *arena) term(v ast.Value) *ast.Term {
	if len(a.terms) == 0 {
		a.terms = make([]ast.Term, termBlock)
	}

	t := &a.terms[0]
	a.terms = a.terms[1:]
	t.Value = v
	return t
}

// newSlots is room for a few terms.
func (a *arena) newSlots(n int) []*ast.Term {
	if len(a.slots) < n {
		a.slots = make([]*ast.Term, max(n, slotBlock))
	}

	list := a.slots[:n:n]
	a.slots = a.slots[n:]
	return list
}

// stringTerm is the term of a string, shared with an equal one before it.
func (a *arena) stringTerm(raw []byte) *ast.Term {
	if len(raw) > sharedLen {
		return a.term(ast.String(a.copy(raw)))
	}

	tag := hash(raw)
	s := &a.shared[tag>>(64-sharedBits)]
	if s.tag == tag && s.term != nil && string(s.term.Value.(ast.String)) == string(raw) {
		return s.term
	}

	*s = sharedString{tag, a.term(ast.String(a.copy(raw)))}
	return s.term
}

// copy makes a string of bytes that may change afterwards.
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

// recent are the last objects or arrays at a node. Since the terms of equal strings
// are mostly shared, one of the very same terms is found without comparing values.
// Many documents of a tenant have such parts in common: the same list of domains,
// the same empty settings.
type recent[T comparable] struct {
	last [recentCount]struct {
		parts []T
		term  *ast.Term
	}
	next int // the one that is replaced
}

const (
	recentCount = 4
	recentParts = 16 // values with more parts than these seldom come again
)

// find is the value that has just these parts, nil if it is not among the last.
func (r *recent[T]) find(parts []T) *ast.Term {
	for i := range r.last {
		if l := &r.last[i]; l.term != nil && slices.Equal(l.parts, parts) {
			return l.term
		}
	}
	return nil
}

// add remembers a value, and returns it.
func (r *recent[T]) add(parts []T, t *ast.Term) *ast.Term {
	if len(parts) <= recentParts {
		l := &r.last[r.next]
		l.parts, l.term = append(l.parts[:0], parts...), t
		r.next = (r.next + 1) % recentCount
	}
	return t
}
