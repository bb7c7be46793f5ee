package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
	"ringfence/engine/policyset"
)

// jsonSchemaFormat is the --format of "policy schema" that other tools read.
const jsonSchemaFormat = "json-schema"

// What "policy schema" calls what was promised to a client, and the snapshot's account of
// itself.
const (
	promiseName = "client"
	accountName = "snapshot"
)

var policySchemaText = text{
	use:   "schema [DATASET]",
	short: "What policies see: the fields of each dataset, and of the promise",
	long: `Without a name it lists the datasets; with one, such as keyvault.vaults, client
(the promise) or snapshot (how each dataset was read), its fields: their types, and
whether each is always there. What a
property's absence means is documented by the page that is named, or unknown: then a
policy must not take it for an answer.

  always     the API always returns it
  nullable   always returned, perhaps null
  absent     may be left out, which has a documented meaning; policies see null
  unknown    may be left out, and no page says what that means

--format json-schema prints JSON Schema for other tools, and --out DIR writes it to
files: input.json is what opa and the VS Code extension take (opa eval --schema), and
<dataset>.json is one dataset's documents.`,
	example: `  ringfence policy schema keyvault.vaults
  ringfence policy schema --out schemas
  opa check --strict --schema schemas/input.json policies`,
}

// schemaEntry is one dataset in "policy schema --format json".
type schemaEntry struct {
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Endpoint    string  `json:"endpoint"`
	Permission  string  `json:"permission"`
	Page        string  `json:"page"`
	Fields      []field `json:"fields"`
}

// field is a property: its place in a document, as a policy writes it.
type field struct {
	Path     string   `json:"path"`
	Type     []string `json:"type"`
	Presence string   `json:"presence"`
	Absence  string   `json:"absence"` // what it means that it is not there; "" where nobody says
	Page     string   `json:"page"`    // that says so
}

func (a *app) policySchema() *cobra.Command {
	var out string
	c := verb(policySchemaText, cobra.MaximumNArgs(1), nil)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if out != "" {
			return a.writeSchemas(out, args)
		}
		return a.printSchemas(args)
	}

	c.Annotations = map[string]string{formatsKey: jsonSchemaFormat}
	c.Flags().StringVar(&out, "out", "", "write JSON Schemas into this folder")

	return c
}

func (a *app) printSchemas(args []string) error {
	entries, err := schemaEntries(args)
	if err != nil {
		return err
	}

	switch {
	case a.format == jsonSchemaFormat:
		return a.json(jsonSchema(args))
	case a.format == "json":
		return a.json(map[string]any{"schema": "ringfence.policy_schema/1", "datasets": entries})
	case len(args) > 0:
		return a.printSchema(entries[0])
	}

	t := table(a.stdout, "DATASET", "PERMISSION", "WHAT")
	for _, e := range entries {
		tableRow(t, e.Name, e.Permission, e.Description)
	}
	return t.Flush()
}

func (a *app) printSchema(e schemaEntry) error {
	a.printf("%s\n%s\n", e.Name, e.Description)
	if e.Endpoint != "" {
		a.printf("from   %s\nneeds  %s\npage   %s\n", e.Endpoint, e.Permission, e.Page)
	}

	a.print("\n")
	t := table(a.stdout, "FIELD", "TYPE", "PRESENCE", "IF IT IS NOT THERE")
	for _, f := range e.Fields {
		tableRow(t, f.Path, strings.Join(f.Type, "|"), f.Presence, f.Absence)
	}
	if err := t.Flush(); err != nil {
		return err
	}

	pages := map[string]bool{}
	for _, f := range e.Fields {
		if f.Page != "" && f.Page != e.Page {
			pages[f.Page] = true
		}
	}
	for _, page := range slices.Sorted(maps.Keys(pages)) {
		a.printf("see also %s\n", page)
	}

	return nil
}

// schemaEntries describes what is asked for: one dataset or the promise, or all.
func schemaEntries(args []string) ([]schemaEntry, error) {
	names := append([]string{promiseName, accountName}, slices.Sorted(maps.Keys(snapshot.Schemas()))...)
	if len(args) > 0 {
		if !slices.Contains(names, args[0]) {
			return nil, usage(meant(args[0], names, `"ringfence policy schema" lists them`),
				"no dataset %q", args[0])
		}
		names = args
	}

	entries := []schemaEntry{}
	for _, name := range names {
		switch name {
		case promiseName:
			entries = append(entries, promiseEntry())
			continue
		case accountName:
			entries = append(entries, accountEntry())
			continue
		}

		s := snapshot.Schemas()[name]
		entries = append(entries, schemaEntry{
			Name:        name,
			Description: s.Description,
			Endpoint:    s.Source.Endpoint,
			Permission:  s.Permission,
			Page:        s.Source.Page,
			Fields:      append(ownFields(), fieldsOf(&s.Property, "")...),
		})
	}

	return entries, nil
}

