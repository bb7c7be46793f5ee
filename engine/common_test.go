package engine_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine"
)

// twoControls are two controls with the same rules, which ask one library. The second one says
// "good" as its parameter where the first says "bad".
func twoControls(t *testing.T, rules, library string) *engine.Engine {
	t.Helper()
	files := fstest.MapFS{"test/lib/names/names.rego": {Data: []byte("package test.lib.names\n\n" + library)}}
	for i, word := range []string{"bad", "good"} {
		files[fmt.Sprintf("test/isolation/c%d/c.rego", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, `# METADATA
# title: Control %d
# custom:
#   id: RF-Z-%02d
#   severity: low
#   params:
#     word: {type: string, default: %s}
package test.isolation.c%d

import data.test.lib.names

subjects contains g._subject if some g in input.azure.resource_groups
%s`, i, i+1, word, i, rules)}
	}

	e, err := engine.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestCommon: what a rule of a library gives is shared by controls, and each of them says what
// it says alone, whatever the rule follows from.
func TestCommon(t *testing.T) {
	for name, tc := range map[string]struct{ rules, library string }{
		"a set": {
			"pass contains g._subject if { some g in input.azure.resource_groups; g.name in names.west }",
			`west contains g.name if { some g in input.azure.resource_groups; g.location == "westeurope" }`,
		},
		"nothing": {
			"pass contains g._subject if { some g in input.azure.resource_groups; not names.none }",
			`none if { some g in input.azure.resource_groups; g.location == "nowhere" }`,
		},
		"a parameter": {
			"pass contains g._subject if { some g in input.azure.resource_groups; names.word == \"good\" }",
			"word := input.params.word",
		},
		"a parameter, behind another rule": {
			"pass contains g._subject if { some g in input.azure.resource_groups; names.is_good }",
			"is_good if _word == \"good\"\n\n_word := input.params.word",
		},
		"a parameter, in a function": {
			"pass contains g._subject if { some g in input.azure.resource_groups; names.is_good }",
			"is_good if _word(1) == \"good\"\n\n_word(_) := input.params.word",
		},
		"a parameter, or else": {
			"pass contains g._subject if { some g in input.azure.resource_groups; names.word == \"good\" }",
			"word := \"bad\" if {\n\tinput.client.name == \"nobody\"\n} else := input.params.word",
		},
	} {
		e := twoControls(t, tc.rules, tc.library)
		snap := seal(t, groupsOf(t, 12, "eastus"), other(t))
		together, err := e.Evaluate(t.Context(), snap, promise(), asOf)
		if err != nil || len(together.Errors) > 0 {
			t.Fatalf("%s: %v %v", name, err, together.Errors)
		}

		whole, err := e.Whole().Evaluate(t.Context(), snap, promise(), asOf)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole.Verdicts, together.Verdicts); diff != "" {
			t.Errorf("%s (-without shortcuts +together):\n%s", name, diff)
		}
		if len(together.Verdicts) < 20 {
			t.Errorf("%s: %d verdicts", name, len(together.Verdicts))
		}
	}
}
