//go:build unix

package soundness

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/run"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// oneRun is a signed run folder, its machine key, and the client's label.
func oneRun(t *testing.T) (*fleet, string, *attest.Key) {
	t.Helper()
	key := newKey(t)
	f := serve(t, emulator.Generate(1, 1), key.Public().SPKI())

	return f, f.audit(t, key, f.file.Clients[0].Name)[f.file.Clients[0].Name], key
}

// TestSignedLies: what the holder of the machine key says in run.json is held
// to what the inputs give.
func TestSignedLies(t *testing.T) {
	_, dir, key := oneRun(t)
	honest := contents(t, dir, layout.Bundle)
	for name, lie := range map[string]func(rec map[string]any){
		"counts":            func(rec map[string]any) { rec["counts"] = map[string]int{"satisfied": 9} },
		"conditions":        func(rec map[string]any) { rec["conditions"] = []int{run.ExitUsage} },
		"the snapshot":      func(rec map[string]any) { rec["snapshot"] = strings.Repeat("0", 64) },
		"the policies":      func(rec map[string]any) { rec["policies"] = strings.Repeat("0", 64) },
		"errors":            func(rec map[string]any) { rec["errors"] = []string{"RF-T-08: no"} },
		"as-of, other zone": func(rec map[string]any) { rec["as_of"] = strings.Replace(rec["as_of"].(string), "Z", "+00:00", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			var rec map[string]any
			if err := json.Unmarshal([]byte(honest[layout.Run]), &rec); err != nil {
				t.Fatal(err)
			}

			lie(rec)
			data, err := snapshot.CanonicalFile(rec)
			if err != nil {
				t.Fatal(err)
			}

			files := contents(t, dir, layout.Bundle)
			files[layout.Run] = string(data)
			write(t, filepath.Join(dir, layout.Run), data)
			write(t, filepath.Join(dir, layout.Bundle), resign(t, key, dir, files))
			named(t, verify(t, dir, run.Anchor{Key: key.Public()}), layout.Run, name)
		})
	}
}

// TestFoldersOfStrangers: pipes, links and folders where files belong never
// block verify, and are named.
func TestFoldersOfStrangers(t *testing.T) {
	_, dir, key := oneRun(t)
	anchor := run.Anchor{Key: key.Public(), MachineKeys: []string{key.Public().SPKI()}, Reviewers: []attest.ReviewerKey{{Name: "r"}}}
	pipe := func(name string) error { return syscall.Mkfifo(name, 0o644) }
	link := func(name string) error { return os.Symlink("/dev/zero", name) }
	folder := func(name string) error { return os.Mkdir(name, 0o755) }
	sparse := func(name string) error { return errors.Join(os.WriteFile(name, nil, 0o644), os.Truncate(name, 16<<30)) }
	for name, tc := range map[string]struct {
		make func(string) error
		file string
	}{
		"a pipe for a bundle":      {pipe, layout.Bundle},
		"a link for a bundle":      {link, layout.Bundle},
		"a folder for a bundle":    {folder, layout.Bundle},
		"a pipe for a key":         {pipe, layout.Key},
		"an empty folder":          {folder, "empty"},
		"a folder in the snapshot": {folder, "snapshot/empty"},
		"a folder in the reviews":  {folder, "review/more"},
		"a pipe for a review":      {pipe, "review/r.sigstore.json"},
		"a link for a review":      {link, "review/r.sigstore.json"},
		"a link for a reviewer":    {link, "review/r.pub"},
		"a review of nobody":       {func(name string) error { return os.WriteFile(name, nil, 0o644) }, "review/.sigstore.json"},
		"a link for the reviews":   {func(name string) error { return os.Symlink("snapshot", name) }, "review"},
		"a link for the snapshot":  {func(name string) error { return os.Symlink("/dev", name) }, "snapshot/link"},
		"a sparse bundle":          {sparse, layout.Bundle},
		"a sparse key":             {sparse, layout.Key},
		"sparse findings":          {sparse, layout.Findings},
		"a sparse manifest":        {sparse, "snapshot/manifest.json"},
		"a sparse dataset":         {sparse, "snapshot/entra.users.ndjson"},
		"a sparse stranger":        {sparse, "snapshot/entra.strange.ndjson"},
		"a program in the reviews": {func(name string) error { return os.WriteFile(name, nil, 0o755) }, "review/run.sh"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, tc.file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}

			was, errWas := os.ReadFile(path)
			_ = os.Remove(path)

			if err := tc.make(path); err != nil {
				t.Fatal(err)
			}

			defer func() {
				_ = os.Remove(path)
				if errWas == nil {
					write(t, path, was)
				}
			}()

			named(t, soon(t, dir, anchor), tc.file, name)
			soon(t, dir, run.Anchor{MachineKeys: anchor.MachineKeys})
		})
	}
}

// soon is verify, which must not hang.
func soon(t *testing.T, dir string, a run.Anchor) run.Report {
	t.Helper()
	got := make(chan run.Report, 1)
	go func() {
		r, _ := run.Verify(context.Background(), dir, a)
		got <- r
	}()

	select {
	case r := <-got:
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("verify hangs")
	}

	return run.Report{}
}

// TestHostilePolicies: policies that nobody vouches for are not run, and their
// bytes are still held to the run's digests.
func TestHostilePolicies(t *testing.T) {
	_, dir, _ := oneRun(t)
	bomb, err := engine.Load(fstest.MapFS{"p.rego": {Data: []byte(`# METADATA
# title: A bomb
# custom:
#   id: RF-Z-01
#   severity: low
package p.isolation.bomb

subjects contains "client" if {
	some a in numbers.range(1, 20000)
	some b in numbers.range(1, 20000)
	a * b == 7.5
}

pass contains "client"
`)}})
	if err != nil {
		t.Fatal(err)
	}

	data, err := bomb.Bundle()
	if err != nil {
		t.Fatal(err)
	}

	if err := os.Remove(filepath.Join(dir, layout.Bundle)); err != nil {
		t.Fatal(err)
	}

	if r := soon(t, dir, run.Anchor{}); r.Reevaluated != "yes" || r.Code() != run.ExitUndetermined {
		t.Errorf("our own policies: %+v", r)
	}

	write(t, filepath.Join(dir, layout.Policies), data)
	named(t, soon(t, dir, run.Anchor{}), layout.Policies, "other policies")

	var rec runfolder.Record
	raw := contents(t, dir)[layout.Run]
	if err := json.Unmarshal([]byte(raw), &rec); err != nil {
		t.Fatal(err)
	}

	rec.Policies = bomb.PolicyDigest()
	rec.Run = finding.RunID(rec.Snapshot, rec.Intent, rec.Policies, rec.Engine, rec.AsOf)
	if data, err = snapshot.CanonicalFile(rec); err != nil {
		t.Fatal(err)
	}

	write(t, filepath.Join(dir, layout.Run), data)

	if r := soon(t, dir, run.Anchor{}); r.Code() != run.ExitUndetermined || !strings.Contains(r.Reevaluated, "vouches") {
		t.Errorf("a bomb in a folder that is consistent: %+v", r)
	}
}
