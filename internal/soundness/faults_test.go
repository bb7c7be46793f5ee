package soundness

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ringfence/collectors"
	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// The fault matrix: each fault at each dataset ends in the status that it deserves, no
// verdict becomes satisfied by it, and no token goes to a foreign host.

// matrixFault is a fault, and how a dataset ends at whose endpoint it happens.
type matrixFault struct {
	emulator.Fault

	// ends are the statuses that a dataset may have, with spaces between them; "whole"
	// stands for the one that it has without the fault.
	ends func(u collectors.Unit, count int) string
}

// always: every dataset ends in one of these.
func always(statuses string) func(collectors.Unit, int) string {
	return func(collectors.Unit, int) string { return statuses }
}

// byForm: what a dataset ends in depends on the form of its answers.
func byForm(list, single, query string) func(collectors.Unit, int) string {
	return func(u collectors.Unit, _ int) string {
		switch {
		case isQuery(u):
			return query
		case u.Schema.ID.Form == snapshot.Singleton:
			return single
		}
		return list
	}
}

// atLinks: a link that leads astray. Of a history, the first page is all that is read.
func atLinks(list string) func(collectors.Unit, int) string {
	forms := byForm(list, "partial", "partial")
	return func(u collectors.Unit, count int) string {
		if u.Schema.Newest != nil {
			return "whole"
		}
		return forms(u, count)
	}
}

// ofAPI: it happens to one API alone.
func ofAPI(api, statuses string) func(collectors.Unit, int) string {
	return func(u collectors.Unit, _ int) string {
		if u.Schema.Source.API != api {
			return "whole"
		}
		return statuses
	}
}

// withObjects: what happens to objects is seen where there are any.
func withObjects(statuses string) func(collectors.Unit, int) string {
	return func(_ collectors.Unit, count int) string {
		if count == 0 {
			return "whole"
		}
		return statuses
	}
}

func isQuery(u collectors.Unit) bool {
	return strings.Contains(strings.ToLower(u.Schema.Source.Endpoint), "resourcegraph")
}

// promisesMore: a property beside the id is always there.
func promisesMore(s *snapshot.Schema) bool {
	for name, p := range s.Properties {
		if p.Presence == snapshot.Always && name != s.ID.Property && !strings.HasPrefix(name, "@") {
			return true
		}
	}
	return false
}

// matrix are the faults. foreign is the address of a server that must not be asked.
func matrix(foreign string) []matrixFault {
	fault := func(kind, value string) emulator.Fault { return emulator.Fault{Kind: kind, Value: value} }
	return []matrixFault{
		{fault("throttle", ""), always("throttled")},
		{emulator.Fault{Kind: "throttle", RetryAfter: "2.128"}, always("throttled")},
		{emulator.Fault{Kind: "throttle", RetryAfter: "0.5", Times: 2}, always("whole")},
		{fault("unavailable", ""), always("error")},
		{emulator.Fault{Kind: "unavailable", Times: 2}, always("whole")},
		{fault("status", "500"), always("error")},
		{fault("status", "404"), always("error complete")}, // x-not-found: some say that nothing is there
		{fault("denied", ""), always("denied")},
		{fault("reset", ""), always("error")},
		{fault("truncate", ""), always("error")},
		{fault("body", "<html>"), always("error")},
		{fault("body", "{}"), always("error")},
		{fault("body", `{"error":{"code":"UnknownError"}}`), always("error")},
		{fault("slow", "1ms"), always("whole")},
		{fault("untold", ""), always("whole")},    // only where changes are asked for: see TestMissedChanges
		{fault("cached", "30h"), always("whole")}, // and old: see TestCachedAnswers
		{fault("dribble", "1ms"), always("whole")},
		{fault("loop", ""), atLinks("error")},
		{fault("foreign", foreign), atLinks("error")},
		{fault("redirect", foreign), always("error")},
		{emulator.Fault{Kind: "empty_page", Times: 1}, byForm("whole", "error", "partial whole")},
		{fault("duplicate", ""), always("whole")},
		{fault("duplicate_key", ""), byForm("error", "error whole", "error partial")},
		{fault("deep", ""), always("error")},
		{fault("hostile_names", ""), always("whole")},
		{fault("nulls", ""), func(u collectors.Unit, count int) string {
			if count == 0 || !promisesMore(u.Schema) || u.Schema.Source.API == "arm" {
				return "whole partial error"
			}
			return "partial error"
		}},
		{fault("null_ids", ""), func(u collectors.Unit, count int) string {
			if count == 0 || u.Schema.ID.Form == snapshot.Singleton || u.Schema.ID.Property != "id" || isQuery(u) {
				return "whole partial error"
			}
			if u.Schema.Parent != "" { // some of its lists are empty
				return "error partial"
			}
			return "error"
		}},
		{fault("wrong_tenant", ""), always("whole partial")},
		{fault("missing", "20"), always("whole")}, // each is asked for by itself
		{fault("truncated", ""), byForm("whole", "whole", "partial")},
		{fault("unlicensed", ""), func(u collectors.Unit, _ int) string {
			return cmp.Or(map[bool]string{true: "whole error"}[u.Schema.Source.API == "arm"], "error denied")
		}},
		{fault("error", "InternalServerError"), always("partial error")},
		{fault("expired_page", ""), always("whole partial")},
		{fault("expired_delta", ""), always("whole")},
		{fault("role_removed", ""), func(u collectors.Unit, _ int) string {
			if isQuery(u) { // it then finds nothing, without a word: DESIGN.md, "Out of reach"
				return "whole denied partial error"
			}
			return ofAPI("arm", "denied partial error")(u, 0)
		}},
	}
}

