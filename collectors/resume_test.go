package collectors

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
)

// digestsOf are the digests of a snapshot's datasets.
func digestsOf(s snapshot.Snapshot) map[string]string {
	all := map[string]string{}
	for name, c := range s.Manifest.Datasets {
		all[name] = string(c.Status) + " " + c.Digest + " " + c.SpecDigest
	}
	return all
}

// interrupted runs a collection that ends when a path is asked for.
func interrupted(t *testing.T, f *fake, cfg Config, path string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f.answers[path] = once(1, func(http.ResponseWriter, *http.Request) {
		cancel()
		panic(http.ErrAbortHandler)
	}, f.answers[path])

	if _, err := Run(ctx, cfg); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// members are a level below everything else
var lastRead = memberPath(0)

func TestResume(t *testing.T) {
	f := withGroups(t, 30)
	want := digestsOf(mustRun(t, f.config()))

	cfg := f.config()
	cfg.Resume = filepath.Join(t.TempDir(), "resume")
	interrupted(t, f, cfg, lastRead)

	private(t, cfg.Resume)
	f.forget()
	s := mustRun(t, cfg)
	if d := cmp.Diff(want, digestsOf(s)); d != "" {
		t.Error(d)
	}
	if f.count("/graph/v1.0/users") != 0 || f.count("/graph/v1.0/organization") != 1 || f.count(lastRead) == 0 {
		t.Errorf("asked again: %q", f.log)
	}

	if err := s.Release(); err != nil {
		t.Error(err)
	}
	if err := errors.Join(Forget(cfg.Resume), Forget(cfg.Resume)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(cfg.Resume); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// private: nobody else reads what is kept, and it holds no token and no next link.
func private(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{".", spoolFile, journalFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}

	for _, name := range []string{spoolFile, journalFile} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		text := strings.ToLower(string(data))
		if err != nil || strings.Contains(text, "bearer") || strings.Contains(text, "skiptoken") || strings.Contains(text, "eyj") {
			t.Errorf("%s: %v %s", name, err, text)
		}
	}
}

// TestNoSplice: of a list that was cut between two pages, the first page is read
// again: the two walks may have seen different lists.
func TestNoSplice(t *testing.T) {
	const at = "/graph/v1.0/subscribedSkus"
	f := withGroups(t, 1)
	two := listOf(sku("two"))
	f.answers[at] = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("$skiptoken") != "" {
			f.answers["two"](w, r)
			return
		}
		answerJSON(object{"value": []object{sku("one")}, "@odata.nextLink": f.srv.URL + at + "?$skiptoken=2"})(w, r)
	}
	f.answers["two"] = two

	cfg := f.config()
	cfg.Resume = t.TempDir()
	interrupted(t, f, cfg, "two")

	f.forget()
	s := mustRun(t, cfg)
	if c := s.Manifest.Datasets[skus]; c.Count != 2 || c.Pages != 2 || f.count(at) != 2 {
		t.Errorf("%d documents, %d pages, %d requests", c.Count, c.Pages, f.count(at))
	}
}

// TestForgets: what is not of the same collection, too old or damaged is read again.
func TestForgets(t *testing.T) {
	change := func(name string, how func([]byte) []byte) func(*testing.T, *Config) {
		return func(t *testing.T, cfg *Config) {
			file := filepath.Join(cfg.Resume, name)
			data, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(file, how(data), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	later := func(d time.Duration) func(*testing.T, *Config) {
		return func(_ *testing.T, cfg *Config) {
			now := cfg.Now()
			cfg.Now = func() time.Time { return now.Add(d) }
		}
	}

	for name, tc := range map[string]struct {
		how     func(*testing.T, *Config)
		forgets bool
	}{
		"nothing changed": {func(*testing.T, *Config) {}, false},
		"half an hour":    {later(30 * time.Minute), false},
		"an hour":         {later(61 * time.Minute), true},
		"a shorter bound": {func(t *testing.T, cfg *Config) { later(11*time.Minute)(t, cfg); cfg.ResumeFor = 10 * time.Minute }, true},
		"another tool":    {func(_ *testing.T, cfg *Config) { cfg.Tool = "test 2" }, true},
		"another caller": {func(_ *testing.T, cfg *Config) {
			cfg.Credential = fixedCredential(jwt(object{"tid": tenant, "oid": other}))
		}, true},
		"another client":   {func(_ *testing.T, cfg *Config) { cfg.Client = "contoso" }, true},
		"a snapshot since": {func(_ *testing.T, cfg *Config) { cfg.Prev = strings.Repeat("a", 64) }, true},
		"a changed spool":  {change(spoolFile, func(b []byte) []byte { return bytes.ToUpper(b) }), true},
		"a lost spool":     {change(spoolFile, func([]byte) []byte { return nil }), true},
		"a torn journal":   {change(journalFile, func(b []byte) []byte { return append(b, `{"dataset":"entra.users","sco`...) }), false},
		"a lost journal":   {change(journalFile, func([]byte) []byte { return nil }), true},
		"another journal":  {change(journalFile, func(b []byte) []byte { return append([]byte("{}\n"), b...) }), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := withGroups(t, 2)
			f.answers["/graph/v1.0/users"] = listOf(with(user(1), "userPrincipalName", "x"), with(user(2), "userPrincipalName", "y"))
			want := digestsOf(mustRun(t, f.config()))
			cfg := f.config()
			cfg.Resume = t.TempDir()
			interrupted(t, f, cfg, lastRead)

			tc.how(t, &cfg)
			f.forget()
			s := mustRun(t, cfg)
			if d := cmp.Diff(want, digestsOf(s)); d != "" {
				t.Error(d)
			}
			if asked := f.count("/graph/v1.0/users"); (asked > 0) != tc.forgets {
				t.Errorf("users were asked for %d times", asked)
			}
		})
	}
}

// FuzzJournal: whatever is in the folder, a journal is opened, and what it says is
// there is what is given out.
func FuzzJournal(f *testing.F) {
	header := journalHeader{Schema: "ringfence.resume/1"}
	first, _ := snapshot.CanonicalFile(header)
	line := `{"dataset":"entra.users","asked":"x","chunks":[{"at":0,"size":31}],"digest":"` +
		snapshot.Digest([]byte("{\"id\":\"a\",\"spec\":{\"id\":\"a\"}}\n\n")) + `","started":"2026-11-23T08:00:00Z"}` + "\n"
	f.Add([]byte(line), []byte("{\"id\":\"a\",\"spec\":{\"id\":\"a\"}}\n\n"))
	f.Add([]byte(strings.Replace(line, "31", "-1", 1)), []byte("{}"))
	f.Add([]byte("{\"chunks\":[{\"at\":9e18,\"size\":1}]}\nnull\n7"), []byte(nil))

	f.Fuzz(func(t *testing.T, entries, spool []byte) {
		dir := t.TempDir()
		journal := append(bytes.Clone(first), entries...)
		if err := errors.Join(os.WriteFile(filepath.Join(dir, journalFile), journal, 0o600), os.WriteFile(filepath.Join(dir, spoolFile), spool, 0o600)); err != nil {
			t.Fatal(err)
		}

		j, err := openJournal(dir, header, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		defer j.spool.Close()
		defer j.close()

		for key, k := range j.known {
			r := clientUnits()[0].newReading(key.scope, j.spool)
			r.unit.Schema = &snapshot.Schema{Dataset: key.dataset}
			if j.take(r, key.asked) && r.pile.Digest() != k.Digest {
				t.Errorf("%+v", k)
			}
		}
	})
}
