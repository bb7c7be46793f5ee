package main

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/internal/fleetfile"
	"ringfence/internal/fleetjoin"
	"ringfence/internal/isolation"
	"ringfence/internal/run"
)

// isolationFlags say which fleet is joined, and out of what: the newest snapshots of a store, or
// a folder of facts.
type isolationFlags struct {
	fleet    string
	fleetKey string // the file of the fleet key, instead of the fleet file's
	data     string
	asOf     string
	policies policyFlags
	facts    string
}

func (f *isolationFlags) add(c *cobra.Command) {
	flags := c.Flags()
	fleetFlag(c, &f.fleet)
	flags.StringVar(&f.fleetKey, "fleet-key", "", "file with the fleet key (default: the fleet file's)")
	flags.StringVar(&f.data, "data", "ringfence-data", "folder of snapshots and runs")
	flags.StringVar(&f.asOf, "as-of", "", "the time to look from (default: now)")
	f.policies.add(c)
	flags.StringVar(&f.facts, "facts", "",
		"instead of --data: folder of facts, <tenant>.json of each tenant and kinds.json")
}

const (
	hintFacts    = `a folder of facts holds "<tenant id>.json" of each tenant, and kinds.json`
	hintFleetKey = `"ringfence fleet key FILE" makes one; name it as fleet_key in the msp block, ` +
		"or give --fleet-key"
)

// joining is a fleet whose tenants are joined. It is to be closed.
type joining struct {
	isolation.Fleet
	file  *fleetfile.Fleet
	asOf  time.Time
	close func() error
}

// join joins the clients of a fleet file that are under contract or on their way there, and the
// MSP's own tenant; of those that left, the ones that are named.
func (a *app) join(ctx context.Context, f isolationFlags, left ...string) (*joining, error) {
	j := &joining{close: func() error { return nil }}
	if f.facts != "" && (f.asOf != "" || f.policies.given()) {
		return nil, usage("leave them out, or --facts", "--as-of and --policies are about snapshots, not facts")
	}
	asOf, err := parseAsOf(f.asOf)
	if err != nil {
		return nil, err
	}
	if j.asOf = asOf; asOf.IsZero() {
		j.asOf = time.Now().UTC().Truncate(time.Second).Add(time.Second) // collected_at is rounded up
	}
	if j.file, err = a.fleetFile(f.fleet, nil); err != nil {
		return nil, err
	}
	key, err := f.key(j.file)
	if err != nil {
		return nil, err
	}

	if f.facts != "" {
		return j, j.fromFacts(f.facts, key, left)
	}
	return j, a.fromStore(ctx, j, f, key, left)
}

// key is the fleet key.
func (f isolationFlags) key(file *fleetfile.Fleet) (key fingerprint.Key, err error) {
	name := f.fleetKey
	if name == "" {
		name = file.MSP.FleetKey
	}
	if name == "" {
		return key, usage(hintFleetKey, "there is no fleet key")
	}
	if key, err = fleetjoin.ReadKey(name); err != nil {
		return key, usage(hintFleetKey, "the fleet key %s: %w", name, err)
	}
	return key, nil
}

// fromStore joins by the newest snapshots of a store.
func (a *app) fromStore(
	ctx context.Context, j *joining, f isolationFlags, key fingerprint.Key, left []string,
) error {
	if info, err := os.Stat(f.data); err != nil || !info.IsDir() {
		return usage(`"ringfence collect" makes one, --facts DIR stands for it`, "--data %s is no folder", f.data)
	}
	e, err := a.engine(f.policies)
	if err != nil {
		return err
	}
	joined, err := run.Compare(ctx, run.Comparison{Fleet: j.file, Stores: run.OnDisk(f.data), Finder: e, Key: key,
		AsOf: j.asOf, Also: left})
	if err != nil {
		return err
	}

	for _, label := range slices.Sorted(maps.Keys(joined.Problems)) {
		a.warn("nothing is known of %s: %s", named(label), joined.Problems[label])
	}
	j.Fleet, j.close = isolation.Fleet{Joined: joined.Joined, Members: isolation.Members(j.file, left...)}, joined.Close
	return nil
}

// named is what a label of the store is called here.
func named(label string) string {
	if label == snapshot.FleetClient {
		return isolation.MSPName
	}
	return label
}

// fromFacts joins a folder of facts. Facts of anybody else are refused: a tenant that is left out
// by mistake would be one that nobody reaches.
func (j *joining) fromFacts(dir string, key fingerprint.Key, left []string) error {
	folder, err := readFacts(dir)
	if err != nil {
		return err
	}
	members := isolation.Members(j.file, left...)
	for tenant := range folder.Facts {
		gone := func(c fleetfile.Client) bool { return c.TenantID == tenant && c.State == "offboarded" }
		if _, joins := members[tenant]; !joins && !slices.ContainsFunc(j.file.Clients, gone) {
			return usage("leave its file out, or add its client to the fleet file",
				"--facts has facts of tenant %s, which is not in the fleet file", tenant)
		}
	}

	j.Fleet, err = folder.Join(members, j.file.MSP.TenantID, key, fleetjoin.DefaultSpread)
	if err != nil {
		return broken("", "joining the fleet: %w", err)
	}
	return nil
}

func readFacts(dir string) (isolation.Folder, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return isolation.Folder{}, usage(hintFacts, "--facts %s is no folder", dir)
	}

	folder, err := isolation.ReadFolder(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return folder, usage(hintFacts, "--facts: %w", err)
	case err != nil:
		return folder, evidence("facts are read as they were written, byte for byte", "--facts: %w", err)
	}
	return folder, nil
}

// joins refuses a client that is not joined; none is all of them.
func (j *joining) joins(client string) error {
	for _, m := range j.Members {
		if client == "" || m.Name == client && client != isolation.MSPName {
			return nil
		}
	}
	return usage(hintClients, "no client %q is joined: it is not in the fleet file, or off-boarded", client)
}

// name is what the tenant of a node is called: its name, or its id if it is not joined.
func (j *joining) name(n fact.Node) string {
	if m, joined := j.Members[n.Tenant()]; joined {
		return m.Name
	}
	return n.Tenant()
}

// factsFile is the file of a tenant's facts.
func (j *joining) factsFile(tenant string) ([]byte, error) {
	facts, err := j.Joined.Fleet().Facts(tenant)
	if err != nil {
		return nil, err
	}
	return facts.Canonical()
}

// writeFacts writes the facts of some tenants as a folder of facts.
func (j *joining) writeFacts(dir string, tenants []string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return usage("it takes a folder that is not there yet", "--facts-out: %w", err)
	}
	kinds, err := fact.Canonical(j.Joined.Fleet().Kinds)
	if err != nil {
		return err
	}
	files := map[string][]byte{isolation.KindsFile: kinds}
	for _, tenant := range tenants {
		if files[tenant+".json"], err = j.factsFile(tenant); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := writeNew(filepath.Join(dir, name), files[name], 0o600); err != nil {
			return err
		}
	}
	return nil
}
