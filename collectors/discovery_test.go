package collectors

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
)

// discovered is a client with three subscriptions whose application has no role yet:
// the first one is below the root group, the others are below the landing zone.
func discovered() (*emulator.World, *emulator.Tenant) {
	w := emulator.GenerateClients(3, nil)
	return w, w.Add("wingtip", emulator.Size{Tier: "micro", Users: 3, Subscriptions: 3, Resources: 6})
}

const groupsPath = "/providers/Microsoft.Management/managementGroups/"

// TestDiscovery: what a role at a management group, or its lack, makes of the list of
// subscriptions and of what is read in them, over HTTP. Subscriptions are numbered.
func TestDiscovery(t *testing.T) {
	const unproven, refused = "(visibility_unproven)", "(AuthorizationFailed)"
	for _, tc := range []struct {
		name   string
		group  string // "root", "landing", or a name
		role   string
		at     []string // where the caller holds the role: "root", "landing", or a subscription's number
		faults []emulator.Fault

		groups, list, resources string // as inShort, with subscriptions by their number
	}{
		{name: "a role at the root group", group: "root", role: "Reader", at: []string{"root"},
			groups: "complete root=complete", list: "complete", resources: "complete 0=complete 1=complete 2=complete"},
		{name: "a role at the named group", group: "landing", role: "Reader", at: []string{"landing"},
			groups: "complete landing=complete", list: "complete", resources: "complete 1=complete 2=complete"},
		{name: "a role above the named group", group: "landing", role: "Reader", at: []string{"root"},
			groups: "complete landing=complete", list: "complete", resources: "complete 0=complete 1=complete 2=complete"},
		{name: "a role that reads no resources", group: "root", role: "Billing Reader", at: []string{"root"},
			groups: "partial root=partial" + unproven, list: "partial *=partial" + unproven,
			resources: "denied *=partial" + unproven + " 0=denied" + unproven + " 1=denied" + unproven + " 2=denied" + unproven},
		{name: "a role below the named group", group: "root", role: "Reader", at: []string{"landing"},
			groups: "denied root=denied" + refused, list: "partial *=denied" + refused,
			resources: "partial *=denied" + refused + " 1=complete 2=complete"},
		{name: "a role at one subscription", group: "root", role: "Reader", at: []string{"1"},
			groups: "denied root=denied" + refused, list: "partial *=denied" + refused,
			resources: "partial *=denied" + refused + " 1=complete"},
		{name: "no role", group: "root", role: "Reader",
			groups: "denied root=denied" + refused, list: "partial *=denied" + refused, resources: "denied *=denied" + refused},
		{name: "a group that there is not, or that was renamed", group: "mg-former", role: "Reader", at: []string{"root"},
			groups: "denied mg-former=denied" + refused, list: "partial *=denied" + refused,
			resources: "partial *=denied" + refused + " 0=complete 1=complete 2=complete"},
		{name: "a page of the group fails", group: "root", role: "Reader", at: []string{"root"},
			faults: []emulator.Fault{{Kind: "status", Value: "500", Path: "/arm" + groupsPath, After: 1}},
			groups: "partial root=partial(InternalServerError)", list: "partial *=partial(InternalServerError)",
			resources: "partial *=partial(InternalServerError) 0=complete 1=complete 2=complete"},
		{name: "the list of subscriptions is cut", group: "root", role: "Reader", at: []string{"root"},
			faults: []emulator.Fault{{Kind: "body", Value: `{"value":[]}`, Path: "/arm/subscriptions"}},
			groups: "complete root=complete", list: "partial 0=denied" + unproven + " 1=denied" + unproven + " 2=denied" + unproven,
			resources: "denied 0=denied" + unproven + " 1=denied" + unproven + " 2=denied" + unproven},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w, c := discovered()
			names := strings.NewReplacer("root", c.ID, "landing", "mg-wingtip-landing")
			for _, at := range tc.at {
				scope := groupsPath + names.Replace(at)
				for i, sub := range c.Subscriptions() {
					if at == fmt.Sprint(i) {
						scope = "/subscriptions/" + sub
					}
				}
				c.Grant(scope, tc.role)
			}

			for i := range tc.faults {
				if strings.HasPrefix(tc.faults[i].Path, "/arm"+groupsPath) {
					tc.faults[i].Path += c.ID + "/descendants"
				}
			}

			srv := serve(t, w, emulator.Options{PageSize: 3, Faults: tc.faults})
			cfg := emulated(t, w, srv, c.Label)
			cfg.Azure = &Azure{ManagementGroup: names.Replace(tc.group)}
			s := mustRun(t, cfg)

			short := []string{c.ID, "root", "mg-wingtip-landing", "landing",
				"/providers/microsoft.management/managementgroups/", ""}
			for i, sub := range c.Subscriptions() {
				short = append(short, sub, fmt.Sprint(i))
			}

			for dataset, want := range map[string]string{
				snapshot.GroupDataset: tc.groups, snapshot.SubscriptionDataset: tc.list, "azure.resources": tc.resources,
			} {
				if got := inFull(s.Manifest.Datasets[dataset], strings.NewReplacer(short...)); got != want {
					t.Errorf("%s: %s, want %s", dataset, got, want)
				}
			}
		})
	}
}

