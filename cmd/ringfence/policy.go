package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/plan"
)

// policyEntry is one control in "policy list --format json".
type policyEntry struct {
	ID          string              `json:"id"`
	Package     string              `json:"package"`
	Title       string              `json:"title"`
	Severity    string              `json:"severity"`
	Family      string              `json:"family"`
	Scope       string              `json:"scope"`
	Maps        map[string][]string `json:"maps"`
	Datasets    []string            `json:"datasets"`
	Permissions []string            `json:"permissions"`
	Since       string              `json:"since"`
}

func (a *app) policy() *cobra.Command {
	var dir string
	list := &cobra.Command{
		Use:     "list",
		Short:   "List the controls",
		Example: "  ringfence policy list --format json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			e, err := a.engine(dir)
			if err != nil {
				return err
			}
			return a.listPolicies(e)
		},
	}
	explain := &cobra.Command{
		Use:     "explain ID",
		Short:   "Explain a control: what it demands, reads, and does not prove",
		Example: "  ringfence policy explain RF-K-04",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := a.engine(dir)
			if err != nil {
				return err
			}
			return a.explain(e, args[0])
		},
	}
	plan := &cobra.Command{
		Use:   "plan",
		Short: "What the policy set reads: datasets, properties, permissions",
		Long: `Prints what the policy set as a whole can reach: the datasets, the properties
of their documents, where they come from and the permission to ask for. It is
read off the compiled policies, never declared; whatever it does not list is
neither decoded nor needed.`,
		Example: "  ringfence policy plan --format json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			e, err := a.engine(dir)
			if err != nil {
				return err
			}
			return a.planSet(e)
		},
	}
	for _, sub := range []*cobra.Command{list, explain, plan} {
		sub.Flags().StringVar(&dir, "policies", "", "folder of policies (default: the built-in set)")
	}
	return group("policy", "The controls: what they demand, and what they read", list, explain, plan)
}

func entry(e *engine.Engine, c finding.Control) (policyEntry, plan.Plan) {
	p, _ := e.Plan(c.ID)
	return policyEntry{
		ID: c.ID, Package: c.Package, Title: c.Title, Severity: c.Severity, Family: c.Family, Scope: c.Scope, Maps: c.Maps,
		Datasets: append([]string{}, p.Datasets()...), Permissions: permissions(p.Datasets()), Since: c.Since,
	}, p
}

// guards are datasets that a collection needs whatever the controls: whose
// tenant it is, what is licensed, and whether the application sees everything.
var guards = []string{"entra.organization", "entra.subscribed_skus", "azure.subscriptions", "azure.caller_access", "azure.role_definitions"}

// permissions are those that datasets need, sorted.
func permissions(datasets []string) []string {
	all := map[string]bool{}
	for _, name := range datasets {
		for _, p := range strings.Split(snapshot.Schemas()[name].Permission, ", ") {
			all[p] = true
		}
	}
	return append([]string{}, slices.Sorted(maps.Keys(all))...)
}

func (a *app) listPolicies(e *engine.Engine) error {
	entries, read := []policyEntry{}, slices.Clone(guards)
	for _, c := range e.Controls() {
		p, _ := entry(e, c)
		entries, read = append(entries, p), append(read, p.Datasets...)
	}
	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.policies/1", "controls": entries, "permissions": permissions(read)})
	}
	t := table(a.stdout, "ID", "SEVERITY", "FAMILY", "SCOPE", "TITLE")
	for _, p := range entries {
		tableRow(t, p.ID, p.Severity, p.Family, p.Scope, p.Title)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return a.printPermissions(read)
}

// printPermissions prints what reading the datasets needs.
func (a *app) printPermissions(datasets []string) error {
	a.print("\nPermissions that all of them need, and the guards of every collection:\n")
	for _, p := range permissions(datasets) {
		a.printf("  %s\n", p)
	}
	return nil
}

func (a *app) explain(e *engine.Engine, id string) error {
	all := e.Controls()
	i := slices.IndexFunc(all, func(c finding.Control) bool { return strings.EqualFold(c.ID, id) })
	if i < 0 {
		return usage(`"ringfence policy list" lists them`, "no control %q", id)
	}
	c := all[i]
	p, reads := entry(e, c)
	if a.format == "json" {
		plan := newPlan(reads)
		return a.json(map[string]any{"schema": "ringfence.policy/1", "control": c, "datasets": p.Datasets, "permissions": p.Permissions, "promises": plan.Promises, "plan": plan})
	}
	a.explainText(c)
	a.printf("\nReads: %s\nPromises: %s\nPermissions: %s\n", listed(p.Datasets), listed(reads.Promises()), listed(p.Permissions))
	if err := a.printPlan(newPlan(reads)); err != nil {
		return err
	}
	a.print("\nSupports:\n")
	for _, framework := range slices.Sorted(maps.Keys(c.Maps)) {
		if ids := c.Maps[framework]; len(ids) > 0 {
			a.printf("  %s: %s\n", framework, strings.Join(ids, " "))
		}
	}
	a.print("\nSee also:\n")
	for _, r := range c.Resources {
		a.printf("  %s\n", r.Ref)
	}
	return nil
}

// explainText prints what a control's author wrote.
func (a *app) explainText(c finding.Control) {
	a.printf("%s  %s\n%s, %s, scope %s, since %s, package %s\n\n", c.ID, c.Title, c.Severity, c.Family, c.Scope, c.Since, c.Package)
	a.print(paragraph(c.Description, "") + "\n")
	a.print("\nWhat a human would do:\n  " + paragraph(c.Remediation, "") + "\n")
	a.print("\nWhat a pass does not prove:\n  " + paragraph(c.Limits, "") + "\n\nParameters:\n")
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		a.printf("  %s (%s, default %v): %s\n", name, c.Params[name].Type, c.Params[name].Default, c.Params[name].Description)
	}
}

func listed(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}
