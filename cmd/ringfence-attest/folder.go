package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// run is a run folder whose every file matches the machine's signature. A review
// is about layout.Reviewed, one of which is the machine's bundle, and that
// covers findings.json: so what is shown is what is signed.
type run struct {
	dir     string
	digests map[string]string // path -> SHA-256, of all files but review/
	claim   runfolder.Claim
	set     finding.Set
	made    time.Time // when there was something to review
}

// openRun checks the folder before anything in it is parsed: the machine's key
// against the fleet file, its signature, and every file's digest.
func openRun(dir string, fleet *fleetfile.Fleet) (*run, error) {
	folder, err := runfolder.Open(dir)
	if err != nil {
		return nil, usage("RUN is a run folder", "%w", err)
	}
	defer folder.Close()

	// Not nil: a fleet file without machine keys vouches for no folder.
	sealed := folder.Check(runfolder.Trust{MachineKeys: append([]string{}, fleet.MSP.MachineKeys...)})
	for _, p := range sealed.Problems {
		return nil, evidence("%s %s", p.File, p.Message)
	}

	r := &run{dir: dir, digests: sealed.Digests, claim: *sealed.Claim}
	if err := r.read(folder); err != nil {
		return nil, err
	}

	return r, r.agrees(fleet)
}

// read parses what is shown: the findings, and of run.json when it was made.
func (r *run) read(folder *runfolder.Folder) error {
	var rec struct {
		Wall struct {
			Ended time.Time `json:"ended"`
		} `json:"wall"`
	}

	for name, to := range map[string]any{layout.Findings: &r.set, layout.Run: &rec} {
		data, err := folder.Read(name, runfolder.MaxParsed)
		if err == nil && snapshot.Digest(data) != r.digests[name] {
			err = errors.New("is changing while it is read")
		}

		if err == nil {
			err = json.Unmarshal(data, to)
		}

		if err != nil {
			return evidence("%s: %w", name, err)
		}
	}

	asOf, err := time.Parse(time.RFC3339, r.claim.AsOf)
	if err != nil {
		return evidence("%s: %w", layout.Bundle, err)
	}

	if r.made = rec.Wall.Ended; asOf.After(r.made) {
		r.made = asOf
	}

	return nil
}

// agrees checks that findings.json speaks of this run's inputs, and of a client
// of this fleet.
func (r *run) agrees(fleet *fleetfile.Fleet) error {
	tenant := fleet.MSP.TenantID
	if r.set.Client != "fleet" {
		c, ok := fleet.Client(r.set.Client)
		if !ok {
			return usage("", "the fleet file has no client %q", r.set.Client)
		}
		tenant = c.TenantID
	}

	s := r.set
	id := finding.RunID(s.Snapshot, s.Intent, s.Policies, r.claim.Engine, s.AsOf)
	switch {
	case s.Schema != finding.SchemaName:
		return evidence("%s: its schema is %q, not %q", layout.Findings, s.Schema, finding.SchemaName)
	case !strings.EqualFold(s.TenantID, tenant):
		return evidence("%s: its tenant is %s, the fleet file says %s", layout.Findings, s.TenantID, tenant)
	case s.Snapshot != r.digests[layout.Manifest]:
		return evidence("%s is about another snapshot", layout.Findings)
	case s.Intent != r.digests[layout.Intent]:
		return evidence("%s is about another intent", layout.Findings)
	case r.claim.Run != id || r.claim.Client != s.Client:
		return evidence("%s is about run %s of %s, the machine signed run %s of %s", layout.Findings, id, s.Client, r.claim.Run, r.claim.Client)
	}

	return nil
}

func (r *run) uuids() []string {
	var all []string
	for _, f := range r.set.Findings {
		all = append(all, f.UUID)
	}
	return all
}

// free refuses early what store would refuse after all the reviewer's work.
func (r *run) free(who attest.ReviewerKey) error {
	if _, err := os.Lstat(filepath.Join(r.dir, layout.Review(who.Name))); !errors.Is(err, fs.ErrNotExist) {
		return usage("a review is never overwritten", "%s exists already", layout.Review(who.Name))
	}

	folder, err := runfolder.Open(r.dir)
	if err != nil {
		return err
	}
	defer folder.Close()

	pub, err := folder.Read(layout.ReviewKey(who.Name), runfolder.MaxSmall)
	if err == nil && string(pub) != string(who.Key.PEM()) {
		return usage("remove it if it is out of date", "%s holds another key than yours", layout.ReviewKey(who.Name))
	}

	return nil
}

// store writes the review and, for whoever verifies, the reviewer's public key.
// The review appears whole or not at all, and nothing is overwritten.
func store(dir string, who attest.ReviewerKey, bundle []byte) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()

	if err := root.MkdirAll(layout.ReviewDir, 0o755); err != nil {
		return err
	}
	if err := place(root, layout.ReviewKey(who.Name), who.Key.PEM()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}

	return place(root, layout.Review(who.Name), bundle)
}

// place writes a new file: beside it, to the disk, then linked to its name,
// which fails if the name is taken.
func place(root *os.Root, name string, data []byte) error {
	temp := name + ".tmp"
	root.Remove(temp) // of an earlier crash

	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	defer root.Remove(temp)

	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = root.Link(temp, name)
	}

	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}

	return nil
}
