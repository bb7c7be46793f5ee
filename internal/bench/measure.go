package main

import (
	"bytes"
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

// measurement is what one process took. Peak is the highest resident memory in
// bytes, 0 where there is no /proc.
type measurement struct {
	Wall time.Duration `json:"wall_ns"`
	User time.Duration `json:"user_ns"`
	Sys  time.Duration `json:"sys_ns"`
	Peak int64         `json:"peak_bytes"`
}

func (m measurement) cpu() time.Duration { return m.User + m.Sys }

// limits end a process that takes too much.
type limits struct {
	time   time.Duration
	memory int64 // bytes, resident
}

// errLimit says that a process was ended for what it took.
var errLimit = errors.New("ended")

// measure runs a process to its end, standard output to a file. codes are the
// exit codes that count as having worked.
func (l limits) measure(ctx context.Context, cmd *exec.Cmd, stdout string, codes ...int) (measurement, error) {
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
	m := measurement{Wall: time.Since(start), User: cmd.ProcessState.UserTime(), Sys: cmd.ProcessState.SystemTime()}
	peak, ended := watch()
	m.Peak = peak
	if ended != nil {
		return m, ended
	}
	if code := cmd.ProcessState.ExitCode(); !slices.Contains(codes, code) {
		return m, fmt.Errorf("%s: exit code %d: %v\n%s", strings.Join(cmd.Args[:min(3, len(cmd.Args))], " "), code, err, tail(stderr.String(), 2000))
	}
	return m, nil
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// watch follows a process's peak memory until it is gone, and ends one that
// goes beyond the limits. (The kernel's maxrss of a child starts at that of its
// parent, so it is not asked.)
func (l limits) watch(ctx context.Context, p *os.Process) (result func() (peak int64, ended error)) {
	type answer struct {
		peak  int64
		ended error
	}
	done, deadline := make(chan answer, 1), time.Now().Add(l.time)
	gone := make(chan struct{})
	go func() {
		var a answer
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			a.peak = max(a.peak, highWater(p.Pid))
			switch {
			case a.ended != nil:
			case ctx.Err() != nil:
				a.ended = ctx.Err()
			case time.Now().After(deadline):
				a.ended = fmt.Errorf("%w after %s", errLimit, l.time)
			case a.peak > l.memory:
				a.ended = fmt.Errorf("%w at %d MB of memory", errLimit, a.peak/1e6)
			}
			if a.ended != nil {
				p.Signal(syscall.SIGKILL)
			}
			select {
			case <-gone:
				tick.Stop()
				done <- a
				return
			case <-tick.C:
			}
		}
	}()
	return func() (int64, error) {
		close(gone)
		a := <-done
		return a.peak, a.ended
	}
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
	return measurement{
		Wall: median(all, func(m measurement) time.Duration { return m.Wall }),
		User: median(all, func(m measurement) time.Duration { return m.User }),
		Sys:  median(all, func(m measurement) time.Duration { return m.Sys }),
		Peak: median(all, func(m measurement) int64 { return m.Peak }),
	}
}

// median is the middle value, the lower one of two; zero of none.
func median[M any, T ~int64](all []M, of func(M) T) (middle T) {
	values := make([]T, len(all))
	for i, m := range all {
		values[i] = of(m)
	}
	slices.Sort(values)
	if len(values) > 0 {
		middle = values[(len(values)-1)/2]
	}
	return middle
}