// inFull is inShort with other names for scopes, by which they are sorted.
func inFull(c snapshot.Coverage, names *strings.Replacer) string {
	var scopes []string
	for _, s := range c.Scopes {
		text := " " + names.Replace(s.Scope) + "=" + string(s.Status)
		if s.Evidence != nil {
			text += "(" + s.Evidence.Code + ")"
		}
		scopes = append(scopes, text)
	}

	slices.Sort(scopes)
	return string(c.Status) + strings.Join(scopes, "")
}

// TestDiscoveryOfOddSubscriptions: one that is disabled is read like the others, and so
// is one of another tenant, which is in no management group of this one and is said to
// be undeclared.
func TestDiscoveryOfOddSubscriptions(t *testing.T) {
	f := full(t, sub1, sub2)
	f.discoverable(sub1)
	disabled, foreign := subscription(sub1), subscription(sub2)
	disabled["state"], foreign["tenantId"] = "Disabled", other
	f.answers["/arm/subscriptions"] = listOf(disabled, foreign)

	cfg := f.config(sub1)
	cfg.Azure = &Azure{ManagementGroup: tenant}
	s := mustRun(t, cfg)

	list := s.Manifest.Datasets[snapshot.SubscriptionDataset]
	if list.Status != snapshot.Complete || list.Count != 2 || list.Proof != "management_group" {
		t.Errorf("%+v", list)
	}
	if e := list.Evidence; e == nil || e.Code != codeUndeclared || !strings.Contains(e.Message, sub2) ||
		strings.Contains(e.Message, sub1) {
		t.Errorf("%v", e)
	}
	if got := inShort(s.Manifest.Datasets["keyvault.vaults"]); got != "complete 1=complete 2=complete" {
		t.Error(got)
	}
}

// discoverable lets the caller read the root management group, below which are these
// subscriptions.
func (f *fake) discoverable(subs ...string) {
	at := "/arm" + groupsPath + tenant
	var below []object
	for _, s := range subs {
		below = append(below, object{"id": "/subscriptions/" + s, "name": s,
			"type":       "Microsoft.Management/managementGroups/subscriptions",
			"properties": object{"displayName": "s", "parent": object{"id": groupsPath + tenant}}})
	}

	root := groupsPath + tenant
	f.answers[at+"/descendants"] = listOf(below...)
	f.answers[at+"/providers/Microsoft.Authorization/roleAssignments"] = listOf(object{
		"id": root + "/providers/Microsoft.Authorization/roleAssignments/1", "properties": object{
			"roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/" + reader,
			"principalId":      principal, "scope": root,
		}})
	f.answers[at+"/providers/Microsoft.Authorization/roleDefinitions"] = listOf(object{
		"id": "/providers/Microsoft.Authorization/roleDefinitions/" + reader, "name": reader,
		"properties": object{"permissions": []any{object{"actions": []any{"*/read"}, "notActions": []any{}}}},
	})
}

// TestNoGroupsYet: of a tenant that nobody has begun to use management groups in, Azure
// says that there is no root group.
func TestNoGroupsYet(t *testing.T) {
	f := full(t, sub1)
	f.answers["/arm"+groupsPath+tenant+"/descendants"] = fail(http.StatusNotFound, "NotFound", "no such group")
	cfg := f.config(sub1)
	cfg.Azure = &Azure{ManagementGroup: tenant}

	list := mustRun(t, cfg).Manifest.Datasets[snapshot.SubscriptionDataset]
	if got := inShort(list); got != "partial *=error(NotFound)" {
		t.Error(got)
	}

	cfg.Azure = &Azure{None: true}
	var config *ConfigError
	if _, err := Run(t.Context(), cfg); !errors.As(err, &config) {
		t.Errorf("none, and there is one: %v", err)
	}
}
