//go:build unix

package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/internal/runfolder"
)

// place is a store that has one run of fabrikam, an <out> that publishes it with
// a review, and something outside of both.
type place struct {
	t     *testing.T
	dir   string
	store Store
}

func newPlace(t *testing.T) place {
	p := place{t: t, dir: t.TempDir()}
	var err error
	if p.store, err = OnDisk(filepath.Join(p.dir, "data"))("fabrikam"); err != nil {
		t.Fatal(err)
	}

	p.write("data/clients/fabrikam/runs/"+madeRun+"/run.json", record(madeRun, "fabrikam"))
	p.write("data/clients/fabrikam/runs/"+madeRun+"/findings.json", "{}\n")
	p.write("out/fabrikam/run.json", record(madeRun, "fabrikam"))
	p.write("out/fabrikam/review/lead.sigstore.json", "a review")
	p.write("outside/secret", "a secret")

	return p
}

func record(run, client string) string {
	return fmt.Sprintf(`{"schema": "ringfence.run/1", "run": %q, "client": %q}`, run, client)
}

func (p place) path(name string) string { return filepath.Join(p.dir, name) }

func (p place) write(name, data string) {
	p.t.Helper()
	err := os.MkdirAll(filepath.Dir(p.path(name)), 0o755)
	if err := errors.Join(err, os.WriteFile(p.path(name), []byte(data), 0o644)); err != nil {
		p.t.Fatal(err)
	}
}

// instead puts something in the place of what is at name.
func (p place) instead(name string, make func(path string) error) {
	p.t.Helper()
	if err := errors.Join(os.RemoveAll(p.path(name)), make(p.path(name))); err != nil {
		p.t.Fatal(err)
	}
}

// files lists everything below a folder, with the content of what is a file.
func (p place) files(name string) map[string]string {
	p.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(p.path(name), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}

		rel, _ := filepath.Rel(p.path(name), path)
		all[rel] = d.Type().String()

		if info, err := d.Info(); err == nil && d.Type().IsRegular() && info.Size() < 1<<20 {
			data, err := os.ReadFile(path)
			all[rel] = string(data)
			return err
		}

		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}

	return all
}

func (p place) publish() error {
	p.t.Helper()
	out, err := runfolder.OpenOut(p.path("out"))
	if err != nil {
		p.t.Fatal(err)
	}

	defer out.Close()

	_, err = Publish(p.store, madeRun, out, "fabrikam")
	return err
}

// TestPublish: the reviews of what is replaced are in the store, and so in what
// replaces it; both are for nobody else to read.
func TestPublish(t *testing.T) {
	p := newPlace(t)
	for range 2 {
		if err := p.publish(); err != nil {
			t.Fatal(err)
		}

		want := map[string]string{"findings.json": "{}\n", "run.json": record(madeRun, "fabrikam"),
			"review/lead.sigstore.json": "a review"}
		if diff := cmp.Diff(want, p.files("out/fabrikam")); diff != "" {
			t.Error(diff)
		}

		if diff := cmp.Diff(want, p.files("data/clients/fabrikam/runs/"+madeRun)); diff != "" {
			t.Error(diff)
		}

		for _, name := range []string{"out/fabrikam", "out/fabrikam/review", "out/fabrikam/run.json",
			"out/fabrikam/review/lead.sigstore.json"} {
			if info, err := os.Stat(p.path(name)); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %v %v", name, info.Mode(), err)
			}
		}
	}
}

