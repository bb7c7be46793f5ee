package runfolder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// Trust is which keys may have signed a run folder: Key, one public key, or
// those whose SPKI digests a fleet file names. The zero value trusts the folder's
// own machine.pub, which proves that the files belong together, not who made
// them.
type Trust struct {
	Key *attest.PublicKey
	// MachineKeys are SHA-256 digests of SPKIs, in hex. Not nil but empty: nobody's
	// key is trusted.
	MachineKeys []string
}

// Empty reports whether nobody vouches for the folder.
func (t Trust) Empty() bool { return t.Key == nil && t.MachineKeys == nil }

// Claim is what the machine states about the files that it signs.
type Claim struct {
	Run      string `json:"run"`
	Client   string `json:"client"`
	TenantID string `json:"tenant_id"`
	Engine   string `json:"engine"`
	AsOf     string `json:"as_of"`
}

// Checked is a folder that was held to its signature. Its methods are the steps
// that follow; what is wrong is added to Problems.
type Checked struct {
	Folder *Folder

	Claim    *Claim            // nil without a signature that holds
	Signer   *attest.PublicKey // whose signature it is; nil without
	Digests  map[string]string // SHA-256 by path, of all files but those of review/
	Reviews  []string          // see [Contents]
	Problems []Problem         // none: Digests are what was signed
}

// Sign makes the machine's bundle over the files of a run folder, by their path and
// SHA-256.
func Sign(ctx context.Context, key *attest.Key, r Record, digests map[string]string) ([]byte, error) {
	predicate, err := json.Marshal(r.claim())
	if err != nil {
		return nil, err
	}

	s := attest.Statement{PredicateType: attest.TypeAssessmentResults, Predicate: predicate}
	for _, path := range slices.Sorted(maps.Keys(digests)) {
		s.Subjects = append(s.Subjects, attest.Subject{Name: path, SHA256: digests[path]})
	}

	return attest.Sign(ctx, key, s)
}

// Reviewed picks from the digests of a folder's files those that a review must
// state. Of a file that is not there the digest is empty, and no review valid.
func Reviewed(digests map[string]string) map[string]string {
	reviewed := map[string]string{}
	for _, name := range layout.Reviewed {
		reviewed[name] = digests[name]
	}

	return reviewed
}

// Check holds the folder's files to the machine's signature: exactly these, with
// exactly these digests. Only what is signed is read any further than its name;
// without a signature, and without anybody who demands one, all of it is. No
// file is parsed but the bundle, once its signature holds, and the public key.
func (f *Folder) Check(t Trust) *Checked {
	listed := f.List()
	c := &Checked{Folder: f, Digests: map[string]string{}, Reviews: listed.Reviews, Problems: listed.Problems}
	signed := c.readSignature(t)
	if signed == nil && !c.Sound() {
		return c
	}

	files := slices.DeleteFunc(listed.Files, func(name string) bool { return name == layout.Bundle })
	for _, name := range files {
		c.compare(name, signed)
	}

	for _, name := range slices.Sorted(maps.Keys(signed)) {
		if !slices.Contains(files, name) {
			c.Problem(name, "is missing")
		}
	}

	return c
}

// compare hashes a file if it is signed, or nothing is.
func (c *Checked) compare(name string, signed map[string]string) {
	if signed != nil && signed[name] == "" {
		c.Problem(name, "is foreign: the signature does not cover it")
		return
	}

	digest, err := c.Folder.Digest(name)
	if err != nil {
		c.Problem(name, "%v", err)
		return
	}

	c.Digests[name] = digest
	if signed != nil && digest != signed[name] {
		c.Problem(name, "was changed: SHA-256 is %s, signed is %s", digest, signed[name])
	}
}

// readSignature verifies the machine's bundle and returns the digests that it
// states by file; nil where it does not hold, which is a problem, or is not there,
// which is one only if somebody demands it.
func (c *Checked) readSignature(t Trust) map[string]string {
	bundle, err := c.Folder.Read(layout.Bundle, MaxSmall)
	if errors.Is(err, fs.ErrNotExist) {
		if !t.Empty() {
			c.Problem(layout.Bundle, "is missing: nothing says who made this folder")
		}
		return nil
	}

	if err != nil {
		c.Problem(layout.Bundle, "%v", err)
		return nil
	}

	key, err := c.Folder.signer(t)
	if err != nil {
		c.Problem(layout.Key, "%v", err)
		return nil
	}

	statement, claim, err := openMachine(bundle, key)
	if err != nil {
		c.Problem(layout.Bundle, "%v", err)
		return nil
	}

	c.Claim, c.Signer = &claim, key
	c.Digests[layout.Bundle] = snapshot.Digest(bundle)

	signed := map[string]string{}
	for _, subject := range statement.Subjects {
		signed[subject.Name] = subject.SHA256
	}

	return signed
}

// openMachine reads what the machine says about a run.
func openMachine(bundle []byte, key *attest.PublicKey) (s attest.Statement, claim Claim, err error) {
	s, err = attest.VerifyMachine(bundle, key)
	if err == nil && s.PredicateType != attest.TypeAssessmentResults {
		err = fmt.Errorf("states %s, not %s", s.PredicateType, attest.TypeAssessmentResults)
	}

	if err == nil {
		err = json.Unmarshal(s.Predicate, &claim)
	}

	return s, claim, err
}

// signer is the key that the bundle must be signed with: the one that is trusted,
// or the folder's machine.pub if it is one of those named by digest.
func (f *Folder) signer(t Trust) (*attest.PublicKey, error) {
	if t.Key != nil {
		return t.Key, nil
	}

	pem, err := f.Read(layout.Key, MaxSmall)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("is missing: the fleet file names keys by digest, the key itself is needed")
	}
	if err != nil {
		return nil, err
	}

	key, err := attest.LoadPublicKey(pem)
	if err != nil {
		return nil, err
	}

	named := func(spki string) bool { return strings.EqualFold(spki, key.SPKI()) }
	if t.MachineKeys != nil && !slices.ContainsFunc(t.MachineKeys, named) {
		return nil, fmt.Errorf("key %s is no machine key of the fleet file", key.SPKI())
	}

	return key, nil
}
