package runfolder

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

const (
	mspTenant = "aaaaaaaa-0000-4000-8000-000000000001"
	tenant    = "aaaaaaaa-0000-4000-8000-000000000010"
)

// Made once: the keys' scrypt is slow on purpose.
var keys = sync.OnceValue(func() (made [2]*attest.Key) {
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

// files are a run folder in memory. The digest of the policies is of nothing.
type files map[string]string

func newFiles(t *testing.T) files {
	t.Helper()
	users := `{"id":"a","spec":{}}` + "\n"
	manifest := snapshot.Manifest{
		Schema: snapshot.SchemaName, Client: "fabrikam", TenantID: tenant, Tool: "test", Cloud: "public",
		CollectedAt: "2026-11-23T11:59:30Z", Datasets: map[string]snapshot.Coverage{"entra.users": {
			Status: snapshot.Complete, Count: 1, Digest: snapshot.Digest([]byte(users)),
			SpecDigest: snapshot.Digest([]byte(users)),
			StartedAt:  "2026-11-23T11:59:00Z", EndedAt: "2026-11-23T11:59:30Z",
		}},
	}
	f := files{
		layout.Intent: `{"schema":"ringfence.intent/1"}`, layout.Policies: "policies", layout.Results: "{}",
		layout.Dataset("entra.users"): users, layout.Key: string(keys()[0].Public().PEM()),
	}
	f.encode(t, layout.Manifest, manifest)

	digest := func(name string) string { return snapshot.Digest([]byte(f[name])) }
	set := finding.Set{
		Schema: finding.SchemaName, Client: "fabrikam", TenantID: tenant, AsOf: "2026-11-23T12:00:00Z",
		Snapshot: digest(layout.Manifest), Intent: digest(layout.Intent), Policies: digest("none"),
		Controls: []finding.Summary{}, Findings: []finding.Finding{}, Coverage: map[string]finding.Coverage{},
	}
	f.encode(t, layout.Findings, set)
	f.encode(t, layout.Run, Record{
		Schema: RecordSchema, Run: finding.RunID(set.Snapshot, set.Intent, set.Policies, "1", set.AsOf),
		Client: set.Client, TenantID: set.TenantID, Snapshot: set.Snapshot, Intent: set.Intent, Policies: set.Policies,
		Engine: "1", AsOf: set.AsOf, Wall: Wall{Ended: "2026-11-23T12:30:00Z"},
	})

	return f
}

func (f files) encode(t *testing.T, name string, value any) {
	t.Helper()
	data, err := snapshot.CanonicalFile(value)
	if err != nil {
		t.Fatal(err)
	}
	f[name] = string(data)
}

func (f files) record(t *testing.T) (r Record) {
	t.Helper()
	if err := json.Unmarshal([]byte(f[layout.Run]), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// sign signs what is there for the record.
func (f files) sign(t *testing.T, key *attest.Key, r Record) {
	t.Helper()
	delete(f, layout.Bundle)
	digests := map[string]string{}
	for name, data := range f {
		digests[name] = snapshot.Digest([]byte(data))
	}

	bundle, err := Sign(t.Context(), key, r, digests)
	if err != nil {
		t.Fatal(err)
	}
	f[layout.Bundle] = string(bundle)
}

func (f files) open() *Folder {
	fsys := fstest.MapFS{}
	for name, data := range f {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return OpenFS(fsys)
}

// only checks that there is exactly this problem; none for an empty file.
func only(t *testing.T, c *Checked, file, message string) {
	t.Helper()
	fits := func(p Problem) bool { return p.File == file && strings.Contains(p.Message, message) }
	if file == "" && !c.Sound() || file != "" && (len(c.Problems) != 1 || !fits(c.Problems[0])) {
		t.Errorf("%v, want %s: %s", c.Problems, file, message)
	}
}

// TestCheck: the files are exactly those that a trusted key signed.
func TestCheck(t *testing.T) {
	machine, other := keys()[0], keys()[1]
	byKey, byFleet := Trust{Key: machine.Public()},
		Trust{MachineKeys: []string{strings.ToUpper(machine.Public().SPKI())}}
	for name, tc := range map[string]struct {
		edit          func(f files)
		trust         Trust
		file, message string
	}{
		"by a key":        {func(files) {}, byKey, "", ""},
		"by a fleet file": {func(files) {}, byFleet, "", ""},
		"by nobody":       {func(files) {}, Trust{}, "", ""},
		"another key":     {func(files) {}, Trust{Key: other.Public()}, layout.Bundle, ""},
		"another fleet": {func(files) {}, Trust{MachineKeys: []string{other.Public().SPKI()}}, layout.Key,
			"is no machine key of the fleet file"},
		"a fleet's no keys": {func(files) {}, Trust{MachineKeys: []string{}}, layout.Key,
			"is no machine key of the fleet file"},
		"no key, none needed": {func(f files) {
			delete(f, layout.Key)
		}, byKey, layout.Key, "is missing"},
		"no key by a fleet": {func(f files) { delete(f, layout.Key) }, byFleet, layout.Key, "the key itself is needed"},
		"no key at all":     {func(f files) { f[layout.Key] = "x" }, byFleet, layout.Key, ""},
		"no bundle": {func(f files) { delete(f, layout.Bundle) }, byKey, layout.Bundle,
			"nothing says who made this folder"},
		"not signed":     {func(f files) { delete(f, layout.Bundle) }, Trust{}, "", ""},
		"no such bundle": {func(f files) { f[layout.Bundle] = "{}" }, byKey, layout.Bundle, ""},
		"changed": {func(f files) { f[layout.Results] = "[]" }, byKey, layout.Results,
			"was changed: SHA-256 is"},
		"missing": {func(f files) { delete(f, layout.Results) }, byKey, layout.Results, "is missing"},
		"foreign": {func(f files) { f["notes.txt"] = "" }, byKey, "notes.txt",
			"is foreign: the signature does not cover it"},
		"foreign, unsigned": {func(f files) { f["notes.txt"] = ""; delete(f, layout.Bundle) }, Trust{}, "", ""},
		"a review":          {func(f files) { f[layout.Review("lead")] = "" }, byKey, "", ""},
		"no review":         {func(f files) { f["review/notes.txt"] = "" }, byKey, "review/notes.txt", "is foreign"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFiles(t)
			f.sign(t, machine, f.record(t))
			tc.edit(f)

			c := f.open().Check(tc.trust)
			only(t, c, tc.file, tc.message)
			if _, signed := f[layout.Bundle]; tc.file == "" && signed &&
				(c.Claim == nil || *c.Claim != f.record(t).claim() ||
					c.Signer.SPKI() != machine.Public().SPKI()) {
				t.Errorf("%+v", c)
			}
		})
	}
}

// TestSteps: each step names what does not fit. lie changes what a machine signed.
func TestSteps(t *testing.T) {
	record := func(edit func(r *Record)) func(*testing.T, files) {
		return func(t *testing.T, f files) {
			r := f.record(t)
			edit(&r)
			f.encode(t, layout.Run, r)
		}
	}
	set := func(edit func(s *finding.Set)) func(*testing.T, files) {
		return func(t *testing.T, f files) {
			var s finding.Set
			if err := json.Unmarshal([]byte(f[layout.Findings]), &s); err != nil {
				t.Fatal(err)
			}
			edit(&s)
			f.encode(t, layout.Findings, s)
		}
	}
	file := func(name, data string) func(*testing.T, files) { return func(_ *testing.T, f files) { f[name] = data } }

	for name, tc := range map[string]struct {
		lie           func(*testing.T, files)
		file, message string
	}{
		"nothing":        {func(*testing.T, files) {}, "", ""},
		"no record":      {file(layout.Run, "{"), layout.Run, ""},
		"a record twice": {file(layout.Run, `{"run":"a","run":"b"}`), layout.Run, ""},
		"its schema": {record(func(r *Record) { r.Schema = "ringfence.run/2" }), layout.Run,
			"ringfence.run/2"},
		"its as-of": {record(func(r *Record) { r.AsOf = "today" }), layout.Run, "as_of"},
		"its end":   {record(func(r *Record) { r.Wall.Ended = "" }), layout.Run, "wall.ended"},
		"another client": {record(func(r *Record) { r.Client = "contoso" }), layout.Run,
			"is not what the signature states"},
		"other digests": {record(func(r *Record) { r.Policies = "x" }), layout.Run,
			"is not made of the digests beside it"},
		"another promise": {file(layout.Intent, "{}"), layout.Intent, "was changed: SHA-256 is"},
		"no manifest":     {file(layout.Manifest, "{}"), layout.Manifest, ""},
		"no findings":     {file(layout.Findings, "{"), layout.Findings, ""},
		"findings twice":  {file(layout.Findings, `{"client":"a","client":"b"}`), layout.Findings, "duplicate"},
		"findings' schema": {set(func(s *finding.Set) { s.Schema = "x" }), layout.Findings,
			`says that its schema is "x"`},
		"findings' tenant": {set(func(s *finding.Set) { s.TenantID = "x" }), layout.Findings,
			"says that its tenant is x, the machine signed " + tenant},
		"findings' snapshot": {set(func(s *finding.Set) { s.Snapshot = "x" }), layout.Findings,
			"is about another snapshot"},
		"findings' promise": {set(func(s *finding.Set) { s.Intent = "x" }), layout.Findings,
			"is about another intent"},
		"findings' client": {set(func(s *finding.Set) { s.Client = "contoso" }), layout.Findings,
			"of contoso, the machine signed run"},
		"findings' policies": {set(func(s *finding.Set) { s.Policies = "x" }), layout.Findings,
			"the machine signed run"},
		"findings' other time": {set(func(s *finding.Set) { s.AsOf = "2026-11-24T12:00:00Z" }), layout.Findings,
			"the machine signed run"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFiles(t)
			honest := f.record(t)
			tc.lie(t, f)
			f.sign(t, keys()[0], honest)

			c := f.open().Check(Trust{Key: keys()[0].Public()})
			r, s, findings := c.ReadRecord(), c.ReadSnapshot(), c.ReadFindings()
			if c.Sound() && s.Manifest.Client != "fabrikam" {
				t.Error("another snapshot was read")
			}
			if c.Sound() {
				c.CheckRun(r)
				c.CheckFindings(r, findings)
			}

			only(t, c, tc.file, tc.message)
		})
	}
}

// TestUnsignedFindings: without a signature run.json is what findings are held to.
func TestUnsignedFindings(t *testing.T) {
	f := newFiles(t)
	c := f.open().Check(Trust{})
	c.CheckFindings(c.ReadRecord(), &finding.Set{Schema: finding.SchemaName, TenantID: "x"})
	only(t, c, layout.Findings, "its tenant is x, run.json says "+tenant)
}

// TestCheckOwner: whose result it is, by the fleet file.
func TestCheckOwner(t *testing.T) {
	fleet := &fleetfile.Fleet{Clients: []fleetfile.Client{{}}}
	fleet.MSP.TenantID = mspTenant
	fleet.Clients[0].Name, fleet.Clients[0].TenantID = "fabrikam", tenant

	for _, tc := range []struct{ client, tenant, message string }{
		{"fabrikam", tenant, ""},
		{"fabrikam", strings.ToUpper(tenant), ""},
		{"fabrikam", mspTenant, "the fleet file says that fabrikam has tenant " + tenant},
		{"contoso", tenant, "which the fleet file does not have"},
		{snapshot.FleetClient, mspTenant, ""},
		{snapshot.FleetClient, tenant, "the fleet file says that fleet has tenant " + mspTenant},
	} {
		c := &Checked{}
		c.CheckOwner(tc.client, tc.tenant, fleet)
		file := ""
		if tc.message != "" {
			file = layout.Run
		}
		only(t, c, file, tc.message)
	}
}

// TestLoad: only bytes whose digest was checked are parsed.
func TestLoad(t *testing.T) {
	f := newFiles(t)
	folder := f.open()
	c := folder.Check(Trust{})
	got := ""
	parse := func(data []byte) error { got = string(data); return nil }
	if !c.Load(layout.Policies, parse) || got != "policies" || c.Lacks(layout.Run, layout.Policies) != "" {
		t.Error(got, c.Problems)
	}

	c.Digests[layout.Policies] = "of other bytes" // as if it had been changed in between
	if c.Load(layout.Policies, func([]byte) error { t.Error("parsed"); return nil }) {
		t.Error("loaded")
	}
	only(t, c, layout.Policies, "is changing while it is read")

	if got := c.Lacks(layout.Run, layout.Report, layout.Catalog); got != layout.Report {
		t.Errorf("lacks %q", got)
	}
}

// TestReviewed: a review states these files and no others.
func TestReviewed(t *testing.T) {
	c := newFiles(t).open().Check(Trust{})
	got := Reviewed(c.Digests)
	want := map[string]string{layout.Bundle: ""} // which is not there
	for _, name := range []string{layout.Intent, layout.Manifest, layout.Policies, layout.Results} {
		want[name] = c.Digests[name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestMade: a run can be reviewed once it is written, and its time has come.
func TestMade(t *testing.T) {
	early, late := "2026-11-23T12:00:00Z", "2026-11-23T12:30:00.5Z"
	want, _ := time.Parse(time.RFC3339, late)
	for _, r := range []Record{{AsOf: early, Wall: Wall{Ended: late}}, {AsOf: late, Wall: Wall{Ended: early}},
		{AsOf: late}} {
		if got := r.Made(); !got.Equal(want) {
			t.Errorf("%+v: %s", r, got)
		}
	}
}

// TestNames: of run ids, and of what a killed publication leaves.
func TestNames(t *testing.T) {
	for name, want := range map[string][2]bool{
		"5ade74cf-324c-57b2-90dc-01013906cc8e":  {true, false},
		"5ade74cf-324c-47b2-90dc-01013906cc8e":  {false, false}, // version 4
		"5ade74cf-324c-57b2-90dc-01013906cc8e/": {false, false},
		".run-0123456789abcdef":                 {false, true},
		".evaluate-42":                          {false, true},
		".run-notes":                            {false, false},
		"run-42":                                {false, false},
	} {
		if got := [2]bool{RunID(name), Debris(name)}; got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestPut: a run folder appears when all of it is there, in the place of another.
func TestPut(t *testing.T) {
	dir := t.TempDir()
	o, err := OpenOut(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()

	put := func(name, data string, broken error) error {
		return o.Put("fabrikam", true, func(create Create) error {
			return errors.Join(create.Write(layout.Run, []byte(data), true), create.Write(name, nil, false), broken)
		})
	}
	if err := put(layout.Manifest, "first", nil); err != nil {
		t.Fatal(err)
	}
	if err := o.AddReview("fabrikam", "lead.pub", []byte("a key")); err != nil {
		t.Fatal(err)
	}

	broken := errors.New("broken")
	if err := put(layout.Manifest, "second", broken); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := put(layout.Run, "second", nil); !errors.Is(err, os.ErrExist) {
		t.Error("one file written twice:", err)
	}

	folder, err := o.Open("fabrikam")
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()

	c := folder.List()
	data, err := folder.Read(layout.Run, 100)
	if err != nil || string(data) != "first" || !slices.Equal(c.Reviews, []string{"lead.pub"}) || len(c.Problems) > 0 {
		t.Errorf("%q %v %+v", data, err, c)
	}
	if err := put(layout.Manifest, "second", nil); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(o.Path("fabrikam"), layout.Run)); err != nil || string(data) != "second" {
		t.Errorf("%q %v", data, err)
	}

	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v is left, %v", entries, err)
	}
}

// TestOpenFS: what holds on a disk holds in memory: no links, no other folders.
func TestOpenFS(t *testing.T) {
	folder := OpenFS(fstest.MapFS{
		layout.Run:          {Data: []byte("{}")},
		"link":              {Data: []byte(layout.Run), Mode: os.ModeSymlink},
		"deep/folder/x":     {},
		"review/alice.pub":  {},
		"review/notes.text": {},
	})
	defer folder.Close()

	c := folder.List()
	if !slices.Equal(c.Files, []string{layout.Run}) || !slices.Equal(c.Reviews, []string{"alice.pub"}) ||
		len(c.Problems) != 3 {
		t.Errorf("%+v", c)
	}
	if _, err := folder.Read("link", 100); !errors.Is(err, errNotRegular) {
		t.Error(err)
	}

	var b strings.Builder
	if err := folder.Copy(&b, layout.Run); err != nil || b.String() != "{}" {
		t.Error(b.String(), err)
	}
}
