package plan_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/engine/plan"
)

// control is a compiled random policy with its plan.
type control struct {
	files    map[string]string
	compiler *ast.Compiler
	sets     map[string]ast.Body
	plan     plan.Plan
	used     map[string]bool
}

// generate makes a random policy; nil where it does not compile.
func generate(d *dice) (*control, error) {
	g := &generator{dice: d, used: map[string]bool{}, statements: statements()}
	files := g.module()
	c, err := compile(files)
	if err != nil {
		return nil, err
	}

	c.used = g.used
	c.analyse()
	return c, nil
}

func (c *control) analyse() {
	c.plan = plan.Analyse(c.compiler, ast.MustParseRef("data.p"), datasets, promised)
}

func compile(files map[string]string) (*control, error) {
	modules := map[string]*ast.Module{}
	for name, src := range files {
		m, err := ast.ParseModule(name, src)
		if err != nil {
			return nil, err
		}
		modules[name] = m
	}

	c := &control{files: files, compiler: ast.NewCompiler(), sets: map[string]ast.Body{}}
	if c.compiler.Compile(modules); c.compiler.Failed() {
		return nil, c.compiler.Errors
	}

	for _, set := range []string{"subjects", "pass", "fail"} {
		body, err := c.compiler.QueryCompiler().Compile(ast.MustParseBody("x = data.p." + set))
		if err != nil {
			return nil, err
		}
		c.sets[set] = body
	}

	return c, nil
}

// eval asks for one set; nil stands for an error of the policy.
func (c *control) eval(set string, input map[string]any) ast.Set {
	ctx, store := context.Background(), inmem.New()
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		panic(err)
	}

	defer store.Abort(ctx, txn)

	q := topdown.NewQuery(c.sets[set]).WithCompiler(c.compiler).WithStore(store).WithTransaction(txn).
		WithInput(ast.NewTerm(ast.MustInterfaceToValue(input))).WithStrictBuiltinErrors(true)
	answer, err := q.Run(ctx)
	if err != nil || len(answer) != 1 {
		return nil
	}

	return answer[0]["x"].Value.(ast.Set)
}

func same(a, b ast.Set) bool { return (a == nil) == (b == nil) && (a == nil || a.Compare(b) == 0) }

// trial is one set of one policy with one input: what the plan says about the
// answer is held against what happens to it when the input changes.
type trial struct {
	*testing.T
	*dice
	*control
	set   string
	reads plan.Reads
	input map[string]any
	base  ast.Set
}

func (t *trial) broken(rule string, input map[string]any, got ast.Set) {
	t.Helper()
	src := ""
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		src += "# " + name + "\n" + t.files[name]
	}

	var paths strings.Builder
	for name, d := range t.reads.Datasets {
		fmt.Fprintf(&paths, "%s: kind %s, joined %v\n", name, d.Kind, d.Joined)
		for _, p := range d.Document.Paths() {
			fmt.Fprintf(&paths, "  %s %s | %s\n", p.Path, p.Read, p.Whole)
		}
	}

	t.Logf("%s\nlocal %v, promises %v, fixed %v\n%s", src, t.plan.Local, t.reads.Promises, t.reads.Fixed, &paths)
	t.Fatalf("%s of %s\ninput %v\nnow   %v\nwas %v\nis  %v",
		rule, t.set, ast.MustInterfaceToValue(t.input), ast.MustInterfaceToValue(input), t.base, got)
}

// sameAs: the answer to a changed input is the same one, errors included.
func (t *trial) sameAs(rule string, input map[string]any) {
	t.Helper()
	if got := t.eval(t.set, input); !same(t.base, got) {
		t.broken(rule, input, got)
	}
}

// within: with less evidence there is nothing new. Where the policy breaks
// there is no verdict, and nothing to hold it to.
func (t *trial) within(rule string, input map[string]any) {
	t.Helper()
	if t.base == nil {
		return
	}
	if got := t.eval(t.set, input); got != nil && got.Diff(t.base).Len() > 0 {
		t.broken(rule, input, got)
	}
}

// judge holds a plan to all that it says.
func judge(t *testing.T, d *dice, c *control, input map[string]any) (errors int) {
	reads := map[string]plan.Reads{"subjects": c.plan.Subjects, "pass": c.plan.Pass, "fail": c.plan.Fail}
	for _, set := range slices.Sorted(maps.Keys(reads)) {
		tr := &trial{T: t, dice: d, control: c, set: set, reads: reads[set], input: input, base: c.eval(set, input)}
		if tr.base == nil {
			errors++
		}

		tr.projection()
		tr.parts()
		tr.documents()
		tr.others()
		tr.properties()
		tr.promises()

		if set == "pass" {
			tr.nulls()
		}
	}

	return errors
}

// nulls: null where something else was is no new answer, but where the plan says
// that it must not be.
func (t *trial) nulls() {
	for _, name := range slices.Sorted(maps.Keys(t.reads.Datasets)) {
		docs := documentsOf(t.input, name)
		for i, doc := range docs {
			for _, at := range nullable(doc, t.reads.Datasets[name].Document, nil, []any{i}) {
				t.within("null", with(t.input, name, edit(docs, at, nil).([]any)))
			}
		}
	}
}

