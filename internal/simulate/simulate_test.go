package simulate

import (
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/evidence"
	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
	"ringfence/policies"
)

// The tenant of these tests is testdata/fabrikam, a client as saved answers.
const (
	saved        = "../../testdata/fabrikam"
	subscription = "dddddddd-0000-4000-8000-000000000001"
	vaults       = "/subscriptions/" + subscription +
		"/resourcegroups/rg-keys/providers/microsoft.keyvault/vaults/"
)

var asOf = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

var builtIn = sync.OnceValues(func() (*engine.Engine, error) { return engine.Load(policies.FS) })

// imported is the tenant, of answers that edit may change first.
func imported(t *testing.T, edit func(files fstest.MapFS)) (snapshot.Snapshot, *fleetfile.Fleet) {
	t.Helper()
	fleet, diags := fleetfile.Load(saved + "/fleet.hcl")
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}

	files := fstest.MapFS{}
	if err := copyFiles(files, saved+"/saved", ""); err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(files)
	}

	client, _ := fleet.Client("fabrikam")
	promise := evidence.PromiseOf(client.Client)
	snap, err := collectors.Import(collectors.ImportConfig{
		Client: "fabrikam", TenantID: client.TenantID, CollectedAt: asOf, From: files, Tool: "test",
		Azure: promise.Azure, Vaults: promise.Vaults, Domains: promise.Domains,
	})
	if err != nil {
		t.Fatal(err)
	}
	return snap, fleet
}

