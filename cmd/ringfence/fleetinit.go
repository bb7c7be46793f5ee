package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/sync/errgroup"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/internal/customers"
	"ringfence/internal/fleetfile"
	"ringfence/internal/inputfile"
	"ringfence/internal/run"
)

type fleetInitFlags struct {
	fleet, from, out string

	// Of the MSP, where there is no fleet file yet.
	name, tenant, domain, appID, credential, cloud, key string
}

var fleetInitText = text{
	use:   "init --from gdap|FILE.csv",
	short: "Write client blocks for the MSP's customers",
	long: `Writes a block, in state onboarding and with gate = "attested" (docs/preflight.md), for
each customer that the fleet file does not have. Customers are those of the MSP's own tenant with a delegated admin
relationship (gdap), or the lines of a CSV file with the columns name, and domain
or tenant_id. A tenant id that is not given is looked up by the domain, without
signing in.

Where there is no fleet file yet, --msp-name and --msp-tenant begin one. Nothing is
ever overwritten: of a folder, a new file is added; without --out and for a single
file, the blocks are printed.`,
	example: `  ringfence fleet init --from gdap --out fleet.hcl --msp-name Northwind \
    --msp-tenant aaaaaaaa-0000-4000-8000-000000000001 --app-id 11111111-0000-4000-8000-000000000001
  ringfence fleet init --from customers.csv --fleet fleet/`,
}

func (a *app) fleetInit() *cobra.Command {
	var f fleetInitFlags
	c := verb(fleetInitText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runFleetInit(ctx, f)
	})

	flags := c.Flags()
	flags.StringVar(&f.from, "from", "", "gdap, or a CSV file (required)")
	flags.StringVar(&f.fleet, "fleet", "", "fleet file, or a folder of *.hcl, that there is already")
	flags.StringVar(&f.out, "out", "", "file to write, which must not be there yet")
	flags.StringVar(&f.name, "msp-name", "", "name of the MSP, where there is no fleet file")
	flags.StringVar(&f.tenant, "msp-tenant", "", "the MSP's own tenant id, where there is no fleet file")
	flags.StringVar(&f.domain, "msp-domain", "", "a domain of the MSP's own tenant")
	flags.StringVar(&f.appID, "app-id", "", "the MSP's multi-tenant application")
	flags.StringVar(&f.credential, "credential", "federated",
		"where its credential is: federated, file:PATH, env:NAME or azidentity")
	flags.StringVar(&f.key, "key", "", "public key whose results count, such as keys/machine.pub")
	flags.StringVar(&f.cloud, "cloud", "public", "public, usgov or china")

	return c
}

// hintFrom is the next step of who has no list.
const hintFrom = `--from takes gdap, or a CSV file with the columns name, and domain or tenant_id`

func (a *app) runFleetInit(ctx context.Context, f fleetInitFlags) error {
	if f.from == "" {
		return usage(hintFrom, "--from is missing")
	}

	head, fleet, err := a.startFleet(f)
	if err != nil {
		return err
	}

	list, skipped, err := a.customers(ctx, f, fleet)
	if err != nil {
		return err
	}

	list, known := customers.New(list, fleet)
	skipped = append(skipped, known...)
	labels := customers.Labels(list, taken(fleet))
	text := slices.Concat(head, customers.Blocks(list, labels))

	out, err := f.target()
	if err != nil {
		return err
	}
	if len(list) > 0 || len(head) > 0 {
		if err := f.tryBlocks(text); err != nil {
			return err
		}
		if err := a.writeBlocks(out, text); err != nil {
			return err
		}
	} else {
		out = ""
	}

	return a.printInit(out, text, list, labels, skipped)
}

// startFleet loads the fleet file, or begins one: head is what it begins with, nil where
// there is one.
func (a *app) startFleet(f fleetInitFlags) (head []byte, fleet *fleetfile.Fleet, err error) {
	if f.fleet != "" {
		fleet, err = a.fleetFile(f.fleet, nil)
		return nil, fleet, err
	}
	if f.name == "" || f.tenant == "" {
		return nil, nil, usage("give --fleet, or --msp-name and --msp-tenant to begin a fleet file",
			"whose customers are these?")
	}

	head, err = f.head()
	if err != nil {
		return nil, nil, err
	}

	dir, err := os.MkdirTemp("", "ringfence-*")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)

	name := filepath.Join(dir, "msp.hcl")
	if err := os.WriteFile(name, head, 0o600); err != nil {
		return nil, nil, err
	}

	fleet, diags := fleetfile.Load(name)
	if diags.HasErrors() {
		hint := "check the --msp-… flags, --app-id, --credential and --cloud"
		return nil, nil, usage(hint, "%s", lastPart(diags.Error()))
	}

	fleet.MSP.Graph.Credential = f.credential // a path is relative to where we are
	return head, fleet, nil
}

