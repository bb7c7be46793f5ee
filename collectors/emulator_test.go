package collectors

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/collectors/keyvault"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// twelve is a fleet with a client of every kind. Serving does not change it.
var twelve = sync.OnceValue(func() *emulator.World { return emulator.Generate(1, 12) })

func serve(t *testing.T, w *emulator.World, o emulator.Options) *emulator.Server {
	t.Helper()
	srv, err := emulator.Start(w, o)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { go srv.Close() }) // of HTTP/2, which takes a second
	return srv
}

// emulated is a config for one client of a fleet, with the real credential and
// the fleet file's word about its Azure.
func emulated(t *testing.T, w *emulator.World, srv *emulator.Server, label string) Config {
	t.Helper()
	c := w.Client(label)
	cloud := Cloud{Name: "unsafe:emulator", Graph: srv.URL + "/graph", ARM: srv.URL + "/arm", Authority: srv.URL + "/login", RootCAs: srv.CA}
	cred, err := NewCredential(Auth{TenantID: c.ID, AppID: c.AppID, Secret: w.Secret(), Cloud: cloud})
	if err != nil {
		t.Fatal(err)
	}

	promised := &Azure{Subscriptions: c.Subscriptions(), None: len(c.Subscriptions()) == 0}
	if label == "contoso" {
		promised = &Azure{ManagementGroup: c.ID} // all that are below the root group
	}
	return Config{Client: label, TenantID: c.ID, Cloud: cloud, Credential: cred, Tool: "test 1",
		Azure: promised, Domains: []string{c.Domain},
		Now:   func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) },
		Retry: Retry{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}}
}

// emulatedMSP is a config for the service provider's own tenant.
func emulatedMSP(t *testing.T, w *emulator.World, srv *emulator.Server) Config {
	t.Helper()
	cloud := Cloud{Name: "unsafe:emulator", Graph: srv.URL + "/graph", ARM: srv.URL + "/arm", Authority: srv.URL + "/login", RootCAs: srv.CA}
	cred, err := NewCredential(Auth{TenantID: w.MSP.ID, AppID: w.MSP.AppID, Secret: w.Secret(), Cloud: cloud})
	if err != nil {
		t.Fatal(err)
	}

	return Config{MSP: true, TenantID: w.MSP.ID, Cloud: cloud, Credential: cred, Tool: "test 1",
		Now:   func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) },
		Retry: Retry{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}}
}

// TestEmulatedBreadth: every dataset of every client is whole, but for what the
// client's story says; so is the MSP's tenant, and each client gets its share.
func TestEmulatedBreadth(t *testing.T) {
	effort.WithoutRace(t)
	w := twelve()
	srv := serve(t, w, emulator.Options{})
	msp := mustRun(t, emulatedMSP(t, w, srv))
	for name, c := range msp.Manifest.Datasets {
		if !c.CompleteEverywhere() || c.Count == 0 {
			t.Errorf("MSP: %s: %s %d %v", name, c.Status, c.Count, c.Evidence)
		}
	}

	blind := map[string]bool{"wingtip": true, "proseware": true} // no role, or not everywhere
	seen := map[string]int{}
	for _, label := range emulator.Labels(12) {
		cfg := emulated(t, w, srv, label)
		shared, err := split(msp, cfg.TenantID)
		if err != nil {
			t.Fatal(err)
		}

		cfg.Shared, cfg.VaultOwners, cfg.Cloud.Vault = shared, true, srv.URL+"/vault"
		s := mustRun(t, cfg)
		noSecrets(t, s)
		for name, c := range s.Manifest.Datasets {
			seen[name] += c.Count
			azure := strings.HasPrefix(name, "azure.") || strings.HasPrefix(name, "keyvault.")
			if name == keyvault.VaultOwners && label == "adventure-works" {
				continue // it has a key in a vault that was deleted
			}
			if answersOddly(w, label, name) {
				continue
			}
			if !c.CompleteEverywhere() && c.WasAsked() && c.Status != snapshot.NotLicensed && !(azure && blind[label]) {
				t.Errorf("%s: %s: %s %v", label, name, c.Status, c.Evidence)
			}
		}
	}

	for _, u := range All() {
		if seen[u.Schema.Dataset] == 0 {
			t.Errorf("no client has any %s", u.Schema.Dataset)
		}
	}

	if writes := srv.Writes(); len(writes) > 0 {
		t.Errorf("writes: %v", writes)
	}
}

