package mutation

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/policyset"
	"ringfence/internal/effort"
	"ringfence/internal/policytest"
)

const policy = `# METADATA
# title: Vaults are protected
# custom: {id: AC-K-01, severity: high}
package acme.keys.protected

subjects contains v._subject if some v in input.keyvault.vaults

pass contains v._subject if {
	some v in input.keyvault.vaults
	v.properties.enablePurgeProtection == true
	_long(v.properties)
}

_long(properties) if properties.softDeleteRetentionInDays >= 90

_long(properties) if properties.softDeleteRetentionInDays == null

fail contains {"subject": v._subject, "message": "purge protection is off"} if {
	some v in input.keyvault.vaults
	v.properties.enablePurgeProtection in {false, null}
}
`

const tests = `package acme.keys.protected_test

import data.acme.keys.protected

vault(properties) := {"keyvault": {"vaults": [{"_subject": "v", "properties": properties}]}}

test_pass if {
	protected.subjects == {"v"} with input as vault({"enablePurgeProtection": true, "softDeleteRetentionInDays": 90})
	protected.pass == {"v"} with input as vault({"enablePurgeProtection": true, "softDeleteRetentionInDays": 90})
}

test_fail if {
	bad := vault({"enablePurgeProtection": false, "softDeleteRetentionInDays": 90})
	count(protected.fail) == 1 with input as bad
	protected.pass == set() with input as bad
}
`

const more = `
test_rest if {
	protected.pass == set() with input as vault({"enablePurgeProtection": true, "softDeleteRetentionInDays": 89})
	protected.pass == {"v"} with input as vault({"enablePurgeProtection": true, "softDeleteRetentionInDays": 91})
	protected.pass == {"v"} with input as vault({"enablePurgeProtection": true, "softDeleteRetentionInDays": null})
	count(protected.fail) == 1 with input as vault({"enablePurgeProtection": null, "softDeleteRetentionInDays": 90})
	count(protected.fail) == 0 with input as vault({"enablePurgeProtection": true, "softDeleteRetentionInDays": 90})
}
`

