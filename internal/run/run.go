// Package run makes and checks run folders: everything that one evaluation of
// one client took in and gave out, so that an auditor needs nothing else but a
// public key.
//
// A client goes through three stages. Each reads what the one before it left in
// the client's [Store], and done again with the same inputs it does nothing:
//
//	store, err := stores("fabrikam")
//	collected, err := collector.Collect(ctx, "fabrikam", shares)     // tenant → snapshot
//	outcome, err := run.Judge(ctx, store, inputs, options)           // snapshot → signed run folder
//	changed, err := run.Publish(store, outcome.Run, out, "fabrikam") // run folder → <out>/fabrikam
//
// [Audit] does that for a fleet; [EvaluateAll] judges snapshots without a store.
// At their core is [Render], which is pure: from snapshot, promise, policies and
// as-of it makes every file but run.json, the public key and the signature.
//
// [Verify] goes the other way: it trusts nothing that the signature does not
// cover, and renders again to compare.
package run

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/engine/memory"
	"ringfence/engine/meter"
	"ringfence/internal/keyledger"
	"ringfence/internal/report"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal"
)

// ToolVersion is the version of the program, recorded in manifests and
// documents. It is not part of a run's identity; engine.Version is.
const ToolVersion = "0.1.0"

// Inputs are what a run is a function of: whose snapshot is judged against which
// promise, by which policies, for which time.
type Inputs struct {
	Snapshot snapshot.Snapshot
	Promise  intent.Promise
	Engine   *engine.Engine
	AsOf     time.Time // UTC, to the second
	// Records are what the store knows of earlier runs ([Recorded]); nil: nobody asked, or
	// there is no store.
	Records []byte
	// FleetFacts is fleet-facts.json: what the client hears of others; nil: clients were not
	// compared.
	FleetFacts []byte
	// FleetPaths is fleet-paths.json of a fleet result: who reaches whom; nil: clients were not
	// compared.
	FleetPaths []byte

	// The rest changes how long an evaluation takes, and nothing that comes out.

	// Cache is where outcomes of earlier runs are, and this one's go; nil: everything
	// is computed.
	Cache Cache
	// Uncached learns why this run's outcomes could not be kept there; nil: nobody
	// asks. It is no error: the next run computes them again.
	Uncached func(error)
	// Parallel is how many controls are evaluated side by side; 0: one a core.
	Parallel int
	// Budget is what they may take together, in bytes; 0: no limit.
	Budget int64
	// Meter learns where the time goes; nil: nobody asks.
	Meter *meter.Meter
}

// evaluate judges the snapshot, with the outcomes of earlier runs, and keeps what is
// new of them.
func (in Inputs) evaluate(ctx context.Context) (finding.Set, error) {
	o := engine.Options{Meter: in.Meter, Memory: in.remembered(), Parallel: in.Parallel, Budget: in.Budget}
	surveyed, err := in.surveyed()
	if err != nil {
		return finding.Set{}, err
	}
	e := in.Engine.With(o).Knowing(in.Records).Hearing(in.FleetFacts).Surveying(surveyed)
	set, err := e.Evaluate(ctx, in.Snapshot, in.Promise, in.AsOf)
	if err != nil || in.Cache == nil || !o.Memory.Changed() {
		return set, err
	}

	ended := in.Meter.Start("recall")
	data := o.Memory.Pack()
	ended()
	defer in.Meter.Start("cache")()

	if err := in.Cache.WriteCache(memoryFile, data); err != nil && in.Uncached != nil {
		in.Uncached(err)
	}

	return set, nil
}

// memoryFile is the name of the engine's memory in a client's cache.
const memoryFile = "outcomes"

// remembered are the outcomes of earlier runs. What is missing or damaged is
// computed again.
func (in Inputs) remembered() *memory.Memory {
	if in.Cache == nil {
		return nil
	}

	ended := in.Meter.Start("cache")
	data, _ := in.Cache.ReadCache(memoryFile)
	ended()
	defer in.Meter.Start("recall")()

	return memory.Read(data, engine.Version)
}

// Rendered is what follows from the inputs.
type Rendered struct {
	ID     string // of the run
	Inputs Inputs
	Set    finding.Set
	// Files are the files of the run folder that are a function of the inputs, by
	// path. The snapshot is not in it: it is copied as it is.
	Files map[string][]byte
}

