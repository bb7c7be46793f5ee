package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ringfence/collectors/emulator"
	"ringfence/engine"
	"ringfence/oscal/attest"
	"ringfence/policies"
)

// TestMain makes this test binary the program, too: a script's `ringfence` is
// this very code in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ringfence": main, "ringfence-lines": serveLines, "az": azureCLI})
}

// testApp is the program without a process of its own. What is slow to make is
// made once.
func testApp(stdout, stderr io.Writer) *app {
	a := newApp(&syncWriter{to: stdout}, &syncWriter{to: stderr})
	a.builtIn, a.loadKey = compiledOnce, loadedOnce
	return a
}

// execute runs one command line.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return testApp(stdout, stderr).execute(ctx, args)
}

// syncWriter is a stream that several goroutines may write to, as they may to stderr.
type syncWriter struct {
	sync.Mutex
	to io.Writer
}

func (l *syncWriter) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.to.Write(p)
}

var compiledOnce = sync.OnceValues(func() (*engine.Engine, error) { return engine.Load(policies.FS) })

var loadedKeys sync.Map // PEM and passphrase -> *attest.Key

func loadedOnce(pem, passphrase []byte) (*attest.Key, error) {
	id := string(pem) + string(passphrase)
	if key, ok := loadedKeys.Load(id); ok {
		return key.(*attest.Key), nil
	}

	key, err := attest.LoadKey(pem, passphrase)
	if err == nil {
		loadedKeys.Store(id, key)
	}

	return key, err
}

// keyPair is a machine's key. Its private half is under scrypt, which takes long
// by design: all tests share one.
type keyPair struct {
	private, public []byte
	spki            string
	err             error
}

const passphraseOfTests = "correct-horse"

var onlyKey = sync.OnceValue(func() (k keyPair) {
	k.private, k.public, k.err = attest.GenerateKey([]byte(passphraseOfTests))
	if k.err == nil {
		var public *attest.PublicKey
		public, k.err = attest.LoadPublicKey(k.public)
		k.spki = public.SPKI()
	}
	return k
})

func testKey(t *testing.T) keyPair {
	t.Helper()
	k := onlyKey()
	if k.err != nil {
		t.Fatal(k.err)
	}
	return k
}

// write writes machine.key and machine.pub.
func (k keyPair) write(t *testing.T, dir string) {
	t.Helper()
	writeFiles(t, dir, map[string][]byte{"machine.key": k.private, "machine.pub": k.public})
}

func writeFiles(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// helper is a process that runs command lines, one after the other.
type helper struct {
	in  *json.Encoder
	out *json.Decoder
}

// request is a command line for a helper, and result what became of it.
type (
	request struct {
		Dir  string
		Env  map[string]string
		Args []string
	}
	result struct {
		Code           int
		Stdout, Stderr []byte
	}
)

func (h *helper) run(ts *testscript.TestScript, args []string) (r result) {
	if h.in == nil {
		h.start(ts)
	}

	env := map[string]string{}
	for _, name := range []string{"HOME", "TMPDIR", "RINGFENCE_KEY_PASSPHRASE"} {
		env[name] = ts.Getenv(name)
	}

	ts.Check(h.in.Encode(request{ts.MkAbs("."), env, args}))
	ts.Check(h.out.Decode(&r))
	return r
}

func (h *helper) start(ts *testscript.TestScript) {
	path, err := exec.LookPath("ringfence-lines")
	ts.Check(err)
	cmd := exec.Command(path)
	cmd.Stderr = os.Stderr // of a panic
	in, err := cmd.StdinPipe()
	ts.Check(err)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())

	h.in, h.out = json.NewEncoder(in), json.NewDecoder(out)
	ts.Defer(func() {
		in.Close()
		cmd.Wait()
	})
}

// serveLines is what a helper does.
func serveLines() {
	time.Local = time.UTC
	boundHeap()
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var r request
		if in.Decode(&r) != nil {
			return
		}

		if err := os.Chdir(r.Dir); err != nil {
			panic(err)
		}
		for name, value := range r.Env {
			os.Setenv(name, value)
		}

		var stdout, stderr bytes.Buffer
		code := execute(context.Background(), r.Args, &stdout, &stderr)
		out.Encode(result{code, stdout.Bytes(), stderr.Bytes()})
	}
}

// fleet is an emulated fleet with a machine key, in a folder: fleet.hcl,
// machine.key, passphrase, ca.pem, emulator-secret.
type fleet struct {
	t         *testing.T
	dir       string
	world     *emulator.World
	addresses emulator.Addresses
	hcl       []byte
}

func newFleet(t *testing.T, w *emulator.World) *fleet {
	t.Helper()
	server, err := emulator.Start(w, emulator.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })

	key := testKey(t)
	f := &fleet{t: t, dir: t.TempDir(), world: w}
	f.addresses = emulator.Addresses{
		Base: server.URL, CAFile: "ca.pem", SecretFile: "emulator-secret", MachineKeys: []string{key.spki},
	}
	f.hcl = w.FleetHCL(f.addresses)

	key.write(t, f.dir)
	writeFiles(t, f.dir, map[string][]byte{
		"ca.pem": server.CA, "emulator-secret": []byte(w.Secret()), "passphrase": []byte(passphraseOfTests),
	})
	f.write(string(f.hcl))

	return f
}

func (f *fleet) path(name string) string { return filepath.Join(f.dir, name) }

func (f *fleet) write(hcl string) {
	f.t.Helper()
	writeFiles(f.t, f.dir, map[string][]byte{"fleet.hcl": []byte(hcl)})
}

// audit audits the fleet, with results in the folder "out".
func (f *fleet) audit(args ...string) (code int, stdout, stderr string) {
	f.t.Helper()
	args = append([]string{
		"audit", "--fleet", f.path("fleet.hcl"), "--data", f.path("data"), "--out", f.path("out"),
		"--key", f.path("machine.key"), "--passphrase-file", f.path("passphrase"),
	}, args...)

	var out, errors bytes.Buffer
	code = execute(f.t.Context(), args, &out, &errors)
	return code, out.String(), errors.String()
}
