package snapshot

import (
	"errors"
	"strings"
	"testing"
)

func TestDatasetMustMatchManifest(t *testing.T) {
	s := sealed(t, Dataset{"entra.users", []Document{doc("a"), doc("b")}, covered(Complete), nil})
	data, _, _, _ := Encode([]Document{doc("a"), doc("b")})
	for name, tc := range map[string]struct {
		data    string
		re      bool // digest recomputed
		problem string
	}{
		"changed":    {strings.Replace(string(data), `"a"`, `"c"`, 1), false, "SHA-256"},
		"cut":        {string(data[:len(data)-1]), false, "SHA-256"},
		"fewer":      {string(data[:len(data)/2]), true, "holds 1 documents"},
		"unsorted":   {string(data[len(data)/2:]) + string(data[:len(data)/2]), true, "not after"},
		"not JSON":   {"x\n", true, "line 1"},
		"blank line": {string(data) + "\n", true, "line 3"},
	} {
		c := s.Manifest.Datasets["entra.users"]
		if tc.re {
			c.Digest = Digest([]byte(tc.data))
		}

		bad := Snapshot{
			Manifest: Manifest{Datasets: map[string]Coverage{"entra.users": c}},
			Open:     openMemory(map[string][]byte{"entra.users": []byte(tc.data)}),
		}
		var wrong *DigestError
		if err := bad.Verify(); !errors.As(err, &wrong) || !strings.Contains(err.Error(), tc.problem) {
			t.Errorf("%s: %v", name, err)
		}
	}

	gone := Snapshot{Manifest: s.Manifest, Open: openMemory(nil)}
	if err := gone.Verify(); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("%v", err)
	}
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
