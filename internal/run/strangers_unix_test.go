//go:build unix

package run

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// TestFoldersOfStrangers: pipes, links and folders where files belong never
// block verify, and are named.
func TestFoldersOfStrangers(t *testing.T) {
	dir := folder(t, fabrikam(t), options(machine()))
	machineKeys := []string{machine().Public().SPKI()}
	anchor := Anchor{Key: machine().Public(), MachineKeys: machineKeys, Reviewers: []attest.ReviewerKey{{Name: "r"}}}

	pipe := func(name string) error { return syscall.Mkfifo(name, 0o644) }
	link := func(to string) func(string) error { return func(name string) error { return os.Symlink(to, name) } }
	empty := func(name string) error { return os.WriteFile(name, nil, 0o755) }
	folder := func(name string) error { return os.Mkdir(name, 0o755) }
	sparse := func(name string) error { return errors.Join(empty(name), os.Truncate(name, 16<<30)) }

	for name, tc := range map[string]struct {
		make func(string) error
		file string
	}{
		"a pipe for a bundle":      {pipe, layout.Bundle},
		"a link for a bundle":      {link("/dev/zero"), layout.Bundle},
		"a folder for a bundle":    {folder, layout.Bundle},
		"a pipe for a key":         {pipe, layout.Key},
		"an empty folder":          {folder, "empty"},
		"a folder in the snapshot": {folder, "snapshot/empty"},
		"a link in the snapshot":   {link("/etc/passwd"), "snapshot/entra.extra.ndjson"},
		"a folder in the reviews":  {folder, "review/more"},
		"a pipe for a review":      {pipe, "review/r.sigstore.json"},
		"a link for a review":      {link("/dev/zero"), "review/r.sigstore.json"},
		"a link for a reviewer":    {link("/dev/zero"), "review/r.pub"},
		"a review of nobody":       {empty, "review/.sigstore.json"},
		"a link for the reviews":   {link("snapshot"), "review"},
		"a link for the snapshot":  {link("/dev"), "snapshot/link"},
		"a sparse bundle":          {sparse, layout.Bundle},
		"a sparse key":             {sparse, layout.Key},
		"sparse findings":          {sparse, layout.Findings},
		"a sparse manifest":        {sparse, layout.Manifest},
		"a sparse dataset":         {sparse, layout.Dataset("entra.users")},
		"a sparse stranger":        {sparse, layout.Dataset("entra.strange")},
		"a program in the reviews": {empty, "review/run.sh"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, tc.file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}

			before, errBefore := os.ReadFile(path)
			_ = os.Remove(path)

			if err := tc.make(path); err != nil {
				t.Fatal(err)
			}

			defer func() {
				_ = os.Remove(path)
				if errBefore == nil {
					put(t, dir, tc.file, string(before))
				}
			}()

			has(t, soon(t, dir, anchor), tc.file, "")
			soon(t, dir, Anchor{MachineKeys: machineKeys})
		})
	}
}

// soon is Verify, which must not hang.
func soon(t *testing.T, dir string, anchor Anchor) Report {
	t.Helper()
	got := make(chan Report, 1)
	go func() {
		r, _ := Verify(t.Context(), dir, anchor)
		got <- r
	}()

	select {
	case r := <-got:
		return r
	case <-time.After(5 * time.Minute): // a slow machine is no failure
		t.Fatal("verify hangs")
	}

	return Report{}
}
