package policyset_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"ringfence/engine/policyset"
)

// named is a file with one control.
func named(id, pkg, more string) []byte {
	return []byte("# METADATA\n# title: A title\n# custom: {id: " + id + ", severity: low}\npackage " + pkg +
		"\n\nsubjects contains \"client\" if true\n\npass contains \"client\" if true\n" + more)
}

// TestAdd: what is added never changes what is there, unless it is told to.
func TestAdd(t *testing.T) {
	set := policyset.Files{
		"rf/a/one/one.rego":  named("RF-A-01", "rf.a.one", ""),
		"rf/a/one/more.rego": []byte("package rf.a.one\n\n_x := 1\n"),
		"rf/lib/l/l.rego":    []byte("package rf.lib.l\n\nx := 1\n"),
	}
	mine := named("ACME-01", "acme.a.two", "")

	for name, tc := range map[string]struct {
		own     policyset.Files
		replace []string
		want    string // the files, or the problem
	}{
		"another control": {policyset.Files{"acme/a/two/two.rego": mine}, nil,
			"acme/a/two/two.rego rf/a/one/more.rego rf/a/one/one.rego rf/lib/l/l.rego"},
		"a copy of the set": {maps.Clone(set), nil, "rf/a/one/more.rego rf/a/one/one.rego rf/lib/l/l.rego"},
		"replaced, in a package of its own": {policyset.Files{"x.rego": named("RF-A-01", "acme.a.one", "")},
			[]string{"rf-a-01"}, "rf/lib/l/l.rego x.rego"},
		"replaced, in the same package": {policyset.Files{"rf/a/one/one.rego": named("RF-A-01", "rf.a.one", "_y := 2\n")},
			[]string{"RF-A-01"}, "rf/a/one/one.rego rf/lib/l/l.rego"},

		"an id twice":        {policyset.Files{"x.rego": named("RF-A-01", "acme.a.one", "")}, nil, "have the same id RF-A-01"},
		"another library":    {policyset.Files{"rf/lib/l/l.rego": []byte("package rf.lib.l\n\nx := 2\n")}, nil, "rf/lib/l/l.rego is a file of the built-in set"},
		"a rule of the set":  {policyset.Files{"x.rego": []byte("package rf.a.one\n\npass contains \"x\" if true\n")}, nil, "the pack rf is the built-in set's"},
		"a rule from above":  {policyset.Files{"x.rego": []byte("package rf\n\na.one.pass contains \"x\" if true\n")}, nil, "the pack rf is the built-in set's"},
		"no such control":    {policyset.Files{"x.rego": mine}, []string{"RF-A-09"}, "the built-in set has no control of this id"},
		"nothing to replace": {policyset.Files{"x.rego": mine}, []string{"RF-A-01"}, "the folder has no control of this id"},
	} {
		before := maps.Clone(set)
		got, err := set.Add(tc.own, tc.replace)
		switch {
		case err == nil && strings.Join(slices.Sorted(maps.Keys(got)), " ") != tc.want:
			t.Errorf("%s: %v", name, slices.Sorted(maps.Keys(got)))
		case err != nil && (!strings.Contains(err.Error(), tc.want) || !errors.As(err, new(*policyset.ClashError))):
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}

		if set.Digest() != before.Digest() {
			t.Errorf("%s: the set itself was changed", name)
		}
	}

	if _, err := set.Add(policyset.Files{"x.rego": []byte("package")}, nil); err == nil ||
		!strings.Contains(err.Error(), "x.rego:1") {
		t.Errorf("a file that is no policy: %v", err)
	}
}
