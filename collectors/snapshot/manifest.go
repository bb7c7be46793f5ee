package snapshot

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// SchemaName is the "schema" of manifest.json.
const SchemaName = "ringfence.snapshot/1"

// Status says how much of a dataset was seen. Only Complete is a fact about
// what is not there.
type Status string

const (
	Complete    Status = "complete"
	Partial     Status = "partial"
	Denied      Status = "denied"
	NotLicensed Status = "not_licensed"
	Throttled   Status = "throttled"
	Failed      Status = "error"
	Skipped     Status = "skipped"
	Stale       Status = "stale"
)

var statuses = []Status{Complete, Partial, Denied, NotLicensed, Throttled, Failed, Skipped, Stale}

// Evidence of a failure: what the API answered, or what we could not prove.
// HTTPStatus is 0 where no response is meant; Code is the API's error code, or
// one of ours such as "visibility_unproven".
type Evidence struct {
	HTTPStatus int    `json:"http_status,omitempty"`
	Code       string `json:"code,omitempty"`
	Message    string `json:"message,omitempty"`
	RequestID  string `json:"request_id,omitempty"`
}

// Error makes evidence usable as an error: clients return it, coverage keeps it.
func (e *Evidence) Error() string {
	var parts []string
	if e.HTTPStatus != 0 {
		parts = append(parts, fmt.Sprintf("status %d", e.HTTPStatus))
	}

	for _, s := range []string{e.Code, e.Message} {
		if s != "" {
			parts = append(parts, s)
		}
	}

	return strings.Join(parts, ": ")
}

// VisibilityUnproven is the evidence code of a list that answered, but for
// which nothing proves that the caller may see all of it.
const VisibilityUnproven = "visibility_unproven"

// ScopeUnknown is the scope of "parents that may exist and were not seen".
const ScopeUnknown = "*"

// Scope is the coverage of one parent of a dataset that is read per parent (a
// subscription's GUID, a vault, a group).
type Scope struct {
	Scope    string    `json:"scope"`
	Status   Status    `json:"status"`
	Count    int       `json:"count"`
	Evidence *Evidence `json:"evidence,omitempty"`
}

// Coverage says how a dataset was read and how far it can be trusted.
// StartedAt and EndedAt are RFC 3339 UTC; Digest and SpecDigest lower-case hex
// SHA-256; Endpoint a path template without host or ids. Proof names what
// proves visibility ("role_assignment", "declared", …).
type Coverage struct {
	Status       Status    `json:"status"`
	Count        int       `json:"count"`
	Pages        int       `json:"pages,omitempty"`
	Requests     int       `json:"requests,omitempty"`
	StartedAt    string    `json:"started_at,omitempty"`
	EndedAt      string    `json:"ended_at,omitempty"`
	Endpoint     string    `json:"endpoint,omitempty"`
	Permission   string    `json:"permission,omitempty"`
	Digest       string    `json:"digest,omitempty"`
	SpecDigest   string    `json:"spec_digest,omitempty"`
	Proof        string    `json:"proof,omitempty"`
	Evidence     *Evidence `json:"evidence,omitempty"`
	Scopes       []Scope   `json:"scopes,omitempty"`
	SourceTenant string    `json:"source_tenant,omitempty"`
}

// Manifest is manifest.json. Its digest is the snapshot's digest. Cloud is
// "public", "usgov", "china" or "unsafe:<label>" for a cloud_unsafe block.
type Manifest struct {
	Schema      string              `json:"schema"`
	Client      string              `json:"client"`
	TenantID    string              `json:"tenant_id"`
	CollectedAt string              `json:"collected_at"`
	Tool        string              `json:"tool"`
	Cloud       string              `json:"cloud"`
	Datasets    map[string]Coverage `json:"datasets"`
	Prev        string              `json:"prev,omitempty"`
}

// Snapshot is a sealed manifest and a way to read each dataset: a folder, the
// store or memory. It is never a pile of loaded documents.
type Snapshot struct {
	Manifest Manifest
	Raw      []byte // the bytes of manifest.json
	Open     func(dataset string) (io.ReadCloser, error)
	Reading  *Reading // learns what reading datasets took; nil: nobody asks
}

// Digest is the SHA-256 of manifest.json's bytes, in hex.
func (s Snapshot) Digest() string { return Digest(s.Raw) }

// Holds reports whether the snapshot has a file for the dataset: a dataset
// that was read at all has one, even with no documents in it.
func (c Coverage) Holds() bool { return c.Digest != "" }

// CompleteScopes lists the scopes in which the dataset is complete. Only a
// partial status with an incomplete scope is about some scopes and not others;
// a scope that is not listed is not complete.
func (c Coverage) CompleteScopes() (scopes []string) {
	if c.Status != Complete && !c.partlySeen() {
		return nil
	}
	for _, s := range c.Scopes {
		if s.Status == Complete {
			scopes = append(scopes, s.Scope)
		}
	}
	return scopes
}