// lastPart is a diagnostic without the place in a file that nobody has.
func lastPart(text string) string {
	if _, rest, ok := strings.Cut(text, ".hcl:"); ok {
		if _, rest, ok := strings.Cut(rest, ": "); ok {
			return rest
		}
	}
	return text
}

// head is the msp block, and defaults with the one application that reads all clients.
func (f fleetInitFlags) head() ([]byte, error) {
	credential := f.credential
	if path, isFile := strings.CutPrefix(credential, "file:"); isFile && !filepath.IsAbs(path) {
		to, err := filepath.Abs(path)
		from, errFrom := filepath.Abs(filepath.Dir(f.out))
		if path, err = filepath.Rel(from, to); errors.Join(err, errFrom) != nil {
			return nil, errors.Join(err, errFrom)
		}
		credential = "file:" + filepath.ToSlash(path)
	}

	keys, err := machineKeys(f.key)
	if err != nil {
		return nil, err
	}

	file := hclwrite.NewEmptyFile()
	msp := file.Body().AppendNewBlock("msp", nil).Body()
	msp.SetAttributeValue("name", cty.StringVal(f.name))
	msp.SetAttributeValue("tenant_id", cty.StringVal(f.tenant))
	if f.domain != "" {
		msp.SetAttributeValue("domains", cty.TupleVal([]cty.Value{cty.StringVal(f.domain)}))
	}

	if len(keys) > 0 {
		msp.SetAttributeValue("machine_keys", cty.TupleVal([]cty.Value{cty.StringVal(keys[0])}))
	}

	file.Body().AppendNewline()
	defaults := file.Body().AppendNewBlock("defaults", nil).Body()
	defaults.SetAttributeRaw("service_providers", hclwrite.Tokens{{Bytes: []byte("[msp.tenant_id]")}})
	for _, body := range []*hclwrite.Body{msp, defaults} {
		if f.cloud != "public" {
			body.SetAttributeValue("cloud", cty.StringVal(f.cloud))
		}
		if f.appID != "" {
			graph := body.AppendNewBlock("graph", nil).Body()
			graph.SetAttributeValue("app_id", cty.StringVal(f.appID))
			graph.SetAttributeValue("credential", cty.StringVal(credential))
		}
	}

	file.Body().AppendNewline()
	return hclwrite.Format(file.Bytes()), nil
}

// customers are those of the source. Of a file, tenants are looked up where only the
// domain is known.
func (a *app) customers(
	ctx context.Context, f fleetInitFlags, fleet *fleetfile.Fleet,
) (list []customers.Customer, skipped []customers.Skipped, err error) {
	collector := run.Collector{Fleet: fleet, Log: a.log()}
	if f.from == "gdap" {
		list, err = a.gdapCustomers(ctx, collector)
		return list, nil, err
	}

	data, err := inputfile.Read(f.from)
	if err != nil {
		return nil, nil, usage(hintFrom, "--from: %w", err)
	}
	if list, err = customers.ReadCSV(data); err != nil {
		return nil, nil, usage(hintFrom, "%s: %w", f.from, err)
	}

	cloud, err := collector.Cloud(fleet.MSP.Cloud)
	if err != nil {
		return nil, nil, usage("", "%w", err)
	}

	return findTenants(ctx, cloud, list)
}

// gdapCustomers reads the MSP's own tenant.
func (a *app) gdapCustomers(ctx context.Context, collector run.Collector) ([]customers.Customer, error) {
	if collector.Fleet.MSP.Graph.Credential == "" {
		return nil, usage("give --app-id and --credential, or add a graph block to the msp block", "%w", run.ErrNoMSP)
	}

	cfg, err := collector.Config(snapshot.FleetClient)
	if err != nil {
		return nil, usage("", "%w", err)
	}

	cfg.Only = map[string][]string{collectors.CustomersFrom: nil}
	msp, err := collectors.Run(ctx, cfg)
	if err != nil {
		return nil, explained(fmt.Errorf("reading the MSP's own tenant: %w", err))
	}

	found, complete, err := collectors.Customers(msp)
	if err != nil {
		return nil, err
	}
	if !complete {
		c := msp.Manifest.Datasets[collectors.CustomersFrom]
		return nil, broken("grant the application DelegatedAdminRelationship.Read.All in the MSP's own tenant",
			"the MSP's relationships could not all be read: %s (%s)", c.Status, c.Permission)
	}

	var list []customers.Customer
	for _, c := range found {
		list = append(list, customers.Customer{Name: c.Name, TenantID: c.TenantID})
	}
	customers.ByName(list)

	return list, nil
}

// lookups bounds the domains that are looked up at a time.
const lookups = 8

