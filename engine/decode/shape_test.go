package decode

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/plan"
	"ringfence/internal/effort"
)

// reference projects and judges documents as maps, without any care for speed.
type reference struct {
	schema *snapshot.Property
	gaps   []Gap
	index  int
}

func (r *reference) document(doc snapshot.Document, f *plan.Field) any {
	m := body(doc)
	kept := project(m, f).(map[string]any)

	for _, name := range []string{"_id", "_scope", "_subject"} {
		delete(m, name)
	}

	r.object(m, f, r.schema, nil, "")
	return kept
}

// merged is what is read of the value of a name.
func merged(f *plan.Field, name string) *plan.Field {
	out := &plan.Field{Whole: f.Whole}
	out.Add(f.Any)
	out.Add(f.Names[name])

	return out
}

func project(v any, f *plan.Field) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, c := range v {
			if f.Whole != 0 || f.Any != nil || f.Names[name] != nil {
				out[name] = project(c, merged(f, name))
			}
		}
		return out

	case []any:
		out := []any{}
		for _, c := range v {
			if f.Whole != 0 || f.Any != nil {
				out = append(out, project(c, merged(f, "")))
			}
		}
		return out
	}

	return v
}

func (r *reference) gap(path []string, ptr string, wrong, known bool) {
	r.gaps = append(r.gaps, Gap{r.index, slices.Clone(path), ptr, wrong, known})
}