// CompleteEverywhere reports whether nothing at all is missing.
func (c Coverage) CompleteEverywhere() bool {
	return c.Status == Complete && !slices.ContainsFunc(c.Scopes, Scope.incomplete)
}

func (c Coverage) partlySeen() bool {
	return c.Status == Partial && slices.ContainsFunc(c.Scopes, Scope.incomplete)
}

func (s Scope) incomplete() bool { return s.Status != Complete }

// Holes are the scopes that are not complete. A status that its scopes do not
// explain is a hole with the name "*".
func (c Coverage) Holes() []Scope {
	var holes []Scope
	for _, s := range c.Scopes {
		if s.incomplete() {
			holes = append(holes, s)
		}
	}

	allGone := len(holes) > 0 && len(holes) == len(c.Scopes)
	if c.Status != Complete && !c.partlySeen() && !allGone {
		holes = append(holes, Scope{Scope: ScopeUnknown, Status: c.Status, Evidence: c.Evidence})
	}

	return holes
}

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
	if err := json.Unmarshal(data, &m); err != nil { // duplicates and UTF-8 are its errors, too
		return m, err
	}
	return m, m.check()
}

func (m Manifest) check() error {
	if err := CheckSchemaName(m.Schema, SchemaName); err != nil {
		return err
	}
	if !clientLabel.MatchString(m.Client) {
		return fmt.Errorf("client %q is not a label (^[a-z][a-z0-9-]{0,62}$)", m.Client)
	}
	if m.TenantID == "" {
		return fmt.Errorf("tenant_id is missing")
	}
	if at, err := time.Parse(time.RFC3339, m.CollectedAt); err != nil || at.UTC().Format(time.RFC3339) != m.CollectedAt {
		return fmt.Errorf("collected_at %q is not an RFC 3339 time in whole seconds UTC", m.CollectedAt)
	}

	for name, c := range m.Datasets {
		if !datasetName.MatchString(name) {
			return fmt.Errorf("dataset name %q", name)
		}
		if err := c.check(); err != nil {
			return fmt.Errorf("dataset %s: %w", name, err)
		}
		if c.EndedAt > "" && after(c.EndedAt, m.CollectedAt) {
			return fmt.Errorf("dataset %s: ended_at %s is after collected_at %s", name, c.EndedAt, m.CollectedAt)
		}
	}

	return nil
}

func (c Coverage) check() error {
	if !slices.Contains(statuses, c.Status) {
		return fmt.Errorf("status %q is not one of %v", c.Status, statuses)
	}
	if c.Digest != "" && !hexDigest.MatchString(c.Digest) {
		return fmt.Errorf("digest %q is not 64 hex digits", c.Digest)
	}
	if c.Digest == "" && c.Status == Complete {
		return fmt.Errorf("complete, but without a digest")
	}

	for _, at := range []struct{ name, value string }{{"started_at", c.StartedAt}, {"ended_at", c.EndedAt}} {
		if at.value == "" && !c.Holds() {
			continue
		}
		if err := checkTime(at.name, at.value); err != nil {
			return err
		}
	}

	if c.Count < 0 {
		return fmt.Errorf("count is %d", c.Count)
	}

	seen := map[string]bool{}
	for _, s := range c.Scopes {
		if seen[s.Scope] {
			return fmt.Errorf("scope %q is there twice", s.Scope)
		}
		seen[s.Scope] = true
		if !slices.Contains(statuses, s.Status) {
			return fmt.Errorf("scope %q: status %q is not one of %v", s.Scope, s.Status, statuses)
		}
	}

	return nil
}

// after compares two RFC 3339 times that were checked.
func after(a, b string) bool {
	x, _ := time.Parse(time.RFC3339, a)
	y, _ := time.Parse(time.RFC3339, b)
	return x.After(y)
}

func checkTime(name, value string) error {
	if _, err := time.Parse(time.RFC3339, value); err != nil {
		return fmt.Errorf("%s %q is not an RFC 3339 time", name, value)
	}
	return nil
}

// VersionError says that a file is of a major version that this program does not
// read.
type VersionError struct{ Got, Want string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("schema %q: this program reads %s", e.Got, e.Want)
}

// CheckSchemaName accepts the schema name that this program writes, and later
// minor additions to it; another name is an error, another major version a
// *VersionError.
func CheckSchemaName(got, want string) error {
	if got == want {
		return nil
	}

	name, _, _ := strings.Cut(want, "/")
	if gotName, _, _ := strings.Cut(got, "/"); gotName == name {
		return &VersionError{got, want}
	}

	return fmt.Errorf("schema is %q, not %q", got, want)
}
