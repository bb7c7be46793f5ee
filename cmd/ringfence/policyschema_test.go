package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// TestSchemaFile: stock OPA, given input.json, finds a misspelt property, and no fault in
// one that is there.
func TestSchemaFile(t *testing.T) {
	dir := t.TempDir()
	if code := execute(t.Context(), []string{"policy", "schema", "--out", dir}, os.Stderr, os.Stderr); code != 0 {
		t.Fatal(code)
	}

	text, err := os.ReadFile(filepath.Join(dir, "input.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	set := ast.NewSchemaSet()
	set.Put(ast.SchemaRootRef, schema)

	for property, want := range map[string]string{
		"enablePurgeProtection": "", "enablePurgeProtektion": "undefined ref",
	} {
		const rule = "package p\n\ns contains v._id if {\n\tsome v in input.keyvault.vaults\n\tv.properties."
		c := ast.NewCompiler().WithSchemas(set)
		c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule(rule + property + "\n}\n")})
		if got := c.Errors; (want == "") != (len(got) == 0) || len(got) > 0 && !strings.Contains(got.Error(), want) {
			t.Errorf("%s: %v", property, got)
		}
	}
}
