package fleetjoin_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/engine/fleet/reach"
	"ringfence/engine/intent"
	"ringfence/internal/effort"
	"ringfence/internal/fleetjoin"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// kinds are those of [world].
var kinds = []reach.Kind{
	{Name: "device", Rule: reach.Sharing}, {Name: "guest-home", Rule: reach.Bridging},
	{Name: "app-home", Rule: reach.ToSide},
}

// world finds facts of clients that are made of their labels: each has secrets of its own, and
// some share a device, have a guest of the one before, or an application of it.
type world struct {
	labels []string
	broken map[string]bool
}

func (w world) FactKinds() []reach.Kind { return kinds }

func tenant(label string) string {
	r := rand.New(rand.NewPCG(uint64(len(label)), hash(label)))
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", r.Uint32(), r.Uint64()>>16)
}

func hash(text string) (h uint64) {
	for _, c := range text {
		h = h*1099511628211 + uint64(c)
	}
	return h
}

func (w world) Facts(
	_ context.Context, snap snapshot.Snapshot, p intent.Promise, _ time.Time,
) (fact.Facts, error) {
	label := snap.Manifest.Client
	if w.broken[label] {
		return fact.Facts{}, errors.New("broken")
	}

	id := p.Tenant().Client.TenantID
	f := fact.Facts{Tenant: id}
	for _, k := range kinds {
		f.Coverage = append(f.Coverage, fact.Coverage{Kind: k.Name,
			Units: []fact.Unit{{Name: "evidence." + k.Name, Status: fact.Complete, EndedAt: now}}})
	}
	user := fact.NewNode(id, "user", "person-of-"+label)
	f.Links = []fact.Link{
		{Kind: "device", Value: "serial-of-" + label, Subject: "intune.managed_devices/device-of-" + label,
			Role: fact.Same, State: fact.Live},
		{Kind: "guest-home", Value: "ada@" + label + ".example", Subject: "entra.users/person-of-" + label,
			Role: fact.Controls, Node: user, State: fact.Live},
	}

	before := w.before(label)
	if before == "" {
		f.Sort()
		return f, nil
	}
	guest, program := fact.NewNode(id, "user", "guest-at-"+label), fact.NewNode(id, "service-principal", "tool-at-"+label)
	f.Links = append(f.Links, fact.Link{Kind: "guest-home", Value: "ada@" + before + ".example",
		Subject: "entra.users/guest-at-" + label, Role: fact.Controlled, Node: guest, State: fact.Live})
	f.Edges = []fact.Edge{
		{From: fact.NewNode(tenant(before), "application", "app-of-"+before), To: program, Kind: "app-home",
			State: fact.Live, Evidence: []string{"entra.service_principals/tool-at-" + label}},
		{From: guest, To: fact.NewNode(id, fact.Tier0, "owner"), Kind: "app-home", State: fact.Live,
			Evidence: []string{"entra.role_assignments/role-at-" + label}},
	}
	f.Sort()
	return f, nil
}

// before is whom a client shares something with: every third one with the one before it.
func (w world) before(label string) string {
	for i, l := range w.labels {
		if l == label && i%3 == 2 {
			return w.labels[i-1]
		}
	}
	return ""
}

// heard joins a world, and returns what each client hears.
func (w world) heard(t *testing.T, missing ...string) map[string][]byte {
	t.Helper()
	key, err := fingerprint.NewKey([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	in := fleetjoin.Fleet{Finder: w, Key: key, AsOf: now, Dir: t.TempDir(), Parallel: 2}
	for _, label := range w.labels {
		promise := intent.Intent{Client: intent.Client{Name: label, TenantID: tenant(label)}}
		in.Members = append(in.Members, fleetjoin.Member{Label: label, Promise: promise,
			Open: func() (snapshot.Snapshot, error) {
				for _, m := range missing {
					if m == label {
						return snapshot.Snapshot{}, fs.ErrNotExist
					}
				}
				m := snapshot.Manifest{Client: label, TenantID: tenant(label)}
				return snapshot.Snapshot{Manifest: m, Raw: []byte(label)}, nil
			}})
	}

	joined, err := fleetjoin.Join(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	defer joined.Close()
	if len(joined.Problems) != len(w.broken) {
		t.Errorf("problems: %v", joined.Problems)
	}
	files, err := joined.Heard()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func labels(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("client-no-%03d-x", i))
	}
	return all
}

// TestNoLeak: in what a client hears there is no tenant id, name, domain, object or value of any
// other, whether they share something or not.
func TestNoLeak(t *testing.T) {
	w := world{labels: labels(effort.Of(30, 150, 500))}
	paths, links := 0, 0
	for label, file := range w.heard(t) {
		heard, err := fact.ParseHeard(file)
		if err != nil {
			t.Fatal(err)
		}
		paths, links = paths+len(heard.Paths), links+len(heard.Links)
		for _, other := range w.labels {
			for _, name := range []string{tenant(other), other} {
				if other != label && strings.Contains(string(file), name) {
					t.Fatalf("%s hears %s: %s", label, name, file)
				}
			}
		}
	}
	if want := len(w.labels) / 3; paths != want || links < 2*want {
		t.Errorf("%d paths and %d links of %d clients", paths, links, len(w.labels))
	}
}

// TestAlone: what does not touch a client changes nothing of what it hears: how many others there
// are, and what they are called.
func TestAlone(t *testing.T) {
	few := world{labels: []string{"we", "you"}}.heard(t)
	many := world{labels: append([]string{"we", "another"}, labels(effort.Of(30, 150, 498))...)}.heard(t)
	if d := cmp.Diff(string(few["we"]), string(many["we"])); d != "" {
		t.Error(d)
	}
}

// TestMissing: a client of whom nothing is known, for want of a snapshot or of facts, leaves open
// what it could share, and hears nothing without a snapshot.
func TestMissing(t *testing.T) {
	all := labels(3)
	whole := world{labels: all}.heard(t)
	for name, files := range map[string]map[string][]byte{
		"no snapshot": world{labels: all}.heard(t, all[0]),
		"broken":      world{labels: all, broken: map[string]bool{all[0]: true}}.heard(t),
	} {
		before, err := fact.ParseHeard(whole[all[1]])
		if err != nil || len(before.Unproven) != 0 {
			t.Fatalf("%+v %v", before, err)
		}
		after, err := fact.ParseHeard(files[all[1]])
		if err != nil || len(after.Unproven) == 0 {
			t.Errorf("%s: %+v %v", name, after, err)
		}
		if _, hears := files[all[0]]; hears != (name == "broken") {
			t.Errorf("%s: hears %s", name, files[all[0]])
		}
		theirs, err := fact.ParseHeard(files[all[2]])
		if err != nil || len(theirs.Paths) != 1 {
			t.Errorf("%s: a path that is known does not stand: %+v %v", name, theirs, err)
		}
	}
}

// TestReadKey: white space at the end makes no other key, and what is short or no key at all is
// refused.
func TestReadKey(t *testing.T) {
	ids := map[string]bool{}
	for text, ok := range map[string]bool{
		"0123456789abcdef0123456789abcdef":   true,
		"0123456789abcdef0123456789abcdef\n": true,
		"0123456789abcdef":                   false,
		strings.Repeat("0", 64):              false,
		"":                                   false,
	} {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := fleetjoin.ReadKey(file)
		if (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
		if ok {
			ids[key.ID()] = true
		}
	}
	if len(ids) != 1 {
		t.Errorf("%d keys", len(ids))
	}
}
