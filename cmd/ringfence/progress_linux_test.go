package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ringfence/collectors/emulator"
	"ringfence/internal/effort"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
)

// screen is a pseudo-terminal that a program writes to, and all that it wrote.
type screen struct {
	slave *os.File

	mu   sync.Mutex
	seen strings.Builder
}

func newScreen(t *testing.T, width, height uint16) *screen {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height}); err != nil {
		t.Fatal(err)
	}

	s := &screen{slave: slave}
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			s.mu.Lock()
			s.seen.Write(buffer[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { slave.Close(); master.Close() })

	return s
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

// await waits until the screen has shown a text.
func (s *screen) await(t *testing.T, text string) {
	t.Helper()
	for began := time.Now(); time.Since(began) < patience; time.Sleep(10 * time.Millisecond) {
		if strings.Contains(s.text(), text) {
			return
		}
	}
	t.Fatalf("no %q on the screen: %q", text, s.text())
}

// on runs a command line with both streams on the screen.
func (s *screen) on(ctx context.Context, args ...string) int {
	a := newApp(s.slave, s.slave)
	a.builtIn, a.loadKey = compiledOnce, loadedOnce
	return a.execute(ctx, args)
}

// emulated serves two clients; the second one's answers never come.
func emulated(t *testing.T) (fleet string) {
	t.Helper()
	world := emulator.GenerateClients(1, nil)
	for _, label := range []string{"fabrikam", "contoso", "broken"} {
		world.Add(label, emulator.Size{Users: 2, Resources: 2})
	}
	server, err := emulator.Start(world, emulator.Options{Faults: []emulator.Fault{
		{Kind: "slow", Client: "contoso", Path: "/graph", Value: "600s"},
		{Kind: "wrong_tenant", Client: "broken", Path: "/login"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })

	dir := t.TempDir()
	fleet = filepath.Join(dir, "fleet.hcl")
	for name, data := range map[string][]byte{
		"ca.pem": server.CA, "secret": []byte(world.Secret()),
		"fleet.hcl": world.FleetHCL(emulator.Addresses{Base: server.URL, CAFile: "ca.pem", SecretFile: "secret"}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return fleet
}

var control = regexp.MustCompile(`\x1b\[[0-9]*[A-Za-z]|\r|\n`)

// TestProgressOnATerminal: while one client is slow, the others are done and the news of
// the broken one is out; after an interrupt nothing of the progress is left.
func TestProgressOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	const width = 50
	fleet, s := emulated(t), newScreen(t, width, 10)

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int)
	go func() {
		done <- s.on(ctx, "collect", "--fleet", fleet, "--data", filepath.Join(t.TempDir(), "data"))
	}()

	s.await(t, "2 of 3 clients, 1 failed")
	s.await(t, "ringfence: error: client broken:")
	s.await(t, "contoso  collecting")
	cancel()
	if code := <-done; code != run.ExitInterrupted {
		t.Errorf("exit code %d", code)
	}

	s.await(t, "ringfence: interrupted")
	text := s.text()
	if rest := text[strings.LastIndex(text, "\x1b[J")+len("\x1b[J"):]; rest != "ringfence: interrupted\r\n" {
		t.Errorf("left on the screen: %q", rest)
	}
	if strings.Contains(text, "level=INFO") {
		t.Errorf("the log's progress comes between the lines: %q", text)
	}
	for _, line := range control.Split(text, -1) {
		if strings.Contains(line, " of 3 clients") && terminal.Width(line) >= width {
			t.Errorf("a line of %d cells: %q", terminal.Width(line), line)
		}
	}
}

// TestProgressElsewhere: a dumb terminal and --quiet get no control sequences.
func TestProgressElsewhere(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	fleet := emulated(t)
	for _, tc := range []struct {
		term, flag, want string
	}{
		{"dumb", "--parallel=2", `msg="client ended" client=fabrikam stage=done`},
		{"xterm", "--quiet", "fabrikam"},
		{"xterm", "--log-format=json", `"msg":"client ended","client":"fabrikam"`},
	} {
		t.Setenv("TERM", tc.term)
		s := newScreen(t, 80, 24)
		data := filepath.Join(t.TempDir(), "data")
		if code := s.on(t.Context(), "collect", "--fleet", fleet, "--client", "fabrikam", "--data", data, tc.flag); code != run.ExitOK {
			t.Errorf("%s %s: exit code %d", tc.term, tc.flag, code)
		}

		s.await(t, tc.want)
		if text := s.text(); strings.Contains(text, "\x1b") || tc.flag == "--quiet" && strings.Contains(text, "INFO") {
			t.Errorf("%s %s: %q", tc.term, tc.flag, text)
		}
	}
}

// TestClientTimeout: a client that does not end is given up.
func TestClientTimeout(t *testing.T) {
	var stdout, stderr strings.Builder
	args := []string{"collect", "--fleet", emulated(t), "--client", "contoso",
		"--data", filepath.Join(t.TempDir(), "data"), "--client-timeout", "300ms"}
	if code := execute(t.Context(), args, &stdout, &stderr); code != run.ExitTool {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(stderr.String(), "client contoso: collecting into") ||
		!strings.Contains(stderr.String(), "not finished within 300ms") {
		t.Error(stderr.String())
	}
}

// TestColors: verdicts have colours on a terminal, unless somebody asks for none.
func TestColors(t *testing.T) {
	effort.WithoutRace(t)
	snap := filepath.Join(t.TempDir(), "snap")
	fleet := "../../testdata/fabrikam/fleet.hcl"
	importing := []string{"snapshot", "import", "--fleet", fleet, "--client", "fabrikam", "--collected-at", "2026-11-23T10:00:00Z",
		"--from", "../../testdata/fabrikam/saved", "--out", snap}
	if code := execute(t.Context(), importing, io.Discard, io.Discard); code != run.ExitOK {
		t.Fatal(code)
	}

	for _, tc := range []struct {
		name, value string
		want        bool
	}{
		{"TERM", "xterm", true}, {"NO_COLOR", "1", false}, {"CLICOLOR", "0", false}, {"TERM", "dumb", false},
	} {
		t.Run(tc.name+"="+tc.value, func(t *testing.T) {
			t.Setenv("TERM", "xterm")
			t.Setenv("NO_COLOR", "")
			t.Setenv(tc.name, tc.value)
			s := newScreen(t, 100, 24)
			s.on(t.Context(), "evaluate", "--fleet", fleet, "--snapshot", snap, "--as-of", "2026-11-23T12:00:00Z")
			s.await(t, "fabrikam")
			s.await(t, "RF-") // the worst findings come after the matrix

			if text := s.text(); strings.Contains(text, "\x1b[31mnot-satisfied (") != tc.want || strings.Contains(text, "\x1b") != tc.want {
				t.Errorf("%q", text)
			}
		})
	}
}
