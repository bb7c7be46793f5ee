package soundness

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors"
	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/access"
	"ringfence/internal/effort"
	"ringfence/policies"
)

// minimised collects a client for what a policy set reads alone, in its facts, too, if clients
// are compared.
func (f *fleet) minimised(t *testing.T, label string, e *engine.Engine, compared bool) snapshot.Snapshot {
	t.Helper()
	collector := f.collector()
	cfg, err := collector.Config(label)
	if err != nil {
		t.Fatal(err)
	}

	msp, err := collector.FreshMSP(t.Context(), collectors.ResumeFor)
	if err != nil {
		t.Fatal(err)
	}
	client, _ := f.file.Client(label)
	cfg.Shared = collector.Shares(msp, nil).Of(client.TenantID)
	cfg.Only = access.Properties(e, compared)
	snap, err := collectors.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// verdictLines are a set's verdicts, a line each.
func verdictLines(t *testing.T, f *fleet, e *engine.Engine, label string, snap snapshot.Snapshot) []string {
	t.Helper()
	in, err := f.file.Intent(label)
	if err != nil {
		t.Fatal(err)
	}
	set, err := e.Evaluate(context.Background(), snap, in, now)
	if err != nil {
		t.Fatal(err)
	}

	var lines []string
	for _, v := range set.Verdicts {
		lines = append(lines, v.Control+" "+v.Subject+" "+string(v.Outcome))
	}
	for _, c := range set.Controls {
		lines = append(lines, c.ID+" "+string(c.Outcome))
	}
	return lines
}

// TestMinimised: a collection for what the policy set reads gives the verdicts of a whole
// one. What was not asked for is skipped, and named.
func TestMinimised(t *testing.T) {
	effort.WithoutRace(t)
	w := small()
	f := serve(t, w)
	e := builtin(t)
	reads := access.Properties(e, false)
	labels := everyone(f.file)
	for _, label := range pickFrom(labels, effort.Of(2, 3, len(labels)), "clients") {
		t.Run(label, func(t *testing.T) {
			minimal := f.minimised(t, label, e, false)
			whole := f.collect(t, label)
			want, got := verdictLines(t, f, e, label, whole), verdictLines(t, f, e, label, minimal)
			if diff := cmp.Diff(want, got); diff != "" || len(want) < 10 {
				t.Errorf("verdicts, of %d (-whole +minimal):\n%s", len(want), diff)
			}

			if len(minimal.Manifest.Datasets) != len(whole.Manifest.Datasets) {
				t.Errorf("%d datasets, not %d", len(minimal.Manifest.Datasets), len(whole.Manifest.Datasets))
			}
			for name, c := range minimal.Manifest.Datasets {
				_, isRead := reads[name]
				if isRead && c.Status == snapshot.Skipped && whole.Manifest.Datasets[name].Status != snapshot.Skipped {
					t.Errorf("%s is read, and skipped", name)
				}
				if c.Status == snapshot.Skipped && c.Requests > 0 {
					t.Errorf("%s is skipped, after %d requests", name, c.Requests)
				}
			}
		})
	}
}

// TestMinimisedAsksForLess: only the endpoints and properties of one control's plan, and
// what they depend on, are asked for; and a policy set that reads more finds nothing
// satisfied that it did not see.
func TestMinimisedAsksForLess(t *testing.T) {
	effort.WithoutRace(t)
	w := emulator.GenerateClients(1, []string{"contoso"})
	f := serve(t, w)
	one := onePerControl(t).engine(t, "RF-T-11")

	before := len(f.server.Requests())
	snap := f.minimised(t, "contoso", one, false)
	var users string
	for _, r := range f.server.Requests()[before:] {
		if r.Tenant != "contoso" {
			continue // the MSP's own tenant is read for what clients are compared by
		}
		if strings.Contains(r.Path, "/policies/") || strings.Contains(r.Path, "Microsoft.KeyVault") {
			t.Errorf("%s: %s is asked for, and no control reads it", r.Tenant, r.Path)
		}
		if strings.HasSuffix(r.Path, "/users") {
			users = r.Query
		}
	}
	if !strings.Contains(users, "$select=") || strings.Contains(users, "onPremisesSyncEnabled") {
		t.Errorf("users are asked for with %q", users)
	}
	if c := snap.Manifest.Datasets["entra.authorization_policy"]; c.Status != snapshot.Skipped || c.Evidence == nil {
		t.Errorf("%+v", c)
	}

	whole := verdictLines(t, f, builtin(t), "contoso", f.collect(t, "contoso"))
	satisfied := string(finding.Satisfied)
	for _, line := range verdictLines(t, f, builtin(t), "contoso", snap) {
		if strings.HasSuffix(line, " "+satisfied) && !slices.Contains(whole, line) {
			t.Errorf("%s, and it is not on whole evidence", line)
		}
		if strings.HasPrefix(line, "RF-T-08 ") && strings.HasSuffix(line, " "+satisfied) {
			t.Errorf("%s, although nothing of it was asked for", line)
		}
	}
}

// TestMinimisedFacts: a collection for one control, where clients are compared, finds the facts of
// a whole one, as completely; where they are not, it says that it does not.
func TestMinimisedFacts(t *testing.T) {
	effort.WithoutRace(t)
	f := serve(t, emulator.GenerateClients(1, []string{"contoso"}))
	e := factsAndOneControl(t)
	whole, _ := factsOf(t, e, f, "contoso", f.collect(t, "contoso"))
	compared, _ := factsOf(t, e, f, "contoso", f.minimised(t, "contoso", e, true))
	if d := cmp.Diff(whole.Links, compared.Links); d != "" {
		t.Errorf("links (-whole +minimal): %s", d)
	}
	if d := cmp.Diff(whole.Edges, compared.Edges); d != "" {
		t.Errorf("edges (-whole +minimal): %s", d)
	}

	alone, _ := factsOf(t, e, f, "contoso", f.minimised(t, "contoso", e, false))
	for _, k := range e.FactKinds() {
		if whole.Of(k.Name).Complete() != compared.Of(k.Name).Complete() {
			t.Errorf("%s: %+v of what is compared", k.Name, compared.Of(k.Name).Units)
		}
		if k.Name == "device" && alone.Of(k.Name).Complete() {
			t.Errorf("nobody asked for devices, and their facts are complete")
		}
	}
}

// factsAndOneControl is a policy set with all facts and one control, which reads little.
func factsAndOneControl(t *testing.T) *engine.Engine {
	t.Helper()
	files := fstest.MapFS{}
	for _, dir := range []string{"lib", "facts", "isolation/cross_tenant_entries"} {
		err := fs.WalkDir(policies.FS, "ringfence/"+dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(policies.FS, name)
			files[name] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	family, err := fs.ReadFile(policies.FS, "ringfence/isolation/isolation.rego")
	if err != nil {
		t.Fatal(err)
	}
	files["ringfence/isolation/isolation.rego"] = &fstest.MapFile{Data: family}
	e, err := engine.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
