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

// rules: a package may depend on the packages of ours that have one of the
// prefixes in may (none: nothing of ours), and directly imports none of never.
// The first rule whose prefix matches a package holds.
var rules = []struct {
	prefix string
	may    []string
	never  []string
}{
	{"collectors/snapshot", nil, []string{"net/http", "github.com/open-policy-agent/opa"}},
	{"engine/intent", nil, []string{"net/http", "github.com/open-policy-agent/opa"}},
	{"engine/finding", nil, []string{"net/http", "github.com/open-policy-agent/opa"}},
	{"oscal/attest", nil, []string{"net/http"}},
	{"oscal/ledger", nil, []string{"net/http"}},
	{"collectors/graph", []string{"collectors/snapshot"}, nil},
	{"collectors/arm", []string{"collectors/snapshot"}, nil},
	{"collectors/emulator", []string{"collectors/snapshot"}, nil},
	{"collectors/", []string{"collectors/snapshot", "collectors/graph", "collectors/arm"}, []string{"net/http"}},
	{"collectors", []string{"collectors/"}, nil},
	{"policies", nil, nil},
	{"engine", []string{"collectors/snapshot", "engine"}, []string{"net/http", "os", "math/rand", "math/rand/v2", "crypto/rand"}},
	{"oscal", []string{"engine/finding", "engine/intent", "collectors/snapshot", "internal/runfolder/layout"}, []string{"github.com/open-policy-agent/opa"}},
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

func TestImports(t *testing.T) {
	packages := list(t, module+"/...")
	if len(packages) < 15 {
		t.Fatalf("go list found %d packages", len(packages))
	}
	for _, p := range packages {
		name, _ := ours(p.ImportPath)
		i := slices.IndexFunc(rules, func(r struct {
			prefix     string
			may, never []string
		}) bool {
			return under(name, r.prefix)
		})
		if i < 0 {
			continue // internal/*, cmd/*: only wiring
		}

		for _, dep := range p.Deps {
			d, isOurs := ours(dep)
			if isOurs && d != name && !slices.ContainsFunc(rules[i].may, func(m string) bool { return under(d, m) }) {
				t.Errorf("%s depends on %s", name, d)
			}
		}

		for _, imp := range p.Imports {
			if slices.ContainsFunc(rules[i].never, func(n string) bool { return under(imp, n) && (n != "os" || imp == "os") }) {
				t.Errorf("%s imports %s", name, imp)
			}
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
	for _, p := range list(t, module+"/cmd/...") {
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, "github.com/microsoftgraph/msgraph-sdk-go/") && dep != "github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors" {
				t.Errorf("%s links %s", p.ImportPath, dep)
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
