package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// measurement is what one process took. Peak is the highest resident memory in bytes, 0 where
// there is no /proc. Timings are what ringfence says of where its time went, by stage and
// over all goroutines.
type measurement struct {
	Wall    time.Duration            `json:"wall_ns"`
	User    time.Duration            `json:"user_ns"`
	Sys     time.Duration            `json:"sys_ns"`
	Peak    int64                    `json:"peak_bytes"`
	Timings map[string]time.Duration `json:"timings,omitempty"`
}

func (m measurement) cpu() time.Duration { return m.User + m.Sys }

// limits end a process that takes too much.
type limits struct {
	time   time.Duration
	memory int64 // bytes, resident
}

// errLimit says that a process was ended for what it took.
var errLimit = errors.New("ended")

// measure runs a process to its end, its standard output to a file. An exit code that is not
// among codes is an error, and so is a process that had to be ended ([errLimit]).
func (l limits) measure(
	ctx context.Context, cmd *exec.Cmd, stdout string, codes ...int,
) (measurement, error) {
	out, err := os.Create(stdout)
	if err != nil {
		return measurement{}, err
	}
	defer out.Close()

	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &stderr
	start := time.Now()

	if err := cmd.Start(); err != nil {
		return measurement{}, err
	}

	watch := l.watch(ctx, cmd.Process)
	err = cmd.Wait()
	wall := time.Since(start)
	peak, ended := watch()

	state := cmd.ProcessState
	m := measurement{Wall: wall, User: state.UserTime(), Sys: state.SystemTime(), Peak: peak}
	if ended != nil {
		return m, ended
	}
	if code := state.ExitCode(); !slices.Contains(codes, code) {
		name := strings.Join(cmd.Args[:min(3, len(cmd.Args))], " ")
		return m, fmt.Errorf("%s: exit code %d: %v\n%s", name, code, err, tail(stderr.String(), 2000))
	}

	return m, nil
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// watch follows a process's peak memory until result is called, which is when it is gone, and
// ends one that goes beyond the limits. The kernel's maxrss is not asked: that of a child
// starts at its parent's.
func (l limits) watch(ctx context.Context, p *os.Process) (result func() (peak int64, ended error)) {
	var peak int64
	var ended error
	gone, done := make(chan struct{}), make(chan struct{})

	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()

		for deadline := time.Now().Add(l.time); ; {
			peak = max(peak, highWater(p.Pid))
			if ended = cmp.Or(ended, l.exceeded(ctx, peak, deadline)); ended != nil {
				p.Signal(syscall.SIGKILL)
			}

			select {
			case <-gone:
				return
			case <-tick.C:
			}
		}
	}()

	return func() (int64, error) {
		close(gone)
		<-done // peak and ended are the goroutine's until then
		return peak, ended
	}
}

// exceeded says why a process is to be ended, nil where it may go on.
func (l limits) exceeded(ctx context.Context, peak int64, deadline time.Time) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case time.Now().After(deadline):
		return fmt.Errorf("%w after %s", errLimit, l.time)
	case peak > l.memory:
		return fmt.Errorf("%w at %d MB of memory", errLimit, peak/1e6)
	}

	return nil
}

// highWater is VmHWM of a process in bytes, 0 where it cannot be read.
func highWater(pid int) (bytes int64) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if _, after, found := strings.Cut(string(status), "VmHWM:"); found {
		fmt.Sscan(after, &bytes)
	}
	return bytes << 10
}

// medians takes the median of each figure by itself.
func medians(all []measurement) measurement {
	timings := map[string]time.Duration{}
	for _, one := range all {
		for stage := range one.Timings {
			timings[stage] = median(all, func(m measurement) time.Duration { return m.Timings[stage] })
		}
	}
	return measurement{
		Timings: timings,
		Wall:    median(all, func(m measurement) time.Duration { return m.Wall }),
		User:    median(all, func(m measurement) time.Duration { return m.User }),
		Sys:     median(all, func(m measurement) time.Duration { return m.Sys }),
		Peak:    median(all, func(m measurement) int64 { return m.Peak }),
	}
}

// median is the middle value, the lower one of two; zero of none.
func median[M any, T ~int64](all []M, of func(M) T) T {
	if len(all) == 0 {
		return 0
	}

	values := make([]T, len(all))
	for i, m := range all {
		values[i] = of(m)
	}

	slices.Sort(values)
	return values[(len(values)-1)/2]
}
