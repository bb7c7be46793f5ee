// Package soundness holds ringfence's promises as tests over the emulated fleet. That
// anyone can check a run folder is tested in internal/run; the other promises here:
//
//	ablation_test.go     missing evidence is never a pass: whatever is taken away from a
//	                     snapshot, no verdict becomes satisfied
//	soak_test.go         nor does it after an edit that somebody sealed and signed again
//	blind_test.go        nor without any role in Azure
//	faults_test.go       whatever goes wrong while it is collected: the fault matrix
//	flaws_test.go        what is planted is found, and nothing else
//	preflight_test.go    what is predicted of what is pending is what is measured later
//	reads_test.go        the plan says what a policy reads, and stock OPA agrees
//	projection_test.go   what the engine does not decode, or judges in parts, changes nothing
//	folder_test.go       the same inputs give the same bytes, and no client's results depend
//	                     on another client
//	facts_test.go        no fact without its evidence, and nothing that two clients have in common
//	crossings_test.go    what is planted between two clients is found, and nothing else
//	redraw_test.go       OSCAL and report follow from the other files of a run folder
//	large_test.go        a large client fits into memory
//
// Snapshots are made by mutation_test.go (what no collector would write) from
// evidence_test.go (a few documents of each client); effort_test.go says how many of them
// a test tries.
package soundness

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
)

// TestMain lets memory grow: half of what these tests would take without is garbage collection
// of engines and snapshots that stay until the end.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

// now is the injected clock of every collection.
var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// fleet is an emulated fleet, served and described by a fleet file.
type fleet struct {
	world  *emulator.World
	server *emulator.Server
	file   *fleetfile.Fleet
	dir    string
	taken  map[string]snapshot.Snapshot

	compared bool // an audit compares clients
}

// serve starts an emulated world and writes its fleet file.
func serve(t testing.TB, w *emulator.World, machineKeys ...string) *fleet {
	t.Helper()
	server, err := emulator.Start(w, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { server.Close() })
	dir := t.TempDir()
	hcl := w.FleetHCL(emulator.Addresses{
		Base: server.URL, CAFile: "ca.pem", SecretFile: "secret", MachineKeys: machineKeys,
	})
	files := map[string][]byte{"ca.pem": server.CA, "secret": []byte(w.Secret()), "fleet.hcl": hcl}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	file, diags := fleetfile.Load(filepath.Join(dir, "fleet.hcl"))
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}

	return &fleet{world: w, server: server, file: file, dir: dir, taken: map[string]snapshot.Snapshot{}}
}

// small is the default fleet with as few users and resources as its stories
// allow: what is planted and what only looks like it is all there.
func small() *emulator.World {
	w := emulator.GenerateClients(1, nil)
	for _, label := range emulator.Labels(12) {
		w.Add(label, emulator.Size{Users: 4, Resources: 6})
	}
	return w
}

// shared is the small fleet, collected once for all tests.
var shared struct {
	sync.Once
	*fleet
}

// sharedFleet is the small fleet with the snapshots of all clients and of the MSP.
// They are in memory: its server and its files are gone with the first test that
// asked for it.
func sharedFleet(t testing.TB) *fleet {
	t.Helper()
	shared.Do(func() {
		f := serve(t, small())
		labels := everyone(f.file)
		if effort.Racing() { // what runs at the same time does so with a few of them
			labels = labels[:3]
		}

		for _, label := range append(labels, snapshot.FleetClient) {
			f.taken[label] = inMemory(t, f.collect(t, label))
		}
		shared.fleet = f
	})

	return shared.fleet
}

// inMemory is a snapshot whose datasets have all been read.
func inMemory(t testing.TB, snap snapshot.Snapshot) snapshot.Snapshot {
	t.Helper()
	files := map[string][]byte{}
	for name, c := range snap.Manifest.Datasets {
		if !c.Holds() {
			continue
		}

		file, err := snap.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if files[name], err = io.ReadAll(file); err != nil {
			t.Fatal(err)
		}
		file.Close()
	}

	snap.Open = func(name string) (io.ReadCloser, error) {
		data, has := files[name]
		if !has {
			return nil, fmt.Errorf("no file of %s", name)
		}
		return io.NopCloser(bytes.NewReader(data)), nil
	}

	return snap
}

// keyed is the fleet file with a fleet key, so that the MSP's tenant is read for what clients
// are compared by. Promises are of the file without one, but where a test compares.
func (f *fleet) keyed() *fleetfile.Fleet {
	file := *f.file
	file.MSP.FleetKey = "fleet.key"
	return &file
}

// comparedBy are the datasets by which clients are compared; none where the policies are broken.
func comparedBy() []string {
	e, err := loadBuiltin()
	if err != nil {
		return nil
	}
	return e.FactReads("")
}

// collector reads the fleet with an injected clock and request ids.
func (f *fleet) collector() run.Collector {
	var n atomic.Int64
	return run.Collector{
		Fleet: f.keyed(), Compared: comparedBy(), Stores: run.OnDisk(filepath.Join(f.dir, "data")), Log: slog.New(slog.DiscardHandler),
		Now:       func() time.Time { return now },
		RequestID: func() string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n.Add(1)) },
	}
}

func (f *fleet) collect(t testing.TB, label string) snapshot.Snapshot {
	t.Helper()
	msp, err := f.collector().FreshMSP(context.Background(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}

	if label == snapshot.FleetClient {
		return msp.Snapshot
	}

	snap, err := f.collector().Collect(context.Background(), label, f.collector().Shares(msp, nil))
	if err != nil {
		t.Fatal(err)
	}

	return snap.Snapshot
}

// snapshot is a client's snapshot, collected once.
func (f *fleet) snapshot(t testing.TB, label string) snapshot.Snapshot {
	t.Helper()
	if _, done := f.taken[label]; !done {
		f.taken[label] = f.collect(t, label)
	}
	return f.taken[label]
}
