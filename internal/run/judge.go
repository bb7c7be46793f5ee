package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// Options say how a run folder is written.
type Options struct {
	Key    *attest.Key // the machine's; nil leaves the folder unsigned
	Floors Floors      // what counts for the conditions in run.json
	Start  time.Time   // when work on the client began

	// Of a preflight: [runfolder.Preflight], and the name of who asked for it.
	Kind, Requester string

	Now func() time.Time

	// Out is the folder of published run folders, "" for none; with OnlyFindings they
	// hold findings.json and verdicts.ndjson alone. Both are for Evaluate alone.
	Out          string
	OnlyFindings bool

	out *runfolder.Out // Out, opened
}

// Outcome is what became of one client. Err set: nothing was published, and what
// an earlier audit had published is Withdrawn: the store keeps it.
type Outcome struct {
	Client string
	Run    string // its id
	Dir    string // the published run folder
	// Already: the store had this run, and nothing was evaluated.
	Already bool

	// Set is without Verdicts: they are in the folder, and a fleet has many. Of a run
	// that was there already it is what findings.json holds, so it also lacks what is
	// of the policies: Metadata, Families and Reads.
	Set        finding.Set
	Conditions []int // the exit conditions that hold, sorted
	Unmatched  []fleetfile.Exception

	Skipped   string                   // why nothing was judged, where that is no failure
	Timings   map[string]time.Duration // by stage, over all goroutines
	Withdrawn bool
	Err       error
}

// RunID is the id of the run that the inputs give; it is known before anything is
// evaluated.
func (in Inputs) RunID() (string, error) {
	promise, err := in.Promise.Canonical()
	if err != nil {
		return "", err
	}

	policies, asOf := in.Engine.PolicyDigest(), in.AsOf.UTC().Format(time.RFC3339)
	records := ""
	if in.Records != nil {
		records = snapshot.Digest(in.Records)
	}

	heard := ""
	if in.FleetFacts != nil {
		heard = snapshot.Digest(in.FleetFacts)
	}

	return finding.RunID(in.Snapshot.Digest(), snapshot.Digest(promise), policies, engine.Version, asOf,
		records, heard, in.pathsDigest()), nil
}

// Judge is the second stage of a client: it evaluates a snapshot and keeps the run
// folder in the store. A run that the store has is read, not made again: the same
// inputs give the same run id. The caller holds the client's lock.
func Judge(ctx context.Context, runs Runs, in Inputs, o Options) (Outcome, error) {
	id, err := in.RunID()
	if err != nil {
		return Outcome{}, err
	}

	kept, err := readOutcome(runs, id, o)
	if !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}

	r, err := Render(ctx, in, false)
	if err != nil {
		return Outcome{}, fmt.Errorf("evaluating: %w", err)
	}
	defer in.Meter.Start("emit")()

	err = runs.WriteRun(r.ID, func(create runfolder.Create) error {
		if err := r.WriteFiles(ctx, create, o, true); err != nil {
			return fmt.Errorf("writing run %s: %w", r.ID, err)
		}
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}

	return newOutcome(r.ID, r.Set, o.Floors), nil
}

// newOutcome is what became of a client that was judged.
func newOutcome(id string, set finding.Set, floors Floors) Outcome {
	conditions := floors.Conditions(set)
	set.Verdicts = nil

	return Outcome{Client: set.Client, Run: id, Set: set, Conditions: conditions}
}

// readOutcome reads a run of the store that this machine would sign again: one by
// its own key, or without a key an unsigned one, which is as trustworthy as the
// store. [fs.ErrNotExist]: there is none, or one that a key was not there for.
func readOutcome(runs Runs, id string, o Options) (Outcome, error) {
	folder, err := runs.OpenRun(id)
	if err != nil {
		return Outcome{}, err
	}
	defer folder.Close()

	trust := runfolder.Trust{}
	if o.Key != nil {
		trust.Key = o.Key.Public()
	}

	checked := folder.Check(trust)
	if o.Key != nil && checked.Lacks(layout.Bundle) != "" {
		return Outcome{}, fmt.Errorf("run %s is not signed: %w", id, fs.ErrNotExist)
	}

	var set *finding.Set
	if checked.Sound() {
		set = checked.ReadFindings()
	}

	for _, p := range checked.Problems {
		return Outcome{}, fmt.Errorf("run %s in the store: %s %s", id, p.File, p.Message)
	}

	outcome := newOutcome(id, *set, o.Floors)
	outcome.Already = true

	return outcome, nil
}