// findTenants completes customers of whom only a domain is known.
func findTenants(
	ctx context.Context, cloud collectors.Cloud, list []customers.Customer,
) (found []customers.Customer, skipped []customers.Skipped, err error) {
	d, err := collectors.NewDiscovery(cloud)
	if err != nil {
		return nil, nil, usage("", "%w", err)
	}

	unknown := make([]error, len(list))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lookups)
	for i := range list {
		if list[i].TenantID != "" {
			continue
		}

		g.Go(func() error {
			tenant, err := d.Tenant(ctx, list[i].Domain)
			if _, none := errors.AsType[*collectors.NoTenantError](err); none {
				unknown[i] = err
				return nil
			}
			if err != nil {
				return fmt.Errorf("looking up the tenant of %s: %w", list[i].Domain, err)
			}

			list[i].TenantID = tenant.TenantID
			isMicrosofts := cloud.Name == "public" || cloud.Name == "usgov" || cloud.Name == "china"
			if isMicrosofts && tenant.Cloud != "" && tenant.Cloud != cloud.Name {
				list[i].Cloud = tenant.Cloud
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}

	for i, c := range list {
		if unknown[i] != nil {
			skipped = append(skipped, customers.Skipped{Customer: c, Why: unknown[i].Error()})
			continue
		}
		found = append(found, c)
	}
	return found, skipped, nil
}

func taken(f *fleetfile.Fleet) (labels []string) {
	for _, c := range f.Clients {
		labels = append(labels, c.Name)
	}
	return labels
}

// target is the file to write: --out, or a new one in the folder of the fleet; "" prints.
func (f fleetInitFlags) target() (string, error) {
	if f.out != "" {
		return f.out, nil
	}

	info, err := os.Stat(f.fleet)
	if f.fleet == "" || err != nil || !info.IsDir() {
		return "", nil
	}

	for n := 1; ; n++ {
		name := filepath.Join(f.fleet, "clients.hcl")
		if n > 1 {
			name = filepath.Join(f.fleet, fmt.Sprintf("clients-%d.hcl", n))
		}
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			return name, nil
		} else if err != nil {
			return "", err
		}
	}
}

// tryBlocks loads what will be written together with what is there.
func (f fleetInitFlags) tryBlocks(text []byte) error {
	dir, err := os.MkdirTemp("", "ringfence-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	files, err := fleetfile.Sources(f.fleet)
	if err != nil {
		return err
	}
	for i, data := range append(files, text) {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.hcl", i)), data, 0o600); err != nil {
			return err
		}
	}

	if _, diags := fleetfile.Load(dir); diags.HasErrors() {
		return broken("", "the blocks do not fit the fleet file: %s", lastPart(diags.Error()))
	}
	return nil
}

// writeBlocks writes a new file; "" writes none.
func (a *app) writeBlocks(out string, text []byte) error {
	if out == "" {
		return nil
	}

	file, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		hint := "give another --out, or --fleet " + out + " to add what is new"
		return usage(hint, "%s exists and is not overwritten", out)
	}
	if err != nil {
		return usage("--out takes a file, in a folder that is there", "%w", err)
	}

	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}

// initClient and initSkipped are the entries of "fleet init --format json".
type initClient struct {
	Client      string `json:"client"`
	TenantID    string `json:"tenant_id"`
	Domain      string `json:"domain,omitempty"`
	DisplayName string `json:"display_name"`
}

type initSkipped struct {
	DisplayName string `json:"display_name"`
	TenantID    string `json:"tenant_id,omitempty"`
	Domain      string `json:"domain,omitempty"`
	Line        int    `json:"line,omitempty"`
	Why         string `json:"why"`
}

func (a *app) printInit(
	out string, text []byte, list []customers.Customer, labels []string, skipped []customers.Skipped,
) error {
	if a.format == "json" {
		clients, others := []initClient{}, []initSkipped{}
		for i, c := range list {
			clients = append(clients, initClient{labels[i], c.TenantID, c.Domain, c.Name})
		}
		for _, s := range skipped {
			others = append(others, initSkipped{s.Name, s.TenantID, s.Domain, s.Line, s.Why})
		}
		return a.json(map[string]any{
			"schema": "ringfence.fleet-init/1", "file": out, "clients": clients, "skipped": others, "hcl": string(text),
		})
	}

	known := 0
	for _, s := range skipped {
		if s.Known {
			known++
			continue
		}
		a.warn("%s is left out: %s", customerText(s), s.Why)
	}

	switch {
	case out != "":
		a.printf("%s: %d new clients, %d known already, %d left out\n", out, len(list), known, len(skipped)-known)
		return a.print("Next: \"ringfence access plan\" says what each tenant has to grant.\n")
	case len(list) == 0 && len(text) == 0:
		return a.printf("nothing new: %d known already, %d left out\n", known, len(skipped)-known)
	}
	return a.print(string(text))
}

// customerText is how a message calls a customer.
func customerText(s customers.Skipped) string {
	name := s.Name
	for _, other := range []string{s.Domain, s.TenantID} {
		if name == "" {
			name = other
		}
	}
	if s.Line > 0 {
		return fmt.Sprintf("line %d, %s,", s.Line, name)
	}
	return name
}
