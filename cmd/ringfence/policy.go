package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

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
	Scope       finding.Scope       `json:"scope"`
	Maps        map[string][]string `json:"maps"`
	Datasets    []string            `json:"datasets"`
	Permissions []string            `json:"permissions"`
	Tenants     consent             `json:"tenants"` // the permissions again, by the tenant that they are for
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
	client, msp := readIn(c, p.Datasets())
	return policyEntry{
		ID: c.ID, Package: c.Package, Title: c.Title, Severity: c.Severity, Family: c.Family, Scope: c.Scope, Maps: c.Maps,
		Datasets: append([]string{}, p.Datasets()...), Permissions: permissions(p.Datasets()),
		Tenants: consent{permissions(client), permissions(msp)}, Since: c.Since,
	}, p
}

func policyEntries(e *engine.Engine) []policyEntry {
	all := []policyEntry{}
	for _, c := range e.Controls() {
		p, _ := entry(e, c)
		all = append(all, p)
	}
	return all
}

func (a *app) listPolicies(e *engine.Engine) error {
	entries := policyEntries(e)
	grant := needed(entries)

	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.policies/1", "controls": entries, "permissions": grant.union(), "tenants": grant})
	}

	t := table(a.stdout, "ID", "SEVERITY", "FAMILY", "SCOPE", "TITLE")
	for _, p := range entries {
		tableRow(t, p.ID, p.Severity, p.Family, string(p.Scope), p.Title)
	}

	if err := t.Flush(); err != nil {
		return err
	}

	a.printConsent(grant)
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
		return a.json(map[string]any{"schema": "ringfence.policy/1", "control": c, "datasets": p.Datasets, "permissions": p.Permissions, "tenants": p.Tenants, "promises": plan.Promises, "plan": plan})
	}

	a.explainText(c)
	a.printf("\nReads: %s\nPromises: %s\nPermissions in the client's tenant: %s\nPermissions in the MSP's tenant: %s\n",
		listed(p.Datasets), listed(reads.Promises()), listed(p.Tenants.Client), listed(p.Tenants.MSP))

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

	if len(c.Params) == 0 {
		a.printf("  none\n")
	}

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
