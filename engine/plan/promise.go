package plan

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// promiseFinder finds the promises that rules cannot do without. Where such a
// promise was not made, a control does not apply to the client, and no evidence
// has to be asked for.
//
// Example: of
//
//	subjects contains u._subject if {
//		some u in input.entra.users
//		u.country in input.client.fence.countries
//	}
//
// the promise client.fence is needed: for a client without a fence the attribute
// is null, has no countries, and the set is empty.
type promiseFinder struct{ compiler *ast.Compiler }

// neededByAll are the promises without which none of the rules holds. A promise
// that only some rule needs, or that is read under a negation, is not among them:
// without it the set may be empty because evidence is missing.
func (f promiseFinder) neededByAll(rules []*ast.Rule) map[string]bool {
	var all map[string]bool
	for _, r := range rules {
		if r.Default || r.Else != nil {
			return nil
		}

		needed := f.neededBy(r)
		if all == nil {
			all = needed
		}
		maps.DeleteFunc(all, func(name string, _ bool) bool { return !needed[name] })
	}

	return all
}

// neededBy are the promises that one rule's body needs. Rules do not recur, so
// this ends.
func (f promiseFinder) neededBy(r *ast.Rule) map[string]bool {
	needed := map[string]bool{}
	for _, e := range r.Body {
		if e.Negated || len(e.With) > 0 {
			continue
		}

		switch terms := e.Terms.(type) {
		case *ast.Term:
			f.term(terms, needed)
		case []*ast.Term:
			for _, t := range terms {
				f.term(t, needed)
			}
			if name := attribute(r.Body, terms); name != "" && refusesNull[terms[0].String()] {
				needed[name] = true
			}
		}
	}

	return needed
}

// refusesNull are the built-ins that, as a statement, do not hold for null.
var refusesNull = map[string]bool{
	ast.IsArray.Name: true, ast.IsObject.Name: true, ast.IsSet.Name: true,
	ast.IsString.Name: true, ast.IsNumber.Name: true, ast.IsBoolean.Name: true,
}

// attribute is the promise ("client.fence") that a call of one operand is about,
// "" if none: the operand itself, or a local that the compiler put in its place.
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
	if !isRef || len(ref) != 3 {
		return ""
	}
	return promised(ref)
}

// promised is the promise that a reference goes to or below: an attribute of input.client, or one of
// [MSPPromises]; "" if none.
func promised(ref ast.Ref) string {
	area, _ := text(ref, 1)
	name, isText := text(ref, 2)
	if !isText || !ref[0].Equal(ast.InputRootDocument) {
		return ""
	}
	if area == "client" || area == "msp" && slices.Contains(MSPPromises, name) {
		return area + "." + name
	}
	return ""
}

// term adds what a term needs: the attribute that a reference goes below, or what
// all rules need that it refers to.
func (f promiseFinder) term(t *ast.Term, needed map[string]bool) {
	ref, isRef := t.Value.(ast.Ref)
	if !isRef {
		return
	}

	if name := promised(ref); name != "" && len(ref) > 3 {
		needed[name] = true
	}

	if !ref[0].Equal(ast.DefaultRootDocument) {
		return
	}

	rules := f.compiler.GetRulesExact(ref.GroundPrefix())
	isPartial := func(r *ast.Rule) bool { return r.Head.RuleKind() == ast.MultiValue || !r.Ref().IsGround() }
	if !slices.ContainsFunc(rules, isPartial) { // an empty set is a value, too
		maps.Copy(needed, f.neededByAll(rules))
	}
}
