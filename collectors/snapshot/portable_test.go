package snapshot

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// folderOf seals two documents and lets change rewrite the dataset's bytes, with
// its digest made right again, and the manifest's.
func folderOf(t *testing.T, change func(data string) string, manifest func(m string) string) fstest.MapFS {
	t.Helper()
	docs := []Document{
		{ID: "a", Spec: map[string]any{"name": "x"}, Observed: map[string]any{"seen": "y"}},
		{ID: "b", Spec: map[string]any{"name": "z"}},
	}

	s, err := Seal(Manifest{Client: "fabrikam", TenantID: "t", Tool: "test", Cloud: "public"}, []Dataset{{
		Name: "entra.users", Documents: docs,
		Coverage: Coverage{Status: Complete, StartedAt: "2026-11-23T10:00:00Z", EndedAt: "2026-11-23T10:00:01Z"},
	}})
	if err != nil {
		t.Fatal(err)
	}

	good, digest, _, err := Encode(docs)
	if err != nil {
		t.Fatal(err)
	}

	data := change(string(good))
	raw := strings.ReplaceAll(manifest(string(s.Raw)), digest, Digest([]byte(data)))
	return fstest.MapFS{ManifestFile: {Data: []byte(raw)}, DataFile("entra.users"): {Data: []byte(data)}}
}

func same(s string) string { return s }

func replacing(from, to string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, from, to) }
}

// TestNotADataset: a dataset whose digest is right is refused all the same where
// it says two things, or nothing.
func TestNotADataset(t *testing.T) {
	if err := verifyFolder(folderOf(t, same, same)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(string) string{
		"an empty line":    replacing("\n", "\n\n"),
		"no id":            replacing(`"id":"b",`, ``),
		"an id twice":      replacing(`"id":"b"`, `"id":"a"`),
		"unsorted":         replacing(`"id":"a"`, `"id":"c"`),
		"a key twice":      replacing(`"id":"b"`, `"id":"b","id":"b"`),
		"in spec and seen": replacing(`"seen"`, `"name"`),
		"a line less":      func(s string) string { return s[:strings.Index(s, "\n")+1] },
	} {
		t.Run(name, func(t *testing.T) {
			var digest *DigestError
			if err := verifyFolder(folderOf(t, change, same)); !errors.As(err, &digest) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// TestOtherWriters: what others seal need not be written as we write it.
func TestOtherWriters(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"a space":       replacing(`"id":"b"`, `"id": "b"`),
		"another order": replacing(`{"id":"b","spec":{"name":"z"}}`, `{"spec":{"name":"z"},"id":"b"}`),
		"an escape":     replacing(`"z"`, `"\u007a"`),
		"no last LF":    func(s string) string { return strings.TrimSuffix(s, "\n") },
	} {
		if err := verifyFolder(folderOf(t, change, same)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func verifyFolder(f fstest.MapFS) error {
	s, err := OpenFS(f, "snap")
	if err != nil {
		return err
	}
	return s.Verify()
}

// TestManifestThatCannotBe: times and counts that no collection has.
func TestManifestThatCannotBe(t *testing.T) {
	scope := `{"count":1,"scope":"s","status":"complete"}`
	for name, change := range map[string]func(string) string{
		"collected in a zone":    replacing(`"collected_at":"2026-11-23T10:00:01Z"`, `"collected_at":"2026-11-23T10:00:01+00:00"`),
		"collected in a part":    replacing(`"collected_at":"2026-11-23T10:00:01Z"`, `"collected_at":"2026-11-23T10:00:01.5Z"`),
		"ended after collection": replacing(`"ended_at":"2026-11-23T10:00:01Z"`, `"ended_at":"2099-01-01T00:00:00Z"`),
		"fewer than none":        replacing(`"count":2`, `"count":-2`),
		"a scope twice":          replacing(`"count":2`, `"count":2,"scopes":[`+scope+`,`+strings.Replace(scope, "complete", "denied", 1)+`]`),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := OpenFS(folderOf(t, same, change), "snap"); err == nil {
				t.Error("is accepted")
			}
		})
	}
}
