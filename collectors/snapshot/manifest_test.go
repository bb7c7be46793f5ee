package snapshot

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCoverage(t *testing.T) {
	good, bad := Scope{Scope: "a", Status: Complete}, Scope{Scope: "b", Status: Denied}
	for _, tc := range []struct {
		name      string
		c         Coverage
		a, b, all bool
		holes     []string
	}{
		{"complete", Coverage{Status: Complete}, false, false, true, nil},
		{"complete scopes", Coverage{Status: Complete, Scopes: []Scope{good}}, true, false, true, nil},
		{"one hole", Coverage{Status: Partial, Scopes: []Scope{good, bad}}, true, false, false, []string{"b"}},
		{"complete with a hole", Coverage{Status: Complete, Scopes: []Scope{good, bad}}, true, false, false, []string{"b"}},
		{"partial for no scope's reason", Coverage{Status: Partial, Scopes: []Scope{good}}, false, false, false, []string{"*"}},
		{"stale", Coverage{Status: Stale, Scopes: []Scope{good}}, false, false, false, []string{"*"}},
		{"denied", Coverage{Status: Denied}, false, false, false, []string{"*"}},
		{"zero", Coverage{}, false, false, false, []string{"*"}},
	} {
		var holes []string
		for _, h := range tc.c.Holes() {
			holes = append(holes, h.Scope)
		}

		got := []any{slices.Contains(tc.c.CompleteScopes(), "a"), slices.Contains(tc.c.CompleteScopes(), "b"), tc.c.CompleteEverywhere(), holes}
		if d := cmp.Diff([]any{tc.a, tc.b, tc.all, tc.holes}, got); d != "" {
			t.Errorf("%s: %s", tc.name, d)
		}
	}
}

func TestEvidenceIsAnError(t *testing.T) {
	for want, e := range map[string]Evidence{
		"status 403: Forbidden: no": {HTTPStatus: 403, Code: "Forbidden", Message: "no"},
		"truncated":                 {Code: "truncated"},
	} {
		if e.Error() != want {
			t.Errorf("%q, want %q", e.Error(), want)
		}
	}
}

const goodManifest = `{"schema":"ringfence.snapshot/1","client":"fabrikam","tenant_id":"t","collected_at":"2026-11-23T08:00:00Z","tool":"x","cloud":"public","datasets":{` +
	`"entra.users":{"status":"complete","count":0,"digest":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","started_at":"2026-11-23T08:00:00Z","ended_at":"2026-11-23T08:00:00Z"}},"later":1}`

func TestParseManifest(t *testing.T) {
	if _, err := ParseManifest([]byte(goodManifest)); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"ringfence.snapshot/1", "ringfence.snapshot/2"},
		{"ringfence.snapshot/1", "ringfence.intent/1"},
		{`"fabrikam"`, `"../x"`},
		{`"tenant_id":"t"`, `"tenant_id":""`},
		{`"collected_at":"2026-11-23T08:00:00Z"`, `"collected_at":"yesterday"`},
		{"entra.users", "../users"},
		{"entra.users", "entra.Users"},
		{`"complete"`, `"whole"`},
		{"e3b0c442", "E3B0C442"},
		{`"digest":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",`, ``},
		{`"started_at":"2026-11-23T08:00:00Z"`, `"started_at":""`},
		{`"count":0`, `"count":0,"count":1`},
		{`"count":0`, `"count":"0"`},
		{`"count":0`, `"count":0,"scopes":[{"scope":"a","status":"fine","count":0}]`},
		{`{"schema"`, `[{"schema"`},
	} {
		bad := strings.Replace(goodManifest, change[0], change[1], 1)
		if bad == goodManifest {
			t.Fatalf("%q changes nothing", change)
		}
		if _, err := ParseManifest([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", change)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(goodManifest))
	f.Add([]byte(`{"schema":"ringfence.snapshot/1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest(data)
		if err != nil {
			return
		}

		for name := range m.Datasets {
			if strings.ContainsAny(name, "/\\") || strings.Contains(name, "..") {
				t.Errorf("dataset %q names a path", name)
			}
		}

		again, err := CanonicalFile(m)
		if err != nil {
			t.Fatal(err)
		}

		m2, err := ParseManifest(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}

		if twice, _ := CanonicalFile(m2); !bytes.Equal(again, twice) {
			t.Errorf("%s becomes %s", again, twice)
		}
	})
}

func TestDecodeLine(t *testing.T) {
	for _, line := range []string{``, `[]`, `{}`, `{"id":""}`, `{"id":"a"}`, `{"id":7,"spec":{}}`, `{"id":"a","spec":[]}`,
		`{"id":"a","spec":{},"scope":7}`, `{"id":"a","spec":{},"observed":[]}`, `{"id":"a","id":"b","spec":{}}`} {
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