func copyFiles(files fstest.MapFS, dir, at string) error {
	entries, err := os.ReadDir(path.Join(dir, at))
	for _, e := range entries {
		name := path.Join(at, e.Name())
		if e.IsDir() {
			if err := copyFiles(files, dir, name); err != nil {
				return err
			}
			continue
		}
		data, err := os.ReadFile(path.Join(dir, name))
		if err != nil {
			return err
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return err
}

func judged(t *testing.T, snap snapshot.Snapshot, fleet *fleetfile.Fleet) finding.Set {
	t.Helper()
	e, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	promise, err := fleet.Promise("fabrikam")
	if err != nil {
		t.Fatal(err)
	}
	set, err := e.Evaluate(t.Context(), snap, promise, asOf)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestSimulatedIsMeasured: what a simulation predicts is what is found in a tenant that
// really is so.
func TestSimulatedIsMeasured(t *testing.T) {
	replace := func(file, old, text string) func(fstest.MapFS) {
		return func(files fstest.MapFS) {
			changed := strings.ReplaceAll(string(files[file].Data), old, text)
			if changed == string(files[file].Data) {
				panic(file + " has no " + old)
			}
			files[file].Data = []byte(changed)
		}
	}

	for _, c := range []struct {
		name   string
		tenant func(fstest.MapFS)
		change fleetfile.DocumentChange
	}{
		{
			"patch a singleton", replace("entra.authorization_policy.json", `"everyone"`, `"adminsAndGuestInviters"`),
			fleetfile.DocumentChange{Kind: "patch", Dataset: "entra.authorization_policy", ID: "default",
				Set: map[string]any{"allowInvitesFrom": "adminsAndGuestInviters"}},
		},
		{
			"patch below a parent, an id in another case",
			replace("keyvault.vaults/"+subscription+".json", `"enableSoftDelete": true`,
				`"enableSoftDelete": true, "enablePurgeProtection": true`),
			fleetfile.DocumentChange{Kind: "patch", Dataset: "keyvault.vaults", ID: strings.ToUpper(vaults) + "KV-FABRIKAM-01",
				Set: map[string]any{"properties": map[string]any{"enablePurgeProtection": true}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			snap, fleet := imported(t, nil)
			simulated, _, err := Apply(snap, []fleetfile.DocumentChange{c.change})
			if err != nil {
				t.Fatal(err)
			}
			real, _ := imported(t, func(files fstest.MapFS) {
				if c.change.Dataset == "keyvault.vaults" { // one of the two has it already
					data := string(files["keyvault.vaults/"+subscription+".json"].Data)
					data = strings.Replace(data, `"enablePurgeProtection": true,`, "", 1)
					files["keyvault.vaults/"+subscription+".json"].Data = []byte(data)
				}
				c.tenant(files)
			})

			got, want := judged(t, simulated, fleet), judged(t, real, fleet)
			if diff := cmp.Diff(want.Verdicts, got.Verdicts); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(want.Findings, got.Findings); diff != "" {
				t.Error(diff)
			}
			if now := judged(t, snap, fleet); cmp.Equal(now.Verdicts, got.Verdicts) {
				t.Error("the change changes nothing, so that this test says nothing")
			}
		})
	}
}

// TestNothingChanges: a change of nothing gives the same verdicts and coverage, and a
// snapshot that says that it is simulated.
func TestNothingChanges(t *testing.T) {
	snap, fleet := imported(t, nil)
	same := fleetfile.DocumentChange{Kind: "patch", Dataset: "keyvault.vaults", ID: vaults + "kv-fabrikam-01",
		Set: map[string]any{}}
	simulated, effects, err := Apply(snap, []fleetfile.DocumentChange{same})
	if err != nil || len(effects) != 1 {
		t.Fatal(effects, err)
	}

	if diff := cmp.Diff(snap.Manifest.Datasets, simulated.Manifest.Datasets); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(simulated.Manifest.Tool, "simulated") || simulated.Digest() == snap.Digest() {
		t.Error(simulated.Manifest.Tool)
	}

	c := Compare(judged(t, snap, fleet), judged(t, simulated, fleet))
	if len(c.Subjects) > 0 || c.Counts[Unchanged] == 0 || c.Schema != SchemaName {
		t.Errorf("%+v", c)
	}
}

// TestMissingStaysMissing: no dataset is more complete after a change than before, whatever
// the change adds, and no control is satisfied by what a change puts into a gap.
func TestMissingStaysMissing(t *testing.T) {
	snap, fleet := imported(t, func(files fstest.MapFS) {
		delete(files, "entra.authorization_policy.json")
		delete(files, "keyvault.vaults/"+subscription+".json")
	})
	add := []fleetfile.DocumentChange{
		{Kind: "add", Dataset: "entra.authorization_policy", Body: map[string]any{
			"id": "authorizationPolicy", "allowInvitesFrom": "none",
		}},
		{Kind: "add", Dataset: "entra.users", Body: map[string]any{
			"id": "00000000-0000-4000-8000-000000000001", "userPrincipalName": "a@fabrikam.example",
		}},
	}

	simulated, _, err := Apply(snap, add)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range simulated.Manifest.Datasets {
		if before := snap.Manifest.Datasets[name]; c.Status != before.Status {
			t.Errorf("%s: %s is %s after the change", name, before.Status, c.Status)
		}
	}

	c := Compare(judged(t, snap, fleet), judged(t, simulated, fleet))
	for _, s := range c.Subjects {
		if s.After == finding.Satisfied {
			t.Errorf("%s is satisfied for %s by what was made up", s.Control, s.Subject)
		}
	}
	if len(simulated.Manifest.Datasets["entra.users"].Digest) == 0 {
		t.Error("the added user is nowhere")
	}
}

// TestPlaces: what is read at a document goes with it, and what is new at a new one is
// unknown until the change describes it.
func TestPlaces(t *testing.T) {
	vault := vaults + "kv-new"
	addVault := fleetfile.DocumentChange{Kind: "add", Dataset: "keyvault.vaults", Scope: subscription}
	addVault.Body = map[string]any{
		"id": vault, "name": "kv-new", "location": "westeurope", "type": "Microsoft.KeyVault/vaults",
		"properties": map[string]any{"tenantId": "aaaaaaaa-0000-4000-8000-000000000010"},
	}
	snap := withKeys(t)

	unknown, effects, err := Apply(snap, []fleetfile.DocumentChange{addVault})
	if err != nil {
		t.Fatal(err)
	}
	keys := unknown.Manifest.Datasets["keyvault.keys"]
	if keys.Status != snapshot.Partial || scopeOf(keys, vault) != snapshot.Skipped {
		t.Errorf("keys of a new vault that nobody describes: %+v", keys)
	}
	if len(effects) < 2 {
		t.Errorf("effects: %v", effects)
	}

	described, _, err := Apply(snap, []fleetfile.DocumentChange{
		addVault, {Kind: "describe", Dataset: "keyvault.keys", At: []string{vault}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if keys = described.Manifest.Datasets["keyvault.keys"]; keys.Status != snapshot.Complete {
		t.Errorf("keys of a new vault that is described: %+v", keys)
	}

	gone, effects, err := Apply(snap, []fleetfile.DocumentChange{
		{Kind: "remove", Dataset: "keyvault.vaults", ID: vaults + "kv-fabrikam-01"},
	})
	if err != nil {
		t.Fatal(err)
	}
	keys = gone.Manifest.Datasets["keyvault.keys"]
	if keys.Count != 0 || len(keys.Scopes) != 1 || len(effects) != 2 || effects[1].Why == "" {
		t.Errorf("keys of a vault that is gone: %+v, %v", keys, effects)
	}
}

// withKeys is the tenant with the keys of its two vaults, one key in the first.
func withKeys(t *testing.T) snapshot.Snapshot {
	t.Helper()
	snap, _ := imported(t, nil)
	first, second := vaults+"kv-fabrikam-01", vaults+"kv-fabrikam-02"
	c := snapshot.Coverage{
		Status: snapshot.Complete, StartedAt: snap.Manifest.CollectedAt, EndedAt: snap.Manifest.CollectedAt,
		Scopes: []snapshot.Scope{
			{Scope: first, Status: snapshot.Complete, Count: 1}, {Scope: second, Status: snapshot.Complete},
		},
	}
	doc := snapshot.Document{ID: first + "/keys/k", Scope: first, Spec: map[string]any{"id": first + "/keys/k"}}

	m := snap.Manifest
	part, err := snapshot.Seal(m, []snapshot.Dataset{
		{Name: "keyvault.keys", Documents: []snapshot.Document{doc}, Coverage: c},
	})
	if err != nil {
		t.Fatal(err)
	}

	rest := snap.Open
	m.Datasets = maps.Clone(m.Datasets)
	maps.Copy(m.Datasets, part.Manifest.Datasets)
	raw, err := snapshot.CanonicalFile(m)
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.Snapshot{Manifest: m, Raw: raw, Open: func(name string) (io.ReadCloser, error) {
		if name == "keyvault.keys" {
			return part.Open(name)
		}
		return rest(name)
	}}
}

func scopeOf(c snapshot.Coverage, place string) snapshot.Status {
	i := slices.IndexFunc(c.Scopes, isAt(place))
	if i < 0 {
		return ""
	}
	return c.Scopes[i].Status
}

// TestImpossible: a change that is about what the snapshot does not have is refused, with
// its place.
func TestImpossible(t *testing.T) {
	snap, _ := imported(t, nil)
	for _, c := range []struct {
		name   string
		change fleetfile.DocumentChange
		want   string
	}{
		{"removed", fleetfile.DocumentChange{Kind: "remove", Dataset: "keyvault.vaults", ID: "/x"}, "holds no document"},
		{"patched", fleetfile.DocumentChange{Kind: "patch", Dataset: "entra.users", ID: "x"}, "read as skipped"},
		{"id", fleetfile.DocumentChange{Kind: "patch", Dataset: "keyvault.vaults", ID: vaults + "kv-fabrikam-01",
			Set: map[string]any{"id": "/other"}}, "makes the document's id"},
		{"there", fleetfile.DocumentChange{Kind: "add", Dataset: "entra.authorization_policy",
			Body: map[string]any{"id": "authorizationPolicy"}}, "already"},
		{"elsewhere", fleetfile.DocumentChange{Kind: "add", Dataset: "keyvault.vaults", Scope: "other",
			Body: map[string]any{"id": vaults + "kv-x"}}, "other"},
		{"no scope", fleetfile.DocumentChange{Kind: "add", Dataset: "azure.locations", Scope: "eeee",
			Body: map[string]any{"id": "/subscriptions/eeee/locations/x", "name": "x"}}, "says nothing of the scope"},
		{"no object", fleetfile.DocumentChange{Kind: "patch", Dataset: "keyvault.vaults", ID: vaults + "kv-fabrikam-01",
			Unset: []string{"/properties/sku/name/x"}}, "unset"},
		{"described", fleetfile.DocumentChange{Kind: "describe", Dataset: "keyvault.keys",
			At: []string{vaults + "kv-fabrikam-01"}}, "not for a change to say"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.change.Place = "change.hcl:7"
			_, _, err := Apply(snap, []fleetfile.DocumentChange{c.change})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "change.hcl:7") {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestUnset: a documented absence is null, as in every snapshot; any other property lacks.
func TestUnset(t *testing.T) {
	snap, _ := imported(t, nil)
	changed, _, err := Apply(snap, []fleetfile.DocumentChange{{
		Kind: "patch", Dataset: "keyvault.vaults", ID: vaults + "kv-fabrikam-02",
		Unset: []string{"/properties/enablePurgeProtection", "/location"},
	}})
	if err != nil {
		t.Fatal(err)
	}

	docs, err := changed.Documents("keyvault.vaults")
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		if !strings.HasSuffix(doc.ID, "kv-fabrikam-02") {
			continue
		}
		protection, has := doc.Spec["properties"].(map[string]any)["enablePurgeProtection"]
		if _, there := doc.Spec["location"]; there || !has || protection != nil {
			t.Errorf("%+v", doc.Spec)
		}
	}
}

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		before, after finding.Outcome
		want          Kind
	}{
		{finding.Satisfied, finding.Satisfied, Unchanged},
		{finding.Satisfied, finding.NotSatisfied, New},
		{finding.Undetermined, finding.NotSatisfied, New},
		{None, finding.NotSatisfied, New},
		{finding.NotSatisfied, finding.Undetermined, Unknown},
		{finding.Satisfied, finding.Undetermined, Unknown},
		{finding.NotSatisfied, finding.Satisfied, Resolved},
		{finding.NotSatisfied, None, Resolved},
		{finding.Undetermined, finding.Satisfied, Settled},
		{finding.Undetermined, None, Settled},
		{None, finding.Satisfied, Added},
		{finding.Satisfied, None, Gone},
	} {
		if got := kindOf(c.before, c.after); got != c.want {
			t.Errorf("%s to %s is %s, want %s", c.before, c.after, got, c.want)
		}
	}
}
