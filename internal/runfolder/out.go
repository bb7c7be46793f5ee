package runfolder

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"ringfence/internal/runfolder/layout"
)

// Out is a folder of run folders. In `<out>`, where results are published, each
// has the name of its client; in a client's part of the store, that of its run.
// `<out>` is the operator's choice and may be a link; what is in it is trusted by
// nobody.
type Out struct {
	root *os.Root
	lock *os.File // a shared lock on the folder says that somebody publishes
}

// killedAfter is the age at which what looks like a publication on its way is
// debris, although others publish.
const killedAfter = 24 * time.Hour

// OpenOut opens the folder, makes it if it is missing, for nobody else to read,
// and removes what publications that were killed left in it.
func OpenOut(dir string) (*Out, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}

	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}

	lock, err := root.Open(".")
	if err != nil {
		root.Close()
		return nil, err
	}

	o := &Out{root, lock}
	o.sweep(lockDir(lock, true) == nil)

	for range 100 { // a second at most: as long as another one sweeps, not as long as a stranger likes
		if lockDir(lock, false) == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}

	return o, nil
}

// Close ends publishing.
func (o *Out) Close() error { return errors.Join(o.lock.Close(), o.root.Close()) }

// Path is where a client's folder is, for messages.
func (o *Out) Path(client string) string { return filepath.Join(o.root.Name(), client) }

// sweep removes debris: all of it if nobody else publishes, else what is older
// than any publication. It follows no link, and touches no other name.
func (o *Out) sweep(alone bool) {
	entries, _ := fs.ReadDir(o.root.FS(), ".")
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && Debris(e.Name()) && (alone || time.Since(info.ModTime()) > killedAfter) {
			o.root.RemoveAll(e.Name())
		}
	}
}

// Held is what is at a name in `<out>`.
type Held int

const (
	Nothing Held = iota // or an empty folder
	RunHere             // a run folder, by the look of it
	Other               // a file, a link, a folder of something else
)

// Holds says what is at a client's place.
func (o *Out) Holds(client string) Held {
	info, err := o.root.Lstat(client)
	if errors.Is(err, fs.ErrNotExist) {
		return Nothing
	}
	if err != nil || !info.IsDir() {
		return Other
	}

	record, err := o.root.Lstat(path.Join(client, layout.Run))
	if err == nil && record.Mode().IsRegular() {
		return RunHere
	}

	entries, err := fs.ReadDir(o.root.FS(), client)
	if err == nil && len(entries) == 0 {
		return Nothing
	}

	return Other
}

// Open opens a client's run folder for reading.
func (o *Out) Open(client string) (*Folder, error) {
	root, err := o.inside(client)
	if err != nil {
		return nil, err
	}
	return openRoot(root), nil
}

// inside opens a client's folder, which is no link.
func (o *Out) inside(client string) (*os.Root, error) {
	info, err := o.root.Lstat(client)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", o.Path(client))
	}

	if err != nil {
		return nil, err
	}

	return o.root.OpenRoot(client)
}

// Replace writes one file of a client's folder, so that readers see all of it or
// nothing. The folder is made if it is missing.
func (o *Out) Replace(client, name string, data []byte) error {
	if err := o.root.Mkdir(client, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}

	root, err := o.inside(client)
	if err != nil {
		return err
	}
	defer root.Close()

	return replaceIn(root, name, data)
}

// AddReview writes one file of review/ into a run folder of the store. What a
// crash leaves of it is beside the run folder, not in it.
func (o *Out) AddReview(run, name string, data []byte) error {
	return replaceIn(o.root, path.Join(run, layout.ReviewDir, name), data)
}

// Put puts a run folder, filled by fill, in the place of what is there. It is
// prepared beside it and appears whole or not at all. durable: it is on the disk
// before it appears, but for files that fill does not make durable.
func (o *Out) Put(client string, durable bool, fill func(Create) error) error {
	s, err := o.stage()
	if err != nil {
		return err
	}
	defer s.close()

	if err := fill(createIn(s.root)); err != nil {
		return err
	}

	if durable {
		err := errors.Join(syncDir(s.root, layout.SnapshotDir), syncDir(s.root, "."))
		if err != nil {
			return err
		}
	}

	return s.publish(client)
}

// Withdraw takes a client's folder away.
func (o *Out) Withdraw(client string) error {
	s, err := o.stage()
	if err != nil {
		return err
	}
	defer s.close()

	return s.takeAway(client)
}

// stage is a folder in `<out>` with two places: "new", where a run folder is made
// before it appears, and "old", where the one that it replaces goes.
type stage struct {
	root *os.Root // "new"
	out  *Out
	name string
}

func (o *Out) stage() (*stage, error) {
	s := &stage{out: o, name: temporary()}
	err := o.root.MkdirAll(path.Join(s.name, "new"), 0o700)
	if err == nil {
		s.root, err = o.root.OpenRoot(path.Join(s.name, "new"))
	}

	if err != nil {
		o.root.RemoveAll(s.name)
		return nil, err
	}

	return s, nil
}

// publish puts the run folder in the place of a client's.
func (s *stage) publish(client string) error {
	if err := s.root.Close(); err != nil {
		return err
	}
	if err := s.takeAway(client); err != nil {
		return err
	}

	return s.out.root.Rename(path.Join(s.name, "new"), client)
}

func (s *stage) takeAway(client string) error {
	err := s.out.root.Rename(client, path.Join(s.name, "old"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	return err
}

// close removes the stage and what is still in it.
func (s *stage) close() error {
	return errors.Join(s.root.Close(), s.out.root.RemoveAll(s.name))
}

// temporary is a new name of [Debris].
func temporary() string {
	b := make([]byte, 8)
	rand.Read(b)

	return ".run-" + hex.EncodeToString(b)
}
