package snapshot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lab is a schema with everything that normalization looks at.
const lab = `{
	"title": "lab.things", "x-id": {"property": "id", "form": "arm"}, "type": "object",
	"properties": {
		"id": {"type": "string", "x-presence": "always"},
		"count": {"type": ["integer", "null"], "x-presence": "nullable"},
		"seen": {"type": ["string", "null"], "x-presence": "unknown", "x-volatile": true},
		"key": {"type": "string", "x-presence": "unknown", "x-secret": true},
		"left": {"type": ["string", "null"], "x-presence": "absent", "x-absence": {"means": "default", "page": "p"}},
		"set": {"type": ["array", "null"], "x-presence": "unknown", "x-list": "set", "items": {"type": "string"}},
		"sequence": {"type": "array", "x-presence": "unknown", "x-list": "sequence", "items": {"type": "string"}},
		"tags": {"type": ["object", "null"], "x-presence": "unknown", "additionalProperties": {"type": "string"}},
		"inner": {"type": "object", "x-presence": "always", "properties": {
			"must": {"type": "boolean", "x-presence": "always"},
			"may": {"type": ["string", "null"], "x-presence": "absent", "x-absence": {"means": "none", "page": "p"}},
			"password": {"type": "string", "x-presence": "unknown", "x-secret": true}}},
		"list": {"type": "array", "x-presence": "unknown", "x-list": "set", "items": {"type": "object", "properties": {
			"name": {"type": "string", "x-presence": "always"},
			"secretText": {"type": "string", "x-presence": "unknown", "x-secret": true}}}}
	}}`

func labSchema(t *testing.T, form IDForm, child bool) *Schema {
	t.Helper()
	s := &Schema{}
	if err := json.Unmarshal([]byte(lab), s); err != nil {
		t.Fatal(err)
	}

	if err := s.Property.resolve("lab"); err != nil {
		t.Fatal(err)
	}

	s.ID.Form, s.ID.Child = form, child
	return s
}

func parsed(t *testing.T, s string) map[string]any {
	t.Helper()
	m, err := ParseObject([]byte(s))
	if err != nil {
		t.Fatal(err)
	}

	return m
}

func TestNormalize(t *testing.T) {
	in := parsed(t, `{"@odata.etag":"W/1","@odata.type":"#x","id":"/Subscriptions/A","seen":"now","key":"k3y","set":["b","a"],
		"sequence":["b","a"],"tags":{"T":"V","S":"R"},"future":{"kept":9007199254740993},
		"inner":{"must":true,"password":"pw","future":1},"list":[{"name":"z","secretText":"s3"},{"name":"y"}]}`)
	doc, err := labSchema(t, ARM, false).Normalize(in, "")
	if err != nil {
		t.Fatal(err)
	}

	got, err := Canonical(doc)
	if err != nil {
		t.Fatal(err)
	}

	want := `{"id":"/subscriptions/a","observed":{"seen":"now"},"spec":{"@odata.type":"#x","future":{"kept":"9007199254740993"},` +
		`"id":"/Subscriptions/A","inner":{"future":1,"may":null,"must":true},"left":null,"list":[{"name":"y"},{"name":"z"}],` +
		`"sequence":["b","a"],"set":["a","b"],"tags":{"S":"R","T":"V"}}}`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}

	for _, secret := range []string{"k3y", "pw", "s3"} {
		if strings.Contains(string(got), secret) {
			t.Errorf("%q is stored", secret)
		}
	}

	if in["key"] != "k3y" || len(in["inner"].(map[string]any)) != 3 {
		t.Error("the input was changed")
	}
}

func TestDocumentIDs(t *testing.T) {
	for _, tc := range []struct {
		form  IDForm
		child bool
		body  string
		want  string // "" for an error
	}{
		{GUID, false, `{"id":"AB"}`, "ab"},
		{ARM, false, `{"id":"/A/b"}`, "/a/b"},
		{ARM, true, `{"id":"/A/b"}`, "sub/a/b"},
		{Verbatim, false, `{"id":"aB"}`, "aB"},
		{Verbatim, true, `{"id":"aB"}`, "sub/aB"},
		{Singleton, false, `{}`, "default"},
		{GUID, false, `{}`, ""},
		{GUID, false, `{"id":""}`, ""},
		{GUID, false, `{"id":null}`, ""},
		{Verbatim, false, `{"id":7}`, ""},
	} {
		doc, err := labSchema(t, tc.form, tc.child).Normalize(parsed(t, tc.body), "sub")
		if doc.ID != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("%s %v %s: %q %v", tc.form, tc.child, tc.body, doc.ID, err)
		}
	}
}

func TestGaps(t *testing.T) {
	all := func(string) bool { return true }
	only := func(names ...string) func(string) bool {
		return func(n string) bool { return slices.Contains(names, n) }
	}
	for _, tc := range []struct {
		name, body string
		need       func(string) bool
		want       []string
	}{
		{"nothing lacks", `{"id":"a","inner":{"must":true}}`, nil, nil},
		{"always lacks", `{"id":"a"}`, nil, []string{"/inner"}},
		{"always is null", `{"id":"a","inner":null}`, nil, []string{"/inner"}},
		{"always has another type", `{"id":7,"inner":{"must":"yes"}}`, nil, []string{"/id", "/inner/must"}},
		{"needed lacks", `{"id":"a","inner":{"must":true}}`, only("count"), []string{"/count"}},
		{"needed is null", `{"id":"a","count":null,"inner":{"must":true}}`, only("count"), nil},
		{"needed has another type", `{"id":"a","count":"many","inner":{"must":true}}`, only("count"), []string{"/count"}},
		{"a large integer is a string", `{"id":"a","count":"9007199254740993","inner":{"must":true}}`, only("count"), nil},
		{"needed is volatile", `{"id":"a","seen":"x","inner":{"must":true}}`, only("seen"), nil},
		{"an item lacks", `{"id":"a","inner":{"must":true},"list":[{"name":"x"},{}]}`, only("list"), []string{"/list/1/name"}},
		{"an item has another type", `{"id":"a","inner":{"must":true},"sequence":["a",7]}`, only("sequence"), []string{"/sequence/1"}},
		{"secrets are no gaps", `{"id":"a","inner":{"must":true}}`, only("key"), nil},
		{"a documented absence is none", `{"id":"a","inner":{"must":true}}`, only("left", "may"), nil},
		{"everything needed", `{"id":"a","inner":{},"list":[],"seen":"x","sequence":[],"set":[],"tags":{}}`, all, []string{"/count", "/inner/must"}},
	} {
		s := labSchema(t, ARM, false)
		doc := Document{ID: "a", Spec: parsed(t, tc.body)}
		if d, err := s.Normalize(doc.Spec, ""); err == nil {
			doc = d
		}

		got := s.Gaps(doc, tc.need)
		slices.Sort(got)

		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s: %s", tc.name, d)
		}
	}
}

func TestSchemaDefects(t *testing.T) {
	for name, from := range map[string][2]string{
		"an array without x-list":      {`"x-list": "sequence",`, ``},
		"a presence that is none":      {`"x-presence": "nullable"`, `"x-presence": "perhaps"`},
		"an absence without a meaning": {`"means": "default",`, ``},
	} {
		s := &Schema{}
		if err := json.Unmarshal([]byte(strings.Replace(lab, from[0], from[1], 1)), s); err != nil {
			t.Fatal(err)
		}
		if s.Property.resolve("lab") == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
