// Package meter measures where an evaluation spends its time.
package meter

import (
	"maps"
	"sync"
	"time"

	"ringfence/collectors/snapshot"
)

// Meter adds up how long the stages of evaluations take, over all goroutines:
//
//	read, hash  the files of datasets, also of those that no policy reads
//	decode      making OPA's values of them
//	evaluate    asking the policies, and the gate
//	recall      looking for earlier outcomes
//
// The caller may add stages of its own. The engine has no clock: Now is the
// caller's.
type Meter struct {
	Now func() time.Time

	mu     sync.Mutex
	stages map[string]time.Duration
}

// Start begins a stage and returns what ends it. A nil Meter measures nothing.
func (m *Meter) Start(stage string) (end func()) {
	if m == nil {
		return func() {}
	}
	begun := m.Now()
	return func() { m.add(map[string]time.Duration{stage: m.Now().Sub(begun)}) }
}

// Reading is a stage in which datasets are read: what the files and hashing them
// took counts as stages of their own.
func (m *Meter) Reading(stage string, snap snapshot.Snapshot, do func(snapshot.Snapshot) error) error {
	if m == nil {
		return do(snap)
	}

	snap.Reading = &snapshot.Reading{Now: m.Now}
	begun := m.Now()
	err := do(snap)
	took := map[string]time.Duration{"read": snap.Reading.File, "hash": snap.Reading.Hash}
	took[stage] += m.Now().Sub(begun) - snap.Reading.File - snap.Reading.Hash
	m.add(took)

	return err
}

func (m *Meter) add(took map[string]time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if m.stages == nil {
		m.stages = map[string]time.Duration{}
	}

	for stage, d := range took {
		m.stages[stage] += d
	}
}

// Stages is the time by stage so far.
func (m *Meter) Stages() map[string]time.Duration {
	if m == nil {
		return nil
	}

	m.mu.Lock()
	defer m.mu.Unlock()

	return maps.Clone(m.stages)
}
