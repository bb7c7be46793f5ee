package snapshot

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEncode(t *testing.T) {
	with := func(v string) []Document {
		return []Document{
			{ID: "a", Spec: map[string]any{"x": "1"}, Observed: map[string]any{"sync": v}},
			{ID: "b", Scope: "s", Spec: map[string]any{}},
		}
	}
	data, digest, spec, err := Encode(with("monday"))
	const want = `{"id":"a","observed":{"sync":"monday"},"spec":{"x":"1"}}
{"id":"b","scope":"s","spec":{}}
`
	if err != nil || string(data) != want || digest != Digest(data) {
		t.Errorf("%s %v", data, err)
	}

	_, digest2, spec2, _ := Encode(with("tuesday"))
	if digest == digest2 || spec != spec2 {
		t.Error("observed must change the digest, and never spec_digest")
	}

	for i, line := range strings.Split(strings.TrimSpace(want), "\n") {
		back, err := DecodeLine([]byte(line))
		if d := cmp.Diff(with("monday")[i], back); err != nil || d != "" {
			t.Errorf("%v %s", err, d)
		}
	}

	if _, _, _, err := Encode([]Document{doc("a"), doc("a")}); err == nil {
		t.Error("duplicates")
	}
}

func TestSubject(t *testing.T) {
	for in, want := range map[string]string{
		"/subscriptions/x":  "d.n/subscriptions/x",
		"//x":               "d.n//x",
		"a#b%c\nd\x7fe é~/": "d.n/a%23b%25c%0Ad%7Fe é~/",
		"a\u0085b\u009b2Jà": "d.n/a%C2%85b%C2%9B2Jà", // C1, and a letter whose last byte looks like it
	} {
		if got := Subject("d.n", in); got != want || SubjectDataset(got) != "d.n" {
			t.Errorf("%q: %q", in, got)
		}
	}

	if SubjectDataset("client/fabrikam") != "" || SubjectDataset("x") != "" {
		t.Error("a client is no dataset")
	}
}

func TestDecodeLine(t *testing.T) {
	for _, line := range []string{
		``, `[]`, `{}`, `{"id":""}`, `{"id":"a"}`, `{"id":7,"spec":{}}`, `{"id":"a","spec":[]}`,
		`{"id":"a","spec":{},"scope":7}`,
		`{"id":"a","spec":{},"observed":[]}`,
		`{"id":"a","spec":{"x":1},"observed":{"x":1}}`,
		`{"id":"a","id":"b","spec":{}}`,
	} {
		if d, err := DecodeLine([]byte(line)); err == nil {
			t.Errorf("%s: %+v", line, d)
		}
	}
}

// FuzzDecodeLine: whatever is read can be written, and reads the same again.
func FuzzDecodeLine(f *testing.F) {
	f.Add([]byte(`{"id":"a","scope":"s","spec":{"x":[1,2.5,null]},"observed":{"y":"z"}}`))
	f.Add([]byte(`{"id":"\u0000","spec":{"":9007199254740993}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		d, err := DecodeLine(line)
		if err != nil {
			return
		}

		once, _, _, err := Encode([]Document{d})
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}

		d2, err := DecodeLine(bytes.TrimSuffix(once, []byte("\n")))
		if err != nil {
			t.Fatalf("%q: %v", once, err)
		}

		if twice, _, _, _ := Encode([]Document{d2}); !bytes.Equal(once, twice) {
			t.Errorf("%q becomes %q", once, twice)
		}
	})
}
