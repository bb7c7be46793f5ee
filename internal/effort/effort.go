// Package effort says how much a test does. Only tests import it.
//
// Tests that try many variants of the same thing come in three sizes: a glance (go
// test -short), a sample that is the same every time (go test), and all of it ("make
// soak", which sets RINGFENCE_SOAK). They say in their log what they did.
//
// Tests that do one thing after the other have nothing for the race detector, under
// which they take up to ten times as long. "make test" runs them without it:
//
//	func TestSound(t *testing.T) {
//		effort.WithoutRace(t)
//		for seed := range effort.Of(40, 150, 3000) {
package effort

import (
	"flag"
	"os"
	"runtime/debug"
	"slices"
)

// Soaking reports whether tests do all that they can.
func Soaking() bool { return os.Getenv("RINGFENCE_SOAK") != "" }

// Of is how many variants a test tries in each of the three sizes. Under the race
// detector it is a glance.
func Of(glance, sample, all int) int {
	switch {
	case Soaking():
		return all
	case isShort() || Racing():
		return glance
	}
	return sample
}

// isShort is testing.Short, for a package that is not a test itself.
func isShort() bool {
	f := flag.Lookup("test.short")
	return f != nil && f.Value.String() == "true"
}

// Racing reports whether the test binary was built with the race detector.
func Racing() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// Skipper is a *testing.T.
type Skipper interface {
	Helper()
	Skip(reason ...any)
}

// WithoutRace skips a test under the race detector.
func WithoutRace(t Skipper) {
	t.Helper()
	if Racing() {
		t.Skip("does one thing after the other: make test runs it without the race detector")
	}
}
