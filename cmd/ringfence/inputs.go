package main

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringfence/engine"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
)

func fleetFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "fleet", "", "fleet file, or a folder of *.hcl (required)")
}

func policiesFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "policies", "", "folder of policies (default: the built-in set)")
}

// engine compiles the policy set: the built-in one where dir is "", or a folder.
func (a *app) engine(dir string) (*engine.Engine, error) {
	if dir == "" {
		e, err := a.builtIn()
		if err != nil {
			return nil, broken("", "the built-in policies: %w", err)
		}
		return e, nil
	}

	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, usage(hintPolicies, "%s is no folder", dir)
	}

	if name := unreadableName(os.DirFS(dir)); name != "" {
		return nil, broken(hintMend,
			"policies in %s: the file name %q holds characters that nobody sees", dir, name)
	}

	e, err := engine.Load(os.DirFS(dir))
	if err != nil {
		message, detail, _ := strings.Cut(err.Error(), "\n")
		err = fmt.Errorf("policies in %s: %s", dir, message)
		return nil, &failure{code: run.ExitTool, err: err, hint: hintMend, detail: detail}
	}

	return e, nil
}

// unreadableName finds a file whose name holds control or invisible characters. A
// compiler's message about it has several lines, which could not be told from ours.
func unreadableName(set fs.FS) (found string) {
	fs.WalkDir(set, ".", func(name string, _ fs.DirEntry, _ error) error {
		if terminal.Safe(name) != name {
			found = name
			return fs.SkipAll
		}
		return nil // what cannot be read is for engine.Load to report
	})

	return found
}

// fleetFile loads and checks a fleet file. Warnings go to stderr; errors are
// printed there with their snippets and end the verb. e may be nil: then what
// depends on the controls is not checked.
func (a *app) fleetFile(path string, e *engine.Engine) (*fleetfile.Fleet, error) {
	f, _, err := a.checkFleet(path, e)
	return f, err
}

// checkFleet also returns the diagnostics: nil if there is no file to load.
func (a *app) checkFleet(path string, e *engine.Engine) (*fleetfile.Fleet, *fleetfile.Diagnostics, error) {
	if path == "" {
		return nil, nil, usage("--fleet FILE, or a folder of *.hcl", "no fleet file is given")
	}
	if _, err := os.Stat(path); err != nil {
		return nil, nil, usage("--fleet takes a file, or a folder of *.hcl", "%w", err)
	}

	f, diags := fleetfile.Load(path)
	diags, err := a.checkLoaded(path, f, diags, e)
	if err != nil {
		f = nil
	}

	return f, diags, err
}

// engineAndFleet is engine and fleetFile, side by side: each takes a while
// before the first client can be judged.
func (a *app) engineAndFleet(policies, path string) (*engine.Engine, *fleetfile.Fleet, error) {
	var f *fleetfile.Fleet
	var diags *fleetfile.Diagnostics
	loaded := make(chan struct{})
	go func() {
		f, diags = fleetfile.Load(path)
		close(loaded)
	}()

	e, err := a.engine(policies)
	<-loaded
	if err != nil {
		return nil, nil, err
	}

	if _, err := os.Stat(path); err != nil {
		f, err = a.fleetFile(path, e) // says what is wrong with the path
		return e, f, err
	}

	_, err = a.checkLoaded(path, f, diags, e)
	return e, f, err
}

// checkLoaded checks a fleet file that was loaded, prints what is wrong with it,
// and returns all diagnostics together.
func (a *app) checkLoaded(
	path string, f *fleetfile.Fleet, diags *fleetfile.Diagnostics, e *engine.Engine,
) (*fleetfile.Diagnostics, error) {
	if diags == nil {
		diags = &fleetfile.Diagnostics{}
	}

	if !diags.HasErrors() && e != nil {
		diags = diags.Join(f.Check(known(e)))
	}

	if diags.HasErrors() || len(diags.All()) > 0 && !a.quiet {
		if err := a.diagnose(diags); err != nil {
			return diags, err
		}
	}

	if diags.HasErrors() {
		return diags, usage(hintDiagnostics, "%s is not valid", path)
	}

	return diags, nil
}

// known is what a fleet file is checked against: the controls, and which promises
// any of them reads.
func known(e *engine.Engine) fleetfile.Known {
	k := fleetfile.Known{Controls: e.Controls(), Reads: map[string]bool{}, AsOf: time.Now()}
	for _, c := range k.Controls {
		p, _ := e.Plan(c.ID)
		for _, name := range p.Promises() {
			k.Reads[name] = true
		}
	}

	return k
}

// labels resolves --client flags; none means all clients that are not
// off-boarded.
func labels(f *fleetfile.Fleet, given []string) ([]string, error) {
	for _, label := range given {
		if _, ok := f.Client(label); !ok {
			return nil, usage(hintClients, "the fleet file has no client %q", label)
		}
	}

	if len(given) > 0 {
		return slices.Compact(slices.Sorted(slices.Values(given))), nil
	}

	var all []string
	for _, c := range f.Clients {
		if c.State != "offboarded" {
			all = append(all, c.Name)
		}
	}

	return all, nil
}

// parseAsOf reads --as-of; without one it is zero, which means now.
func parseAsOf(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}

	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.IsZero() {
		return t, usage("write it like 2026-11-23T12:00:00Z", "--as-of %q is not an RFC 3339 time", s)
	}

	return t.UTC().Truncate(time.Second), nil
}
