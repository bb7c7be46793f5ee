package snapshot

import (
	"encoding/json"
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
	in := parsed(t, `{"@odata.etag":"W/1","@odata.type":"#x","id":"/Subscriptions/A","seen":"now","key":"k3y",
		"set":["b","a"],"sequence":["b","a"],"tags":{"T":"V","S":"R"},"future":{"kept":9007199254740993},
		"inner":{"must":true,"password":"pw","future":1},"list":[{"name":"z","secretText":"s3"},{"name":"y"}]}`)
	doc, err := labSchema(t, ARM, false).Normalize(in, "")
	if err != nil {
		t.Fatal(err)
	}

	got, err := Canonical(doc)
	if err != nil {
		t.Fatal(err)
	}

	want := `{"id":"/subscriptions/a","observed":{"seen":"now"},"spec":{"@odata.type":"#x",` +
		`"future":{"kept":"9007199254740993"},"id":"/Subscriptions/A","inner":{"future":1,"may":null,"must":true},` +
		`"left":null,"list":[{"name":"y"},{"name":"z"}],"sequence":["b","a"],"set":["a","b"],"tags":{"S":"R","T":"V"}}}`
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

// strict is a schema of which nearly everything must be there.
const strict = `{
	"title": "lab.strict", "type": "object",
	"properties": {
		"id": {"type": "string", "x-presence": "always"},
		"size": {"type": "integer", "x-presence": "always"},
		"clock": {"type": "string", "x-presence": "always", "x-volatile": true},
		"key": {"type": "string", "x-presence": "always", "x-secret": true},
		"may": {"type": "string", "x-presence": "nullable"},
		"list": {"type": "array", "x-presence": "always", "x-list": "set", "items": {"type": "object", "properties": {
			"name": {"type": "string", "x-presence": "always"}}}},
		"inner": {"type": "object", "x-presence": "always", "properties": {
			"a/b": {"type": "boolean", "x-presence": "always"},
			"may": {"type": "string", "x-presence": "unknown"}}}
	}}`

// TestGaps: what a document lacks that had all of it before.
func TestGaps(t *testing.T) {
	const good = `{"id":"a","size":7,"clock":"c","may":"m","list":[{"name":"x"},{"name":"y"}],` +
		`"inner":{"a/b":true,"may":"m"}}`
	s := &Schema{}
	if err := json.Unmarshal([]byte(strict), s); err != nil {
		t.Fatal(err)
	}

	for name, tc := range map[string]struct{ old, text, want string }{
		"nothing lacks":               {`{`, `{`, ""},
		"a property lacks":            {`"size":7,`, ``, "/size"},
		"it is null":                  {`"size":7`, `"size":null`, "/size"},
		"it has another type":         {`"size":7`, `"size":[7]`, "/size"},
		"a large integer is a string": {`"size":7`, `"size":"9007199254740993"`, ""},
		"a text is no large integer":  {`"size":7`, `"size":"90 "`, "/size"},
		"it is volatile":              {`"clock":"c",`, ``, "/clock"},
		"it lacks in an object":       {`"a/b":true,`, ``, "/inner/a~1b"},
		"an item lacks it":            {`{"name":"y"}`, `{}`, "/list/1/name"},
		"an item has another type":    {`{"name":"y"}`, `7`, "/list/1"},
		"an object has another type":  {`{"a/b":true,"may":"m"}`, `"x"`, "/inner"},
		"what may be missing":         {`,"may":"m"}`, `}`, ""},
		"what may be null":            {`"may":"m","list"`, `"may":null,"list"`, ""},
		"what may have another type":  {`"may":"m","list"`, `"may":7,"list"`, ""},
	} {
		if !strings.Contains(good, tc.old) {
			t.Fatalf("%s: %s is not there", name, tc.old)
		}

		doc := Document{ID: "a", Spec: parsed(t, strings.Replace(good, tc.old, tc.text, 1))}
		if clock, has := doc.Spec["clock"]; has {
			doc.Observed = map[string]any{"clock": clock}
			delete(doc.Spec, "clock")
		}

		if got := strings.Join(s.Gaps(doc), " "); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