// TestPublishHostile: whoever can write in <out> makes the audit neither write
// nor read anywhere else. What is not ours stays, and is named.
func TestPublishHostile(t *testing.T) {
	link := func(to string) func(string) error { return func(path string) error { return os.Symlink(to, path) } }
	pipe := func(path string) error { return syscall.Mkfifo(path, 0o644) }
	text := func(s string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(s), 0o644) }
	}
	sparse := func(path string) error { return errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, 16<<30)) }
	for name, tc := range map[string]struct {
		at   string
		make func(string) error
		want string
	}{
		"a run that is a path": {"run.json", text(record("../../../../../outside", "fabrikam")), "names no run"},
		"a run that is rooted": {"run.json", text(record("/outside", "fabrikam")), "names no run"},
		"a run with a path in it": {"run.json", text(record(madeRun+"/../../../../../outside", "fabrikam")),
			"names no run"},
		"a run that was never made": {"run.json", text(record(otherRun, "fabrikam")), "which the store does not have"},
		"a run of another client":   {"run.json", text(record(madeRun, "contoso")), "is another client's"},
		"a record without an end":   {"run.json", sparse, "is larger than"},
		"a record that is a link":   {"run.json", link("../../outside/secret"), "is no run folder"},
		"a record that is a pipe":   {"run.json", pipe, "is no run folder"},
		"a review that is a link": {"review/lead.sigstore.json", link("../../../outside/secret"),
			"is no regular file"},
		"a review from beside it":  {"review/lead.sigstore.json", link("../run.json"), "is no regular file"},
		"a review that is a pipe":  {"review/lead.sigstore.json", pipe, "is no regular file"},
		"a review without an end":  {"review/lead.sigstore.json", sparse, "is larger than"},
		"a review of another name": {"review/.bashrc", text("evil"), "is foreign"},
		"a device":                 {"review/lead.pub", link("/dev/zero"), "is no regular file"},
		"reviews that are a link":  {"review", link("../../outside"), "is no regular file"},
		"a folder that is a link":  {"", link("../outside"), "is no run folder"},
		"a folder that is a pipe":  {"", pipe, "is no run folder"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.instead(filepath.Join("out/fabrikam", tc.at), tc.make)
			store, out := p.files("data"), p.files("out")
			err := p.publish()
			if other := (*OutError)(nil); !errors.As(err, &other) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}

			for dir, want := range map[string]map[string]string{"data": store, "out": out,
				"outside": {"secret": "a secret"}} {
				if diff := cmp.Diff(want, p.files(dir)); diff != "" {
					t.Errorf("%s: %s", dir, diff)
				}
			}
		})
	}
}

// TestSavedReviewStays: a review that the store has is never replaced by another
// one of its name.
func TestSavedReviewStays(t *testing.T) {
	p := newPlace(t)
	kept := "data/clients/fabrikam/runs/" + madeRun + "/review/lead.sigstore.json"
	p.write(kept, "the first review")

	if err := p.publish(); err == nil || !strings.Contains(err.Error(), "is not the one in the store") {
		t.Error(err)
	}

	if got := p.files(filepath.Dir(kept)); got["lead.sigstore.json"] != "the first review" {
		t.Error(got)
	}

	p.instead(kept, func(path string) error { return os.Symlink(p.path("outside/secret"), path) })

	if err := p.publish(); err == nil {
		t.Error("written through a link in the store")
	}

	if got := p.files("outside"); got["secret"] != "a secret" {
		t.Error(got)
	}
}

// TestReviewsWithoutStore: evaluate keeps no runs, so it replaces no reviews.
func TestReviewsWithoutStore(t *testing.T) {
	p := newPlace(t)
	out, err := runfolder.OpenOut(p.path("out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()

	if err := saveReviews(out, "fabrikam", nil); err == nil || !strings.Contains(err.Error(), "holds reviews") {
		t.Error(err)
	}

	if err := os.RemoveAll(p.path("out/fabrikam/review")); err != nil {
		t.Fatal(err)
	}

	if err := saveReviews(out, "fabrikam", nil); err != nil {
		t.Error(err)
	}
}

// TestWithdraw: the folder goes, its reviews are in the store first.
func TestWithdraw(t *testing.T) {
	p := newPlace(t)
	out, err := runfolder.OpenOut(p.path("out"))
	if err != nil {
		t.Fatal(err)
	}

	defer out.Close()

	if was, err := withdraw(out, "fabrikam", p.store); err != nil || !was {
		t.Fatal(was, err)
	}

	if _, err := os.Lstat(p.path("out/fabrikam")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("still there")
	}

	if got := p.files("data/clients/fabrikam/runs/" + madeRun); got["review/lead.sigstore.json"] != "a review" {
		t.Error(got)
	}

	if was, err := withdraw(out, "fabrikam", p.store); err != nil || was {
		t.Error(was, err)
	}
}
