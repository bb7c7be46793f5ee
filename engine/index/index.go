// Package index makes the rules that do nothing but number the documents of a
// dataset by a property,
//
//	by_id := {id: i | id := input.entra.users[i]._id}
//
// which is how controls look documents up. They are made here, once for all
// controls that ask, and not by OPA's topdown, which takes three times as long and
// makes them anew for each control.
package index

import (
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
)

// Index is one such rule.
type Index struct {
	rule     ast.Ref
	dataset  string
	property []*ast.Term // its path in a document
	key      string      // of dataset and property
	// OnlyIDs: it is by _id, and rules only ask it for keys, so that the list of ids
	// that the documents have anyway will do: see [decode.Documents.Positions].
	OnlyIDs bool
}

// Find finds all rules that are an index.
func Find(compiler *ast.Compiler) (found []Index) {
	for _, module := range compiler.Modules {
		for _, rule := range module.Rules {
			x, is := newIndex(compiler, rule)
			if !is {
				continue
			}
			if len(x.property) == 1 && x.property[0].Equal(idTerm) && x.isOnlyAskedForKeys(compiler) {
				x.OnlyIDs, x.key = true, x.key+" only ids"
			}
			found = append(found, x)
		}
	}

	return found
}

var idTerm = ast.StringTerm("_id")

// isOnlyAskedForKeys reports whether no rule refers to the index itself.
func (x Index) isOnlyAskedForKeys(compiler *ast.Compiler) bool {
	only := true
	visit := func(r ast.Ref) bool {
		if r.HasPrefix(ast.DefaultRootRef) && len(r) <= len(x.rule) {
			isItself := func(rule *ast.Rule) bool { return rule.Ref().Equal(x.rule) }
			only = only && !slices.ContainsFunc(compiler.GetRulesDynamic(r), isItself)
		}
		return !only
	}

	for _, module := range compiler.Modules {
		for _, rule := range module.Rules {
			ast.WalkRefs(rule, visit)
		}
	}

	return only
}

// newIndex reports whether a compiled rule is an index. The compiler has it as
// name := v if v = {k: i | k = input.area.leaf[i].property}.
func newIndex(compiler *ast.Compiler, rule *ast.Rule) (Index, bool) {
	x := Index{rule: rule.Ref()}
	head := rule.Head
	alone := len(compiler.GetRulesExact(x.rule)) == 1 && !rule.Default && rule.Else == nil
	plain := len(head.Args) == 0 && head.RuleKind() == ast.SingleValue && x.rule.IsGround()
	if !alone || !plain || len(rule.Body) != 1 {
		return x, false
	}

	value, made := equated(rule.Body[0])
	if made == nil || !value.Equal(head.Value) {
		return x, false
	}

	all, is := made.Value.(*ast.ObjectComprehension)
	return x, is && x.numbers(all)
}

// numbers reports whether an object is {k: i | k = input.area.leaf[i].property}.
func (x *Index) numbers(all *ast.ObjectComprehension) bool {
	if len(all.Body) != 1 {
		return false
	}

	key, from := equated(all.Body[0])
	if from == nil || !key.Equal(all.Key) || key.Equal(all.Value) {
		return false
	}

	ref, is := from.Value.(ast.Ref)
	return is && x.reads(ref, all.Value)
}

// reads takes input.area.leaf[i].property apart.
func (x *Index) reads(ref ast.Ref, i *ast.Term) bool {
	_, isVar := i.Value.(ast.Var)
	if !isVar || len(ref) < 5 || !ref.HasPrefix(ast.InputRootRef) || !ref[3].Equal(i) {
		return false
	}

	area, isText := ref[1].Value.(ast.String)
	leaf, alsoText := ref[2].Value.(ast.String)
	x.dataset, x.property, x.key = string(area)+"."+string(leaf), ref[4:], ref[1:].String()
	for _, name := range x.property {
		if _, is := name.Value.(ast.String); !is {
			return false
		}
	}

	isDataset := snapshot.Schemas()[x.dataset] != nil // and no list of the client's or the fleet's
	return isText && alsoText && isDataset
}

// equated takes v = x apart; x is nil where an expression is anything else.
func equated(e *ast.Expr) (v, x *ast.Term) {
	if e.Negated || len(e.With) > 0 || !e.IsEquality() {
		return nil, nil
	}
	if _, isVar := e.Operand(0).Value.(ast.Var); !isVar {
		return nil, nil
	}
	return e.Operand(0), e.Operand(1)
}

