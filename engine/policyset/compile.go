package policyset

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"
)

// Compile parses and compiles the files, strictly and against the closed schema of
// the policy input. An error names file and line.
func (f Files) Compile() (*ast.Compiler, error) {
	modules, err := f.parse()
	if err != nil {
		return nil, err
	}

	for _, path := range slices.Sorted(maps.Keys(modules)) {
		if err := refuseWith(modules[path]); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}

	compiler := NewCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compiler.Errors
	}

	return compiler, nil
}

// closedSchema is the schema that all compilers share. They only read it.
var closedSchema = sync.OnceValue(InputSchema)

// NewCompiler is what policies are compiled with, and their tests: strict, with what
// policies may use, against the closed schema of the policy input.
func NewCompiler() *ast.Compiler {
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, closedSchema())
	return ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities()).WithSchemas(schemas)
}

// parse parses the files side by side. Of several errors it returns that of the
// first file.
func (f Files) parse() (map[string]*ast.Module, error) {
	paths := slices.Sorted(maps.Keys(f))

	// Each element is written by one goroutine.
	parsed, errs := make([]*ast.Module, len(paths)), make([]error, len(paths))

	options := ParserOptions()
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))

	for i, path := range paths {
		group.Go(func() error {
			parsed[i], errs[i] = ast.ParseModuleWithOpts(path, string(f[path]), options)
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

// ParserOptions are how policies and their tests are parsed.
func ParserOptions() ast.ParserOptions {
	return ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1, Capabilities: capabilities()}
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
var clocks = []string{
	"crypto.x509.parse_and_verify_certificates",
	"crypto.x509.parse_and_verify_certificates_with_options",
	"io.jwt.decode_verify",
}

// capabilities is what policies may use of this version of OPA: everything but
//
//   - the network;
//   - built-ins whose result can differ between two evaluations of the same input;
//   - rego.metadata.*, which may read METADATA of files that no plan knows of;
//   - the forms of rules that come with rego.v2 (not {…}, and, or), which no plan
//     knows.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.AllowNet, c.FutureKeywords = []string{}, nil

	c.Features = slices.DeleteFunc(c.Features, func(name string) bool {
		return strings.HasPrefix(name, "rego_v2")
	})

	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || b.Name == ast.HTTPSend.Name || slices.Contains(clocks, b.Name) ||
			strings.HasPrefix(b.Name, "rego.metadata.")
	})

	return c
}
