package engine_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/effort"
	"ringfence/policies"
)

const (
	tenant = "aaaaaaaa-0000-4000-8000-000000000010"
	subA   = "dddddddd-0000-4000-8000-000000000001"
	subB   = "dddddddd-0000-4000-8000-000000000002"
)

var asOf = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func promise() intent.Intent {
	return intent.Intent{Schema: intent.SchemaName, MSP: intent.MSP{TenantID: "aaaaaaaa-0000-4000-8000-000000000001"},
		Client: intent.Client{Name: "fabrikam", TenantID: tenant, State: "live", Cloud: "public", MaxAge: "24h",
			Azure: &intent.Azure{Subscriptions: []string{subA}},
			Fence: &intent.Fence{Name: "eu", Regions: []string{"northeurope", "westeurope"}}}}
}

// data makes a dataset out of API bodies, per scope ("" for one read once).
func data(t *testing.T, name string, bodies map[string][]string) snapshot.Dataset {
	t.Helper()
	schema := snapshot.Schemas()[name]
	d := snapshot.Dataset{Name: name, Documents: []snapshot.Document{}, Coverage: snapshot.Coverage{
		Status: snapshot.Complete, StartedAt: "2026-11-23T11:59:00Z", EndedAt: "2026-11-23T11:59:30Z"}}
	for _, scope := range slices.Sorted(maps.Keys(bodies)) {
		list := bodies[scope]
		for _, body := range list {
			m, err := snapshot.ParseObject([]byte(body))
			if err != nil {
				t.Fatal(err)
			}

			doc, err := schema.Normalize(m, scope)
			if err != nil {
				t.Fatal(err)
			}

			d.Documents = append(d.Documents, doc)
		}

		if scope != "" {
			d.Coverage.Scopes = append(d.Coverage.Scopes, snapshot.Scope{Scope: scope, Status: snapshot.Complete, Count: len(list)})
		}
	}

	return d
}

// seal makes a snapshot that agrees with itself: the datasets that these are read
// by are added, and parents that a test does not care about.
func seal(t testing.TB, datasets ...snapshot.Dataset) snapshot.Snapshot {
	t.Helper()
	snap, err := snapshot.Seal(snapshot.Manifest{Client: "fabrikam", TenantID: tenant, Tool: "test", Cloud: "public"}, withParents(datasets))
	if err != nil {
		t.Fatal(err)
	}

	return snap
}

var everything = snapshot.Coverage{Status: snapshot.Complete, StartedAt: "2026-11-23T11:59:00Z", EndedAt: "2026-11-23T11:59:30Z"}

// withParents adds, for datasets that are read per parent, that parent with a
// document for each scope, and an empty scope where a subscription has none.
func withParents(datasets []snapshot.Dataset) []snapshot.Dataset {
	all := map[string]snapshot.Dataset{snapshot.SubscriptionDataset: {}}
	scopes := map[string]map[string]bool{snapshot.SubscriptionDataset: {subA: true}}
	for _, d := range datasets {
		all[d.Name] = d
		parent := snapshot.Schemas()[d.Name].Parent
		if parent != "" && scopes[parent] == nil {
			scopes[parent] = map[string]bool{}
		}

		for _, s := range d.Coverage.Scopes {
			scopes[parent][s.Scope] = true
		}
	}

	for parent, ids := range scopes {
		if len(all[parent].Documents) == 0 && all[parent].Coverage.Scopes == nil {
			all[parent] = parentOf(parent, slices.Sorted(maps.Keys(ids)))
		}
	}

	for _, proof := range []string{"azure.caller_access", "azure.role_definitions"} {
		all[proof] = proofIn(proof, slices.Sorted(maps.Keys(scopes[snapshot.SubscriptionDataset])))
	}

	for name, d := range all {
		if snapshot.Schemas()[name].Parent != snapshot.SubscriptionDataset || d.Documents == nil || d.Coverage.Status == snapshot.Denied {
			continue
		}
		listed := func(s snapshot.Scope) bool { return s.Scope == subA }
		if !slices.ContainsFunc(d.Coverage.Scopes, listed) {
			d.Coverage.Scopes = append(slices.Clone(d.Coverage.Scopes), snapshot.Scope{Scope: subA, Status: snapshot.Complete})
			all[name] = d
		}
	}

	return slices.Collect(maps.Values(all))
}

