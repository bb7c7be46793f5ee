package query

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
)

// TestAddFail: what an entry of fail may be, and that several about one subject are
// merged.
func TestAddFail(t *testing.T) {
	a := Answer{Fail: map[string]Violation{}}
	for _, entry := range []string{
		`{"subject": "s", "message": "first", "observed": 1.50, "evidence": ["s#/b", "s#/a"]}`,
		`{"subject": "s", "message": "second", "expected": null}`,
		`{"subject": "t", "message": "alone"}`,
	} {
		if err := a.AddFail(ast.MustParseTerm(entry)); err != nil {
			t.Fatal(err)
		}
	}

	want := map[string]Violation{
		"s": {
			Messages: []string{"first", "second"},
			Observed: []any{json.Number("1.50")},
			Expected: []any{nil},
			Evidence: []string{"s#/a", "s#/b"},
		},
		"t": {Messages: []string{"alone"}},
	}
	if diff := cmp.Diff(want, a.Fail); diff != "" {
		t.Error(diff)
	}

	for entry, problem := range map[string]string{
		`"s"`:                            "is not an object",
		`{"subject": "s"}`:               `needs "subject" and "message"`,
		`{"message": "m"}`:               `needs "subject" and "message"`,
		`{"subject": 1, "message": "m"}`: `needs "subject" and "message"`,
		`{"subject": "s", "message": "m", "evidence": "e"}`: "evidence of s: ",
		`{"subject": "s", "message": "m", "evidence": [1]}`: "evidence of s: 1 is not a string",
	} {
		if err := a.AddFail(ast.MustParseTerm(entry)); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v", entry, err)
		}
	}
}

// TestCheck: a verdict on no subject, and the same subject in two parts, are errors.
func TestCheck(t *testing.T) {
	answer := func(subject, pass, fail string) Answer {
		return Answer{
			Subjects: []string{subject},
			Pass:     map[string]bool{pass: true},
			Fail:     map[string]Violation{fail: {}},
		}
	}

	for want, a := range map[string]Answer{
		"":                                  answer("s", "s", "s"),
		"pass holds x, which is no subject": answer("s", "x", "s"),
		"fail holds x, which is no subject": answer("s", "s", "x"),
	} {
		err := a.Check()
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%v, not %q", err, want)
		}
	}

	a := answer("s", "s", "s")
	if err := a.Add(answer("t", "t", "s")); err == nil || err.Error() != "s fails in two parts" {
		t.Errorf("%v", err)
	}
	if err := a.Add(answer("t", "t", "t")); err != nil || len(a.Subjects)+len(a.Pass)+len(a.Fail) != 6 {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestOne: one value is itself, several are a list whose order says nothing of how
// they were found.
func TestOne(t *testing.T) {
	for _, list := range [][]any{{"b", "a", nil}, {nil, "b", "a"}} {
		if diff := cmp.Diff([]any{"a", "b", nil}, One(list)); diff != "" {
			t.Error(diff)
		}
	}
	if One(nil) != nil || One([]any{"a"}) != "a" {
		t.Error("a list of one is a list")
	}
}
