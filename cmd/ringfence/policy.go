package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/plan"
	"ringfence/internal/access"
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

var policyListText = text{
	use:     "list",
	short:   "List the controls",
	example: "  ringfence policy list --format json",
}

var policyExplainText = text{
	use:     "explain ID",
	short:   "Explain a control: what it demands, reads, and does not prove",
	example: "  ringfence policy explain RF-K-04",
}

var policyPlanText = text{
	use:   "plan",
	short: "What the policy set reads: datasets, properties, permissions",
	long: `Prints what the policy set as a whole can reach: the datasets, the properties
of their documents, where they come from and the permission to ask for. It is
read off the compiled policies, never declared; whatever it does not list is
neither decoded nor needed.`,
	example: "  ringfence policy plan --format json",
}

func (a *app) policy() *cobra.Command {
	var set policyFlags
	type action = func(*engine.Engine, []string) error
	onEngine := func(t text, args cobra.PositionalArgs, run action) *cobra.Command {
		c := verb(t, args, func(_ context.Context, args []string) error {
			e, err := a.engine(set)
			if err != nil {
				return err
			}
			return run(e, args)
		})
		set.add(c)

		return c
	}

	return group("policy", "The controls: what they demand, and what they read",
		onEngine(policyListText, cobra.NoArgs, a.printPolicies),
		onEngine(policyExplainText, cobra.ExactArgs(1), func(e *engine.Engine, args []string) error {
			return a.explain(e, set, args[0])
		}),
		onEngine(policyPlanText, cobra.NoArgs, a.printSetPlan),
		a.policySchema(),
		a.policyDocs(),
		a.policyCheck(),
		a.policyNew(),
		a.policyTest(),
		a.policyTry(),
	)
}

func newPolicyEntry(c finding.Control, p plan.Plan) policyEntry {
	client, msp := access.Split(c.Scope, p.Datasets())
	return policyEntry{
		ID:          c.ID,
		Package:     c.Package,
		Title:       c.Title,
		Severity:    c.Severity,
		Family:      c.Family,
		Scope:       c.Scope,
		Maps:        c.Maps,
		Datasets:    notNil(p.Datasets()),
		Permissions: permissions(p.Datasets()),
		Tenants:     consent{Client: permissions(client), MSP: permissions(msp)},
		Since:       c.Since,
	}
}

func policyEntries(e *engine.Engine) []policyEntry {
	entries := []policyEntry{}
	for _, c := range e.Controls() {
		p, _ := e.Plan(c.ID)
		entries = append(entries, newPolicyEntry(c, p))
	}
	return entries
}

// notNil makes nil an empty list, which is [] in JSON and not null.
func notNil(list []string) []string { return append([]string{}, list...) }

func (a *app) printPolicies(e *engine.Engine, _ []string) error {
	entries := policyEntries(e)
	grant := needed(e)
	if a.format == "json" {
		return a.json(map[string]any{
			"schema": "ringfence.policies/1", "controls": entries, "permissions": grant.union(),
			"tenants": grant,
		})
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

func (a *app) explain(e *engine.Engine, set policyFlags, id string) error {
	controls := e.Controls()
	i := slices.IndexFunc(controls, func(c finding.Control) bool { return strings.EqualFold(c.ID, id) })
	if i < 0 {
		return a.explainSkipped(set, id)
	}

	c := controls[i]
	p, _ := e.Plan(c.ID)
	entry, reads := newPolicyEntry(c, p), newControlPlan(p)
	if a.format == "json" {
		return a.json(map[string]any{
			"schema": "ringfence.policy/1", "control": c, "promises": reads.Promises, "plan": reads,
			"datasets": entry.Datasets, "permissions": entry.Permissions, "tenants": entry.Tenants,
		})
	}

	a.printControl(c)
	a.printf("\nReads: %s\n", listed(entry.Datasets))
	a.printf("Promises: %s\n", listed(reads.Promises))
	a.printf("Permissions in the client's tenant: %s\n", listed(entry.Tenants.Client))
	a.printf("Permissions in the MSP's tenant: %s\n", listed(entry.Tenants.MSP))

	if err := a.printPlan(reads); err != nil {
		return err
	}

	a.printReferences(c)
	return nil
}

// explainSkipped says why an invariant is no control, or that nobody knows the id.
func (a *app) explainSkipped(set policyFlags, id string) error {
	left, err := set.skipped()
	if err != nil {
		return err
	}

	for _, s := range left {
		if strings.EqualFold(s.ID, id) && a.format == "json" {
			return a.json(map[string]any{"schema": "ringfence.policy/1", "control": nil, "skipped": s})
		}
		if strings.EqualFold(s.ID, id) {
			return a.printf("%s is no control: %s\nSee also:\n  %s\n", s.ID, s.Reason, s.Page)
		}
	}

	return usage(`"ringfence policy list" lists them`, "no control %q", id)
}

// printControl prints what a control's author wrote.
func (a *app) printControl(c finding.Control) {
	a.printf("%s  %s\n", c.ID, c.Title)
	a.printf("%s, %s, scope %s, since %s, package %s\n\n", c.Severity, c.Family, c.Scope, c.Since, c.Package)
	a.print(paragraph(c.Description, "") + "\n")
	a.print("\nWhat a human would do:\n  " + paragraph(c.Remediation, "") + "\n")
	a.print("\nWhat a pass does not prove:\n  " + paragraph(c.Limits, "") + "\n\nParameters:\n")

	if len(c.Params) == 0 {
		a.printf("  none\n")
	}

	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		p := c.Params[name]
		a.printf("  %s (%s, default %v): %s\n", name, p.Type, p.Default, p.Description)
	}
}

// printReferences prints the standards that a control supports, and pages to read.
func (a *app) printReferences(c finding.Control) {
	a.print("\nSupports:\n")
	for _, framework := range slices.Sorted(maps.Keys(c.Maps)) {
		if ids := c.Maps[framework]; len(ids) > 0 {
			a.printf("  %s%s: %s\n", framework, unverified(c, framework), strings.Join(ids, " "))
		}
	}

	a.print("\nSee also:\n")
	for _, r := range c.Resources {
		a.printf("  %s\n", r.Ref)
	}
}

// unverified says so where a control's ids of a catalog are from memory.
func unverified(c finding.Control, framework string) string {
	if slices.Contains(c.Unverified, framework) {
		return " (ids not checked against a source)"
	}
	return ""
}

func listed(all []string) string { return listedBy(", ", all) }

func listedBy(separator string, all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, separator)
}