// of makes the index of some documents; nil where two have the same property,
// which is an error that topdown words.
func (x Index) of(documents *ast.Array) *ast.Term {
	var parts [][2]*ast.Term
	if documents != nil {
		parts = make([][2]*ast.Term, 0, documents.Len())
		for i := range documents.Len() {
			if key := descend(documents.Elem(i), x.property); key != nil {
				parts = append(parts, [2]*ast.Term{key, ast.InternedTerm(i)})
			}
		}
	}

	made := ast.NewObject(parts...)
	for _, part := range parts {
		if made.Get(part[0]) != part[1] {
			return nil
		}
	}

	return ast.NewTerm(made)
}

// descend is the value at a path of names, nil where there is none.
func descend(t *ast.Term, path []*ast.Term) *ast.Term {
	for _, name := range path {
		object, is := t.Value.(ast.Object)
		if !is {
			return nil
		}
		if t = object.Get(name); t == nil {
			return nil
		}
	}
	return t
}

// Made are the indexes of one evaluation, each made once for all controls, and what rules of
// libraries gave.
type Made struct {
	mu     sync.Mutex
	terms  map[string]*ast.Term // by Index.key
	common topdown.VirtualCache // of the rules that are [Common]
}

// Cache is the cache of one query over some documents, which answers for the rules
// that are an index, and for those of libraries that another control has asked. seen are the
// documents of each dataset that the query sees, and decoded all of them: where the two are the
// same, the index is shared by all controls; where they are of each dataset, so are libraries.
func (m *Made) Cache(
	all []Index, common *Common, seen map[string]*ast.Array, decoded map[string]*decode.Documents,
) topdown.VirtualCache {
	seesAll := len(seen) == len(decoded)
	for name, docs := range decoded {
		seesAll = seesAll && docs.Array == seen[name]
	}
	if !seesAll {
		common = nil
	}

	return &cache{VirtualCache: topdown.NewVirtualCache(), all: m, common: common, indexes: all,
		made: func(x Index) *ast.Term {
			if docs := decoded[x.dataset]; docs != nil && docs.Array == seen[x.dataset] {
				return m.term(x, docs)
			}
			return x.of(seen[x.dataset])
		}}
}

// known is what a library's rule gave some control.
func (m *Made) known(rule ast.Ref) (known *ast.Term, undefined bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.common == nil {
		return nil, false
	}
	return m.common.Get(rule)
}

func (m *Made) keep(rule ast.Ref, value *ast.Term) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.common == nil {
		m.common = topdown.NewVirtualCache()
	}
	m.common.Put(rule, value)
}

func (m *Made) term(x Index, docs *decode.Documents) *ast.Term {
	m.mu.Lock()
	defer m.mu.Unlock()

	t, done := m.terms[x.key]
	if done {
		return t
	}

	if x.OnlyIDs {
		t = docs.Positions()
	} else {
		t = x.of(docs.Array)
	}

	if m.terms == nil {
		m.terms = map[string]*ast.Term{}
	}
	m.terms[x.key] = t
	return t
}

// cache is topdown's cache of what rules give, filled with indexes when asked.
type cache struct {
	topdown.VirtualCache
	all     *Made
	common  *Common // nil: nothing is shared
	indexes []Index
	made    func(Index) *ast.Term // nil where it cannot be made

	// within is how many "with" the query is in: what rules give there is of another input.
	within int
}

// Push is topdown.VirtualCache's.
func (c *cache) Push() {
	c.within++
	c.VirtualCache.Push()
}

// Pop is topdown.VirtualCache's.
func (c *cache) Pop() {
	c.within--
	c.VirtualCache.Pop()
}

// Put is topdown.VirtualCache's.
func (c *cache) Put(rule ast.Ref, value *ast.Term) {
	c.VirtualCache.Put(rule, value)
	if c.isCommon(rule) {
		c.all.keep(rule, value)
	}
}

func (c *cache) isCommon(rule ast.Ref) bool {
	return c.common != nil && c.within == 0 && c.common.has(rule)
}

// Get is topdown.VirtualCache's.
func (c *cache) Get(rule ast.Ref) (*ast.Term, bool) {
	known, undefined := c.VirtualCache.Get(rule)
	if known != nil || undefined {
		return known, undefined
	}

	if c.isCommon(rule) {
		if known, undefined = c.all.known(rule); known != nil || undefined {
			c.VirtualCache.Put(rule, known)
			return known, undefined
		}
	}

	for _, x := range c.indexes {
		n := len(x.rule)
		if n != len(rule) || rule[n-1].Value != x.rule[n-1].Value || !rule.Equal(x.rule) {
			continue
		}
		if t := c.made(x); t != nil {
			c.Put(rule, t)
			return t, false
		}
	}

	return nil, false
}
