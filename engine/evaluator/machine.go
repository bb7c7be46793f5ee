package evaluator

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// machine is what one query is evaluated with. It belongs to one goroutine.
type machine struct {
	ctx   context.Context
	input *ast.Term
	cache topdown.VirtualCache
	err   error // why the query is given up

	frames []*frame // by the number of a group
	used   []*frame // those that this query has asked for
	known  []known  // the same
	ticks  int

	stack    []*ast.Term // arguments of the calls that are being made
	output   *ast.Term   // what a built-in gave
	take     func(*ast.Term) error
	builtins topdown.BuiltinContext

	each    func(*ast.Term) error // where entries of a single rule go
	eachErr error
}

// frame is the room for the variables of the rules of one group. One is enough, since rules do not
// recurse: nobody asks a group while it is being evaluated.
type frame struct {
	vars  []*ast.Term
	lists [][]*ast.Term        // what array comprehensions have gathered
	index []map[int][]*grouped // by list, and by the hash of keys
	calls map[texts]*ast.Term  // what a dear function gave; nil: nothing

	isUsed bool // it is among machine.used
}

// known is what a group gives in this query; a nil value: it is not defined.
type known struct {
	value *ast.Term
	done  bool
}

// step is one expression of a body, with all that come after it. It returns false where no further
// solution is wanted: the end of the chain has what it needs, or the machine has an error.
type step func(m *machine, f *frame) bool

// value is a term that has at most one value; nil: it is not defined.
type value func(m *machine, f *frame) *ast.Term

func (p *Program) open(ctx context.Context, in Input) *machine {
	m, kept := p.machines.Get().(*machine)
	if !kept {
		m = &machine{}
		m.take = func(t *ast.Term) error { m.output = t; return nil }
	}

	m.ctx, m.input, m.cache = ctx, in.Value, in.Cache
	m.builtins = topdown.BuiltinContext{Context: ctx, Cancel: topdown.NewCancel()}
	return m
}

// close forgets the query, and keeps the room that it took.
func (p *Program) close(m *machine) {
	for _, f := range m.used {
		clear(f.vars)
		clear(f.lists)
		clear(f.index)
		f.calls, f.isUsed = nil, false
	}

	clear(m.known)
	clear(m.stack[:cap(m.stack)])
	*m = machine{frames: m.frames, used: m.used[:0], known: m.known, stack: m.stack[:0], take: m.take}
	p.machines.Put(m)
}

// frame is the room of a group.
func (m *machine) frame(g *group) *frame {
	if g.number >= len(m.frames) {
		m.frames = append(m.frames, make([]*frame, g.number+1-len(m.frames))...)
	}

	f := m.frames[g.number]
	if f == nil {
		f = &frame{
			vars: make([]*ast.Term, g.vars), lists: make([][]*ast.Term, g.lists),
			index: make([]map[int][]*grouped, g.lists),
		}
		m.frames[g.number] = f
	}

	if !f.isUsed {
		f.isUsed = true
		m.used = append(m.used, f)
	}
	return f
}

// memory is where the value of a group is kept.
func (m *machine) memory(g *group) *known {
	if g.number >= len(m.known) {
		m.known = append(m.known, make([]known, g.number+1-len(m.known))...)
	}
	return &m.known[g.number]
}

// goesOn reports whether a loop may go on: that nothing failed, and nobody waits in vain.
func (m *machine) goesOn() bool {
	if m.ticks++; m.ticks&1023 == 0 && m.err == nil {
		m.err = m.ctx.Err()
	}
	return m.err == nil
}

// fail gives the query up.
func (m *machine) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

var truth, falsehood = ast.InternedTerm(true), ast.InternedTerm(false)

// truthOf is a boolean as a term.
func truthOf(is bool) *ast.Term {
	if is {
		return truth
	}
	return falsehood
}

// holds reports whether a value, as a statement, is true: any value but false.
func holds(t *ast.Term) bool {
	if t == nil {
		return false
	}
	is, isBoolean := t.Value.(ast.Boolean)
	return !isBoolean || bool(is)
}

func equal(a, b *ast.Term) bool {
	if a == b {
		return true
	}
	if text, isText := a.Value.(ast.String); isText {
		other, alsoText := b.Value.(ast.String)
		return alsoText && text == other
	}
	return ast.ValueEqual(a.Value, b.Value)
}
