package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors"
	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// tenants serves emulated tenants of the clients, and returns a collector for them
// with an injected clock, into stores in memory.
func tenants(t *testing.T, labels ...string) (Collector, map[string]*inMemory) {
	t.Helper()
	world := emulator.GenerateClients(1, nil)
	for _, label := range labels {
		world.Add(label, emulator.Size{Users: 4, Resources: 6})
	}

	server, err := emulator.Start(world, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })

	dir := t.TempDir()
	put(t, dir, "ca.pem", string(server.CA))
	put(t, dir, "secret", world.Secret())
	put(t, dir, "fleet.hcl", string(world.FleetHCL(emulator.Addresses{
		Base: server.URL, CAFile: "ca.pem", SecretFile: "secret", MachineKeys: []string{machine().Public().SPKI()},
	})))

	fleet, diags := fleetfile.Load(filepath.Join(dir, "fleet.hcl"))
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}

	stores := map[string]*inMemory{snapshot.FleetClient: newMemory()}
	for _, label := range labels {
		stores[label] = newMemory()
	}

	var requests atomic.Int64
	return Collector{
		Fleet: fleet, Log: slog.New(slog.DiscardHandler),
		Stores: func(client string) (Store, error) {
			if store, ok := stores[client]; ok {
				return store, nil
			}
			return nil, fmt.Errorf("no store of %s", client)
		},
		Now:       func() time.Time { return now },
		RequestID: func() string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", requests.Add(1)) },
	}, stores
}

// TestPaced: an emulator that holds to Microsoft's limits is asked at their pace, by all
// clients of a run together; any other is asked as fast as it answers.
func TestPaced(t *testing.T) {
	for _, limits := range []bool{true, false} {
		collector, _ := tenants(t, "fabrikam")
		collector.Limits = collectors.NewLimits(nil, nil)
		for i := range collector.Fleet.Clouds {
			collector.Fleet.Clouds[i].Limits = limits
		}
		cfg, err := collector.Config("fabrikam")
		if err != nil || (cfg.Limits == collector.Limits) != limits || (cfg.Limits != nil) != limits {
			t.Errorf("limits are %t: %v (%v)", limits, cfg.Limits, err)
		}
	}
}

