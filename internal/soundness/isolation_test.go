package soundness

import (
	"errors"
	"slices"
	"testing"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	enginefleet "ringfence/engine/fleet"
	written "ringfence/engine/fleet/certificate"
	"ringfence/engine/fleet/fact"
	"ringfence/internal/certificate"
	"ringfence/internal/isolation"
)

// withNames is a joined world as people see it.
func withNames(w *emulator.World, j *enginefleet.Joined) isolation.Fleet {
	f := isolation.Fleet{Joined: j, Members: map[string]isolation.Member{w.MSP.ID: {Name: isolation.MSPName}}}
	for _, c := range w.Clients {
		f.Members[c.ID] = isolation.Member{Name: c.Label}
	}
	return f
}

// checkProven: each client of a clean world has a certificate against all others, which the
// checker takes with all facts, and of each it is known what joins it with others.
func checkProven(t *testing.T, w *emulator.World, j *enginefleet.Joined, all map[string]fact.Facts) {
	t.Helper()
	for _, c := range w.Clients {
		if err := certified(t, w, j, all, c.ID); err != nil {
			t.Errorf("%s: %v", c.Label, err)
		}
		r, err := isolation.NewResidue(withNames(w, j), isolation.ResidueOptions{Client: c.Label})
		if err != nil || !r.Complete() {
			t.Fatalf("%s: it is not known what is left of it: %v, %q", c.Label, err, r.Missing)
		}
		for _, rel := range r.Relations {
			if rel.With != isolation.MSPName && !rel.InCommon() {
				t.Errorf("%s: something joins it with another: %+v", c.Label, rel)
			}
		}
	}
}

// certified writes and checks a certificate that no other client reaches one.
func certified(t *testing.T, w *emulator.World, j *enginefleet.Joined, all map[string]fact.Facts, to string) error {
	t.Helper()
	var from []string
	for _, c := range w.Clients {
		if c.ID != to {
			from = append(from, c.ID)
		}
	}
	c, err := written.New(j.Graph.Search(), from, to)
	if err != nil {
		return err
	}

	data, err := c.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	var files [][]byte
	for _, d := range c.Facts {
		facts := all[d.Tenant]
		file, err := facts.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if _, err := certificate.Check(data, files...); err != nil {
		t.Errorf("the checker refuses what was written: %v", err)
	}
	return nil
}

// checkTold: of what is planted between two clients people are told: there is no certificate
// where a path is, the survey names both, and the residue of either names the other.
func checkTold(
	t *testing.T, w *emulator.World, j *enginefleet.Joined, all map[string]fact.Facts, planted emulator.Crossed,
) {
	t.Helper()
	from, to := w.Client(crossed[0]), w.Client(crossed[1])
	var refused *written.Refused
	err := certified(t, w, j, all, to.ID)
	if isRefused := errors.As(err, &refused); isRefused != (planted.Hops > 0) || isRefused && refused.By != from.ID {
		t.Errorf("certificate of %s: %v", to.Label, err)
	}

	f := withNames(w, j)
	s, err := isolation.New(f, isolation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	is := func(p isolation.Path) bool {
		return p.From == from.Label && p.To == to.Label && len(p.Hops) == planted.Hops
	}
	if slices.ContainsFunc(s.Offending(), is) != (planted.Hops > 0) {
		t.Errorf("the survey has %+v", s.Paths)
	}

	if planted.Client == snapshot.FleetClient {
		return // somebody of the MSP controls both: that joins neither with the other
	}
	for _, pair := range [][2]string{{from.Label, to.Label}, {to.Label, from.Label}} {
		r, err := isolation.NewResidue(f, isolation.ResidueOptions{Client: pair[0]})
		if err != nil || !r.Complete() {
			t.Fatalf("%s: it is not known what is left of it: %v, %q", pair[0], err, r.Missing)
		}
		joins := slices.ContainsFunc(r.Relations, func(rel isolation.Relation) bool { return rel.With == pair[1] })
		leads := slices.ContainsFunc(r.Paths, func(p isolation.Path) bool { return p.From == pair[1] || p.To == pair[1] })
		if !joins && !leads {
			t.Errorf("nothing of %s is left in %s, it says: %+v", pair[1], pair[0], r.Relations)
		}
	}
}
