package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
)

// collecting is what "bench collect" measures: whole processes of ringfence collect
// against an emulator in a process of its own, whose CPU time is counted apart.
type collecting struct {
	name   string
	labels int            // small clients, as the generator draws them
	large  *emulator.Size // one client of this size besides; nil: none
	args   []string       // of ringfence collect
}

// collected is what one of them took.
type collected struct {
	measurement
	emulator time.Duration // CPU
	objects  int
}

// collectCommand is "bench collect [-users N] [-clients N]": docs/performance.md says
// what the figures are.
func collectCommand(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("collect", flag.ContinueOnError)
	users := f.Int("users", 100_000, "of the large tenant")
	clients := f.Int("clients", 500, "of the fleet of small tenants")
	program := f.String("ringfence", "bin/ringfence", "the program to measure")
	if err := f.Parse(args); err != nil {
		return err
	}

	large := emulator.Size{
		Tier: "xl", Users: *users, Subscriptions: 1, Resources: 1000, Guests: *users / 20, Devices: *users / 10,
		Groups: *users / 50, ServicePrincipals: 1000, Applications: 300,
	}
	fmt.Printf("| workload | objects | wall | objects/s | CPU of ringfence | objects per CPU second" +
		" | CPU of the emulator | peak memory |\n|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, c := range []collecting{
		{name: fmt.Sprintf("one tenant of %d users", *users), large: &large, args: []string{"--client", "large"}},
		{name: fmt.Sprintf("%d small tenants", *clients), labels: *clients, args: []string{"--parallel", "16"}},
	} {
		got, err := c.measure(ctx, *program)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}

		rate := func(d time.Duration) int { return int(float64(got.objects) / d.Seconds()) }
		fmt.Printf("| %s | %d | %.1f s | %d | %.1f s | %d | %.1f s | %d MB |\n", c.name, got.objects,
			got.Wall.Seconds(), rate(got.Wall), got.cpu().Seconds(), rate(got.cpu()),
			got.emulator.Seconds(), got.Peak/1e6)
	}
	return nil
}

// measure serves the workload's tenants, and measures one collection of them.
func (c collecting) measure(ctx context.Context, program string) (got collected, err error) {
	dir, err := os.MkdirTemp("", "ringfence-bench-")
	if err != nil {
		return got, err
	}
	defer os.RemoveAll(dir)

	serving, pid, err := c.serve(ctx, dir)
	if err != nil {
		return got, err
	}
	defer serving.Close()

	before, err := cpuOf(pid)
	if err != nil {
		return got, err
	}

	data := filepath.Join(dir, "data")
	fleet := filepath.Join(dir, "fleet.hcl")
	args := append([]string{"collect", "--fleet", fleet, "--data", data, "--quiet"}, c.args...)
	l := limits{time: 20 * time.Minute, memory: 8 << 30}
	got.measurement, err = l.measure(ctx, exec.CommandContext(ctx, program, args...), filepath.Join(dir, "out"), 0)
	if err != nil {
		return got, err
	}

	after, err := cpuOf(pid)
	got.emulator = after - before
	return got, errors.Join(err, got.count(data))
}

// serve starts this program as an emulator. It ends when the returned pipe is closed.
func (c collecting) serve(ctx context.Context, dir string) (io.Closer, int, error) {
	size, err := json.Marshal(c.large)
	if err != nil {
		return nil, 0, err
	}
	cmd := exec.CommandContext(ctx, os.Args[0], "serve", dir, strconv.Itoa(c.labels), string(size))
	cmd.Stderr = os.Stderr
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return nil, 0, err
	}
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}

	_, err = bufio.NewReader(out).ReadString('\n')
	return in, cmd.Process.Pid, err
}

// serveCommand is that emulator: it writes its files to a folder, says so, and serves
// until its standard input ends.
func serveCommand(args []string) error {
	if len(args) != 3 {
		return errors.New("serve takes a folder, a number of clients and the size of one more")
	}

	labels, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	var large *emulator.Size
	if err := json.Unmarshal([]byte(args[2]), &large); err != nil {
		return err
	}

	w := emulator.Generate(1, labels)
	if large != nil {
		w.Add("large", *large)
	}
	server, err := emulator.Start(w, emulator.Options{PageSize: 999})
	if err != nil {
		return err
	}
	defer server.Close()

	hcl := w.FleetHCL(emulator.Addresses{Base: server.URL, CAFile: "ca.pem", SecretFile: "secret"})
	for name, data := range map[string][]byte{"ca.pem": server.CA, "secret": []byte(w.Secret()), "fleet.hcl": hcl} {
		if err := os.WriteFile(filepath.Join(args[0], name), data, 0o600); err != nil {
			return err
		}
	}

	fmt.Println("serving")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// count adds up what the manifests in a data folder say.
func (c *collected) count(data string) error {
	manifests, err := filepath.Glob(filepath.Join(data, "clients", "*", "snapshots", "*.json"))
	for _, file := range manifests {
		raw, errRead := os.ReadFile(file)
		m, errParse := snapshot.ParseManifest(raw)
		if err := errors.Join(errRead, errParse); err != nil {
			return err
		}
		for _, d := range m.Datasets {
			c.objects += d.Count
		}
	}

	if err == nil && c.objects == 0 {
		err = errors.New("nothing was collected")
	}
	return err
}

// cpuOf is the CPU time of a running process, of Linux: proc(5), fields utime and stime,
// in hundredths of a second.
func cpuOf(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}

	text := string(data)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("%q has no CPU times", text)
	}
	user, errUser := strconv.Atoi(fields[11])
	system, errSystem := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(errUser, errSystem)
}
