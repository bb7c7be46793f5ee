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

// Out is `<out>`, the folder of published run folders, one a client. It is the
// operator's choice and may be a link; what is in it is trusted by nobody.
type Out struct {
	root *os.Root
	lock *os.File // a shared lock on the folder says that somebody publishes
}

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

	for range 100 { // for as long as another one sweeps, but waiting for no stranger
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
		if err == nil && Debris(e.Name()) && (alone || time.Since(info.ModTime()) > 24*time.Hour) {
			o.root.RemoveAll(e.Name())
		}
	}
}

// Held is what is at `<out>/<client>`.
type Held int

const (
	Nothing Held = iota // or an empty folder
	RunHere
	Other // a file, a link, a folder of something else
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
	if run, err := o.root.Lstat(path.Join(client, layout.Run)); err == nil && run.Mode().IsRegular() {
		return RunHere
	}
	if entries, err := fs.ReadDir(o.root.FS(), client); err == nil && len(entries) == 0 {
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
	return &Folder{root, maxFolder}, nil
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

// Replace writes one file of a client's folder, so that readers see it whole or
// not at all.
func (o *Out) Replace(client, name string, data []byte) error {
	if err := o.root.Mkdir(client, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}

	root, err := o.inside(client)
	if err != nil {
		return err
	}
	defer root.Close()

	return ReplaceIn(root, ".", name, data)
}

// Withdraw takes a client's folder away.
func (o *Out) Withdraw(client string) error {
	s, err := o.Stage()
	if err != nil {
		return err
	}
	defer s.Close()

	return s.takeAway(client)
}

// Stage is a folder in `<out>` where a run folder is made before it appears.
// Root is that run folder, empty.
type Stage struct {
	Root *os.Root
	out  *Out
	name string
}

// Stage makes a new stage.
func (o *Out) Stage() (*Stage, error) {
	s := &Stage{out: o, name: temporary()}
	err := o.root.Mkdir(s.name, 0o700)
	if err == nil {
		err = o.root.Mkdir(path.Join(s.name, "new"), 0o700)
	}

	if err == nil {
		s.Root, err = o.root.OpenRoot(path.Join(s.name, "new"))
	}

	if err != nil {
		o.root.RemoveAll(s.name)
		return nil, err
	}

	return s, nil
}

// Publish puts the run folder in the place of a client's.
func (s *Stage) Publish(client string) error {
	if err := s.Root.Close(); err != nil {
		return err
	}
	if err := s.takeAway(client); err != nil {
		return err
	}
	return s.out.root.Rename(path.Join(s.name, "new"), client)
}

func (s *Stage) takeAway(client string) error {
	err := s.out.root.Rename(client, path.Join(s.name, "old"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Close removes the stage and what is still in it.
func (s *Stage) Close() error { return errors.Join(s.Root.Close(), s.out.root.RemoveAll(s.name)) }

// temporary is a new name that sweep knows.
func temporary() string {
	b := make([]byte, 8)
	rand.Read(b)
	return ".run-" + hex.EncodeToString(b)
}
