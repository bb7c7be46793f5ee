package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ringfence/engine/fleet/fingerprint"
	"ringfence/internal/fleetfile"
	"ringfence/internal/inputfile"
	"ringfence/internal/isolation"
)

// isolationFlags say which fleet is joined, and out of what.
type isolationFlags struct {
	fleet    string
	facts    string // a folder of facts
	fleetKey string // the file of the fleet key
}

func (f *isolationFlags) add(c *cobra.Command) {
	fleetFlag(c, &f.fleet)
	c.Flags().StringVar(&f.facts, "facts", "",
		"folder of facts: <tenant>.json of each tenant, and kinds.json (required)")
	c.Flags().StringVar(&f.fleetKey, "fleet-key", "",
		"file with the fleet key, 32 random bytes or more (required)")
}

const (
	hintFacts    = `a folder of facts holds "<tenant id>.json" of each tenant, and kinds.json`
	hintFleetKey = `"head -c 32 /dev/urandom > fleet.key" makes one; keep it as you keep a signing key`
)

// mspName is what the MSP's own tenant is called beside the labels of clients, which are in
// lower case.
const mspName = "MSP"

// maxSpread is how far apart in time the evidence of two tenants may be that is compared.
const maxSpread = 6 * time.Hour

// joining is a fleet whose tenants are joined.
type joining struct {
	isolation.Fleet
	file   *fleetfile.Fleet
	folder isolation.Folder
}

// join joins the clients of a fleet file that are under contract or on their way there, and the
// MSP's own tenant; of those that left, the ones that are named.
func (a *app) join(f isolationFlags, left ...string) (*joining, error) {
	file, err := a.fleetFile(f.fleet, nil)
	if err != nil {
		return nil, err
	}
	folder, err := readFacts(f.facts)
	if err != nil {
		return nil, err
	}
	key, err := fleetKey(f.fleetKey)
	if err != nil {
		return nil, err
	}

	members, err := members(file, folder, left)
	if err != nil {
		return nil, err
	}
	fleet, err := folder.Join(members, file.MSP.TenantID, key, maxSpread)
	if err != nil {
		return nil, broken("", "joining the fleet: %w", err)
	}
	return &joining{fleet, file, folder}, nil
}

func readFacts(dir string) (isolation.Folder, error) {
	if dir == "" {
		return isolation.Folder{}, usage(hintFacts, "no --facts is given")
	}
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

func fleetKey(file string) (key fingerprint.Key, err error) {
	if file == "" {
		return key, usage(hintFleetKey, "no --fleet-key is given")
	}
	secret, err := inputfile.Read(file)
	if err == nil {
		key, err = fingerprint.NewKey(secret)
	}
	if err != nil {
		return key, usage(hintFleetKey, "--fleet-key %s: %w", file, err)
	}
	return key, nil
}

// members are the tenants that are joined. Facts of anybody else are refused: a tenant that is
// left out by mistake would be one that nobody reaches.
func members(
	file *fleetfile.Fleet, folder isolation.Folder, left []string,
) (map[string]isolation.Member, error) {
	members := map[string]isolation.Member{file.MSP.TenantID: {Name: mspName}}
	gone := map[string]bool{}
	for _, c := range file.Clients {
		gone[c.TenantID] = c.State == "offboarded"
		if c.State == "offboarded" && !slices.Contains(left, c.Name) {
			continue
		}
		m := isolation.Member{Name: c.Name}
		if c.Cell != nil {
			m.Cell = *c.Cell
		}
		members[c.TenantID] = m
	}

	for tenant := range folder.Facts {
		if _, joins := members[tenant]; !joins && !gone[tenant] {
			return nil, usage("leave its file out, or add its client to the fleet file",
				"--facts has facts of tenant %s, which is not in the fleet file", tenant)
		}
	}
	return members, nil
}
