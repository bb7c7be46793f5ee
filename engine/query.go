package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// query is a compiled query for some of a control's sets. It is asked through
// topdown, not through package rego, so that answers stay OPA's values: a set
// of 100,000 subjects is not copied into Go's maps and lists.
type query struct {
	compiler *ast.Compiler
	store    storage.Store // empty: policies see the input and nothing else
	body     ast.Body
	indexes  []index
}

// input is what one query sees: the document, and the indexes of it.
type input struct {
	value ast.Value
	index func(index) *ast.Term
}

// prepare makes one query over the sets of a control that exist.
func prepare(compiler *ast.Compiler, known []index, pkg ast.Ref, sets ...string) (query, error) {
	var parts []string
	for _, set := range sets {
		if ref := pkg.Append(ast.StringTerm(set)); len(compiler.GetRulesExact(ref)) > 0 {
			parts = append(parts, set+" = "+ref.String())
		}
	}

	body, err := ast.ParseBody(strings.Join(parts, "; "))
	if err != nil {
		return query{}, err
	}

	body, err = compiler.QueryCompiler().Compile(body)
	return query{compiler: compiler, store: inmem.New(), body: body, indexes: known}, err
}

// eval asks the query once and returns the sets by name.
func (q query) eval(ctx context.Context, in input) (sets map[ast.Var]*ast.Term, err error) {
	err = q.run(ctx, q.body, in, topdown.NewVirtualCache(), func(r topdown.QueryResult) error {
		if sets != nil {
			return fmt.Errorf("the policy has more than one result")
		}
		sets = r
		return nil
	})
	if err == nil && sets == nil {
		err = fmt.Errorf("the policy has no result")
	}
	return sets, err
}

// run asks a body over the rules of the query. cache may hold what another body
// made of the same input.
func (q query) run(ctx context.Context, body ast.Body, in input, cache topdown.VirtualCache, each func(topdown.QueryResult) error) error {
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()

	txn, err := q.store.NewTransaction(ctx)
	if err != nil {
		return err
	}
	defer q.store.Abort(ctx, txn)

	return topdown.NewQuery(body).WithCompiler(q.compiler).WithStore(q.store).WithTransaction(txn).
		WithCancel(cancel).WithInput(ast.NewTerm(in.value)).WithStrictBuiltinErrors(true).
		WithVirtualCache(indexCache{cache, q.indexes, in.index}).Iter(ctx, each)
}

// answer is what a control's policy says, before the gate.
type answer struct {
	subjects []string
	pass     map[string]bool
	fail     map[string]violation
}

// violation is what fail says about one subject; several entries are merged.
type violation struct {
	messages           []string
	observed, expected []any
	evidence           []string
}

// ask evaluates a control's query over one or more inputs whose answers add
// up. Its error is the control's, not the run's.
func (c *control) ask(ctx context.Context, inputs ...input) (answer, error) {
	parts := make([]answer, len(inputs)) // each element is written by one goroutine
	jobs := make([]func(context.Context) error, len(inputs))
	for i, in := range inputs {
		jobs[i] = func(ctx context.Context) error {
			sets, err := c.query.eval(ctx, in)
			if err == nil {
				parts[i], err = parseAnswer(sets)
			}
			return err
		}
	}

	if err := sideBySide(ctx, len(jobs), jobs); err != nil {
		return answer{}, err
	}

	a := parts[0]
	for _, part := range parts[1:] {
		if err := a.add(part); err != nil {
			return answer{}, err
		}
	}

	return a, a.check()
}

// askSubjects asks for the subjects alone: where the whole query fails, they
// are undetermined.
func (c *control) askSubjects(ctx context.Context, in input) answer {
	sets, err := c.subjectsOnly.eval(ctx, in)
	if err != nil {
		return answer{}
	}

	a, err := parseAnswer(sets)
	if err != nil {
		return answer{}
	}

	return a
}

// add merges the answer about other documents. That both say something of one
// subject is an error: two entries of fail that are the same one are one.
func (a *answer) add(o answer) error {
	for subject := range o.fail {
		if _, twice := a.fail[subject]; twice {
			return fmt.Errorf("%s fails in two parts", subject)
		}
	}

	a.subjects = append(a.subjects, o.subjects...)
	maps.Copy(a.pass, o.pass)
	maps.Copy(a.fail, o.fail)

	return nil
}

