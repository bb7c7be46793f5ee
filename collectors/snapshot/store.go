package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// FleetClient is the reserved label of the MSP's own subtree and results.
const FleetClient = "fleet"

// Store is one client's subtree of the data folder: all that concerns a client
// is below it. Only one process writes to it at a time; readers need no lock.
//
//	lock                                        held by who writes
//	objects/sha256/ab/ab12…                     files of datasets, by their digest
//	snapshots/20261123T080000Z-<digest>.json    manifests, by their time
//	runs/<run>/                                 run folders
//	cache/                                      what can be computed again
//	resume/                                     what a collection under way has read so far
type Store struct {
	dir string
}

// OpenStore names a client's subtree of the data folder, "<data>/clients/<client>",
// or "<data>/fleet" for the MSP's own. It touches nothing on disk.
func OpenStore(data, client string) (Store, error) {
	if client == FleetClient {
		return Store{filepath.Join(data, FleetClient)}, nil
	}
	if !clientLabel.MatchString(client) {
		return Store{}, fmt.Errorf("client %q is not a label", client)
	}
	return Store{filepath.Join(data, "clients", client)}, nil
}

// ErrLocked says that another process writes to the client's subtree.
var ErrLocked = errors.New("another ringfence process is writing this client's data")

// Lock takes the client's write lock until the returned func is called, or the
// process ends, however it ends. It does not wait: a held lock is ErrLocked.
func (s Store) Lock() (unlock func(), err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}

	f, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}

	if err := lockFile(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}

	return func() { f.Close() }, nil
}

// Put stores a snapshot: first the datasets, by digest, then the manifest, so
// that a crash leaves unreferenced objects at worst.
func (s Store) Put(snap Snapshot) error {
	var writing errgroup.Group
	writing.SetLimit(syncs)
	for digest, name := range snap.objects() {
		writing.Go(func() error {
			if err := s.putObject(snap, name, digest); err != nil {
				return fmt.Errorf("storing %s: %w", name, err)
			}
			return nil
		})
	}
	if err := writing.Wait(); err != nil {
		return err
	}

	at := strings.NewReplacer(":", "", "-", "").Replace(snap.Manifest.CollectedAt)
	return WriteFile(filepath.Join(s.dir, "snapshots", at+"-"+snap.Digest()+".json"), snap.Raw)
}

// syncs is how many files are forced to disk at once. A snapshot has dozens of small
// ones, and a file system writes those that wait together in one go.
const syncs = 16

// objects are the files of a snapshot by their digest, each with a dataset that has it:
// empty lists are all the same.
func (s Snapshot) objects() map[string]string {
	all := map[string]string{}
	for name, c := range s.Manifest.Datasets {
		if c.Holds() && (all[c.Digest] == "" || name < all[c.Digest]) {
			all[c.Digest] = name
		}
	}
	return all
}

