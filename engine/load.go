package engine

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"
)

// readPolicies reads the policy files without tests.
func readPolicies(fsys fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".rego") || strings.HasSuffix(path, "_test.rego") {
			return err
		}
		if info, err := fs.Stat(fsys, path); err != nil || !info.Mode().IsRegular() { // a pipe would never end
			return cmp.Or(err, fmt.Errorf("%s is no regular file", path))
		}

		files[path], err = fs.ReadFile(fsys, path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading policies: %w", err)
	}

	return files, nil
}

// parse parses the files side by side. Of several errors it returns that of the
// first file.
func parse(files map[string][]byte) (map[string]*ast.Module, error) {
	paths := slices.Sorted(maps.Keys(files))
	parsed, errs := make([]*ast.Module, len(paths)), make([]error, len(paths)) // each element is written by one goroutine
	options := ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1, Capabilities: capabilities()}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))

	for i, path := range paths {
		group.Go(func() error {
			parsed[i], errs[i] = ast.ParseModuleWithOpts(path, string(files[path]), options)
			return nil
		})
	}

	group.Wait()
	modules := map[string]*ast.Module{}
	for i, path := range paths {
		if errs[i] != nil {
			return nil, errs[i]
		}
		modules[path] = parsed[i]
	}

	return modules, nil
}

// compile compiles strictly, against the closed schema of the policy input.
func compile(modules map[string]*ast.Module) (*ast.Compiler, error) {
	for path, m := range modules {
		if err := refuseWith(m); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}

	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, InputSchema())

	c := ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities()).WithSchemas(schemas)
	if c.Compile(modules); c.Failed() {
		return nil, c.Errors
	}

	return c, nil
}

// refuseWith refuses "with" outside tests: it would let a policy judge another
// input than the one its plan was made from.
func refuseWith(m *ast.Module) error {
	var found error
	ast.WalkWiths(m, func(w *ast.With) bool {
		found = fmt.Errorf("%d: a control may not use \"with\": %s", w.Location.Row, w)
		return true
	})
	return found
}

// clocks are the built-ins that read the clock without being marked
// non-deterministic.
var clocks = []string{"crypto.x509.parse_and_verify_certificates", "crypto.x509.parse_and_verify_certificates_with_options", "io.jwt.decode_verify"}

// capabilities is this OPA without the network, without every built-in whose
// result can differ between two evaluations of the same input, without those
// that read METADATA, which may be that of files no plan knows of, and without
// the forms of rules that come with rego.v2 (not {…}, and, or), which no plan
// knows.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.AllowNet, c.FutureKeywords = []string{}, nil
	c.Features = slices.DeleteFunc(c.Features, func(name string) bool { return strings.HasPrefix(name, "rego_v2") })
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || b.Name == ast.HTTPSend.Name || slices.Contains(clocks, b.Name) || strings.HasPrefix(b.Name, "rego.metadata.")
	})

	return c
}

// checkRules holds a control to its contract: subjects and pass are there, and
// all three are partial sets.
func checkRules(c *ast.Compiler, m *ast.Module) error {
	for _, name := range []string{"subjects", "pass", "fail"} {
		rules := c.GetRulesExact(m.Package.Path.Append(ast.StringTerm(name)))
		if len(rules) == 0 && name != "fail" {
			return fmt.Errorf("the control has no set %q (%s contains s if …)", name, name)
		}
		for _, r := range rules {
			if r.Head.RuleKind() != ast.MultiValue {
				return fmt.Errorf("%d: %s is not a partial set: write \"%s contains s if …\"", r.Location.Row, name, name)
			}
		}
	}

	return nil
}
