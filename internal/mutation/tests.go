package mutation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/engine/policyset"
)

// OPA's tester runs every test, with a trace, to say which of its cases fail. Of a mutant
// we ask only whether anything fails, hundreds of times for each policy. So a test is asked
// here without a trace, and compared with what it says of the unbroken policy, where it
// passes; and the first that differs is enough.

// suite is the tests of a policy.
type suite []*test

// test is one test, or the cases under one name.
type test struct {
	ref    ast.Ref      // "data.acme.keys_test.test_cases"
	answer string       // what it says of the unbroken policy: true, or its cases
	kills  atomic.Int64 // how many mutants it noticed
}

// testTime is how long one test of a mutant may take. One that takes longer has
// noticed.
const testTime = 20 * time.Second

// testsIn finds the tests in some modules, and asks them about the unbroken policy, while a
// tracer looks on.
func testsIn(
	ctx context.Context, modules map[string]*ast.Module, watching topdown.QueryTracer,
) (all suite, err error) {
	for file, m := range modules {
		if !isTestFile(file) {
			continue
		}
		for _, r := range m.Rules {
			if name := r.Head.Ref()[0].Value.(ast.Var); strings.HasPrefix(string(name), "test_") {
				all = append(all, &test{ref: m.Package.Path.Append(ast.StringTerm(string(name)))})
			}
		}
	}
	slices.SortFunc(all, func(a, b *test) int { return a.ref.Compare(b.ref) })
	all = slices.CompactFunc(all, func(a, b *test) bool { return a.ref.Equal(b.ref) })

	compiler, err := compile(modules)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.answer, err = t.ask(ctx, compiler, watching); err != nil {
			return nil, fmt.Errorf("%v: %w", t.ref, err)
		}
	}
	return all, nil
}

func isTestFile(name string) bool { return strings.HasSuffix(name, "_test.rego") }

// compile compiles modules as the engine does, without the checks that only tell an
// author of mistakes: a mutant is one. It changes the modules.
func compile(modules map[string]*ast.Module) (*ast.Compiler, error) {
	compiler := ast.NewCompiler().WithCapabilities(policyset.ParserOptions().Capabilities)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compiler.Errors
	}
	return compiler, nil
}

// ask is what a test says, as text; "" if it fails.
func (t *test) ask(
	ctx context.Context, compiler *ast.Compiler, watching topdown.QueryTracer,
) (answer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	stop := topdown.NewCancel()
	defer context.AfterFunc(ctx, stop.Cancel)()

	said := ast.VarTerm("said")
	body, err := compiler.QueryCompiler().Compile(ast.NewBody(ast.Equality.Expr(said, ast.NewTerm(t.ref))))
	if err != nil {
		return "", err
	}

	store := inmem.New() // empty: policies see the input of the test and nothing else
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return "", err
	}
	defer store.Abort(ctx, txn)

	query := topdown.NewQuery(body).WithCompiler(compiler).WithStore(store).WithTransaction(txn).
		WithCancel(stop).WithStrictBuiltinErrors(true)
	if watching != nil {
		query = query.WithQueryTracer(watching)
	}
	err = query.Iter(ctx, func(r topdown.QueryResult) error {
		answer = r[said.Value.(ast.Var)].String()
		return nil
	})
	return answer, err
}

// notice reports whether some test says something else of a broken policy. One that
// stops with an error, or takes too long, has noticed. Those that noticed most of the
// mutants before are asked first.
func (all suite) notice(ctx context.Context, broken *ast.Compiler) bool {
	kills := map[*test]int64{}
	for _, t := range all {
		kills[t] = t.kills.Load()
	}
	inOrder := slices.Clone(all)
	slices.SortStableFunc(inOrder, func(a, b *test) int { return cmp.Compare(kills[b], kills[a]) })

	for _, t := range inOrder {
		if answer, err := t.ask(ctx, broken, nil); err != nil || answer != t.answer {
			t.kills.Add(1)
			return true
		}
	}
	return false
}
