package engine

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/collectors/snapshot"
)

// index is a rule that does nothing but number the documents of a dataset by a
// property,
//
//	by_id := {id: i | id := input.entra.users[i]._id}
//
// which is how controls look documents up. It is made here, once for all
// controls, and not by topdown, which takes three times as long.
type index struct {
	rule     ast.Ref
	dataset  string
	property []*ast.Term // its path in a document
	key      string      // of dataset and property
	byID     bool        // by _id, and nothing but looked up in: see Documents.Positions
}

// indexes finds all rules that are an index.
func indexes(compiler *ast.Compiler) (found []index) {
	for _, module := range compiler.Modules {
		for _, rule := range module.Rules {
			if x, is := newIndex(compiler, rule); is {
				if len(x.property) == 1 && x.property[0].Equal(idTerm) && x.lookedUp(compiler) {
					x.byID, x.key = true, x.key+" looked up"
				}
				found = append(found, x)
			}
		}
	}

	return found
}

var idTerm = ast.StringTerm("_id")

// lookedUp reports whether rules ask the index for keys, and never for itself.
func (x index) lookedUp(compiler *ast.Compiler) bool {
	only := true
	ask := func(r ast.Ref) bool {
		if r.HasPrefix(ast.DefaultRootRef) && len(r) <= len(x.rule) {
			only = only && !slices.ContainsFunc(compiler.GetRulesDynamic(r), func(rule *ast.Rule) bool { return rule.Ref().Equal(x.rule) })
		}
		return !only
	}

	for _, module := range compiler.Modules {
		for _, rule := range module.Rules {
			ast.WalkRefs(rule, ask)
		}
	}

	return only
}

// newIndex reports whether a compiled rule is an index. The compiler has it as
// name := v if v = {k: i | k = input.area.leaf[i].property}.
func newIndex(compiler *ast.Compiler, rule *ast.Rule) (index, bool) {
	x := index{rule: rule.Ref()}
	head := rule.Head
	if rule.Default || rule.Else != nil || len(head.Args) > 0 || head.RuleKind() != ast.SingleValue || !x.rule.IsGround() || len(compiler.GetRulesExact(x.rule)) != 1 || len(rule.Body) != 1 {
		return x, false
	}

	value, made := equated(rule.Body[0])
	if made == nil || !value.Equal(head.Value) {
		return x, false
	}

	all, is := made.Value.(*ast.ObjectComprehension)
	if !is || len(all.Body) != 1 {
		return x, false
	}

	key, from := equated(all.Body[0])
	if from == nil || !key.Equal(all.Key) || key.Equal(all.Value) {
		return x, false
	}

	ref, is := from.Value.(ast.Ref)
	return x, is && x.reads(ref, all.Value)
}

// reads takes input.area.leaf[i].property apart.
func (x *index) reads(ref ast.Ref, i *ast.Term) bool {
	if len(ref) < 5 || !ref.HasPrefix(ast.InputRootRef) || !ref[3].Equal(i) {
		return false
	}
	if _, is := i.Value.(ast.Var); !is {
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

	return isText && alsoText && snapshot.Schemas()[x.dataset] != nil // no list of the client's or the fleet's
}

// equated takes v = x apart; x is nil where an expression is anything else.
func equated(e *ast.Expr) (v, x *ast.Term) {
	if e.Negated || len(e.With) > 0 || !e.IsEquality() {
		return nil, nil
	}
	if _, is := e.Operand(0).Value.(ast.Var); !is {
		return nil, nil
	}
	return e.Operand(0), e.Operand(1)
}

// of makes the index of some documents; nil where two have the same property,
// which is an error that topdown words.
func (x index) of(documents *ast.Array) *ast.Term {
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

// indexCache is the cache of one query, which answers for the rules that are an
// index.
type indexCache struct {
	topdown.VirtualCache
	indexes []index
	made    func(index) *ast.Term // nil where it cannot be made
}

// Get is topdown.VirtualCache's.
func (c indexCache) Get(rule ast.Ref) (*ast.Term, bool) {
	known, undefined := c.VirtualCache.Get(rule)
	if known != nil || undefined {
		return known, undefined
	}

	for _, x := range c.indexes {
		if n := len(x.rule); n != len(rule) || rule[n-1].Value != x.rule[n-1].Value || !rule.Equal(x.rule) {
			continue
		}
		if t := c.made(x); t != nil {
			c.Put(rule, t)
			return t, false
		}
	}

	return nil, false
}

// indexed is an index of the dataset as a whole, made once.
func (d *dataset) indexed(x index) *ast.Term {
	d.indexing.Lock()
	defer d.indexing.Unlock()

	t, done := d.indexes[x.key]
	if !done {
		if d.indexes == nil {
			d.indexes = map[string]*ast.Term{}
		}
		if x.byID {
			t = d.documents.Positions()
		} else {
			t = x.of(d.documents.Array)
		}
		d.indexes[x.key] = t
	}

	return t
}
