package collectors

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
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

		cfg.Shared = shared
		s := mustRun(t, cfg)
		noSecrets(t, s)
		for name, c := range s.Manifest.Datasets {
			seen[name] += c.Count
			azure := strings.HasPrefix(name, "azure.") || strings.HasPrefix(name, "keyvault.")
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
				if strings.HasPrefix(name, "entra.") && !schema(name).Shared() && c.Status != snapshot.Complete && c.Status != snapshot.NotLicensed {
					t.Errorf("%s: %s %v", name, c.Status, c.Evidence)
				}
			}
		})
	}

	if writes := srv.Writes(); len(writes) > 0 {
		t.Errorf("writes: %v", writes)
	}
}

// TestEmulatedLimits: at Microsoft's published limits, nothing is refused for having been
// asked too often, and everything is whole. Time is real; of conditional access, which
// takes one request a second, one may come too early where the one before it was late.
func TestEmulatedLimits(t *testing.T) {
	w := emulator.GenerateClients(7, nil)
	w.Add("tailspin", emulator.Size{Tier: "small", Users: 40, Subscriptions: 2, Resources: 40})
	srv := serve(t, w, emulator.Options{Limits: true})
	cfg := emulated(t, w, srv, "tailspin")
	cfg.Now, cfg.Retry = nil, Retry{}
	s := mustRun(t, cfg)
	for name, c := range s.Manifest.Datasets {
		if c.Status == snapshot.Throttled || c.Status == snapshot.Partial {
			t.Errorf("%s: %s %v", name, c.Status, c.Evidence)
		}
	}

	n := 0
	for _, r := range srv.Requests() {
		if r.Status == http.StatusTooManyRequests && !strings.Contains(r.Path, "/conditionalAccess/") {
			t.Errorf("refused: %s", r.Path)
		}
		n++
	}
	if n < 30 {
		t.Errorf("only %d requests", n)
	}
}

// TestEmulatedPagesDoNotMatter: page sizes and passing faults change how a
// snapshot was read, never what it says.
func TestEmulatedPagesDoNotMatter(t *testing.T) {
	w := emulator.GenerateClients(7, nil)
	w.Add("tailspin", emulator.Size{Tier: "small", Users: 40, Subscriptions: 2, Resources: 40})

	var first map[string]string
	for i, o := range []emulator.Options{
		{},
		{PageSize: 7},
		{Faults: []emulator.Fault{{Kind: "throttle", Times: 2, RetryAfter: "2.128"}, {Kind: "unavailable", Times: 1}}},
		{Faults: []emulator.Fault{{Kind: "throttle", Times: 2, RetryAfter: "0.5", Path: "/graph/"}}},
	} {
		for i, f := range o.Faults {
			o.Faults[i].Path = cmp.Or(f.Path, "/arm/")
		}

		s := mustRun(t, emulated(t, w, serve(t, w, o), "tailspin"))
		digests := map[string]string{}
		for name, c := range s.Manifest.Datasets {
			digests[name] = fmt.Sprint(c.Status, " ", c.Count, " ", c.Digest)
		}

		if first == nil {
			first = digests
		}

		if d := gocmp.Diff(first, digests); d != "" {
			t.Errorf("variant %d: %s", i, d)
		}
	}
}

// TestEmulatedFaults: each fault of the emulator, on one dataset of one client.
func TestEmulatedFaults(t *testing.T) {
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
