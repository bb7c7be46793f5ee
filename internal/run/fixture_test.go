package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// The fixture is a fleet of two clients, judged by one small control. A folder of
// it is made in milliseconds, without any tenant.

const (
	mspTenant      = "aaaaaaaa-0000-4000-8000-000000000001"
	fabrikamTenant = "aaaaaaaa-0000-4000-8000-000000000010"
	contosoTenant  = "aaaaaaaa-0000-4000-8000-000000000020"

	madeRun  = "5ade74cf-324c-57b2-90dc-01013906cc8e"
	otherRun = "5ade74cf-324c-57b2-90dc-01013906cc8f"
)

// now is the clock of every test, asOf the time that all runs judge for.
var (
	now  = time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC)
	asOf = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

var lowest = Floors{FailOn: "low", UndeterminedOn: "low"}

const guestsRego = `# METADATA
# title: No guests
# custom:
#   id: RF-Z-01
#   severity: high
package p.isolation.guests

subjects contains u._subject if some u in input.entra.users

pass contains u._subject if {
	some u in input.entra.users
	u.userType == "Member"
}

fail contains {"subject": u._subject, "message": "is a guest", "observed": u.userType, "expected": "Member"} if {
	some u in input.entra.users
	u.userType == "Guest"
}
`

// fleetRego judges the MSP's own tenant.
const fleetRego = `# METADATA
# title: Clients are known
# custom:
#   id: RF-Z-02
#   severity: low
#   scope: msp
package p.mapping.known

subjects contains c.name if some c in input.fleet.clients

pass contains c.name if {
	some c in input.fleet.clients
	count(input.entra.users) >= 0
}
`

func load(t testing.TB, rego ...string) *engine.Engine {
	t.Helper()
	files := fstest.MapFS{}
	for i, text := range rego {
		files[fmt.Sprintf("p%d.rego", i)] = &fstest.MapFile{Data: []byte(text)}
	}

	e, err := engine.Load(files)
	if err != nil {
		t.Fatal(err)
	}

	return e
}

// Made once: loading policies takes a while, and the keys' scrypt is slow on
// purpose.
var (
	guests = sync.OnceValue(func() *engine.Engine { return load(&testing.T{}, guestsRego) })
	keys   = sync.OnceValue(func() (made [3]*attest.Key) {
		for i := range made {
			private, _, err := attest.GenerateKey([]byte("a passphrase of the test"))
			if err == nil {
				made[i], err = attest.LoadKey(private, []byte("a passphrase of the test"))
			}
			if err != nil {
				panic(err)
			}
		}

		return made
	})
)

func machine() *attest.Key { return keys()[0] }
func lead() *attest.Key    { return keys()[1] }
func auditor() *attest.Key { return keys()[2] }

// fleetHCL is the fixture's fleet file; edits are pairs of old and new text.
func fleetHCL(t testing.TB, edits ...string) *fleetfile.Fleet {
	t.Helper()
	text := strings.NewReplacer(edits...).Replace(fmt.Sprintf(`
msp {
  name         = "Northwind"
  tenant_id    = %q
  domains      = ["northwind-msp.example"]
  machine_keys = [%q]
}
client "fabrikam" {
  tenant_id = %q
  domains   = ["fabrikam.example"]
  state     = "live"
}
client "contoso" {
  tenant_id = %q
  domains   = ["contoso.example"]
  state     = "live"
}
`, mspTenant, machine().Public().SPKI(), fabrikamTenant, contosoTenant))

	name := filepath.Join(t.TempDir(), "fleet.hcl")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}

	fleet, diags := fleetfile.Load(name)
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}

	return fleet
}

// snap is a snapshot of a tenant with one user of each type.
func snap(t testing.TB, client, tenant string, userTypes ...string) snapshot.Snapshot {
	t.Helper()
	users := snapshot.Dataset{Name: "entra.users", Documents: []snapshot.Document{}, Coverage: snapshot.Coverage{
		Status: snapshot.Complete, StartedAt: "2026-11-23T11:59:00Z", EndedAt: "2026-11-23T11:59:30Z",
	}}
	for i, userType := range userTypes {
		id := fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012d", i)
		users.Documents = append(users.Documents, snapshot.Document{ID: id, Spec: map[string]any{
			"id": id, "userPrincipalName": id + "@fabrikam.example", "userType": userType,
		}})
	}

	m := snapshot.Manifest{Client: client, TenantID: tenant, Tool: "test", Cloud: "public"}
	s, err := snapshot.Seal(m, []snapshot.Dataset{users})
	if err != nil {
		t.Fatal(err)
	}

	return s
}

// fabrikam are inputs that give two findings and a satisfied subject.
func fabrikam(t testing.TB) Inputs {
	t.Helper()
	promise, err := fleetHCL(t).Intent("fabrikam")
	if err != nil {
		t.Fatal(err)
	}

	s := snap(t, "fabrikam", fabrikamTenant, "Member", "Guest", "Guest")
	return Inputs{Snapshot: s, Promise: promise, Engine: guests(), AsOf: asOf}
}

func options(key *attest.Key) Options {
	return Options{Key: key, Floors: lowest, Start: now, Now: func() time.Time { return now }}
}

// folder judges the inputs and writes the run folder to a new directory.
func folder(t testing.TB, in Inputs, o Options) (dir string) {
	t.Helper()
	o.Out = t.TempDir()
	outcome, err := Evaluate(t.Context(), in, o)
	if err != nil {
		t.Fatal(err)
	}

	return outcome.Dir
}

