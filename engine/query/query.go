// Package query asks compiled policies about an input, and reads their answers.
//
// Policies are asked through OPA's topdown, not through its package rego, so that
// answers stay OPA's values: a set of 100,000 subjects is not copied into Go's maps
// and lists.
package query

import (
	"context"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Query is a compiled query for some of a control's sets.
type Query struct {
	compiler *ast.Compiler
	store    storage.Store // empty: policies see the input and nothing else
	body     ast.Body
}

// Input is what one query sees.
type Input struct {
	Value ast.Value
	// Cache holds what rules are known to give for this input, and takes what they
	// are found to give; nil: an empty one.
	Cache topdown.VirtualCache
}

// Prepare makes one query over the sets of a control that exist.
func Prepare(compiler *ast.Compiler, pkg ast.Ref, sets ...string) (Query, error) {
	var parts []string
	for _, set := range sets {
		if ref := pkg.Append(ast.StringTerm(set)); len(compiler.GetRulesExact(ref)) > 0 {
			parts = append(parts, set+" = "+ref.String())
		}
	}

	body, err := ast.ParseBody(strings.Join(parts, "; "))
	if err != nil {
		return Query{}, err
	}

	body, err = compiler.QueryCompiler().Compile(body)
	return Query{compiler: compiler, store: inmem.New(), body: body}, err
}

// Ask asks the query once. An error is the policy's, but for ctx's own.
func (q Query) Ask(ctx context.Context, in Input) (Answer, error) {
	var sets topdown.QueryResult
	err := q.Each(ctx, q.body, in, func(r topdown.QueryResult) error {
		if sets != nil {
			return fmt.Errorf("the policy has more than one result")
		}
		sets = r
		return nil
	})

	switch {
	case err != nil:
		return Answer{}, err
	case sets == nil:
		return Answer{}, fmt.Errorf("the policy has no result")
	}

	return parse(sets)
}

// Each asks a body over the rules of the query, and hands over its results.
func (q Query) Each(
	ctx context.Context, body ast.Body, in Input, each func(topdown.QueryResult) error,
) error {
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()

	txn, err := q.store.NewTransaction(ctx)
	if err != nil {
		return err
	}
	defer q.store.Abort(ctx, txn)

	cache := in.Cache
	if cache == nil {
		cache = topdown.NewVirtualCache()
	}

	return topdown.NewQuery(body).
		WithCompiler(q.compiler).
		WithStore(q.store).
		WithTransaction(txn).
		WithCancel(cancel).
		WithInput(ast.NewTerm(in.Value)).
		WithStrictBuiltinErrors(true).
		WithVirtualCache(cache).
		Iter(ctx, each)
}
