package collectors

import (
	"context"
	"sync"
	"time"
)

// Progress is how far the collection of one tenant is.
type Progress struct {
	Dataset   string        // that was begun last
	Documents int           // that were read so far
	Requests  int           // that were sent, each attempt by itself
	Waited    time.Duration // that APIs, or our own limits, made us wait, over all requests
	Waiting   time.Duration // the wait that just began, 0 for none
}

// progress adds up what happens in a collection, and tells of it. A nil one does
// neither.
type progress struct {
	mu   sync.Mutex
	now  Progress
	tell func(Progress)
}

func (p *progress) add(change func(*Progress)) {
	if p == nil {
		return
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Waiting = 0
	change(&p.now)
	p.tell(p.now)
}

func (p *progress) begin(dataset string) { p.add(func(now *Progress) { now.Dataset = dataset }) }

func (p *progress) documents(n int) { p.add(func(now *Progress) { now.Documents += n }) }

func (p *progress) waits(d time.Duration) {
	p.add(func(now *Progress) { now.Waited, now.Waiting = now.Waited+d, d })
}

// watch makes a configuration tell of its requests and waits, whoever sends them: each
// attempt takes an id, and each wait goes through Sleep.
func (c *Config) watch() {
	if c.Progress == nil {
		return
	}

	p := &progress{tell: c.Progress}
	c.progress = p

	id := c.RequestID
	c.RequestID = func() string {
		p.add(func(now *Progress) { now.Requests++ })
		return id()
	}

	wait := c.Retry.Sleep
	if wait == nil {
		wait = sleep
	}
	c.Retry.Sleep = func(ctx context.Context, d time.Duration) error {
		p.waits(d)
		return wait(ctx, d)
	}
}
