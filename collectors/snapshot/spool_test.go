package snapshot

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// spools are one in memory and one in a file.
func spools(t *testing.T) map[string]*Spool {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}

	s := NewSpool(f, 0)
	t.Cleanup(func() { s.Close() })
	return map[string]*Spool{"memory": NewSpool(nil, 0), "file": s}
}

func observed(id string, n int) Document {
	return Document{ID: id, Scope: "s", Spec: map[string]any{"name": id}, Observed: map[string]any{"sync": fmt.Sprint(n)}}
}

// TestPiles: a dataset that is sealed off a spool is the one that is sealed from
// memory, byte for byte, in whatever order its documents came.
func TestPiles(t *testing.T) {
	docs := []Document{observed("c", 1), doc("a"), observed("é", 2), doc("b/\"x\""), observed("0", 3)}
	want := sealed(t, Dataset{"entra.users", docs, covered(Complete), nil})
	for name, spool := range spools(t) {
		one, two := spool.NewPile(), spool.NewPile()
		for i, d := range docs { // two answers whose pages come in turns
			p := one
			if i%2 == 1 {
				p = two
			}
			if err := p.Add(d); err != nil {
				t.Fatal(err)
			}
			p.Flush()
		}

		for i := range 2 { // a page that is not in the spool yet
			if d, ok := one.Document(i); !ok || d.ID != one.ID(i) {
				t.Errorf("%s: %v", name, d)
			}
		}
		one.Done()
		two.Done()

		got := sealed(t, Dataset{"entra.users", nil, covered(Complete), []*Pile{one, two}})
		if d := cmp.Diff(string(want.Raw), string(got.Raw)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff(bytesOf(t, want), bytesOf(t, got)); d != "" || got.Verify() != nil {
			t.Errorf("%s: %s %v", name, d, got.Verify())
		}
	}
}

func bytesOf(t *testing.T, s Snapshot) string {
	t.Helper()
	r, err := s.Open("entra.users")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()

	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestReplaced: the last line of an id counts, also for who reads the spool again.
func TestReplaced(t *testing.T) {
	for name, spool := range spools(t) {
		p := spool.NewPile()
		_ = p.Add(observed("a", 1))
		_ = p.Add(observed("b", 1))
		p.Flush()
		_ = p.Replace(0, observed("a", 2))
		p.Done()

		again, ok := spool.Reopen(p.Chunks(), p.Digest())
		if !ok {
			t.Fatalf("%s: not whole", name)
		}
		for what, p := range map[string]*Pile{"written": p, "read again": again} {
			want := []Document{observed("a", 2), observed("b", 1)}
			if d := cmp.Diff(want, slices.Collect(p.All())); d != "" {
				t.Errorf("%s, %s: %s", name, what, d)
			}
		}

		if sealed := sealed(t, Dataset{"entra.users", nil, covered(Complete), []*Pile{again}}); sealed.Verify() != nil {
			t.Errorf("%s: %v", name, sealed.Verify())
		}
	}
}

// TestReopenRefuses: chunks that are elsewhere, and bytes that were changed.
func TestReopenRefuses(t *testing.T) {
	for name, spool := range spools(t) {
		p := spool.NewPile()
		_ = p.Add(doc("a"))
		p.Done()
		c := p.Chunks()[0]

		for what, chunks := range map[string][]Chunk{
			"none": {}, "beyond": {{c.At, c.Size + 1}}, "before": {{-1, c.Size}}, "no size": {{c.At, 0}},
			"part": {{c.At, c.Size - 1}}, "twice": {c, c}, "far": {{1 << 62, 1 << 30}},
		} {
			if _, ok := spool.Reopen(chunks, p.Digest()); ok {
				t.Errorf("%s: %s", name, what)
			}
		}
		if _, ok := spool.Reopen([]Chunk{c}, Digest([]byte("other"))); ok || spool.Err() != nil {
			t.Errorf("%s: another digest, %v", name, spool.Err())
		}
	}
}

// TestLostSpool: what cannot be read back makes no snapshot.
func TestLostSpool(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}

	spool := NewSpool(f, 0)
	p := spool.NewPile()
	_ = p.Add(doc("a"))
	p.Done()
	spool.Close()

	if _, err := Seal(Manifest{Client: "c", TenantID: "t"}, []Dataset{{"entra.users", nil, covered(Complete), []*Pile{p}}}); err == nil {
		t.Error("a snapshot of what was lost")
	}
	if docs := slices.Collect(p.All()); len(docs) > 0 || spool.Err() == nil {
		t.Errorf("%v %v", docs, spool.Err())
	}
}

// FuzzCanonical: the short road and the long one write the same.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		`{"b":1,"a":[true,null,"x"]}`, `[-0,0.0,1e21,-1.5e-7,123456789012345,9007199254740991,1e-400]`,
		"{\"\U00010000\":1,\"\uffff\":2,\"\ue000\":3,\"\u00e9\":4,\"\":5,\"a\":{}}", `"\u0000\u001f\u007f\u2028<&>\\/\""`,
	} {
		f.Add([]byte(s))
	}

	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil {
			return
		}

		want, err := indirect(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := new(encoder).value(nil, v); err != nil || string(got) != string(want) {
			t.Errorf("%s\n%s\n%v", got, want, err)
		}
	})
}
