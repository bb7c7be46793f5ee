package snapshot_test

import (
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"ringfence/collectors/snapshot"
)

// A snapshot of two datasets, one of which could not be read, is sealed, written to a
// folder, and read back by somebody who trusts only its digest.
func Example() {
	sealed, err := snapshot.Seal(snapshot.Manifest{
		Client:   "fabrikam",
		TenantID: "aaaaaaaa-0000-4000-8000-000000000010",
		Tool:     "example",
		Cloud:    "public",
	}, []snapshot.Dataset{
		{
			Name: "entra.users",
			Documents: []snapshot.Document{{
				ID:       "eeeeeeee-0000-4000-8000-000000000001",
				Spec:     map[string]any{"displayName": "Alice", "userType": "Member"},
				Observed: map[string]any{"signInActivity": "changes without anybody changing it"},
			}},
			Coverage: snapshot.Coverage{
				Status:    snapshot.Complete,
				StartedAt: "2026-11-20T08:00:00Z",
				EndedAt:   "2026-11-20T08:00:10Z",
			},
		},
		{
			Name: "entra.groups",
			Coverage: snapshot.Coverage{
				Status:   snapshot.Denied,
				Evidence: &snapshot.Evidence{HTTPStatus: 403, Code: "Authorization_RequestDenied"},
			},
		},
	})
	if err != nil {
		log.Fatal(err)
	}

	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	if err := sealed.Export(folder); err != nil {
		log.Fatal(err)
	}

	opened, err := snapshot.OpenFolder(folder)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("same digest:", opened.Digest() == sealed.Digest())
	for _, name := range slices.Sorted(maps.Keys(opened.Manifest.Datasets)) {
		c := opened.Manifest.Datasets[name]
		fmt.Printf("%s: %s, %d documents\n", name, c.Status, c.Count)
	}

	users, err := opened.Documents("entra.users")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(users[0].Spec["displayName"], "is a", users[0].Spec["userType"])

	// A document that is edited has another digest than the manifest says.
	file := filepath.Join(folder, snapshot.DataFile("entra.users"))
	if err := os.WriteFile(file, []byte("{}\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	fmt.Println("edited:", opened.Verify() != nil)

	// Output:
	// same digest: true
	// entra.groups: denied, 0 documents
	// entra.users: complete, 1 documents
	// Alice is a Member
	// edited: true
}
