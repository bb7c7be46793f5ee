package plan

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

type needs struct{ compiler *ast.Compiler }

// rules finds the promises without which none of the rules holds: each rule reads
// something below the attribute, so that a null attribute leaves it undefined.
// A promise that only some rule needs, or that is read under a negation, is not
// among them: without it the set may be empty because evidence is missing.
func (n needs) rules(rules []*ast.Rule) map[string]bool {
	var all map[string]bool
	for _, r := range rules {
		if r.Default || r.Else != nil {
			return nil
		}

		own := n.body(r)

		if all == nil {
			all = own
		}

		maps.DeleteFunc(all, func(name string, _ bool) bool { return !own[name] })
	}

	return all
}

// body are the promises that one rule's body needs. Rules do not recur, so
// this ends.
func (n needs) body(r *ast.Rule) map[string]bool {
	found := map[string]bool{}
	for _, e := range r.Body {
		if e.Negated || len(e.With) > 0 {
			continue
		}
		switch terms := e.Terms.(type) {
		case *ast.Term:
			n.term(terms, found)
		case []*ast.Term:
			for _, t := range terms {
				n.term(t, found)
			}
			if name := attribute(r.Body, terms); name != "" && refusesNull[terms[0].String()] {
				found["client."+name] = true
			}
		}
	}

	return found
}

// refusesNull are the calls that do not hold for null.
var refusesNull = map[string]bool{"is_array": true, "is_object": true, "is_string": true, "is_number": true, "is_boolean": true, "is_set": true}

// attribute is the attribute of input.client that a call of one operand is
// about, "" if none: the operand itself, or a local that the compiler put in its
// place.
func attribute(b ast.Body, call []*ast.Term) string {
	if len(call) != 2 {
		return ""
	}

	operand := call[1].Value
	for _, e := range b {
		if local, ref, ok := assignment(e); ok && operand.Compare(local) == 0 {
			operand = ref
		}
	}

	ref, isRef := operand.(ast.Ref)
	if area, _ := text(ast.Ref(ref), 1); !isRef || area != "client" || len(ref) != 3 || !ref[0].Equal(ast.InputRootDocument) {
		return ""
	}

	name, _ := text(ref, 2)
	return name
}

func (n needs) term(t *ast.Term, found map[string]bool) {
	ref, isRef := t.Value.(ast.Ref)
	if !isRef {
		return
	}

	if area, _ := text(ref, 1); ref[0].Equal(ast.InputRootDocument) && area == "client" && len(ref) > 3 {
		if name, isText := text(ref, 2); isText {
			found["client."+name] = true
		}
	}

	if !ref[0].Equal(ast.DefaultRootDocument) {
		return
	}

	rules := n.compiler.GetRulesExact(ref.GroundPrefix())
	partial := func(r *ast.Rule) bool { return r.Head.RuleKind() == ast.MultiValue || !r.Ref().IsGround() }
	if !slices.ContainsFunc(rules, partial) { // an empty set is a value, too
		maps.Copy(found, n.rules(rules))
	}
}
