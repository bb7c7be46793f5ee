package collectors

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// followedTenant is a tenant that is collected again and again.
type followedTenant struct {
	*testing.T
	world  *emulator.World
	server *emulator.Server
	file   string
	now    time.Time
	before *snapshot.Snapshot
	missed map[string]int
}

const followedClient = "tailspin"

func follow(t *testing.T, faults ...emulator.Fault) *followedTenant {
	t.Helper()
	w := emulator.GenerateClients(1, nil)
	w.Add(followedClient, emulator.Size{Users: 30, Resources: 2})
	return &followedTenant{
		T: t, world: w, server: serve(t, w, emulator.Options{PageSize: 7, Faults: faults}), missed: map[string]int{},
		file: filepath.Join(t.TempDir(), "changes.json"), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
	}
}

// config asks for what changed, an hour later each time.
func (f *followedTenant) config() Config {
	cfg := emulated(f.T, f.world, f.server, followedClient)
	f.now = f.now.Add(time.Hour)
	at := f.now
	cfg.Now = func() time.Time { return at }
	cfg.Changes, cfg.FullEvery, cfg.Before = f.file, 24*time.Hour, f.before
	cfg.Missed = func(dataset string, n int) { f.missed[dataset] += n }
	return cfg
}

// collect collects, and holds what comes out against a collection that reads all. It returns
// which lists were read whole.
func (f *followedTenant) collect(cfg Config) (whole []string) {
	f.Helper()
	asked := len(f.server.Requests())
	snap := mustRun(f.T, cfg)
	for _, r := range f.server.Requests()[asked:] {
		_, list, _ := strings.Cut(r.Path, "/v1.0")
		if (list == "/users" || list == "/groups") && !slices.Contains(whole, list) {
			whole = append(whole, list)
		}
	}
	slices.Sort(whole)

	plain := cfg
	plain.Changes, plain.FullEvery, plain.Before = "", 0, nil
	if diff := cmp.Diff(digestsOf(mustRun(f.T, plain)), digestsOf(snap)); diff != "" {
		f.Errorf("at %s, with whole lists of %v (-all read +this):\n%s", cfg.Now(), whole, diff)
	}

	f.before = &snap
	return whole
}

// rewrite changes what is remembered.
func (f *followedTenant) rewrite(old, new string) {
	f.Helper()
	data, err := os.ReadFile(f.file)
	if err != nil || !strings.Contains(string(data), old) {
		f.Fatalf("%v: no %q in %s", err, old, data)
	}
	if err := os.WriteFile(f.file, []byte(strings.ReplaceAll(string(data), old, new)), 0o600); err != nil {
		f.Fatal(err)
	}
}

func (f *followedTenant) edit(list string, edit func([]map[string]any) []map[string]any) {
	f.server.Edit(followedClient, list, edit)
}

// changeSome adds, removes and changes objects of a list by chance.
func (f *followedTenant) changeSome(r *rand.Rand, list string) {
	f.edit(list, func(all []map[string]any) []map[string]any {
		all = slices.Clone(all)
		for n := r.IntN(5); n > 0; n-- {
			i := r.IntN(len(all))
			o := map[string]any{}
			for name, v := range all[i] {
				o[name] = v
			}

			switch r.IntN(5) {
			case 0:
				o["id"] = fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012x", r.Uint64()>>16)
				all = append(all, o)
			case 1:
				all = slices.Delete(all, i, i+1)
			case 2:
				o["displayName"] = fmt.Sprint("renamed ", r.IntN(100))
				all[i] = o
			case 3:
				o["mail"] = nil // was set, and has no value any more
				all[i] = o
			case 4:
				o["id"] = strings.ToUpper(o["id"].(string)) // Graph writes ids in either case
				all[i] = o
			}
		}
		return all
	})
}

// TestChanges: whatever changes between two collections, reading only what changed gives the
// same documents as reading everything.
func TestChanges(t *testing.T) {
	effort.WithoutRace(t)
	f, r := follow(t), rand.New(rand.NewPCG(1, 2))
	if whole := f.collect(f.config()); !slices.Equal(whole, []string{"/groups", "/users"}) {
		t.Errorf("first: read whole %v", whole)
	}

	n := effort.Of(4, 12, 200)
	for i := range n {
		f.changeSome(r, "/users")
		if whole := f.collect(f.config()); (i+1)%24 != 0 && len(whole) > 0 {
			t.Errorf("%d: read whole %v", i, whole)
		}
	}
	if c := f.before.Manifest.Datasets["entra.users"]; n < 24 && c.WholeAt != "2026-11-23T09:00:00Z" {
		t.Errorf("users were read whole at %q", c.WholeAt)
	}

	f.now = f.now.Add(24 * time.Hour)
	f.changeSome(r, "/users")
	whole := f.collect(f.config())
	c := f.before.Manifest.Datasets["entra.users"]
	if !slices.Equal(whole, []string{"/groups", "/users"}) || c.WholeAt != "" {
		t.Errorf("a day later: read whole %v, at %q", whole, c.WholeAt)
	}
	if len(f.missed) > 0 {
		t.Errorf("an honest service missed %v", f.missed)
	}
}