// TestStages: the three stages of a client, through a store that is no disk. Done
// again with the same inputs, each does nothing and says so.
func TestStages(t *testing.T) {
	collector, stores := tenants(t, "fabrikam")
	store, dir := stores["fabrikam"], t.TempDir()
	collector.MaxAge = time.Hour
	out, err := runfolder.OpenOut(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()

	stages := func() (Collected, Outcome, bool) {
		t.Helper()
		shares := collector.Shares(collector.FreshMSP(t.Context(), time.Hour))
		collected, err := collector.Collect(t.Context(), "fabrikam", shares)
		if err != nil {
			t.Fatal(err)
		}

		promise, err := collector.Fleet.Intent("fabrikam")
		if err != nil {
			t.Fatal(err)
		}

		in := Inputs{Snapshot: collected.Snapshot, Promise: promise, Engine: guests(),
			AsOf: now.Add(time.Minute), Cache: store}
		outcome, err := Judge(t.Context(), store, in, options(machine()))
		if err != nil {
			t.Fatal(err)
		}

		changed, err := Publish(store, outcome.Run, out, "fabrikam")
		if err != nil {
			t.Fatal(err)
		}

		return collected, outcome, changed
	}

	collected, outcome, changed := stages()
	if collected.Already || outcome.Already || !changed || store.writes != 2 {
		t.Errorf("%v %v %v, %d writes", collected.Already, outcome.Already, changed, store.writes)
	}
	if len(outcome.Set.Findings) == 0 || collected.Manifest.Datasets["entra.users"].Count == 0 {
		t.Error("an empty tenant was judged")
	}

	published := read(t, dir)
	again, outcomeAgain, changed := stages()
	if !again.Already || !outcomeAgain.Already || changed || store.writes != 2 {
		t.Errorf("again: %v %v %v, %d writes", again.Already, outcomeAgain.Already, changed, store.writes)
	}
	if again.Digest() != collected.Digest() || outcomeAgain.Run != outcome.Run ||
		!slices.Equal(outcomeAgain.Conditions, outcome.Conditions) ||
		len(outcomeAgain.Set.Findings) != len(outcome.Set.Findings) {
		t.Errorf("again: %+v", outcomeAgain)
	}
	if diff := cmp.Diff(published, read(t, dir)); diff != "" {
		t.Error(diff)
	}

	r := verified(t, filepath.Join(dir, "fabrikam"), Anchor{Key: machine().Public(), Fleet: collector.Fleet})
	if r.Code() != ExitOK {
		t.Errorf("%+v", r)
	}

	// What was changed in <out> is replaced, and another as-of is another run.
	put(t, dir, "fabrikam/report.html", "changed")
	if _, _, changed = stages(); !changed || read(t, dir)["fabrikam/report.html"] != published["fabrikam/report.html"] {
		t.Error("a changed file stays published")
	}
}

// TestJudgeChanged: a run in the store that is not what its key signed is an error,
// and nobody's result.
func TestJudgeChanged(t *testing.T) {
	store, in := newMemory(), fabrikam(t)
	o, err := Judge(t.Context(), store, in, options(machine()))
	if err != nil {
		t.Fatal(err)
	}

	findings := store.runs[o.Run][layout.Findings]
	findings.Data = []byte(strings.Replace(string(findings.Data), "is a guest", "is a quest", 1))
	if _, err := Judge(t.Context(), store, in, options(machine())); err == nil || !strings.Contains(err.Error(),
		"findings.json was changed") {
		t.Error(err)
	}
}

// TestJudgeWithAnotherKey: a run of the store counts as made only if this machine
// signed it; whoever can write to the store cannot choose the next result.
func TestJudgeWithAnotherKey(t *testing.T) {
	for name, before := range map[string]*attest.Key{"unsigned": nil, "by another key": auditor()} {
		store, in := newMemory(), fabrikam(t)
		if _, err := Judge(t.Context(), store, in, options(before)); err != nil {
			t.Fatal(err)
		}

		o, err := Judge(t.Context(), store, in, options(machine()))
		if err != nil || o.Already {
			t.Errorf("%s: already %v, %v", name, o.Already, err)
		}
		if o, err = Judge(t.Context(), store, in, options(machine())); err != nil || !o.Already {
			t.Errorf("%s, then signed: already %v, %v", name, o.Already, err)
		}
	}
}

// TestJudgeFails: after an error there is no run.
func TestJudgeFails(t *testing.T) {
	store, in := newMemory(), fabrikam(t)
	in.Snapshot.Open = fabrikamChanged(t).Open
	if _, err := Judge(t.Context(), store, in, options(nil)); !errors.As(err, new(*snapshot.DigestError)) ||
		len(store.runs) > 0 {
		t.Error(err, store.runs)
	}
}

// fabrikamChanged has other documents than fabrikam's manifest says.
func fabrikamChanged(t *testing.T) snapshot.Snapshot {
	return snap(t, "fabrikam", fabrikamTenant, "Member", "Member", "Member")
}

// TestCollectAgain: without MaxAge the tenant is always asked, and the snapshot
// names the one before it.
func TestCollectAgain(t *testing.T) {
	collector, stores := tenants(t, "fabrikam")
	first, err := collector.Collect(t.Context(), "fabrikam", nil)
	if err != nil {
		t.Fatal(err)
	}

	second, err := collector.Collect(t.Context(), "fabrikam", nil)
	if err != nil || second.Already || second.Manifest.Prev != first.Digest() ||
		len(stores["fabrikam"].snapshots) != 2 {
		t.Errorf("%v, %v, prev %s", err, second.Already, second.Manifest.Prev)
	}

	if _, err := collector.Collect(t.Context(), "nobody", nil); err == nil || !strings.Contains(err.Error(),
		`no client "nobody"`) {
		t.Error(err)
	}
}

// TestFreshMSP: the MSP's snapshot is taken once in its max age, and by one at a
// time.
func TestFreshMSP(t *testing.T) {
	collector, stores := tenants(t)
	for range 2 {
		if _, err := collector.FreshMSP(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
	}

	if n := len(stores[snapshot.FleetClient].snapshots); n != 1 {
		t.Errorf("taken %d times", n)
	}

	collector.Now = func() time.Time { return now.Add(2 * time.Hour) }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	unlock, err := stores[snapshot.FleetClient].Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collector.FreshMSP(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error("did not wait for the one who takes it:", err)
	}

	unlock()
	if again, err := collector.FreshMSP(t.Context(), time.Hour); err != nil || again.Already {
		t.Error("too old, and taken as it is:", err)
	}
}

// TestAudit: the fleet's outcome comes last; who fails has nothing published.
func TestAudit(t *testing.T) {
	collector, stores := tenants(t, "fabrikam", "contoso")
	audit := Audit{
		Collector: collector, Engine: load(t, guestsRego, fleetRego), Key: machine(), Out: t.TempDir(), Floors: lowest,
	}
	run := func(clients ...string) (outcomes []Outcome) {
		t.Helper()
		labels := append(clients, snapshot.FleetClient)
		if err := audit.Run(t.Context(), labels, func(o Outcome) { outcomes = append(outcomes, o) }); err != nil {
			t.Fatal(err)
		}

		if n := len(outcomes); n > 1 && outcomes[n-1].Client != snapshot.FleetClient {
			t.Errorf("the last outcome is that of %s", outcomes[n-1].Client)
		}
		slices.SortFunc(outcomes, func(x, y Outcome) int {
			return slices.Index(labels, x.Client) - slices.Index(labels, y.Client)
		})
		return outcomes
	}

	for i, o := range run("fabrikam", "contoso") {
		want := []string{"fabrikam", "contoso", snapshot.FleetClient}[i]
		if o.Client != want || o.Err != nil || o.Dir != filepath.Join(audit.Out, want) || o.Run == "" ||
			len(o.Timings) == 0 {
			t.Errorf("%+v", o)
		}
		if r := verified(t, o.Dir, Anchor{Key: machine().Public(), Fleet: collector.Fleet}); r.Code() != ExitOK {
			t.Errorf("%+v", r)
		}
	}

	// A client whose secret is gone: what was published of it goes.
	for i := range collector.Fleet.Clients {
		if c := &collector.Fleet.Clients[i]; c.Name == "fabrikam" {
			c.Graph.Credential = "file:" + filepath.Join(t.TempDir(), "gone")
		}
	}

	outcomes := run("fabrikam", "contoso")
	if o := outcomes[0]; !errors.As(o.Err, new(*collectors.ConfigError)) || !o.Withdrawn || o.Run != "" {
		t.Errorf("%+v", o)
	}
	if _, err := os.Lstat(filepath.Join(audit.Out, "fabrikam")); !errors.Is(err, fs.ErrNotExist) ||
		outcomes[1].Err != nil {
		t.Error(err, outcomes[1].Err)
	}

	// A policy set without fleet controls: no result of an earlier set stays.
	audit.Engine = guests()
	outcomes = run("contoso")
	if o := outcomes[len(outcomes)-1]; o.Client != snapshot.FleetClient || o.Skipped == "" || !o.Withdrawn {
		t.Errorf("%+v", o)
	}
	if again := run("contoso"); len(again) != 1 {
		t.Errorf("%d outcomes: nothing is left to withdraw", len(again))
	}

	// Somebody else writes: nothing is collected.
	unlock, err := stores["contoso"].Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()

	before := maps.Clone(stores["fabrikam"].runs)
	err = audit.Run(t.Context(), []string{"fabrikam", "contoso"}, func(Outcome) { t.Error("an outcome") })
	if !errors.Is(err, snapshot.ErrLocked) || len(before) != len(stores["fabrikam"].runs) || stores["fabrikam"].locked {
		t.Error(err)
	}
}

// TestAuditWithoutMSP: what is not read of the MSP's own tenant is said, and not
// judged.
func TestAuditWithoutMSP(t *testing.T) {
	collector, _ := tenants(t, "contoso")
	collector.Fleet.MSP.Graph.Credential = ""
	audit := Audit{Collector: collector, Engine: load(t, guestsRego, fleetRego), Floors: lowest}

	var outcomes []Outcome
	labels := []string{"contoso", snapshot.FleetClient}
	err := audit.Run(t.Context(), labels, func(o Outcome) { outcomes = append(outcomes, o) })
	if err != nil || len(outcomes) != 2 {
		t.Fatal(err, outcomes)
	}

	o := outcomes[1]
	if outcomes[0].Err != nil || o.Skipped != ErrNoMSP.Error() || !slices.Equal(o.Conditions, []int{ExitUndetermined}) {
		t.Errorf("%+v", outcomes)
	}
}

// TestCredential: where a secret may be.
func TestCredential(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "secret", "of the file\n")
	t.Setenv("RINGFENCE_TEST_SECRET", "of the environment")

	for where, tc := range map[string]struct {
		want collectors.Auth
		err  string
	}{
		"azidentity":                           {collectors.Auth{AppID: "a"}, ""},
		"federated":                            {collectors.Auth{AppID: "a", Federated: true}, ""},
		"env:RINGFENCE_TEST_SECRET":            {collectors.Auth{AppID: "a", Secret: "of the environment"}, ""},
		"file:" + filepath.Join(dir, "secret"): {collectors.Auth{AppID: "a", Secret: "of the file\n"}, ""},
		"":                                     {collectors.Auth{}, "not set: add a graph block"},
		"env:RINGFENCE_TEST_NONE":              {collectors.Auth{}, "RINGFENCE_TEST_NONE is empty"},
		"file:" + filepath.Join(dir, "none"):   {collectors.Auth{}, "no such file"},
		"vault:x":                              {collectors.Auth{}, `"vault:x" is not azidentity`},
	} {
		got, err := credential(fleetfile.Graph{AppID: "a", Credential: where})
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%s: %v, want %q", where, err, tc.err)
			}
		} else if err != nil || !cmp.Equal(got, tc.want, cmp.Comparer(func(a, b collectors.Auth) bool {
			return a.AppID == b.AppID && a.Secret == b.Secret && a.Federated == b.Federated
		})) {
			t.Errorf("%s: %+v %v", where, got, err)
		}
	}
}

