package preflight

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/intent"
)

const tenant = "aaaaaaaa-0000-4000-8000-000000000010"

var asOf = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// controlsRego are three controls of the gate, and one that is none.
var controlsRego = fstest.MapFS{
	"users.rego": {Data: []byte(`# METADATA
# title: No guests <b>at all</b>
# custom:
#   id: NW-U-01
#   severity: critical
#   remediation: Remove the guest.
package nw.gate.users

subjects contains u._subject if some u in input.entra.users

pass contains u._subject if {
	some u in input.entra.users
	u.userType == "Member"
}

fail contains {"subject": u._subject, "message": sprintf("%s is a guest", [u.displayName])} if {
	some u in input.entra.users
	u.userType == "Guest"
}
`)},
	"fence.rego": {Data: []byte(`# METADATA
# title: In the fence
# custom:
#   id: NW-F-01
#   severity: critical
package nw.gate.fence

subjects contains d._subject if {
	is_array(input.client.fence.countries)
	some d in input.entra.organization
}

pass contains d._subject if {
	some d in input.entra.organization
	d.countryLetterCode in input.client.fence.countries
}
`)},
	"requests.rego": {Data: []byte(`# METADATA
# title: No relationship is in force
# custom:
#   id: NW-R-01
#   severity: critical
package nw.gate.requests

subjects contains r._subject if some r in input.gdap.relationships

pass contains r._subject if {
	some r in input.gdap.relationships
	r.status in {"approvalPending", "terminated"}
}

fail contains {"subject": r._subject, "message": "is in force"} if {
	some r in input.gdap.relationships
	r.status == "active"
}
`)},
	"low.rego": {Data: []byte(`# METADATA
# title: Not of the gate
# custom:
#   id: NW-L-01
#   severity: low
package nw.gate.low

subjects contains u._subject if some u in input.entra.users

pass contains u._subject if {
	some u in input.entra.users
	u.userType == "Robot"
}

fail contains {"subject": u._subject, "message": "x"} if some u in input.entra.users
`)},
}

// tenantOf is a snapshot with these users and relationships, complete unless said.
func tenantOf(t *testing.T, users, relations []map[string]any, usersStatus snapshot.Status) snapshot.Snapshot {
	t.Helper()
	datasets := map[string][]map[string]any{
		"entra.organization":        {{"id": tenant, "displayName": "Fabrikam", "countryLetterCode": "NL"}},
		"entra.users":               users,
		"gdap.relationships":        relations,
		"entra.governance_requests": nil,
	}

	var all []snapshot.Dataset
	for name, bodies := range datasets {
		schema, err := snapshot.SchemaFor(name)
		if err != nil {
			t.Fatal(err)
		}
		docs := []snapshot.Document{}
		for _, body := range bodies {
			doc, err := schema.Normalize(body, "")
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, doc)
		}
		c := snapshot.Coverage{Status: snapshot.Complete, StartedAt: "2026-11-23T09:00:00Z", EndedAt: "2026-11-23T09:00:00Z"}
		if name == "entra.users" {
			c.Status = usersStatus
		}
		all = append(all, snapshot.Dataset{Name: name, Documents: docs, Coverage: c})
	}

	snap, err := snapshot.Seal(snapshot.Manifest{Client: "fabrikam", TenantID: tenant, Tool: "t", Cloud: "public"}, all)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

func promised(change func(*intent.Intent)) intent.Intent {
	i := intent.Intent{
		Schema: intent.SchemaName, MSP: intent.MSP{Name: "Northwind", TenantID: "aaaaaaaa-0000-4000-8000-000000000001"},
		Client: intent.Client{
			Name: "fabrikam", TenantID: tenant, State: "onboarding", Cloud: "public", MaxAge: "24h",
			Fence: &intent.Fence{Name: "nl", Countries: []string{"NL"}},
		},
	}
	if change != nil {
		change(&i)
	}
	return i
}

