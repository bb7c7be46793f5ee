package engine_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/effort"
)

const header = `# METADATA
# title: A control of the test
# custom:
#   id: RF-Z-01
#   severity: high
package test.isolation.control

`

func pack(t testing.TB, body string) *engine.Engine {
	t.Helper()
	e, err := engine.Load(fstest.MapFS{"test/isolation/control/control.rego": {Data: []byte(header + body)}})
	if err != nil {
		t.Fatal(err)
	}

	return e
}

func group(sub, name, location string) string {
	return `{"id":"/subscriptions/` + sub + `/resourceGroups/` + name + `","name":"` + name + `","location":"` + location + `"}`
}

const (
	groupA = "azure.resource_groups/subscriptions/" + subA + "/resourcegroups/a"
	groupB = "azure.resource_groups/subscriptions/" + subB + "/resourcegroups/b"
	vaultA = "keyvault.vaults/subscriptions/" + subA + "/resourcegroups/rg/providers/microsoft.keyvault/vaults/v"
)

// twoSubscriptions has a resource group in each of two subscriptions and a
// vault in the first.
func twoSubscriptions(t *testing.T) (groups, vaults snapshot.Dataset) {
	groups = data(t, "azure.resource_groups", map[string][]string{subA: {group(subA, "a", "westeurope")}, subB: {group(subB, "b", "eastus")}})
	vaults = data(t, "keyvault.vaults", map[string][]string{subA: {vault(subA, "v", "")}, subB: {}})
	return groups, vaults
}

// denied marks one subscription of a dataset as unseen and drops its documents.
func denied(d snapshot.Dataset, sub string) snapshot.Dataset {
	d.Coverage.Status = snapshot.Partial
	var docs []snapshot.Document
	for _, doc := range d.Documents {
		if doc.Scope != sub {
			docs = append(docs, doc)
		}
	}

	d.Documents = docs
	scopes := []snapshot.Scope{}
	for _, s := range d.Coverage.Scopes {
		if s.Scope == sub {
			s = snapshot.Scope{Scope: sub, Status: snapshot.Denied, Evidence: &snapshot.Evidence{HTTPStatus: 403, Code: "AuthorizationFailed"}}
		}
		scopes = append(scopes, s)
	}

	d.Coverage.Scopes = scopes
	return d
}

const plainGroups = `
subjects contains g._subject if some g in input.azure.resource_groups

pass contains g._subject if {
	some g in input.azure.resource_groups
	g.location in input.client.fence.regions
}

fail contains {"subject": g._subject, "message": "elsewhere"} if {
	some g in input.azure.resource_groups
	g.location == "eastus"
}
`

