// Package foreign judges an input by policies that somebody else wrote: a pack. The
// files of a pack run as they are; what makes controls of them is generated beside
// them, and what decides whether an answer stands is ours.
//
//	files, err := foreign.Bundle(manifest, packFiles)   // with the shims: what a run folder keeps
//	pack, err := foreign.Load(files)                    // compiled and planned
//	opinions, err := pack.Judge(ctx, seen)              // one for each control of the pack
//
// Two kinds of packs are known. In one of kind scuba (CISA's ScubaGear) each product
// has a set "tests" of results, which name their policy, the commands that read what
// it judges, and whether the requirement is met. In one of kind conftest the rules
// deny, warn and violation give what is wrong.
//
// Both answer where there is nothing to judge: a result that is met, and a rule that
// finds nothing, may be so because something was never read. From the compiled rules
// follows what each reads of the input (engine/plan); a pass without all of it is
// undetermined, and so is a violation that asks for the absence of what is missing.
package foreign

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/policyset"
)

// The kinds of packs.
const (
	Scuba    = "scuba"
	Conftest = "conftest"
	// Results is of packs that are generated of what another tool says: in the form of
	// scuba, with evidence in the place of commands.
	Results = "results"
)

// Kinds are the kinds of packs that people write.
var Kinds = []string{Scuba, Conftest}

// Manifest says what a pack is: PACK.hcl, as the bundle of a run folder keeps it.
type Manifest struct {
	Name     string   `json:"name"` // a label
	Kind     string   `json:"kind"` // one of Kinds
	Title    string   `json:"title"`
	Source   string   `json:"source"`   // where it is from, under which licence
	Products []string `json:"products"` // packages: of scuba with "tests", of conftest with deny, warn, violation
	V0       bool     `json:"v0"`       // written in the syntax before Rego v1
	// Severity is that of a control, by what the pack says of it in lower case:
	// "shall" and "should", or "deny", "warn" and "violation".
	Severity map[string]string `json:"severity"`
	// Optional are parts of the input whose absence means something by the pack's own
	// documents: "scuba_config", or "spec.replicas".
	Optional []string `json:"optional"`
}

// Severities are those of a kind that a manifest need not state.
var Severities = map[string]map[string]string{
	Scuba:    {"shall": "high", "should": "medium"},
	Conftest: {"deny": "high", "violation": "high", "warn": "low"},
}

// onlyWords are the keys of a kind's input that no verdict follows from: of scuba the
// version of the module, which is part of links in messages.
var onlyWords = map[string][]string{Scuba: {"module_version"}}

var (
	packLabel   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	packageName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*$`)
)

// Check refuses a manifest that describes no pack. field is the attribute that the
// error is about.
func (m Manifest) Check() (field string, err error) {
	switch {
	case !packLabel.MatchString(m.Name):
		return "name", fmt.Errorf("name %q is no label: letters a-z, digits and -, a letter first", m.Name)
	case m.Kind != Results && !slices.Contains(Kinds, m.Kind):
		return "kind", fmt.Errorf("kind %q is none of %s", m.Kind, strings.Join(Kinds, ", "))
	case m.Title == "" || strings.Contains(m.Title, "\n"):
		return "title", fmt.Errorf("title is missing, or more than one line")
	case len(m.Products) == 0:
		return "products", fmt.Errorf("products names no package of the pack")
	}

	for i, product := range m.Products {
		if !packageName.MatchString(product) || strings.HasPrefix(product, "ringfence.") {
			return "products", fmt.Errorf("product %q is no name of a package", product)
		}
		if slices.Contains(m.Products[:i], product) {
			return "products", fmt.Errorf("product %q is there twice", product)
		}
	}

	for _, word := range slices.Sorted(maps.Keys(m.Severity)) {
		if Severities[m.Kind][word] == "" {
			known := strings.Join(slices.Sorted(maps.Keys(Severities[m.Kind])), ", ")
			return "severity", fmt.Errorf("severity of %q: a %s pack says %s", word, m.Kind, known)
		}
		if !slices.Contains(finding.Severities, m.Severity[word]) {
			return "severity", fmt.Errorf("severity %q is not one of %v", m.Severity[word], finding.Severities)
		}
	}

	return "", nil
}

// severity is that of what a pack calls word ("Shall/Not-Implemented", "deny").
func (m Manifest) severity(word string) string {
	word, _, _ = strings.Cut(strings.ToLower(word), "/")
	for _, known := range []map[string]string{m.Severity, Severities[m.Kind]} {
		if s := known[word]; s != "" {
			return s
		}
	}
	return "medium"
}

// Where the generated files and those of the pack are in a bundle.
const (
	manifestFile = "ringfence/pack.rego"
	shimFolder   = "ringfence/shim/"
	packFolder   = "pack/"
)

// Is reports whether a bundle is a pack's.
func Is(files policyset.Files) bool { return files[manifestFile] != nil }

// Bundle are the files that a run folder keeps of a pack: its own below pack/, and
// the generated manifest and shims.
func Bundle(m Manifest, pack policyset.Files) (policyset.Files, error) {
	if _, err := m.Check(); err != nil {
		return nil, err
	}

	stated, err := snapshot.Canonical(m)
	if err != nil {
		return nil, err
	}

	files := policyset.Files{manifestFile: []byte(
		"# Generated by ringfence from PACK.hcl: what the policies below pack/ are.\n" +
			"package ringfence.pack\n\nmanifest := " + string(stated) + "\n")}
	for path, data := range pack {
		files[packFolder+path] = data
	}

	for _, s := range shims(m, pack) {
		files[s.path] = []byte(s.text)
	}

	return files, nil
}

// manifestOf reads the manifest back, and the pack's own files. What was generated
// must be what would be generated again.
func manifestOf(files policyset.Files) (m Manifest, err error) {
	module, err := ast.ParseModuleWithOpts(manifestFile, string(files[manifestFile]),
		ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		return m, err
	}
	if len(module.Rules) != 1 || module.Rules[0].Head.Value == nil {
		return m, fmt.Errorf("%s: holds no manifest", manifestFile)
	}

	plain, err := ast.JSON(module.Rules[0].Head.Value.Value)
	if err == nil {
		var data []byte
		if data, err = json.Marshal(plain); err == nil {
			err = json.Unmarshal(data, &m)
		}
	}
	if err != nil {
		return m, fmt.Errorf("%s: %w", manifestFile, err)
	}

	own := policyset.Files{}
	for path, data := range files {
		if name, ok := strings.CutPrefix(path, packFolder); ok {
			own[name] = data
		}
	}

	again, err := Bundle(m, own)
	if err != nil {
		return m, fmt.Errorf("%s: %w", manifestFile, err)
	}
	if again.Digest() != files.Digest() {
		return m, fmt.Errorf("%s: the generated files are not those that this program makes of the pack", manifestFile)
	}

	return m, nil
}
