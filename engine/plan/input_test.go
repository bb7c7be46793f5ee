package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/engine/plan"
)

// The world that random policies look at: few names and few values, so that
// comparisons often hold.
var (
	datasets   = []string{"azure.resources", "entra.groups", "entra.users"}
	promised   = []string{"fence", "keys", "partners"}
	fixedParts = []string{"as_of", "collected_at", "fleet", "msp"}
	properties = []string{"a", "b", "k", "l", "o"}
)

func (d *dice) scalar() any {
	return pick[any](d, 0, 1, 1, "x", "x", "y", "a", "b", true, false, nil)
}

// any is a value of any type.
func (d *dice) any(depth int) any {
	switch n := d.n(8); {
	case depth > 0 && n == 0:
		return d.list(depth - 1)
	case depth > 0 && n < 3:
		return d.object(depth - 1)
	}

	return d.scalar()
}

func (d *dice) list(depth int) []any {
	list := []any{}
	for range d.n(4) {
		list = append(list, d.any(depth))
	}
	return list
}

func (d *dice) object(depth int) map[string]any {
	m := map[string]any{}
	for _, name := range properties {
		switch n := d.n(12); {
		case n < 2: // missing
		case n == 2:
			m[name] = d.any(depth)
		case name == "l" && depth > 0:
			m[name] = d.list(depth - 1)
		case name == "o" && depth > 0:
			m[name] = d.object(depth - 1)
		case name == "k":
			m[name] = pick(d, "a", "b", "x", "y")
		default:
			m[name] = d.scalar()
		}
	}

	return m
}

// documents are those of one dataset. owner is the subject of another one.
func (d *dice) documents(dataset string) []any {
	list := []any{}
	for i := range pick(d, 0, 1, 2, 3, 3, 4) {
		doc := d.object(2)
		if o, has := doc["o"]; has && d.in(4) {
			doc["b"] = o
		}

		doc["id"] = pick(d, "x", "y", "a", "b")
		doc["_subject"] = fmt.Sprintf("%s/%d", dataset, i)
		doc["owner"] = fmt.Sprintf("%s/%d", pick(d, datasets...), d.n(3))
		list = append(list, doc)
	}

	return list
}

// input is a whole input, as policies see it.
func (d *dice) input() map[string]any {
	client := map[string]any{"name": "x"}
	for _, name := range promised {
		if client[name] = any(d.object(2)); d.in(4) {
			client[name] = nil
		}
	}

	in := map[string]any{"client": client, "params": d.object(1), "as_of": "x", "collected_at": "y", "msp": d.object(1)}
	if d.in(2) {
		in["fleet"] = d.object(2)
	}

	for _, name := range datasets {
		area, leaf, _ := strings.Cut(name, ".")
		if in[area] == nil {
			in[area] = map[string]any{}
		}
		in[area].(map[string]any)[leaf] = d.documents(name)
	}

	return in
}

// documentsOf is a dataset of an input, nil where it is not there.
func documentsOf(in map[string]any, dataset string) []any {
	area, leaf, _ := strings.Cut(dataset, ".")
	datasets, _ := in[area].(map[string]any)
	docs, _ := datasets[leaf].([]any)

	return docs
}

// with is an input with another list of documents.
func with(in map[string]any, dataset string, docs []any) map[string]any {
	area, leaf, _ := strings.Cut(dataset, ".")
	out := maps.Clone(in)
	datasets := maps.Clone(out[area].(map[string]any))
	datasets[leaf] = docs
	out[area] = datasets

	return out
}

// planned is what a set reads, as one field over the whole input. An area with
// no dataset that is read is not there; of the client, the rest always is.
func planned(r plan.Reads) *plan.Field {
	all, root := &plan.Field{Whole: plan.Plain}, &plan.Field{}
	for name, d := range r.Datasets {
		area, leaf, _ := strings.Cut(name, ".")
		root.Name(area).Name(leaf).Each().Add(d.Document)
	}

	for name := range r.Fixed {
		if r.Fixed[name] {
			root.Name(name).Add(all)
		}
	}

	for name := range r.Promises {
		root.Name("client").Name(strings.TrimPrefix(name, "client.")).Add(all)
	}

	root.Name("client").Name("name").Add(all)
	root.Name("params").Add(all)

	return root
}

