package official

import (
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
)

// The bodies are as old as the day; the judgement is an hour later.
var (
	savedAt = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	asOf    = savedAt.Add(time.Hour)
)

// examples is the folder of Microsoft's example bodies, or skips the test.
func examples(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", "graph-examples")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("Microsoft's example bodies are not here (%v): nothing is checked against them", err)
	}

	return dir
}

// parse reads JSON with its numbers as written.
func parse(t *testing.T, data []byte) any {
	t.Helper()
	v, err := snapshot.Parse(data)
	if err != nil {
		t.Fatal(err)
	}

	return v
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}

	return b
}

func official(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(examples(t), name))
	if err != nil {
		t.Fatal(err)
	}

	return b
}

// handWritten is a body of ours, filled in.
func handWritten(t *testing.T, name, tenant, scope, row string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "handwritten", name+".json"))
	if err != nil {
		t.Fatal(err)
	}

	return []byte(strings.NewReplacer("{{tenant}}", tenant, "{{scope}}", scope, "{{row}}",
		row).Replace(string(b)))
}

// data is a source's body, as it is saved under an import path.
func (s source) data(t *testing.T, tenant, path string) []byte {
	t.Helper()
	if s.hand != "" {
		_, scope, _ := strings.Cut(path, "/")
		return handWritten(t, s.hand, tenant, scope, "")
	}

	b := official(t, s.official)

	if len(s.adapted) == 0 {
		return b
	}

	v := parse(t, b)
	before := string(encode(t, v))

	for _, a := range s.adapted {
		a.do(v.(map[string]any))
	}

	b = encode(t, v)
	if string(b) == before {
		t.Fatalf("%s: %s: it changes nothing", path, s.adapted[0].what)
	}

	return b
}

// folder is the client as a folder of saved answers.
func (c client) folder(t *testing.T) fstest.MapFS {
	t.Helper()
	files := map[string][]byte{"entra.organization": c.organization.data(t, c.tenant, "entra.organization")}
	for _, path := range c.empty {
		files[path] = hand("empty").data(t, c.tenant, path)
	}

	for path, s := range c.files {
		files[path] = s.data(t, c.tenant, path)
	}

	for _, s := range c.proven {
		for _, name := range []string{"caller_access", "role_definitions"} {
			path := at("azure."+name, s)
			files[path] = hand(name).data(t, c.tenant, path)
		}
	}

	if c.subscriptions != nil {
		var list []json.RawMessage
		for _, row := range c.subscriptions {
			list = append(list, handWritten(t, "subscription", c.tenant, "", row))
		}
		files["azure.subscriptions"] = encode(t, map[string]any{"value": list})
	}

	fsys := fstest.MapFS{}
	for path, data := range files {
		fsys[path+".json"] = &fstest.MapFile{Data: data}
	}

	return fsys
}

// snapshot imports the client.
func (c client) snapshot(t *testing.T) snapshot.Snapshot {
	t.Helper()
	name := c.name

	if c.fleet != nil {
		name = snapshot.FleetClient
	}

	s, err := collectors.Import(collectors.ImportConfig{Client: name, TenantID: c.tenant,
		CollectedAt: savedAt,
		Azure:       c.declared(), From: c.folder(t), Tool: "test"})
	if err != nil {
		t.Fatal(err)
	}

	return s
}

// find is a client of the table, filled in from those that it is like.
func find(t *testing.T, name string) client {
	t.Helper()
	i := slices.IndexFunc(clients, func(c client) bool { return c.name == name })
	if i < 0 {
		t.Fatalf("no client %s", name)
	}

	c := clients[i]
	if c.like != "" {
		c = c.over(find(t, c.like))
	}

	c.files = maps.Clone(c.files)
	return c
}

// likeOf is the name of the client that one is like, "" if there is none.
func likeOf(name string) string {
	return clients[slices.IndexFunc(clients, func(c client) bool { return c.name == name })].like
}

// over is a client with a base's fields where it has none of its own.
func (c client) over(base client) client {
	c.tenant = cmp.Or(c.tenant, base.tenant)
	c.files = with(base.files, c.files)

	if c.organization.official == "" {
		c.organization = base.organization
	}
	if c.fleet == nil {
		c.fleet = base.fleet
	}

	for _, field := range []struct{ own, base *[]string }{
		{&c.subscriptions, &base.subscriptions}, {&c.proven, &base.proven}, {&c.empty, &base.empty},
		{&c.providers, &base.providers}, {&c.vaults, &base.vaults}, {&c.fence, &base.fence},
		{&c.countries, &base.countries},
	} {
		if *field.own == nil {
			*field.own = *field.base
		}
	}

	return c
}

// document is one document of a snapshot.
func document(t *testing.T, s snapshot.Snapshot, dataset, id string) snapshot.Document {
	t.Helper()
	docs, err := s.Documents(dataset)
	if err != nil {
		t.Fatal(err)
	}

	i := slices.IndexFunc(docs, func(d snapshot.Document) bool { return d.ID == id })
	if i < 0 {
		t.Fatalf("%s: no document %s", dataset, id)
	}

	return docs[i]
}
