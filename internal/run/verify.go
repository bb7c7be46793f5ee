package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/intent"
	"ringfence/oscal"
	"ringfence/oscal/attest"
)

// Anchor is where trust comes from. Key is a public key given by hand;
// MachineKeys and Reviewers come from a fleet file. An empty anchor checks
// consistency only.
type Anchor struct {
	Key         *attest.PublicKey
	MachineKeys []string // SHA-256 of the SPKI, hex
	Reviewers   []attest.ReviewerKey
}

func (a Anchor) empty() bool { return a.Key == nil && a.MachineKeys == nil }

// Problem is something wrong with one file of a run folder.
type Problem struct {
	File    string `json:"file"`
	Message string `json:"message"`
}

// Report is what verification of one run folder found.
type Report struct {
	Dir         string    `json:"dir"`
	Client      string    `json:"client"`
	Run         string    `json:"run"`
	Problems    []Problem `json:"problems"`
	Anchored    bool      `json:"anchored"`               // the signature was checked against an anchor
	Signed      bool      `json:"signed"`                 // a signature was found and holds
	Reevaluated string    `json:"reevaluated"`            // "yes", or why not
	OtherEngine string    `json:"other_engine,omitempty"` // made by this engine version: verdicts compared, documents not
	Reviews     []Review  `json:"reviews"`
}

// Review is one file of review/: whose it is if it counts, why not otherwise.
type Review struct {
	File     string `json:"file"`
	Reviewer string `json:"reviewer"`
	Counts   bool   `json:"counts"`
	Reason   string `json:"reason"`
}

// Foreign is the report on a folder of run folders that holds something else.
func Foreign(dir string, names []string) Report {
	r := Report{Dir: dir, Reevaluated: "no", Reviews: []Review{}}
	for _, name := range names {
		r.Problems = append(r.Problems, Problem{name, "is foreign: a folder of run folders holds nothing else"})
	}
	return r
}

// Code is the exit code: 5 for anything wrong, 4 for what is consistent but
// unproven, 0 for a folder that verifies. Verdicts never change it.
func (r Report) Code() int {
	switch {
	case len(r.Problems) > 0:
		return ExitEvidence
	case !r.Anchored || r.Reevaluated != "yes":
		return ExitUndetermined
	}
	return ExitOK
}

// verifier is one verification on its way.
type verifier struct {
	dir     string
	anchor  Anchor
	report  Report
	digests map[string]string // of every file of the folder, reviews apart
	claim   *predicate        // what the machine signed, nil if unsigned
}

// Verify checks a run folder: digests and signature of every file before
// anything is parsed, then that the files belong together, then that the same
// inputs give the same bytes again. The error is for what prevents checking
// (no such folder); what is wrong inside is in the report.
func Verify(ctx context.Context, dir string, anchor Anchor) (Report, error) {
	v := &verifier{dir: dir, anchor: anchor, report: Report{Dir: dir, Reevaluated: "no", Problems: []Problem{}, Reviews: []Review{}}}
	if err := v.hashFiles(); err != nil {
		return v.report, err
	}
	v.checkSignature()
	if len(v.report.Problems) == 0 {
		if err := v.reevaluate(ctx); err != nil {
			return v.report, err
		}
	}
	if len(v.report.Problems) == 0 {
		v.checkReviews()
	}
	return v.report, nil
}

func (v *verifier) problem(file, format string, args ...any) {
	v.report.Problems = append(v.report.Problems, Problem{file, fmt.Sprintf(format, args...)})
}

func (v *verifier) hashFiles() error {
	v.digests = map[string]string{}
	return fs.WalkDir(os.DirFS(v.dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ReviewDir && d.IsDir():
			return fs.SkipDir
		case d.IsDir() && name != "." && name != SnapshotDir:
			v.problem(name, "is a foreign folder: no run makes it")
			return nil
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			v.problem(name, "is no regular file")
			return nil
		}
		v.digests[name], err = hashFile(filepath.Join(v.dir, name))
		return err
	})
}

func hashFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// checkSignature verifies the machine's bundle and compares its subjects with
// the files that are there: exactly these, with exactly these digests.
func (v *verifier) checkSignature() {
	bundle, err := readSmall(filepath.Join(v.dir, BundleFile))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			v.problem(BundleFile, "%v", err)
		} else if !v.anchor.empty() {
			v.problem(BundleFile, "is missing: nothing says who made this folder")
		}
		return
	}
	key, err := v.key()
	if err != nil {
		v.problem(KeyFile, "%v", err)
		return
	}
	s, err := attest.VerifyMachine(bundle, key)
	if err != nil {
		v.problem(BundleFile, "%v", err)
		return
	}
	if s.PredicateType != attest.TypeAssessmentResults {
		v.problem(BundleFile, "states %s, not %s", s.PredicateType, attest.TypeAssessmentResults)
		return
	}
	v.claim = &predicate{}
	if err := json.Unmarshal(s.Predicate, v.claim); err != nil {
		v.problem(BundleFile, "predicate: %v", err)
		return
	}
	v.report.Signed, v.report.Anchored = true, !v.anchor.empty()
	v.compare(s.Subjects)
}

// key is the key that the bundle must be signed with: the anchor's own, or the
// folder's machine.pub if the fleet file names it. Without an anchor
// machine.pub proves consistency, not origin.
func (v *verifier) key() (*attest.PublicKey, error) {
	if v.anchor.Key != nil {
		return v.anchor.Key, nil
	}
	pem, err := readSmall(filepath.Join(v.dir, KeyFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, errors.New("is missing: the fleet file names keys by digest, the key itself is needed")
	}
	key, err := attest.LoadPublicKey(pem)
	if err != nil {
		return nil, err
	}
	named := func(spki string) bool { return strings.EqualFold(spki, key.SPKI()) }
	if v.anchor.MachineKeys != nil && !slices.ContainsFunc(v.anchor.MachineKeys, named) {
		return nil, fmt.Errorf("key %s is no machine key of the fleet file", key.SPKI())
	}
	return key, nil
}

func (v *verifier) compare(subjects []attest.Subject) {
	signed := map[string]string{}
	for _, s := range subjects {
		signed[s.Name] = s.SHA256
	}
	for _, name := range slices.Sorted(maps.Keys(signed)) {
		switch got, there := v.digests[name]; {
		case !there:
			v.problem(name, "is missing")
		case got != signed[name]:
			v.problem(name, "was changed: SHA-256 is %s, signed is %s", got, signed[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.digests)) {
		if signed[name] == "" && name != BundleFile {
			v.problem(name, "is foreign: the signature does not cover it")
		}
	}
}

// reevaluate renders the folder's inputs again and compares every file.
func (v *verifier) reevaluate(ctx context.Context) error {
	in, rec, missing := v.inputs()
	if len(v.report.Problems) > 0 {
		return nil
	}
	if missing != "" {
		v.report.Reevaluated = "no: " + missing
		return nil
	}
	same := rec.Engine == engine.Version
	r, err := Render(ctx, *in, !same)
	if err := v.evaluationProblem(err); err != nil || len(v.report.Problems) > 0 {
		return err
	}
	v.checkRecord(r, rec)
	if !same {
		v.compareVerdicts(r, rec.Engine)
		return nil
	}
	v.compareRendered(r)
	v.report.Reevaluated = "yes"
	return nil
}

// evaluationProblem files an error of Render under the file that it is about.
func (v *verifier) evaluationProblem(err error) error {
	var digest *snapshot.DigestError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &digest):
		v.problem(path.Join(SnapshotDir, snapshot.DataFile(digest.Dataset)), "%s", digest.Problem)
	default:
		v.problem(RunFile, "the inputs cannot be evaluated again: %v", err)
	}
	return nil
}

// inputs loads what the run was made from; missing names what is not there.
func (v *verifier) inputs() (in *Inputs, rec *Record, missing string) {
	for _, name := range []string{RunFile, IntentFile, PoliciesFile, SnapshotDir + "/" + snapshot.ManifestFile} {
		if v.digests[name] == "" {
			return nil, nil, name + " is missing"
		}
	}
	if rec = v.record(); rec == nil {
		return nil, nil, ""
	}
	if missing = v.vouched(); missing != "" {
		v.checkDigests(rec)
		return nil, nil, missing
	}
	in = &Inputs{}
	v.load(IntentFile, in.parseIntent)
	v.load(PoliciesFile, func(b []byte) error {
		fsys, err := engine.OpenBundle(b)
		if err != nil {
			return err
		}
		in.Engine, err = engine.Load(fsys)
		return err
	})
	v.load(path.Join(SnapshotDir, snapshot.ManifestFile), func([]byte) (err error) {
		in.Snapshot, err = snapshot.OpenFolder(filepath.Join(v.dir, SnapshotDir))
		return err
	})
	in.AsOf, _ = time.Parse(time.RFC3339, rec.AsOf) // record checked it
	return in, rec, ""
}

// parseIntent reads either kind of intent.json.
func (in *Inputs) parseIntent(b []byte) error {
	i, err := intent.Parse(b)
	if err == nil {
		in.Intent = i
		return nil
	}
	if fleet, errFleet := intent.ParseFleet(b); errFleet == nil {
		in.Fleet = &fleet
		return nil
	}
	return err
}

func (v *verifier) load(name string, parse func([]byte) error) {
	b, err := os.ReadFile(filepath.Join(v.dir, name))
	if err == nil {
		err = parse(b)
	}
	if err != nil {
		v.problem(name, "%v", err)
	}
}

// record reads run.json and checks it against what was signed.
func (v *verifier) record() *Record {
	rec := &Record{}
	b, err := os.ReadFile(filepath.Join(v.dir, RunFile))
	if err == nil {
		_, err = snapshot.ParseObject(b)
	}
	if err == nil {
		err = json.Unmarshal(b, rec)
	}
	if err == nil {
		err = snapshot.CheckSchemaName(rec.Schema, SchemaName)
	}
	if err == nil {
		_, err = time.Parse(time.RFC3339, rec.AsOf)
	}
	if err == nil && v.claim != nil && *v.claim != (predicate{rec.Run, rec.Client, rec.TenantID, rec.Engine, rec.AsOf}) {
		err = errors.New("is not what the signature states")
	}
	if err != nil {
		v.problem(RunFile, "%v", err)
		return nil
	}
	v.report.Run, v.report.Client = rec.Run, rec.Client
	return rec
}

func (v *verifier) compareRendered(r *Rendered) {
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		switch got := v.digests[name]; {
		case got == "":
			v.problem(name, "is missing")
		case got != snapshot.Digest(r.Files[name]):
			v.problem(name, "is not what the inputs give: SHA-256 is %s, evaluated again %s", got, snapshot.Digest(r.Files[name]))
		}
	}
	known := r.digests()
	for name := range v.digests {
		if known[name] == "" && !slices.Contains([]string{RunFile, BundleFile, KeyFile}, name) {
			v.problem(name, "is foreign: no run makes it")
		}
	}
}

// compareVerdicts is for folders of another engine version: their documents may
// differ, their verdicts may not.
func (v *verifier) compareVerdicts(r *Rendered, version string) {
	b, err := os.ReadFile(filepath.Join(v.dir, VerdictsFile))
	if err != nil || string(b) != string(r.Files[VerdictsFile]) {
		v.problem(VerdictsFile, "engine version %s made other verdicts than this one (%s)", version, engine.Version)
		return
	}
	v.report.Reevaluated, v.report.OtherEngine = "yes", version
	files := map[string][]byte{}
	for name := range v.digests {
		if !strings.HasPrefix(name, SnapshotDir+"/") || name == SnapshotDir+"/"+snapshot.ManifestFile {
			v.load(name, func(b []byte) error { files[name] = b; return nil })
		}
	}
	for _, p := range oscal.ValidateFolder(files) {
		v.problem(p.Path, "%s: %s", p.Rule, p.Message)
	}
}
