package decode

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/plan"
)

// byNames decodes two documents by name, of different properties, and as OPA's
// objects.
func byNames(t *testing.T) (got, want []*ast.Term) {
	t.Helper()
	read := &plan.Field{}
	for _, name := range []string{"a", "b", "c", "_subject"} {
		read.Name(name).Whole = plan.Plain
	}

	const lines = `{"id":"x","spec":{"a":1,"b":[2],"z":3}}
{"id":"y","spec":{"a":"1","c":{"k":null}}}
`
	docs, err := Compile(dataset, read, nil).Read(holding([]byte(lines)))
	if err != nil {
		t.Fatal(err)
	}

	docs.Array.Foreach(func(d *ast.Term) { got = append(got, d) })
	subject := func(id string) string { return docs.Subject(map[string]int{"x": 0, "y": 1}[id]) }
	return got, []*ast.Term{
		ast.MustParseTerm(fmt.Sprintf(`{"a": 1, "b": [2], "_subject": %q}`, subject("x"))),
		ast.MustParseTerm(fmt.Sprintf(`{"a": "1", "c": {"k": null}, "_subject": %q}`, subject("y"))),
	}
}

// TestDocument: a document answers as OPA's object of the same properties does.
func TestDocument(t *testing.T) {
	docs, plain := byNames(t)
	said := func(o ast.Object, other ast.Object) (all []string) {
		say := func(v ...any) { all = append(all, fmt.Sprintln(v...)) }
		keys := []*ast.Term{ast.StringTerm("a"), ast.StringTerm("c"), ast.StringTerm("z"), ast.InternedTerm(1)}
		for _, key := range keys {
			say(key, o.Get(key))
			v, err := o.Find(ast.Ref{key})
			say(v, err != nil)
		}

		v, err := o.Find(ast.Ref{ast.StringTerm("b"), ast.InternedTerm(0)})
		say(v, err)
		v, err = o.Find(nil)
		say(v, err)
		o.Foreach(func(k, v *ast.Term) { say(k, v) })
		say(o.Iter(func(k, _ *ast.Term) error { return fmt.Errorf("at %v", k) }))
		say(o.Until(func(k, _ *ast.Term) bool { return k.Equal(ast.StringTerm("a")) }))
		mapped, err := o.Map(func(k, v *ast.Term) (*ast.Term, *ast.Term, error) { return v, k, nil })
		say(mapped, err)
		say(o.Diff(other), len(o.Intersect(other)))
		merged, ok := o.Merge(ast.NewObject([2]*ast.Term{ast.StringTerm("n"), ast.StringTerm("m")}))
		say(merged, ok)
		merged, ok = o.MergeWith(other, func(_, v *ast.Term) (*ast.Term, bool) { return v, false })
		say(merged, ok)
		filtered, err := o.Filter(ast.NewObject([2]*ast.Term{ast.StringTerm("a"), ast.InternedNullTerm}))
		say(filtered, err)

		for keys, k := o.KeysIterator(), (*ast.Term)(nil); ; {
			var more bool
			if k, more = keys.Next(); !more {
				break
			}
			say(k)
		}

		say(o.Keys(), o.Len(), o.IsGround(), o, o.StringLength(), o.Copy())
		say(ast.NewArray(ast.NewTerm(o)), ast.TypeName(o))
		return all
	}

	for i := range docs {
		d, is := docs[i].Value.(*object)
		if !is {
			t.Fatalf("%v is an object of OPA's", docs[i])
		}

		other := plain[1-i].Value.(ast.Object)
		if diff := cmp.Diff(said(plain[i].Value.(ast.Object), other), said(d, other)); diff != "" {
			t.Error(diff)
		}

		same := d.Compare(plain[i].Value) == 0 && d.Compare(docs[i].Value) == 0
		ordered := d.Compare(docs[1-i].Value) == plain[i].Value.Compare(plain[1-i].Value)
		if !same || !ordered || d.Compare(ast.String("a")) != 1 {
			t.Errorf("%v compares differently", d)
		}

		if d.Hash() == docs[1-i].Value.Hash() {
			t.Error("two documents have one hash")
		}
	}
}

// TestByName: documents are OPA's objects where anything else than names is
// read.
func TestByName(t *testing.T) {
	for name, read := range map[string]func(f *plan.Field){
		"names":     func(f *plan.Field) { f.Name("a").Whole = plan.Plain },
		"nothing":   func(*plan.Field) {},
		"the whole": func(f *plan.Field) { f.Name("a"); f.Whole = plan.Plain },
		"any name":  func(f *plan.Field) { f.Name("a"); f.Each().Read = plan.Plain },
		"too many": func(f *plan.Field) {
			for i := range maxNames + 1 {
				f.Name(fmt.Sprint("a", i)).Read = plan.Plain
			}
		},
	} {
		f := &plan.Field{}
		read(f)

		docs, err := Compile(dataset, f, nil).Read(holding([]byte(`{"id":"x","spec":{"a":1}}`)))
		if err != nil {
			t.Fatal(err)
		}

		if _, got := docs.Array.Elem(0).Value.(*object); got != (name == "names" || name == "nothing") {
			t.Errorf("%s: %v", name, got)
		}
	}
}