// TestExtent: a missing licence is counted by itself, what is too old already as incomplete, and
// what nobody asked for not at all.
func TestExtent(t *testing.T) {
	got := extent(snapshot.Manifest{Datasets: map[string]snapshot.Coverage{
		"a": {Status: snapshot.Complete}, "b": {Status: snapshot.Denied},
		"entra.role_eligibility": {Status: snapshot.NotLicensed}, // nothing can exist
		"entra.sign_ins":         {Status: snapshot.NotLicensed}, // nobody knows
		"d":                      {Status: snapshot.Complete, Scopes: []snapshot.Scope{{Status: snapshot.Throttled}}},
		"e":                      {Status: snapshot.Skipped, Evidence: &snapshot.Evidence{Code: snapshot.NotAsked}},
		"f":                      {Status: snapshot.Complete, EndedAt: now.Add(-time.Hour).Format(time.RFC3339)},
		"g":                      {Status: snapshot.Complete, EndedAt: now.Format(time.RFC3339)},
	}}, now.Add(-time.Minute))
	if want := []any{"datasets", 7, "incomplete", 4, "not_licensed", 2}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestShares: without the MSP's own snapshot, or what it says of clients, they are
// collected all the same.
func TestShares(t *testing.T) {
	for name, tc := range map[string]struct {
		msp  Collected
		err  error
		want string
	}{
		"not taken":    {Collected{}, ErrNoMSP, "the msp block has no graph block"},
		"says nothing": {Collected{Snapshot: snap(t, snapshot.FleetClient, mspTenant)}, nil, "has nothing that it says of clients"},
	} {
		var log strings.Builder
		c := Collector{Log: slog.New(slog.NewTextHandler(&log, nil))}
		if c.Shares(tc.msp, tc.err) != nil || !strings.Contains(log.String(), "was not read") ||
			!strings.Contains(log.String(), tc.want) {
			t.Errorf("%s: %s", name, log.String())
		}
	}
}

// TestFullEvery: a client whose long lists are read whole once a week has what is remembered of
// them in a file beside its store, and none of it in the snapshot; one without does not.
func TestFullEvery(t *testing.T) {
	effort.WithoutRace(t)
	collector, stores := tenants(t, "fabrikam")
	store := stores["fabrikam"]
	store.changes = filepath.Join(t.TempDir(), "changes.json")
	collect := func(every string) (wholeAt, digest string) {
		t.Helper()
		for i := range collector.Fleet.Clients {
			collector.Fleet.Clients[i].Collect.FullEvery = every
		}
		collected, err := collector.Collect(t.Context(), "fabrikam", nil)
		if err != nil {
			t.Fatal(err)
		}
		users := collected.Manifest.Datasets["entra.users"]
		return users.WholeAt, users.Digest
	}

	_, whole := collect("")
	if _, err := os.Stat(store.changes); !os.IsNotExist(err) {
		t.Errorf("nobody asked for changes, and there is a file of them: %v", err)
	}
	for n, want := range []string{"", now.Format(time.RFC3339), now.Format(time.RFC3339)} {
		if at, digest := collect("7d"); at != want || digest != whole {
			t.Errorf("collection %d: whole at %q, want %q; digest %s, want %s", n, at, want, digest, whole)
		}
	}
}