func judge(t *testing.T, snap snapshot.Snapshot, i intent.Intent) Sheet {
	t.Helper()
	e, err := engine.Load(controlsRego)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Judge(t.Context(), Case{Engine: e, Snapshot: snap, Promise: i, AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var (
	member1 = map[string]any{"id": "u1", "userPrincipalName": "a@x.example", "userType": "Member", "displayName": "A"}
	guest   = map[string]any{
		"id": "u2", "userPrincipalName": "b@x.example", "userType": "Guest",
		"displayName": "<script>alert(1)</script> | [x](javascript:y)\n# big \u202e",
	}
	pending = map[string]any{
		"id": "r1", "displayName": "helpdesk", "status": "approvalPending", "duration": "P730D",
		"customer":      map[string]any{"tenantId": tenant},
		"accessDetails": map[string]any{"unifiedRoles": []any{map[string]any{"roleDefinitionId": "x"}}},
	}
)

// TestGate: 0 only where each control of the gate is satisfied, validly excepted, or where
// it is proven that there is nothing to judge.
func TestGate(t *testing.T) {
	exception := func(control, kind, expires string) func(*intent.Intent) {
		return func(i *intent.Intent) {
			i.Exceptions = []intent.Exception{{
				Name: "x", Control: control, Kind: kind, Reason: "why", ApprovedBy: "lead", Expires: expires,
			}}
			if control == "NW-F-01" {
				i.Client.Fence = nil
			}
		}
	}
	noFence := func(i *intent.Intent) { i.Client.Fence = nil }

	for _, c := range []struct {
		name        string
		users       []map[string]any
		relations   []map[string]any
		usersStatus snapshot.Status
		promise     func(*intent.Intent)
		want        []int
		control     string
		state       State
	}{
		{"satisfied", []map[string]any{member1}, nil, snapshot.Complete, nil, []int{}, "NW-U-01", Satisfied},
		{"nothing there", nil, nil, snapshot.Complete, nil, []int{}, "NW-R-01", Nothing},
		{"violated", []map[string]any{guest}, nil, snapshot.Complete, nil, []int{3}, "NW-U-01", Failed},
		{"violated, the rest not seen", []map[string]any{guest}, nil, snapshot.Partial, nil, []int{3}, "NW-U-01", Failed},
		{"not seen", []map[string]any{member1}, nil, snapshot.Partial, nil, []int{4}, "NW-U-01", Undetermined},
		{"excepted", []map[string]any{guest}, nil, snapshot.Complete, exception("NW-U-01", "finding", "2026-12-01"),
			[]int{}, "NW-U-01", Excepted},
		{"exception over", []map[string]any{guest}, nil, snapshot.Complete, exception("NW-U-01", "finding", "2026-11-01"),
			[]int{3}, "NW-U-01", Failed},
		{"not promised", nil, nil, snapshot.Complete, noFence, []int{4}, "NW-F-01", Unpromised},
		{"no promise, accepted", nil, nil, snapshot.Complete, exception("NW-F-01", "evidence-gap", "2026-12-01"),
			[]int{}, "NW-F-01", Excepted},
		{"no promise, accepted once", nil, nil, snapshot.Complete, exception("NW-F-01", "evidence-gap", "2026-11-01"),
			[]int{4}, "NW-F-01", Unpromised},
		{"no promise, another exception", nil, nil, snapshot.Complete, exception("NW-F-01", "finding", "2026-12-01"),
			[]int{4}, "NW-F-01", Unpromised},
		{"pending", nil, []map[string]any{pending}, snapshot.Complete, nil, []int{3}, "NW-R-01", Satisfied},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := judge(t, tenantOf(t, c.users, c.relations, c.usersStatus), promised(c.promise))
			if !slices.Equal(s.Conditions, c.want) || s.Open() != (len(c.want) == 0) {
				t.Errorf("conditions %v, want %v: %s", s.Conditions, c.want, s.Decision())
			}
			i := slices.IndexFunc(s.Lines, func(l Line) bool { return l.ID == c.control })
			if i < 0 || s.Lines[i].State != c.state {
				t.Errorf("%s: %+v, want %s", c.control, s.Lines, c.state)
			}
			if len(s.Lines) != 3 || len(s.Steps) == 0 {
				t.Errorf("%d lines, %d steps", len(s.Lines), len(s.Steps))
			}
		})
	}
}

// TestPendingUnseen: where it cannot be told what is pending, nothing is known to be open.
func TestPendingUnseen(t *testing.T) {
	snap := tenantOf(t, nil, nil, snapshot.Complete)
	delete(snap.Manifest.Datasets, requests)
	var err error
	if snap.Raw, err = snapshot.CanonicalFile(snap.Manifest); err != nil {
		t.Fatal(err)
	}

	s := judge(t, snap, promised(nil))
	if !slices.Equal(s.Conditions, []int{4}) || len(s.Unseen) != 1 || s.Unseen[0].Dataset != requests {
		t.Errorf("%v, %v", s.Conditions, s.Unseen)
	}
}

// TestPendingShown: what would be accepted is told apart from what is.
func TestPendingShown(t *testing.T) {
	s := judge(t, tenantOf(t, nil, []map[string]any{pending}, snapshot.Complete), promised(nil))
	line := s.Of(Failed)
	if len(line) != 1 || line[0].After != Failed || line[0].State != Satisfied || !line[0].Predicted() {
		t.Fatalf("%+v", line)
	}
	if !strings.Contains(string(s.Markdown()), "once what is pending is accepted") || s.Prediction() == "" {
		t.Error(string(s.Markdown()))
	}
	if !strings.Contains(s.Steps[0].What, "Accept nothing") {
		t.Error(s.Steps)
	}
}

// TestPages: names that a tenant chose mean nothing in either form, and a page fetches
// nothing.
func TestPages(t *testing.T) {
	s := judge(t, tenantOf(t, []map[string]any{guest}, []map[string]any{pending}, snapshot.Complete), promised(nil))
	page, err := s.HTML()
	if err != nil {
		t.Fatal(err)
	}

	html, md := string(page), string(s.Markdown())
	for _, bad := range []string{"<script>", "<b>at all", "\u202e"} {
		if strings.Contains(html, bad) || strings.Contains(md, bad) {
			t.Errorf("%q is in a page", bad)
		}
	}
	if strings.Contains(md, "[x](") || strings.Contains(md, "\n# big") {
		t.Error(md)
	}
	for _, part := range []string{
		"Blocked: 2 controls are not as promised", "Who must do what next", "Remove the guest.", "onboard",
		"default-src &#39;none&#39;", "width=device-width", "@media print", "@media screen and (max-width",
	} {
		part = strings.ReplaceAll(part, "&#39;", "'")
		if !strings.Contains(html, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	again, _ := s.HTML()
	if string(again) != html || strings.Contains(html, "http://") || strings.Contains(html, "src=") {
		t.Error("not the same bytes, or something is fetched")
	}
}

// TestOffers: a template that does not say to whom it gives what is refused.
func TestOffers(t *testing.T) {
	snap := withSubscription(t)
	definition := func(properties string) []byte {
		return []byte(`{"parameters": {"tenant": {"defaultValue": "bbbbbbbb-0000-4000-8000-000000000001"}, "x": {}},
			"resources": [{"type": "Microsoft.Resources/deployments", "properties": {"template": {"resources": [
			{"type": "microsoft.managedservices/registrationdefinitions", "properties": ` + properties + `}]}}}]}`)
	}
	const good = `{"registrationDefinitionName": "[[literal]", "managedByTenantId": "[parameters('TENANT')]",
		"authorizations": [{"principalId": "cccccccc-0000-4000-8000-000000000001",
			"roleDefinitionId": "acdd72a7-3385-48ef-bd42-f606fba81ae7"}]}`

	offers, err := Template{File: "o.json", Template: definition(good)}.Offers(snap)
	if err != nil || len(offers) != 1 || offers[0].Name != "[literal]" || len(offers[0].Accepted) != 3 {
		t.Fatalf("%+v, %v", offers, err)
	}
	if offers[0].From != "bbbbbbbb-0000-4000-8000-000000000001" {
		t.Error(offers[0])
	}

	// Two offers of one subscription: both delegate it.
	changes := Changes(append(offers, offers...))
	if n := len(list(changes[0].Set[managers])); n != 2 {
		t.Errorf("%d managers after two offers", n)
	}

	for _, c := range []struct{ name, template, want string }{
		{"no JSON", `{`, "o.json"},
		{"no offer", `{"resources": []}`, "is it a Lighthouse offer"},
		{"computed", string(definition(strings.ReplaceAll(good, "[parameters('TENANT')]", "[subscription().tenantId]"))),
			"which is no tenant"},
		{"no value", string(definition(strings.ReplaceAll(good, "TENANT", "x"))), "has no value"},
		{"nobody", string(definition(`{"managedByTenantId": "bbbbbbbb-0000-4000-8000-000000000001"}`)), "authorizes nobody"},
		{"role", string(definition(strings.ReplaceAll(good, "acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader"))),
			"both are GUIDs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Template{File: "o.json", Template: []byte(c.template)}.Offers(snap)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}

	empty := tenantOf(t, nil, nil, snapshot.Complete)
	if _, err := (Template{File: "o.json", Template: definition(good)}).Offers(empty); err == nil {
		t.Error("no subscription is shown, and nobody says so")
	}
}

func withSubscription(t *testing.T) snapshot.Snapshot {
	t.Helper()
	data, err := os.ReadFile("../../testdata/fabrikam/saved/azure.subscriptions.json")
	if err != nil {
		t.Fatal(err)
	}
	var body struct{ Value []map[string]any }
	if err := json.Unmarshal(data, &body); err != nil {
		t.Fatal(err)
	}

	schema, _ := snapshot.SchemaFor(subscriptions)
	doc, err := schema.Normalize(body.Value[0], "")
	if err != nil {
		t.Fatal(err)
	}
	snap, err := snapshot.Seal(snapshot.Manifest{Client: "fabrikam", TenantID: tenant, Tool: "t", Cloud: "public"},
		[]snapshot.Dataset{{Name: subscriptions, Documents: []snapshot.Document{doc}, Coverage: snapshot.Coverage{
			Status: snapshot.Complete, StartedAt: "2026-11-23T09:00:00Z", EndedAt: "2026-11-23T09:00:00Z"}}})
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// FuzzTemplate: no template panics.
func FuzzTemplate(f *testing.F) {
	f.Add([]byte(`{"resources": [{"type": "Microsoft.ManagedServices/registrationDefinitions", "properties": null}]}`),
		[]byte(`{"parameters": {"a": {"value": [1]}}}`))
	f.Fuzz(func(t *testing.T, template, parameters []byte) {
		Template{File: "f", Template: template, Parameters: parameters}.Offers(withSubscription(t))
	})
}
