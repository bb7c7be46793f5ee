package policyset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// CompileForeign compiles policies that somebody else wrote, for an input that no
// schema of ours describes: not strictly, and without OPA's type checker, which
// refuses an expression that can never have a value ("[][0]" of a test's helper).
// v0 are the files in the older syntax, without "if" and "contains".
//
// They may do as little as ours: no network, no clock, no chance.
func (f Files) CompileForeign(v0 func(path string) bool) (*ast.Compiler, error) {
	modules := map[string]*ast.Module{}
	for _, path := range slices.Sorted(maps.Keys(f)) {
		options := ast.ParserOptions{RegoVersion: ast.RegoV1, Capabilities: capabilities()}
		if v0(path) {
			options.RegoVersion = ast.RegoV0
		}

		module, err := ast.ParseModuleWithOpts(path, string(f[path]), options)
		if err != nil {
			return nil, err
		}
		modules[path] = module
	}

	compiler := ast.NewCompiler().
		WithCapabilities(capabilities()).
		WithSkipStages(ast.StageCheckTypes)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compiler.Errors
	}

	return compiler, nil
}

// DefinedData refuses references to data that no file defines, in the files for which
// checked holds: what is not there would be taken for an answer.
func DefinedData(compiler *ast.Compiler, checked func(path string) bool) error {
	for _, path := range slices.Sorted(maps.Keys(compiler.Modules)) {
		if !checked(path) {
			continue
		}

		var missing ast.Ref
		ast.WalkRefs(compiler.Modules[path], func(ref ast.Ref) bool {
			isData := ref[0].Equal(ast.DefaultRootDocument) && len(ref) > 1
			if isData && missing == nil && len(compiler.GetRulesDynamic(ref)) == 0 && !isPackage(compiler, ref) {
				missing = ref
			}
			return false
		})

		if missing != nil {
			const problem = "%s:%d: %s is defined by no file of the pack, so that what it would decide is not known"
			return fmt.Errorf(problem, path, missing[0].Loc().Row, missing)
		}
	}

	return nil
}

// isPackage reports whether a reference is to a package, or to several by the
// beginning of their name. One to a package names no rule, and so has none.
func isPackage(compiler *ast.Compiler, ref ast.Ref) bool {
	name := ref.ConstantPrefix().String()
	for _, module := range compiler.Modules {
		pkg := module.Package.Path.String()
		if pkg == name || strings.HasPrefix(pkg, name+".") {
			return true
		}
	}
	return false
}
