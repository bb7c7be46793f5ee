package meter

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
)

// clock is a clock that goes on by a second whenever somebody looks at it.
func clock() func() time.Time {
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	return func() time.Time {
		at = at.Add(time.Second)
		return at
	}
}

// TestStages: stages add up, and what reading and hashing took is no part of the stage in which
// files were read.
func TestStages(t *testing.T) {
	m := &Meter{Now: clock()}
	for range 2 {
		m.Start("evaluate")()
	}

	want := errors.New("no such file")
	err := m.Reading("decode", snapshot.Snapshot{}, func(snap snapshot.Snapshot) error {
		snap.Reading.File += 300 * time.Millisecond
		snap.Reading.Hash += 200 * time.Millisecond
		return want
	})
	if !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}

	if diff := cmp.Diff(map[string]time.Duration{
		"evaluate": 2 * time.Second,
		"read":     300 * time.Millisecond, "hash": 200 * time.Millisecond, "decode": 500 * time.Millisecond,
	}, m.Stages()); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
}

// TestNobodyMeasures: without a meter everything is done, and nothing is measured.
func TestNobodyMeasures(t *testing.T) {
	var m *Meter
	m.Start("evaluate")()

	done := false
	err := m.Reading("decode", snapshot.Snapshot{}, func(snap snapshot.Snapshot) error {
		done = snap.Reading == nil
		return nil
	})
	if err != nil || !done || m.Stages() != nil {
		t.Errorf("%v, done %t, %v", err, done, m.Stages())
	}
}
