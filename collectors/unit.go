package collectors

import (
	"fmt"
	"net/url"

	"ringfence/collectors/arm"
	"ringfence/collectors/azure"
	"ringfence/collectors/entra"
	"ringfence/collectors/graph"
	"ringfence/collectors/keyvault"
	"ringfence/collectors/snapshot"
)

// Unit is one dataset's collection: what is asked (address), and how answers
// become documents (documents, which is pure).
type Unit struct {
	Schema  *snapshot.Schema
	address func(base *url.URL, params map[string]string) (*url.URL, error)
}

// All lists every unit. Units whose schema has no parent come before those
// that are read per document of one.
func All() []Unit {
	var all []Unit
	for _, u := range entra.Units {
		all = append(all, graphUnit(u, schema(u.Dataset)))
	}
	for _, list := range [][]arm.Unit{azure.Units, keyvault.Units} {
		for _, u := range list {
			all = append(all, armUnit(u, schema(u.Dataset)))
		}
	}
	return all
}

// schema panics on a unit without a schema: a defect of the build, which the
// package's tests refuse.
func schema(dataset string) *snapshot.Schema {
	s, err := snapshot.SchemaFor(dataset)
	if err != nil {
		panic(err)
	}
	return s
}

func graphUnit(u graph.Unit, s *snapshot.Schema) Unit {
	return Unit{s, func(base *url.URL, _ map[string]string) (*url.URL, error) { return u.URL(base, s), nil }}
}

func armUnit(u arm.Unit, s *snapshot.Schema) Unit {
	return Unit{s, func(base *url.URL, params map[string]string) (*url.URL, error) { return u.URL(base, s, params) }}
}

// objects takes the objects out of a list's pages, or the one object of a
// singleton's page.
func (u Unit) objects(pages []page) ([]map[string]any, error) {
	if u.Schema.ID.Form == snapshot.Singleton {
		return pages, nil
	}
	all := []map[string]any{}
	for n, p := range pages {
		list, ok := p["value"].([]any)
		if !ok {
			return nil, fmt.Errorf(`page %d has no array "value"`, n+1)
		}
		for i, item := range list {
			object, ok := item.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("page %d: item %d is not an object", n+1, i)
			}
			all = append(all, object)
		}
	}
	return all, nil
}

// documents normalizes what one scope's pages hold.
func (u Unit) documents(pages []page, scope string) ([]snapshot.Document, error) {
	objects, err := u.objects(pages)
	if err != nil {
		return nil, err
	}
	docs := make([]snapshot.Document, 0, len(objects))
	seen := map[string]bool{}
	for _, o := range objects {
		doc, err := u.Schema.Normalize(o, scope)
		if err != nil {
			return nil, err
		}
		if seen[doc.ID] {
			return nil, &snapshot.Evidence{Code: codeDuplicate, Message: fmt.Sprintf("two documents have the id %q", doc.ID)}
		}
		seen[doc.ID] = true
		docs = append(docs, doc)
	}
	return docs, nil
}