func broken(t *testing.T, tests string, o Options) Report {
	t.Helper()
	set, err := policytest.Load(fs.FS(fstest.MapFS{
		"acme/keys/protected.rego":      {Data: []byte(policy)},
		"acme/keys/protected_test.rego": {Data: []byte(tests)},
	}), nil)
	if err != nil {
		t.Fatal(err)
	}

	r, err := File(context.Background(), set, "acme/keys/protected.rego", o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFile: what tests do not hold survives, by line and mutation; with a test for each,
// nothing does. A reason is found by the entry.
func TestFile(t *testing.T) {
	effort.WithoutRace(t)
	weak := broken(t, tests, Options{})
	var lines []string
	for _, s := range weak.Survivors {
		lines = append(lines, weak.Entry(s))
	}

	for _, want := range []string{
		"AC-K-01 _long: `properties.softDeleteRetentionInDays >= 90` dropped",
		"AC-K-01 _long: the rule `_long(properties) if properties.softDeleteRetentionInDays == null` dropped",
		"AC-K-01 fail: null dropped from its list",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("%q does not survive", want)
		}
	}
	if weak.Killed+len(weak.Survivors) != weak.Mutants || weak.Killed < 8 {
		t.Errorf("%d of %d killed, %d survive", weak.Killed, weak.Mutants, len(weak.Survivors))
	}
	if t.Failed() {
		t.Log(strings.Join(lines, "\n"))
	}

	again := broken(t, tests, Options{Accepted: Accepted{lines[0]: "why"}})
	if again.Survivors[0].Reason != "why" || again.Unexplained() != len(lines)-1 {
		t.Errorf("%+v", again.Survivors)
	}

	strong := broken(t, tests+more, Options{})
	if len(strong.Survivors) != 0 {
		t.Errorf("%+v", strong.Survivors)
	}
	if strong.Mutants != weak.Mutants {
		t.Errorf("%d mutants, %d with other tests", strong.Mutants, weak.Mutants)
	}
}

// TestSample: a sample is the same every time, as large as asked for.
func TestSample(t *testing.T) {
	one, two := broken(t, tests, Options{Sample: 5}), broken(t, tests, Options{Sample: 5})
	if diff := cmp.Diff(one, two); diff != "" {
		t.Error(diff)
	}
	if one.Mutants == 0 || one.Mutants > 5 {
		t.Errorf("%d mutants", one.Mutants)
	}

	for n := range 9 {
		for most := range 9 {
			got := spread(n, most, "what")
			want := min(n, most)
			if most == 0 {
				want = n
			}
			slices.Sort(got)
			if len(slices.Compact(got)) != want {
				t.Errorf("%d of %d: %v", most, n, got)
			}
		}
	}
}

// TestChanges: each way to break a module, one row each; texts for people are left
// alone.
func TestChanges(t *testing.T) {
	for source, want := range map[string][]string{
		`r if input.a < 5`: {
			"`input.a < 5` dropped", "`input.a < 5`: < becomes <=", "`input.a < 5`: < becomes >=",
			"5 becomes 6 in `input.a < 5`",
		},
		`r if not input.a`: {"`not input.a` dropped", "`not input.a` negated"},
		`r if every x in input.a { x == true }`: {
			"`every x in input.a { x == true }` dropped", "`every x in input.a { x == true }`: every becomes some",
			"`x == true` dropped", "`x == true`: == becomes !=", "true becomes false in `x == true`",
		},
		`r contains {"subject": x, "message": "is off"} if some x in input.a`: {"`some x in input.a` dropped"},
		`r := sprintf("%s is off", ["x"])`:                                    nil,
		`r := {"active", "expiring"}`: {
			`"active" dropped from its list`, `"expiring" dropped from its list`,
		},
		"r := 1 if {\n\tinput.a\n} else := 2": {
			"1 becomes 2 in `r := 1`", "`input.a` dropped", "`input.a` negated", "`else := 2` dropped",
			"2 becomes 3 in `else := 2`",
		},
		"r if input.a\n\nr if input.b": {
			"the rule `r if input.a` dropped", "`input.a` dropped", "`input.a` negated",
			"the rule `r if input.b` dropped", "`input.b` dropped", "`input.b` negated",
		},
		`r := {x | some x in input.a; x != null}`: {
			"`some x in input.a` dropped", "`x != null` dropped", "`x != null`: != becomes ==",
			"null becomes \"another\" in `x != null`",
		},
		`r := input.a | input.b`: {"`r := input.a | input.b`: | becomes &"},
	} {
		m, err := ast.ParseModuleWithOpts("p.rego", "package p\n\n"+source, policyset.ParserOptions())
		if err != nil {
			t.Fatal(err)
		}

		var got []string
		for _, c := range changesOf(m) {
			got = append(got, c.what)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", source, diff)
		}
	}
}

// TestApply: a change is made in a copy and leaves the module alone.
func TestApply(t *testing.T) {
	m, err := ast.ParseModuleWithOpts("p.rego", policy, policyset.ParserOptions())
	if err != nil {
		t.Fatal(err)
	}

	before := m.String()
	seen := map[string]bool{before: true}
	for i, c := range changesOf(m) {
		changed := m.Copy()
		changesOf(changed)[i].apply()
		if text := changed.String(); seen[text] {
			t.Errorf("%s: the policy is as before, or as of another change", c.what)
		} else {
			seen[text] = true
		}
		if m.String() != before {
			t.Fatalf("%s changed the module itself", c.what)
		}
	}
}

func TestReadAccepted(t *testing.T) {
	got, err := ReadAccepted(strings.NewReader("# why\n\nA-1 p: x dropped\n    because\n    of y\nB-1 q: y\n\tz\n"))
	if diff := cmp.Diff(Accepted{"A-1 p: x dropped": "because of y", "B-1 q: y": "z"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}

	for text, problem := range map[string]string{
		"A\nB\n  r\n":      "line 2: no reason",
		"A\n":              "line 1: no reason",
		"  r\n":            "line 1: a reason without",
		"A\n r\nA\n r\n\n": "line 3: \"A\" is there twice",
	} {
		if _, err := ReadAccepted(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), problem) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzReadAccepted: a list never stops the program, and no entry is without a reason.
func FuzzReadAccepted(f *testing.F) {
	f.Add("A\n  r\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ReadAccepted(strings.NewReader(text))
		for entry, reason := range all {
			if err == nil && (reason == "" || entry == "") {
				t.Errorf("%q: %q", entry, reason)
			}
		}
	})
}
