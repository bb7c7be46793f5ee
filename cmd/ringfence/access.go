package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/internal/access"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
)

type accessFlags struct {
	fleet    string
	policies policyFlags
	clients  []string
}

func (f *accessFlags) add(c *cobra.Command) {
	fleetFlag(c, &f.fleet)
	f.policies.add(c)
	c.Flags().StringSliceVar(&f.clients, "client", nil,
		`only this client; may be repeated; "fleet" is the MSP's own tenant (default: all)`)
}

var accessPlanText = text{
	use:   "plan --fleet FILE",
	short: "What people must grant, tenant by tenant, for this policy set",
	long: `Prints what a human does before the first audit: the application's manifest, the
address of the consent page of each tenant, Azure role assignments for the Azure CLI
and PowerShell, what happens in Partner Center, an offer for Azure Lighthouse, and how
to take it all away again. It follows from what the compiled policies read. Nobody is
asked, and nothing is granted.`,
	example: `  ringfence access plan --fleet fleet.hcl
  ringfence access plan --fleet fleet.hcl --client fabrikam --format markdown > fabrikam.md`,
}

var accessCheckText = text{
	use:   "check --fleet FILE",
	short: "What each tenant grants, and what is missing to decide each control",
	long: `Asks each tenant one cheap question per dataset that the policy set reads, and says
which permission is missing, which controls that leaves undetermined, and which grant
would decide most. Nothing is stored.

Exit codes; the first of 2, 1, 4, 0 that holds:
    0  everything is granted
    1  the tool failed, or a tenant could not be reached
    2  usage or configuration, such as a wrong secret or a tenant without consent
    4  a grant is missing: some controls would be undetermined
  130  interrupted`,
	example: `  ringfence access check --fleet fleet.hcl --client fabrikam`,
}

func (a *app) access() *cobra.Command {
	var planned, checked accessFlags
	plan := verb(accessPlanText, cobra.NoArgs, func(context.Context, []string) error {
		return a.runAccessPlan(planned)
	})
	check := verb(accessCheckText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runAccessCheck(ctx, checked)
	})
	plan.Annotations = map[string]string{formatsKey: "markdown"}
	planned.add(plan)
	checked.add(check)

	return group("access", "What tenants have to grant, and what they grant", plan, check)
}

// tenants are the labels to work on: the MSP's own tenant first, where the policy set
// reads it, then the clients.
func (f accessFlags) tenants(fleet *fleetfile.Fleet, needs access.Needs) ([]string, error) {
	isMSP := func(label string) bool { return label == snapshot.FleetClient }
	given := slices.DeleteFunc(slices.Clone(f.clients), isMSP)
	withMSP := len(f.clients) == 0 && len(needs.MSP) > 0 || len(given) < len(f.clients)

	var names []string
	if len(given) > 0 || len(f.clients) == 0 {
		var err error
		if names, err = labels(fleet, given); err != nil {
			return nil, err
		}
	}
	if withMSP {
		names = append([]string{snapshot.FleetClient}, names...)
	}
	return names, nil
}

func (a *app) runAccessPlan(f accessFlags) error {
	e, fleet, err := a.engineAndFleet(f.policies, f.fleet)
	if err != nil {
		return err
	}

	needs := access.NeedsOf(e, isCompared(fleet))
	names, err := f.tenants(fleet, needs)
	if err != nil {
		return err
	}

	p, err := access.NewPlan(fleet, needs, names)
	if err != nil {
		return broken("", "%w", err)
	}

	switch a.format {
	case "json":
		return a.json(p)
	case "markdown":
		return p.Markdown(a.stdout)
	}
	return p.Text(a.stdout)
}

func (a *app) runAccessCheck(ctx context.Context, f accessFlags) error {
	e, fleet, err := a.engineAndFleet(f.policies, f.fleet)
	if err != nil {
		return err
	}

	needs := access.NeedsOf(e, isCompared(fleet))
	names, err := f.tenants(fleet, needs)
	if err != nil {
		return err
	}

	checker := &accessChecker{app: a, collector: run.Collector{Fleet: fleet, Log: a.log()}, needs: needs}
	checks, code, err := checker.all(ctx, names)
	if err != nil {
		return err
	}

	credentials := checker.credentials(ctx, names)
	if a.format == "json" {
		err = a.json(map[string]any{
			"schema": "ringfence.access-check/1", "exit": code, "tenants": checks, "credentials": credentials,
		})
	} else {
		err = a.printChecks(fleet, checks)
	}
	return errors.Join(err, exitOf(code))
}

// exitOf is nil for 0.
func exitOf(code int) error {
	if code == run.ExitOK {
		return nil
	}
	return exit(code)
}

// checksAtOnce is how many tenants are asked side by side.
const checksAtOnce = 8

// accessChecker asks tenants.
type accessChecker struct {
	*app
	collector run.Collector
	needs     access.Needs
	offline   bool // nobody is asked when credentials end

	mu         sync.Mutex // guards what follows
	conditions []int
}

// all asks several tenants, each by itself: one that fails says so, and the others go on.
func (c *accessChecker) all(ctx context.Context, names []string) ([]access.Check, int, error) {
	checks := make([]access.Check, len(names))
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(checksAtOnce)
	for i, name := range names {
		g.Go(func() error {
			checks[i] = c.one(inner, name)
			return inner.Err()
		})
	}

	if err := g.Wait(); err != nil {
		return nil, 0, err
	}
	return checks, run.First(c.conditions), nil
}