// guards tell whose tenant it is, and what may be seen there: without them, nothing can
// be said of the rest. They have tests of their own below.
var guards = []string{"entra.organization", "entra.subscribed_skus", "azure.subscriptions", "azure.caller_access",
	"azure.role_definitions"}

// matrixClient has everything: each licence, a subscription, devices.
const matrixClient = emulator.CleanLabel

// TestFaultMatrix: every fault at every dataset ends in the right status. All datasets
// that are read by the documents of the same ones have the fault at once.
func TestFaultMatrix(t *testing.T) {
	effort.WithoutRace(t)
	var strangers atomic.Int64
	foreign := listen(t, &strangers)
	w := emulator.GenerateClients(1, []string{matrixClient})
	faults := matrix("https://" + foreign)

	for _, label := range []string{matrixClient, snapshot.FleetClient} {
		runs, whole := 0, collectWith(t, w, label, nil, 100)
		levels := levelsOf(whole, label == snapshot.FleetClient)
		for _, m := range pickFrom(faults, effort.Of(3, 6, len(faults)), "faults") {
			for _, level := range levels {
				runs++
				got := collectWith(t, w, label, at(m.Fault, level), 100)
				for _, u := range level {
					name := u.Schema.Dataset
					checkEnd(t, m, u, whole.Manifest.Datasets[name], got.Manifest.Datasets[name])
				}
			}
		}
		t.Logf("%s: %d of %d faults at %d datasets, %d collections", label, effort.Of(3, 6, len(faults)),
			len(faults), len(slices.Concat(levels...)), runs)
	}

	if n := strangers.Load(); n > 0 {
		t.Errorf("%d connections to a foreign host", n)
	}
}

// at puts a fault to the endpoints of datasets.
func at(f emulator.Fault, units []collectors.Unit) (all []emulator.Fault) {
	for _, u := range units {
		f.Dataset = u.Schema.Dataset
		f.Path = ""
		if f.Kind == "missing" { // of a batch, which is no dataset's
			f.Dataset, f.Path = "", "*$batch"
		}
		all = append(all, f)
	}
	if f.Kind == "missing" {
		return all[:1]
	}
	return all
}

// checkEnd holds the status of a dataset to what the fault may end in.
func checkEnd(t *testing.T, m matrixFault, u collectors.Unit, whole, got snapshot.Coverage) {
	t.Helper()
	allowed := strings.Fields(m.ends(u, whole.Count))
	if i := slices.Index(allowed, "whole"); i >= 0 {
		allowed[i] = string(whole.Status)
	}
	if !slices.Contains(allowed, string(got.Status)) {
		t.Errorf("%s %q at %s: %s (%v), want %v", m.Kind, m.Value, u.Schema.Dataset, got.Status, got.Evidence, allowed)
	}
	if got.Status != snapshot.Complete && got.Status != snapshot.NotLicensed && got.Evidence == nil && len(got.Scopes) == 0 {
		t.Errorf("%s at %s: %s without a reason", m.Kind, u.Schema.Dataset, got.Status)
	}
}

// levelsOf are the units of a client's own tenant, or of what the MSP's says of clients,
// that are asked for at all, those whose parents come first in front. Guards are left out.
func levelsOf(whole snapshot.Snapshot, shared bool) (levels [][]collectors.Unit) {
	for _, u := range collectors.All() {
		s := u.Schema
		c, read := whole.Manifest.Datasets[s.Dataset]
		if !read || s.Shared() != shared || c.Requests == 0 || slices.Contains(guards, s.Dataset) {
			continue
		}

		depth := depthOf(s)
		for len(levels) <= depth {
			levels = append(levels, nil)
		}
		levels[depth] = append(levels[depth], u)
	}
	return levels
}

// depthOf is how many datasets must be read before one can be.
func depthOf(s *snapshot.Schema) (depth int) {
	for _, parent := range append([]string{s.Parent, s.Inside}, s.MoreParents...) {
		if above := snapshot.Schemas()[parent]; above != nil {
			depth = max(depth, depthOf(above)+1)
		}
	}
	return depth
}

