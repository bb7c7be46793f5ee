package foreign_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/foreign"
	"ringfence/engine/policyset"
)

const examples = "../../examples/packs/"

func manifest(kind string, products ...string) foreign.Manifest {
	return foreign.Manifest{
		Name: "p", Kind: kind, Title: "P", Source: "here", Products: products,
		Severity: map[string]string{}, Optional: []string{},
	}
}

func load(t *testing.T, m foreign.Manifest, files policyset.Files) (*foreign.Pack, error) {
	t.Helper()
	bundle, err := foreign.Bundle(m, files)
	if err != nil {
		return nil, err
	}
	if !foreign.Is(bundle) || foreign.Is(files) {
		t.Error("a bundle is not told from policies")
	}
	return foreign.Load(bundle)
}

func baseline(t *testing.T) *foreign.Pack {
	t.Helper()
	files, err := policyset.Read(os.DirFS(examples + "baseline"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := load(t, manifest(foreign.Scuba, "mail", "meet"), files)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// judge gives of each control its outcome and message.
func judge(t *testing.T, p *foreign.Pack, input map[string]any) map[string]string {
	t.Helper()
	value, err := ast.InterfaceToValue(input)
	if err != nil {
		t.Fatal(err)
	}
	opinions, err := p.Judge(context.Background(), foreign.Seen{TenantID: "t", Input: value.(ast.Object)})
	if err != nil {
		t.Fatal(err)
	}

	said := map[string]string{}
	for id, o := range opinions {
		said[id] = string(o.Verdicts[0].Outcome)
		for _, f := range o.Findings {
			said[id] += ": " + f.Message
		}
	}
	return said
}

// complete is an input of the example pack that has everything, and keeps it.
func complete(t *testing.T) map[string]any {
	t.Helper()
	var input map[string]any
	err := json.Unmarshal([]byte(`{
		"remote_domains": [{"Name": "Default", "AutoForwardEnabled": false}],
		"transport_rule": [],
		"meet_licence": true,
		"meeting_policies": [{"Name": "Global", "Lobby": true}],
		"mail_successful_commands": ["get-remotedomain", "Get-TransportRule"],
		"mail_unsuccessful_commands": [],
		"meet_successful_commands": ["Get-MeetingPolicy"],
		"meet_unsuccessful_commands": []
	}`), &input)
	if err != nil {
		t.Fatal(err)
	}
	return input
}

const portal = "undetermined: the pack does not check this (Not-Implemented): Look at the portal"

// TestScuba: verdicts of a pack in the form of ScubaGear's.
func TestScuba(t *testing.T) {
	p := baseline(t)
	for name, tc := range map[string]struct {
		change func(input map[string]any)
		want   map[string]string // of what differs from a complete input
	}{
		"complete": {func(map[string]any) {}, nil},
		"a violation": {
			func(in map[string]any) {
				in["remote_domains"] = []any{map[string]any{"Name": "x", "AutoForwardEnabled": true}}
			},
			map[string]string{"MS.MAIL.1.1v1": "not-satisfied: Requirement not met"},
		},
		"a key is missing": {
			func(in map[string]any) { delete(in, "transport_rule") },
			map[string]string{"MS.MAIL.1.2v1": "undetermined: not seen: transport_rule is not in the input"},
		},
		"a key is null": {
			func(in map[string]any) { in["transport_rule"] = nil },
			map[string]string{"MS.MAIL.1.2v1": "undetermined: not seen: transport_rule is not in the input"},
		},
		"a command failed": {
			func(in map[string]any) { in["mail_unsuccessful_commands"] = []any{"get-transportRULE"} },
			map[string]string{"MS.MAIL.1.2v1": "undetermined: not seen: command Get-TransportRule did not succeed"},
		},
		"no licence, of which the file says so": {
			func(in map[string]any) { in["meet_licence"] = false },
			map[string]string{"MS.MEET.1.1v1": "not-satisfied: No licence was found"},
		},
		"no word of a licence": {
			func(in map[string]any) { delete(in, "meet_licence") },
			map[string]string{"MS.MEET.1.1v1": "undetermined: No licence was found " +
				"(a lead: not seen: meet_licence is not in the input)"},
		},
		"a product without a list of its own": {
			func(in map[string]any) {
				delete(in, "meet_successful_commands")
				delete(in, "meet_unsuccessful_commands")
				in["video_successful_commands"] = []any{"Get-MeetingPolicy"}
			},
			nil,
		},
		"both": {
			func(in map[string]any) {
				in["meeting_policies"] = []any{map[string]any{"Name": "x", "Lobby": false}}
				delete(in, "transport_rule")
			},
			map[string]string{
				"MS.MEET.1.1v1": "not-satisfied: Requirement not met",
				"MS.MAIL.1.2v1": "undetermined: not seen: transport_rule is not in the input",
			},
		},
	} {
		want := map[string]string{
			"MS.MAIL.1.1v1": "satisfied", "MS.MAIL.1.2v1": "satisfied",
			"MS.MEET.1.1v1": "satisfied", "MS.MAIL.2.1v1": portal,
		}
		maps.Copy(want, tc.want)
		input := complete(t)
		tc.change(input)
		if diff := cmp.Diff(want, judge(t, p, input)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestAblation: without any one key no policy is satisfied that was not, and none that
// reads the key.
func TestAblation(t *testing.T) {
	p := baseline(t)
	for _, key := range slices.Sorted(maps.Keys(complete(t))) {
		input := complete(t)
		delete(input, key)
		for id, said := range judge(t, p, input) {
			keys, all := p.Keys(id)
			if said == "satisfied" && (all || slices.Contains(keys, key)) {
				t.Errorf("without %s, which it reads, %s is satisfied", key, id)
			}
		}
	}

	for id, said := range judge(t, p, map[string]any{}) {
		if !strings.HasPrefix(said, "undetermined") {
			t.Errorf("of an empty input: %s %s", id, said)
		}
	}
}

// TestConftest: rules as conftest runs them, also in the older syntax.
func TestConftest(t *testing.T) {
	m := manifest(foreign.Conftest, "main")
	m.Optional = []string{"a.note"}
	p, err := load(t, m, policyset.Files{"x.rego": []byte(`package main

deny contains "open" if input.a.open == true

deny_names contains {"msg": sprintf("%s is not agreed", [n.name])} if {
	some n in input.names
	not n.agreed
}

warn contains "a note" if input.a.note

violation contains {"msg": "no owner", "details": {}} if not input.owner
`)})
	if err != nil {
		t.Fatal(err)
	}

	for input, want := range map[string]map[string]string{
		`{"a": {"open": true}, "names": [{"name": "n", "agreed": false}], "owner": "o"}`: {
			"main.deny": "not-satisfied: open", "main.deny_names": "not-satisfied: n is not agreed",
			"main.warn": "satisfied", "main.violation": "satisfied",
		},
		`{"a": {}, "names": [{"name": "n"}], "owner": null}`: {
			"main.deny": "undetermined: not seen: a.open is not in the input",
			"main.deny_names": "undetermined: n is not agreed (a lead: not seen: " +
				"names[*].agreed is not in the input)",
			// null is a value: the rule that asks for an owner has seen that there is one.
			"main.warn": "satisfied", "main.violation": "satisfied",
		},
		`{"a": 1, "names": []}`: {
			"main.deny":       "undetermined: not seen: a.open is not in the input",
			"main.deny_names": "satisfied",
			"main.warn":       "satisfied",
			"main.violation":  "undetermined: no owner (a lead: not seen: owner is not in the input)",
		},
	} {
		var plain map[string]any
		if err := json.Unmarshal([]byte(input), &plain); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, judge(t, p, plain)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", input, diff)
		}
	}

	old := manifest(foreign.Conftest, "main")
	old.V0 = true
	if p, err = load(t, old, policyset.Files{"x.rego": []byte("package main\n\ndeny[msg] { input.x == 1; msg := \"one\" }\n")}); err != nil {
		t.Fatal(err)
	}
	if got := judge(t, p, map[string]any{"x": 1}); got["main.deny"] != "not-satisfied: one" {
		t.Errorf("%v", got)
	}
}

// TestPolicyError: a pack that fails judges nobody.
func TestPolicyError(t *testing.T) {
	for name, rego := range map[string]string{
		"a built-in fails": `tests contains {"PolicyId": "X.1", "Criticality": "Shall", "Commandlet": [], ` +
			`"ActualValue": 1, "ReportDetails": "", "RequirementMet": to_number(input.x) == 1}`,
		"no text": `tests contains {"PolicyId": "X.1", "Criticality": "Shall", "Commandlet": [], ` +
			`"ActualValue": 1, "ReportDetails": 1, "RequirementMet": input.x == 1}`,
		"another id": "tests contains {\"PolicyId\": \"X.1\", \"RequirementMet\": true} if input.never\n\n" +
			`tests contains {"PolicyId": input.x, "Criticality": "Shall", "Commandlet": [], ` +
			`"ActualValue": 1, "ReportDetails": "", "RequirementMet": true}`,
	} {
		p, err := load(t, manifest(foreign.Scuba, "x"), policyset.Files{"x.rego": []byte("package x\n\n" + rego + "\n")})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		value := ast.NewObject([2]*ast.Term{ast.StringTerm("x"), ast.StringTerm("y")})
		opinions, err := p.Judge(context.Background(), foreign.Seen{TenantID: "t", Input: value})
		if err != nil {
			t.Fatal(err)
		}
		if o := opinions["X.1"]; o.Error == "" || o.Verdicts[0].Outcome != finding.Undetermined {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// TestLoadRefuses: what is no pack, or may not run.
func TestLoadRefuses(t *testing.T) {
	const good = "package x\n\ntests contains {\"PolicyId\": \"X.1\", \"RequirementMet\": true} if input.a\n"
	scuba := manifest(foreign.Scuba, "x")
	for name, tc := range map[string]struct {
		manifest foreign.Manifest
		rego     string
		want     string
	}{
		"good":           {scuba, good, ""},
		"no product":     {manifest(foreign.Scuba, "y"), good, `product "y": no package y in the pack has a set tests`},
		"no deny":        {manifest(foreign.Conftest, "x"), good, `product "x": no package x in the pack has a rule deny`},
		"the network":    {scuba, good + "\nq := http.send({})\n", "http.send"},
		"the clock":      {scuba, good + "\nq := time.now_ns()\n", "time.now_ns"},
		"unknown data":   {scuba, good + "\nq := data.exceptions.x\n", "x.rego:5: data.exceptions.x is defined by no file"},
		"no syntax":      {scuba, good + "\nq {", "x.rego:5"},
		"no id":          {scuba, strings.Replace(good, "X.1", "one", 1), `"one" does not look like the id`},
		"no set":         {scuba, "package x\n\ntests := [{\"PolicyId\": \"X.1\"}]\n", "is not a partial set"},
		"ringfence's":    {manifest(foreign.Scuba, "ringfence.x"), good, "is no name of a package"},
		"a kind":         {manifest("other", "x"), good, `kind "other" is none of scuba, conftest`},
		"no products":    {manifest(foreign.Scuba), good, "names no package"},
		"product twice":  {manifest(foreign.Scuba, "x", "x"), good, "is there twice"},
		"twice the same": {manifest(foreign.Scuba, "x", "z"), good, "two products of the pack have a policy X.1"},
	} {
		files := policyset.Files{"x.rego": []byte(tc.rego)}
		if name == "twice the same" {
			files["z.rego"] = []byte(strings.Replace(good, "package x", "package z", 1))
		}
		_, err := load(t, tc.manifest, files)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestGenerated: a bundle whose generated files were changed is refused.
func TestGenerated(t *testing.T) {
	files, err := policyset.Read(os.DirFS(examples + "baseline"))
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := foreign.Bundle(manifest(foreign.Scuba, "mail"), files)
	if err != nil {
		t.Fatal(err)
	}

	for _, path := range slices.Sorted(maps.Keys(bundle)) {
		if !strings.HasPrefix(path, "ringfence/") {
			continue
		}
		changed := maps.Clone(bundle)
		changed[path] = append(slices.Clone(bundle[path]), "# changed\n"...)
		if _, err := foreign.Load(changed); err == nil || !strings.Contains(err.Error(), "generated") {
			t.Errorf("%s: %v", path, err)
		}
	}

	bundle["ringfence/shim/more.rego"] = []byte("package ringfence.shim.more\n")
	if _, err := foreign.Load(bundle); err == nil {
		t.Error("a shim that nobody makes is accepted")
	}
}

func TestIDs(t *testing.T) {
	for id, want := range map[string]bool{
		"MS.AAD.1.1v1": true, "main.deny_root": true, "a.b-c": true,
		"RF-T-08": false, "ACME-01": false, "": false, "a b.c": false, ".a": false, "a..b": false,
		strings.Repeat("a", 80) + ".b": false,
	} {
		if finding.IsForeignID(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}

// TestSnapshot: a document for each key, no secret, and what failed by the tool's own
// word.
func TestSnapshot(t *testing.T) {
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	m := snapshot.Manifest{Client: "fabrikam", TenantID: "t", Cloud: "public"}
	input := map[string]any{
		"apps":                    []any{map[string]any{"name": "a", "clientSecret": "hunter2"}},
		"x_unsuccessful_commands": []any{},
	}
	s, err := foreign.Snapshot(m, input, at)
	if err != nil {
		t.Fatal(err)
	}

	docs, err := s.Documents(foreign.Dataset)
	if err != nil {
		t.Fatal(err)
	}
	want := []snapshot.Document{
		{ID: "apps", Spec: map[string]any{"value": []any{map[string]any{"name": "a"}}}},
		{ID: "x_unsuccessful_commands", Spec: map[string]any{"value": []any{}}},
	}
	if diff := cmp.Diff(want, docs); diff != "" {
		t.Error(diff)
	}
	if c := s.Manifest.Datasets[foreign.Dataset]; !c.CompleteEverywhere() || s.Manifest.CollectedAt != "2026-11-23T10:00:00Z" {
		t.Errorf("%+v at %s", c, s.Manifest.CollectedAt)
	}

	input["x_unsuccessful_commands"] = []any{"Get-A"}
	if s, err = foreign.Snapshot(m, input, at); err != nil {
		t.Fatal(err)
	}
	c := s.Manifest.Datasets[foreign.Dataset]
	if c.Status != snapshot.Partial || !strings.Contains(c.Evidence.Message, "get-a") {
		t.Errorf("%+v", c)
	}
	if _, err := foreign.Snapshot(m, map[string]any{"": 1}, at); err == nil {
		t.Error("a key without a name is accepted")
	}
}
