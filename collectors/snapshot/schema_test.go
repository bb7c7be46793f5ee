package snapshot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
		if s.Parent != "" && Schemas()[s.Parent] == nil && !IsPromise(s.Parent) {
			t.Errorf("%s: no parent %s", name, s.Parent)
		}
	}
}

// TestKeywords: what the keywords of a dataset as a whole say holds together.
func TestKeywords(t *testing.T) {
	for name, s := range Schemas() {
		if s.Draft != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s: $schema is %q", name, s.Draft)
		}
		if s.Guard != "" && s.Guard != GuardTenant && s.Guard != GuardSubscriptions {
			t.Errorf("%s: x-guard is %q", name, s.Guard)
		}
		if c := s.Component; c != nil && (c.Type == "" || c.InForce != nil && s.Properties[c.InForce.Property] == nil) {
			t.Errorf("%s: x-component needs a type, and in-force a property that the schema knows", name)
		}
		if p := s.Split; p != nil && (p.Each == "" || p.Page == "" || s.Properties[p.Property] == nil ||
			p.Tenant != "" && s.Properties[p.Property].Properties[p.Tenant] == nil ||
			p.Unowned.Property != "" && s.Properties[p.Unowned.Property] == nil) {
			t.Errorf("%s: x-split needs each, page, and properties that the schema knows", name)
		}
		if s.Newest != nil && (s.Newest.Page == "" || s.ID.Form == Singleton) {
			t.Errorf("%s: x-newest needs a page, and a list", name)
		}

		if problem := s.checkAnswers(); problem != "" {
			t.Errorf("%s: %s", name, problem)
		}

		rest := strings.Replace(s.Source.Endpoint, "{"+s.ParentName()+"}", "", 1)
		if other := (&Schema{Source: Source{Endpoint: rest}}).ParentName(); other != "" {
			t.Errorf("%s: two names in the endpoint that are the parent's, %s is one", name, other)
		}
		if s.Parent == "" && s.ParentName() != "" {
			t.Errorf("%s: {%s} in the endpoint, and no x-parent", name, s.ParentName())
		}
	}
}

// checkAnswers says what is wrong with the keywords about answers.
func (s *Schema) checkAnswers() string {
	names := strings.Contains(s.Source.Endpoint, "{since}") && strings.Contains(s.Source.Endpoint, "{until}")
	switch n, w, d := s.NotFound, s.Window, s.DelegatedOnly; {
	case n != nil && (n.Means != "empty" || n.Page == ""):
		return "x-not-found needs a page, and means empty"
	case (w != nil) != names:
		return "x-window goes with {since} and {until} in the endpoint"
	case w != nil && (w.Days < 1 || w.Page == "" || s.Properties[w.Property] == nil || s.Properties[w.Property].Volatile):
		return "x-window needs days, a page, and a property that is no volatile one"
	case d != nil && d.Page == "":
		return "x-delegated-only needs a page"
	case s.ParentWhere == nil:
		return ""
	}

	for _, u := range s.UnprovenWhere {
		is := &Schema{Parent: s.Parent, ParentWhere: &u.ParentWhere}
		if u.Page == "" || len(u.Values) == 0 || is.parentProperty() == nil {
			return "x-unproven-where needs values, a page, and properties of " + s.Parent
		}
	}

	if s.parentProperty() == nil || len(s.ParentWhere.Values) == 0 {
		return "x-parent-where needs values, and a property of " + s.Parent
	}
	for _, v := range s.ParentWhere.Values {
		if !s.parentProperty().fits(v) {
			return fmt.Sprintf("x-parent-where: %s is never %v", s.ParentWhere.Property, v)
		}
	}
	return ""
}

// TestUnknownKeyword: what is misspelt is no schema.
func TestUnknownKeyword(t *testing.T) {
	for _, text := range []string{
		`{"x-spilt": {"each": "thing"}}`,
		`{"x-split": {"eahc": "thing"}}`,
		`{"properties": {"a": {"x-presence": "always", "x-volatil": true}}}`,
	} {
		if decodeStrictly([]byte(text), &Schema{}) == nil {
			t.Errorf("%s is taken", text)
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
	if diff := cmp.Diff([]string{"entra.contracts", "gdap.access_assignments", "gdap.customers", "gdap.relationships"}, shared); diff != "" {
		t.Errorf("shared (-want +got):\n%s", diff)
	}

	want := []string{
		"azure.caller_access", "azure.management_groups", "azure.role_definitions", "azure.subscriptions",
		"entra.organization", "entra.subscribed_skus",
	}
	if diff := cmp.Diff(want, Guards(GuardTenant, GuardSubscriptions)); diff != "" {
		t.Errorf("guards (-want +got):\n%s", diff)
	}
}

func TestSchemaDefects(t *testing.T) {
	for name, from := range map[string][2]string{
		"an array without x-list":      {`"x-list": "sequence",`, ``},
		"a presence that is none":      {`"x-presence": "nullable"`, `"x-presence": "perhaps"`},
		"an absence without a meaning": {`"means": "default",`, ``},
	} {
		s := &Schema{}
		if err := json.Unmarshal([]byte(strings.Replace(lab, from[0], from[1], 1)), s); err != nil {
			t.Fatal(err)
		}
		if s.Property.resolve("lab") == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