// Render evaluates and makes all documents. onlyFindings stops after
// findings.json and verdicts.ndjson.
func Render(ctx context.Context, in Inputs, onlyFindings bool) (*Rendered, error) {
	set, err := in.evaluate(ctx)
	if err != nil {
		return nil, err
	}
	defer in.Meter.Start("emit")()

	set.FleetPaths = in.pathsDigest()
	r := &Rendered{Inputs: in, Set: set, Files: map[string][]byte{}}
	r.ID = finding.RunID(set.Snapshot, set.Intent, set.Policies, engine.Version, set.AsOf,
		set.Records, set.FleetFacts, set.FleetPaths)
	if r.Files[layout.Findings], err = snapshot.CanonicalFile(set); err != nil {
		return nil, err
	}
	if r.Files[layout.Verdicts], err = verdictLines(set); err != nil {
		return nil, err
	}
	if onlyFindings {
		return r, nil
	}
	if r.Files[layout.Intent], err = in.Promise.Canonical(); err != nil {
		return nil, err
	}
	if r.Files[layout.Policies], err = in.Engine.Bundle(); err != nil {
		return nil, err
	}

	if in.Records != nil {
		r.Files[layout.Records] = in.Records
	}
	if in.FleetFacts != nil {
		r.Files[layout.FleetFacts] = in.FleetFacts
	}
	if in.FleetPaths != nil {
		r.Files[layout.FleetPaths] = in.FleetPaths
	}

	return r, r.documents(ctx)
}

// What is before the texts of a verdict, in the order of their names.
var verdictMembers = [...]string{`{"control":`, `,"outcome":`, `,"subject":`}

// verdictLines are the verdicts in canonical JSON, a line each. A client can have a
// hundred thousand, so they are written without going through a map.
func verdictLines(set finding.Set) ([]byte, error) {
	const usual = 128 // bytes of a line
	lines := make([]byte, 0, usual*len(set.Verdicts))
	for _, v := range set.Verdicts {
		for i, text := range []string{v.Control, string(v.Outcome), v.Subject} {
			var err error
			lines = append(lines, verdictMembers[i]...)
			if lines, err = jsontext.AppendQuote(lines, text); err != nil {
				return nil, fmt.Errorf("verdict on %q: %w", v.Subject, err)
			}
		}

		lines = append(lines, "}\n"...)
	}

	return lines, nil
}

// documents adds OSCAL and the report.
func (r *Rendered) documents(ctx context.Context) error {
	snap, promise := r.Inputs.Snapshot, r.Inputs.Promise
	docs, err := oscal.Documents(oscal.Input{
		Set: r.Set, Intent: promise.Tenant(), Manifest: snap.Manifest, RunID: r.ID, AsOf: r.Inputs.AsOf,
		EngineVersion: engine.Version, Files: r.digests(), Lines: snap.Lines,
	})
	if err != nil {
		return fmt.Errorf("writing OSCAL: %w", err)
	}

	maps.Copy(r.Files, docs)
	if problems := oscal.ValidateFolder(r.Files); len(problems) > 0 {
		return fmt.Errorf("the OSCAL documents of client %s are not valid: %v", r.Set.Client, problems[0])
	}

	ledger, err := r.ledger(ctx)
	if err != nil {
		return err
	}

	survey, err := r.Inputs.survey()
	if err != nil {
		return err
	}

	r.Files[layout.Report], err = report.HTML(report.Input{
		Set: r.Set, Manifest: snap.Manifest, RunID: r.ID,
		Intent: promise.Tenant(), Kind: promise.Kind(), Clients: promise.Joined(),
		Ledger: ledger, Isolation: survey, EngineVersion: engine.Version, Digests: r.digests(),
	})

	return err
}

// ledger is the client's key ledger; nil for the fleet, and of a policy set that makes none.
// A policy that fails is said there: what shows evidence must not take the verdicts with it.
func (r *Rendered) ledger(ctx context.Context) (*keyledger.Ledger, error) {
	in := r.Inputs
	if in.Promise.Kind() != intent.ClientKind || !keyledger.Has(in.Engine) {
		return nil, nil
	}

	ledger, err := keyledger.Read(ctx, in.Engine, in.Snapshot, in.Promise, in.AsOf)
	if err != nil && ctx.Err() == nil {
		return &keyledger.Ledger{Problem: err.Error()}, nil
	}
	return ledger, err
}

// digests are the SHA-256 of every file so far, the snapshot's included.
func (r *Rendered) digests() map[string]string {
	all := map[string]string{layout.Manifest: r.Inputs.Snapshot.Digest()}
	for name, c := range r.Inputs.Snapshot.Manifest.Datasets {
		if c.Holds() {
			all[layout.Dataset(name)] = c.Digest
		}
	}

	for path, data := range r.Files {
		all[path] = snapshot.Digest(data)
	}

	return all
}
