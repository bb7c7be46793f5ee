package run

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestClients: whatever becomes of one client is its own outcome, told at once, and
// the others go on.
func TestClients(t *testing.T) {
	broken := errors.New("broken")
	told := make(chan struct{}) // closed when the broken client's outcome was handed over
	do := func(_ context.Context, label string) Outcome {
		o := Outcome{Client: label}
		switch label {
		case "broken":
			o.Err = broken
		case "panics":
			panic("no such index")
		case "waits": // until the news of another one is out
			<-told
		}
		return o
	}

	var mu sync.Mutex
	var events []string
	c := Collector{
		Parallel: 4, Shuffle: func([]string) {},
		Watch: func(e Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e.Client+" "+string(e.Stage))
		},
	}
	got := map[string]error{}
	err := c.clients(t.Context(), []string{"waits", "panics", "broken", "fine"}, do, func(o Outcome) {
		if got[o.Client] = o.Err; o.Client == "broken" {
			close(told)
		}
	})
	if err != nil || len(got) != 4 {
		t.Fatal(err, got)
	}

	var defect *PanicError
	if err := got["panics"]; !errors.As(err, &defect) || !strings.Contains(defect.Stack, "parallel_test.go") {
		t.Errorf("panics: %v", err)
	}
	if !errors.Is(got["broken"], broken) || got["fine"] != nil || got["waits"] != nil {
		t.Errorf("%v", got)
	}

	slices.Sort(events)
	want := []string{
		"broken collecting", "broken failed", "fine collecting", "fine done",
		"panics collecting", "panics failed", "waits collecting", "waits done",
	}
	if d := cmp.Diff(want, events); d != "" {
		t.Error(d)
	}
}

// TestClientHangs: a client that does not end is given up, and the others go on. How soon
// they end themselves does not matter: none of them has an error that could be too late.
func TestClientHangs(t *testing.T) {
	do := func(ctx context.Context, label string) Outcome {
		o := Outcome{Client: label}
		if label == "hangs" {
			<-ctx.Done()
			o.Err = ctx.Err()
		}
		return o
	}

	c := Collector{Parallel: 1, Timeout: 20 * time.Millisecond, Shuffle: func([]string) {}}
	got := map[string]error{}
	err := c.clients(t.Context(), []string{"hangs", "fine"}, do, func(o Outcome) { got[o.Client] = o.Err })
	if err != nil || len(got) != 2 || got["fine"] != nil {
		t.Fatal(err, got)
	}

	var late *TimeoutError
	if err := got["hangs"]; !errors.As(err, &late) || late.After != c.Timeout {
		t.Errorf("hangs: %v", err)
	}
}

// TestClientsOrder: clients are begun in the order that the shuffle makes, and by
// default in another one in each run.
func TestClientsOrder(t *testing.T) {
	labels := strings.Fields("a b c d e f g h i j k l m n o p q r s t u v w x y z")
	began := func(c Collector) (order []string) {
		c.Parallel = 1
		do := func(_ context.Context, label string) Outcome {
			order = append(order, label)
			return Outcome{Client: label}
		}
		if err := c.clients(t.Context(), labels, do, func(Outcome) {}); err != nil {
			t.Fatal(err)
		}
		return order
	}

	reversed := slices.Clone(labels)
	slices.Reverse(reversed)
	if d := cmp.Diff(reversed, began(Collector{Shuffle: slices.Reverse[[]string]})); d != "" {
		t.Error(d)
	}

	one, other := began(Collector{}), began(Collector{})
	if slices.Equal(one, other) { // by chance once in 26! runs
		t.Errorf("the same order twice: %v", one)
	}
	if slices.Sort(one); !slices.Equal(one, labels) {
		t.Errorf("not all: %v", one)
	}
}

// TestClientsInterrupted: no client is begun after an interrupt, and those that are
// worked on are waited for.
func TestClientsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	started, ended := 0, 0
	do := func(ctx context.Context, label string) Outcome {
		if started++; started == 2 {
			cancel()
			<-ctx.Done()
		}
		ended++
		return Outcome{Client: label, Err: ctx.Err()}
	}

	c := Collector{Parallel: 1}
	err := c.clients(ctx, []string{"a", "b", "c", "d"}, do, func(o Outcome) {
		if errors.As(o.Err, new(*TimeoutError)) {
			t.Error("an interrupt is no deadline")
		}
	})
	if !errors.Is(err, context.Canceled) || started != 2 || ended != 2 {
		t.Error(started, ended, err)
	}
}
