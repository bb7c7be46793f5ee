package soundness

import (
	"hash/fnv"
	"os"
	"runtime/debug"
	"slices"
	"testing"
)

// Tests that try many variants of the same thing come in three sizes: a glance
// (go test -short), a sample that is the same every time (go test), and all of it
// ("make soak", which sets RINGFENCE_SOAK). They say in their log what they did.
// Those that judge one snapshot after the other have nothing for the race detector,
// under which they take ten times as long: "make test" runs them without it.

// soaking reports whether tests do all that they can.
func soaking() bool { return os.Getenv("RINGFENCE_SOAK") != "" }

// racing reports whether the test binary was built with the race detector.
func racing() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// withoutRace skips a test under the race detector, since it does one thing after the
// other.
func withoutRace(t *testing.T) {
	t.Helper()
	if racing() {
		t.Skip("does one thing after the other: make test runs it without the race detector")
	}
}

// effort is how many variants a test tries in each of the three sizes.
func effort(glance, sample, all int) int {
	switch {
	case soaking():
		return all
	case testing.Short() || racing():
		return glance
	}
	return sample
}

// picks are most of the numbers below n, in order, evenly spread. Which ones they
// are depends on what they are for, so that different controls do not all take the
// first document of a dataset; it does not depend on chance, so that a failure can
// be repeated.
func picks(n, most int, what string) (all []int) {
	most = min(n, most)
	h := fnv.New32a()
	h.Write([]byte(what))
	for i := range most {
		all = append(all, (int(h.Sum32()%uint32(n))+i*n/most)%n)
	}

	slices.Sort(all)
	return all
}

// pickFrom picks from a list as picks does from numbers.
func pickFrom[T any](list []T, most int, what string) (all []T) {
	for _, i := range picks(len(list), most, what) {
		all = append(all, list[i])
	}
	return all
}

// TestPicks: as many as there are to have, each once.
func TestPicks(t *testing.T) {
	for n := range 9 {
		for most := range 9 {
			got := picks(n, most, "what")
			if len(got) != min(n, most) || len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Errorf("%d of %d: %v", most, n, got)
			}
		}
	}
}
