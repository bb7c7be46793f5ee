package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/fleetfile"
	"ringfence/internal/inputfile"
	"ringfence/internal/run"
	"ringfence/oscal/attest"
)

type evaluateFlags struct {
	judgeFlags
	snapshots []string
	only      string // "" or "findings"
	pack      packFlags
	simulate  string // a change file, "" for none
	facts     string // fleet-facts.json, "" for none
}

var evaluateText = text{
	use:   "evaluate --fleet FILE --snapshot DIR",
	short: "Judge snapshots, offline",
	long: `The pure stage: the same snapshot, intent, policies, engine version and as-of
give the same bytes, on any machine. No credential is needed and no network is
touched. Without --out nothing is written and the exit code is the answer.

--simulate judges one snapshot twice, as it is and as it would be after a described
change, and prints both verdicts side by side. That is a comparison and no result:
nothing is written or signed, and the exit code is that of the state after the change.

With --pack, policies that somebody else wrote judge a file that another tool saved
(--input): CISA's ScubaGear, or what conftest runs. They run as they are; what they
read and is not in the file makes their answer undetermined. See
docs/foreign-packs.md.` + exitHelp,
	example: `  ringfence evaluate --fleet fleet.hcl --snapshot ./snap --as-of 2026-11-23T12:00:00Z --out ./out
  ringfence evaluate --fleet fleet.hcl --snapshot ./snap --fail-on high
  ringfence evaluate --fleet fleet.hcl --snapshot ./snapshots --out ./out
  ringfence evaluate --fleet fleet.hcl --snapshot ./snap --simulate change.hcl
  ringfence evaluate --pack scuba.hcl --input ProviderSettingsExport.json --out ./out-scuba`,
}

func (a *app) evaluate() *cobra.Command {
	var f evaluateFlags
	c := verb(evaluateText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		if f.pack.given() {
			return a.runPack(ctx, f)
		}
		return a.runEvaluate(ctx, f)
	})

	f.add(c)
	c.Flags().StringArrayVar(&f.snapshots, "snapshot", nil,
		"snapshot folder, run folder, or a folder of them; may be repeated (required)")
	c.Flags().StringVar(&f.out, "out", "", "folder for the run folders, one a client")
	c.Flags().StringVar(&f.data, "data", "",
		"store whose cache holds the outcomes of earlier runs, and which knows of attested ones "+
			"(default: compute everything)")
	c.Flags().BoolVar(&f.noCache, "no-cache", false, "compute everything; leave the cache of --data alone")
	c.Flags().StringVar(&f.only, "only", "", "findings: write findings.json and verdicts.ndjson alone")
	c.Flags().StringVar(&f.facts, "fleet-facts", "",
		"fleet-facts.json of an audit of the same snapshot: what the client has to do with others")
	f.pack.add(c)
	c.Flags().StringVar(&f.simulate, "simulate", "",
		"a change file: print the verdicts before and after it, write and sign nothing")

	return c
}

// check refuses flags that are missing, wrong or contradict each other.
func (f evaluateFlags) check() error {
	if err := f.checkFloors(); err != nil {
		return err
	}

	switch {
	case len(f.snapshots) == 0 && !f.pack.given():
		return usage(`"ringfence snapshot export" makes one from the store`, "no --snapshot is given")
	case f.only != "" && f.only != "findings":
		return usage(`the only value is "findings"`, "--only %q", f.only)
	case f.only != "" && f.out == "":
		return usage(hintOnly, "--only %s writes files, and no --out is given", f.only)
	case f.facts != "" && f.simulate != "":
		return usage("what others have to do with a client after a change is not known",
			"--fleet-facts and --simulate exclude each other")
	}

	return disjoint("out", f.out, "data", f.data)
}

func (a *app) runEvaluate(ctx context.Context, f evaluateFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.simulate != "" {
		return a.runSimulate(ctx, f)
	}
	a.startJudging()

	ev, err := a.prepareEvaluation(f)
	if err != nil {
		return err
	}

	t := a.newTally()
	if err := ev.run(ctx, t.add); err != nil {
		return err
	}

	a.warnUncached(ev)
	return t.finish()
}

// evaluation is what all snapshots of one call share.
type evaluation struct {
	flags  evaluateFlags
	dirs   []string // of the snapshots
	asOf   time.Time
	engine *engine.Engine
	fleet  *fleetfile.Fleet
	key    *attest.Key

	heard []byte // fleet-facts.json; nil: none is given

	// uncached holds, for each of dirs, why outcomes were not stored; nil if they were.
	uncached []error
}