// proofIn shows something of the caller's role in each subscription.
func proofIn(name string, subscriptions []string) snapshot.Dataset {
	d := snapshot.Dataset{Name: name, Documents: []snapshot.Document{}, Coverage: everything}
	for _, s := range subscriptions {
		d.Documents = append(d.Documents, snapshot.Document{
			ID: s + roleAt, Scope: s, Spec: map[string]any{"id": roleAt, "name": "acdd72a7-3385-48ef-bd42-f606fba81ae7"},
		})
		d.Coverage.Scopes = append(d.Coverage.Scopes, snapshot.Scope{Scope: s, Status: snapshot.Complete, Count: 1})
	}
	return d
}

func parentOf(name string, ids []string) snapshot.Dataset {
	d := snapshot.Dataset{Name: name, Documents: []snapshot.Document{}, Coverage: everything}
	for _, id := range ids {
		d.Documents = append(d.Documents, snapshot.Document{ID: id, Spec: map[string]any{"securityEnabled": true}})
	}
	return d
}

func vault(sub, name, props string) string {
	return `{"id":"/subscriptions/` + sub + `/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/` + name + `","name":"` + name + `","location":"westeurope",
	"properties":{"tenantId":"` + tenant + `","vaultUri":"https://` + name + `.vault.azure.net/"` + props + `}}`
}

func load(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Load(policies.FS)
	if err != nil {
		t.Fatal(err)
	}

	return e
}

func verdicts(t *testing.T, e *engine.Engine, snap snapshot.Snapshot, in intent.Intent, control string) map[string]finding.Outcome {
	t.Helper()
	set, err := e.Evaluate(context.Background(), snap, in, asOf)
	if err != nil {
		t.Fatal(err)
	}

	got := map[string]finding.Outcome{}
	for _, v := range set.Verdicts {
		if v.Control == control {
			got[v.Subject] = v.Outcome
		}
	}

	for _, c := range set.Controls {
		if c.ID == control {
			got["="] = c.Outcome
		}
	}

	if testing.Verbose() {
		b, _ := json.MarshalIndent(set.Findings, "", " ")
		t.Logf("%s", b)
	}

	return got
}

// roleAt is the id of a role definition.
const roleAt = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"

func TestVaultsPerScope(t *testing.T) {
	effort.WithoutRace(t)
	good := `,"enablePurgeProtection":true,"softDeleteRetentionInDays":90,"enableSoftDelete":true`
	vaults := data(t, "keyvault.vaults", map[string][]string{subA: {vault(subA, "good", good), vault(subA, "bad", ""), vault(subA, "short", `,"enablePurgeProtection":true,"softDeleteRetentionInDays":89`)}})
	vaults.Coverage.Status = snapshot.Partial
	vaults.Coverage.Scopes = append(vaults.Coverage.Scopes, snapshot.Scope{Scope: subB, Status: snapshot.Denied})
	hsms := data(t, "keyvault.managed_hsms", map[string][]string{subA: {}})
	hsms.Coverage.Status = snapshot.Partial
	hsms.Coverage.Scopes = append(hsms.Coverage.Scopes, snapshot.Scope{Scope: subB, Status: snapshot.Denied})
	got := verdicts(t, load(t), seal(t, vaults, hsms), promise(), "RF-K-04")

	id := "keyvault.vaults/subscriptions/" + subA + "/resourcegroups/rg/providers/microsoft.keyvault/vaults/"
	want := map[string]finding.Outcome{
		id + "good": finding.Satisfied, id + "bad": finding.NotSatisfied, id + "short": finding.NotSatisfied,
		"keyvault.vaults/" + subB + "/*": finding.Undetermined, "keyvault.managed_hsms/" + subB + "/*": finding.Undetermined,
		"=": finding.NotSatisfied,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
