package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/internal/inputfile"
)

// worldFlags say which fleet is emulated, and where its files go.
type worldFlags struct {
	dir     string
	clients int
	seed    uint64
}

func (f *worldFlags) add(c *cobra.Command, dir string) {
	c.Flags().StringVar(&f.dir, "dir", dir, "folder for the fleet file and all results")
	c.Flags().IntVar(&f.clients, "clients", 12, "number of emulated clients")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "the same seed makes the same fleet")
}

func (f *worldFlags) check() error {
	if f.clients < 1 || f.clients > 10000 {
		return usage("use 1 to 10000", "--clients %d", f.clients)
	}
	return nil
}

type emulatorFlags struct {
	worldFlags
	addr, faults, key string
	noClients         bool
}

var emulatorText = text{
	use:   "emulator --dir DIR",
	short: "Serve an emulated fleet of tenants over HTTPS, until interrupted",
	long: `Microsoft Graph, Azure Resource Manager and the token endpoint for a seeded
fleet of tenants, on loopback. --dir receives fleet.hcl, ca.pem, the secret, customers.csv
(names and domains) and planted.json (what is wrong in the fleet), so that every
other verb can be used on it.

--faults names a plan: what goes wrong, and whether Microsoft's published limits
hold. For example:

  limits = true

  fault "a storm while users are read" {
    kind        = "throttle"
    client      = "fabrikam"
    dataset     = "entra.users"
    times       = 3
    retry_after = "2.128"
  }`,
	example: `  ringfence emulator --dir ./lab --key ./keys/machine.pub &
  ringfence audit --fleet ./lab/fleet.hcl --data ./lab/data --out ./lab/out`,
}

func (a *app) emulator() *cobra.Command {
	var f emulatorFlags
	c := verb(emulatorText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runEmulator(ctx, f)
	})

	f.add(c, "ringfence-lab")
	c.Flags().StringVar(&f.addr, "addr", "127.0.0.1:0", "loopback address to listen on")
	c.Flags().StringVar(&f.faults, "faults", "", "plan of what goes wrong (HCL), see the example")
	c.Flags().BoolVar(&f.noClients, "no-clients", false,
		"write a fleet file without clients, as an MSP has before its first one")
	c.Flags().StringVar(&f.key, "key", "", "public key that the fleet file names in machine_keys")

	return c
}

func (a *app) runEmulator(ctx context.Context, f emulatorFlags) error {
	if err := f.check(); err != nil {
		return err
	}

	plan, err := readPlan(f.faults)
	if err != nil {
		return err
	}

	keys, err := machineKeys(f.key)
	if err != nil {
		return err
	}
	if err := f.mayWrite(); err != nil {
		return err
	}

	names := emulator.Addresses{MachineKeys: keys, NoClients: f.noClients, Limits: plan.Limits}
	l, err := startLab(f.worldFlags, plan, f.addr, names)
	if err != nil {
		return err
	}
	defer l.server.Close()

	a.printf("%s serves %d clients; fleet file: %s\n", l.server.URL, f.clients, l.fleetFile)
	<-ctx.Done()

	return ctx.Err()
}

func readPlan(file string) (emulator.Plan, error) {
	if file == "" {
		return emulator.Plan{}, nil
	}

	data, err := inputfile.Read(file)
	if err != nil {
		return emulator.Plan{}, usage("--faults takes a plan, an HCL file", "%w", err)
	}

	plan, err := emulator.ParsePlan(file, data)
	if err != nil {
		return plan, usage(hintPlan, "--faults %s: %w", file, err)
	}

	return plan, nil
}

const hintPlan = `a plan says, for example: fault "a storm" { kind = "throttle" }`

func machineKeys(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}

	key, err := publicKey(file)
	if err != nil {
		return nil, err
	}

	return []string{key.SPKI()}, nil
}

// mayWrite refuses to replace a fleet file that no emulator wrote.
func (f *worldFlags) mayWrite() error {
	fleet := filepath.Join(f.dir, "fleet.hcl")
	_, err := os.Stat(fleet)
	_, planted := os.Stat(filepath.Join(f.dir, "planted.json"))
	if err == nil && planted != nil {
		return usage(hintLab, "%s is not the emulator's and would be replaced", fleet)
	}

	return nil
}

// lab is a running emulator with its files on disk.
type lab struct {
	world     *emulator.World
	server    *emulator.Server
	fleetFile string
}

// startLab generates the fleet, writes down what is planted in it before
// anything else happens, starts the server and writes the fleet file.
func startLab(f worldFlags, plan emulator.Plan, addr string, names emulator.Addresses) (*lab, error) {
	w := emulator.GenerateFleet(f.seed, f.clients, plan.Sizes)
	if names.FleetKeyFile != "" { // clients are compared, and there is something between two of them
		if err := w.CrossBetween("trey-research", "woodgrove"); err != nil {
			return nil, err
		}
		w.LimitMSP("trey-research", "woodgrove")
	}

	planted, err := snapshot.CanonicalFile(w.Planted())
	if err != nil {
		return nil, err
	}
	if err := snapshot.WriteFile(filepath.Join(f.dir, "planted.json"), planted); err != nil {
		return nil, usage("--dir takes a folder that can be written", "%w", err)
	}

	o := plan.Options(w)
	o.Addr = addr
	server, err := emulator.Start(w, o)
	if err != nil {
		return nil, usage("--addr takes a free loopback address", "%w", err)
	}

	l := &lab{w, server, filepath.Join(f.dir, "fleet.hcl")}
	names.Base, names.CAFile, names.SecretFile = server.URL, "ca.pem", "emulator-secret"
	fleet := w.FleetHCL(names)

	err = errors.Join(
		snapshot.WriteFile(filepath.Join(f.dir, "ca.pem"), server.CA),
		snapshot.WriteFile(filepath.Join(f.dir, "emulator-secret"), []byte(w.Secret()+"\n")),
		snapshot.WriteFile(filepath.Join(f.dir, "customers.csv"), w.CustomersCSV()),
		snapshot.WriteFile(l.fleetFile, fleet),
	)
	if err != nil {
		server.Close()
		return nil, err
	}

	return l, nil
}
