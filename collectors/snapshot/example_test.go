package snapshot_test

import (
	"fmt"
	"os"

	"ringfence/collectors/snapshot"
)

// A snapshot of one dataset, from an answer of Microsoft Graph to a folder and back.
func Example() {
	const body = `{"id": "U1", "userType": "Guest", "passwordProfile": {"password": "x"}}`
	answer, err := snapshot.ParseObject([]byte(body))
	if err != nil {
		fmt.Println(err)
		return
	}

	schema, err := snapshot.SchemaFor("entra.users")
	if err != nil {
		fmt.Println(err)
		return
	}

	user, err := schema.Normalize(answer, "")
	if err != nil {
		fmt.Println(err)
		return
	}

	sealed, err := snapshot.Seal(
		snapshot.Manifest{Client: "fabrikam", TenantID: "t", Tool: "example", Cloud: "public"},
		[]snapshot.Dataset{{
			Name:      "entra.users",
			Documents: []snapshot.Document{user},
			Coverage: snapshot.Coverage{
				Status:    snapshot.Complete,
				StartedAt: "2026-11-23T10:00:00Z", EndedAt: "2026-11-23T10:00:01.5Z",
			},
		}})
	if err != nil {
		fmt.Println(err)
		return
	}

	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	if err := sealed.Export(dir); err != nil {
		fmt.Println(err)
		return
	}

	opened, err := snapshot.OpenFolder(dir)
	if err != nil {
		fmt.Println(err)
		return
	}

	documents, err := opened.Documents("entra.users")
	fmt.Println(opened.Manifest.CollectedAt, opened.Digest() == sealed.Digest(), err)
	for _, d := range documents {
		password, kept := d.Spec["passwordProfile"]
		fmt.Println(snapshot.Subject("entra.users", d.ID), d.Spec["userType"], password, kept)
	}

	// Output:
	// 2026-11-23T10:00:02Z true <nil>
	// entra.users/u1 Guest <nil> false
}