// answersOddly: a client's tenant does not answer for a dataset as it should.
func answersOddly(w *emulator.World, client, dataset string) bool {
	return slices.ContainsFunc(w.Planted(), func(p emulator.Planted) bool {
		return p.Client == client && p.Subject == snapshot.AccountSubject(dataset)
	})
}

// noSecrets scans the files of a snapshot for what the emulator serves as secrets.
func noSecrets(t *testing.T, s snapshot.Snapshot) {
	t.Helper()
	for name, c := range s.Manifest.Datasets {
		if !c.Holds() {
			continue
		}
		r, err := s.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		r.Close()
		inBase64 := base64.StdEncoding.EncodeToString([]byte(emulator.SecretMark)[:15])
		if err != nil || bytes.Contains(data, []byte(emulator.SecretMark)) || bytes.Contains(data, []byte(inBase64)) {
			t.Errorf("%s holds a secret (%v)", name, err)
		}
	}
}

// TestEmulatedFleet collects one client of every kind of access, end to end.
func TestEmulatedFleet(t *testing.T) {
	effort.WithoutRace(t)
	w := twelve()
	srv := serve(t, w, emulator.Options{PageSize: 7})
	for label, want := range map[string]string{
		"fabrikam":    "complete",                    // Reader on each subscription
		"contoso":     "complete",                    // at a management group
		"blue-yonder": "complete",                    // through a group
		"wingtip":     "denied",                      // no role: the list is empty
		"proseware":   "partial visibility_unproven", // a role at half of them
		"woodgrove":   "complete",                    // Monitoring Reader reads everything too
		"litware":     "complete",                    // no Azure at all
	} {
		t.Run(label, func(t *testing.T) {
			s := mustRun(t, emulated(t, w, srv, label))
			c := s.Manifest.Datasets["azure.resources"]
			got := string(c.Status)

			if c.Status == snapshot.Partial {
				got += " " + c.Evidence.Code
			}

			if got != want {
				t.Errorf("%s, want %s: %s", got, want, inShort(c))
			}

			for name, c := range s.Manifest.Datasets {
				isOurs := strings.HasPrefix(name, "entra.") && !schema(name).Shared() && !answersOddly(w, label, name)
				if isOurs && c.Status != snapshot.Complete && c.Status != snapshot.NotLicensed {
					t.Errorf("%s: %s %v", name, c.Status, c.Evidence)
				}
			}
		})
	}

	if writes := srv.Writes(); len(writes) > 0 {
		t.Errorf("writes: %v", writes)
	}
}

