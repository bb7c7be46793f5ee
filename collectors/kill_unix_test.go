//go:build unix

package collectors

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// killed says to a child process what it collects.
type killed struct{ URL, CA, Resume string }

const killedEnv = "RINGFENCE_KILLED"

// killedWorld is the tenant of the test, the same in each process.
func killedWorld() *emulator.World {
	w := emulator.GenerateClients(7, nil)
	w.Add("tailspin", emulator.Size{Tier: "small", Users: 150, Subscriptions: 2, Resources: 40, Groups: 45})
	return w
}

// TestKilledChild is what is killed: it collects, and prints the digests of all
// datasets.
func TestKilledChild(t *testing.T) {
	var how killed
	if text := os.Getenv(killedEnv); text == "" {
		t.Skip("it is run by TestKilled")
	} else if err := json.Unmarshal([]byte(text), &how); err != nil {
		t.Fatal(err)
	}

	srv := &emulator.Server{URL: how.URL, CA: []byte(how.CA)}
	cfg := emulated(t, killedWorld(), srv, "tailspin")
	cfg.Resume = how.Resume
	digests, err := json.Marshal(digestsOf(mustRun(t, cfg)))
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.Write(append(append([]byte("digests "), digests...), '\n'))
}

// child runs a collection in a process of its own, and kills it after some time (0:
// never). digests are nil where it did not end by itself.
func (how killed) child(t *testing.T, after time.Duration) (digests map[string]string) {
	t.Helper()
	text, _ := json.Marshal(how)
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledChild$")
	cmd.Env = append(os.Environ(), killedEnv+"="+string(text))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	if after > 0 {
		kill := time.AfterFunc(after, func() { cmd.Process.Kill() }) // SIGKILL
		defer kill.Stop()
	}

	err := cmd.Wait()
	for line := range bytes.Lines(out.Bytes()) {
		if data, ok := bytes.CutPrefix(line, []byte("digests ")); ok && json.Unmarshal(data, &digests) == nil {
			return digests
		}
	}
	if err == nil || after == 0 {
		t.Fatalf("the child said nothing: %v\n%s", err, out.Bytes())
	}
	return nil
}

// acknowledged are the answers in a journal, each of which must be whole.
func acknowledged(t *testing.T, dir string) map[keptKey]bool {
	t.Helper()
	journal, err := os.ReadFile(filepath.Join(dir, journalFile))
	if os.IsNotExist(err) {
		return nil
	}

	first, _, _ := bytes.Cut(journal, []byte("\n"))
	var header journalHeader
	if err := json.Unmarshal(first, &header); err != nil {
		t.Fatal(err)
	}

	known, _ := readJournal(filepath.Join(dir, journalFile), header, time.Time{})
	file, err := os.Open(filepath.Join(dir, spoolFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}

	all := map[keptKey]bool{}
	spool := snapshot.NewSpool(file, info.Size())
	for key, k := range known {
		if _, isWhole := spool.Reopen(k.Chunks, k.Digest); !isWhole {
			t.Errorf("%v is acknowledged and not there", key)
		}
		all[key] = true
	}
	return all
}

// TestKilled: a collection that is killed with SIGKILL, again and again, at any time,
// ends with the same datasets as one that nobody disturbed. What it acknowledged stays,
// and what is there in part is never taken for all.
func TestKilled(t *testing.T) {
	effort.WithoutRace(t)
	srv := serve(t, killedWorld(), emulator.Options{Faults: []emulator.Fault{{Kind: "slow", Value: "10ms", Path: "/"}}})
	how := killed{srv.URL, string(srv.CA), filepath.Join(t.TempDir(), "resume")}

	begun := time.Now()
	want := how.child(t, 0)
	took := time.Since(begun)
	if err := Forget(how.Resume); err != nil || len(want) != len(All()) {
		t.Fatalf("%d datasets, %v", len(want), err)
	}

	chance := rand.New(rand.NewPCG(1, 2))
	before, resumed, ended := map[keptKey]bool{}, 0, 0
	n := effort.Of(2, 4, 50)
	for range n {
		digests := how.child(t, time.Duration((0.2+0.65*chance.Float64())*float64(took)))
		after := acknowledged(t, how.Resume)
		for key := range before {
			if !after[key] {
				t.Errorf("%v was acknowledged and is lost", key)
			}
		}
		if len(before) > 0 {
			resumed++
		}

		before = after
		if digests == nil {
			continue
		}
		if d := cmp.Diff(want, digests); d != "" {
			t.Error(d)
		}
		if err := Forget(how.Resume); err != nil {
			t.Fatal(err)
		}
		before = nil
		ended++
	}

	if d := cmp.Diff(want, how.child(t, 0)); d != "" {
		t.Error(d)
	}
	t.Logf("%d kills, %d collections went on where another was killed, %d ended before they were", n, resumed, ended)
}
