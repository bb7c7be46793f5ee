package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ringfence/engine"
	"ringfence/policies"
)

// Wrappers that ask any evaluator of Rego exactly what ringfence asks: the
// three sets of every control. They are made from the policy set, so that none
// is forgotten.
const (
	askOPA      = "bench/client" // the decision: control id -> its sets
	askFleetOPA = "bench/fleet"
	// conftest asks deny, violation and warn: one warning a control, with its sets.
	askConftest = `package main

warn contains {"msg": id, "sets": sets} if some id, sets in data.bench.client
`
)

// writePolicies writes the built-in policies without their tests, and the
// wrappers, to a folder that opa and conftest load.
func writePolicies(dir string, e *engine.Engine) error {
	files, err := policyFiles(e)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}

	for name, data := range files {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			return err
		}
	}

	return nil
}

// policyFiles are the policies without tests and the wrappers, by path.
func policyFiles(e *engine.Engine) (map[string][]byte, error) {
	files := map[string][]byte{"bench.rego": wrapper(e), "conftest.rego": []byte(askConftest)}
	err := fs.WalkDir(policies.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.rego") {
			return err
		}
		files[path], err = fs.ReadFile(policies.FS, path)
		return err
	})

	return files, err
}

// wrapper is the package bench: client and fleet map each control of that scope
// to its sets.
func wrapper(e *engine.Engine) []byte {
	b := bytes.NewBufferString("package bench\n")
	for _, c := range e.Controls() {
		rule := "client"
		if c.Scope != "client" {
			rule = "fleet"
		}
		const sets = `{"subjects": data.%[3]s.subjects, "pass": data.%[3]s.pass, "fail": data.%[3]s.fail}`
		fmt.Fprintf(b, "\n%s[%q] := "+sets+"\n", rule, c.ID, c.Package)
	}

	return b.Bytes()
}
