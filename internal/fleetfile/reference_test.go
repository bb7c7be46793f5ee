package fleetfile

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ringfence/engine/intent"
)

const referencePage = "../../docs/fleet-file.md"

// generatedBelow is where the part of the page begins that is made from the tables.
const generatedBelow = "<!-- Generated: go test ./internal/fleetfile -run Reference -update -->\n"

// TestReference generates the page's list of blocks and attributes.
func TestReference(t *testing.T) {
	page, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}

	prose, _, found := strings.Cut(string(page), generatedBelow)
	if !found {
		t.Fatalf("%s has no line %s", referencePage, generatedBelow)
	}
	golden(t, referencePage, []byte(prose+generatedBelow+reference()))
}

// reference describes all kinds of blocks in the order in which people write them.
func reference() string {
	var list []kind
	for _, name := range []string{
		"msp", "client", "defaults", "fence", "partner", "vendor", "application",
		"reviewer", "exception", "wall", "shared_sink", "gate", "cloud_unsafe",
	} {
		i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
		list = append(list, kinds[i])
	}

	var out strings.Builder
	out.WriteString("\n## All blocks\n\n| block | how often | what it is |\n|---|---|---|\n")
	for _, k := range list {
		fmt.Fprintf(&out, "| [`%s`](#%[1]s) | %s | %s |\n", k.name, howOften(k), k.doc)
	}
	for _, k := range list {
		describeKind(&out, k)
	}
	return out.String()
}

// howOften says how many blocks of a kind there may be.
func howOften(k kind) string {
	switch {
	case k.name == "msp":
		return "once"
	case k.example == "":
		return "once, or not at all"
	}
	return "any number, each with a label"
}

// describeKind writes a section: what the block is for, an example, its attributes.
func describeKind(out *strings.Builder, k kind) {
	fmt.Fprintf(out, "\n## `%s`\n\n%s\n\n```hcl\n%s```\n", k.name, k.doc, exampleBlock(k))
	if k.name == "defaults" {
		return // the attributes of a client
	}

	out.WriteString("\n| attribute | how it is written | left out, or null | what it says | who reads it |\n")
	out.WriteString("|---|---|---|---|---|\n")
	describeRows(out, k.table, "")
}

func describeRows(out *strings.Builder, table intent.Table, prefix string) {
	for _, a := range table {
		name := "`" + prefix + a.Name + "`"
		if a.Type == intent.Label {
			name = "the label"
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", name, howWritten(a), leftOut(a), a.Doc+inherits(a), a.ReadBy)

		if a.Type == intent.Block || a.Type == intent.Blocks {
			describeRows(out, a.Of, prefix+a.Name+".")
		}
	}
}

// howWritten says how a value is written.
func howWritten(a intent.Attribute) string {
	form := strings.ReplaceAll(a.Form.Want, "<", "&lt;")
	switch a.Type {
	case intent.Label:
		return intent.NameWords
	case intent.Texts:
		if a.Word != "" {
			form += fmt.Sprintf(", or `%q`", a.Word)
		}
		return "a list, each " + form
	case intent.Reference:
		form := fmt.Sprintf("a reference to a `%s`", a.To)
		if a.OrMSP {
			form += ", or `msp`"
		}
		return form
	case intent.References:
		return fmt.Sprintf("a list of references to `%s` blocks", a.To)
	case intent.Parameters:
		return "an object of control ids, each with an object of parameters"
	case intent.Number:
		return "a whole number of 1 or more"
	case intent.Blocks:
		return "any number of blocks"
	case intent.Naming:
		return fmt.Sprintf("nowhere here: in the `clients` of a `%s`", a.To)
	case intent.Flag, intent.Block:
		return string(a.Type)
	}
	return form
}

func leftOut(a intent.Attribute) string {
	switch {
	case a.Required || a.Type == intent.Label:
		return "**required**"
	case a.Default != "":
		return fmt.Sprintf("`%q`", a.Default)
	case a.Type == intent.Flag:
		return "`false`"
	}
	return cmp.Or(a.Null, "optional")
}

func inherits(a intent.Attribute) string {
	switch a.Defaults {
	case intent.Never:
		return " Never from `defaults`."
	case intent.AsAWhole:
		return " From `defaults` as a whole or not at all."
	}
	return ""
}

// exampleBlock is a block with all examples of its attributes.
func exampleBlock(k kind) string {
	header := k.name
	if k.example != "" {
		header += fmt.Sprintf(" %q", k.example)
	}
	return header + " {\n" + exampleRows(k.table, "  ") + "}\n"
}

func exampleRows(table intent.Table, indent string) string {
	width := 0
	for _, a := range table {
		if a.Example != "" && a.Type != intent.Block {
			width = max(width, len(a.Name))
		}
	}

	var attributes, blocks strings.Builder
	for _, a := range table {
		switch {
		case a.Type == intent.Block, a.Type == intent.Blocks:
			body := exampleRows(a.Of, indent+"  ")
			if a.Example != "" {
				body = indent + "  " + a.Example + "\n"
			}
			fmt.Fprintf(&blocks, "\n%s%s {\n%s%s}\n", indent, a.Name, body, indent)
		case a.Example != "":
			fmt.Fprintf(&attributes, "%s%-*s = %s\n", indent, width, a.Name, a.Example)
		}
	}

	return attributes.String() + blocks.String()
}

var hclFence = regexp.MustCompile("(?ms)^```hcl\n(.*?)^```$")

// TestReferenceExamples: the example on top of the page is a fleet file, and so are
// all examples of the tables together.
func TestReferenceExamples(t *testing.T) {
	page, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}

	var whole, generated strings.Builder
	prose, _, _ := strings.Cut(string(page), generatedBelow)
	for _, fence := range hclFence.FindAllStringSubmatch(prose, -1) {
		whole.WriteString(fence[1])
	}
	for _, fence := range hclFence.FindAllStringSubmatch(reference(), -1) {
		generated.WriteString(fence[1])
	}

	for name, src := range map[string]string{"on top": whole.String(), "of the tables": generated.String()} {
		f, diags := Load(file(t, src))
		if diags.HasErrors() {
			t.Errorf("the example %s: %s", name, written(t, diags))
		}
		if len(f.Clients) == 0 || len(f.MSP.MachineKeys) == 0 || len(f.Exceptions) == 0 {
			t.Errorf("the example %s says too little", name)
		}
	}
}
