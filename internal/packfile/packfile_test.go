package packfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/foreign"
)

const good = `pack "acme" {
  kind     = "scuba"
  title    = "Acme baseline"
  source   = "https://example.com/acme"
  licence  = "MIT"
  dir      = "rego"
  products = ["mail"]
}
`

func write(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "acme.hcl")
	if err := os.MkdirAll(filepath.Join(dir, "rego"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	path := write(t, good)
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := Pack{
		Manifest: foreign.Manifest{
			Name: "acme", Kind: "scuba", Title: "Acme baseline", Source: "https://example.com/acme (MIT)",
			Products: []string{"mail"}, Severity: map[string]string{}, Optional: []string{},
		},
		Dir: filepath.Join(filepath.Dir(path), "rego"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	if _, err := got.Bundle(); err == nil || !strings.Contains(err.Error(), "holds no policy files") {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestLoadRefuses: an error names the line of what is wrong.
func TestLoadRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ old, new, want string }{
		"kind":            {`"scuba"`, `"other"`, `acme.hcl:2: kind "other" is none of`},
		"dir":             {`"rego"`, `"nowhere"`, `acme.hcl:6: dir "nowhere"`},
		"products":        {`["mail"]`, `[]`, `acme.hcl:7: products`},
		"a product":       {`["mail"]`, `["a b"]`, `acme.hcl:7: product "a b"`},
		"licence":         {`"MIT"`, `" "`, `acme.hcl:5: licence is empty`},
		"source":          {`"https://example.com/acme"`, `""`, `acme.hcl:4: source is empty`},
		"title":           {`"Acme baseline"`, `""`, `acme.hcl:3: title`},
		"severity word":   {"}\n", "  severity = { must = \"high\" }\n}\n", `acme.hcl:8: severity of "must"`},
		"severity":        {"}\n", "  severity = { shall = \"bad\" }\n}\n", `acme.hcl:8: severity "bad"`},
		"rego":            {"}\n", "  rego = \"v7\"\n}\n", `acme.hcl:8: rego is`},
		"unknown":         {"}\n", "  colour = 1\n}\n", `acme.hcl:8: Unsupported argument`},
		"missing":         {`  kind     = "scuba"`, "", `Missing required argument`},
		"name":            {`"acme" {`, `"Acme One" {`, `acme.hcl:1: name "Acme One"`},
		"no syntax":       {`"MIT"`, `"MIT`, `acme.hcl:5: `},
		"two":             {"}\n", "}\n" + good, `holds 2 packs`},
		"hidden":          {"Acme", "Ac\u202eme", "acme.hcl:3: holds characters that nobody sees"},
		"a type":          {`["mail"]`, `{}`, `acme.hcl:7`},
		"nothing but ...": {good, "# nothing\n", `holds 0 packs`},
	} {
		_, err := Load(write(t, strings.Replace(good, tc.old, tc.new, 1)))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// TestSaid: what an input says of itself.
func TestSaid(t *testing.T) {
	input := map[string]any{
		"tenant_details": []any{map[string]any{"TenantId": "one"}}, "timestamp_zulu": "then",
		"tenant_id": "two", "meta": map[string]any{"tenant": "three", "n": 1},
	}
	scuba := Pack{Manifest: foreign.Manifest{Kind: foreign.Scuba}}
	conftest := Pack{Manifest: foreign.Manifest{Kind: foreign.Conftest}}
	at := func(tenant, read string) Pack { return Pack{TenantAt: tenant, ReadAt: read} }
	for name, tc := range map[string]struct {
		pack    Pack
		want    Said
		problem string
	}{
		"scuba":    {scuba, Said{TenantID: "one", ReadAt: "then", Others: "two"}, ""},
		"conftest": {conftest, Said{}, ""},
		"paths":    {at("meta.tenant", "timestamp_zulu"), Said{TenantID: "three", ReadAt: "then"}, ""},
		"missing":  {at("meta.client", ""), Said{}, "has no meta.client"},
		"no text":  {at("meta.n", ""), Said{}, "is no text"},
	} {
		got, err := tc.pack.Said(input)
		if tc.problem != "" {
			if err == nil || !strings.Contains(err.Error(), tc.problem) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("pack \"a\" {}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if p, err := parse("p.hcl", src); err == nil {
			if _, err := p.Check(); err != nil {
				t.Errorf("accepted, and refused: %v", err)
			}
		}
	})
}
