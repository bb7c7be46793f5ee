package policyset_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/policyset"
)

func factFile(kind, rule, title, set string) string {
	return "# METADATA\n# title: " + title + "\n# custom:\n#   fact: " + kind + "\n#   rule: " + rule +
		"\npackage ringfence.facts.p\n\n" + set + " contains u._id if some u in input.entra.users\n"
}

func TestFacts(t *testing.T) {
	files := policyset.Files{
		"b.rego": []byte(factFile("member", "to", "Members", "edge")),
		"a.rego": []byte(strings.Replace(factFile("device", "share", "Devices", "link"), "facts.p", "facts.q", 1)),
	}
	compiler, err := files.Compile()
	if err != nil {
		t.Fatal(err)
	}
	facts, err := policyset.Facts(compiler)
	if err != nil {
		t.Fatal(err)
	}

	var got []string
	for _, f := range facts {
		got = append(got, strings.Join([]string{f.Kind, f.Rule, f.Title, f.File, f.Sets[0]}, " "))
	}
	if d := cmp.Diff([]string{"device share Devices a.rego link", "member to Members b.rego edge"}, got); d != "" {
		t.Error(d)
	}
}

func TestRefusesFacts(t *testing.T) {
	for _, c := range []struct{ kind, rule, title, set, want string }{
		{"Member", "to", "Members", "edge", "no label"},
		{"[member]", "to", "Members", "edge", "no label"},
		{"member", "both", "Members", "edge", "custom.rule"},
		{"member", "to", `""`, "edge", "title"},
		{"member", "to", "Members", "link", "are edges"},
		{"member", "bridge", "Members", "edge", "are links"},
		{"member", "from", "Members", "subjects", "are edges"},
	} {
		compiler, err := policyset.Files{"p.rego": []byte(factFile(c.kind, c.rule, c.title, c.set))}.Compile()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := policyset.Facts(compiler); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}

	twice := policyset.Files{
		"a.rego": []byte(factFile("member", "to", "Members", "edge")),
		"b.rego": []byte(strings.Replace(factFile("member", "to", "Members", "edge"), "facts.p", "facts.q", 1)),
	}
	compiler, err := twice.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := policyset.Facts(compiler); err == nil {
		t.Error("two kinds of one name are no error")
	}
}
