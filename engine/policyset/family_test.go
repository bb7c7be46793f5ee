package policyset_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"ringfence/engine/policyset"
)

// TestFamilyMetadata: what describes a family is complete and said once.
func TestFamilyMetadata(t *testing.T) {
	const control = "# METADATA\n# title: Jobs\n# custom: {id: RF-B-01, severity: low}\npackage acme.backup.jobs\n\n" +
		"subjects contains d._subject if some d in input.keyvault.vaults\n\n" +
		"pass contains d._subject if some d in input.keyvault.vaults\n"
	describe := func(pack, title, custom string) string {
		return "# METADATA\n# title: " + title + "\n# custom: " + custom + "\npackage " + pack + ".backup\n"
	}
	good := describe("acme", "Backup", "{family: Backup, order: 1}")

	for _, c := range []struct{ name, first, second, problem string }{
		{"one", good, "package lib\n", ""},
		{"twice", good, describe("other", "Backup", "{family: Backup}"), "both describe the family backup"},
		{"no title", describe("acme", `""`, "{family: Backup}"), "package lib\n", "a family needs a title"},
		{"no name", describe("acme", "Backup", `{family: ""}`), "package lib\n", "a family needs a title"},
		{"order", describe("acme", "Backup", "{family: Backup, order: -1}"), "package lib\n", "a family needs a title"},
		{"name", describe("acme", "Backup", "{family: [Backup]}"), "package lib\n", "family"},
	} {
		files, err := policyset.Read(fstest.MapFS{
			"jobs.rego":   {Data: []byte(control)},
			"first.rego":  {Data: []byte(c.first)},
			"second.rego": {Data: []byte(c.second)},
		})
		if err != nil {
			t.Fatal(err)
		}

		compiler, err := files.Compile()
		if err != nil {
			t.Fatal(err)
		}

		_, err = policyset.Families(compiler)
		if c.problem == "" && err != nil || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.problem)
		}
	}
}
