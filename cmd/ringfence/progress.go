package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors"
	"ringfence/internal/run"
)

// fleetFlags are those of verbs that work on many clients: audit and collect.
type fleetFlags struct {
	parallel int
	timeout  time.Duration
}

func (f *fleetFlags) add(a *app, c *cobra.Command) {
	c.Flags().IntVar(&f.parallel, "parallel", run.DefaultParallel, "how many clients are worked on at a time")
	c.Flags().DurationVar(&f.timeout, "client-timeout", run.DefaultTimeout,
		"how long one client may take before it is given up")
	c.Flags().BoolVar(&a.silent, "quiet", false, "no progress on stderr, only warnings and errors")
}

// maxParallel bounds the clients at a time: each holds a tenant's documents in memory.
const maxParallel = 256

func (f *fleetFlags) check() error {
	if f.parallel < 1 || f.parallel > maxParallel {
		return usage(fmt.Sprintf("use 1 to %d", maxParallel), "--parallel %d", f.parallel)
	}
	if f.timeout <= 0 {
		return usage("a client needs some time: 30m", "--client-timeout %s", f.timeout)
	}
	return nil
}

// board shows what becomes of the clients while they are worked on: on a terminal a line
// for each that is, and one for all of them, in place; elsewhere a line of the log for
// each that has ended. Several goroutines tell it.
type board struct {
	app    *app
	isLive bool
	total  int
	now    func() time.Time
	stop   chan struct{} // closed by close
	drawn  chan struct{} // closed when nothing is drawn any more

	mu           sync.Mutex
	started      time.Time
	running      map[string]*clientState
	paused       map[string]*clientState // between two stages
	done, failed int
	ended        collectors.Progress // of clients that have ended, added up
}

// clientState is a client that is being worked on.
type clientState struct {
	since time.Time
	last  run.Event
}

// refresh is how often the lines are drawn again.
const refresh = 100 * time.Millisecond

// newBoard starts to show the progress of so many clients. close ends it.
func (a *app) newBoard(total int) *board {
	b := &board{
		app: a, total: total, now: time.Now, isLive: a.live(), running: map[string]*clientState{},
		paused: map[string]*clientState{},
		stop:   make(chan struct{}), drawn: make(chan struct{}),
	}
	b.started = b.now()

	if !b.isLive {
		close(b.drawn)
		return b
	}

	go func() {
		defer close(b.drawn)
		tick := time.NewTicker(refresh)
		defer tick.Stop()
		for {
			select {
			case <-b.stop:
				a.screen.Show()
				return
			case <-tick.C:
				_, height := a.screen.Size()
				a.screen.Show(b.lines(height)...)
			}
		}
	}()

	return b
}

// close takes the lines away. What is printed after it stays.
func (b *board) close() {
	close(b.stop)
	<-b.drawn
}

// live reports whether there is a terminal that lines can be changed on.
func (a *app) live() bool {
	return !a.silent && !a.jsonLog() && isTerminal(a.screen.To) && os.Getenv("TERM") != "dumb"
}

// progressLog is where the stages log to: nowhere while lines are shown in the log's
// place, but for warnings.
func (a *app) progressLog() *slog.Logger {
	if !a.silent && !a.live() {
		return a.log()
	}
	return slog.New(onlyWarnings{a.log().Handler()})
}

// watch takes news of a client.
func (b *board) watch(e run.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()

	c := b.running[e.Client]
	switch {
	case e.Stage == run.Done || e.Stage == run.Failed:
		b.end(c, e)
	case e.Stage == run.Paused:
		b.pause(c, e)
	case c == nil:
		b.running[e.Client] = b.begin(e)
	case e.Progress == (collectors.Progress{}): // another stage, and no news of the collection
		c.last.Stage = e.Stage
	default:
		c.last = e
	}
}

// begin is a client that is new on the board, or goes on after a pause.
func (b *board) begin(e run.Event) *clientState {
	c := b.paused[e.Client]
	if c == nil {
		return &clientState{b.now(), e}
	}

	delete(b.paused, e.Client)
	c.last.Stage = e.Stage
	return c
}

// pause takes a client off the board that is not done.
func (b *board) pause(c *clientState, e run.Event) {
	if c != nil {
		b.paused[e.Client] = c
		delete(b.running, e.Client)
	}
}

