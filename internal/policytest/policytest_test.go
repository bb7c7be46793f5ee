package policytest

import (
	"context"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const policy = `# METADATA
# title: Vaults are protected
# custom: {id: AC-K-01, severity: high}
package acme.keys.protected

import data.acme.lib

subjects contains v._subject if some v in input.keyvault.vaults

pass contains v._subject if {
	some v in input.keyvault.vaults
	v.properties.enablePurgeProtection == true
	not lib.excused(v)
}

fail contains {"subject": v._subject, "message": "off"} if {
	some v in input.keyvault.vaults
	v.properties.enablePurgeProtection == false
}
`

const library = `package acme.lib

excused(v) if v.location == "nowhere"
`

const tests = `package acme.keys.protected_test

import data.acme.keys.protected

vault(on) := {"keyvault": {"vaults": [{"_subject": "v", "location": "here", "properties": {"enablePurgeProtection": on}}]}}

test_pass if protected.pass == {"v"} with input as vault(true)

test_cases[name] if {
	some name, on in {"on": true, "off": false}
	print("asked about", name)
	protected.pass == {"v"} with input as vault(on)
}
`

func set(files map[string]string) fs.FS {
	all := fstest.MapFS{}
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}

// base is a built-in set with the library and a control of its own.
func base() fs.FS {
	return set(map[string]string{
		"acme/lib/lib.rego":      library,
		"acme/lib/lib_test.rego": "package acme.lib_test\n\ntest_of_the_base if false\n",
	})
}

func whole() map[string]string {
	return map[string]string{"acme/keys/protected.rego": policy, "acme/keys/protected_test.rego": tests}
}

func run(t *testing.T, files map[string]string, o Options) Report {
	t.Helper()
	s, err := Load(set(files), base())
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRun: tests and cases are counted and named, with what they printed, and lines
// that no test reaches. Tests of the base do not run.
func TestRun(t *testing.T) {
	r := run(t, whole(), Options{Coverage: true})
	covered := r.Packages[0].Coverage
	if covered == nil || *covered <= 40 || *covered >= 100 {
		t.Errorf("coverage %v", covered)
	}

	r.Packages[0].Coverage = nil
	want := Report{Packages: []Package{{
		ID: "AC-K-01", Package: "acme.keys.protected", File: "acme/keys/protected.rego", Tests: 2, Passed: 1,
		Uncovered: []int{8, 16, 18},
		Failures: []Failure{{
			Test: "test_cases", File: "acme/keys/protected_test.rego", Line: 9, Cases: []string{"off"},
			Output: r.Packages[0].Failures[0].Output,
		}},
	}}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if output := r.Packages[0].Failures[0].Output; !strings.Contains(output, "asked about off") {
		t.Errorf("printed %q", output)
	}
	if !r.Failed() {
		t.Error("a report with a failure has not failed")
	}
}

// TestOptions: which tests run.
func TestOptions(t *testing.T) {
	for name, c := range map[string]struct {
		options Options
		tests   int
		failed  bool
	}{
		"by name":               {Options{Name: regexp.MustCompile(`test_pass$`)}, 1, false},
		"by package":            {Options{Packages: []string{"data.acme.keys.protected"}}, 2, true},
		"a control without any": {Options{Name: regexp.MustCompile(`nothing`)}, 0, true},
	} {
		r := run(t, whole(), c.options)
		if r.Tests() != c.tests || r.Failed() != c.failed {
			t.Errorf("%s: %d tests, failed %v", name, r.Tests(), r.Failed())
		}
	}
}

// TestLoadRefuses: what would not be judged is not tested either.
func TestLoadRefuses(t *testing.T) {
	for problem, change := range map[string]func(map[string]string){
		"enablePurgeProtektion": func(all map[string]string) {
			name := "acme/keys/protected.rego"
			all[name] = strings.ReplaceAll(all[name], "enablePurgeProtection", "enablePurgeProtektion")
		},
		"http.send": func(all map[string]string) {
			all["acme/keys/other.rego"] = "package acme.keys.other\n\np := http.send({})\n"
		},
		"rego_parse_error": func(all map[string]string) { all["acme/keys/protected_test.rego"] = "package {" },
		"acme/lib/lib.rego is in the built-in set too": func(all map[string]string) {
			all["acme/lib/lib.rego"] = "package acme.other\n"
			delete(all, "acme/keys/protected.rego")
		},
	} {
		files := whole()
		change(files)
		_, err := Load(set(files), base())
		if err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%v, not %s", err, problem)
		}
	}
}

// TestOver: a package that the set has takes the place of the base's, whatever its
// file is called.
func TestOver(t *testing.T) {
	files := whole()
	files["mine.rego"] = "package acme.lib\n\nexcused(v) if v.location == \"here\"\n"
	if r := run(t, files, Options{Name: regexp.MustCompile("test_pass$")}); !r.Failed() {
		t.Error("the library of the base is asked")
	}
}

// TestAffected: what runs again after a change.
func TestAffected(t *testing.T) {
	s, err := Load(set(whole()), base())
	if err != nil {
		t.Fatal(err)
	}

	all := []string{"data.acme.keys.protected"}
	for file, want := range map[string][]string{
		"acme/keys/protected.rego":      all,
		"acme/keys/protected_test.rego": all,
		"acme/lib/lib.rego":             all,
		"acme/lib/lib_test.rego":        nil,
		"gone.rego":                     nil,
	} {
		if diff := cmp.Diff(want, s.Affected([]string{file})); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}