func TestGate(t *testing.T) {
	groups, vaults := twoSubscriptions(t)
	stale := groups
	stale.Coverage.EndedAt = "2026-11-22T11:59:59Z"
	noLocation := groups
	noLocation.Documents = append([]snapshot.Document{}, groups.Documents...)
	noLocation.Documents[0].Spec = map[string]any{"id": "x", "name": "x"}
	for name, tc := range map[string]struct {
		policy   string
		datasets []snapshot.Dataset
		want     map[string]finding.Outcome
	}{
		"complete": {plainGroups, []snapshot.Dataset{groups},
			map[string]finding.Outcome{groupA: "satisfied", groupB: "not-satisfied", "=": "not-satisfied"}},
		"a denied subscription lowers no other": {plainGroups, []snapshot.Dataset{denied(groups, subB)},
			map[string]finding.Outcome{groupA: "satisfied", "azure.resource_groups/" + subB + "/*": "undetermined", "=": "undetermined"}},
		"not collected": {plainGroups, nil,
			map[string]finding.Outcome{"azure.resource_groups/*": "undetermined", "=": "undetermined"}},
		"stale": {plainGroups, []snapshot.Dataset{stale},
			map[string]finding.Outcome{groupA: "undetermined", groupB: "not-satisfied", "azure.resource_groups/*": "undetermined", "=": "not-satisfied"}},
		"a missing property": {plainGroups, []snapshot.Dataset{noLocation},
			map[string]finding.Outcome{groupA: "undetermined", groupB: "not-satisfied", "=": "not-satisfied"}},
		"nothing there": {plainGroups, []snapshot.Dataset{data(t, "azure.resource_groups", map[string][]string{subA: {}})},
			map[string]finding.Outcome{"=": "not-applicable"}},
		"negation needs every scope": {`
subjects contains v._subject if some v in input.keyvault.vaults

pass contains v._subject if {
	some v in input.keyvault.vaults
	not elsewhere
}

elsewhere if {
	some g in input.azure.resource_groups
	g.location == "centralus"
}
`, []snapshot.Dataset{denied(groups, subB), vaults}, map[string]finding.Outcome{vaultA: "undetermined", "=": "undetermined"}},
		"a plain read needs its own scope only": {`
subjects contains v._subject if some v in input.keyvault.vaults

pass contains v._subject if {
	some v in input.keyvault.vaults
	some g in input.azure.resource_groups
	g._scope == v._scope
}
`, []snapshot.Dataset{denied(groups, subB), vaults}, map[string]finding.Outcome{vaultA: "satisfied", "=": "satisfied"}},
		"a violation with evidence missing is a lead": {`
subjects contains v._subject if some v in input.keyvault.vaults

pass contains v._subject if {
	some v in input.keyvault.vaults
	v.location == "nowhere"
}

fail contains {"subject": v._subject, "message": "no group of its region"} if {
	some v in input.keyvault.vaults
	every g in input.azure.resource_groups { g.location != "centralus" }
}
`, []snapshot.Dataset{denied(groups, subB), vaults}, map[string]finding.Outcome{vaultA: "undetermined", "=": "undetermined"}},
		"in pass and in fail": {strings.Replace(plainGroups, `g.location == "eastus"`, `g.location in {"eastus", "westeurope"}`, 1), []snapshot.Dataset{groups},
			map[string]finding.Outcome{groupA: "undetermined", groupB: "undetermined", "=": "undetermined"}},
		"a built-in error": {strings.Replace(plainGroups, `g.location == "eastus"`, `to_number(g.location) == 1`, 1), []snapshot.Dataset{groups},
			map[string]finding.Outcome{groupA: "undetermined", groupB: "undetermined", "=": "undetermined"}},
		"a verdict on no subject": {strings.Replace(plainGroups, `"subject": g._subject`, `"subject": "azure.resource_groups/other"`, 1), []snapshot.Dataset{groups},
			map[string]finding.Outcome{groupA: "undetermined", groupB: "undetermined", "=": "undetermined"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := verdicts(t, pack(t, tc.policy), seal(t, append(tc.datasets, other(t))...), promise(), "RF-Z-01")
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// other is a dataset that no control of these tests reads: a snapshot of
// nothing has no time.
func other(t *testing.T) snapshot.Dataset {
	return data(t, "azure.subscriptions", map[string][]string{})
}

func TestNotPromised(t *testing.T) {
	effort.WithoutRace(t)
	in := promise()
	in.Client.Fence = nil
	set, err := load(t).Evaluate(context.Background(), seal(t, other(t)), in, asOf)
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range set.Controls {
		if c.ID == "RF-G-03" && (c.Outcome != finding.NotApplicable || c.Reason != "not promised: client.fence") {
			t.Errorf("%+v", c)
		}
		if c.ID == "RF-K-04" && c.Outcome != finding.Undetermined {
			t.Errorf("%+v", c)
		}
	}
}

// TestNothingNamed: a promise that names nothing to judge is none, where promises
// alone say what is judged.
func TestNothingNamed(t *testing.T) {
	e := pack(t, `
subjects contains id if some id in input.client.keys.vaults
pass contains v._id if { some v in input.keyvault.vaults; v._id in input.client.keys.vaults }`)
	_, vaults := twoSubscriptions(t)
	for name, keys := range map[string]*intent.Keys{"no keys": nil, "no vaults": {}, "an empty list": {Vaults: []string{}}} {
		in := promise()
		in.Client.Keys = keys
		set, err := e.Evaluate(context.Background(), seal(t, vaults), in, asOf)
		if err != nil {
			t.Fatal(err)
		}

		if c := set.Controls[0]; c.Outcome != finding.NotApplicable || c.Reason != "not promised: client.keys" {
			t.Errorf("%s: %s, %q", name, c.Outcome, c.Reason)
		}
	}
}

func TestExceptions(t *testing.T) {
	groups, _ := twoSubscriptions(t)
	subject := groupB
	exception := func(subject *string, kind, expires string) intent.Exception {
		return intent.Exception{Name: "x", Control: "RF-Z-01", Subject: subject, Kind: kind, Expires: expires}
	}
	for name, tc := range map[string]struct {
		exceptions []intent.Exception
		want       *finding.Excepted
	}{
		"subject":     {[]intent.Exception{exception(&subject, "finding", "2026-11-23")}, &finding.Excepted{Name: "x", Expires: "2026-11-23"}},
		"whole":       {[]intent.Exception{exception(nil, "finding", "2027-01-01")}, &finding.Excepted{Name: "x", Expires: "2027-01-01", Whole: true}},
		"expired":     {[]intent.Exception{exception(nil, "finding", "2026-11-22")}, &finding.Excepted{Name: "x", Expires: "2026-11-22", Whole: true, Expired: true}},
		"valid first": {[]intent.Exception{exception(&subject, "finding", "2026-11-22"), exception(nil, "finding", "2027-01-01")}, &finding.Excepted{Name: "x", Expires: "2027-01-01", Whole: true}},
		"other kind":  {[]intent.Exception{exception(&subject, "evidence-gap", "2027-01-01")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			in := promise()
			in.Exceptions = tc.exceptions
			set, err := pack(t, plainGroups).Evaluate(context.Background(), seal(t, groups), in, asOf)
			if err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(tc.want, set.Findings[0].Excepted); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRefused: what a policy set may not do.
func TestRefused(t *testing.T) {
	for name, body := range map[string]string{
		"a misspelt property": strings.ReplaceAll(plainGroups, "g.location", "g.locaton"),
		"a misspelt dataset":  strings.ReplaceAll(plainGroups, "resource_groups", "resourcegroups"),
		"the network":         plainGroups + "\nleak := http.send({\"method\": \"get\", \"url\": \"https://x.example\"})\n",
		"the clock":           plainGroups + "\nlate if time.now_ns() > 0\n",
		"chance":              plainGroups + "\nluck := rand.intn(\"x\", 2)\n",
		"annotations":         plainGroups + "\nsevere if rego.metadata.rule().custom.x\n",
		"another input":       plainGroups + "\ntrick if data.test.isolation.control.subjects with input as {}\n",
		"no pass":             `subjects contains "x"`,
		"an object for pass":  `subjects contains "x"` + "\n" + `pass["x"] := "why"`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := engine.Load(fstest.MapFS{"c.rego": {Data: []byte(header + body)}}); err == nil {
				t.Error("compiles")
			}
		})
	}
}

func TestInputsThatDoNotFit(t *testing.T) {
	effort.WithoutRace(t)
	e, snap := load(t), seal(t, other(t))
	wrongTenant, wrongLabel := promise(), promise()
	wrongTenant.Client.TenantID = "aaaaaaaa-0000-4000-8000-00000000ffff"
	wrongLabel.Client.Name = "contoso"
	for name, err := range map[string]error{
		"tenant": evaluateError(e, snap, wrongTenant), "label": evaluateError(e, snap, wrongLabel),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}

	if _, err := e.Evaluate(context.Background(), snap, promise(), asOf.AddDate(0, 0, -1)); err == nil {
		t.Error("as-of before collected_at: no error")
	}
}

func evaluateError(e *engine.Engine, snap snapshot.Snapshot, in intent.Intent) error {
	_, err := e.Evaluate(context.Background(), snap, in, asOf)
	return err
}
