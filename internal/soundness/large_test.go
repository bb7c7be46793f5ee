package soundness

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
	"ringfence/internal/run"
	"ringfence/internal/runfolder/layout"
)

// TestLargeClient: 20,000 users and 2,000 resources are audited by the binary
// within 1 GB, and the report stays small enough to open at once.
func TestLargeClient(t *testing.T) {
	if testing.Short() || effort.Racing() || runtime.GOOS != "linux" {
		t.Skip("needs some seconds, and /proc; the race detector would see nothing of it")
	}

	w := emulator.GenerateClients(1, nil)
	w.Add("large", emulator.Size{Tier: "large", Users: 20000, Subscriptions: 3, Resources: 2000})
	f := serve(t, w)

	binary := filepath.Join(t.TempDir(), "ringfence")
	build := exec.Command("go", "build", "-o", binary, "ringfence/cmd/ringfence")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	out := filepath.Join(f.dir, "out")
	audit := exec.Command(binary, "audit", "--out", out,
		"--fleet", filepath.Join(f.dir, "fleet.hcl"), "--data", filepath.Join(f.dir, "data"))
	var text bytes.Buffer
	audit.Stdout, audit.Stderr = &text, &text
	if err := audit.Start(); err != nil {
		t.Fatal(err)
	}

	peak := watchMemory(audit.Process.Pid)
	err := audit.Wait()

	judged := []int{run.ExitOK, run.ExitNotSatisfied, run.ExitUndetermined}
	if code := audit.ProcessState.ExitCode(); !slices.Contains(judged, code) {
		t.Fatalf("exit %d: %v\n%.3000s", code, err, text.String())
	}

	rss := peak()
	snap, err := snapshot.OpenFolder(filepath.Join(out, "large", layout.SnapshotDir))
	if err != nil {
		t.Fatal(err)
	}

	datasets := snap.Manifest.Datasets
	users, resources := datasets["entra.users"].Count, datasets["azure.resources"].Count
	if users < 20000 || resources < 2000 {
		t.Fatalf("only %d users and %d resources", users, resources)
	}

	report, err := os.Stat(filepath.Join(out, "large", layout.Report))
	if err != nil {
		t.Fatal(err)
	}

	t.Logf("peak %d MB, %v of CPU, report %d kB", rss, audit.ProcessState.UserTime(), report.Size()>>10)

	if rss > 1000 {
		t.Errorf("peak memory %d MB", rss)
	}

	if report.Size() > 2<<20 {
		t.Errorf("report of %d bytes", report.Size())
	}
}

// watchMemory follows a process's peak memory, in MB, until it ends. (The
// kernel's maxrss of a child starts at that of its parent.)
func watchMemory(pid int) (peak func() int) {
	done := make(chan int)
	go func() {
		highest := 0
		for {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, after, found := strings.Cut(string(status), "VmHWM:")
			if err != nil || !found {
				done <- highest >> 10
				return
			}

			var kb int
			fmt.Sscan(after, &kb)
			highest = max(highest, kb)
			time.Sleep(10 * time.Millisecond)
		}
	}()

	return func() int { return <-done }
}