// end takes a client off the board.
func (b *board) end(c *clientState, e run.Event) {
	delete(b.running, e.Client)
	b.done++
	if e.Stage == run.Failed {
		b.failed++
	}

	took := time.Duration(0)
	if c != nil {
		b.ended = sum(b.ended, c.last.Progress)
		took = b.now().Sub(c.since)
	}
	if !b.isLive && !b.app.silent {
		attrs := []any{"client", e.Client, "stage", string(e.Stage), "took", took.Round(time.Millisecond).String()}
		if c != nil {
			p := c.last.Progress
			waited := p.Waited.Round(time.Millisecond).String()
			attrs = append(attrs, "documents", p.Documents, "requests", p.Requests, "waited", waited)
		}
		b.app.log().Info("client ended", append(attrs, "n", b.done, "of", b.total, "failed", b.failed)...)
	}
}

func sum(a, b collectors.Progress) collectors.Progress {
	a.Documents += b.Documents
	a.Requests += b.Requests
	a.Waited += b.Waited
	return a
}

// lines are what is shown: as many clients as the height holds, and the total.
func (b *board) lines(height int) []string {
	b.mu.Lock()
	defer b.mu.Unlock()

	now, all := b.now(), b.ended
	var labels []string
	width := 0
	for label, c := range b.running {
		labels, width = append(labels, label), max(width, len(label))
		all = sum(all, c.last.Progress)
	}

	for _, c := range b.paused {
		all = sum(all, c.last.Progress)
	}

	// Who has run longest is who is waited for.
	slices.SortFunc(labels, func(x, y string) int {
		return cmp.Or(b.running[x].since.Compare(b.running[y].since), cmp.Compare(x, y))
	})

	var lines []string
	shown := labels[:min(len(labels), max(height-3, 0))]
	for _, label := range shown {
		lines = append(lines, clientLine(label, width, b.running[label], now))
	}
	if hidden := len(labels) - len(shown); hidden > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", hidden))
	}

	return append(lines, b.totalLine(all, now))
}

// clientLine is one client: "fabrikam  collecting entra.users, 1204 objects, 31 requests, 0:12".
func clientLine(label string, width int, c *clientState, now time.Time) string {
	e := c.last
	doing := string(e.Stage)
	if e.Stage == run.Collecting && e.Dataset != "" {
		doing += " " + e.Dataset
	}

	parts := []string{doing, fmt.Sprintf("%d objects", e.Documents), fmt.Sprintf("%d requests", e.Requests)}
	if e.Waiting > 0 {
		parts = append(parts, "waiting "+e.Waiting.Round(time.Second).String())
	} else if e.Waited > 0 {
		parts = append(parts, "waited "+e.Waited.Round(time.Second).String())
	}

	return fmt.Sprintf("%-*s  %s, %s", width, label, strings.Join(parts, ", "), clock(now.Sub(c.since)))
}

// totalLine is all clients: "12 of 180 clients, 1 failed, 8120 objects (1024/s), waited 4s, 1:10, about 9:40 left".
func (b *board) totalLine(all collectors.Progress, now time.Time) string {
	took := now.Sub(b.started)
	parts := []string{fmt.Sprintf("%d of %d clients", b.done, b.total)}
	if b.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", b.failed))
	}

	rate := 0.0
	if took > 0 {
		rate = float64(all.Documents) / took.Seconds()
	}
	parts = append(parts, fmt.Sprintf("%d objects (%.0f/s)", all.Documents, rate))
	if all.Waited > 0 {
		parts = append(parts, "waited "+all.Waited.Round(time.Second).String())
	}

	parts = append(parts, clock(took))
	if left := b.total - b.done; b.done > 0 && left > 0 {
		eta := time.Duration(float64(took) / float64(b.done) * float64(left))
		parts = append(parts, "about "+clock(eta)+" left")
	}

	return strings.Join(parts, ", ")
}

// clock is a duration as minutes and seconds, "1:05", or hours, "2:01:05".
func clock(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// onlyWarnings is a log without what only tells how far something is.
type onlyWarnings struct{ slog.Handler }

// Enabled implements [slog.Handler].
func (o onlyWarnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && o.Handler.Enabled(ctx, level)
}

// WithAttrs implements [slog.Handler].
func (o onlyWarnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return onlyWarnings{o.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (o onlyWarnings) WithGroup(name string) slog.Handler {
	return onlyWarnings{o.Handler.WithGroup(name)}
}
