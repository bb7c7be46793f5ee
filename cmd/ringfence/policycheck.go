package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ringfence/engine/policyset"
	"ringfence/internal/policycheck"
	"ringfence/internal/run"
	"ringfence/policies"
)

var policyCheckText = text{
	use:   "check",
	short: "Say all that is wrong with policies, without running them",
	long: `Compiles the policies of --policies strictly and against the schemas of all datasets,
together with the built-in set, and says at once all that is wrong:

  syntax, compile   what OPA's strict compiler refuses
  property          a property that no schema has
  name              a rule, a function or a variable that is not there
  purity            what a policy may not use: network, clock, chance, METADATA, "with"
  metadata          what people and programs need to know of a control
  form              three partial sets, the names of rules, the folder of the file
  plan              parameters that nobody declared or reads; a control that reads nothing

each with its line, and the name that was perhaps meant. Without --policies it checks
the built-in set. The exit code is 1 if anything is wrong.`,
	example: `  ringfence policy check --policies ./my-policies
  ringfence policy check --policies ./my-policies --format json`,
}

func (a *app) policyCheck() *cobra.Command {
	var set policyFlags
	c := verb(policyCheckText, cobra.NoArgs, func(context.Context, []string) error {
		return a.runPolicyCheck(set)
	})
	set.add(c)

	return c
}

func (a *app) runPolicyCheck(set policyFlags) error {
	what, err := set.parts()
	if err != nil {
		return err
	}

	report, err := policycheck.Check(what)
	if clash, ok := errors.AsType[*policyset.ClashError](err); ok {
		return usage(hintClash, "policies in %s: %s", set.dir, clash.Problem)
	}
	if err != nil {
		return err
	}

	if err := a.printCheck(report); err != nil {
		return err
	}
	if len(report.Problems) > 0 {
		return exit(run.ExitTool)
	}

	return nil
}

func (a *app) printCheck(r policycheck.Report) error {
	if a.format == "json" {
		return a.json(map[string]any{
			"schema": "ringfence.policy_check/1", "files": r.Files, "controls": r.Controls, "problems": r.Problems,
		})
	}

	for _, p := range r.Problems {
		near := ""
		if p.Nearest != "" {
			near = fmt.Sprintf("; did you mean %s?", p.Nearest)
		}
		a.printf("%s:%d:%d: %s: %s%s\n", p.File, p.Line, p.Column, p.Kind, p.Text, near)
	}

	return a.printf("%s, %s: %s\n", counted(r.Files, "file"), counted(r.Controls, "control"),
		counted(len(r.Problems), "problem"))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// parts are the files of a set as "policy check" takes them: one's own, and the
// built-in set, if they are compiled together.
func (p policyFlags) parts() (policycheck.Set, error) {
	builtIn, err := policyset.Read(policies.FS)
	if err != nil {
		return policycheck.Set{}, err
	}

	own, err := p.own()
	switch {
	case err != nil:
		return policycheck.Set{}, err
	case p.dir == "":
		return policycheck.Set{Own: builtIn}, nil
	case p.only:
		return policycheck.Set{Own: own}, nil
	}

	return policycheck.Set{Own: own, Base: builtIn, Replace: p.replace}, nil
}

// own are the files of the folder of --policies; none without one.
func (p policyFlags) own() (policyset.Files, error) {
	if err := p.check(); err != nil || p.dir == "" {
		return nil, err
	}

	if info, err := os.Stat(p.dir); err != nil || !info.IsDir() {
		return nil, usage(hintPolicies, "%s is no folder", p.dir)
	}

	if name := unreadableName(os.DirFS(p.dir)); name != "" {
		return nil, broken(hintMend,
			"policies in %s: the file name %q holds characters that nobody sees", p.dir, name)
	}

	own, err := policyset.Read(os.DirFS(p.dir))
	switch {
	case err != nil:
		return nil, p.failed(err)
	case len(own) == 0 && !p.only:
		return nil, usage(hintPolicies, "policies in %s: there are none", p.dir)
	}

	return own, nil
}
