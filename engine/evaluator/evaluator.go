// Package evaluator asks compiled policies faster than OPA's topdown, and declines what it does
// not know.
//
// topdown interprets: for each expression and each document it looks variables up by name, and
// copies terms to put values into them. Here each rule is compiled once, to a chain of functions
// that know where their variables are. An example, of a rule after OPA's compiler,
//
//	guests contains id if { user = input.entra.users[_]; user.userType = "Guest"; id = user._id }
//
// becomes four steps, each of which calls the next one for every way in which it holds:
//
//	for each user: vars[0] = user          generate, in ref.go
//	    if vars[0].userType == "Guest"     equal, in unify.go
//	        vars[1] = vars[0]._id          bind, in unify.go
//	            add vars[1] to the set     the end of the chain, in group.go
//
// That works because OPA's compiler orders a rule's expressions so that it is known of each, before
// anything is evaluated, which of its variables have a value. And because rules do not recurse, each
// needs room for its variables only once.
//
// # What is declined
//
// Policies mean what topdown says that they mean. Forms of rules that are not known here (with,
// rules that give a tree of objects), and whatever ends in an error (two values for one rule, a
// built-in that refuses its operands), give [ErrDeclined]: the caller asks topdown, which answers or
// words the error. So an answer of this package is one that topdown gives, or there is none. Tests
// hold both to each other, on every control and every kind of broken evidence (internal/soundness).
//
//	evaluator.go   what others ask: sets, and single rules
//	group.go       the rules of one name: their value, once for a query
//	scope.go       expressions of a body
//	unify.go       a = b
//	ref.go         input.entra.users[_].userType
//	term.go        values: constants, variables, lists, comprehensions
//	call.go        functions of policies, built-in functions
//	machine.go     what one query is evaluated with
package evaluator

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// ErrDeclined says that topdown is to be asked.
var ErrDeclined = errors.New("left to topdown")

// Program is the compiled form of some policies. It is safe for concurrent use.
type Program struct {
	compiler *ast.Compiler
	machines sync.Pool

	mu     sync.Mutex
	groups map[string]*group // by path; those that somebody asked for, and what they use
	single map[*ast.Rule]*single
	count  int // of groups
}

// New is a program of the rules that a compiler has compiled. Each is compiled again, for this
// package, when it is asked for.
func New(compiler *ast.Compiler) *Program {
	return &Program{compiler: compiler, groups: map[string]*group{}, single: map[*ast.Rule]*single{}}
}

// Input is what one query sees: see query.Input.
type Input struct {
	Value *ast.Term
	Cache topdown.VirtualCache
}

// Values are what rules without arguments give, in the order of their paths. An error is ctx's, or
// [ErrDeclined].
func (p *Program) Values(ctx context.Context, paths []ast.Ref, in Input) ([]*ast.Term, error) {
	groups := make([]*group, len(paths))
	for i, path := range paths {
		var err error
		if groups[i], err = p.ready(path); err != nil {
			return nil, err
		}
	}

	m := p.open(ctx, in)
	defer p.close(m)

	values := make([]*ast.Term, len(groups))
	for i, g := range groups {
		values[i] = g.value(m)
		if m.err != nil {
			return nil, declined(ctx, m.err)
		}
		if values[i] == nil {
			return nil, fmt.Errorf("%w: %v gives nothing", ErrDeclined, paths[i])
		}
	}

	return values, nil
}

// Entries hands over what one rule of a set gives, maybe several times the same. An error is
// ctx's, each's own, or [ErrDeclined]: some entries may have been handed over by then.
func (p *Program) Entries(ctx context.Context, rule *ast.Rule, in Input, each func(*ast.Term) error) error {
	s, err := p.alone(rule)
	if err != nil {
		return err
	}

	m := p.open(ctx, in)
	defer p.close(m)

	m.each = each
	s.evaluate(m)
	switch {
	case m.eachErr != nil:
		return m.eachErr
	case m.err != nil:
		return declined(ctx, m.err)
	}

	return nil
}

// Why says why rules are left to topdown, nil if they are not.
func (p *Program) Why(path ast.Ref) error {
	_, err := p.ready(path)
	return err
}

func declined(ctx context.Context, why error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrDeclined, why)
}

// ready is the group of a path, compiled.
func (p *Program) ready(path ast.Ref) (*group, error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	g := p.group(path)
	if g.unknown != nil {
		return nil, fmt.Errorf("%w: %w", ErrDeclined, g.unknown)
	}
	if g.kind == function {
		return nil, fmt.Errorf("%w: %v is a function", ErrDeclined, path)
	}
	return g, nil
}

// single is one rule of a set by itself.
type single struct {
	group *group
	body  step
}

func (p *Program) alone(r *ast.Rule) (*single, error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	if s := p.single[r]; s != nil {
		return s, nil
	}

	g := &group{program: p, number: p.count, kind: set, slots: map[ast.Var]int{}}
	p.count++

	s := &single{group: g}
	compile := func() {
		if r.Head.RuleKind() != ast.MultiValue || len(r.Head.Args) > 0 || !r.Ref().IsGround() {
			unknown("%v is no rule of a set", r.Ref())
		}
		s.body = g.rule(r, emit).body
	}
	if err := guard(compile); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDeclined, err)
	}

	p.single[r] = s
	return s, nil
}

func (s *single) evaluate(m *machine) { s.body(m, m.frame(s.group)) }

// emit is the end of a rule that is asked by itself.
func emit(_ *group, head head) step {
	return func(m *machine, f *frame) bool {
		entry := head.key(m, f)
		if entry == nil {
			return true
		}
		m.eachErr = m.each(entry)
		return m.eachErr == nil
	}
}