// prepareEvaluation loads what the flags name, before anything is judged.
func (a *app) prepareEvaluation(f evaluateFlags) (ev evaluation, err error) {
	ev.flags = f
	if ev.asOf, err = parseAsOf(f.asOf); err != nil {
		return ev, err
	}

	if ev.dirs, err = snapshotFolders(f.snapshots); err != nil {
		return ev, err
	}
	if err := onePerClient(ev.dirs); err != nil {
		return ev, err
	}

	if ev.engine, ev.fleet, err = a.engineAndFleet(f.policies, f.fleet); err != nil {
		return ev, err
	}
	if ev.dirs, err = a.judged(ev.dirs, ev.engine, ev.fleet); err != nil {
		return ev, err
	}
	if ev.heard, err = ev.readFacts(); err != nil {
		return ev, err
	}
	ev.uncached = make([]error, len(ev.dirs))

	if ev.key, err = a.signer(f.key, f.passphraseFile); err != nil {
		return ev, err
	}
	if f.out != "" {
		err = tryFolder("out", f.out)
	}

	return ev, err
}

// run judges the snapshots and hands over their outcomes, in their order.
func (ev evaluation) run(ctx context.Context, add func(run.Outcome)) error {
	options := run.Options{
		Key:          ev.key,
		Floors:       ev.flags.floors,
		Out:          ev.flags.out,
		OnlyFindings: ev.flags.only == "findings",
		Now:          time.Now,
	}

	done := 0
	return run.EvaluateAll(ctx, len(ev.dirs), ev.inputs, options, func(o run.Outcome) {
		if o.Err != nil {
			o.Err = evaluationError(ev.dirs[done], o.Err)
		} else {
			o.Unmatched = ev.fleet.UnmatchedExceptions(o.Set)
		}

		add(o)
		done++
	})
}

// inputs opens the i-th snapshot and finds what its owner was promised.
func (ev evaluation) inputs(i int) (run.Inputs, error) {
	dir := ev.dirs[i]
	snap, err := openSnapshot(dir)
	if err != nil {
		return run.Inputs{}, err
	}

	promise, err := ev.fleet.Promise(snap.Manifest.Client)
	if err != nil {
		return run.Inputs{Snapshot: snap}, usage(hintOwner, "%s: %w", dir, err)
	}

	in := run.Inputs{Snapshot: snap, Promise: promise, Engine: ev.engine, AsOf: ev.asOf, FleetFacts: ev.heard}
	if in.AsOf.IsZero() {
		in.AsOf = run.DefaultAsOf(snap.Manifest, time.Now())
	}

	if ev.flags.data != "" {
		if err := ev.addRecords(&in); err != nil {
			return in, err
		}
	}

	if ev.flags.data != "" && !ev.flags.noCache {
		store, err := snapshot.OpenStore(ev.flags.data, snap.Manifest.Client)
		if err != nil {
			return in, err
		}

		in.Cache = &store
		in.Uncached = func(err error) {
			ev.uncached[i] = fmt.Errorf("client %s: %w", snap.Manifest.Client, err)
		}
	}

	return in, nil
}

// readFacts reads what the client of the one snapshot hears of others.
func (ev evaluation) readFacts() ([]byte, error) {
	if ev.flags.facts == "" {
		return nil, nil
	}
	if len(ev.dirs) != 1 {
		return nil, usage("name one snapshot: each client hears something else",
			"--fleet-facts is given with %d snapshots", len(ev.dirs))
	}

	data, err := inputfile.Read(ev.flags.facts)
	if err != nil {
		return nil, usage("--fleet-facts takes fleet-facts.json of a run folder", "%w", err)
	}
	return data, nil
}

// addRecords adds what the store knows of earlier runs.
func (ev evaluation) addRecords(in *run.Inputs) error {
	client := in.Snapshot.Manifest.Client
	store, err := run.OnDisk(ev.flags.data)(client)
	if err == nil {
		in.Records, err = run.Recorded(store, ev.fleet, client, in.AsOf)
	}
	return err
}

// warnUncached says once that nothing can be stored in --data: with a full disk it
// is the same for all clients.
func (a *app) warnUncached(ev evaluation) {
	lost := slices.DeleteFunc(slices.Clone(ev.uncached), func(err error) bool { return err == nil })
	if len(lost) > 0 {
		a.warn("the cache in --data %s cannot be written for %d of %d snapshots, "+
			"whose outcomes are computed again next time: %v",
			ev.flags.data, len(lost), len(ev.dirs), lost[0])
	}
}

// evaluationError says which snapshot it was, and the next step.
func evaluationError(dir string, err error) error {
	switch {
	case is[*failure](err):
		return err
	case is[*snapshot.DigestError](err):
		return evidence(hintResealed, "%s: %w", dir, err)
	case is[*run.OutError](err):
		return usage(hintOut, "%w", err)
	case is[*engine.InputError](err):
		return usage(hintInput, "%s: %w", dir, err)
	}

	return fmt.Errorf("%s: %w", dir, err)
}
