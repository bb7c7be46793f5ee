package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/plan"
)

const dataset = "entra.users"

// holding is a snapshot of one dataset with these bytes.
func holding(data []byte) snapshot.Snapshot {
	lines := bytes.Count(data, []byte{'\n'})
	if len(data) > 0 && data[len(data)-1] != '\n' {
		lines++
	}

	c := snapshot.Coverage{Status: snapshot.Complete, Count: lines, Digest: snapshot.Digest(data)}
	return snapshot.Snapshot{
		Manifest: snapshot.Manifest{Datasets: map[string]snapshot.Coverage{dataset: c}},
		Open:     func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

var everything = &plan.Field{Whole: plan.Plain}

// body is a document as policies see it, by way of maps.
func body(doc snapshot.Document) map[string]any {
	m := map[string]any{}
	maps.Copy(m, doc.Spec)
	maps.Copy(m, doc.Observed)
	m["_id"], m["_scope"], m["_subject"] = doc.ID, doc.Scope, snapshot.Subject(dataset, doc.ID)

	return m
}

// sameAsDocuments reads a snapshot both ways and compares errors and values.
func sameAsDocuments(t *testing.T, snap snapshot.Snapshot) (*Documents, error) {
	t.Helper()
	got, err := Compile(dataset, everything, nil).Read(snap)
	docs, want := snap.Documents(dataset)
	if _, err := Compile(dataset, nil, nil).Read(snap); fmt.Sprint(err) != fmt.Sprint(want) {
		t.Fatalf("where nothing is read: %v, want %v", err, want)
	}

	var values []*ast.Term
	for _, doc := range docs {
		v, err := ast.InterfaceToValue(body(doc))
		if err != nil {
			want = err // a number that OPA does not take
			break
		}
		values = append(values, ast.NewTerm(v))
	}

	if (err == nil) != (want == nil) || err != nil && !strings.HasSuffix(err.Error(), want.Error()) {
		t.Fatalf("error %v, want %v", err, want)
	}

	if err != nil {
		var digest *snapshot.DigestError
		if !errors.As(err, &digest) {
			t.Fatalf("%v is a %T", err, err)
		}
		return nil, err
	}

	if wanted := ast.NewArray(values...); got.Array.Compare(wanted) != 0 {
		t.Fatalf("%v\nwant %v", got.Array, wanted)
	}

	for i, doc := range docs {
		if got.IDs[i] != doc.ID || got.Scopes[i] != doc.Scope || got.Subject(i) != snapshot.Subject(dataset, doc.ID) {
			t.Fatalf("document %d: scope %q, subject %q", i, got.Scopes[i], got.Subject(i))
		}
	}

	return got, nil
}

var deep = func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// lines are datasets, and whether they are in portable form.
var lines = []struct {
	data string
	ok   bool
}{
	{``, true},
	{"\n", false},
	{`{"id":"a","spec":{}}`, true},
	{`{"id":"a","spec":{}}` + "\n", true},
	{`{"id":"a","spec":{}}` + "\n\n", false},
	{`{"id":"a","spec":{}}` + "\r\n", true},
	{`{"id":"a","spec":{}}` + "\n" + `{"id":"b","spec":{"x":1}}` + "\n", true},
	{`{"id":"b","spec":{}}` + "\n" + `{"id":"a","spec":{}}` + "\n", false},
	{`{"id":"a","spec":{}}` + "\n" + `{"id":"a","spec":{}}` + "\n", false},
	{`{"id":"a","spec":{}} {"id":"b","spec":{}}` + "\n", false},
	{`{"id":"a",` + "\n" + `"spec":{}}` + "\n", false},
	{`{ "spec" : { "z":1, "a":[ 1 , 2 ] } , "scope":"s", "more":{"k":[null]}, "id":"a" } `, true},
	{`{"id":"a","observed":{"y":1},"scope":"s","spec":{"x":true,"y2":false,"z":null}}`, true},
	{`{"id":"a","observed":{"b":0,"x":1},"spec":{"a":1,"x":2}}`, false},
	{`{"spec":{"x":2,"a":1},"observed":{"x":1,"b":2},"id":"a"}`, false},
	{`{"spec":{"\u0078":2,"a":1},"observed":{"x":1,"b":2},"id":"a"}`, false},
	{`{"id":"a","spec":{"x":1,"\u0078":2}}`, false},
	{`{"id":"a","spec":{"x":1,"x":2}}`, false},
	{`{"id":"a","more":{"x":1,"x":2},"spec":{}}`, false},
	{`{"id":"a","id":"b","spec":{}}`, false},
	{`{"id":"","spec":{}}`, false},
	{`{"id":7,"spec":{}}`, false},
	{`{"id":9007199254740993,"spec":{}}`, true},
	{`{"spec":{}}`, false},
	{`{"id":"a"}`, false},
	{`{"id":"a","spec":[]}`, false},
	{`{"id":"a","spec":null}`, false},
	{`{"id":"a","observed":null,"spec":{}}`, false},
	{`{"id":"a","scope":null,"spec":{}}`, false},
	{`{"id":"a","spec":{"n":[0,-0,1.50,1e3,-7,9007199254740991,9007199254740992,-9007199254740993]}}`, true},
	{`{"id":"a","spec":{"n":[9.071999125474091e19,1e21,123456789012345678901234567890]}}`, true},
	{`{"id":"a","spec":{"n":1e400}}`, false},
	{`{"id":"a","spec":{"n":01}}`, false},
	{`{"id":"a","spec":{"n":1.}}`, false},
	{`{"id":"a","spec":{"n":-}}`, false},
	{`{"id":"a","spec":{"n":+1}}`, false},
	{`{"id":"a","spec":{"n":1e-200000}}`, false}, // JSON, but no number of OPA's
	{`{"id":"a","spec":{"s":"é € \u00e9 \ud83d\ude00 \\ \" \/ \b\f\n\r\t"}}`, true},
	{`{"id":"a","spec":{"s":"\ud800"}}`, false},
	{`{"id":"a","spec":{"s":"\x"}}`, false},
	{"{\"id\":\"a\",\"spec\":{\"s\":\"\xff\"}}", false},
	{"{\"id\":\"a\",\"spec\":{\"s\":\"tab\tin it\"}}", false},
	{"{\"id\":\"a\",\"spec\":{\"\xff\":1}}", false},
	{"\xef\xbb\xbf" + `{"id":"a","spec":{}}`, false},
	{`{"id":"a","spec":{"\uffff":1,"\ud83d\ude00":2}}`, true},
	{`{"id":"a","spec":{"` + "\U0001F600" + `":1,"` + "\uffee" + `":2}}`, true}, // UTF-16 order
	{`{"id":"a","spec":{"_id":"x","_scope":1,"_subject":null,"_other":2}}`, true},
	{`{"id":"a/%#","spec":{"d":` + deep(126) + `}}`, true},
	{`{"id":"a","spec":{"d":` + deep(127) + `}}`, true},
	{`{"id":"a","spec":{"d":` + deep(128) + `}}`, false},
	{`{"id":"a","spec":{"d":` + strings.Repeat("[", 127) + "1" + strings.Repeat("]", 127) + `}}`, false},
	{`{"id":"a","more":` + deep(128) + `,"spec":{}}`, true},
	{`{"id":"a","more":` + deep(129) + `,"spec":{}}`, false},
	{`{"id":"a","spec":{"d":tru}}`, false},
	{`{"id":"a","spec":{"d":"` + strings.Repeat("long ", 40_000) + `"}}`, true},
	{`{"id":"a","spec":{"a":1,"b":{"x":1},"d":2}}` + "\n" + `{"id":"b","spec":{"a":1,"b":{"x":1},"c":3}}` + "\n" +
		`{"id":"c","spec":{"b":{"w":1},"c":3,"d":4}}`, true},
	{`{"id":"a","spec":{"a":1,"b":2}}` + "\n" + `{"id":"b","spec":{"a":1,"a":2}}`, false},
	{`{"id":"a","spec":{"a":1,"b":2}}` + "\n" + `{"id":"b","spec":{"a":1,"\u0061":2}}`, false},
	{`{"id":"a","spec":{"a":1,"b":2}}` + "\n" + `{"id":"b","spec":{"b":1,"a":2,"b":3}}`, false},
	{`{"id":"a","spec":{"a\":":1,"b":2}}` + "\n" + `{"id":"b","spec":{"a\":":1,"b":2}}`, true},
	{`{"id":"a","spec":{"x":"12345678-a-12345678","y":"12345678-b-12345678"}}`, true}, // one hash
	{`{"id":"a","spec":{}}` + "\x00", false},
	{`{"id":"a","spec":{},}`, false},
	{`{"id":"a","spec":{"l":[1,]}}`, false},
	{`{"id":"a","spec":{}`, false},
	{`{"id":"a" "spec":{}}`, false},
	{`[]`, false},
	{`null`, false},
}

func TestSameAsDocuments(t *testing.T) {
	for _, tc := range lines {
		if _, err := sameAsDocuments(t, holding([]byte(tc.data))); (err == nil) != tc.ok {
			t.Errorf("%.80q: %v", tc.data, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, tc := range lines {
		if len(tc.data) < 4096 {
			f.Add([]byte(tc.data))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { sameAsDocuments(t, holding(data)) })
}

// TestFile: what is wrong with the file, the worst first.
func TestFile(t *testing.T) {
	good, bad := []byte(`{"id":"a","spec":{}}`+"\n"), []byte("{\n")
	claim := func(data []byte, c snapshot.Coverage) snapshot.Snapshot {
		s := holding(data)
		s.Manifest.Datasets[dataset] = c
		return s
	}

	fails := func(err error) snapshot.Snapshot {
		s := holding(good)
		s.Open = func(string) (io.ReadCloser, error) { return nil, err }
		return s
	}

	other, digest := snapshot.Digest(nil), snapshot.Digest(good)
	for _, tc := range []struct {
		snap snapshot.Snapshot
		want string
	}{
		{claim(bad, snapshot.Coverage{Count: 1, Digest: other}), "SHA-256 is"},
		{claim(bad, snapshot.Coverage{Count: 7, Digest: snapshot.Digest(bad)}), "line 1: "},
		{claim(good, snapshot.Coverage{Count: 7, Digest: other}), "SHA-256 is"},
		{claim(good, snapshot.Coverage{Count: 7, Digest: digest}), "holds 1 documents, the manifest says 7"},
		{fails(fs.ErrNotExist), "is missing"},
	} {
		if _, err := sameAsDocuments(t, tc.snap); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v, want %s", err, tc.want)
		}
	}

	if _, err := Compile(dataset, everything, nil).Read(fails(fs.ErrPermission)); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("no permission: %v", err)
	}

	broken := holding(good)
	broken.Open = func(string) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(bad), iotest.ErrReader(io.ErrNoProgress))), nil
	}
	if _, err := Compile(dataset, everything, nil).Read(broken); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that fails: %v", err)
	}

	if docs, err := Compile(dataset, everything, nil).Read(claim(nil, snapshot.Coverage{})); docs != nil || err != nil {
		t.Errorf("no file: %v, %v", docs, err)
	}
}

// TestShared: terms that documents share may be used by many at once. What it
// looks for is what the race detector says.
func TestShared(t *testing.T) {
	var data bytes.Buffer
	for i := range 50 {
		fmt.Fprintf(&data, `{"id":"%03d","spec":{"a":{"x":"same","k":[1,"same",{"z":null}]},"b":[],"c":{}}}`+"\n", i)
	}

	docs, err := sameAsDocuments(t, holding(data.Bytes()))
	if err != nil {
		t.Fatal(err)
	}

	var wg sync.WaitGroup
	texts := make([]string, 4)
	for i := range texts {
		wg.Go(func() {
			set := ast.NewSet()
			docs.Array.Foreach(set.Add)
			all := docs.Array
			texts[i] = fmt.Sprint(all, set, all.Hash(), all.Compare(all), all.IsGround())
		})
	}

	wg.Wait()

	for _, text := range texts {
		if text != texts[0] {
			t.Fatalf("%s\nand %s", texts[0], text)
		}
	}
}
