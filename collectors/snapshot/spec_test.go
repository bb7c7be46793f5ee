package snapshot

import (
	"strings"
	"testing"
)

// TestSpecDigest: of a dataset that was sealed it is the manifest's, and of one
// that is written in another way it cannot be told.
func TestSpecDigest(t *testing.T) {
	const dataset, volatile = "entra.organization", "onPremisesLastSyncDateTime"
	if p := Schemas()[dataset].Properties[volatile]; p == nil || !p.Volatile {
		t.Fatalf("%s is not volatile", volatile)
	}

	good := `{"id":"a","observed":{"` + volatile + `":"x"},"spec":{"name":"y"}}` + "\n" + `{"id":"b","spec":{}}` + "\n"
	want := Digest([]byte(`{"id":"a","spec":{"name":"y"}}` + "\n" + `{"id":"b","spec":{}}` + "\n"))
	for name, tc := range map[string]struct {
		old, text string
		ok        bool
	}{
		"as sealed":                 {`{`, `{`, true},
		"observed, not volatile":    {volatile, "displayName", false},
		"named in spec, too":        {`"name"`, `"` + volatile + `"`, false},
		"maybe named, with escapes": {`"name":"y"`, `"name":"\u0079"`, false},
		"another order":             {`{"id":"b","spec":{}}`, `{"spec":{},"id":"b"}`, false},
		"observed is no object":     {`{"` + volatile + `":"x"}`, `[]`, false},
	} {
		if !strings.Contains(good, tc.old) {
			t.Fatalf("%s: %s is not there", name, tc.old)
		}

		data := []byte(strings.Replace(good, tc.old, tc.text, 1))
		snap := Snapshot{
			Manifest: Manifest{Datasets: map[string]Coverage{dataset: {Count: 2, Digest: Digest(data)}}},
			Open:     openMemory(map[string][]byte{dataset: data}),
		}
		digest, ok, _ := snap.SpecDigest(dataset)
		if ok != tc.ok || ok && digest != want {
			t.Errorf("%s: %s, %v", name, digest, ok)
		}
	}
}
