// Package archtest holds the repository to its own rules: who may import whom.
// The table is the one in the design documents; DESIGN.md says why.
package archtest

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what `go list -json` says about one of our packages.
type listed struct {
	ImportPath string
	Imports    []string // direct
	Deps       []string // transitive
}

const module = "ringfence"

// rule is what a package, or all packages below it, may import.
type rule struct {
	// prefix is a package of ours; one that ends in "/" stands for those below it.
	prefix string

	// may are the packages of ours that it may depend on, directly or not, each with
	// those below it.
	may []string

	// never are packages that it does not import itself. (Directly: OPA links
	// net/http, whatever we do.)
	never []string
}

var (
	// plain packages hold types and formats.
	plain = []string{"net/http", opa}

	// pure packages give the same for the same, on any machine and at any time.
	pure = []string{"net/http", "os", "math/rand", "math/rand/v2", "crypto/rand"}
)

const (
	opa      = "github.com/open-policy-agent/opa"
	snapshot = "collectors/snapshot"
	layout   = "internal/runfolder/layout"
)

// rules are looked through in this order, and the first whose prefix matches a
// package holds. Others, internal/* and cmd/*, may import anything: they wire.
var rules = []rule{
	// The leaves: what one stage hands to the next.
	{snapshot, nil, plain},
	{"engine/intent", nil, plain},
	{"engine/finding", nil, plain},
	{"oscal/attest", nil, []string{"net/http"}},
	{layout, []string{snapshot}, plain},

	// Collecting: the only floor that talks to tenants.
	{"collectors/graph", []string{snapshot}, nil},
	{"collectors/arm", []string{snapshot}, nil},
	{"collectors/emulator", []string{snapshot}, nil}, // never engine or policies: it must not know what will be judged
	{"collectors/", []string{snapshot, "collectors/graph", "collectors/arm"}, []string{"net/http"}},
	{"collectors", []string{"collectors/"}, nil},

	// Judging, from the bottom up. Only package engine knows all of its rooms.
	{"policies", nil, nil},
	{"engine/plan", nil, pure},
	{"engine/evaluator", nil, pure},
	{"engine/query", []string{"engine/plan", "engine/evaluator"}, pure},
	{"engine/meter", []string{snapshot}, pure},
	{"engine/decode", []string{snapshot, "engine/plan"}, pure},
	{"engine/policyset", []string{snapshot, "engine/finding", "engine/intent"}, pure},
	{"engine/foreign", append(evidence, "engine/policyset", "engine/query", "engine/evaluator"), pure},
	{"engine/index", []string{snapshot, "engine/plan", "engine/decode"}, pure},
	{"engine/evidence", evidence, pure},
	{"engine/memory", append(evidence, "engine/evidence"), pure},
	{"engine/gate", append(evidence, "engine/evidence", "engine/query", "engine/evaluator"), pure},
	{"engine/fleet/fact", nil, pure},
	{"engine/fleet/fingerprint", nil, pure},
	{"engine/fleet/join", []string{"engine/fleet/fingerprint"}, pure},
	{"engine/fleet/reach", []string{"engine/fleet/fact"}, pure},
	{"engine/fleet/certificate", []string{"engine/fleet/fact", "engine/fleet/reach"}, pure},
	{"engine/fleet", []string{"engine/fleet"}, pure},
	{"engine", []string{snapshot, "engine"}, pure},

	// Telling: documents and pages of what was found.
	{"oscal", []string{"engine/finding", "engine/intent", snapshot, layout}, []string{opa}},
	{"internal/summary", []string{"engine/finding"}, plain},

	// Checking, without collecting or judging: what a reviewer has to trust is small.
	{"internal/certificate", nil, append(plain, "os")}, // it shares no code with the engine
	{"internal/runfolder", checking, []string{"net/http", opa}},
	{"cmd/ringfence-attest", append(checking, "internal/runfolder", "internal/flags", "cmd/ringfence-attest"),
		[]string{"net/http", opa}},
}

// checking is what run folders are checked with.
var checking = []string{
	snapshot, layout, "engine/finding", "engine/intent", "oscal/attest",
	"internal/fleetfile", "internal/inputfile", "internal/summary", "internal/terminal",
}

// evidence is what the engine's evidence, and what is built on it, is made of.
var evidence = []string{
	snapshot, "engine/plan", "engine/decode", "engine/meter", "engine/finding", "engine/intent",
}

func list(t *testing.T, pattern string) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", pattern).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pattern, err)
	}

	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}

	return all
}

func ours(path string) (string, bool) { return strings.CutPrefix(path, module+"/") }

// under reports whether a path is a prefix's package or below it; a prefix that
// ends in "/" means below it only.
func under(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
}

// ruleOf is the rule that holds for a package.
func ruleOf(name string) (rule, bool) {
	i := slices.IndexFunc(rules, func(r rule) bool { return under(name, r.prefix) })
	if i < 0 {
		return rule{}, false
	}
	return rules[i], true
}

func TestImports(t *testing.T) {
	packages := list(t, module+"/...")
	if len(packages) < 15 {
		t.Fatalf("go list found %d packages", len(packages))
	}

	used := map[string]bool{} // by prefix
	for _, p := range packages {
		name, _ := ours(p.ImportPath)
		r, has := ruleOf(name)
		if !has {
			continue
		}
		used[r.prefix] = true

		for _, dep := range p.Deps {
			d, isOurs := ours(dep)
			if isOurs && d != name && !slices.ContainsFunc(r.may, func(m string) bool { return under(d, m) }) {
				t.Errorf("%s depends on %s: the rules in this file do not let it", name, d)
			}
		}

		for _, imported := range p.Imports {
			banned := func(n string) bool { return imported == n || n != "os" && under(imported, n) }
			if slices.ContainsFunc(r.never, banned) {
				t.Errorf("%s imports %s: the rules in this file do not let it", name, imported)
			}
		}
	}

	for _, r := range rules {
		if !used[r.prefix] {
			t.Errorf("there is no package that the rule for %s is about", r.prefix)
		}
	}
}

// git runs git in the root of the repository and returns what it prints.
func git(arguments ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", "../.."}, arguments...)...).Output()
	return strings.TrimSpace(string(out)), err
}

// TestTypedSDK: msgraph-sdk-go/models takes 4.7 GB to compile.
func TestTypedSDK(t *testing.T) {
	const sdk = "github.com/microsoftgraph/msgraph-sdk-go/"
	for _, p := range list(t, module+"/cmd/...") {
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, sdk) && dep != sdk+"models/odataerrors" {
				t.Errorf("%s links %s: the SDK's models take 4.7 GB to compile", p.ImportPath, dep)
			}
		}
	}
}

// TestHumanSigner: one program signs as a human, and no other can.
func TestHumanSigner(t *testing.T) {
	signer := module + "/cmd/ringfence-attest/internal/sign"
	for _, p := range list(t, module+"/...") {
		if name, _ := ours(p.ImportPath); slices.Contains(p.Deps, signer) && !under(name, "cmd/ringfence-attest") {
			t.Errorf("%s can sign as a human", name)
		}
	}
}
