package soundness

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// resign signs a folder's files again with its own key, keeping what the
// machine stated about the run.
func resign(t *testing.T, key *attest.Key, dir string, files map[string]string) []byte {
	t.Helper()
	old, err := os.ReadFile(filepath.Join(dir, layout.Bundle))
	if err != nil {
		t.Fatal(err)
	}

	was, err := attest.VerifyMachine(old, key.Public())
	if err != nil {
		t.Fatal(err)
	}

	s := attest.Statement{PredicateType: was.PredicateType, Predicate: json.RawMessage(was.Predicate)}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		digest := snapshot.Digest([]byte(files[name]))
		s.Subjects = append(s.Subjects, attest.Subject{Name: name, SHA256: digest})
	}

	bundle, err := attest.Sign(context.Background(), key, s)
	if err != nil {
		t.Fatal(err)
	}

	return bundle
}
