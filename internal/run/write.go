package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// SchemaName is the "schema" of run.json.
const SchemaName = "ringfence.run/1"

// Record is run.json: the identity of a run, and the only place for wall clock
// and host.
type Record struct {
	Schema     string         `json:"schema"`
	Run        string         `json:"run"`
	Client     string         `json:"client"`
	TenantID   string         `json:"tenant_id"`
	Snapshot   string         `json:"snapshot"`
	Intent     string         `json:"intent"`
	Policies   string         `json:"policies"`
	Engine     string         `json:"engine"`
	Tool       string         `json:"tool"`
	AsOf       string         `json:"as_of"`
	Conditions []int          `json:"conditions"`
	Counts     finding.Counts `json:"counts"`
	Errors     []string       `json:"errors"`
	Wall       Wall           `json:"wall"`
}

// Wall is when and where a run was made, and what took how long: nanoseconds by
// stage over all goroutines, without writing the folder. Nothing else depends on
// it.
type Wall struct {
	Started string                   `json:"started"`
	Ended   string                   `json:"ended"`
	Host    string                   `json:"host"`
	Timings map[string]time.Duration `json:"timings,omitempty"`
}

// Options say how a folder is written. Key nil leaves it unsigned. Out is the
// folder of published run folders, "" for none; with OnlyFindings set they hold
// findings.json and verdicts.ndjson alone.
type Options struct {
	Key          *attest.Key
	Floors       Floors
	Out          string
	OnlyFindings bool
	Start        time.Time
	Now          func() time.Time

	out *runfolder.Out // Out, opened
}

// Write makes a run folder at dir, in the store: first beside it, then in one
// rename, so that it is whole or not there. A folder that exists is left as it
// is. The caller holds the client's lock.
func (r *Rendered) Write(ctx context.Context, dir string, o Options) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}

	runs, err := runfolder.OpenOut(filepath.Dir(dir))
	if err != nil {
		return err
	}
	defer runs.Close()

	stage, err := runs.Stage()
	if err != nil {
		return err
	}
	defer stage.Close()

	if err := r.fill(ctx, stage.Root, o, true); err != nil {
		return fmt.Errorf("writing run %s: %w", r.ID, err)
	}

	return stage.Publish(filepath.Base(dir))
}

// fill writes the run folder's files, the signature last. durable: they are on
// the disk before it ends.
func (r *Rendered) fill(ctx context.Context, root *os.Root, o Options, durable bool) error {
	snap := r.Inputs.Snapshot
	for name, c := range snap.Manifest.Datasets {
		if !c.Holds() {
			continue
		}
		if err := exportDataset(snap, name, root); err != nil {
			return err
		}
	}

	files := maps.Clone(r.Files)
	var err error
	if files[layout.Run], err = r.record(o); err != nil {
		return err
	}

	if o.Key != nil {
		files[layout.Key] = o.Key.Public().PEM()
		if files[layout.Bundle], err = r.sign(ctx, files, o.Key); err != nil {
			return err
		}
	}

	files[layout.Manifest] = snap.Raw
	for name, data := range files {
		if err := runfolder.WriteNew(root, name, data, durable); err != nil {
			return err
		}
	}

	if !durable {
		return nil
	}

	return errors.Join(runfolder.SyncDir(root, layout.SnapshotDir), runfolder.SyncDir(root, "."))
}

// exportDataset copies a dataset, if it is what the manifest says.
func exportDataset(snap snapshot.Snapshot, name string, root *os.Root) error {
	r, err := snap.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()

	f, err := runfolder.Create(root, layout.Dataset(name))
	if err != nil {
		return err
	}

	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, h), r)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if got, want := hex.EncodeToString(h.Sum(nil)), snap.Manifest.Datasets[name].Digest; got != want {
		return &snapshot.DigestError{Dataset: name, Problem: fmt.Sprintf("SHA-256 is %s, the manifest says %s", got, want)}
	}

	return nil
}

func (r *Rendered) record(o Options) ([]byte, error) {
	host, _ := os.Hostname() // only shown
	rec := r.facts()
	rec.Conditions = append([]int{}, o.Floors.Conditions(r.Set)...)
	rec.Wall = Wall{Started: o.Start.UTC().Format(time.RFC3339Nano), Ended: o.Now().UTC().Format(time.RFC3339Nano), Host: host, Timings: r.Inputs.Meter.Stages()}

	return snapshot.CanonicalFile(rec)
}

// facts is the part of run.json that follows from the inputs.
func (r *Rendered) facts() Record {
	rec := Record{
		Schema: SchemaName, Run: r.ID, Client: r.Set.Client, TenantID: r.Set.TenantID,
		Snapshot: r.Set.Snapshot, Intent: r.Set.Intent, Policies: r.Set.Policies, Engine: engine.Version, Tool: ToolVersion,
		AsOf: r.Set.AsOf, Errors: []string{},
	}

	for _, v := range r.Set.Verdicts {
		rec.Counts.Add(v.Outcome)
	}

	for _, id := range slices.Sorted(maps.Keys(r.Set.Errors)) {
		rec.Errors = append(rec.Errors, id+": "+r.Set.Errors[id])
	}

	return rec
}

// sign makes the machine's bundle over every file of the folder.
func (r *Rendered) sign(ctx context.Context, files map[string][]byte, key *attest.Key) ([]byte, error) {
	digests := r.digests()
	for path, data := range files {
		digests[path] = snapshot.Digest(data)
	}

	s := attest.Statement{PredicateType: attest.TypeAssessmentResults}
	for _, path := range slices.Sorted(maps.Keys(digests)) {
		s.Subjects = append(s.Subjects, attest.Subject{Name: path, SHA256: digests[path]})
	}

	var err error
	s.Predicate, err = json.Marshal(runfolder.Claim{Run: r.ID, Client: r.Set.Client, TenantID: r.Set.TenantID, Engine: engine.Version, AsOf: r.Set.AsOf})
	if err != nil {
		return nil, err
	}

	return attest.Sign(ctx, key, s)
}