func parseAnswer(sets map[ast.Var]*ast.Term) (answer, error) {
	a := answer{pass: map[string]bool{}, fail: map[string]violation{}}
	var err error
	if a.subjects, err = texts(sets["subjects"]); err != nil {
		return a, fmt.Errorf("subjects: %w", err)
	}

	pass, err := texts(sets["pass"])
	if err != nil {
		return a, fmt.Errorf("pass: %w", err)
	}

	for _, s := range pass {
		a.pass[s] = true
	}

	for _, entry := range elements(sets["fail"]) {
		if err := a.addFail(entry); err != nil {
			return a, fmt.Errorf("fail: %w", err)
		}
	}

	return a, nil
}

func (a *answer) addFail(entry *ast.Term) error {
	text := func(name string) (string, bool) {
		s, ok := get(entry, name).(ast.String)
		return string(s), ok
	}

	if _, isObject := entry.Value.(ast.Object); !isObject {
		return fmt.Errorf(`%v is not an object {"subject", "message", …}`, entry)
	}

	subject, okSubject := text("subject")
	message, okMessage := text("message")
	if !okSubject || !okMessage {
		return fmt.Errorf(`an entry needs "subject" and "message" strings`)
	}

	evidence, err := texts(entry.Get(ast.StringTerm("evidence")))
	if err != nil {
		return fmt.Errorf("evidence of %s: %w", subject, err)
	}

	v := a.fail[subject]
	v.messages = append(v.messages, message)
	v.evidence = append(v.evidence, evidence...)
	for name, list := range map[string]*[]any{"observed": &v.observed, "expected": &v.expected} {
		found := get(entry, name)
		if found == nil {
			continue
		}

		plain, err := ast.JSON(found)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", name, subject, err)
		}

		*list = append(*list, plain)
	}

	a.fail[subject] = v
	return nil
}

// get is a property of an object, nil if it is not there.
func get(object *ast.Term, name string) ast.Value {
	if t := object.Get(ast.StringTerm(name)); t != nil {
		return t.Value
	}
	return nil
}

// check refuses a verdict on something that is no subject.
func (a *answer) check() error {
	known := make(map[string]bool, len(a.subjects))
	for _, s := range a.subjects {
		known[s] = true
	}

	unknown := func(s string) bool { return !known[s] }
	if s, found := first(a.pass, unknown); found {
		return fmt.Errorf("pass holds %s, which is no subject", s)
	}
	if s, found := first(a.fail, unknown); found {
		return fmt.Errorf("fail holds %s, which is no subject", s)
	}

	return nil
}

// first is the lowest key that is so: of all that are, the same one every time.
func first[V any](m map[string]V, is func(string) bool) (key string, found bool) {
	for k := range m {
		if is(k) && (!found || k < key) {
			key, found = k, true
		}
	}
	return key, found
}

// elements are those of a set or an array; nil has none.
func elements(t *ast.Term) (list []*ast.Term) {
	if t == nil {
		return nil
	}
	switch v := t.Value.(type) {
	case ast.Set:
		return v.Slice()
	case *ast.Array:
		v.Foreach(func(e *ast.Term) { list = append(list, e) })
	}

	return list
}

// texts reads a set or an array of strings, sorted; nil is the empty one.
func texts(t *ast.Term) ([]string, error) {
	if t == nil {
		return nil, nil
	}

	switch t.Value.(type) {
	case ast.Set, *ast.Array:
	default:
		return nil, fmt.Errorf("%v is not a list", t)
	}

	var out []string
	for _, e := range elements(t) {
		s, ok := e.Value.(ast.String)
		if !ok {
			return nil, fmt.Errorf("%v is not a string", e)
		}
		out = append(out, string(s))
	}

	slices.Sort(out)
	return out, nil
}

// one is the value of a list of one, the list itself otherwise; numbers keep
// their digits.
func one(list []any) any {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}

	slices.SortFunc(list, func(a, b any) int { return strings.Compare(encode(a), encode(b)) })
	return list
}

func encode(v any) string {
	b, _ := json.Marshal(v) // values from OPA always encode
	return string(b)
}