func (c *accessChecker) condition(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conditions = append(c.conditions, code)
}

func (c *accessChecker) one(ctx context.Context, label string) access.Check {
	cfg, err := c.collector.Config(label)
	if err != nil {
		return c.failed(ctx, label, cfg, &collectors.ConfigError{Problem: err.Error()})
	}

	wanted := c.needs.Client
	if cfg.MSP {
		wanted = c.needs.MSP
	}
	var datasets []string
	for _, n := range wanted {
		datasets = append(datasets, n.Dataset)
	}

	found, err := collectors.Probe(ctx, cfg, datasets)
	if err != nil {
		return c.failed(ctx, label, cfg, err)
	}

	check := access.NewCheck(label, cfg.TenantID, wanted, found)
	if !check.Complete() {
		c.condition(run.ExitUndetermined)
	}
	return check
}

// failed is the check of a tenant that could not be asked. The error is printed at once.
func (c *accessChecker) failed(
	ctx context.Context, label string, cfg collectors.Config, err error,
) access.Check {
	check := access.NewCheck(label, cfg.TenantID, nil, collectors.Probes{})
	if ctx.Err() != nil {
		return check
	}

	err = explained(fmt.Errorf("client %s: %w", label, err))
	check.Error = err.Error()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conditions = append(c.conditions, outcomeCode(err))
	c.report(ctx, err)
	return check
}

func controlCount(n int) string {
	if n == 1 {
		return "1 control"
	}
	return fmt.Sprintf("%d controls", n)
}

// printChecks prints a table per tenant, what is missing in it, and the next grant.
func (a *app) printChecks(fleet *fleetfile.Fleet, checks []access.Check) error {
	for _, c := range checks {
		if c.Error != "" {
			continue // it was printed when it happened
		}

		client, isClient := fleet.Client(c.Client)
		saysNothing := isClient && client.Azure == nil
		if len(checks) > shownWhole && c.Complete() {
			a.printf("%s: everything is granted%s\n", c.Client, azureNote(c, saysNothing))
			continue
		}

		a.printf("%s  (tenant %s)\n", c.Client, c.TenantID)
		t := table(a.stdout, "  DATASET", "ACCESS", "PERMISSION", "UNBLOCKS", "WHY")
		for _, d := range c.Datasets {
			if len(checks) > shownWhole && d.Access == collectors.Granted {
				continue
			}
			tableRow(t, "  "+d.Dataset, string(d.Access), strings.Join(d.Permissions, ", "),
				controlCount(len(d.Controls)), d.Why)
		}
		if err := t.Flush(); err != nil {
			return err
		}

		a.print("\n")
		for _, m := range c.Missing {
			a.printf("  missing: %s\n    leaves undetermined: %s\n", m.Permission, listed(m.Controls))
		}
		if len(c.Missing) > 0 {
			a.print("\n")
		}
		if saysNothing {
			a.printAzure(c)
		}
	}

	return a.printNext(checks)
}

// shownWhole is how many tenants are shown whole; of more, what is granted is not.
const shownWhole = 3

// azureNote is printAzure in half a line.
func azureNote(c access.Check, saysNothing bool) string {
	if !saysNothing {
		return ""
	}
	switch n := len(c.Subscriptions); n {
	case 0:
		return "; the fleet file says nothing of Azure, and no subscription is seen"
	case 1:
		return "; the fleet file says nothing of Azure, and 1 subscription is seen"
	default:
		return fmt.Sprintf("; the fleet file says nothing of Azure, and %d subscriptions are seen", n)
	}
}

// printAzure prints what the fleet file could say of Azure, for a client of whom it says
// nothing: then no list of Azure resources is known to be complete.
func (a *app) printAzure(c access.Check) {
	if len(c.Subscriptions) == 0 {
		a.print("  The fleet file says nothing of Azure, and no subscription is seen: there is none, or the\n" +
			"  application has no role in any, which looks the same. Ask the client. Only if there is none, add\n\n" +
			"    azure {\n      none = true\n    }\n\n")
		return
	}

	a.print("  The fleet file says nothing of Azure. Ask the client whether this is all, and add it:\n\n")

	quoted := make([]string, len(c.Subscriptions))
	for i, id := range c.Subscriptions {
		quoted[i] = strconv.Quote(id)
	}
	a.printf("    azure {\n      subscriptions = [%s]\n    }\n\n", strings.Join(quoted, ", "))
}

// printNext prints which one grant would decide most, over all tenants.
func (a *app) printNext(checks []access.Check) error {
	complete, best := 0, -1
	for i, c := range checks {
		if c.Complete() {
			complete++
		}
		if len(c.Missing) > 0 && (best < 0 || better(c.Missing[0], checks[best].Missing[0])) {
			best = i
		}
	}

	a.printf("%d of %d tenants grant everything that the policy set reads.\n", complete, len(checks))
	if best < 0 {
		return nil
	}

	next := checks[best].Missing[0]
	return a.printf("Next: %s in %s would decide %d controls (%s).\n"+
		"\"ringfence access plan --client %s\" says how.\n", next.Permission, checks[best].Client,
		len(next.Decides), listed(next.Decides), checks[best].Client)
}

func better(a, b access.Missing) bool {
	if len(a.Decides) != len(b.Decides) {
		return len(a.Decides) > len(b.Decides)
	}
	return len(a.Controls) > len(b.Controls)
}
