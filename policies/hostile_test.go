package policies_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// TestHostileValues replaces every property of every document that a control
// reads, one at a time, by values of each JSON type and by nothing. Whatever a
// tenant answers, a policy neither stops with an error (one odd value would take
// every verdict of the control with it) nor contradicts itself.
func TestHostileValues(t *testing.T) {
	hostile := []any{
		nil, json.Number("7"), true, "x",
		[]any{}, []any{nil}, []any{"x", json.Number("7")}, map[string]any{}, missing{},
	}
	c := compiler()
	if c.Compile(withoutTests(modules(t))); c.Failed() {
		t.Fatal(c.Errors)
	}

	for file, m := range controls(t) {
		t.Run(pkg(m), func(t *testing.T) {
			query := prepare(t, c, pkg(m))
			datasets, names := reads(t, file)
			world := worldOf(t, datasets)
			judge(t, query, world, "as the schemas say")

			eachValue(world, "", func(at string, set func(any)) {
				if !names[path.Base(strings.TrimRight(at, "/0"))] {
					return
				}
				for _, v := range hostile {
					set(v)
					judge(t, query, world, fmt.Sprintf("%s = %#v", at, v))
				}
			})
		})
	}
}

type missing struct{}

func prepare(t *testing.T, c *ast.Compiler, pkg string) rego.PreparedEvalQuery {
	t.Helper()
	p := "data." + pkg
	query, err := rego.New(rego.Compiler(c), rego.StrictBuiltinErrors(true),
		rego.Query(fmt.Sprintf("subjects = %s.subjects; pass = %s.pass; fail = %s.fail", p, p, p)),
	).PrepareForEval(context.Background())
	if err != nil {
		t.Fatal(err)
	}

	return query
}

// judge holds one answer to what the engine relies on: verdicts on subjects only,
// and never two of them. Several rules of fail may say something of one subject.
func judge(t *testing.T, query rego.PreparedEvalQuery, input any, what string) {
	t.Helper()
	results, err := query.Eval(context.Background(), rego.EvalInput(input))
	if err != nil || len(results) != 1 {
		t.Fatalf("%s: %d results, %v", what, len(results), err)
	}

	verdicts := map[any]int{}
	for _, f := range results[0].Bindings["fail"].([]any) {
		verdicts[f.(map[string]any)["subject"]] = 1
	}

	for _, s := range results[0].Bindings["pass"].([]any) {
		verdicts[s]++
	}

	for _, s := range results[0].Bindings["subjects"].([]any) {
		if verdicts[s] > 1 {
			t.Errorf("%s: %v has %d verdicts", what, s, verdicts[s])
		}
		delete(verdicts, s)
	}

	for s := range verdicts {
		t.Errorf("%s: a verdict on %v, which is no subject", what, s)
	}
}

var inputRef = regexp.MustCompile(`input\.([a-z]+)\.([a-z_]+)`)

// reads lists the datasets that a policy or the library names, and every name
// that occurs in their references.
func reads(t *testing.T, file string) (datasets, names map[string]bool) {
	t.Helper()
	datasets, names = map[string]bool{}, map[string]bool{}
	for f, m := range withoutTests(modules(t)) {
		if f != file && !isShared(f) {
			continue
		}
		ast.WalkRefs(m, func(r ast.Ref) bool {
			for _, m := range inputRef.FindAllStringSubmatch(r.String(), -1) {
				datasets[m[1]+"."+m[2]] = true
			}
			for _, part := range r {
				if name, ok := part.Value.(ast.String); ok {
					names[string(name)] = true
				}
			}
			return false
		})
	}

	return datasets, names
}

// worldOf is an input with one document per dataset, filled as its schema says.
func worldOf(t *testing.T, datasets map[string]bool) map[string]any {
	t.Helper()
	const tenant = "aaaaaaaa-0000-4000-8000-000000000010"

	params := map[string]any{} // of all controls: no two of them have one of the same name
	for _, m := range controls(t) {
		md := checkMetadata(t, m.Package.Location.File, packageMetadata(m))
		for name, p := range md.Params {
			params[name] = p.Default
		}
	}

	world := map[string]any{
		"client": map[string]any{
			"name": "fabrikam", "tenant_id": tenant, "service_providers": []any{tenant}, "keys": nil,
			"fence": map[string]any{"name": "eu", "regions": []any{"x"}, "countries": []any{"X"}},
		},
		"msp":    map[string]any{"tenant_id": tenant},
		"params": params,
		"fleet": map[string]any{"clients": []any{
			map[string]any{"name": "fabrikam", "tenant_id": tenant, "state": "live"},
		}},
	}

	schemas := inputSchema(t)["properties"].(map[string]any)
	for dataset := range datasets {
		area, name, _ := strings.Cut(dataset, ".")
		if schemas[area] == nil || schemas[area].(map[string]any)["properties"] == nil {
			continue // input.client and the like
		}

		list := schemas[area].(map[string]any)["properties"].(map[string]any)[name].(map[string]any)
		document := fill(list["items"]).(map[string]any)
		document["_id"], document["_scope"], document["_subject"] = "x", "x", dataset+"/x"

		if name == "service_principals" || name == "groups" {
			document["_id"] = name // ids of directory objects are unique: "x" is the user
		}

		if world[area] == nil {
			world[area] = map[string]any{}
		}

		world[area].(map[string]any)[name] = []any{document}
	}

	return world
}

// fill makes a value of a schema's type.
func fill(schema any) any {
	s, _ := schema.(map[string]any)
	if options, ok := s["anyOf"].([]any); ok {
		return fill(options[0])
	}

	switch s["type"] {
	case "string":
		return "x"
	case "boolean":
		return true
	case "integer":
		return json.Number("90")
	case "array":
		return []any{fill(s["items"])}

	case "object":
		out := map[string]any{}
		properties, _ := s["properties"].(map[string]any)
		for name, p := range properties {
			out[name] = fill(p)
		}

		return out
	}

	return nil
}

// eachValue calls visit for each value below the datasets of an input, with a
// function that replaces it, and puts it back afterwards.
func eachValue(node any, at string, visit func(string, func(any))) {
	switch n := node.(type) {
	case map[string]any:
		for key, was := range n {
			if strings.HasPrefix(key, "_") || at == "" && (key == "client" || key == "msp" || key == "fleet") {
				continue // the engine's own
			}
			if strings.Count(at, "/") >= 2 {
				visit(at+"/"+key, func(v any) {
					if n[key] = v; v == (missing{}) {
						delete(n, key)
					}
				})
				n[key] = was
			}

			eachValue(was, at+"/"+key, visit)
		}

	case []any:
		for i, was := range n {
			if strings.Count(at, "/") > 2 {
				visit(fmt.Sprintf("%s/%d", at, i), func(v any) {
					if n[i] = v; v == (missing{}) {
						n[i] = nil
					}
				})
				n[i] = was
			}

			eachValue(was, fmt.Sprintf("%s/%d", at, i), visit)
		}
	}
}
