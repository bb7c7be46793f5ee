package runfolder

import (
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
	Key         *attest.PublicKey
	MachineKeys []string // SHA-256 of the SPKI, hex
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

// Sealed is a folder held to its signature. Claim and Signer are nil without one
// that holds. Digests are those of all files but review/; without problems, they
// are what was signed.
type Sealed struct {
	Claim    *Claim
	Signer   *attest.PublicKey
	Digests  map[string]string
	Reviews  []string // see Contents
	Problems []Problem
}

func (s *Sealed) problem(file, format string, args ...any) {
	s.Problems = append(s.Problems, Problem{file, fmt.Sprintf(format, args...)})
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
func (f *Folder) Check(t Trust) Sealed {
	held := f.List()
	s := Sealed{Digests: map[string]string{}, Reviews: held.Reviews, Problems: held.Problems}
	signed := f.signature(&s, t)
	if signed == nil && len(s.Problems) > 0 {
		return s
	}

	files := slices.DeleteFunc(held.Files, func(name string) bool { return name == layout.Bundle })
	for _, name := range files {
		f.compare(&s, signed, name)
	}

	for _, name := range slices.Sorted(maps.Keys(signed)) {
		if !slices.Contains(files, name) {
			s.problem(name, "is missing")
		}
	}

	return s
}

// compare hashes a file if it is signed, or nothing is.
func (f *Folder) compare(s *Sealed, signed map[string]string, name string) {
	if signed != nil && signed[name] == "" {
		s.problem(name, "is foreign: the signature does not cover it")
		return
	}

	digest, err := f.Digest(name)
	if err != nil {
		s.problem(name, "%v", err)
		return
	}

	s.Digests[name] = digest
	if signed != nil && digest != signed[name] {
		s.problem(name, "was changed: SHA-256 is %s, signed is %s", digest, signed[name])
	}
}

// signature verifies the machine's bundle and returns the digests that it
// states by file, nil where it does not hold or is not there.
func (f *Folder) signature(s *Sealed, t Trust) map[string]string {
	bundle, err := f.Read(layout.Bundle, MaxSmall)
	if errors.Is(err, fs.ErrNotExist) {
		if !t.Empty() {
			s.problem(layout.Bundle, "is missing: nothing says who made this folder")
		}
		return nil
	}

	if err != nil {
		s.problem(layout.Bundle, "%v", err)
		return nil
	}

	key, err := f.key(t)
	if err != nil {
		s.problem(layout.Key, "%v", err)
		return nil
	}

	statement, claim, err := openMachine(bundle, key)
	if err != nil {
		s.problem(layout.Bundle, "%v", err)
		return nil
	}

	s.Claim, s.Signer = &claim, key
	s.Digests[layout.Bundle] = snapshot.Digest(bundle)

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

// key is the key that the bundle must be signed with: the one that is trusted,
// or the folder's machine.pub if it is one of those named by digest.
func (f *Folder) key(t Trust) (*attest.PublicKey, error) {
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