// nullable are the places of a document where null does not gate.
func nullable(v any, f *plan.Field, path []string, at []any) (all [][]any) {
	one := func(step any, name string, c any) {
		place, to := append(slices.Clone(path), name), append(slices.Clone(at), step)
		if c != nil && !f.Lacks(place, true, true) && !(len(path) == 0 && name == "_subject") {
			all = append(all, to)
		}
		all = append(all, nullable(c, f, place, to)...)
	}

	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			one(name, name, v[name])
		}
	case []any:
		for i, c := range v {
			one(i, "*", c)
		}
	}

	return all
}

// projection: what the plan does not read does not matter.
func (t *trial) projection() {
	root := planned(t.reads)
	t.sameAs("projection", project(t.input, root).(map[string]any))

	for range 2 {
		t.sameAs("junk", t.junk(t.input, root, 0).(map[string]any))
	}

	if all := spots(t.input, root, nil); len(all) > 0 {
		for range 4 {
			t.sameAs("a change", t.change(t.input, pick(t.dice, all...)).(map[string]any))
		}
	}
}

// parts: the documents of a local control can be judged in parts.
func (t *trial) parts() {
	if !t.plan.Local {
		return
	}

	n := 2 + t.n(2)
	union := ast.NewSet()
	for i := range n {
		part := t.input
		for _, name := range datasets {
			docs := documentsOf(t.input, name)
			part = with(part, name, docs[len(docs)*i/n:len(docs)*(i+1)/n])
		}

		got := t.eval(t.set, part)
		if got == nil {
			return // the engine asks again, about everything at once
		}

		union = union.Union(got)
	}

	if !same(t.base, union) {
		t.broken(fmt.Sprint(n, " parts"), t.input, union)
	}
}

// documents: where a dataset's kind does not gate, a document that is missing
// adds nothing.
func (t *trial) documents() {
	for _, name := range datasets {
		if t.reads.Datasets[name].Kind.Gates() {
			continue
		}

		docs := documentsOf(t.input, name)
		for i := range docs {
			t.within("without a document", with(t.input, name, slices.Delete(slices.Clone(docs), i, i+1)))
		}

		t.within("without documents", with(t.input, name, []any{}))
		area, leaf, _ := strings.Cut(name, ".")
		t.within("without the dataset", edit(t.input, []any{area, leaf}, gone).(map[string]any))
	}
}

// others: where a dataset neither gates nor is joined, what another document of
// it is does not decide about a document's own subject. So a gap in one of them
// leaves the others' verdicts alone: see passMissing in the engine.
func (t *trial) others() {
	for _, name := range slices.Sorted(maps.Keys(t.reads.Datasets)) {
		d, docs := t.reads.Datasets[name], documentsOf(t.input, name)
		if d.Kind.Gates() || d.Joined || t.base == nil || len(docs) < 2 {
			continue
		}

		i := t.n(len(docs))
		changed := slices.Clone(docs)
		for j := range docs {
			if j != i && !t.in(3) {
				changed[j] = t.less(docs[j], 0)
			}
		}

		own := ast.StringTerm(fmt.Sprintf("%s/%d", name, i))
		input := with(t.input, name, changed)
		if got := t.eval(t.set, input); got != nil && got.Contains(own) && !t.base.Contains(own) {
			t.broken("another document", input, got)
		}
	}
}

// less is a document that lacks some of its properties, but never its subject.
func (d *dice) less(v any, depth int) any {
	m, isObject := v.(map[string]any)
	if !isObject {
		return v
	}

	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if depth == 0 && name == "_subject" || !d.in(3) {
			out[name] = d.less(m[name], depth+1)
		}
	}

	return out
}

// properties: without a property that does not gate, there is nothing new.
func (t *trial) properties() {
	for _, name := range slices.Sorted(maps.Keys(t.reads.Datasets)) {
		d, docs := t.reads.Datasets[name], documentsOf(t.input, name)
		var free [][]any
		for i, doc := range docs {
			free = append(free, lackable(doc, d.Document, nil, []any{i})...)
		}

		if len(free) == 0 {
			continue
		}

		for range 5 {
			t.within("without a property", with(t.input, name, edit(docs, pick(t.dice, free...), gone).([]any)))
		}
	}
}

// lackable are the properties of a document whose absence the plan says to be
// harmless, by their path in the plan.
func lackable(v any, f *plan.Field, path []string, at []any) (all [][]any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			place, to := append(slices.Clone(path), name), append(slices.Clone(at), name)
			if !f.Lacks(place, false, true) && !(len(path) == 0 && name == "_subject") {
				all = append(all, to)
			}
			all = append(all, lackable(v[name], f, place, to)...)
		}

	case []any:
		for i, c := range v {
			all = append(all, lackable(c, f, append(slices.Clone(path), "*"), append(slices.Clone(at), i))...)
		}
	}

	return all
}

// promises: without a promise that every rule needs there is nothing.
func (t *trial) promises() {
	for name, needed := range t.reads.Promises {
		if !needed {
			continue
		}
		area, leaf, _ := strings.Cut(name, ".")
		for _, none := range []any{nil, gone} {
			input := edit(t.input, []any{area, leaf}, none).(map[string]any)
			if got := t.eval(t.set, input); got != nil && got.Len() > 0 {
				t.broken("without "+name, input, got)
			}
		}
	}
}