// below is what is read of a value below a field: of a property, or with name
// "" of an element.
func belowOf(f *plan.Field, name string) *plan.Field {
	out := &plan.Field{Whole: f.Whole}
	out.Add(f.Any)

	if name != "" {
		out.Add(f.Names[name])
	}

	return out
}

func keeps(f *plan.Field, name string) bool {
	return f.Whole != 0 || f.Any != nil || name != "" && f.Names[name] != nil
}

// project keeps what a plan reads and nothing else: the reference that the
// decoder's own one is written after.
func project(v any, f *plan.Field) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, c := range v {
			if keeps(f, name) {
				out[name] = project(c, belowOf(f, name))
			}
		}
		return out

	case []any:
		out := []any{}
		for _, c := range v {
			if keeps(f, "") {
				out = append(out, project(c, belowOf(f, "")))
			}
		}
		return out
	}

	return v
}

// fixedDepth is how deep the input's own objects are: nobody adds names there.
const fixedDepth = 2

// junk replaces all that a plan does not read.
func (d *dice) junk(v any, f *plan.Field, depth int) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if keeps(f, name) {
				out[name] = d.junk(v[name], belowOf(f, name), depth+1)
			} else if !d.in(3) {
				out[name] = d.other(depth)
			}
		}

		for name, c := range d.object(1) {
			if _, has := v[name]; !has && !keeps(f, name) && depth >= fixedDepth {
				out[name] = c
			}
		}

		return out

	case []any:
		if !keeps(f, "") {
			return d.list(2)
		}

		out := []any{}
		for _, c := range v {
			out = append(out, d.junk(c, belowOf(f, ""), depth+1))
		}

		return out
	}

	return v
}

// other is what may stand where nothing is read: an area still is an object.
func (d *dice) other(depth int) any {
	if depth == 0 {
		return map[string]any{}
	}
	return d.any(2)
}

// spot is a place in an input: a property, an element, or with add set a name
// or an element that is not there.
type spot struct {
	path []any
	add  bool
}

// spots are the places of a value that a plan does not read.
func spots(v any, f *plan.Field, path []any) (all []spot) {
	each := func(step any, c any, name string) {
		at := append(slices.Clone(path), step)
		if keeps(f, name) {
			all = append(all, spots(c, belowOf(f, name), at)...)
		} else {
			all = append(all, spot{path: at})
		}
	}

	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			each(name, v[name], name)
		}
		for _, name := range properties {
			if _, has := v[name]; !has && !keeps(f, name) && len(path) >= fixedDepth {
				all = append(all, spot{append(slices.Clone(path), name), true})
			}
		}

	case []any:
		for i, c := range v {
			each(i, c, "")
		}
		if !keeps(f, "") {
			all = append(all, spot{append(slices.Clone(path), len(v)), true})
		}
	}

	return all
}

// edit returns a value with another one at a path; gone deletes what is there.
func edit(v any, path []any, to any) any {
	if len(path) == 0 {
		return to
	}
	switch v := v.(type) {
	case map[string]any:
		v = maps.Clone(v)
		name := path[0].(string)

		if len(path) == 1 && to == gone {
			delete(v, name)
		} else {
			v[name] = edit(v[name], path[1:], to)
		}

		return v

	case []any:
		v = slices.Clone(v)
		switch i := path[0].(int); {
		case len(path) == 1 && to == gone:
			return slices.Delete(v, i, i+1)
		case i == len(v):
			return append(v, to)
		default:
			v[i] = edit(v[i], path[1:], to)
			return v
		}
	}

	return v
}

type nothing struct{}

// gone stands for a value that is deleted.
var gone any = nothing{}

// change is one way to change what is at a spot.
func (d *dice) change(v any, s spot) any {
	options := []any{d.any(2), nil, map[string]any{}, []any{}, map[string]any{"a": 1}}
	if !s.add {
		options = append(options, gone, gone)
	}

	if len(s.path) == 1 {
		options = []any{gone}
	}

	return edit(v, s.path, pick(d, options...))
}
