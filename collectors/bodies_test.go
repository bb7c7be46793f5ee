package collectors

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"ringfence/collectors/emulator"
	"ringfence/collectors/graph"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// bodies are the objects that a session was given.
type bodies struct {
	mu  sync.Mutex
	all []object
}

func (b *bodies) add(body object) {
	b.mu.Lock()
	defer b.mu.Unlock()

	for _, name := range []string{"value", "data"} {
		if list, isList := body[name].([]any); isList {
			for _, item := range list {
				b.all = append(b.all, item.(object))
			}
			return
		}
	}
	b.all = append(b.all, body)
}

// record keeps what a connection answers.
func (b *bodies) record(c *connection) {
	parse := func(data []byte, err error) {
		if body, bad := snapshot.ParseObject(data); err == nil && bad == nil {
			b.add(body)
		}
	}

	get, batch, query := c.get, c.getBatch, c.postQuery
	c.get = func(ctx context.Context, u *url.URL) ([]byte, error) {
		data, err := get(ctx, u)
		parse(data, err)
		return data, err
	}
	c.getBatch = func(ctx context.Context, version string, at []*url.URL) ([]graph.Item, error) {
		items, err := batch(ctx, version, at)
		for _, item := range items {
			if item.Status == 200 && item.Body != nil {
				b.add(item.Body)
			}
		}
		return items, err
	}
	c.postQuery = func(ctx context.Context, to *url.URL, text []byte) ([]byte, bool, error) {
		data, limited, err := query(ctx, to, text)
		parse(data, err)
		return data, limited, err
	}
}

// plain is a value without what the answer, not the object, says; without secrets by
// the schema; without nulls, which normalizing adds; and with lists in one order.
func plain(p *snapshot.Property, v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for name, inner := range v {
			c := (*snapshot.Property)(nil)
			if p != nil {
				c = p.Properties[name]
			}
			ofAnswer := strings.HasPrefix(name, "@odata.") && name != "@odata.type" || strings.HasPrefix(name, "@microsoft.")
			if inner == nil || ofAnswer || c != nil && c.Secret {
				continue
			}
			out[name] = plain(c, inner)
		}
		return out

	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			inner := (*snapshot.Property)(nil)
			if p != nil {
				inner = p.Items
			}
			text, _ := snapshot.Canonical(plain(inner, item))
			items[i] = string(text)
		}
		slices.Sort(items)
		return items
	}
	return v
}

func plainText(p *snapshot.Property, o object) string {
	text, err := snapshot.Canonical(plain(p, o))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestEmulatedBodies: every document of every dataset has, field by field, what the
// service answered.
func TestEmulatedBodies(t *testing.T) {
	effort.WithoutRace(t)
	w := emulator.GenerateClients(1, []string{emulator.CleanLabel})
	cfg, err := emulated(t, w, serve(t, w, emulator.Options{PageSize: 50}), emulator.CleanLabel).defaults()
	if err != nil {
		t.Fatal(err)
	}

	s, err := signIn(t.Context(), cfg, clientUnits())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()

	given := &bodies{}
	for _, c := range s.connections {
		given.record(c)
	}
	if err := s.openSpool(); err != nil {
		t.Fatal(err)
	}
	if err := s.collect(t.Context()); err != nil {
		t.Fatal(err)
	}

	all, err := assemble(s.material)
	if err != nil {
		t.Fatal(err)
	}

	compared := 0
	for _, d := range all {
		schema, docs := schema(d.Name), d.Loaded().Documents
		compared += len(docs)
		answered := map[string]bool{}
		for _, o := range given.all {
			answered[plainText(&schema.Property, o)] = true
		}
		for _, doc := range docs {
			whole := maps.Clone(doc.Spec)
			maps.Copy(whole, doc.Observed)
			if text := plainText(&schema.Property, whole); !answered[text] {
				t.Errorf("%s %s: nobody answered %.500s", d.Name, doc.ID, text)
			}
		}
	}
	if compared < 200 {
		t.Errorf("%d documents of %d datasets were compared with %d objects", compared, len(all), len(given.all))
	}
}

// generated is a value that fits a property, every known property of objects included,
// with one that nobody knows, and one that is a secret by its name, at each depth.
func generated(p *snapshot.Property, n *int) any {
	*n++
	kind := "object"
	if len(p.Type) > 0 {
		kind = p.Type[0]
	}

	switch kind {
	case "array":
		if p.Items == nil {
			return []any{}
		}
		return []any{generated(p.Items, n), generated(p.Items, n)}
	case "boolean":
		return *n%2 == 0
	case "integer", "number":
		return *n
	case "string":
		return fmt.Sprint("text ", *n)
	}

	o := object{"aNewProperty": fmt.Sprint("new ", *n), "clientSecret": "hunter2", "adminPassword": object{"value": "hunter2"}}
	for name, c := range p.Properties {
		if c.Secret {
			o[name] = "hunter2"
		} else {
			o[name] = generated(c, n)
		}
	}
	return o
}

// TestEveryProperty: of every schema, an object with all that it knows, with what
// nobody knows and with secrets, is a document of all but the secrets.
func TestEveryProperty(t *testing.T) {
	effort.WithoutRace(t)
	for _, u := range All() {
		n := 0
		body := generated(&u.Schema.Property, &n).(object)
		if id := u.Schema.ID.Property; !u.single() {
			body[id] = "/subscriptions/" + sub1 + "/x"
			if u.Schema.ID.Form == snapshot.GUID {
				body[id] = other
			}
		}

		parsed, err := snapshot.ParseObject([]byte(text(body)))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := u.Schema.Normalize(parsed, "parent")
		if err != nil {
			t.Errorf("%s: %v", u.Schema.Dataset, err)
			continue
		}

		whole := maps.Clone(doc.Spec)
		maps.Copy(whole, doc.Observed)
		want := withoutSecrets(parsed)
		if got := plainText(&u.Schema.Property, whole); got != plainText(&u.Schema.Property, want) {
			t.Errorf("%s:\n%s\nwant\n%s", u.Schema.Dataset, got, plainText(&u.Schema.Property, want))
		}
		if line, _ := snapshot.Canonical(doc); strings.Contains(string(line), "hunter2") ||
			!strings.Contains(string(line), "aNewProperty") {
			t.Errorf("%s: %s", u.Schema.Dataset, line)
		}
	}
}

// withoutSecrets drops the two that generated adds.
func withoutSecrets(o object) object {
	out := object{}
	for name, v := range o {
		switch v := v.(type) {
		case object:
			if name != "adminPassword" {
				out[name] = withoutSecrets(v)
			}
		case []any:
			list := []any{}
			for _, item := range v {
				if inner, isObject := item.(object); isObject {
					item = withoutSecrets(inner)
				}
				list = append(list, item)
			}
			out[name] = list
		default:
			if v != "hunter2" {
				out[name] = v
			}
		}
	}
	return out
}
