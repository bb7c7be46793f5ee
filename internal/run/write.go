package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
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
}

// Write makes a run folder at dir: first beside it, then in one rename, so that
// it is whole or not there. A folder that exists is left as it is.
func (r *Rendered) Write(ctx context.Context, dir string, o Options) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	sweep(filepath.Dir(dir))
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".run-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := r.fill(ctx, tmp, o); err != nil {
		return fmt.Errorf("writing run %s: %w", r.ID, err)
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}

// sweep removes what killed runs left in a folder, as far as that is possible:
// nothing ever reads it. A day is more than any run takes.
func sweep(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && unfinished(e.Name()) && time.Since(info.ModTime()) > 24*time.Hour {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

func (r *Rendered) fill(ctx context.Context, dir string, o Options) error {
	if err := r.Inputs.Snapshot.Export(filepath.Join(dir, SnapshotDir)); err != nil {
		return err
	}
	files := maps.Clone(r.Files)
	var err error
	if files[RunFile], err = r.record(o); err != nil {
		return err
	}
	if o.Key != nil {
		files[KeyFile] = o.Key.Public().PEM()
	}
	for path, data := range files {
		if err := snapshot.WriteFile(filepath.Join(dir, path), data); err != nil {
			return err
		}
	}
	if o.Key == nil {
		return nil
	}
	bundle, err := r.sign(ctx, files, o.Key)
	if err != nil {
		return err
	}
	return snapshot.WriteFile(filepath.Join(dir, BundleFile), bundle)
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

// predicate is what the machine says about the files that it signs.
type predicate struct {
	Run    string `json:"run"`
	Client string `json:"client"`
	Tenant string `json:"tenant_id"`
	Engine string `json:"engine"`
	AsOf   string `json:"as_of"`
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
	s.Predicate, err = json.Marshal(predicate{r.ID, r.Set.Client, r.Set.TenantID, engine.Version, r.Set.AsOf})
	if err != nil {
		return nil, err
	}
	return attest.Sign(ctx, key, s)
}

// Publish copies a run folder to <out>/<client>, replacing the run that is
// there. Reviews of the replaced run go to the store first; without a store
// (keep nil) a folder with reviews is not replaced.
func Publish(from, out, client string, keep func(run string) (dir string)) error {
	to := filepath.Join(out, client)
	if err := saveReviews(to, keep); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(out, ".run-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.CopyFS(filepath.Join(tmp, "new"), os.DirFS(from)); err != nil {
		return err
	}
	if err := os.Rename(to, filepath.Join(tmp, "old")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(filepath.Join(tmp, "new"), to)
}

// saveReviews refuses to replace what is no run folder, and moves reviews.
func saveReviews(dir string, keep func(string) string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	raw, errRun := os.ReadFile(filepath.Join(dir, RunFile))
	var rec Record
	if err != nil || errRun != nil || json.Unmarshal(raw, &rec) != nil || rec.Schema != SchemaName {
		return fmt.Errorf("%s is no run folder: not replaced", dir)
	}
	reviews, err := os.ReadDir(filepath.Join(dir, ReviewDir))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(reviews) == 0 {
		return nil
	}
	if err != nil || keep == nil {
		return errors.Join(err, fmt.Errorf("%s holds reviews: move it away first", dir))
	}
	for _, e := range reviews {
		data, err := os.ReadFile(filepath.Join(dir, ReviewDir, e.Name()))
		if err != nil {
			return err
		}
		if err := snapshot.WriteFile(filepath.Join(keep(rec.Run), ReviewDir, e.Name()), data); err != nil {
			return err
		}
	}
	return nil
}
