// Package packfile reads PACK.hcl, the file that says what a pack of somebody else's
// policies is and where its files are, and the input that such a pack judges.
//
//	pack "scuba" {
//	  kind     = "scuba"
//	  title    = "CISA ScubaGear 1.8"
//	  source   = "https://github.com/cisagov/ScubaGear"
//	  licence  = "CC0-1.0"
//	  dir      = "ScubaGear/PowerShell/ScubaGear/Rego"
//	  products = ["aad", "exo"]
//	}
package packfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ringfence/engine/foreign"
	"ringfence/engine/policyset"
	"ringfence/internal/inputfile"
	"ringfence/internal/terminal"
)

// Pack is a pack as PACK.hcl describes it.
type Pack struct {
	foreign.Manifest
	Dir string // where its policies are

	// TenantAt and ReadAt are where the input says whose it is and when it was read,
	// "" where it does not: "meta.tenant".
	TenantAt, ReadAt string
}

// written is PACK.hcl.
type written struct {
	Packs []block `hcl:"pack,block"`
}

type block struct {
	Name     string            `hcl:"name,label"`
	Kind     string            `hcl:"kind"`
	Title    string            `hcl:"title"`
	Source   string            `hcl:"source"`
	Licence  string            `hcl:"licence"`
	Dir      string            `hcl:"dir"`
	Products []string          `hcl:"products"`
	Rego     string            `hcl:"rego,optional"`
	Severity map[string]string `hcl:"severity,optional"`
	Optional []string          `hcl:"optional,optional"`
	TenantAt string            `hcl:"tenant_at,optional"`
	ReadAt   string            `hcl:"read_at,optional"`

	Range hcl.Range
}

// Load reads PACK.hcl. dir in it is relative to the file's own folder. An error names
// file and line.
func Load(path string) (Pack, error) {
	src, err := inputfile.Read(path)
	if err != nil {
		return Pack{}, err
	}
	return parse(path, src)
}

func parse(path string, src []byte) (Pack, error) {
	for i, line := range strings.Split(string(src), "\n") {
		if text := strings.TrimRight(strings.ReplaceAll(line, "\t", " "), "\r"); terminal.Safe(text) != text {
			return Pack{}, fmt.Errorf("%s:%d: holds characters that nobody sees", path, i+1)
		}
	}

	file, diags := hclsyntax.ParseConfig(src, path, hcl.InitialPos)
	if diags.HasErrors() {
		return Pack{}, first(diags)
	}

	var w written
	if diags := gohcl.DecodeBody(file.Body, nil, &w); diags.HasErrors() {
		return Pack{}, first(diags)
	}
	if len(w.Packs) != 1 {
		return Pack{}, fmt.Errorf(`%s: holds %d packs, not one: pack "name" { … }`, path, len(w.Packs))
	}

	return w.Packs[0].pack(path, file.Body.(*hclsyntax.Body).Blocks[0])
}

// first words the first error: file and line first, as compilers do.
func first(diags hcl.Diagnostics) error {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			at := ""
			if d.Subject != nil {
				at = fmt.Sprintf("%s:%d: ", d.Subject.Filename, d.Subject.Start.Line)
			}
			return errors.New(terminal.Safe(at + d.Summary + ": " + strings.ReplaceAll(d.Detail, "\n", " ")))
		}
	}
	return errors.New("not a pack file")
}

// pack checks what is written.
func (b block) pack(path string, at *hclsyntax.Block) (Pack, error) {
	fail := func(attribute string, err error) (Pack, error) {
		line := at.TypeRange.Start.Line
		if a := at.Body.Attributes[attribute]; a != nil {
			line = a.SrcRange.Start.Line
		}
		return Pack{}, fmt.Errorf("%s:%d: %w", path, line, err)
	}

	p := Pack{
		Manifest: foreign.Manifest{
			Name: b.Name, Kind: b.Kind, Title: b.Title, Products: b.Products,
			Severity: b.Severity, Optional: b.Optional,
			Source: strings.Join(strings.Fields(b.Source+" ("+b.Licence+")"), " "),
		},
		TenantAt: b.TenantAt, ReadAt: b.ReadAt,
	}
	if p.Severity == nil {
		p.Severity = map[string]string{}
	}
	if p.Optional == nil {
		p.Optional = []string{}
	}

	switch b.Rego {
	case "", "v1":
	case "v0":
		p.V0 = true
	default:
		return fail("rego", fmt.Errorf(`rego is "v0" or "v1", not %q`, b.Rego))
	}

	for name, value := range map[string]string{"source": b.Source, "licence": b.Licence} {
		if strings.TrimSpace(value) == "" {
			return fail(name, fmt.Errorf("%s is empty: say where the pack is from, and under which licence", name))
		}
	}
	if attribute, err := p.Check(); err != nil {
		return fail(attribute, err)
	}

	p.Dir = b.Dir
	if !filepath.IsAbs(p.Dir) {
		p.Dir = filepath.Join(filepath.Dir(path), filepath.FromSlash(p.Dir))
	}
	if info, err := os.Stat(p.Dir); err != nil || !info.IsDir() {
		return fail("dir", fmt.Errorf("dir %q: %s is no folder", b.Dir, p.Dir))
	}

	return p, nil
}

// Bundle reads the pack's policies and adds what is generated.
func (p Pack) Bundle() (policyset.Files, error) {
	files, err := policyset.Read(os.DirFS(p.Dir))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no policy files (*.rego)", p.Dir)
	}
	for path := range files {
		if terminal.Safe(path) != path {
			return nil, fmt.Errorf("%s: the file name %q holds characters that nobody sees", p.Dir, path)
		}
	}

	return foreign.Bundle(p.Manifest, files)
}

// Said is what an input says of itself.
type Said struct {
	TenantID, ReadAt string
	// Others is a tenant that it names beside that one, "" for none.
	Others string
}

// Said reads what an input says of itself: where PACK.hcl says, or where the kind of
// tool writes it.
func (p Pack) Said(input map[string]any) (said Said, err error) {
	if p.Kind == foreign.Scuba {
		said.TenantID, said.ReadAt = foreign.Tenant(input)
		other, _ := input["tenant_id"].(string)
		if other != "" && said.TenantID != "" && !strings.EqualFold(other, said.TenantID) {
			said.Others = other
		}
	}

	for at, to := range map[string]*string{p.TenantAt: &said.TenantID, p.ReadAt: &said.ReadAt} {
		if at == "" {
			continue
		}
		if *to, err = foreign.At(input, at); err != nil {
			return said, err
		}
	}
	return said, nil
}
