package engine

import (
	"maps"
	"sync"
	"time"
)

// Meter adds up how long the stages of evaluations take, over all goroutines:
// "decode" (read, hash, decode), "verify" (read and hash what no policy reads),
// "evaluate" and "recall" (looking for earlier outcomes); the caller may add its
// own ("cache": the file that they are in). The engine has no clock of its own:
// Now is the caller's.
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
	return func() {
		took := m.Now().Sub(begun)
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.stages == nil {
			m.stages = map[string]time.Duration{}
		}
		m.stages[stage] += took
	}
}

// Stages is the time by stage so far.
func (m *Meter) Stages() map[string]time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.stages)
}
