package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
)

// WriteFiles makes the run folder's files, the signature last. durable: all but
// the datasets, which are copies, are on the disk when their creation ends.
func (r *Rendered) WriteFiles(ctx context.Context, create runfolder.Create, o Options, durable bool) error {
	snap := r.Inputs.Snapshot
	for name, coverage := range snap.Manifest.Datasets {
		if !coverage.Holds() {
			continue
		}
		if err := copyDataset(snap, name, create); err != nil {
			return err
		}
	}

	files := maps.Clone(r.Files)
	record := r.record(o)
	var err error
	if files[layout.Run], err = snapshot.CanonicalFile(record); err != nil {
		return err
	}

	if o.Key != nil {
		files[layout.Key] = o.Key.Public().PEM()
		digests := r.digests()
		for path, data := range files {
			digests[path] = snapshot.Digest(data)
		}

		if files[layout.Bundle], err = runfolder.Sign(ctx, o.Key, record, digests); err != nil {
			return err
		}
	}

	files[layout.Manifest] = snap.Raw
	for name, data := range files {
		if err := create.Write(name, data, durable); err != nil {
			return err
		}
	}

	return nil
}

// copyDataset copies a dataset, if it is what the manifest says.
func copyDataset(snap snapshot.Snapshot, name string, create runfolder.Create) error {
	r, err := snap.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()

	w, err := create(layout.Dataset(name), false)
	if err != nil {
		return err
	}

	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(w, h), r)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}

	got, want := hex.EncodeToString(h.Sum(nil)), snap.Manifest.Datasets[name].Digest
	if got != want {
		problem := fmt.Sprintf("SHA-256 is %s, the manifest says %s", got, want)
		return &snapshot.DigestError{Dataset: name, Problem: problem}
	}

	return nil
}

// record is run.json of a run that ends now.
func (r *Rendered) record(o Options) runfolder.Record {
	host, _ := os.Hostname() // only shown
	record := r.facts()
	record.Kind = o.Kind
	record.Conditions = append([]int{}, o.Floors.Conditions(r.Set)...)
	record.Wall = runfolder.Wall{
		Started: o.Start.UTC().Format(time.RFC3339Nano),
		Ended:   o.Now().UTC().Format(time.RFC3339Nano),
		Host:    host, Requester: o.Requester,
		Timings: r.Inputs.Meter.Stages(),
	}

	return record
}

// facts is the part of run.json that follows from the inputs.
func (r *Rendered) facts() runfolder.Record {
	record := runfolder.Record{
		Schema: runfolder.RecordSchema, Run: r.ID, Client: r.Set.Client, TenantID: r.Set.TenantID,
		Snapshot: r.Set.Snapshot, Intent: r.Set.Intent, Policies: r.Set.Policies,
		Engine: engine.Version, Tool: ToolVersion, AsOf: r.Set.AsOf,
		Records: r.Set.Records, FleetFacts: r.Set.FleetFacts, FleetPaths: r.Set.FleetPaths,
		Errors: []string{},
	}

	for _, v := range r.Set.Verdicts {
		record.Counts.Add(v.Outcome)
	}

	for _, id := range slices.Sorted(maps.Keys(r.Set.Errors)) {
		record.Errors = append(record.Errors, id+": "+r.Set.Errors[id])
	}

	return record
}
