package soundness

import (
	"hash/fnv"
	"slices"
	"testing"
)

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
