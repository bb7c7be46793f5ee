package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/engine/evaluator"
)

// Answer is what a control's policy says, before the gate.
type Answer struct {
	Subjects []string
	Pass     map[string]bool
	Fail     map[string]Violation // by subject
}

// Violation is what fail says about one subject; several entries are merged.
type Violation struct {
	Messages           []string
	Observed, Expected []any
	Evidence           []string
}

// parse reads the sets of a control.
func parse(sets topdown.QueryResult) (Answer, error) {
	a := Answer{Pass: map[string]bool{}, Fail: map[string]Violation{}}
	var err error
	if a.Subjects, err = texts(sets["subjects"]); err != nil {
		return a, fmt.Errorf("subjects: %w", err)
	}

	pass, err := texts(sets["pass"])
	if err != nil {
		return a, fmt.Errorf("pass: %w", err)
	}
	for _, s := range pass {
		a.Pass[s] = true
	}

	for _, entry := range elements(sets["fail"]) {
		if err := a.AddFail(entry); err != nil {
			return a, fmt.Errorf("fail: %w", err)
		}
	}

	return a, nil
}

// Rows asks a query over one set of any values, its program first, and returns them as plain JSON
// values in an order that follows from them alone.
func (q Query) Rows(ctx context.Context, in Input, set string) ([]any, error) {
	rows := []any{}
	take := func(r topdown.QueryResult) error {
		for _, element := range elements(r[ast.Var(set)]) {
			plain, err := ast.JSON(element.Value)
			if err != nil {
				return err
			}
			rows = append(rows, plain)
		}
		return nil
	}

	err := evaluator.ErrDeclined
	if q.direct != nil {
		var sets topdown.QueryResult
		if sets, err = q.askDirectly(ctx, in); err == nil {
			err = take(sets)
		}
	}
	if errors.Is(err, evaluator.ErrDeclined) {
		err = q.Each(ctx, q.body, in, take)
	}

	slices.SortFunc(rows, func(a, b any) int { return strings.Compare(encode(a), encode(b)) })
	return rows, err
}

// AddFail adds one entry of fail: an object with the strings "subject" and
// "message", and optionally "observed", "expected" and a list "evidence".
func (a *Answer) AddFail(entry *ast.Term) error {
	if _, isObject := entry.Value.(ast.Object); !isObject {
		return fmt.Errorf(`%v is not an object {"subject", "message", …}`, entry)
	}

	subject, okSubject := member(entry, "subject").(ast.String)
	message, okMessage := member(entry, "message").(ast.String)
	if !okSubject || !okMessage {
		return fmt.Errorf(`an entry needs "subject" and "message" strings`)
	}

	evidence, err := texts(entry.Get(ast.StringTerm("evidence")))
	if err != nil {
		return fmt.Errorf("evidence of %s: %w", string(subject), err)
	}

	v := a.Fail[string(subject)]
	v.Messages = append(v.Messages, string(message))
	v.Evidence = append(v.Evidence, evidence...)
	for name, list := range map[string]*[]any{"observed": &v.Observed, "expected": &v.Expected} {
		given := member(entry, name)
		if given == nil {
			continue
		}

		plain, err := ast.JSON(given)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", name, string(subject), err)
		}
		*list = append(*list, plain)
	}

	a.Fail[string(subject)] = v
	return nil
}

// With merges what two rules say about one subject.
func (v Violation) With(o Violation) Violation {
	return Violation{
		Messages: slices.Concat(v.Messages, o.Messages),
		Observed: slices.Concat(v.Observed, o.Observed),
		Expected: slices.Concat(v.Expected, o.Expected),
		Evidence: slices.Concat(v.Evidence, o.Evidence),
	}
}

// Add merges the answer about other documents. That both say something of one
// subject is an error: two entries of fail that are the same one are one.
func (a *Answer) Add(o Answer) error {
	for subject := range o.Fail {
		if _, twice := a.Fail[subject]; twice {
			return fmt.Errorf("%s fails in two parts", subject)
		}
	}

	a.Subjects = append(a.Subjects, o.Subjects...)
	maps.Copy(a.Pass, o.Pass)
	maps.Copy(a.Fail, o.Fail)
	return nil
}

// Check refuses a verdict on something that is no subject.
func (a *Answer) Check() error {
	known := make(map[string]bool, len(a.Subjects))
	for _, s := range a.Subjects {
		known[s] = true
	}

	isUnknown := func(s string) bool { return !known[s] }
	if s, found := First(a.Pass, isUnknown); found {
		return fmt.Errorf("pass holds %s, which is no subject", s)
	}
	if s, found := First(a.Fail, isUnknown); found {
		return fmt.Errorf("fail holds %s, which is no subject", s)
	}

	return nil
}

// First is the lowest key for which is holds: of several, the same one every time.
func First[V any](m map[string]V, is func(string) bool) (key string, found bool) {
	for k := range m {
		if is(k) && (!found || k < key) {
			key, found = k, true
		}
	}
	return key, found
}

// member is a property of an object, nil if it is not there.
func member(object *ast.Term, name string) ast.Value {
	if t := object.Get(ast.StringTerm(name)); t != nil {
		return t.Value
	}
	return nil
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

// One is the value of a list of one, the list itself otherwise, in an order that
// depends on its elements alone; numbers keep their digits.
func One(list []any) any {
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
