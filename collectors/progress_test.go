package collectors

import (
	"context"
	"testing"
	"time"
)

// TestProgress: what is told adds up to what the snapshot says and to what was sent.
func TestProgress(t *testing.T) {
	f := full(t, sub1)
	f.answers["/graph/v1.0/subscribedSkus"] = listOf(sku("one"), sku("two"))
	cfg := f.config(sub1)
	cfg.Retry.Sleep = func(context.Context, time.Duration) error { return nil }

	var all []Progress // one call at a time
	cfg.Progress = func(p Progress) { all = append(all, p) }
	s := mustRun(t, cfg)

	documents, requests := 0, f.sent()
	for _, c := range s.Manifest.Datasets {
		documents += c.Count
	}

	last := all[len(all)-1]
	if last.Documents != documents || last.Requests != requests || last.Dataset == "" || documents == 0 {
		t.Errorf("%+v, there are %d documents in %d requests", last, documents, requests)
	}
	for i, p := range all[1:] {
		if p.Documents < all[i].Documents || p.Requests < all[i].Requests {
			t.Errorf("%+v after %+v", p, all[i])
		}
	}
}

// TestProgressWaits: waits are added up, and the last one is over when anything else
// happens.
func TestProgressWaits(t *testing.T) {
	var last Progress
	cfg := Config{
		RequestID: func() string { return "id" },
		Retry:     Retry{Sleep: func(context.Context, time.Duration) error { return nil }},
		Progress:  func(p Progress) { last = p },
	}
	cfg.watch()

	for _, d := range []time.Duration{time.Second, 2 * time.Second} {
		if err := cfg.Retry.Sleep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if last.Waited != 3*time.Second || last.Waiting != 2*time.Second {
		t.Errorf("%+v", last)
	}
	if cfg.RequestID(); last.Waiting != 0 || last.Requests != 1 || last.Waited != 3*time.Second {
		t.Errorf("%+v", last)
	}

	var nobody *progress // is told nothing
	nobody.documents(1)
}

// TestInParallelPanic: a panic of a worker is one of whoever waits for it.
func TestInParallelPanic(t *testing.T) {
	done := false
	defer func() {
		if v := recover(); v == nil || !done {
			t.Errorf("recovered %v; the other worker has ended: %v", v, done)
		}
	}()
	inParallel([]func(){func() { panic("no such index") }, func() { done = true }})
}
