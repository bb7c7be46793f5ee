package run

import (
	"fmt"
	"os"
	"path/filepath"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder"
)

// Store keeps what the stages make of one client: everything that concerns it is
// reached through its Store. [OnDisk] is the one in a data folder; another can keep
// the same in memory, encrypted or in a bucket.
type Store interface {
	// Lock takes the client's write lock, without waiting, until unlock is called:
	// [snapshot.ErrLocked] where somebody else has it.
	Lock() (unlock func(), err error)
	// Latest is the newest snapshot; [fs.ErrNotExist] where there is none.
	Latest() (snapshot.Snapshot, error)
	// Put keeps a snapshot under its digest. It writes nothing that is there already.
	Put(snapshot.Snapshot) error
	// Stored is a snapshot that was put, read from here.
	Stored(snapshot.Snapshot) snapshot.Snapshot
	// ResumeDir is the folder in which a collection keeps what it has read so far;
	// "": there is none.
	ResumeDir() string
	// ChangesFile is where a collection remembers from where on the tenant's services tell
	// what changed; "" if nothing is remembered.
	ChangesFile() string

	Runs
	Cache
}

// Runs keeps finished runs by their id.
type Runs interface {
	// OpenRun opens a run folder; [fs.ErrNotExist] where there is none. The caller
	// closes it.
	OpenRun(id string) (*runfolder.Folder, error)
	// Runs lists the ids of all runs, sorted.
	Runs() ([]string, error)
	// WriteRun keeps a new run, whose files are those that fill creates. After an
	// error, or a crash, there is no run.
	WriteRun(id string, fill func(runfolder.Create) error) error
	// AddReview adds one file of review/, by its name there, to a run.
	AddReview(id, name string, data []byte) error
}

// Cache keeps what can be computed again, by name.
type Cache interface {
	ReadCache(name string) ([]byte, error)
	WriteCache(name string, data []byte) error
}

// Stores opens a client's Store by its label; [snapshot.FleetClient] is the MSP's
// own.
type Stores func(client string) (Store, error)

// OnDisk are the stores in a data folder.
func OnDisk(data string) Stores {
	return func(client string) (Store, error) {
		store, err := snapshot.OpenStore(data, client)
		return disk{store}, err
	}
}

// disk adds runs to the part of a data folder that is one client's.
type disk struct{ snapshot.Store }

// OpenRun opens "runs/<id>", which is no link.
func (d disk) OpenRun(id string) (*runfolder.Folder, error) {
	info, err := os.Lstat(d.RunDir(id))
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", d.RunDir(id))
	}

	if err != nil {
		return nil, err
	}

	return runfolder.Open(d.RunDir(id))
}

// WriteRun writes "runs/<id>": first beside it and to the disk, then in one rename.
func (d disk) WriteRun(id string, fill func(runfolder.Create) error) error {
	return d.inRuns(id, func(runs *runfolder.Out) error { return runs.Put(id, true, fill) })
}

// AddReview writes "runs/<id>/review/<name>".
func (d disk) AddReview(id, name string, data []byte) error {
	return d.inRuns(id, func(runs *runfolder.Out) error { return runs.AddReview(id, name, data) })
}

func (d disk) inRuns(id string, do func(*runfolder.Out) error) error {
	runs, err := runfolder.OpenOut(filepath.Dir(d.RunDir(id)))
	if err != nil {
		return err
	}
	defer runs.Close()

	return do(runs)
}