// TestEmulatedPagesDoNotMatter: page size, order, retries, throttling, concurrency and
// being interrupted change how a snapshot was read, never what it says.
func TestEmulatedPagesDoNotMatter(t *testing.T) {
	effort.WithoutRace(t)
	w := emulator.GenerateClients(7, nil)
	w.Add("tailspin", emulator.Size{Tier: "small", Users: 40, Subscriptions: 2, Resources: 40})

	fault := func(kind, path, value string, times int) emulator.Fault {
		return emulator.Fault{Kind: kind, Path: path, Value: value, Times: times}
	}
	throttled := func(path, after string, times int) emulator.Fault {
		return emulator.Fault{Kind: "throttle", Path: path, RetryAfter: after, Times: times}
	}

	first := map[string]string{}
	for _, tc := range []struct {
		name   string
		o      emulator.Options
		set    func(*Config)
		breaks bool // it is interrupted, and goes on
	}{
		{name: "nothing"},
		{name: "small pages", o: emulator.Options{PageSize: 7}},
		{name: "throttled Azure", o: emulator.Options{Faults: []emulator.Fault{throttled("/arm/", "2.128", 2), fault("unavailable", "/arm/", "", 1)}}},
		{name: "throttled Graph", o: emulator.Options{Faults: []emulator.Fault{throttled("/graph/", "0.5", 2)}}},
		{name: "no Retry-After", o: emulator.Options{PageSize: 11, Faults: []emulator.Fault{throttled("/graph/", "", 1), throttled("/arm/", "", 1)}}},
		{name: "cut answers", o: emulator.Options{Faults: []emulator.Fault{fault("truncate", "/graph/", "", 1), fault("truncate", "/arm/", "", 1)}}},
		{name: "batches without answers", o: emulator.Options{Faults: []emulator.Fault{fault("missing", "*$batch", "7", 0)}}},
		{name: "no batches", o: emulator.Options{Faults: []emulator.Fault{fault("body", "*$batch", "<html>", 0)}}},
		{name: "overlapping pages", o: emulator.Options{PageSize: 5, Faults: []emulator.Fault{fault("duplicate", "/graph/", "", 0)}}},
		{name: "empty pages", o: emulator.Options{Faults: []emulator.Fault{fault("empty_page", "/graph/v1.0/users", "", 3)}}},
		{name: "slow answers in another order", o: emulator.Options{Faults: []emulator.Fault{
			fault("slow", "/graph/v1.0/users", "30ms", 0), fault("slow", "/arm/", "5ms", 2)}}},
		{name: "in a folder", set: func(cfg *Config) { cfg.Resume = t.TempDir() }},
		{name: "interrupted", o: emulator.Options{PageSize: 9}, set: func(cfg *Config) { cfg.Resume = t.TempDir() }, breaks: true},
	} {
		cfg := emulated(t, w, serve(t, w, tc.o), "tailspin")
		if tc.set != nil {
			tc.set(&cfg)
		}
		for n := int64(2); tc.breaks; n *= 2 {
			if !breakOff(t, cfg, n) {
				break
			}
		}

		digests := digestsOf(mustRun(t, cfg))
		if len(first) == 0 {
			first = digests
		}
		if d := gocmp.Diff(first, digests); d != "" {
			t.Errorf("%s: %s", tc.name, d)
		}
	}
}

// breakOff runs a collection that is interrupted at its n-th request; false: it had
// less.
func breakOff(t *testing.T, cfg Config, n int64) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var sent atomic.Int64
	cfg.RequestID = func() string {
		if sent.Add(1) == n {
			cancel()
		}
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", sent.Load())
	}

	_, err := Run(ctx, cfg)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return err != nil
}

// TestSmallTenant: what it takes to read a client with 30 users, as most are.
func TestSmallTenant(t *testing.T) {
	effort.WithoutRace(t)
	for name, subscriptions := range map[string]int{"without Azure": -1, "with a subscription": 1} {
		w := emulator.GenerateClients(7, nil)
		w.Add("tailspin", emulator.Size{Tier: "small", Users: 30, Subscriptions: subscriptions, Devices: 25, Groups: 10})
		of := requestsOf(t, w)
		t.Logf("%s: %d requests", name, of)
		if subscriptions < 0 && of > 40 {
			t.Errorf("%d requests", of)
		}
	}
}

// requestsOf is how many requests one client takes.
func requestsOf(t *testing.T, w *emulator.World) int {
	t.Helper()
	srv := serve(t, w, emulator.Options{})
	s := mustRun(t, emulated(t, w, srv, "tailspin"))

	asked, of := map[string]int{}, 0
	for _, r := range srv.Requests() {
		if !r.Batched && !strings.HasPrefix(r.Path, "/login/") {
			asked[r.Path]++
			of++
		}
	}

	var lines []string
	for path, n := range asked {
		lines = append(lines, fmt.Sprintf("%d × %s", n, strings.ReplaceAll(path, w.Client("tailspin").ID, "{tenant}")))
	}
	slices.Sort(lines)
	t.Logf("%d requests for %d datasets:\n%s", of, len(s.Manifest.Datasets), strings.Join(lines, "\n"))
	return of
}

