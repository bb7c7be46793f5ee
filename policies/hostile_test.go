package policies_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"ringfence/internal/effort"
)

// TestHostileValues replaces every property of every document that a control
// reads, one at a time, by values of each JSON type and by nothing. Whatever a
// tenant answers, a policy neither stops with an error (one odd value would take
// every verdict of the control with it) nor contradicts itself.
func TestHostileValues(t *testing.T) {
	effort.WithoutRace(t)
	c := compiler()
	if c.Compile(withoutTests(modules(t))); c.Failed() {
		t.Fatal(c.Errors)
	}

	for file, m := range controls(t) {
		t.Run(pkg(m), func(t *testing.T) {
			t.Parallel()
			query := prepare(t, c, pkg(m), "subjects", "pass", "fail")
			datasets, names := reads(t, file)
			world := worldOf(t, datasets)
			judge(t, query, world, "as the schemas say")

			eachHostile(world, names, func(what string) { judge(t, query, world, what) })
		})
	}
}

// TestHostileViews does so with views and kinds of facts, of which it expects one answer.
func TestHostileViews(t *testing.T) {
	effort.WithoutRace(t)
	c := compiler()
	if c.Compile(withoutTests(modules(t))); c.Failed() {
		t.Fatal(c.Errors)
	}

	for file, m := range withoutTests(modules(t)) {
		if !strings.HasPrefix(file, "ringfence/views/") && !strings.HasPrefix(file, "ringfence/facts/") {
			continue
		}

		var tables []string
		for _, r := range m.Rules {
			name := r.Head.Ref().String()
			if r.Head.RuleKind() == ast.MultiValue && !strings.HasPrefix(name, "_") && !slices.Contains(tables, name) {
				tables = append(tables, name)
			}
		}

		query := prepare(t, c, pkg(m), tables...)
		datasets, names := reads(t, file)
		world := worldOf(t, datasets)
		eachHostile(world, names, func(what string) {
			results, err := query.Eval(context.Background(), rego.EvalInput(world))
			if err != nil || len(results) != 1 {
				t.Fatalf("%s: %s: %d results, %v", file, what, len(results), err)
			}
		})
	}
}

// hostile are a value of each JSON type, and nothing.
var hostile = []any{
	nil, json.Number("7"), true, "x",
	[]any{}, []any{nil}, []any{"x", json.Number("7")}, map[string]any{}, missing{},
}

// eachHostile puts each hostile value into each property of a name that is read, one at a
// time.
func eachHostile(world map[string]any, names map[string]bool, ask func(what string)) {
	eachValue(world, "", func(at string, set func(any)) {
		if !names[path.Base(strings.TrimRight(at, "/0"))] {
			return
		}
		for _, v := range hostile {
			set(v)
			ask(fmt.Sprintf("%s = %#v", at, v))
		}
	})
}

type missing struct{}

// prepare makes a query over some sets of a package.
func prepare(t *testing.T, c *ast.Compiler, pkg string, sets ...string) rego.PreparedEvalQuery {
	t.Helper()
	var parts []string
	for _, set := range sets {
		parts = append(parts, fmt.Sprintf("%s = data.%s.%[1]s", set, pkg))
	}

	query, err := rego.New(rego.Compiler(c), rego.StrictBuiltinErrors(true), rego.Query(strings.Join(parts, "; "))).PrepareForEval(context.Background())
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

var inputRef = regexp.MustCompile(`input\.([a-z]+)\.([a-z0-9_]+)`)

// reads lists the datasets that a policy, or what it imports of the library, names, and every
// name that occurs in their references.
func reads(t *testing.T, file string) (datasets, names map[string]bool) {
	t.Helper()
	datasets, names = map[string]bool{}, map[string]bool{}
	for _, m := range withImports(withoutTests(modules(t)), file) {
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

// withImports are the module of a file and those that it imports, directly or not.
func withImports(all map[string]*ast.Module, file string) map[string]*ast.Module {
	byPackage := map[string]string{}
	for f, m := range all {
		byPackage["data."+pkg(m)] = f
	}

	found, open := map[string]*ast.Module{}, []string{file}
	for len(open) > 0 {
		f := open[0]
		open = open[1:]
		if found[f] != nil {
			continue
		}

		found[f] = all[f]
		for _, i := range all[f].Imports {
			if imported := byPackage[i.Path.String()]; imported != "" {
				open = append(open, imported)
			}
		}
	}

	return found
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
		"client": promised(tenant),
		"msp":    map[string]any{"tenant_id": tenant, "domains": []any{"x"}},
		"as_of":  "2026-11-23T12:00:00Z",
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

// promised is a client to whom all was promised that controls read: of one with less they
// would have no subjects, and no odd value would reach them.
func promised(tenant string) map[string]any {
	one := []any{"x"}
	return map[string]any{
		"name": "fabrikam", "tenant_id": tenant, "state": "onboarding", "domains": one,
		"service_providers": []any{tenant}, "allowed_clouds": one, "break_glass": one, "cell": nil,
		"fence": map[string]any{
			"name": "eu", "regions": one, "countries": []any{"X"}, "geographies": []any{"EUR"},
		},
		"partners": []any{map[string]any{"name": "x", "tenant_id": "x", "allow": []any{"b2b"}}},
		"vendors":  []any{map[string]any{"name": "x", "tenant_id": "x", "app_ids": nil}},
		"applications": []any{map[string]any{
			"name": "x", "app_id": "x", "tenant_id": nil, "permissions": one, "delegated": one,
		}},
		"contract":   map[string]any{"start": nil, "end": nil, "grace": nil},
		"gdap":       map[string]any{"roles": one, "max_duration": "P365D", "auto_extend": false},
		"lighthouse": map[string]any{"roles": one, "standing": one},
		"governance": map[string]any{"tenants": one, "roles": one, "applications": one},
		"federation": map[string]any{
			"issuers": one, "certificates": one, "workload_issuers": one, "authorities": one,
		},
		"data_location": []any{map[string]any{
			"service": "exchange", "geo": "EUR", "seen_by": "x", "seen_on": "2026-11-01",
		}},
		"shared_sinks": []any{map[string]any{"name": "x", "resource_id": "x"}},
		"keys": map[string]any{
			"owner": "client", "vaults": one, "max_age": "365d",
			"operated_vaults": nil, "external_hosts": one, "cross_tenant": one,
		},
	}
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
