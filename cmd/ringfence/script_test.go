package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ringfence/internal/effort"
)

// patience is how long a test waits for what must happen: long enough for a slow
// machine, since only a test that fails waits for all of it.
const patience = 5 * time.Minute

// TestScript runs the scripts. They have commands of their own:
//
//	exits CODE ringfence ARGS…      run ringfence, which must end with this exit code
//	ends CODE PROGRAM ARGS…         the same in a process of its own
//	start NAME ARGS…                run ringfence in the background, output in NAME.stdout and NAME.stderr
//	await FILE [TEXT]               wait until a file is there, and holds the text
//	ended NAME CODE                 wait until it ends, and expect the exit code
//	signal NAME SIGNAL CODE         send INT, TERM or KILL and expect the exit code
//	flip FILE                       change one bit in the middle of a file
//
// Command lines of exits share a process per script, which compiles the built-in
// policies and decrypts a key only once.
//
// $SAVED is testdata/fabrikam, a client as saved answers. $KEYS has machine.key and
// machine.pub, whose passphrase is correct-horse.
func TestScript(t *testing.T) {
	effort.WithoutRace(t)
	runScripts(t, "testdata/script/*.txtar")
}

// TestScriptSideBySide runs the scripts in which ringfence does several things at once, which
// are those that the race detector has something to watch in.
func TestScriptSideBySide(t *testing.T) { runScripts(t, "testdata/sidebyside/*.txtar") }

func runScripts(t *testing.T, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}

	keys := t.TempDir()
	testKey(t).write(t, keys)
	testscript.Run(t, testscript.Params{
		Files:              files,
		Setup:              func(e *testscript.Env) error { return setup(e, keys) },
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "ends": ends, "start": start, "ended": ended, "await": await, "signal": kill, "flip": flip,
		},
	})
}

func setup(e *testscript.Env, keys string) error {
	saved, err := filepath.Abs("../../testdata/fabrikam")
	if err != nil {
		return err
	}

	e.Setenv("SAVED", saved)
	e.Setenv("KEYS", keys)
	e.Setenv("AT", "2026-11-23T10:00:00Z")
	e.Setenv("NO_COLOR", "")
	e.Setenv("RINGFENCE_KEY_PASSPHRASE", "")
	e.Values["background"] = map[string]*exec.Cmd{}
	e.Values["helper"] = &helper{}

	return nil
}

// exitCode is what a process ended with; a signal that killed it is -1.
func exitCode(err error) int {
	var e *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.ExitCode()
	}

	return -2
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || args[1] != "ringfence" {
		ts.Fatalf("usage: exits CODE ringfence ARGS…")
	}

	want, err := strconv.Atoi(args[0])
	ts.Check(err)

	r := ts.Value("helper").(*helper).run(ts, args[2:])
	ts.Stdout().Write(r.Stdout)
	ts.Stderr().Write(r.Stderr)
	if r.Code != want {
		ts.Fatalf("exit code %d, not %d", r.Code, want)
	}
}

func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: ends CODE PROGRAM ARGS…")
	}

	want, err := strconv.Atoi(args[0])
	ts.Check(err)

	if err := ts.Exec(args[1], args[2:]...); exitCode(err) != want {
		ts.Fatalf("exit code %d, not %d (%v)", exitCode(err), want, err)
	}
}

func start(ts *testscript.TestScript, _ bool, args []string) {
	bin, err := exec.LookPath("ringfence")
	ts.Check(err)
	cmd := exec.Command(bin, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"),
		"RINGFENCE_KEY_PASSPHRASE="+ts.Getenv("RINGFENCE_KEY_PASSPHRASE"))
	stdout, err := os.Create(ts.MkAbs(args[0] + ".stdout"))
	ts.Check(err)
	stderr, err := os.Create(ts.MkAbs(args[0] + ".stderr"))
	ts.Check(err)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	ts.Check(cmd.Start())

	running(ts)[args[0]] = cmd
	ts.Defer(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
		stdout.Close()
		stderr.Close()
	})
}

func running(ts *testscript.TestScript) map[string]*exec.Cmd {
	return ts.Value("background").(map[string]*exec.Cmd)
}

func await(ts *testscript.TestScript, _ bool, args []string) {
	text := strings.Join(args[1:], " ")
	for began := time.Now(); time.Since(began) < patience; time.Sleep(20 * time.Millisecond) {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && strings.Contains(string(data), text) {
			return
		}
	}

	ts.Fatalf("%s does not appear", args[0])
}

func kill(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]syscall.Signal{
		"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL,
	}
	cmd, sig := running(ts)[args[0]], signals[args[1]]
	if cmd == nil || sig == 0 {
		ts.Fatalf("no process %s, or no signal %s", args[0], args[1])
	}

	ts.Check(cmd.Process.Signal(sig))
	ended(ts, false, []string{args[0], args[2]})
}

func ended(ts *testscript.TestScript, _ bool, args []string) {
	cmd := running(ts)[args[0]]
	if cmd == nil {
		ts.Fatalf("no process %s", args[0])
	}

	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	stuck := time.AfterFunc(patience, func() { cmd.Process.Signal(syscall.SIGQUIT) }) // stacks are in NAME.stderr
	defer stuck.Stop()

	if code := exitCode(cmd.Wait()); code != want {
		ts.Fatalf("%s ended with %d, not %d", args[0], code, want)
	}
}

// flip changes one bit in the middle of a file.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	data := []byte(ts.ReadFile(args[0]))
	i := len(data) / 2
	data[i] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

// TestEveryVerb: each verb has a script of its own name, and each script that
// checks a verb says which exit codes it reaches.
func TestEveryVerb(t *testing.T) {
	for _, c := range testApp(nil, nil).root().Commands() {
		names := []string{c.Name()}
		for _, sub := range c.Commands() {
			names = append(names, c.Name()+"-"+sub.Name())
		}

		if len(names) > 1 {
			names = names[1:]
		}

		for _, name := range names {
			words := name
			if len(c.Commands()) > 0 {
				words = strings.Replace(name, "-", " ", 1) // the group, and the verb in it
			}
			data, err := os.ReadFile(filepath.Join("testdata/script", name+".txtar"))
			if os.IsNotExist(err) {
				data, err = os.ReadFile(filepath.Join("testdata/sidebyside", name+".txtar"))
			}
			if err != nil {
				t.Errorf("no script for a verb: %v", err)
				continue
			}
			for _, code := range []string{"0", "2"} {
				verb := "exits " + code + " ringfence " + words
				if !strings.Contains(string(data), verb) && !(name == "emulator" && code == "0") {
					t.Errorf("%s.txtar never runs %q", name, verb)
				}
			}
		}
	}
}