// ownFields are what ringfence adds to each document.
func ownFields() []field {
	text := []string{"string"}
	return []field{
		{Path: "_id", Type: text, Presence: string(snapshot.Always)},
		{Path: "_scope", Type: text, Presence: string(snapshot.Always)},
		{Path: "_subject", Type: text, Presence: string(snapshot.Always)},
	}
}

func fieldsOf(p *snapshot.Property, at string) []field {
	fields := []field{}
	for _, name := range slices.Sorted(maps.Keys(p.Properties)) {
		below := p.Properties[name]
		if below.Secret {
			continue // no policy sees it
		}

		f := field{Path: at + name, Type: below.Type, Presence: string(below.Presence)}
		if below.Absence != nil {
			f.Absence, f.Page = below.Absence.Means, below.Absence.Page
		}

		fields = append(fields, f)
		fields = append(fields, fieldsOf(below, at+name+".")...)
		if below.Items != nil {
			fields = append(fields, fieldsOf(below.Items, at+name+"[_].")...)
		}
		if below.Values != nil {
			fields = append(fields, fieldsOf(below.Values, at+name+"[_].")...)
		}
	}

	return fields
}

// promiseEntry describes input.client, by the table that the fleet file is read by.
func promiseEntry() schemaEntry {
	return schemaEntry{
		Name:        promiseName,
		Description: "What was promised to the client: input.client, out of the fleet file.",
		Page:        "docs/fleet-file.md",
		Fields:      attributeFields(intent.ClientTable, jsonSchema([]string{promiseName}), ""),
	}
}

// accountEntry describes input.snapshot.
func accountEntry() schemaEntry {
	e := schemaEntry{
		Name:        accountName,
		Description: "How each dataset was read that a pass rests on: input.snapshot.",
		Page:        "docs/writing-controls.md",
	}
	for _, f := range policyset.AccountFields {
		shown := field{Path: "datasets[_]." + f.Path, Type: []string{f.Type}, Presence: string(snapshot.Always)}
		if f.Null != "" {
			shown.Type = append(shown.Type, "null")
			shown.Presence, shown.Absence = string(snapshot.Nullable), f.Null
		}
		e.Fields = append(e.Fields, shown)
	}
	return e
}

func attributeFields(table intent.Table, schema map[string]any, at string) []field {
	properties, _ := schema["properties"].(map[string]any)
	fields := []field{}
	for _, a := range table {
		node, _ := properties[a.Name].(map[string]any)
		if node == nil {
			continue // parameters are input.params
		}

		types, inside := typesOf(node)
		f := field{Path: at + a.Name, Type: types, Presence: string(snapshot.Always)}
		if a.Null != "" {
			f.Presence, f.Absence = string(snapshot.Nullable), a.Null
		}

		below := f.Path + "."
		if items, isList := inside["items"].(map[string]any); isList {
			inside, below = items, f.Path+"[_]."
		}

		fields = append(fields, f)
		fields = append(fields, attributeFields(a.Of, inside, below)...)
	}

	return fields
}

// typesOf are the types that a schema allows, and the schema of the first of them.
func typesOf(schema map[string]any) (types []string, first map[string]any) {
	options, isAny := schema["anyOf"].([]any)
	if !isAny {
		options = []any{schema}
	}

	for _, o := range options {
		option, _ := o.(map[string]any)
		name, _ := option["type"].(string)
		types = append(types, cmp.Or(name, "any"))
		if first == nil {
			first = option
		}
	}

	return types, first
}

// jsonSchema is the JSON Schema of the whole input, of a dataset, or of the promise.
func jsonSchema(args []string) map[string]any {
	schema := policyset.InputSchema()
	if len(args) == 0 {
		return schema
	}

	below := schema
	for part := range strings.SplitSeq(args[0], ".") {
		below = below["properties"].(map[string]any)[part].(map[string]any)
	}

	below = maps.Clone(below)
	below["$schema"], below["title"] = schema["$schema"], args[0]

	return below
}

func (a *app) writeSchemas(dir string, args []string) error {
	entries, err := schemaEntries(args)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usage("--out takes a folder", "%w", err)
	}

	files := map[string]map[string]any{}
	for _, e := range entries {
		files[e.Name+".json"] = jsonSchema([]string{e.Name})
	}
	if len(args) == 0 {
		files["input.json"] = jsonSchema(nil)
	}

	written := slices.Sorted(maps.Keys(files))
	for _, name := range written {
		text, err := json.MarshalIndent(files[name], "", "  ")
		if err != nil {
			return fmt.Errorf("writing schemas: %w", err)
		}
		err = writeAll(filepath.Join(dir, name), func(w io.Writer) error {
			_, err := w.Write(append(text, '\n'))
			return err
		})
		if err != nil {
			return usage("--out takes a folder", "%w", err)
		}
	}

	if a.format != "text" {
		return a.json(map[string]any{"schema": "ringfence.policy_schemas/1", "dir": dir, "files": written})
	}
	return a.printf("%s: %d files\n", dir, len(written))
}
