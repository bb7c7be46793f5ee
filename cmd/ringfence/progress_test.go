package main

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors"
	"ringfence/internal/run"
)

// TestBoard: what is shown of clients that are worked on, at a time that is injected.
func TestBoard(t *testing.T) {
	a := testApp(io.Discard, io.Discard)
	a.silent = true
	at := time.Unix(0, 0)
	b := &board{app: a, total: 12, now: func() time.Time { return at }, started: at, running: map[string]*clientState{},
		paused: map[string]*clientState{}}
	tell := func(client string, stage run.Stage, p collectors.Progress) {
		b.watch(run.Event{Client: client, Stage: stage, Progress: p})
	}

	tell("fleet", run.Collecting, collectors.Progress{Dataset: "gdap.relationships", Documents: 5, Requests: 2})
	tell("fleet", run.Paused, collectors.Progress{})
	tell("fabrikam", run.Collecting, collectors.Progress{})
	at = at.Add(10 * time.Second)
	tell("contoso", run.Collecting, collectors.Progress{})
	tell("fabrikam", run.Collecting, collectors.Progress{Dataset: "entra.users", Documents: 1200, Requests: 31, Waited: 4 * time.Second})
	tell("contoso", run.Collecting, collectors.Progress{Dataset: "entra.groups", Documents: 3, Requests: 1, Waited: 9 * time.Second, Waiting: 9 * time.Second})
	at = at.Add(50 * time.Second)

	want := []string{
		"fabrikam  collecting entra.users, 1200 objects, 31 requests, waited 4s, 1:00",
		"contoso   collecting entra.groups, 3 objects, 1 requests, waiting 9s, 0:50",
		"0 of 12 clients, 1208 objects (20/s), waited 13s, 1:00",
	}
	if d := cmp.Diff(want, b.lines(24)); d != "" {
		t.Error(d)
	}

	tell("fabrikam", run.Judging, collectors.Progress{})
	tell("contoso", run.Failed, collectors.Progress{})
	want = []string{
		"fabrikam  judging, 1200 objects, 31 requests, waited 4s, 1:00",
		"1 of 12 clients, 1 failed, 1208 objects (20/s), waited 13s, 1:00, about 11:00 left",
	}
	if d := cmp.Diff(want, b.lines(24)); d != "" {
		t.Error(d)
	}

	tell("fleet", run.Judging, collectors.Progress{}) // goes on with what it had
	if line := b.lines(24)[1]; line != "fleet     judging, 5 objects, 2 requests, 1:00" {
		t.Errorf("after a pause: %q", line)
	}
	tell("fleet", run.Paused, collectors.Progress{})

	for _, label := range []string{"a", "b", "c"} {
		tell(label, run.Collecting, collectors.Progress{})
	}
	lines := b.lines(5)
	if len(lines) != 4 || lines[2] != "and 2 more" {
		t.Errorf("five rows: %q", lines)
	}

	if got := clock(2*time.Hour + time.Minute + 5*time.Second); got != "2:01:05" {
		t.Error(got)
	}
}
