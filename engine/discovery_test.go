package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// walked is a snapshot in which a management group was walked, with these
// subscriptions below it, and subA is all that is listed.
func walked(t *testing.T, name string, below ...string) []snapshot.Dataset {
	scope := snapshot.GroupScope(name)
	var bodies []string
	for _, s := range below {
		bodies = append(bodies, fmt.Sprintf(`{"id":"/subscriptions/%s","name":"%[1]s","type":"x","properties":{"parent":{"id":"g"}}}`, s))
	}

	all := withParents([]snapshot.Dataset{
		data(t, "azure.resource_groups", map[string][]string{subA: {group(subA, "a", "westeurope")}}),
	})
	for i, d := range all {
		if d.Name == "azure.caller_access" || d.Name == "azure.role_definitions" {
			all[i] = proofIn(d.Name, []string{subA, scope})
		}
	}
	return append(all, data(t, snapshot.GroupDataset, map[string][]string{scope: bodies}))
}

func withoutGroups(all []snapshot.Dataset) []snapshot.Dataset {
	return slices.DeleteFunc(all, func(d snapshot.Dataset) bool { return d.Name == snapshot.GroupDataset })
}

// TestDiscoveryAtJudgement: whether all subscriptions below a management group were
// seen follows from the snapshot and from the promise that is judged, whatever was
// promised when it was collected.
func TestDiscoveryAtJudgement(t *testing.T) {
	root := tenant // the root group's name
	name := func(s string) *string { return &s }
	everything := &intent.Azure{Subscriptions: []string{intent.AllSubscriptions}}
	cut := func(dataset string, edit func(*snapshot.Coverage)) func([]snapshot.Dataset) {
		return func(all []snapshot.Dataset) {
			i := slices.IndexFunc(all, func(d snapshot.Dataset) bool { return d.Name == dataset })
			edit(&all[i].Coverage)
		}
	}

	for _, tc := range []struct {
		name  string
		all   []snapshot.Dataset
		azure *intent.Azure
		edit  func([]snapshot.Dataset)
		want  finding.Outcome
		says  string
	}{
		{"all are seen", walked(t, root, subA), everything, nil, finding.Satisfied, ""},
		{"a group that is named", walked(t, "mg-a", subA), &intent.Azure{ManagementGroup: name("mg-a")}, nil, finding.Satisfied, ""},
		{"nothing below", walked(t, root), everything, nil, finding.Satisfied, ""},
		{"one below is not listed", walked(t, root, subA, subB), everything, nil, finding.Undetermined, "below the management group"},
		{"one named beside it is not listed", walked(t, "mg-a", subA),
			&intent.Azure{ManagementGroup: name("mg-a"), Subscriptions: []string{subB}}, nil, finding.Undetermined, "declares the subscription"},
		{"another group was walked", walked(t, "mg-a", subA), everything, nil, finding.Undetermined, "it was not read"},
		{"the group was renamed", walked(t, "mg-a", subA), &intent.Azure{ManagementGroup: name("mg-b")}, nil, finding.Undetermined,
			"names the management group mg-b"},
		{"named when it is judged", withoutGroups(walked(t, root, subA)), everything, nil, finding.Undetermined, "it was not read"},
		{"it was cut", walked(t, root, subA), everything, cut(snapshot.GroupDataset, func(c *snapshot.Coverage) {
			c.Status, c.Scopes[0].Status = snapshot.Partial, snapshot.Partial
			c.Scopes[0].Evidence = &snapshot.Evidence{Code: "InternalServerError"}
		}), finding.Undetermined, "InternalServerError"},
		{"no role there", walked(t, root, subA), everything, cut("azure.caller_access", func(c *snapshot.Coverage) {
			c.Scopes = slices.DeleteFunc(c.Scopes, func(s snapshot.Scope) bool { return strings.HasPrefix(s.Scope, "/") })
			c.Count = 1
		}), finding.Undetermined, "does not show its role"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.edit != nil {
				tc.edit(tc.all)
			}
			snap := sealAsIs(t, tc.all)

			in := promise()
			in.Client.Azure = tc.azure
			set, err := pack(t, allGroups).Evaluate(context.Background(), snap, in, asOf)
			if err != nil {
				t.Fatal(err)
			}
			if got := set.Controls[0].Outcome; got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if text := fmt.Sprint(set.Findings, set.Coverage); !strings.Contains(text, tc.says) {
				t.Errorf("nothing says %q: %s", tc.says, text)
			}
		})
	}
}

func sealAsIs(t *testing.T, all []snapshot.Dataset) snapshot.Snapshot {
	t.Helper()
	snap, err := snapshot.Seal(snapshot.Manifest{Client: "fabrikam", TenantID: tenant, Tool: "test", Cloud: "public"}, all)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}
