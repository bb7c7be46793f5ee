package snapshot

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSchemasLoad(t *testing.T) {
	if n := len(Schemas()); n < 11 {
		t.Fatalf("%d schemas", n)
	}
	for name, s := range Schemas() {
		if s.Source.Endpoint == "" || s.Source.Page == "" || s.Permission == "" || s.ID.Form == "" {
			t.Errorf("%s: x-source, x-permission and x-id are needed", name)
		}
		if s.Parent != "" && Schemas()[s.Parent] == nil {
			t.Errorf("%s: no parent %s", name, s.Parent)
		}
	}
}

// TestKeywordDefects: what contradicts itself, or is misspelt, is no schema.
func TestKeywordDefects(t *testing.T) {
	for _, tc := range []struct{ name, schema string }{
		{"misspelt", `{"x-spilt": {"each": "thing"}}`},
		{"misspelt below", `{"properties": {"a": {"x-presence": "always", "x-volatil": true}}}`},
		{"a name and no parent", `{"x-source": {"endpoint": "/things/{thingId}"}}`},
		{"two names", `{"x-parent": "lab.all", "x-source": {"endpoint": "/{groupId}/{thingId}"}}`},
		{"another guard", `{"x-guard": "yes"}`},
		{"no type of component", `{"x-component": {}}`},
		{"a state that is nowhere", `{"x-component": {"type": "service", "in-force": {"property": "state"}}}`},
		{"a split by nothing", `{"x-split": {"each": "thing", "property": "owner", "tenant": "tenantId"}}`},
	} {
		s := &Schema{}
		err := decodeStrictly([]byte(tc.schema), s)
		if err == nil {
			err = s.check()
		}

		if err == nil {
			t.Errorf("%s: %s is taken", tc.name, tc.schema)
		}
	}
}

func TestParentName(t *testing.T) {
	for endpoint, want := range map[string]string{
		"/groups/{groupId}/members?$select=id":                          "groupId",
		"/groups?$filter=groupId eq '{groupId}'":                        "groupId",
		"/subscriptions/{subscriptionId}/roles?$filter='{principalId}'": "subscriptionId",
		"/{scope}/assignments":                                          "",
		"/directory/deletedItems/{type}":                                "",
		"/users":                                                        "",
	} {
		s := Schema{Parent: "lab.all", Source: Source{Endpoint: endpoint}}
		if got := s.ParentName(); got != want {
			t.Errorf("%s: %q, want %q", endpoint, got, want)
		}
	}
}

// TestSharedAndGuards names the datasets for which these decide, since it is the
// keyword alone that keeps one client's rows from another.
func TestSharedAndGuards(t *testing.T) {
	var shared []string
	for name, s := range Schemas() {
		if s.Shared() {
			shared = append(shared, name)
		}
	}

	slices.Sort(shared)
	if diff := cmp.Diff([]string{"gdap.access_assignments", "gdap.relationships"}, shared); diff != "" {
		t.Errorf("shared (-want +got):\n%s", diff)
	}

	want := []string{
		"azure.caller_access", "azure.role_definitions", "azure.subscriptions",
		"entra.organization", "entra.subscribed_skus",
	}
	if diff := cmp.Diff(want, Guards()); diff != "" {
		t.Errorf("guards (-want +got):\n%s", diff)
	}
}

// TestDraft: every file says which JSON Schema it is, for whoever validates with it.
func TestDraft(t *testing.T) {
	for name, s := range Schemas() {
		if s.Draft != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s: $schema is %q", name, s.Draft)
		}
	}
}