// verified verifies a folder, which must not be interrupted.
func verified(t testing.TB, dir string, anchor Anchor) Report {
	t.Helper()
	r, err := Verify(t.Context(), dir, anchor)
	if err != nil {
		t.Fatal(err)
	}

	return r
}

// anchored demands the machine's signature.
func anchored() Anchor { return Anchor{Key: machine().Public()} }

// has checks that a report names a file with a message that has the text.
func has(t testing.TB, r Report, file, message string) {
	t.Helper()
	named := func(p runfolder.Problem) bool { return p.File == file && strings.Contains(p.Message, message) }
	if r.Code() != ExitEvidence || !slices.ContainsFunc(r.Problems, named) {
		t.Errorf("code %d, problems %v; want 5 and %s: %s", r.Code(), r.Problems, file, message)
	}
}

// read reads a folder's files by path.
func read(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}

		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return files
}

// put writes one file of a folder.
func put(t testing.TB, dir, name, data string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(data), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// resign signs a folder as it is now, as whoever holds the machine's key can; claim
// true: over what run.json says now, else over what was claimed before.
func resign(t testing.TB, dir string, claim bool) {
	t.Helper()
	files, digests := read(t, dir), map[string]string{}
	bundle := []byte(files[layout.Bundle])
	delete(files, layout.Bundle)
	for name, data := range files {
		if !strings.HasPrefix(name, layout.ReviewDir+"/") {
			digests[name] = snapshot.Digest([]byte(data))
		}
	}

	var record runfolder.Record
	source := []byte(files[layout.Run])
	if !claim {
		before, err := attest.VerifyMachine(bundle, machine().Public())
		if err != nil {
			t.Fatal(err)
		}
		source = before.Predicate
	}

	if err := json.Unmarshal(source, &record); err != nil {
		t.Fatal(err)
	}

	data, err := runfolder.Sign(t.Context(), machine(), record, digests)
	if err != nil {
		t.Fatal(err)
	}

	put(t, dir, layout.Bundle, string(data))
}

// editRecord changes run.json.
func editRecord(t testing.TB, dir string, edit func(record map[string]any)) {
	t.Helper()
	var record map[string]any
	if err := json.Unmarshal([]byte(read(t, dir)[layout.Run]), &record); err != nil {
		t.Fatal(err)
	}

	edit(record)
	data, err := snapshot.CanonicalFile(record)
	if err != nil {
		t.Fatal(err)
	}

	put(t, dir, layout.Run, string(data))
}

// inMemory is a Store that is no disk. It counts what is written.
type inMemory struct {
	mu        sync.Mutex
	snapshots []snapshot.Snapshot
	runs      map[string]fstest.MapFS
	cache     map[string][]byte
	locked    bool
	writes    int
	changes   string // the file of changes
}

func newMemory() *inMemory {
	return &inMemory{runs: map[string]fstest.MapFS{}, cache: map[string][]byte{}}
}

func (m *inMemory) Lock() (func(), error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked {
		return nil, snapshot.ErrLocked
	}

	m.locked = true
	return func() { m.locked = false }, nil
}

func (m *inMemory) Latest() (snapshot.Snapshot, error) {
	if len(m.snapshots) == 0 {
		return snapshot.Snapshot{}, fs.ErrNotExist
	}
	return m.snapshots[len(m.snapshots)-1], nil
}

func (m *inMemory) Put(s snapshot.Snapshot) error {
	same := func(have snapshot.Snapshot) bool { return have.Digest() == s.Digest() }
	if !slices.ContainsFunc(m.snapshots, same) {
		m.snapshots = append(m.snapshots, s)
		m.writes++
	}

	return nil
}

func (m *inMemory) Stored(s snapshot.Snapshot) snapshot.Snapshot { return s }

func (m *inMemory) ResumeDir() string { return "" }

func (m *inMemory) ChangesFile() string { return m.changes }

func (m *inMemory) OpenRun(id string) (*runfolder.Folder, error) {
	files, ok := m.runs[id]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return runfolder.OpenFS(files), nil
}

func (m *inMemory) Runs() ([]string, error) { return slices.Sorted(maps.Keys(m.runs)), nil }

func (m *inMemory) WriteRun(id string, fill func(runfolder.Create) error) error {
	files := fstest.MapFS{}
	create := func(name string, _ bool) (io.WriteCloser, error) { return &buffer{name: name, files: files}, nil }
	if err := fill(create); err != nil {
		return err
	}

	m.runs[id] = files
	m.writes++
	return nil
}

func (m *inMemory) AddReview(id, name string, data []byte) error {
	m.runs[id] = maps.Clone(m.runs[id])
	m.runs[id][layout.ReviewDir+"/"+name] = &fstest.MapFile{Data: data}
	m.writes++

	return nil
}

func (m *inMemory) ReadCache(name string) ([]byte, error) { return m.cache[name], nil }

func (m *inMemory) WriteCache(name string, data []byte) error {
	m.cache[name] = data
	return nil
}

// buffer is a file of an inMemory store that is being written.
type buffer struct {
	bytes.Buffer
	name  string
	files fstest.MapFS
}

func (b *buffer) Close() error {
	b.files[b.name] = &fstest.MapFile{Data: b.Bytes()}
	return nil
}
