// Package run makes and checks run folders: everything that one evaluation of
// one client took in and gave out, so that an auditor needs nothing else but a
// public key.
//
// A client goes through three stages. Each reads what the one before it left in
// the client's [Store], and done again with the same inputs it does nothing:
//
//	store, err := stores("fabrikam")
//	collected, err := collector.Collect(ctx, "fabrikam", shares)         // its tenant → a snapshot
//	outcome, err := run.Judge(ctx, store, inputs, options)               // the snapshot → a signed run folder
//	changed, err := run.Publish(store, outcome.Run, out, "fabrikam")     // the run folder → <out>/fabrikam
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

	// Cache is where outcomes of earlier runs are, and this one's go; nil: everything
	// is computed.
	Cache Cache
	// Uncached learns why this run's outcomes could not be kept there; nil: nobody
	// asks. It is no error: the next run computes them again.
	Uncached func(error)
	// Parallel is how many controls are evaluated side by side, 0: one a core;
	// Budget what they may take together, in bytes, 0: no bound.
	Parallel int
	Budget   int64
	// Meter learns where the time goes; nil: nobody asks.
	Meter *meter.Meter
}

func (in Inputs) evaluate(ctx context.Context) (set finding.Set, err error) {
	o := engine.Options{Meter: in.Meter, Memory: in.recall(), Parallel: in.Parallel, Budget: in.Budget}
	set, err = in.Engine.With(o).Evaluate(ctx, in.Snapshot, in.Promise, in.AsOf)
	if err != nil || in.Cache == nil || !o.Memory.Changed() {
		return set, err
	}

	end := in.Meter.Start("recall")
	data := o.Memory.Pack()
	end()
	defer in.Meter.Start("cache")()

	if err := in.Cache.WriteCache(memoryFile, data); err != nil && in.Uncached != nil {
		in.Uncached(err)
	}

	return set, nil
}

// memoryFile is the name of the engine's memory in a client's cache.
const memoryFile = "outcomes"

// recall reads the outcomes of earlier runs. What is missing or damaged is
// computed again.
func (in Inputs) recall() *memory.Memory {
	if in.Cache == nil {
		return nil
	}

	end := in.Meter.Start("cache")
	data, _ := in.Cache.ReadCache(memoryFile)
	end()
	defer in.Meter.Start("recall")()

	return memory.Read(data, engine.Version)
}

// Rendered is what follows from the inputs: the run id, the findings, and the
// content of every file that is a function of the inputs, by path. The
// snapshot's datasets are not in it; they are copied as they are.
type Rendered struct {
	ID     string
	Inputs Inputs
	Set    finding.Set
	Files  map[string][]byte
}

// Render evaluates and makes all documents. onlyFindings stops after
// findings.json and verdicts.ndjson.
func Render(ctx context.Context, in Inputs, onlyFindings bool) (*Rendered, error) {
	set, err := in.evaluate(ctx)
	if err != nil {
		return nil, err
	}
	defer in.Meter.Start("emit")()

	r := &Rendered{Inputs: in, Set: set, Files: map[string][]byte{}}
	r.ID = finding.RunID(set.Snapshot, set.Intent, set.Policies, engine.Version, set.AsOf)
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

	return r, r.documents()
}

// verdictLines are the verdicts in canonical JSON, a line each: the three
// strings in the order of their names. There may be very many.
func verdictLines(set finding.Set) (out []byte, err error) {
	size := 0
	for _, v := range set.Verdicts {
		size += len(v.Control) + len(v.Outcome) + len(v.Subject) + len(`{"control":"","outcome":"","subject":""}`+"\n")
	}

	out = make([]byte, 0, size)
	for _, v := range set.Verdicts {
		for _, member := range [][2]string{{`{"control":`, v.Control}, {`,"outcome":`, string(v.Outcome)}, {`,"subject":`, v.Subject}} {
			out = append(out, member[0]...)
			if out, err = jsontext.AppendQuote(out, member[1]); err != nil {
				return nil, fmt.Errorf("verdict on %q: %w", v.Subject, err)
			}
		}

		out = append(out, "}\n"...)
	}

	return out, nil
}

// documents adds OSCAL and the report.
func (r *Rendered) documents() error {
	m, promise := r.Inputs.Snapshot.Manifest, r.Inputs.Promise
	docs, err := oscal.Documents(oscal.Input{
		Set: r.Set, Intent: promise.Tenant(), Manifest: m, RunID: r.ID, AsOf: r.Inputs.AsOf,
		EngineVersion: engine.Version, Files: r.digests(), Lines: r.Inputs.Snapshot.Lines,
	})
	if err != nil {
		return fmt.Errorf("writing OSCAL: %w", err)
	}

	maps.Copy(r.Files, docs)

	if problems := oscal.ValidateFolder(r.Files); len(problems) > 0 {
		return fmt.Errorf("the OSCAL documents of client %s are not valid: %v", r.Set.Client, problems[0])
	}

	page := report.Input{
		Set: r.Set, Intent: promise.Tenant(), Kind: promise.Kind(), Clients: promise.Joined(), Manifest: m,
		RunID: r.ID, EngineVersion: engine.Version, Digests: r.digests(),
	}
	r.Files[layout.Report], err = report.HTML(page)
	return err
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
