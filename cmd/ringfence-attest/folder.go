package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// run is a run folder whose every file matches the machine's signature. A review
// is about [layout.Reviewed], one of which is the machine's bundle, and that
// covers findings.json: so what is shown is what is signed.
type run struct {
	dir     string
	digests map[string]string // path -> SHA-256, of all files but review/
	record  *runfolder.Record
	set     finding.Set
}

// openRun reads what is shown of a folder, by the rules of `ringfence verify`: the
// signature, made with a machine key of the fleet file, and every file's digest
// first; then that findings.json is about this run, of a client of this fleet.
// That the inputs give these findings is verify's to tell: it takes the policies.
func openRun(dir string, fleet *fleetfile.Fleet) (*run, error) {
	folder, err := runfolder.Open(dir)
	if err != nil {
		return nil, usage("RUN is a run folder", "%w", err)
	}
	defer folder.Close()

	// Not nil: a fleet file without machine keys vouches for no folder.
	checked := folder.Check(runfolder.Trust{MachineKeys: append([]string{}, fleet.MSP.MachineKeys...)})
	var record *runfolder.Record
	var set *finding.Set
	if checked.Sound() {
		record, set = checked.ReadRecord(), checked.ReadFindings()
	}

	if checked.Sound() {
		if _, ok := fleet.Client(set.Client); !ok && set.Client != snapshot.FleetClient {
			return nil, usage("", "the fleet file has no client %q", set.Client)
		}

		checked.CheckRun(record)
		checked.CheckFindings(record, set)
		checked.CheckOwner(record.Client, record.TenantID, fleet)
	}

	for _, p := range checked.Problems {
		return nil, evidence("%s %s", p.File, p.Message)
	}

	return &run{dir: dir, digests: checked.Digests, record: record, set: *set}, nil
}

// uuids are those of the findings: a review decides on each of them.
func (r *run) uuids() []string {
	var all []string
	for _, f := range r.set.Findings {
		all = append(all, f.UUID)
	}
	return all
}

// free refuses early what store would refuse after all the reviewer's work.
func (r *run) free(who attest.ReviewerKey) error {
	keyFile := layout.ReviewKey(who.Name)
	if _, err := os.Lstat(filepath.Join(r.dir, layout.Review(who.Name))); !errors.Is(err, fs.ErrNotExist) {
		return usage("a review is never overwritten", "%s exists already", layout.Review(who.Name))
	}

	folder, err := runfolder.Open(r.dir)
	if err != nil {
		return err
	}
	defer folder.Close()

	pem, err := folder.Read(keyFile, runfolder.MaxSmall)
	if err == nil && string(pem) != string(who.Key.PEM()) {
		return usage("remove it if it is out of date", "%s holds another key than yours", keyFile)
	}

	return nil
}

// store writes the review and, for whoever verifies, the reviewer's public key.
// The review appears when all of it is there, and nothing is overwritten.
func store(dir string, who attest.ReviewerKey, bundle []byte) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()

	if err := root.MkdirAll(layout.ReviewDir, 0o755); err != nil {
		return err
	}

	err = place(root, layout.ReviewKey(who.Name), who.Key.PEM())
	if err != nil && !errors.Is(err, fs.ErrExist) {
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
