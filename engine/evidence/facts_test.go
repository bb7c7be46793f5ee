package evidence

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
)

// TestParentsThatDoNotSay: a group that does not say whether a role can be assigned to
// it must be listed by what is read at such groups. What says nothing of it proves
// nothing, and what lists it does.
func TestParentsThatDoNotSay(t *testing.T) {
	const at = "2026-11-23T08:00:00Z"
	read := func(scopes ...string) snapshot.Coverage {
		c := snapshot.Coverage{Status: snapshot.Complete, StartedAt: at, EndedAt: at}
		for _, s := range scopes {
			c.Scopes = append(c.Scopes, snapshot.Scope{Scope: s, Status: snapshot.Complete})
		}
		return c
	}
	group := func(id string, spec map[string]any) snapshot.Document {
		spec["id"], spec["securityEnabled"], spec["groupTypes"] = id, true, []any{}
		return snapshot.Document{ID: id, Spec: spec}
	}

	for name, tc := range map[string]struct {
		silent map[string]any
		scopes []string
		want   snapshot.Status
	}{
		"it does not say, and is not listed": {map[string]any{}, []string{"a"}, snapshot.Failed},
		"it does not say, and is listed":     {map[string]any{}, []string{"a", "b"}, snapshot.Complete},
		"it says something else":             {map[string]any{"isAssignableToRole": "yes"}, []string{"a"}, snapshot.Failed},
		"null, which means no":               {map[string]any{"isAssignableToRole": nil}, []string{"a"}, snapshot.Complete},
		"no":                                 {map[string]any{"isAssignableToRole": false}, []string{"a"}, snapshot.Complete},
	} {
		groups := []snapshot.Document{group("a", map[string]any{"isAssignableToRole": true}), group("b", tc.silent)}
		snap, err := snapshot.Seal(snapshot.Manifest{Client: "c", TenantID: "t"}, []snapshot.Dataset{
			{Name: "entra.groups", Documents: groups, Coverage: read()},
			{Name: "entra.group_eligibility", Documents: []snapshot.Document{}, Coverage: read(tc.scopes...)},
		})
		if err != nil {
			t.Fatal(err)
		}

		whole := &plan.Field{Whole: plan.Plain}
		shape := decode.Compile("entra.groups", whole, snapshot.Schemas()["entra.groups"])
		e, err := Open(Source{
			Snapshot: snap, Client: intent.Client{Name: "c", TenantID: "t"},
			Rule:   Rule{AsOf: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), MaxAge: 24 * time.Hour},
			Shapes: map[string]*decode.Shape{"entra.groups": shape},
		})
		if err != nil {
			t.Fatal(err)
		}

		c := e.Coverage()["entra.group_eligibility"]
		if c.Status != tc.want || c.Status == snapshot.Failed && !strings.Contains(c.Evidence.Message, "holds b") {
			t.Errorf("%s: %s %v, want %s", name, c.Status, c.Evidence, tc.want)
		}
	}
}

