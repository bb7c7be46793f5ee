package join

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/fleet/fingerprint"
	"ringfence/internal/effort"
)

// memory is a shelf that counts the parts that are read.
type memory struct {
	parts [Parts][]byte
	read  int
}

func (m *memory) Append(part int, data []byte) error {
	m.parts[part] = append(m.parts[part], data...)
	return nil
}

func (m *memory) Read(part int) ([]byte, error) {
	m.read++
	return slices.Clone(m.parts[part]), nil
}

func (m *memory) Replace(part int, data []byte) error {
	m.parts[part] = slices.Clone(data)
	return nil
}

func devices(t testing.TB) fingerprint.Kind {
	t.Helper()
	key, err := fingerprint.NewKey([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return key.Kind("device")
}

// members are values of members, by member.
type members map[Member][]string

// shared is what a join has to find, said in the plainest way.
func (all members) shared() map[string][]Member {
	has := map[string]map[Member]bool{}
	for m, values := range all {
		for _, v := range values {
			if has[v] == nil {
				has[v] = map[Member]bool{}
			}
			has[v][m] = true
		}
	}

	found := map[string][]Member{}
	for v, who := range has {
		if len(who) > 1 {
			found[v] = slices.Sorted(maps.Keys(who))
		}
	}
	return found
}

func (all members) build(t testing.TB, shelf Shelf, kind fingerprint.Kind) map[fingerprint.Sum][]Member {
	t.Helper()
	b := NewBuilder(shelf)
	for m, values := range all {
		for _, v := range values {
			if err := b.Add(kind.Of(v), m); err != nil {
				t.Fatal(err)
			}
		}
	}

	found := map[fingerprint.Sum][]Member{}
	err := b.Finish(func(g Group) error {
		found[g.Sum] = slices.Clone(g.Members)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func sumsOf(kind fingerprint.Kind, values []string) []fingerprint.Sum {
	var sums []fingerprint.Sum
	for _, v := range values {
		sums = append(sums, kind.Of(v))
	}
	return sums
}

func random(r *rand.Rand) members {
	all := members{}
	for m := range Member(1 + r.IntN(8)) {
		all[m] = some(r)
	}
	return all
}

func some(r *rand.Rand) []string {
	values := []string{}
	for range r.IntN(12) {
		values = append(values, fmt.Sprintf("serial %d", r.IntN(40)))
	}
	return values
}

// TestJoin: what is found is what a table of all values shows, and a change of one member
// leaves the index as if it had been built of what is there now.
func TestJoin(t *testing.T) {
	effort.WithoutRace(t)
	kind := devices(t)
	n := effort.Of(20, 300, 2000)
	for seed := range n {
		r := rand.New(rand.NewPCG(uint64(seed), 0))
		all, shelf := random(r), &memory{}
		found := all.build(t, shelf, kind)
		want := map[fingerprint.Sum][]Member{}
		for v, who := range all.shared() {
			want[kind.Of(v)] = who
		}
		if d := cmp.Diff(want, found); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}

		changeOne(t, r, all, shelf, kind)
	}
	t.Logf("%d fleets", n)
}

func changeOne(t *testing.T, r *rand.Rand, all members, shelf *memory, kind fingerprint.Kind) {
	t.Helper()
	member := Member(r.IntN(len(all)))
	old := sumsOf(kind, all[member])
	all[member] = some(r)
	change := Between(member, old, sumsOf(kind, all[member]))

	told := map[fingerprint.Sum][]Member{}
	for range 1 + r.IntN(2) { // the second time changes nothing
		clear(told)
		err := Apply(shelf, change, func(g Group) error {
			told[g.Sum] = g.Members
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	anew := &memory{}
	all.build(t, anew, kind)
	for part := range Parts {
		if string(anew.parts[part]) != string(shelf.parts[part]) {
			t.Fatalf("part %d differs from an index that is built anew", part)
		}
	}
	for _, sum := range append(change.Gained, change.Lost...) {
		var want []Member
		for m, values := range all {
			if slices.Contains(sumsOf(kind, values), sum) {
				want = append(want, m)
			}
		}
		slices.Sort(want)
		if !slices.Equal(want, told[sum]) {
			t.Fatalf("%s: %v have it, %v is told", sum, want, told[sum])
		}
	}
}

// TestReadsWhatChanged: one changed value costs one or two parts, whatever the fleet.
func TestReadsWhatChanged(t *testing.T) {
	kind, shelf := devices(t), &memory{}
	all := members{}
	for m := range Member(50) {
		for i := range 100 {
			all[m] = append(all[m], fmt.Sprintf("%d of %d", i, m))
		}
	}
	all.build(t, shelf, kind)

	old := sumsOf(kind, all[7])
	all[7][3] = "3 of 9"
	change := Between(7, old, sumsOf(kind, all[7]))
	shelf.read = 0
	var told []Group
	if err := Apply(shelf, change, func(g Group) error { told = append(told, g); return nil }); err != nil {
		t.Fatal(err)
	}

	if shelf.read > 2 || len(told) != 2 {
		t.Errorf("%d parts were read, %d fingerprints told", shelf.read, len(told))
	}
	if !slices.ContainsFunc(told, func(g Group) bool { return slices.Equal(g.Members, []Member{7, 9}) }) {
		t.Errorf("the value that 7 shares with 9 now is not told: %v", told)
	}
}

// TestCutPart: an index that is damaged is not taken for a smaller one.
func TestCutPart(t *testing.T) {
	shelf := &memory{}
	shelf.parts[3] = make([]byte, recordSize+1)
	if err := NewBuilder(shelf).Finish(func(Group) error { return nil }); err == nil {
		t.Error("a part that was cut is read")
	}
}
