package snapshot

import (
	"bytes"
	"strings"
	"testing"
)

const goodManifest = `{"schema":"ringfence.snapshot/1","client":"fabrikam","tenant_id":"t",` +
	`"collected_at":"2026-11-23T08:00:00Z","tool":"x","cloud":"public","datasets":{"entra.users":{` +
	`"status":"complete","count":0,"digest":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",` +
	`"started_at":"2026-11-23T08:00:00Z","ended_at":"2026-11-23T08:00:00Z"}},"later":1}`

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

// TestManifestThatCannotBe: times and counts that no collection has.
func TestManifestThatCannotBe(t *testing.T) {
	const (
		collected = `"collected_at":"2026-11-23T10:00:01`
		ended     = `"ended_at":"2026-11-23T10:00:01Z"`
		scope     = `{"count":1,"scope":"s","status":"complete"}`
		other     = `{"count":1,"scope":"s","status":"denied"}`
	)
	for name, change := range map[string]func(string) string{
		"collected in a zone":    replacing(collected+`Z"`, collected+`+00:00"`),
		"collected in a part":    replacing(collected+`Z"`, collected+`.5Z"`),
		"ended after collection": replacing(ended, `"ended_at":"2099-01-01T00:00:00Z"`),
		"fewer than none":        replacing(`"count":2`, `"count":-2`),
		"a scope twice":          replacing(`"count":2`, `"count":2,"scopes":[`+scope+`,`+other+`]`),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := OpenFS(folderOf(t, same, change), "snap"); err == nil {
				t.Error("is accepted")
			}
		})
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
