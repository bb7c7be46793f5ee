package evaluator

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// shortcuts are built-in functions that policies call for each document. They give nil for what
// they leave to topdown's, which for some operands is an error.
var shortcuts = map[string]func(args []*ast.Term) *ast.Term{
	"internal.member_2": member,
	"neq":               func(args []*ast.Term) *ast.Term { return truthOf(!equal(args[0], args[1])) },
	"equal":             func(args []*ast.Term) *ast.Term { return truthOf(equal(args[0], args[1])) },
	"gt":                func(args []*ast.Term) *ast.Term { return truthOf(args[0].Value.Compare(args[1].Value) > 0) },
	"gte":               func(args []*ast.Term) *ast.Term { return truthOf(args[0].Value.Compare(args[1].Value) >= 0) },
	"lt":                func(args []*ast.Term) *ast.Term { return truthOf(args[0].Value.Compare(args[1].Value) < 0) },
	"lte":               func(args []*ast.Term) *ast.Term { return truthOf(args[0].Value.Compare(args[1].Value) <= 0) },
	"lower":             lower,
	"count":             count,
	"is_string":         func(args []*ast.Term) *ast.Term { return isOf[ast.String](args[0]) },
	"is_boolean":        func(args []*ast.Term) *ast.Term { return isOf[ast.Boolean](args[0]) },
	"is_number":         func(args []*ast.Term) *ast.Term { return isOf[ast.Number](args[0]) },
	"is_null":           func(args []*ast.Term) *ast.Term { return isOf[ast.Null](args[0]) },
	"is_object":         func(args []*ast.Term) *ast.Term { return isOf[ast.Object](args[0]) },
	"startswith":        startsWith,
	"endswith":          endsWith,
	"is_array":          func(args []*ast.Term) *ast.Term { return isOf[*ast.Array](args[0]) },
}

func isOf[T ast.Value](t *ast.Term) *ast.Term {
	_, is := t.Value.(T)
	return truthOf(is)
}

// member is x in collection.
func member(args []*ast.Term) *ast.Term {
	switch of := args[1].Value.(type) {
	case ast.Set:
		return truthOf(of.Contains(args[0]))
	case *ast.Array:
		for i := range of.Len() {
			if equal(of.Elem(i), args[0]) {
				return truth
			}
		}
		return falsehood
	}
	return nil
}

// lower gives a text that is in lower case already back as it is.
func lower(args []*ast.Term) *ast.Term {
	text, isText := args[0].Value.(ast.String)
	if !isText {
		return nil
	}

	low := strings.ToLower(string(text))
	if low == string(text) {
		return args[0]
	}
	return ast.StringTerm(low)
}

func startsWith(args []*ast.Term) *ast.Term { return ofTexts(args, strings.HasPrefix) }

func endsWith(args []*ast.Term) *ast.Term { return ofTexts(args, strings.HasSuffix) }

func ofTexts(args []*ast.Term, is func(a, b string) bool) *ast.Term {
	a, isText := args[0].Value.(ast.String)
	b, alsoText := args[1].Value.(ast.String)
	if !isText || !alsoText {
		return nil
	}
	return truthOf(is(string(a), string(b)))
}

func count(args []*ast.Term) *ast.Term {
	switch of := args[0].Value.(type) {
	case *ast.Array:
		return ast.InternedTerm(of.Len())
	case ast.Set:
		return ast.InternedTerm(of.Len())
	}
	return nil
}