func (r *reference) object(m map[string]any, f *plan.Field, p *snapshot.Property, path []string, ptr string) {
	if p == nil {
		p = &snapshot.Property{}
	}

	names := map[string]bool{}
	for name := range m {
		names[name] = true
	}

	for name := range p.Properties {
		names[name] = true
	}

	for name := range f.Names {
		names[name] = true
	}

	for name := range names {
		if len(path) == 0 && strings.HasPrefix(name, "_") {
			continue
		}
		r.property(m, f, p, name, path, ptr+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
}

func (r *reference) property(
	m map[string]any, f *plan.Field, p *snapshot.Property, name string, path []string, ptr string,
) {
	v, has := m[name]
	c, known := p.Properties[name]
	named := f.Names[name] != nil
	want := merged(f, name)
	gating := want.Read.Gates()
	free := false

	if known {
		if c.Secret {
			return
		}
		gating = gating || f.Whole.Gates()
	} else if p.Values != nil {
		c, free = p.Values, true

		// the map as a whole asks nothing of its values
		inner := &plan.Field{Any: f.Any, Names: f.Names}
		want = merged(inner, name)
		gating = want.Read.Gates()
	} else if !named { // a value that only the document names
		gating = false
	}

	step := name

	if !known && (free || !named) {
		step = "*"
	}

	path = append(slices.Clone(path), step)
	presence := snapshot.Presence("")

	if known {
		presence = c.Presence
	}

	judged := gating || gatesSomewhere(want)
	unexplained := presence == snapshot.Always || presence == snapshot.Unknown
	switch {
	case !has && gating && !free:
		r.gap(path, ptr, false, known)
	case has && v == nil && judged && unexplained,
		has && (v != nil || free) && judged && c != nil && !fits(c, v):
		r.gap(path, ptr, true, known || free)
	case has:
		r.below(v, want, c, path, ptr)
	}
}

func (r *reference) below(v any, f *plan.Field, p *snapshot.Property, path []string, ptr string) {
	switch v := v.(type) {
	case map[string]any:
		r.object(v, f, p, path, ptr)
	case []any:
		if f.Whole == 0 && f.Any == nil {
			return
		}

		want := merged(f, "")
		var items *snapshot.Property

		if p != nil {
			items = p.Items
		}

		path = append(slices.Clone(path), "*")
		for i, item := range v {
			at := fmt.Sprintf("%s/%d", ptr, i)
			if items != nil && gatesSomewhere(want) && !fits(items, item) {
				r.gap(path, at, true, true)
				continue
			}
			r.below(item, want, items, path, at)
		}
	}
}

func gatesSomewhere(f *plan.Field) bool {
	if f == nil {
		return false
	}
	for _, c := range f.Names {
		if gatesSomewhere(c) {
			return true
		}
	}
	return f.Read.Gates() || f.Whole.Gates() || f.Tested.Gates() || gatesSomewhere(f.Any)
}

func fits(p *snapshot.Property, v any) bool {
	has := func(kind string) bool { return slices.Contains(p.Type, kind) }
	if len(p.Type) == 0 {
		return true
	}

	switch v := v.(type) {
	case map[string]any:
		return has("object")
	case []any:
		return has("array")
	case string:
		digits := v != "" && v != "-" && strings.Trim(strings.TrimPrefix(v, "-"), "0123456789") == ""
		return has("string") || has("integer") && digits
	case json.Number:
		return has("number") || has("integer")
	case bool:
		return has("boolean")
	}

	return has("null")
}

// dice makes random documents, fields and schemas over a few names.
type dice struct{ *rand.Rand }

var names = []string{"a", "b", "c/~", "d", "_id", "_subject", "é"}

func (d dice) name() string { return names[d.Intn(len(names))] }

func (d dice) value(depth int) any {
	n := d.Intn(9)
	if depth == 0 {
		n = d.Intn(6)
	}

	switch n {
	case 0:
		return nil
	case 1:
		return d.Intn(2) == 0
	case 2:
		return json.Number(fmt.Sprint(d.Intn(2000) - 1000))
	case 3:
		return "9007199254740993"
	case 4, 5:
		return strings.Repeat("s\"é", d.Intn(4))

	case 6:
		list := []any{}
		for range d.Intn(4) {
			list = append(list, d.value(depth-1))
		}
		return list
	}

	return d.object(depth - 1)
}

func (d dice) object(depth int) map[string]any {
	m := map[string]any{}
	for range d.Intn(6) {
		m[d.name()] = d.value(depth)
	}
	return m
}

func (d dice) field(depth int) *plan.Field {
	f := &plan.Field{Read: plan.Kind(d.Intn(5))}
	if d.Intn(5) == 0 {
		f.Whole = plan.Kind(d.Intn(4))
	}

	if d.Intn(5) == 0 {
		f.Tested = plan.Kind(d.Intn(4))
	}

	if depth == 0 {
		return f
	}

	for range d.Intn(4) {
		f.Name(d.name()).Add(d.field(depth - 1))
	}

	if d.Intn(3) == 0 {
		f.Any = d.field(depth - 1)
	}

	return f
}

func (d dice) property(depth int) *snapshot.Property {
	types := []string{"object", "array", "string", "integer", "number", "boolean", "null"}
	p := &snapshot.Property{Secret: d.Intn(8) == 0}
	presences := []snapshot.Presence{snapshot.Always, snapshot.Nullable, snapshot.Absent, snapshot.Unknown}
	p.Presence = presences[d.Intn(4)]
	for range d.Intn(4) {
		p.Type = append(p.Type, types[d.Intn(len(types))])
	}

	if depth == 0 {
		return p
	}

	if d.Intn(3) == 0 {
		p.Type = append(p.Type, "array")
		p.Items = d.property(depth - 1)
	}

	if d.Intn(4) == 0 {
		p.Type = append(p.Type, "object")
		p.Values = d.property(depth - 1)
	}

	p.Properties = map[string]*snapshot.Property{}
	for range d.Intn(4) {
		p.Properties[d.name()] = d.property(depth - 1)
	}

	return p
}

// loosely writes documents with white space, and with names in any order.
func (d dice) loosely(docs []snapshot.Document) []byte {
	var out strings.Builder
	for _, doc := range docs {
		m := map[string]any{"id": doc.ID, "scope": doc.Scope, "spec": doc.Spec, "more": d.value(2)}
		if doc.Observed != nil {
			m["observed"] = doc.Observed
		}

		d.write(&out, m)
		out.WriteString("\n")
	}

	return []byte(out.String())
}

func (d dice) write(out *strings.Builder, v any) {
	space := func() { out.WriteString(strings.Repeat(" ", d.Intn(2))) }
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		out.WriteString("{")
		d.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })

		for i, name := range names {
			if i > 0 {
				out.WriteString(",")
			}

			space()
			d.write(out, name)
			space()
			out.WriteString(":")
			d.write(out, v[name])
		}

		out.WriteString("}")

	case []any:
		out.WriteString("[")
		for i, item := range v {
			if i > 0 {
				out.WriteString(",")
			}
			d.write(out, item)
			space()
		}

		out.WriteString("]")

	default:
		b, _ := json.Marshal(v) // a scalar
		out.Write(b)
	}
}