// collectWith collects a client of a world whose server has faults.
func collectWith(
	t *testing.T, w *emulator.World, label string, faults []emulator.Fault, pageSize int, shares ...snapshot.Dataset,
) snapshot.Snapshot {
	t.Helper()
	snap, err := tryWith(t, w, label, faults, pageSize, shares...)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// tryWith collects it, with its share of the MSP's tenant, where there may be no snapshot.
func tryWith(
	t *testing.T, w *emulator.World, label string, faults []emulator.Fault, pageSize int, shares ...snapshot.Dataset,
) (snapshot.Snapshot, error) {
	t.Helper()
	srv, err := emulator.Start(w, emulator.Options{Faults: faults, PageSize: pageSize})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { go srv.Close() }() // it waits a second for connections

	c, isMSP := w.Client(label), label == snapshot.FleetClient
	if isMSP {
		c = w.MSP
	}
	cloud := collectors.Cloud{Name: "unsafe:emulator", Graph: srv.URL + "/graph", ARM: srv.URL + "/arm",
		Authority: srv.URL + "/login", RootCAs: srv.CA}
	credential, err := collectors.NewCredential(collectors.Auth{TenantID: c.ID, AppID: c.AppID, Secret: w.Secret(), Cloud: cloud})
	if err != nil {
		t.Fatal(err)
	}

	cfg := collectors.Config{
		Client: label, MSP: isMSP, TenantID: c.ID, Cloud: cloud, Credential: credential, Tool: "test", Shared: shares,
		Now:   func() time.Time { return now },
		Retry: collectors.Retry{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }},
	}
	if subscriptions := c.Subscriptions(); !isMSP {
		cfg.Azure = &collectors.Azure{Subscriptions: subscriptions, None: len(subscriptions) == 0}
	}
	return collectors.Run(t.Context(), cfg)
}

// listen counts the connections to a server that nobody has a reason to ask.
func listen(t *testing.T, connections *atomic.Int64) (host string) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// TestFaultsAtGuards: where it cannot be told whose tenant it is, there is no snapshot;
// where it cannot be told what may be seen in Azure, nothing there is complete.
func TestFaultsAtGuards(t *testing.T) {
	effort.WithoutRace(t)
	w := emulator.GenerateClients(1, []string{matrixClient, "fabrikam"})
	for _, f := range []emulator.Fault{
		{Kind: "consent_gone"}, {Kind: "consent_gone", Value: "7000229"},
		{Kind: "wrong_tenant", Value: "fabrikam"}, // the token's
		{Kind: "denied", Dataset: "entra.organization"},
		{Kind: "truncate", Dataset: "entra.organization"},
		{Kind: "wrong_tenant", Value: "fabrikam", Dataset: "entra.organization"},
	} {
		if f.Dataset == "" {
			f.Path = "/login/"
		}
		if snap, err := tryWith(t, w, matrixClient, []emulator.Fault{f}, 100); err == nil || snap.Raw != nil {
			t.Errorf("%s %s %s: a snapshot (%v)", f.Kind, f.Value, f.Dataset, err)
		}
	}

	var refused *collectors.CredentialError
	_, err := tryWith(t, w, matrixClient, []emulator.Fault{{Kind: "consent_gone", Path: "/login/"}}, 100)
	if !errors.As(err, &refused) || refused.Code != "AADSTS700016" {
		t.Errorf("consent gone: %v", err)
	}

	for _, f := range []emulator.Fault{
		{Kind: "denied", Dataset: "azure.caller_access"},
		{Kind: "body", Value: `{"value":[]}`, Dataset: "azure.caller_access"},
		{Kind: "denied", Dataset: "azure.role_definitions"},
		{Kind: "role_removed", Path: "/arm/"},
		{Kind: "body", Value: `{"value":[],"count":{"type":"Total","value":0}}`, Dataset: "azure.subscriptions"},
	} {
		snap := collectWith(t, w, matrixClient, []emulator.Fault{f}, 100)
		for name, c := range snap.Manifest.Datasets {
			s := snapshot.Schemas()[name]
			isGuard := slices.Contains(guards, name)
			if s.Source.API == "arm" && s.Parent != "" && !isGuard && c.CompleteEverywhere() {
				t.Errorf("%s at %s%s: %s is complete", f.Kind, f.Dataset, f.Path, name)
			}
		}
	}
}

// TestRoleRemovedInMidWalk: the first page of a list was read with a role, the second
// without one.
func TestRoleRemovedInMidWalk(t *testing.T) {
	effort.WithoutRace(t)
	w := emulator.GenerateClients(1, []string{matrixClient})
	for _, kind := range []string{"role_removed", "denied", "expired_page"} {
		snap := collectWith(t, w, matrixClient, []emulator.Fault{{Kind: kind, Dataset: "azure.resources", After: 1}}, 5)
		if c := snap.Manifest.Datasets["azure.resources"]; c.Status != snapshot.Partial || c.Count != 5 {
			t.Errorf("%s: %s %d (%v)", kind, c.Status, c.Count, c.Evidence)
		}
	}
}
