package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/policies"
)

// Wrappers that ask any evaluator of Rego exactly what ringfence asks: the three sets of
// every control. They are made from the policy set, so that no control is forgotten.
const (
	decisionOfClient = "bench/client" // for opa: control id -> its sets
	decisionOfFleet  = "bench/fleet"

	// conftest asks for deny, violation and warn: one warning a control, with its sets.
	conftestWrapper = `package main

warn contains {"msg": id, "sets": sets} if some id, sets in data.bench.client
`
)

// writePolicies writes the built-in policies without their tests, and the wrappers, to a
// folder that opa and conftest load.
func writePolicies(dir string, e *engine.Engine) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}

	isNoTest := func(path string) bool { return !strings.HasSuffix(path, "_test.rego") }
	if err := os.CopyFS(dir, filtered{policies.FS, isNoTest}); err != nil {
		return err
	}

	if err := os.WriteFile(filepath.Join(dir, "bench.rego"), opaWrapper(e), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "conftest.rego"), []byte(conftestWrapper), 0o644)
}

// opaWrapper is the package bench: client and fleet map each control that judges the one or the other to its
// sets. Those that compare clients, or read who reaches which, are left out: nobody is compared here.
func opaWrapper(e *engine.Engine) []byte {
	b := bytes.NewBufferString("package bench\n")
	for _, c := range e.Controls() {
		if p, _ := e.Plan(c.ID); len(p.Joins()) > 0 {
			continue
		}

		rule := "client"
		switch c.Scope {
		case finding.MSPScope:
			rule = "fleet"
		case finding.FleetScope:
			continue
		}

		const sets = `{"subjects": %[3]s.subjects, "pass": %[3]s.pass, "fail": %[3]s.fail}`
		fmt.Fprintf(b, "\n%s[%q] := "+sets+"\n", rule, c.ID, "data."+c.Package)
	}

	return b.Bytes()
}

// filtered is a tree of which only some files are seen.
type filtered struct {
	fs.FS
	keep func(path string) bool
}

// ReadDir lists folders, and those files that are kept.
func (f filtered) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.FS, name)
	isHidden := func(e fs.DirEntry) bool { return !e.IsDir() && !f.keep(path.Join(name, e.Name())) }
	return slices.DeleteFunc(entries, isHidden), err
}