// TestListsWithoutAParent: a list that lacks a document of which other documents were read is not
// whole, whatever it says. Those others stay what they are: what they prove is not hidden.
func TestListsWithoutAParent(t *testing.T) {
	const at = "2026-11-23T08:00:00Z"
	coverage := snapshot.Coverage{Status: snapshot.Complete, StartedAt: at, EndedAt: at}
	graph := snapshot.Document{ID: "graph", Spec: map[string]any{
		"id": "graph", "appId": "00000003-0000-0000-c000-000000000000",
	}}
	other := snapshot.Document{ID: "other", Spec: map[string]any{"id": "other", "appId": "some"}}
	grant := snapshot.Document{ID: "graph/1", Scope: "graph", Spec: map[string]any{"id": "1", "principalId": "p"}}

	for name, tc := range map[string]struct {
		programs []snapshot.Document
		grants   []snapshot.Document
		want     snapshot.Status
	}{
		"it is there":                    {[]snapshot.Document{graph, other}, []snapshot.Document{grant}, snapshot.Complete},
		"it is not, and grants are read": {[]snapshot.Document{other}, []snapshot.Document{grant}, snapshot.Partial},
		"it is not, and there are none":  {[]snapshot.Document{other}, []snapshot.Document{}, snapshot.Complete},
	} {
		read := coverage
		read.Scopes = []snapshot.Scope{{Scope: "graph", Status: snapshot.Complete, Count: len(tc.grants)}}
		snap, err := snapshot.Seal(snapshot.Manifest{Client: "c", TenantID: "t"}, []snapshot.Dataset{
			{Name: "entra.service_principals", Documents: tc.programs, Coverage: coverage},
			{Name: "entra.app_role_assignments", Documents: tc.grants, Coverage: read},
		})
		if err != nil {
			t.Fatal(err)
		}

		e := wholly(t, snap)
		got := [2]snapshot.Status{
			e.Coverage()["entra.service_principals"].Status, e.Coverage()["entra.app_role_assignments"].Status,
		}
		if want := [2]snapshot.Status{tc.want, tc.want}; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// TestListsWithoutOneOfTheParents: keys are read at vaults and at managed HSMs. Where neither list
// has the place, nobody knows which of them is cut.
func TestListsWithoutOneOfTheParents(t *testing.T) {
	const at = "2026-11-23T08:00:00Z"
	const sub = "/subscriptions/00000000-0000-4000-8000-000000000001"
	const vault = sub + "/resourcegroups/rg/providers/microsoft.keyvault/vaults/v"
	coverage := func(scope string, count int) snapshot.Coverage {
		return snapshot.Coverage{Status: snapshot.Complete, StartedAt: at, EndedAt: at,
			Scopes: []snapshot.Scope{{Scope: scope, Status: snapshot.Complete, Count: count}}}
	}
	listed := snapshot.Document{ID: vault, Scope: sub, Spec: map[string]any{"id": vault}}
	key := snapshot.Document{ID: vault + "/keys/k", Scope: vault, Spec: map[string]any{"id": vault + "/keys/k"}}

	for name, tc := range map[string]struct {
		vaults []snapshot.Document
		want   bool // that something is missing
	}{
		"one list has it":     {[]snapshot.Document{listed}, false},
		"none of the two has": {[]snapshot.Document{}, true},
	} {
		snap, err := snapshot.Seal(snapshot.Manifest{Client: "c", TenantID: "t"}, []snapshot.Dataset{
			{Name: "keyvault.vaults", Documents: tc.vaults, Coverage: coverage(sub, len(tc.vaults))},
			{Name: "keyvault.managed_hsms", Documents: []snapshot.Document{}, Coverage: coverage(sub, 0)},
			{Name: "keyvault.keys", Documents: []snapshot.Document{key}, Coverage: coverage(vault, 1)},
		})
		if err != nil {
			t.Fatal(err)
		}

		e := wholly(t, snap)
		for _, list := range []string{"keyvault.vaults", "keyvault.managed_hsms"} {
			holes := e.Coverage()[list].Holes()
			isMissing := slices.ContainsFunc(holes, func(s snapshot.Scope) bool { return s.Scope == vault })
			if isMissing != tc.want {
				t.Errorf("%s: %s has the holes %v", name, list, holes)
			}
		}
	}
}

// wholly opens a snapshot of which everything is read, an hour after it was taken.
func wholly(t *testing.T, snap snapshot.Snapshot) *Evidence {
	t.Helper()
	shapes := map[string]*decode.Shape{}
	for dataset := range snap.Manifest.Datasets {
		shapes[dataset] = decode.Compile(dataset, &plan.Field{Whole: plan.Plain}, snapshot.Schemas()[dataset])
	}

	e, err := Open(Source{
		Snapshot: snap, Client: intent.Client{Name: "c", TenantID: "t"}, Shapes: shapes,
		Rule: Rule{AsOf: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), MaxAge: 24 * time.Hour},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