// TestChangesFallBack: whenever anything is not as it should be, the list is read whole.
func TestChangesFallBack(t *testing.T) {
	effort.WithoutRace(t)
	rename := func(f *followedTenant) {
		f.edit("/users", func(all []map[string]any) []map[string]any {
			all[0]["displayName"] = "Renamed"
			return all
		})
	}
	rewrite := func(old, new string) func(*followedTenant, *Config) {
		return func(f *followedTenant, _ *Config) { f.rewrite(old, new) }
	}
	users, both := []string{"/users"}, []string{"/groups", "/users"}

	for name, tc := range map[string]struct {
		faults []emulator.Fault
		before func(*followedTenant, *Config)
		want   []string
	}{
		"as it should be":     {},
		"the link is too old": {faults: []emulator.Fault{{Kind: "expired_delta", Path: "/graph/v1.0/users/delta", After: 1}}, want: users},
		"no answer":           {faults: []emulator.Fault{{Kind: "denied", Path: "/graph/v1.0/users/delta", After: 1}}, want: users},
		"a loop":              {faults: []emulator.Fault{{Kind: "loop", Path: "/graph/v1.0/users/delta", After: 1}}, want: users},
		"an id is missing":    {faults: []emulator.Fault{{Kind: "null_ids", Path: "/graph/v1.0/users/delta", After: 1}}, want: users},
		"never any link":      {faults: []emulator.Fault{{Kind: "denied", Path: "/graph/v1.0/users/delta"}}, want: users},
		"elsewhere":           {faults: []emulator.Fault{{Kind: "foreign", Path: "/graph/v1.0/users/delta", After: 1}}, want: users},
		"an object is denied": {faults: []emulator.Fault{{Kind: "denied", Path: "/graph/v1.0/users/*-*"}}, want: users},
		"an object is not known": {faults: []emulator.Fault{
			{Kind: "status", Value: "404", Path: "/graph/v1.0/users/*-*"},
		}, want: users},
		"an object is cut":     {faults: []emulator.Fault{{Kind: "missing", Path: "/graph/v1.0/$batch", Value: "20"}}, want: users},
		"the file is gone":     {before: func(f *followedTenant, _ *Config) { os.Remove(f.file) }, want: both},
		"the file is damaged":  {before: rewrite("{", "["), want: both},
		"another client's":     {before: rewrite(followedClient, "contoso"), want: both},
		"another schema":       {before: rewrite(`"schemas":"`, `"schemas":"0`), want: both},
		"another host":         {before: rewrite("127.0.0.1", "127.0.0.2"), want: both},
		"no snapshot":          {before: func(_ *followedTenant, c *Config) { c.Before = nil }, want: both},
		"another snapshot":     {before: rewrite(`"digest":"`, `"digest":"0`), want: both},
		"another selection":    {before: rewrite(`"asked":"`, `"asked":"0`), want: both},
		"whole in the future":  {before: rewrite(`"whole_at":"2026`, `"whole_at":"2027`), want: both},
		"nobody knows when":    {before: rewrite(`"whole_at":"2026`, `"whole_at":"x`), want: both},
		"the snapshot is lost": {before: lose("entra.users"), want: users},
		"too many changed": {before: func(f *followedTenant, _ *Config) {
			f.edit("/users", func(all []map[string]any) []map[string]any {
				for i := range mostChanges + 1 {
					o := map[string]any{}
					for k, v := range all[1] {
						o[k] = v
					}
					o["id"] = fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012d", i)
					all = append(all, o)
				}
				return all
			})
		}, want: users},
	} {
		f := follow(t, tc.faults...)
		f.collect(f.config())
		rename(f)
		cfg := f.config()
		if tc.before != nil {
			tc.before(f, &cfg)
		}
		if got := f.collect(cfg); !slices.Equal(got, tc.want) {
			t.Errorf("%s: read whole %v, want %v", name, got, tc.want)
		}
		if name == "as it should be" {
			onlyOurs(t, f.file)
		}
	}
}

// lose takes the documents of a dataset away from the last snapshot.
func lose(dataset string) func(*followedTenant, *Config) {
	return func(_ *followedTenant, cfg *Config) {
		lost := *cfg.Before
		open := lost.Open
		lost.Open = func(name string) (io.ReadCloser, error) {
			if name == dataset {
				return nil, os.ErrNotExist
			}
			return open(name)
		}
		cfg.Before = &lost
	}
}

// TestMissedChanges: where a service does not tell of a change, the next whole reading finds
// that out, says so, and the list is never followed again.
func TestMissedChanges(t *testing.T) {
	effort.WithoutRace(t)
	f := follow(t, emulator.Fault{Kind: "untold", Path: "/graph/v1.0/users/delta"})
	f.collect(f.config())

	f.edit("/users", func(all []map[string]any) []map[string]any {
		all[0]["displayName"] = "Renamed"
		return all[:len(all)-1]
	})
	snap := mustRun(t, f.config())
	if c := snap.Manifest.Datasets["entra.users"]; c.WholeAt == "" {
		t.Fatal("the list was read whole: nothing was tried")
	}
	f.before = &snap

	f.now = f.now.Add(24 * time.Hour)
	for n := range 4 {
		cfg := f.config()
		if n == 1 { // nobody asks for the users
			without := cfg
			without.Only = map[string][]string{"entra.domains": nil}
			mustRun(t, without)
		}
		if n == 2 { // a later version of ours makes documents otherwise
			f.rewrite(`"schemas":"`, `"schemas":"0`)
		}
		if whole := f.collect(cfg); !slices.Contains(whole, "/users") {
			t.Errorf("%d: read whole %v", n, whole)
		}
	}
	if diff := cmp.Diff(map[string]int{"entra.users": 2}, f.missed); diff != "" {
		t.Errorf("missed (-want +got):\n%s", diff)
	}
}

// onlyOurs: nobody else reads the file.
func onlyOurs(t *testing.T, file string) {
	t.Helper()
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%s: %v", file, err)
	}
}
