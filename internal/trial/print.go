package trial

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown/print"

	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/policyset"
)

// Print asks a control once more, for what its policy prints: compiling a set for
// judging takes print out of it. Each line says where it was printed. A policy that
// fails prints until then.
func Print(ctx context.Context, to io.Writer, e *engine.Engine, c finding.Control, input ast.Value) error {
	bundle, err := e.Bundle()
	if err != nil {
		return err
	}

	files, err := policyset.OpenBundle(bundle)
	if err != nil {
		return err
	}
	if !prints(files) {
		return nil
	}

	modules := map[string]*ast.Module{}
	for name, source := range files {
		if modules[name], err = ast.ParseModuleWithOpts(name, string(source), policyset.ParserOptions()); err != nil {
			return err
		}
	}

	compiler := policyset.NewCompiler().WithEnablePrintStatements(true)
	if compiler.Compile(modules); compiler.Failed() {
		return compiler.Errors
	}

	pkg := modules[c.File].Package.Path.String()
	sets := fmt.Sprintf(`[%[1]s.subjects, %[1]s.pass, %[1]s.fail]`, pkg) // each control has all three
	query, err := rego.New(
		rego.Compiler(compiler), rego.Query(sets),
		rego.PrintHook(&printer{to}), rego.StrictBuiltinErrors(true),
	).PrepareForEval(ctx)
	if err != nil {
		return err
	}

	query.Eval(ctx, rego.EvalParsedInput(input)) // how it fails was said already
	return ctx.Err()
}

// prints reports whether some policy prints at all.
func prints(files policyset.Files) bool {
	for _, source := range files {
		if strings.Contains(string(source), "print(") {
			return true
		}
	}
	return false
}

// printer writes what is printed, with its place.
type printer struct{ to io.Writer }

func (p *printer) Print(at print.Context, text string) error {
	if at.Location != nil {
		text = fmt.Sprintf("%s:%d: %s", at.Location.File, at.Location.Row, text)
	}
	_, err := io.WriteString(p.to, text+"\n")
	return err
}
