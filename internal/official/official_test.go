package official

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
)

// TestBodies: the table names bodies that are there, each once, and gives each a
// dataset or a reason; and what is to be imported is held by some client.
func TestBodies(t *testing.T) {
	all, held, named := everyBody(t), heldBodies(), map[string]bool{}
	if len(all) != 64 {
		t.Errorf("%d bodies, not 64", len(all))
	}

	for _, b := range bodies {
		if named[b.file] || !slices.Contains(all, b) {
			t.Errorf("%s is named twice, or is not there", b.file)
		}
		named[b.file] = true
	}

	for _, b := range all {
		switch {
		case b.dataset == "" && b.why == "":
			t.Errorf("%s is neither imported nor explained", b.file)
		case named[b.file] && b.dataset != "" && !held[b.file] && !strings.HasSuffix(b.coverage, "envelope_missing"):
			t.Errorf("%s: no client holds it", b.file)
		case b.dataset == "" && held[b.file]:
			t.Errorf("%s: a client holds it, the table says that it is not imported", b.file)
		}
	}
}

func heldBodies() map[string]bool {
	held := map[string]bool{}
	for _, c := range clients {
		held[c.organization.official] = true
		for _, s := range c.files {
			held[s.official] = true
		}
	}

	return held
}

// alone is a client that holds one official body, verbatim, and proof of
// everything else.
func alone(b body) client {
	c := client{name: "alone", tenant: contosoID, organization: verbatim(organizationList),
		files: map[string]source{}}
	root := b.parent
	if root == sqlServer {
		root = databases
		c.files[at("azure.sql_servers", databases)] = hand("sql_server")
	}

	switch area, _, _ := strings.Cut(b.dataset, "."); {
	case b.dataset == "entra.organization":
		c.organization = verbatim(b.file)
		return c
	case b.parent != "" && area != "entra":
		c.subscriptions, c.proven = []string{root}, []string{root}
	}

	path := b.dataset

	if b.parent != "" {
		path = at(b.dataset, strings.ToLower(b.parent))
		if b.parent == sqlServer {
			path = at(b.dataset, b.parent)
		}
	}

	c.files[path] = verbatim(b.file)
	return c
}

// TestCoverage: what an import says about each official body by itself.
func TestCoverage(t *testing.T) {
	for _, b := range everyBody(t) {
		if b.dataset == "" {
			continue
		}
		t.Run(b.file, func(t *testing.T) {
			cover := alone(b).snapshot(t).Manifest.Datasets[b.dataset]
			status, count, evidence := cover.Status, cover.Count, cover.Evidence
			for _, s := range cover.Scopes {
				if s.Scope == strings.ToLower(b.parent) {
					status, count, evidence = s.Status, s.Count, s.Evidence
				}
			}

			got := fmt.Sprintf("%s %d", status, count)

			if evidence != nil {
				got += " " + evidence.Code
			}

			if got != b.coverage {
				t.Errorf("%s, want %s (%v)", got, b.coverage, evidence)
			}
		})
	}
}

// TestNothingIsLost: documents hold every property of the official objects,
// known to the schemas or not; only what is of the answer, not of the object,
// is left out.
func TestNothingIsLost(t *testing.T) {
	for _, b := range everyBody(t) {
		if b.dataset == "" || b.dataset == "gdap.relationships" || strings.HasPrefix(b.coverage, "error") {
			continue // the client's share of the relationships is empty: see TestTraps
		}
		t.Run(b.file, func(t *testing.T) {
			docs, err := alone(b).snapshot(t).Documents(b.dataset)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range objects(parse(t, official(t, b.file))) {
				for name := range o {
					if strings.HasPrefix(name, "@odata.") && name != "@odata.type" {
						delete(o, name)
					}
				}
				dropSecrets(&snapshot.Schemas()[b.dataset].Property, o)
				if !slices.ContainsFunc(docs, func(d snapshot.Document) bool { return holds(whole(d), o) }) {
					t.Errorf("no document holds all of %s", encode(t, o))
				}
			}
		})
	}
}

// dropSecrets takes out what the schema calls secret, which no document holds.
func dropSecrets(p *snapshot.Property, o map[string]any) {
	for name, c := range p.Properties {
		if c.Secret {
			delete(o, name)
		}
		if inner, isObject := o[name].(map[string]any); isObject {
			dropSecrets(c, inner)
		}
		list, _ := o[name].([]any)
		for _, item := range list {
			if inner, isObject := item.(map[string]any); isObject && c.Items != nil {
				dropSecrets(c.Items, inner)
			}
		}
	}
}

// objects are those of a list body, a bare array or a single object.
func objects(body any) (all []map[string]any) {
	list, ok := body.([]any)
	if m, isObject := body.(map[string]any); isObject {
		for _, name := range []string{"value", "data"} {
			if list, ok = m[name].([]any); ok {
				break
			}
		}
		if within, isObject := m["value"].(map[string]any); isObject { // a single one, wrapped
			return []map[string]any{within}
		}
		if !ok {
			return []map[string]any{m}
		}
	}

	for _, item := range list {
		all = append(all, item.(map[string]any))
	}

	return all
}

func whole(d snapshot.Document) map[string]any {
	all := maps.Clone(d.Spec)
	maps.Copy(all, d.Observed)
	return all
}

// holds: got has all of want, arrays in any order.
func holds(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		m, ok := got.(map[string]any)
		for name, v := range want {
			g, has := m[name]
			ok = ok && has && holds(g, v)
		}
		return ok

	case []any:
		list, ok := got.([]any)
		for _, v := range want {
			ok = ok && len(list) == len(want) && slices.ContainsFunc(list,
				func(g any) bool { return holds(g, v) })
		}
		return ok
	}

	if a, isNumber := want.(json.Number); isNumber { // 387.0 is kept as 387
		b, _ := got.(json.Number)
		x, err1 := a.Float64()
		y, err2 := b.Float64()
		return err1 == nil && err2 == nil && x == y
	}
	return cmp.Equal(got, want)
}
