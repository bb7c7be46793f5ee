package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
	"ringfence/oscal/attest"
)

// Files of a run folder that are read, not only hashed. A review is about
// attest.ReviewSubjects, one of which is the machine's bundle, and that covers
// findings.json: so what is shown is what is signed.
const (
	bundleFile   = "assessment-results.json.sigstore.json"
	findingsFile = "findings.json"
	keyFile      = "machine.pub"
	reviewDir    = "review"
)

func reviewFile(reviewer string) string { return reviewDir + "/" + reviewer + ".sigstore.json" }

// run is a run folder whose every file was read once and matches the machine's
// signature.
type run struct {
	dir     string
	digests map[string]string // path -> SHA-256, of all files but review/
	kept    map[string][]byte // content of the files that are read
	claim   claim
	set     finding.Set
}

// claim is the predicate of the machine's statement.
type claim struct {
	Run    string `json:"run"`
	Client string `json:"client"`
	Engine string `json:"engine"`
}

// openRun reads the folder and checks it before anything in it is parsed: the
// machine's key against the fleet file, its signature, and every file's digest.
func openRun(dir string, fleet *fleetfile.Fleet) (*run, error) {
	r := &run{dir: dir, digests: map[string]string{}, kept: map[string][]byte{}}
	if err := r.read(); err != nil {
		return nil, err
	}
	s, err := r.verify(fleet.MSP.MachineKeys)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(s.Predicate, &r.claim); err != nil {
		return nil, evidence("%s: %w", bundleFile, err)
	}
	if err := json.Unmarshal(r.kept[findingsFile], &r.set); err != nil {
		return nil, evidence("%s: %w", findingsFile, err)
	}
	return r, r.agrees(fleet)
}

// read hashes all files. Symbolic links and the like are foreign.
func (r *run) read() error {
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		return usage("RUN is a run folder", "%w", err)
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == reviewDir && d.IsDir():
			return fs.SkipDir
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return evidence("%s is no regular file", name)
		}
		return r.readFile(root, name)
	})
}

func (r *run) readFile(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if name == bundleFile || name == findingsFile || name == keyFile {
		data, err := io.ReadAll(io.TeeReader(f, h))
		if err != nil {
			return err
		}
		r.kept[name] = data
	} else if _, err := io.Copy(h, f); err != nil {
		return err
	}
	r.digests[name] = hex.EncodeToString(h.Sum(nil))
	return nil
}

// verify checks the machine's signature and that its subjects are exactly the
// files of the folder.
func (r *run) verify(machineKeys []string) (attest.Statement, error) {
	for _, name := range []string{bundleFile, keyFile, findingsFile} {
		if r.kept[name] == nil {
			return attest.Statement{}, evidence("%s is missing", name)
		}
	}
	key, err := attest.LoadPublicKey(r.kept[keyFile])
	if err != nil {
		return attest.Statement{}, evidence("%s: %w", keyFile, err)
	}
	if !slices.ContainsFunc(machineKeys, func(spki string) bool { return strings.EqualFold(spki, key.SPKI()) }) {
		return attest.Statement{}, evidence("%s: key %s is no machine key of the fleet file", keyFile, key.SPKI())
	}
	s, err := attest.VerifyMachine(r.kept[bundleFile], key)
	if err == nil && s.PredicateType != attest.TypeAssessmentResults {
		err = fmt.Errorf("states %s", s.PredicateType)
	}
	if err != nil {
		return s, evidence("%s: %w", bundleFile, err)
	}
	return s, r.compare(s.Subjects)
}

// compare demands that subjects and files are the same set.
func (r *run) compare(subjects []attest.Subject) error {
	rest := maps.Clone(r.digests)
	delete(rest, bundleFile)
	for _, s := range subjects {
		switch got, ok := rest[s.Name]; {
		case !ok:
			return evidence("%s is missing", s.Name)
		case got != s.SHA256:
			return evidence("%s was changed: its SHA-256 is %s, the machine signed %s", s.Name, got, s.SHA256)
		}
		delete(rest, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		return evidence("%s is foreign: the machine did not sign it", name)
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
		return evidence("%s: its schema is %q, not %q", findingsFile, s.Schema, finding.SchemaName)
	case !strings.EqualFold(s.TenantID, tenant):
		return evidence("%s: its tenant is %s, the fleet file says %s", findingsFile, s.TenantID, tenant)
	case s.Snapshot != r.digests["snapshot/manifest.json"]:
		return evidence("%s is about another snapshot", findingsFile)
	case s.Intent != r.digests["intent.json"]:
		return evidence("%s is about another intent", findingsFile)
	case r.claim.Run != id || r.claim.Client != s.Client:
		return evidence("%s is about run %s of %s, the machine signed run %s of %s", findingsFile, id, s.Client, r.claim.Run, r.claim.Client)
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

func pubFile(reviewer string) string { return reviewDir + "/" + reviewer + ".pub" }

// free refuses early what store would refuse after all the reviewer's work.
func (r *run) free(who attest.ReviewerKey) error {
	if _, err := os.Lstat(filepath.Join(r.dir, reviewFile(who.Name))); !errors.Is(err, fs.ErrNotExist) {
		return usage("a review is never overwritten", "%s exists already", reviewFile(who.Name))
	}
	pub, err := os.ReadFile(filepath.Join(r.dir, pubFile(who.Name)))
	if err == nil && string(pub) != string(who.Key.PEM()) {
		return usage("remove it if it is out of date", "%s holds another key than yours", pubFile(who.Name))
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
	if err := root.MkdirAll(reviewDir, 0o755); err != nil {
		return err
	}
	if err := place(root, pubFile(who.Name), who.Key.PEM()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return place(root, reviewFile(who.Name), bundle)
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
