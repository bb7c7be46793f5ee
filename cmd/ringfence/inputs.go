package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ringfence/engine"
	"ringfence/engine/policyset"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
	"ringfence/policies"
)

func fleetFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "fleet", "", "fleet file, or a folder of *.hcl (required)")
}

// policyFlags say which policies judge: the built-in set, with a folder of one's own
// added, or that folder alone.
type policyFlags struct {
	dir     string
	only    bool
	replace []string
}

func (p *policyFlags) add(c *cobra.Command) { p.addTo(c.Flags(), "") }

// addTo adds the flags; where says when they count, "" for always.
func (p *policyFlags) addTo(flags *pflag.FlagSet, where string) {
	flags.StringVar(&p.dir, "policies", "", where+"folder of policies, added to the built-in set")
	flags.BoolVar(&p.only, "policies-only", false, where+"judge by the folder of --policies alone")
	flags.StringSliceVar(&p.replace, "replace", nil,
		where+"id of a built-in control in whose place that of --policies stands; may be repeated")
}

// given reports whether any of the flags is set.
func (p policyFlags) given() bool { return p.dir != "" || p.only || len(p.replace) > 0 }

func (p policyFlags) check() error {
	switch {
	case p.dir == "" && p.given():
		return usage("add --policies DIR", "--policies-only and --replace are about the folder of --policies")
	case p.only && len(p.replace) > 0:
		return usage("leave one of them out", "--policies-only and --replace exclude each other")
	}
	return nil
}

// engine compiles the policy set.
func (a *app) engine(p policyFlags) (*engine.Engine, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.dir == "" {
		e, err := a.builtIn()
		if err != nil {
			return nil, broken("", "the built-in policies: %w", err)
		}
		return e, nil
	}

	files, err := p.files()
	if err != nil {
		return nil, err
	}

	e, err := engine.LoadFiles(files)
	if err != nil {
		return nil, p.failed(err)
	}

	return e, nil
}

// files are those of the policy set.
func (p policyFlags) files() (policyset.Files, error) {
	own, err := p.own()
	if err != nil || p.only {
		return own, err
	}

	builtIn, err := policyset.Read(policies.FS)
	if err != nil || p.dir == "" {
		return builtIn, err
	}

	set, err := builtIn.Add(own, p.replace)
	if clash, ok := errors.AsType[*policyset.ClashError](err); ok {
		return nil, usage(hintClash, "policies in %s: %s", p.dir, clash.Problem)
	}
	if err != nil {
		return nil, p.failed(err)
	}

	return set, nil
}

// failed is an error of a policy set that cannot be used.
func (p policyFlags) failed(err error) error {
	message, detail, _ := strings.Cut(err.Error(), "\n")
	err = fmt.Errorf("policies in %s: %s", p.dir, message)
	return &failure{code: run.ExitTool, err: err, hint: hintMend, detail: detail}
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

// fleetFile loads and checks a fleet file. Warnings go to stderr, those about what is not
// promised in brief; errors are printed there with their snippets and end the verb. e may be
// nil: then what depends on the controls is not checked.
func (a *app) fleetFile(path string, e *engine.Engine) (*fleetfile.Fleet, error) {
	f, diags, err := a.loadFleet(path, e)
	if err == nil {
		err = a.tell(path, diags.Brief())
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// loadFleet loads and checks a fleet file, and prints nothing. An error means that there is no
// file to load; what is wrong with one is in the diagnostics.
func (a *app) loadFleet(path string, e *engine.Engine) (*fleetfile.Fleet, *fleetfile.Diagnostics, error) {
	if path == "" {
		return nil, nil, usage("--fleet FILE, or a folder of *.hcl", "no fleet file is given")
	}
	if _, err := os.Stat(path); err != nil {
		return nil, nil, usage("--fleet takes a file, or a folder of *.hcl", "%w", err)
	}

	f, diags := fleetfile.Load(path)
	return f, checkLoaded(f, diags, e), nil
}

// engineAndFleet is engine and fleetFile, side by side: each takes a while
// before the first client can be judged.
func (a *app) engineAndFleet(set policyFlags, path string) (*engine.Engine, *fleetfile.Fleet, error) {
	var f *fleetfile.Fleet
	var diags *fleetfile.Diagnostics
	loaded := make(chan struct{})
	go func() {
		f, diags = fleetfile.Load(path)
		close(loaded)
	}()

	e, err := a.engine(set)
	<-loaded
	if err != nil {
		return nil, nil, err
	}

	if _, err := os.Stat(path); err != nil {
		f, err = a.fleetFile(path, e) // says what is wrong with the path
		return e, f, err
	}

	return e, f, a.tell(path, checkLoaded(f, diags, e).Brief())
}

// checkLoaded holds a fleet file that was loaded to the controls, and returns all diagnostics
// together.
func checkLoaded(f *fleetfile.Fleet, diags *fleetfile.Diagnostics, e *engine.Engine) *fleetfile.Diagnostics {
	if diags == nil {
		diags = &fleetfile.Diagnostics{}
	}
	if !diags.HasErrors() && e != nil {
		diags = diags.Join(f.Check(known(e)))
	}
	return diags
}

// tell prints what is wrong with a fleet file. It is an error if the file must not be used.
func (a *app) tell(path string, diags *fleetfile.Diagnostics) error {
	if diags.HasErrors() || len(diags.All()) > 0 && !a.quiet {
		if err := a.diagnose(diags); err != nil {
			return err
		}
	}
	if diags.HasErrors() {
		return usage(hintDiagnostics, "%s is not valid", path)
	}
	return nil
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