// sameAsReference makes random documents, reads them with a random shape, and
// compares what is kept and what is lacking with the reference.
func sameAsReference(t *testing.T, seed int64) (gaps int) {
	t.Helper()
	d := dice{rand.New(rand.NewSource(seed))}
	var docs []snapshot.Document
	for i := range 1 + d.Intn(4) {
		doc := snapshot.Document{ID: fmt.Sprint("id", i), Scope: d.name(), Spec: d.object(3)}
		if d.Intn(2) == 0 {
			doc.Observed = d.object(2)
			maps.DeleteFunc(doc.Observed, func(name string, _ any) bool { _, has := doc.Spec[name]; return has })
		}
		docs = append(docs, doc)
	}

	data, _, _, err := snapshot.Encode(docs)
	if err != nil {
		t.Fatal(err)
	}

	var schema *snapshot.Schema
	ref := reference{}

	if d.Intn(8) > 0 {
		schema = &snapshot.Schema{Property: *d.property(4)}
		ref.schema = &schema.Property
	}

	f := d.field(4)
	got, err := Compile(dataset, f, schema).Read(holding(data))
	if err != nil {
		t.Fatal(err)
	}

	other, err := Compile(dataset, f, schema).Read(holding(d.loosely(docs)))
	if err != nil {
		t.Fatal(err)
	}

	if other.Array.Compare(got.Array) != 0 || !cmp.Equal(other.Gaps, got.Gaps) {
		t.Fatalf("seed %d: written loosely it is %v, %v\nnot %v, %v",
			seed, other.Array, other.Gaps, got.Array, got.Gaps)
	}

	for i, doc := range docs {
		ref.index = i
		want, err := ast.InterfaceToValue(ref.document(doc, f))
		if err != nil {
			t.Fatal(err)
		}

		if v := got.Array.Elem(i).Value; v.Compare(want) != 0 {
			t.Fatalf("seed %d: document %d is %v, want %v", seed, i, v, want)
		}
	}

	slices.SortFunc(ref.gaps, func(a, b Gap) int {
		if a.Document != b.Document {
			return a.Document - b.Document
		}
		return strings.Compare(a.Pointer, b.Pointer)
	})

	if diff := cmp.Diff(ref.gaps, got.Gaps); diff != "" {
		t.Fatalf("seed %d: gaps (-want +got)\n%s\n%s", seed, diff, data)
	}

	return len(got.Gaps)
}

func TestSameAsReference(t *testing.T) {
	effort.WithoutRace(t)
	lacking := 0
	for seed := range int64(5_000) {
		if sameAsReference(t, seed) > 0 {
			lacking++
		}
	}
	if lacking < 500 || lacking > 4_500 {
		t.Errorf("%d of 5,000 have gaps: the cases are not mixed", lacking)
	}
}

func FuzzProject(f *testing.F) {
	f.Add(int64(1))
	f.Fuzz(func(t *testing.T, seed int64) { sameAsReference(t, seed) })
}
