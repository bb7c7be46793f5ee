package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/internal/access"
	"ringfence/internal/fleetfile"
	"ringfence/internal/fleetjoin"
	"ringfence/internal/run"
	"ringfence/oscal/attest"
)

// judgeFlags are those of every verb that judges: audit and evaluate.
type judgeFlags struct {
	fleet, asOf         string
	policies            policyFlags
	out                 string // folder for the results
	data                string // folder of the store
	noCache             bool
	key, passphraseFile string
	floors              run.Floors
}

func (f *judgeFlags) add(c *cobra.Command) {
	fleetFlag(c, &f.fleet)
	f.policies.add(c)
	flags := c.Flags()
	flags.StringVar(&f.asOf, "as-of", "", "the time to judge for (default: now)")
	flags.StringVar(&f.key, "key", "",
		"the machine's key, an encrypted PEM file (default: results stay unsigned)")
	flags.StringVar(&f.passphraseFile, "passphrase-file", "",
		"file with the key's passphrase (or set RINGFENCE_KEY_PASSPHRASE)")
	flags.StringVar(&f.floors.FailOn, "fail-on", "low",
		"lowest severity of a not-satisfied finding that makes the exit code 3")
	flags.StringVar(&f.floors.UndeterminedOn, "undetermined-on", "low",
		"lowest severity of an undetermined finding that makes the exit code 4")
}

func (f *judgeFlags) checkFloors() error {
	floors := map[string]string{"fail-on": f.floors.FailOn, "undetermined-on": f.floors.UndeterminedOn}
	for name, severity := range floors {
		if !slices.Contains(finding.Severities, severity) {
			return usage("use low, medium, high or critical", "--%s %q is not a severity", name, severity)
		}
	}
	return nil
}

type auditFlags struct {
	judgeFlags
	fleetFlags
	clients []string
}

var auditText = text{
	use:   "audit --fleet FILE",
	short: "Collect, evaluate and sign, for each client",
	long: `Collects every client's tenant, judges it against what the fleet file promises,
and leaves a run folder per client below --out. Refuses to overlap itself: a
second run on the same client ends at once with exit code 1.

Clients are worked on side by side, in another order in each run. One that fails, or
takes longer than --client-timeout, is reported at once and delays no other. Where the
fleet file names a fleet key, clients are compared with each other after all of them
were collected, and judged then; those that are not audited now take part with their
newest snapshots.` + exitHelp,
	example: `  ringfence audit --fleet fleet.hcl --key keys/machine.key --passphrase-file /run/secrets/ringfence
  ringfence audit --fleet fleet.hcl --client fabrikam --fail-on high --format json`,
}

func (a *app) audit() *cobra.Command {
	var f auditFlags
	c := verb(auditText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runAudit(ctx, f)
	})

	f.judgeFlags.add(c)
	f.fleetFlags.add(a, c)
	c.Flags().StringSliceVar(&f.clients, "client", nil,
		"only this client; may be repeated (default: all that are not off-boarded)")
	c.Flags().StringVar(&f.data, "data", "ringfence-data", "folder of snapshots and runs")
	c.Flags().StringVar(&f.out, "out", "ringfence-out", "folder for a copy of each client's latest run")
	c.Flags().BoolVar(&f.noCache, "no-cache", false,
		"compute everything, also what has not changed since an earlier run")

	return c
}

func (a *app) runAudit(ctx context.Context, f auditFlags) error {
	a.startJudging()
	key, err := a.signer(f.key, f.passphraseFile)
	if err != nil {
		return err
	}

	audit, names, err := a.prepareAudit(f, key)
	if err != nil {
		return err
	}

	if len(f.clients) == 0 { // all clients, and so the fleet
		names = append(names, snapshot.FleetClient)
	}

	a.warnEnds(audit.Collector, names)
	t := a.newTally()
	t.fleet.InOrder(names)
	b := a.newBoard(len(names))
	audit.Watch = b.watch
	err = audit.Run(ctx, names, t.add)
	b.close()
	if err != nil {
		return locked(err)
	}

	return t.finish()
}

// startJudging sets what holds for the whole process while clients are judged.
func (a *app) startJudging() {
	if a.beforeJudging != nil {
		a.beforeJudging()
	}
}

// prepareAudit checks the flags, loads what they name and tries the folders,
// before anything is collected. It returns the labels of the clients to audit.
func (a *app) prepareAudit(f auditFlags, key *attest.Key) (audit run.Audit, names []string, err error) {
	if err := f.checkFloors(); err != nil {
		return audit, nil, err
	}
	if err := f.fleetFlags.check(); err != nil {
		return audit, nil, err
	}

	asOf, err := parseAsOf(f.asOf)
	if err != nil {
		return audit, nil, err
	}

	e, fleet, err := a.engineAndFleet(f.policies, f.fleet)
	if err != nil {
		return audit, nil, err
	}

	names, err = labels(fleet, f.clients)
	if err != nil {
		return audit, nil, err
	}
	fleetKey, err := readFleetKey(fleet)
	if err != nil {
		return audit, nil, err
	}
	if err := f.tryFolders(); err != nil {
		return audit, nil, err
	}

	a.warnUnanchored(key, fleet.MSP.MachineKeys)

	return run.Audit{
		Collector: run.Collector{
			Fleet: fleet, Stores: run.OnDisk(f.data), Log: a.progressLog(),
			Parallel: f.parallel, Timeout: f.timeout, Only: access.Properties(e, isCompared(fleet)),
			Limits: collectors.NewLimits(nil, nil), Compared: comparedBy(e, fleet),
		},
		Engine:   e,
		Key:      key,
		FleetKey: fleetKey,
		Finder:   e,
		Out:      f.out,
		Floors:   f.floors,
		AsOf:     asOf,
		NoCache:  f.noCache,
	}, names, nil
}

// readFleetKey reads the key under which the clients of a fleet file are compared; nil where
// it names none.
func readFleetKey(fleet *fleetfile.Fleet) (*fingerprint.Key, error) {
	file := fleet.MSP.FleetKey
	if file == "" {
		return nil, nil
	}

	key, err := fleetjoin.ReadKey(file)
	if err != nil {
		return nil, usage(`"ringfence fleet key FILE" makes one; without fleet_key clients are not compared`,
			"the msp block's fleet_key %s: %w", file, err)
	}
	return &key, nil
}

func (f auditFlags) tryFolders() error {
	if err := disjoint("out", f.out, "data", f.data); err != nil {
		return err
	}
	if err := tryFolder("data", f.data); err != nil {
		return err
	}
	return tryFolder("out", f.out)
}

// warnUnanchored warns of results that "verify --fleet" will not accept: they are
// not signed, or by a key that the fleet file does not name.
func (a *app) warnUnanchored(key *attest.Key, machineKeys []string) {
	if key == nil {
		a.log().Warn("results stay unsigned: no --key")
		return
	}

	spki := key.Public().SPKI()
	if !slices.ContainsFunc(machineKeys, func(k string) bool { return strings.EqualFold(k, spki) }) {
		a.log().Warn("the key is no machine key of the fleet file: verify --fleet will refuse it",
			"key_sha256", spki)
	}
}