func (s Store) putObject(snap Snapshot, name, digest string) error {
	to := s.object(digest)
	if stored, err := fileDigest(to); err == nil && stored == digest {
		return nil // one that was changed is replaced: collecting again mends the store
	}

	r, err := snap.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()

	sum := sha256.New()
	err = replaceFile(to, 0o644, true, func(w io.Writer) error {
		if _, err := io.Copy(io.MultiWriter(w, sum), r); err != nil {
			return err
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != digest {
			return &DigestError{name, "changed while it was stored: SHA-256 is " + got}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// fileDigest is the SHA-256 of a file.
func fileDigest(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()

	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), err
}

func (s Store) object(digest string) string {
	return filepath.Join(s.dir, "objects", "sha256", digest[:2], digest)
}

// Latest returns the newest snapshot; fs.ErrNotExist where there is none.
func (s Store) Latest() (Snapshot, error) {
	names, err := s.Snapshots()
	if err != nil {
		return Snapshot{}, err
	}
	if len(names) == 0 {
		return Snapshot{}, fmt.Errorf("no snapshot in %s: %w", s.dir, fs.ErrNotExist)
	}

	return s.OpenSnapshot(names[len(names)-1])
}

// Snapshots lists the manifests' file names, oldest first.
func (s Store) Snapshots() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, "snapshots"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}

	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}

	slices.Sort(names)
	return names, err
}

// OpenSnapshot opens a snapshot by its manifest's file name, one of Snapshots. A
// manifest that is not what its name says is a *DigestError.
func (s Store) OpenSnapshot(name string) (Snapshot, error) {
	file := filepath.Join(s.dir, "snapshots", name)
	raw, err := os.ReadFile(file)
	if err != nil {
		return Snapshot{}, err
	}
	if digest := Digest(raw); !strings.HasSuffix(name, "-"+digest+".json") {
		changed := &DigestError{Problem: "SHA-256 is " + digest + ", the name says otherwise"}
		return Snapshot{}, fmt.Errorf("%s: %w", file, changed)
	}

	m, err := ParseManifest(raw)
	if err != nil {
		return Snapshot{}, fmt.Errorf("%s: %w", file, err)
	}

	return s.Stored(Snapshot{Manifest: m, Raw: raw}), nil
}

// Stored is a snapshot that was put, read from the store.
func (s Store) Stored(snap Snapshot) Snapshot {
	open := func(dataset string) (io.ReadCloser, error) {
		return os.Open(s.object(snap.Manifest.Datasets[dataset].Digest))
	}
	return Snapshot{Manifest: snap.Manifest, Raw: snap.Raw, Open: open}
}

// SnapshotDigest is the digest in a manifest's file name, one of Snapshots.
func SnapshotDigest(name string) string {
	stem := strings.TrimSuffix(name, ".json")
	return stem[strings.LastIndexByte(stem, '-')+1:]
}

// Clients lists the labels of those who have a subtree in the data folder, sorted, the
// MSP's own ([FleetClient]) last.
func Clients(data string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(data, "clients"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}

	var labels []string
	for _, e := range entries {
		if e.IsDir() && clientLabel.MatchString(e.Name()) {
			labels = append(labels, e.Name())
		}
	}

	slices.Sort(labels)
	if info, err := os.Stat(filepath.Join(data, FleetClient)); err == nil && info.IsDir() {
		labels = append(labels, FleetClient)
	}

	return labels, nil
}

// Runs lists the ids of the client's runs, sorted.
func (s Store) Runs() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, "runs"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}

	var ids []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			ids = append(ids, e.Name())
		}
	}
	return ids, err
}

// RunDir is the folder of one run, "<client subtree>/runs/<run>".
func (s Store) RunDir(run string) string { return filepath.Join(s.dir, "runs", run) }

// ResumeDir is the folder of a collection that is under way, or was killed. Only who
// holds the client's lock uses it.
func (s Store) ResumeDir() string { return filepath.Join(s.dir, "resume") }

// ChangesFile is where a collection remembers from where on a tenant's services tell what
// changed. Only who holds the lock may use it.
func (s Store) ChangesFile() string { return filepath.Join(s.dir, "changes.json") }

// ReadCache reads a file of the client's cache.
func (s Store) ReadCache(name string) ([]byte, error) {
	return readRegular(os.DirFS(s.dir), path.Join("cache", name), maxFile)
}

// WriteCache writes a file of the client's cache: what can be computed again.
// Findings are in it in clear, and the cache may be the first that is written of a
// client's subtree, so nobody else may read it. Readers see the file whole or not at
// all.
func (s Store) WriteCache(name string, data []byte) error {
	return replaceFile(filepath.Join(s.dir, "cache", name), 0o600, false, content(data))
}

// WriteFile writes a file so that after a crash it is either whole or not
// there: temp file, fsync, rename, fsync of the folder. Missing folders are
// made.
func WriteFile(name string, data []byte) error {
	if err := replaceFile(name, 0o644, true, content(data)); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// content writes a file that is in memory.
func content(data []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(data); return err }
}

// replaceFile writes a file so that readers see it whole or not at all; without sync
// it may be lost in a crash of the machine. Missing folders are made for those who
// may read the file.
func replaceFile(name string, mode os.FileMode, sync bool, write func(io.Writer) error) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, mode|mode>>2&0o111); err != nil { // who may read may enter
		return err
	}

	f, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())

	err = write(f)
	if sync && err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