// TestLimitsHold: where Microsoft's published limits hold, a tenant is read without
// one refusal.
func TestLimitsHold(t *testing.T) {
	c := newClock()
	w := emulator.GenerateClients(7, nil)
	w.Add("tailspin", emulator.Size{Tier: "small", Users: 150, Subscriptions: 2, Resources: 40})
	srv := serve(t, w, emulator.Options{Limits: true, PageSize: 20, Now: c.Now})
	cfg := emulated(t, w, srv, "tailspin")
	cfg.Retry.Sleep, cfg.Limits = c.Sleep, NewLimits(c.Now, c.Sleep)

	want := digestsOf(mustRun(t, emulated(t, w, serve(t, w, emulator.Options{}), "tailspin")))
	if d := gocmp.Diff(want, digestsOf(mustRun(t, cfg))); d != "" {
		t.Error(d)
	}
	for _, r := range srv.Requests() {
		if r.Status == http.StatusTooManyRequests {
			t.Errorf("refused: %s", r.Path)
		}
	}
}

// TestEmulatedFaults: each fault of the emulator, on one dataset of one client.
func TestEmulatedFaults(t *testing.T) {
	effort.WithoutRace(t)
	const path = "/graph/v1.0/subscribedSkus"
	kinds := []emulator.Fault{{Kind: "throttle"}, {Kind: "throttle", RetryAfter: "0.5"}, {Kind: "unavailable"}, {Kind: "status", Value: "500"},
		{Kind: "denied"}, {Kind: "reset"}, {Kind: "truncate"}, {Kind: "body", Value: "<html>"}, {Kind: "loop"}, {Kind: "foreign"},
		{Kind: "duplicate"}, {Kind: "oversize"}, {Kind: "duplicate_key"}, {Kind: "deep"}, {Kind: "drop", Value: "capabilityStatus"}, {Kind: "nulls"}}
	wants := strings.Fields("throttled/TooManyRequests throttled/TooManyRequests error/ServiceUnavailable error/InternalServerError " +
		"denied/Authorization_RequestDenied error/BadGateway error/truncated error/malformed_answer error/next_link_loop error/foreign_next_link " +
		"complete/ error/oversized error/malformed_answer error/malformed_answer partial/incomplete_objects partial/incomplete_objects")
	w := emulator.GenerateClients(1, nil)
	var faults []emulator.Fault
	for i, f := range kinds {
		f.Path, f.Client = path, fmt.Sprintf("c%d", i)
		w.Add(f.Client, emulator.Size{Tier: "micro", Users: 5, Subscriptions: -1})
		faults = append(faults, f)
	}

	srv := serve(t, w, emulator.Options{Faults: faults})
	for i, f := range faults {
		s := mustRun(t, emulated(t, w, srv, f.Client))
		c := s.Manifest.Datasets["entra.subscribed_skus"]
		got := string(c.Status) + "/"

		if c.Evidence != nil {
			got += c.Evidence.Code
		}

		if got != wants[i] {
			t.Errorf("%s: %s, want %s: %v", f.Kind, got, wants[i], c.Evidence)
		}
	}
}

// TestEmulatedVaultFaults: whatever goes wrong at a vault's host, nobody is named its
// owner, and no other host is asked.
func TestEmulatedVaultFaults(t *testing.T) {
	effort.WithoutRace(t)
	w := emulator.GenerateClients(1, []string{"fabrikam"})
	for kind, want := range map[string]snapshot.Status{
		"denied": snapshot.Denied, "redirect": snapshot.Failed, "foreign": snapshot.Denied, "reset": snapshot.Failed,
		"throttle": snapshot.Throttled, "body": snapshot.Failed,
	} {
		srv := serve(t, w, emulator.Options{Faults: []emulator.Fault{{Kind: kind, Dataset: keyvault.VaultOwners}}})
		cfg := emulated(t, w, srv, "fabrikam")
		cfg.Shared, cfg.VaultOwners, cfg.Cloud.Vault = nothingShared(), true, srv.URL+"/vault"
		cfg.Only = map[string][]string{keyvault.VaultOwners: nil}

		docs, c := ownersIn(t, mustRun(t, cfg))
		if c.Status != want || len(docs) != 0 || c.Requests != 1 || c.Evidence == nil {
			t.Errorf("%s: %+v %v", kind, c, c.Evidence)
		}
		for _, r := range srv.Requests() {
			if strings.HasPrefix(r.Path, "/vault/") && r.Auth {
				t.Errorf("%s: a token was sent to %s", kind, r.Path)
			}
		}
	}
}
