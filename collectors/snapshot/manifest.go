package snapshot

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// SchemaName is the "schema" of manifest.json.
const SchemaName = "ringfence.snapshot/1"

// Manifest is manifest.json. Its digest is the snapshot's digest.
type Manifest struct {
	Schema   string `json:"schema"`
	Client   string `json:"client"` // its label, or "fleet"
	TenantID string `json:"tenant_id"`
	// CollectedAt is when all of it was there: RFC 3339, whole seconds, UTC.
	CollectedAt string `json:"collected_at"`
	Tool        string `json:"tool"`  // "ringfence/<version>"
	Cloud       string `json:"cloud"` // public, usgov, china, or "unsafe:<label>"
	// Datasets by full name, also those of which nothing could be read.
	Datasets map[string]Coverage `json:"datasets"`
	// Prev is the digest of the snapshot before this one, "" for none.
	Prev string `json:"prev,omitempty"`
}

// Snapshot is a sealed manifest and a way to read each dataset: from a folder, the
// store or memory. It is never a pile of loaded documents.
type Snapshot struct {
	Manifest Manifest
	Raw      []byte // the bytes of manifest.json

	// Open opens the file of a dataset; fs.ErrNotExist where there is none.
	Open func(dataset string) (io.ReadCloser, error)
	// Reading learns what reading datasets took; nil: nobody asks.
	Reading *Reading
	// Release closes what a collection has open for Open; nil: there is nothing.
	Release func() error
}

// Digest is the SHA-256 of manifest.json's bytes, in hex.
func (s Snapshot) Digest() string { return Digest(s.Raw) }

// Names and digests become names of files and folders.
var (
	datasetName = regexp.MustCompile(`^[a-z]+\.[a-z0-9_]+$`)
	clientLabel = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	hexDigest   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ParseManifest reads manifest.json and checks its shape: known major version,
// safe names (they become file and folder names), times, digests. It does not
// open the datasets.
func ParseManifest(data []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil { // also for a duplicate key, or invalid UTF-8
		return m, err
	}
	return m, m.check()
}

func (m Manifest) check() error {
	if err := CheckSchemaName(m.Schema, SchemaName); err != nil {
		return err
	}
	if !clientLabel.MatchString(m.Client) {
		return fmt.Errorf("client %q is not a label (%s)", m.Client, clientLabel)
	}
	if m.TenantID == "" {
		return fmt.Errorf("tenant_id is missing")
	}

	collected, err := parseTime(m.CollectedAt)
	if err != nil || collected.UTC().Format(time.RFC3339) != m.CollectedAt {
		return fmt.Errorf("collected_at %q is not an RFC 3339 time in whole seconds UTC", m.CollectedAt)
	}

	for name, c := range m.Datasets {
		if !datasetName.MatchString(name) {
			return fmt.Errorf("dataset name %q", name)
		}
		if err := c.check(); err != nil {
			return fmt.Errorf("dataset %s: %w", name, err)
		}
		if ended, err := parseTime(c.EndedAt); err == nil && ended.After(collected) {
			const problem = "dataset %s: ended_at %s is after collected_at %s"
			return fmt.Errorf(problem, name, c.EndedAt, m.CollectedAt)
		}
	}

	return nil
}

func parseTime(text string) (time.Time, error) { return time.Parse(time.RFC3339, text) }

// VersionError says that a file is of a major version that this program does not
// read.
type VersionError struct{ Got, Want string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("schema %q: this program reads %s", e.Got, e.Want)
}

// CheckSchemaName compares the "schema" of a file with the one that this program
// writes. Another major version ("ringfence.snapshot/2") is a *VersionError, the
// schema of another kind of file is an error as well.
func CheckSchemaName(got, want string) error {
	if got == want {
		return nil
	}

	kind, _, _ := strings.Cut(want, "/")
	if gotKind, _, _ := strings.Cut(got, "/"); gotKind == kind {
		return &VersionError{got, want}
	}
	return fmt.Errorf("schema is %q, not %q", got, want)
}
